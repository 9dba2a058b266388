//! Any bytes as a scenario, and as a story.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| automation::document::fuzz_document(data));
