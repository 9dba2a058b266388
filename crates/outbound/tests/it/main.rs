//! Requests to real servers on loopback that behave badly.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on shall say where"
)]
#![expect(
    clippy::tests_outside_test_module,
    reason = "this whole binary is tests"
)]

mod inside;
mod outside;
mod server;
