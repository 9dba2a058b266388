//! Any bytes as what a weather service answers.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    drivers::weather::fuzz_answer(data);
});
