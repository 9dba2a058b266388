//! The mind over a real house and a real database.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on shall say where"
)]
#![expect(
    clippy::tests_outside_test_module,
    reason = "this whole binary is tests"
)]

mod memory;
