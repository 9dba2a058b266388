//! The course of one property over time, as charts and people want it.

use crate::{
    calendar::{Stretch, day, hour, hours},
    compact,
    sum::merged,
};
use jiff::tz::TimeZone;
use model::{DeviceId, Path, Statistics, Timestamp};
use store::{Bucket, Gap, Period, Point, RecordedProperty, Store, StoreError};

/// How finely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resolution {
    /// Every sample where they are not too many and still there; by the hour or the day otherwise.
    #[default]
    Auto,
    /// Every sample.
    Raw,
    /// By the hour.
    Hour,
    /// By the local day.
    Day,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Range {
    /// Whose.
    pub device: DeviceId,
    /// Which property.
    pub path: Path,
    /// From this on, in house time.
    pub from: Timestamp,
    /// Before this.
    pub to: Timestamp,
    /// How finely.
    pub resolution: Resolution,
    /// At most so many points or stretches.
    pub limit: usize,
}

/// The course of a property.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// How finely it came out.
    pub resolution: Resolution,
    /// With `Raw`: the last sample before `from`, which is what it was then.
    pub before: Option<Point>,
    /// With `Raw`: the samples. Each holds until the next, or until a gap begins.
    pub points: Vec<Point>,
    /// With `Hour` and `Day`: the statistics, the last of them perhaps of a stretch that is not
    /// over. Stretches of which nothing is known are not there.
    pub buckets: Vec<Bucket>,
    /// Gaps in that time.
    pub gaps: Vec<Gap>,
    /// Where to go on when there was more than `limit`.
    pub next: Option<Timestamp>,
}

/// The course of a property; `None` where it was never recorded. `now` is house time.
///
/// # Errors
/// When the database cannot be read.
pub async fn series(
    store: &Store,
    zone: &TimeZone,
    range: &Range,
    now: Timestamp,
) -> Result<Option<Series>, StoreError> {
    let Some(property) = store.recorded_property(range.device, range.path).await? else {
        return Ok(None);
    };
    let limit = range.limit.max(1);
    let gaps = store.gaps(range.from, range.to).await?;
    let before = store.sample_before(&property, range.from).await?;
    let sums_up = range.path.property.statistics != Statistics::None;
    let resolution = match range.resolution {
        Resolution::Auto if sums_up => automatic(store, &property, range, before.is_some()).await?,
        Resolution::Auto => Resolution::Raw,
        chosen => chosen,
    };
    let mut series = Series {
        resolution,
        before: None,
        points: Vec::new(),
        buckets: Vec::new(),
        gaps,
        next: None,
    };
    match resolution {
        Resolution::Hour | Resolution::Day => {
            let mut buckets = statistics(store, zone, &property, range, resolution, now).await?;
            series.next = buckets.get(limit).map(|bucket| bucket.start);
            buckets.truncate(limit);
            series.buckets = buckets;
        }
        Resolution::Raw | Resolution::Auto => {
            let mut points = store
                .samples(&property, range.from, range.to, limit + 1)
                .await?;
            series.next = points.get(limit).map(|point| point.at);
            points.truncate(limit);
            series.points = points;
            series.before = before;
        }
    }
    Ok(Some(series))
}

/// The finest resolution that fits into the limit and is still there.
async fn automatic(
    store: &Store,
    property: &RecordedProperty,
    range: &Range,
    has_before: bool,
) -> Result<Resolution, StoreError> {
    let limit = range.limit.max(1);
    let points = store
        .samples(property, range.from, range.to, limit + 1)
        .await?;
    if points.len() <= limit {
        // Without a sample before it, samples may have been there that retention has taken.
        let first = points.first().map_or(range.to, |point| point.at);
        let older = match has_before {
            true => Vec::new(),
            false => {
                store
                    .statistics(property.id, Period::Day, range.from, first, 1)
                    .await?
            }
        };
        if older.is_empty() {
            return Ok(Resolution::Raw);
        }
    }
    let length = Stretch {
        start: range.from,
        end: range.to,
    }
    .length();
    let hours = usize::try_from(length / 3_600_000_000).unwrap_or(0);
    if hours > limit {
        return Ok(Resolution::Day);
    }
    // Hours go before days do.
    let first = store
        .statistics(property.id, Period::Hour, range.from, range.to, 1)
        .await?;
    let by_day = store
        .statistics(property.id, Period::Day, range.from, range.to, 1)
        .await?;
    let lost = match (first.first(), by_day.first()) {
        (Some(hour), Some(day)) => {
            hour.start.as_microsecond() > day.start.as_microsecond() + day.length
        }
        (None, Some(_)) => true,
        _ => false,
    };
    Ok(if lost {
        Resolution::Day
    } else {
        Resolution::Hour
    })
}

/// Statistics of the range: those that are written, and those since then computed from samples.
async fn statistics(
    store: &Store,
    zone: &TimeZone,
    property: &RecordedProperty,
    range: &Range,
    resolution: Resolution,
    now: Timestamp,
) -> Result<Vec<Bucket>, StoreError> {
    let class = range.path.property.statistics;
    let limit = range.limit.max(1) + 1;
    let is_daily = resolution == Resolution::Day;
    let period = if is_daily { Period::Day } else { Period::Hour };
    let stretch = |at| {
        if is_daily {
            day(at, zone)
        } else {
            hour(at, zone)
        }
    };
    let from = stretch(range.from).start;
    let done = store.statistics_until().await?;
    let begin = done.map_or(from, |done| stretch(done).start);
    let mut buckets = store
        .statistics(property.id, period, from, range.to.min(begin), limit)
        .await?;
    let end = range.to.min(now);
    let begin = begin.max(from);
    if buckets.len() >= limit || begin >= end {
        return Ok(buckets);
    }
    // What is not over yet ends now.
    let running = hour(end, zone);
    let mut open = hours(begin, running.start, zone);
    if running.start < end {
        open.push(Stretch {
            start: running.start,
            end,
        });
    }
    let live = compact::sums(store, property, &open).await?;
    if !is_daily {
        buckets.extend(live);
        return Ok(buckets);
    }
    let mut at = begin;
    while at < end {
        let whole = day(at, zone);
        let parts: Vec<Bucket> = live
            .iter()
            .filter(|part| part.start >= whole.start && part.start < whole.end)
            .copied()
            .collect();
        let known = Stretch {
            start: whole.start,
            end: whole.end.min(end),
        };
        buckets.extend(merged(class, known, &parts));
        at = whole.end;
    }
    Ok(buckets)
}
