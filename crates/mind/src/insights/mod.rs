//! What history says of energy, security and comfort, with figures and the rows behind them.
//!
//! A [`Figure`] is a number (or a truth, or a time) with its unit, what it is about, how much of its time
//! was known, and the request that shows the rows from which it was computed. Where there are no rows it is
//! unknown, and says why. Nothing is estimated.
//!
//! **Entry types:** [`Insights`] (asks the past), [`Insight`] (its answer), [`Topic`].

mod comfort;
mod energy;
mod figure;
mod security;

pub use energy::{Counts, counts};
pub use figure::{Datum, Figure, Insight, Topic};

use jiff::{SignedDuration, ToSpan as _, tz::TimeZone};
use model::{DeviceId, Path, Timestamp};
use store::{Bucket, Store, StoreError};
use twin::Handle;

/// Days that are looked at, where nobody says.
pub const DAYS: u32 = 7;
/// The most days that are looked at.
pub const MOST_DAYS: u32 = 90;
/// Devices and rooms that are looked at; the rest is said to be left out.
const MOST: usize = 500;

/// Asks the past; cloning is cheap.
#[derive(Debug, Clone)]
pub struct Insights {
    /// The running house.
    pub house: Handle,
    /// Where its past is.
    pub store: Store,
    /// Days begin at its midnight.
    pub zone: TimeZone,
}

/// The span that is looked at.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: Timestamp,
    now: Timestamp,
}

impl Insights {
    /// What the last days say; today counts as one of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn ask(&self, topic: Topic, days: u32) -> Result<Insight, StoreError> {
        let now = self.house.clock().now().house;
        let span = Span {
            from: self.midnight(now, i64::from(days.clamp(1, MOST_DAYS)) - 1),
            now,
        };
        let mut insight = Insight {
            topic,
            from: span.from,
            to: now,
            summary: Vec::new(),
            figures: Vec::new(),
        };
        match topic {
            Topic::Energy => self.energy(span, &mut insight).await?,
            Topic::Security => self.security(span, &mut insight).await?,
            Topic::Comfort => self.comfort(span, &mut insight).await?,
        }
        Ok(insight)
    }

    /// The midnight that begins the day so many days before that of a moment.
    fn midnight(&self, at: Timestamp, days: i64) -> Timestamp {
        let date = self.zone.to_datetime(at).date();
        let date = date.checked_sub(days.days()).unwrap_or(date);
        self.zone
            .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
            .unwrap_or(at - SignedDuration::from_hours(24 * (days + 1)))
    }

    /// A property summed up by the hour or the day, with what was not written down yet.
    async fn buckets(
        &self,
        device: DeviceId,
        path: Path,
        span: Span,
        resolution: history::Resolution,
    ) -> Result<Vec<Bucket>, StoreError> {
        let range = history::Range {
            device,
            path,
            from: span.from,
            to: span.now,
            resolution,
            limit: 24 * 200,
        };
        let series = history::series(&self.store, &self.zone, &range, span.now).await?;
        Ok(series.map_or_else(Vec::new, |series| series.buckets))
    }
}

/// The middle of some numbers; `None` with fewer than `least`.
fn median(mut numbers: Vec<f64>, least: usize) -> Option<f64> {
    if numbers.len() < least.max(1) {
        return None;
    }
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    Some(if numbers.len().is_multiple_of(2) {
        f64::midpoint(numbers[middle - 1], numbers[middle])
    } else {
        numbers[middle]
    })
}

/// Microseconds as hours.
#[expect(clippy::cast_precision_loss, reason = "microseconds of at most a year")]
fn hours(microseconds: i64) -> f64 {
    microseconds as f64 / 3.6e9
}

/// A share of known time.
fn share(known: i64, of: i64) -> f64 {
    if of <= 0 {
        return 0.0;
    }
    (hours(known) / hours(of)).clamp(0.0, 1.0)
}

/// Rounded to so many places behind the point.
fn rounded(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}
