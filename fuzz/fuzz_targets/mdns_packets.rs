//! Any bytes as a link's mDNS traffic: datagrams, each behind its length in two bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    drivers::mdns::fuzz_packets(data);
});
