//! Any bytes as a web server's answer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| drivers::network::fuzz_page(data));
