//! From a value in its unit to a strength between -1 (bad) and 1 (good). Pure, and steady: no formula
//! jumps where its input creeps.

use super::table::{lasting, limit};

/// How comfortable a room is at `celsius`; `None` where that is no temperature of a room.
#[must_use]
pub fn comfort(celsius: f64, (low, high): (f64, f64)) -> Option<f64> {
    let real = (limit::ROOM.0..=limit::ROOM.1).contains(&celsius);
    let outside = (low - celsius).max(celsius - high).max(0.0);
    real.then(|| falling(outside / limit::DISCOMFORT))
}

/// How fresh the air is at `ppm` of carbon dioxide; `None` where no air is so.
#[must_use]
pub fn air(ppm: f64) -> Option<f64> {
    let real = (limit::AIR.0..=limit::AIR.1).contains(&ppm);
    real.then(|| falling((ppm - limit::FRESH) / (limit::STALE - limit::FRESH)))
}

/// How a draw of `watts` is felt; never well.
#[must_use]
pub fn power(watts: f64) -> Option<f64> {
    let real = (limit::METER.0..=limit::METER.1).contains(&watts);
    let over = (watts - limit::DRAW) / (limit::DRAW_FULL - limit::DRAW);
    real.then(|| -over.clamp(0.0, 1.0))
}

/// 1 at `share` 0 and below, -1 at 1 and above, a straight line between.
fn falling(share: f64) -> f64 {
    1.0 - 2.0 * share.clamp(0.0, 1.0)
}

/// How much something `age` seconds old still counts: in full until `full`, then less, and nothing
/// from `gone` on.
#[must_use]
pub fn fresh(age: f64, full: f64, gone: f64) -> f64 {
    ((gone - age) / (gone - full)).clamp(0.0, 1.0)
}

/// How much something that happened `age` seconds ago still counts.
#[must_use]
pub fn impulse(age: f64, lasting: f64) -> f64 {
    let left = (1.0 - age / lasting).clamp(0.0, 1.0);
    left * left
}

/// How much something still hurts that was mended `age` seconds ago.
#[must_use]
pub fn mending(age: f64) -> f64 {
    (1.0 - age / lasting::MENDING).clamp(0.0, 1.0)
}

/// How much it counts that something is broken or away, `age` seconds after it was last said.
#[must_use]
pub fn broken(age: f64) -> f64 {
    fresh(age, lasting::BROKEN_FULL, lasting::BROKEN)
}

/// How a device that answers is felt: at once as well as ever where it never was away, and else the
/// better the longer it is back. `away` is how strongly its absence was felt when it came back.
#[must_use]
pub fn answering(since_back: f64, away: f64, age: f64) -> f64 {
    let trust = (since_back / lasting::TRUST).clamp(0.0, 1.0);
    let felt = if away > 0.0 {
        -away + (1.0 + away) * trust
    } else {
        1.0
    };
    if felt > 0.0 {
        felt * fresh(age, lasting::ONLINE_FULL, lasting::ONLINE)
    } else {
        felt
    }
}

#[cfg(test)]
mod tests {
    use super::{air, answering, comfort, power};
    use crate::feel::table::limit;

    fn close(found: Option<f64>, wanted: f64) {
        assert!(
            found.is_some_and(|found| (found - wanted).abs() < 1e-9),
            "{found:?}, expected {wanted}"
        );
    }

    #[test]
    fn comfort_is_flat_inside_and_falls_outside() {
        for (celsius, wanted) in [
            (19.0, 1.0),
            (25.0, 1.0),
            (16.0, 0.0),
            (10.0, -1.0),
            (31.0, -1.0),
        ] {
            close(comfort(celsius, limit::COMFORT), wanted);
        }
        assert_eq!(comfort(85.0, limit::COMFORT), None, "no room is so hot");
        assert_eq!(comfort(f64::NAN, limit::COMFORT), None);
    }

    #[test]
    fn air_and_power() {
        close(air(420.0), 1.0);
        close(air(1_500.0), 0.0);
        close(air(5_000.0), -1.0);
        assert_eq!(air(0.0), None, "a sensor that does not measure");
        close(power(-3_000.0), 0.0);
        close(power(4_000.0), 0.0);
        close(power(8_000.0), -0.5);
        close(power(50_000.0), -1.0);
    }

    #[test]
    fn who_comes_back_is_trusted_slowly() {
        close(Some(answering(0.0, 1.0, 0.0)), -1.0);
        close(Some(answering(1.5 * 3_600.0, 1.0, 0.0)), 0.0);
        close(Some(answering(3.0 * 3_600.0, 1.0, 0.0)), 1.0);
        close(Some(answering(0.0, 0.0, 0.0)), 1.0);
        close(Some(answering(1e6, 1.0, 48.0 * 3_600.0)), 0.5);
    }
}
