//! Any bytes as a link's SSDP traffic and as descriptions, parted by a byte of 0.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    drivers::ssdp::fuzz_traffic(data);
});
