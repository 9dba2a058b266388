//! Any bytes as what a Home Assistant sends: a message a line; `!` lets time pass, `?` is a new connection.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| drivers::home_assistant::fuzz_messages(data));
