//! Any bytes as a broker's traffic: lines of a topic, a blank and a payload; `!` lets a burst settle.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| drivers::mqtt::fuzz_messages(data));
