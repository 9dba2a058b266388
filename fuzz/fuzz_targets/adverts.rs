//! Any bytes as Bluetooth adverts.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| drivers::bluetooth::fuzz_adverts(data));
