//! What history says to the engine's questions.

use crate::document::Statistic;
use crate::engine::{Asked, Question};
use history::{Range, Resolution, Series};
use jiff::{SignedDuration, tz::TimeZone};
use model::{Path, Statistics, Timestamp, Value};
use store::{Period, Store, StoreError};

/// How many weeks back "usual" looks.
const WEEKS: i64 = 4;

/// Fewer known hours than this are no habit.
const HOURS: usize = 5;

/// The most samples that one answer reads.
const SAMPLES: usize = 100_000;

/// The answer; `None` where history does not know.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn answer(
    store: &Store,
    zone: &TimeZone,
    question: &Question,
    now: Timestamp,
) -> Result<Option<f64>, StoreError> {
    let Ok(path) = question.path.parse::<Path>() else {
        return Ok(None);
    };
    match question.asked {
        Asked::Usual => usual(store, zone, question, path, now).await,
        Asked::Statistic(..) => {
            let Some((statistic, seconds)) = question.asked.statistic() else {
                return Ok(None);
            };
            let range = Range {
                device: question.device,
                path,
                from: now - SignedDuration::from_secs(seconds),
                to: now,
                resolution: Resolution::Auto,
                limit: SAMPLES,
            };
            let series = history::series(store, zone, &range, now).await?;
            Ok(series.and_then(|series| stated(statistic, path, &series, range.from, now)))
        }
    }
}

/// A statistic of a stretch of time. A value holds until the next one.
fn stated(
    statistic: Statistic,
    path: Path,
    series: &Series,
    from: Timestamp,
    now: Timestamp,
) -> Option<f64> {
    let number = |value: &Option<Value>| match value {
        Some(Value::Number(number)) => Some(*number),
        Some(Value::Bool(truth)) => Some(f64::from(u8::from(*truth))),
        _ => None,
    };
    if series.resolution != Resolution::Raw {
        let known = || series.buckets.iter();
        return match statistic {
            Statistic::Min => known().filter_map(|bucket| bucket.min).reduce(f64::min),
            Statistic::Max => known().filter_map(|bucket| bucket.max).reduce(f64::max),
            Statistic::Increase => known().map(|bucket| bucket.total).sum::<Option<f64>>(),
            Statistic::Mean => {
                let weighted =
                    known().filter_map(|bucket| Some((bucket.mean?, exact(bucket.known))));
                let (sum, weight) = weighted.fold((0.0, 0.0), |(sum, all), (mean, known)| {
                    (sum + mean * known, all + known)
                });
                (weight > 0.0).then(|| sum / weight)
            }
        };
    }
    let before = series
        .before
        .iter()
        .map(|point| (from, number(&point.value)));
    let points: Vec<_> = before
        .chain(
            series
                .points
                .iter()
                .map(|point| (point.at, number(&point.value))),
        )
        .collect();
    let values = || points.iter().filter_map(|(_, value)| *value);
    match statistic {
        Statistic::Min => values().reduce(f64::min),
        Statistic::Max => values().reduce(f64::max),
        Statistic::Increase if path.property.statistics == Statistics::Total => {
            // A meter that begins anew counts from nothing.
            let mut last: Option<f64> = None;
            let mut total = None;
            for value in values() {
                if let Some(last) = last {
                    let step = if value >= last { value - last } else { value };
                    total = Some(total.unwrap_or(0.0) + step);
                }
                last = Some(value);
            }
            total
        }
        Statistic::Increase => {
            Some(points.last()?.1? - points.iter().find_map(|(_, value)| *value)?)
        }
        Statistic::Mean => {
            let ends = points.iter().skip(1).map(|(at, _)| *at).chain([now]);
            let (mut sum, mut known) = (0.0, 0.0);
            for ((at, value), end) in points.iter().zip(ends) {
                if let Some(value) = value {
                    let seconds = end.duration_since(*at).as_secs_f64();
                    sum += value * seconds;
                    known += seconds;
                }
            }
            (known > 0.0).then(|| sum / known)
        }
    }
}

/// What is usual at this hour: the median of the same hour's means on the days of the last weeks.
async fn usual(
    store: &Store,
    zone: &TimeZone,
    question: &Question,
    path: Path,
    now: Timestamp,
) -> Result<Option<f64>, StoreError> {
    let Some(property) = store.recorded_property(question.device, path).await? else {
        return Ok(None);
    };
    let from = now - SignedDuration::from_hours(24 * 7 * WEEKS);
    let buckets = store
        .statistics(property.id, Period::Hour, from, now, SAMPLES)
        .await?;
    let hour = zone.to_datetime(now).hour();
    let mut same: Vec<f64> = buckets
        .iter()
        .filter(|bucket| zone.to_datetime(bucket.start).hour() == hour)
        .filter_map(|bucket| bucket.mean.or(bucket.total))
        .collect();
    if same.len() < HOURS {
        return Ok(None);
    }
    same.sort_by(f64::total_cmp);
    let middle = same.len() / 2;
    Ok(Some(if same.len().is_multiple_of(2) {
        f64::midpoint(same[middle - 1], same[middle])
    } else {
        same[middle]
    }))
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of at most a year")]
fn exact(microseconds: i64) -> f64 {
    microseconds as f64
}
