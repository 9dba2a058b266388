//! An entry for fuzzing: any bytes as what a service answers.

use super::{announcement, decode, now_readings, outlook_readings};
use jiff::tz::TimeZone;

/// Reads any bytes as an answer, and checks that only what was announced is reported, in its shape.
///
/// # Panics
/// When one of the checks fails, which is what fuzzing looks for.
pub fn fuzz_answer(data: &[u8]) {
    let Ok(told) = decode(data) else { return };
    let zone = TimeZone::fixed(jiff::tz::Offset::constant(2));
    let mut readings = now_readings(&told);
    readings.extend(outlook_readings(&told, told.at, &zone));
    let device = announcement();
    if let Err(fault) =
        crate::conformance::judge::readings(&device.native_id, &device.capabilities, &readings)
    {
        panic!("{fault}");
    }
}
