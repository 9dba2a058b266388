//! What is usual, from history: consumption by the hour of the day, and how batteries fade.
//!
//! Medians and median deviations, not means: one feast must not move what is usual.

use crate::safla::sense::{Thing, seconds};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::{DeviceId, DeviceKind, Path, capability};
use store::{Bucket, Period, Store, StoreError};

/// Over so many days is looked back for consumption.
const DAYS: i64 = 28;
/// So many of the same hour make a usual one.
const ENOUGH: usize = 7;
/// Beyond so many median deviations it is unusual; 1.4826 of them are a standard deviation.
const DEVIATIONS: f64 = 6.0 * 1.4826;
/// And by at least this share of the usual.
const SHARE: f64 = 0.5;
/// And by at least so much, in W.
const LEAST: f64 = 100.0;

/// Over so many days is looked back for batteries.
const BATTERY_DAYS: i64 = 30;
/// So many days of a battery say how it fades.
const BATTERY_ENOUGH: usize = 7;
/// A rise of so much is a fresh battery, or a charge, in per cent.
const FRESH: f64 = 5.0;
/// What is charged so often is no battery that empties.
const CHARGES: usize = 2;
/// As good as empty, in per cent.
const EMPTY: f64 = 5.0;

/// How many devices are looked after.
const DEVICES: usize = 500;

/// What is usual.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usual {
    /// When it was looked up, in house time.
    pub at: Option<Timestamp>,
    /// What was unusual in the last whole hour.
    pub odd: Vec<Odd>,
    /// Batteries that fade.
    pub batteries: Vec<Fading>,
    /// Where the house is, for dates.
    pub zone: Option<TimeZone>,
}

/// An hour that was not as usual.
#[derive(Debug, Clone, PartialEq)]
pub struct Odd {
    /// Whose.
    pub device: DeviceId,
    /// Which property.
    pub path: Path,
    /// The average of the hour, in W.
    pub watts: f64,
    /// The median of the same hour on other days, in W.
    pub median: f64,
    /// The median deviation from that, in W.
    pub varies: f64,
    /// On how many days.
    pub days: usize,
    /// When the hour began.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
}

/// A battery that fades.
#[derive(Debug, Clone, PartialEq)]
pub struct Fading {
    /// Whose.
    pub device: DeviceId,
    /// How much it loses in a day, in per cent of the whole.
    pub per_day: f64,
    /// Over how many days that was seen.
    pub days: usize,
    /// From when.
    pub from: Timestamp,
    /// To when.
    pub to: Timestamp,
}

impl Fading {
    /// When it will be as good as empty, from `percent` now on; `None` where it does not fade.
    #[must_use]
    pub fn empty_at(&self, percent: f64, now: Timestamp) -> Option<Timestamp> {
        if self.per_day <= 0.0 {
            return None;
        }
        let days = ((percent - EMPTY).max(0.0) / self.per_day).min(3_650.0);
        now.checked_add(SignedDuration::from_secs_f64(days * 86_400.0))
            .ok()
    }
}

impl Usual {
    /// What is unusual as of now: what was is so for two hours.
    pub fn odd(&self, now: Timestamp) -> impl Iterator<Item = &Odd> {
        self.odd
            .iter()
            .filter(move |odd| (0.0..7_200.0).contains(&seconds(odd.to, now)))
    }

    /// A day for people.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> String {
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        zone.to_datetime(at).strftime("%-d %B").to_string()
    }
}

/// The middle of some numbers; `None` of none.
#[must_use]
pub fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(numbers[middle]),
        _ => Some(f64::midpoint(numbers[middle - 1], numbers[middle])),
    }
}

/// Whether an hour's average is unusual against `others`, the same hour on other days: their median and
/// median deviation where it is. `None` where it is not, or where too little is known.
#[must_use]
pub fn unusual(watts: f64, others: &[f64]) -> Option<(f64, f64)> {
    if others.len() < ENOUGH {
        return None;
    }
    let middle = median(&mut others.to_vec())?;
    let mut away: Vec<f64> = others.iter().map(|other| (other - middle).abs()).collect();
    let varies = median(&mut away)?;
    let limit = (DEVIATIONS * varies).max(SHARE * middle.abs()).max(LEAST);
    (watts - middle > limit).then_some((middle, varies))
}

/// How a battery fades, from its level at the end of each day; `None` where that cannot be told. The
/// median of the slopes between all pairs of days since it was last fresh (Theil and Sen).
#[must_use]
pub fn fading(days: &[(Timestamp, f64)]) -> Option<(f64, usize)> {
    let rises = days
        .windows(2)
        .filter(|pair| pair[1].1 - pair[0].1 >= FRESH)
        .count();
    if rises > CHARGES {
        return None;
    }
    let from = days
        .windows(2)
        .rposition(|pair| pair[1].1 - pair[0].1 >= FRESH)
        .map_or(0, |at| at + 1);
    let days = &days[from..];
    if days.len() < BATTERY_ENOUGH {
        return None;
    }
    let mut slopes = Vec::with_capacity(days.len() * days.len() / 2);
    for (at, early) in days.iter().enumerate() {
        for late in &days[at + 1..] {
            let apart = seconds(early.0, late.0) / 86_400.0;
            if apart > 0.0 {
                slopes.push((early.1 - late.1) / apart);
            }
        }
    }
    median(&mut slopes).map(|per_day| (per_day, days.len()))
}

/// Looks up what is usual.
///
/// # Errors
/// When the database cannot be read.
pub async fn look_up(
    store: &Store,
    things: &[Thing],
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Usual, StoreError> {
    let mut usual = Usual {
        at: Some(now),
        zone: Some(zone.clone()),
        ..Usual::default()
    };
    for thing in things.iter().take(DEVICES) {
        for reading in &thing.readings {
            let path = reading.path;
            if path.property.name == "power" && path.capability == &capability::ELECTRICAL_POWER {
                usual
                    .odd
                    .extend(odd(store, thing.id(), path, zone, now).await?);
            }
            let battery = path.property.name == "battery" && thing.on_battery();
            if battery && thing.device.kind != DeviceKind::Person {
                usual
                    .batteries
                    .extend(battery_of(store, thing.id(), path, now).await?);
            }
        }
    }
    Ok(usual)
}

async fn buckets(
    store: &Store,
    device: DeviceId,
    path: Path,
    period: Period,
    days: i64,
    now: Timestamp,
) -> Result<Vec<Bucket>, StoreError> {
    let Some(property) = store.recorded_property(device, path).await? else {
        return Ok(Vec::new());
    };
    let from = now
        .checked_sub(SignedDuration::from_hours(24 * days))
        .unwrap_or(Timestamp::MIN);
    store
        .statistics(property.id, period, from, now, 24 * 40)
        .await
}

async fn odd(
    store: &Store,
    device: DeviceId,
    path: Path,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Option<Odd>, StoreError> {
    let all = buckets(store, device, path, Period::Hour, DAYS, now).await?;
    let Some((last, before)) = all.split_last() else {
        return Ok(None);
    };
    let hour = |bucket: &Bucket| zone.to_datetime(bucket.start).hour();
    let this = hour(last);
    let others: Vec<f64> = before
        .iter()
        .filter(|bucket| hour(bucket) == this)
        .filter_map(|bucket| bucket.mean)
        .collect();
    // An hour of which little is known says little.
    let whole = last.known * 10 >= last.length * 9;
    let judged = last
        .mean
        .filter(|_| whole)
        .and_then(|watts| Some((watts, unusual(watts, &others)?)));
    let Some((watts, (median, varies))) = judged else {
        return Ok(None);
    };
    let to = last
        .start
        .checked_add(SignedDuration::from_micros(last.length));
    Ok(Some(Odd {
        device,
        path,
        watts,
        median,
        varies,
        days: others.len(),
        from: last.start,
        to: to.unwrap_or(now),
    }))
}

async fn battery_of(
    store: &Store,
    device: DeviceId,
    path: Path,
    now: Timestamp,
) -> Result<Option<Fading>, StoreError> {
    let all = buckets(store, device, path, Period::Day, BATTERY_DAYS, now).await?;
    let days: Vec<(Timestamp, f64)> = all
        .iter()
        .filter_map(|bucket| Some((bucket.start, bucket.mean?)))
        .collect();
    Ok(fading(&days).map(|(per_day, count)| Fading {
        device,
        per_day,
        days: count,
        from: days[days.len() - count].0,
        to: days[days.len() - 1].0,
    }))
}

#[cfg(test)]
mod tests {
    use super::{fading, median, unusual};
    use model::Timestamp;

    fn days(levels: &[f64]) -> Vec<(Timestamp, f64)> {
        let start = 1_790_000_000;
        let each = levels.iter().zip(0..);
        each.map(|(level, day)| {
            (
                Timestamp::from_second(start + day * 86_400).unwrap(),
                *level,
            )
        })
        .collect()
    }

    #[test]
    fn medians() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn one_feast_does_not_move_what_is_usual() {
        let mut others = vec![300.0, 320.0, 290.0, 310.0, 305.0, 315.0, 3_000.0];
        assert_eq!(unusual(2_000.0, &others[..6]), None, "six days are too few");
        let (middle, varies) = unusual(2_000.0, &others).unwrap();
        assert!((middle - 310.0).abs() < 1e-9 && (varies - 10.0).abs() < 1e-9);
        assert_eq!(unusual(400.0, &others), None, "within a half more");
        assert_eq!(unusual(0.0, &others), None, "little is never unusual");
        others.fill(2.0);
        assert_eq!(unusual(90.0, &others), None, "a lamp is not worth a word");
    }

    #[test]
    fn a_battery_fades_by_the_median_of_its_slopes() {
        let levels: Vec<f64> = (0..20_i32).map(|day| 80.0 - f64::from(day)).collect();
        let (per_day, count) = fading(&days(&levels)).unwrap();
        assert!((per_day - 1.0).abs() < 1e-9 && count == 20);
        let mut changed = vec![20.0, 18.0, 16.0];
        changed.extend(levels);
        assert_eq!(
            fading(&days(&changed)).map(|(_, count)| count),
            Some(20),
            "since it was fresh"
        );
        assert_eq!(fading(&days(&[50.0, 49.0])), None, "two days are too few");
        let charged: Vec<f64> = (0..30)
            .map(|day| if day % 2 == 0 { 90.0 } else { 40.0 })
            .collect();
        assert_eq!(
            fading(&days(&charged)),
            None,
            "a telephone is no battery that empties"
        );
    }
}
