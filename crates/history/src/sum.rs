//! Statistics: what a series of points comes to over stretches of time. Pure.
//!
//! A value holds from its point to the next, or until knowledge ends: at a point without a value,
//! or where a gap begins. What a property's table says decides what is kept of it:
//!
//! - *Mean*: the mean weighted by time, the smallest, the largest.
//! - *Share*: the same of 1 and 0, which is the share of time that it was true.
//! - *Total*: how far a meter counted up. Its reading is a high-water mark. A reading a little below
//!   it (less than a tenth) is a meter that wavers and counts nothing; one further below is a meter
//!   that began anew at zero. What it counted while nobody looked is counted where it is seen.

use crate::calendar::Stretch;
use model::{Statistics, Timestamp, Value};
use store::{Bucket, Gap, Point};

/// What a stretch of time comes to so far.
#[derive(Debug, Clone, Copy)]
struct Sum {
    stretch: Stretch,
    known: i64,
    /// Value times microseconds.
    integral: f64,
    samples: i64,
    /// Smallest and largest.
    range: Option<(f64, f64)>,
    total: f64,
}

impl Sum {
    const fn new(stretch: Stretch) -> Self {
        Self {
            stretch,
            known: 0,
            integral: 0.0,
            samples: 0,
            range: None,
            total: 0.0,
        }
    }

    fn covers(&mut self, value: f64) {
        let (min, max) = self.range.unwrap_or((value, value));
        self.range = Some((min.min(value), max.max(value)));
    }

    /// `value` holds from `from` to `to`, as far as that lies in here.
    fn holds(&mut self, value: f64, from: Timestamp, to: Timestamp) {
        let from = from.max(self.stretch.start).as_microsecond();
        let to = to.min(self.stretch.end).as_microsecond();
        if to > from {
            self.known += to - from;
            self.integral += value * exact(to - from);
            self.covers(value);
        }
    }

    /// The result; `None` where nothing is known.
    fn bucket(&self, class: Statistics, meter: Option<f64>) -> Option<Bucket> {
        let (min, max) = self.range?;
        let mean = if self.known > 0 {
            (self.integral / exact(self.known)).clamp(min, max)
        } else {
            // Known for no time at all, only at single moments.
            f64::midpoint(min, max)
        };
        let is_total = class == Statistics::Total;
        Some(Bucket {
            start: self.stretch.start,
            length: self.stretch.length(),
            known: self.known,
            samples: self.samples,
            mean: (!is_total).then_some(mean),
            min: (class == Statistics::Mean).then_some(min),
            max: (class == Statistics::Mean).then_some(max),
            total: is_total.then_some(self.total),
            meter: if is_total { meter } else { None },
        })
    }
}

/// Sums a series up over stretches, which follow each other without holes.
///
/// `carry` is the last point before the first stretch, `meter` what a meter showed at its start by
/// the statistics before, `points` those within the stretches. All in order of time, as are `gaps`.
#[must_use]
pub fn summed(
    class: Statistics,
    stretches: &[Stretch],
    carry: Option<&Point>,
    points: &[Point],
    gaps: &[Gap],
    meter: Option<f64>,
) -> Vec<Bucket> {
    let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else {
        return Vec::new();
    };
    if class == Statistics::None {
        return Vec::new();
    }
    let mut meter = meter.or_else(|| carry.and_then(|point| number(point.value.as_ref())));
    let mut sums: Vec<Sum> = stretches.iter().copied().map(Sum::new).collect();
    // The meter's reading at the end of each stretch.
    let mut meters = vec![None; sums.len()];
    let mut index = 0;
    let all: Vec<&Point> = carry.into_iter().chain(points).collect();
    for (place, point) in all.iter().enumerate() {
        let Some(value) = number(point.value.as_ref()) else {
            continue;
        };
        let until = all.get(place + 1).map_or(last.end, |next| next.at);
        let until = known_until(point.at, until, gaps);
        if point.at >= first.start && point.at < last.end {
            while sums[index].stretch.end <= point.at {
                meters[index] = meter;
                index += 1;
            }
            let sum = &mut sums[index];
            sum.samples += 1;
            sum.covers(value);
            if class == Statistics::Total {
                let (counted, reading) = counted(meter, value);
                sum.total += counted;
                meter = Some(reading);
            }
        }
        for sum in &mut sums[index..] {
            if sum.stretch.start >= until {
                break;
            }
            sum.holds(value, point.at, until);
        }
    }
    for reading in &mut meters[index..] {
        *reading = meter;
    }
    sums.iter()
        .zip(meters)
        .filter_map(|(sum, meter)| sum.bucket(class, meter))
        .collect()
}

/// Hours put together, for example to a day. `None` where nothing is known.
#[must_use]
pub fn merged(class: Statistics, whole: Stretch, parts: &[Bucket]) -> Option<Bucket> {
    let mut sum = Sum::new(whole);
    let mut meter = None;
    for part in parts {
        let mean = part.mean.or(part.meter).unwrap_or(0.0);
        sum.known += part.known;
        sum.samples += part.samples;
        sum.integral += mean * exact(part.known);
        sum.total += part.total.unwrap_or(0.0);
        sum.covers(part.min.unwrap_or(mean));
        sum.covers(part.max.unwrap_or(mean));
        meter = part.meter.or(meter);
    }
    sum.bucket(class, meter)
}

/// How much a meter counted from one reading to the next, and its high-water mark after it.
fn counted(before: Option<f64>, reading: f64) -> (f64, f64) {
    match before {
        None => (0.0, reading),
        Some(before) if reading >= before => (reading - before, reading),
        Some(before) if reading < before * 0.9 => (reading.max(0.0), reading),
        Some(before) => (0.0, before),
    }
}

/// Until when a value of `from` is known, if the next comes at `until`.
fn known_until(from: Timestamp, until: Timestamp, gaps: &[Gap]) -> Timestamp {
    let next = gaps.partition_point(|gap| gap.from < from);
    gaps.get(next).map_or(until, |gap| gap.from.min(until))
}

/// The number behind a value, for what can be summed up.
fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => Some(*number),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Text(_) => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "spans of time stay far below 2^53 microseconds"
)]
const fn exact(microseconds: i64) -> f64 {
    microseconds as f64
}

#[cfg(test)]
#[path = "sum_tests.rs"]
mod tests;
