//! Samples become hourly and daily statistics.
//!
//! Only hours that are over are written, in order, a local day at a time at most. How far it has
//! come stands in the database and changes in the same transaction, so that it can be stopped
//! anywhere. Samples that come late (a clock that was put back, a past that was filled in) put that
//! mark back, and what follows is computed again: the same samples give the same rows.

use crate::{
    calendar::{Stretch, day, hour, hours, plus},
    sum::{merged, summed},
};
use jiff::tz::TimeZone;
use model::{Statistics, Timestamp};
use store::{Bucket, Gap, Period, Point, RecordedProperty, Store, StoreError};

/// Samples that are read at once.
const PAGE: usize = 20_000;

/// Sums up all hours that are over by `until`, but none from before `oldest`: what retention has
/// taken must not be summed up anew from what is left.
///
/// # Errors
/// When the database cannot be read or written. What was done stays done.
pub async fn catch_up(
    store: &Store,
    zone: &TimeZone,
    oldest: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    while step(store, zone, oldest, until).await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// One step; whether there may be more to do.
async fn step(
    store: &Store,
    zone: &TimeZone,
    oldest: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let done = store.statistics_until().await?;
    let begin = match done {
        Some(done) => done,
        None => match store.oldest_sample().await? {
            Some(first) => first,
            None => return Ok(false),
        },
    };
    // The first hour that is wholly there.
    let begin = if begin < oldest {
        hour(oldest, zone).end
    } else {
        hour(begin, zone).start
    };
    let today = day(begin, zone);
    let stretches = hours(begin, until.min(today.end), zone);
    let Some(last) = stretches.last() else {
        return Ok(false);
    };
    let end = last.end;
    let mut rows = Vec::new();
    for property in store.recorded().await? {
        if property.path.property.statistics == Statistics::None {
            continue;
        }
        let hourly = sums(store, &property, &stretches).await?;
        if end == today.end
            && let Some(daily) = whole_day(store, &property, today, begin, &hourly).await?
        {
            rows.push((property.id, Period::Day, daily));
        }
        rows.extend(
            hourly
                .into_iter()
                .map(|bucket| (property.id, Period::Hour, bucket)),
        );
    }
    store.write_statistics(rows, done, end).await?;
    Ok(true)
}

/// The statistics of one property over hours that follow each other.
pub(crate) async fn sums(
    store: &Store,
    property: &RecordedProperty,
    stretches: &[Stretch],
) -> Result<Vec<Bucket>, StoreError> {
    let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else {
        return Ok(Vec::new());
    };
    let class = property.path.property.statistics;
    let carry = store.sample_before(property, first.start).await?;
    let points = all_samples(store, property, first.start, last.end).await?;
    if carry.is_none() && points.is_empty() {
        return Ok(Vec::new());
    }
    let since = carry.as_ref().map_or(first.start, |point| point.at);
    let gaps: Vec<Gap> = store.gaps(since, last.end).await?;
    let meter = match class {
        Statistics::Total => store.meter_before(property.id, first.start).await?,
        _ => None,
    };
    Ok(summed(
        class,
        stretches,
        carry.as_ref(),
        &points,
        &gaps,
        meter,
    ))
}

async fn all_samples(
    store: &Store,
    property: &RecordedProperty,
    mut from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Point>, StoreError> {
    let mut points = Vec::new();
    loop {
        let page = store.samples(property, from, to, PAGE).await?;
        let is_last = page.len() < PAGE;
        points.extend(page);
        match points.last() {
            Some(last) if !is_last => from = plus(last.at, 1),
            _ => return Ok(points),
        }
    }
}

/// The whole day, from its hours: those that were summed up earlier and those of now.
async fn whole_day(
    store: &Store,
    property: &RecordedProperty,
    today: Stretch,
    begin: Timestamp,
    hourly: &[Bucket],
) -> Result<Option<Bucket>, StoreError> {
    let mut parts = store
        .statistics(property.id, Period::Hour, today.start, begin, 100)
        .await?;
    parts.extend_from_slice(hourly);
    Ok(merged(property.path.property.statistics, today, &parts))
}
