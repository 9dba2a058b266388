//! Any bytes as what the kernel, DHCP clients and lease files say.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| drivers::dhcp::fuzz_network(data));
