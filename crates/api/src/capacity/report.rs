//! What the days say. Pure.

use crate::wire::{Capacity, CapacityFigure, CapacityIndicator};
use std::cmp::Ordering;
use store::{CapacityCounts, CapacityDay};

/// How many days are looked at.
pub(crate) const DAYS: i64 = 180;
/// A trend needs so many.
pub(crate) const NEEDS: usize = 7;
/// The signs are judged over so many days.
const LATELY: i64 = 7;
/// And only after so many looks, one a minute: a busy start is no sign.
const LOOKS: u64 = 60;
/// A month, in days.
const MONTH: f64 = 30.0;
/// A change of less than this share of what there is within a month is steady.
const STEADY: f64 = 0.01;
/// A disk that is full within so many days is a warning.
const SOON: f64 = 30.0;

/// The report of some days, the oldest first.
pub(crate) fn report(days: &[CapacityDay], today: i64) -> Capacity {
    let series = |value: fn(&CapacityDay) -> Option<u64>| -> Vec<(f64, f64)> {
        days.iter()
            .filter_map(|day| Some((number(day.day), whole(value(day)?))))
            .collect()
    };
    // Today is not over: its requests would look like fewer.
    let requests = days
        .iter()
        .filter(|day| day.day < today)
        .map(|day| (number(day.day), whole(day.counts.requests)))
        .collect::<Vec<_>>();
    let used = series(|day| Some(day.disk_size_bytes?.saturating_sub(day.disk_free_bytes?)));
    let disk = figure("disk", "bytes", &used);
    let days_to_full = disk.per_month.and_then(|month| {
        let free = whole(days.last()?.disk_free_bytes?);
        (disk.trend == "growing").then(|| (free / (month / MONTH)).round())
    });
    Capacity {
        days: days.len(),
        from: days.first().map(|day| date(day.day)),
        figures: vec![
            figure("database", "bytes", &series(|day| Some(day.database_bytes))),
            figure("devices", "devices", &series(|day| Some(day.devices))),
            figure("requests", "requests a day", &requests),
            figure("memory", "bytes", &series(|day| day.memory_bytes)),
            disk,
        ],
        disk_free_bytes: days.last().and_then(|day| day.disk_free_bytes),
        disk_size_bytes: days.last().and_then(|day| day.disk_size_bytes),
        days_to_full,
        indicators: indicators(days, today),
    }
}

fn figure(name: &'static str, unit: &'static str, series: &[(f64, f64)]) -> CapacityFigure {
    let now = series.last().map(|(_, value)| *value);
    let per_month = (series.len() >= NEEDS)
        .then(|| slope(series))
        .flatten()
        .map(|slope| slope * MONTH);
    let trend = match (now, per_month) {
        (Some(now), Some(month)) if month.abs() <= now.abs().max(1.0) * STEADY => "steady",
        (_, Some(month)) if month > 0.0 => "growing",
        (_, Some(_)) => "shrinking",
        _ => "unknown",
    };
    let needs_days = NEEDS.saturating_sub(series.len());
    CapacityFigure {
        name,
        unit,
        now,
        per_month,
        trend,
        days: series.len(),
        needs_days: (needs_days > 0).then_some(needs_days),
    }
}

/// How much more a day: the median of the slopes between any two days, which a single odd day does not
/// move.
fn slope(series: &[(f64, f64)]) -> Option<f64> {
    let mut slopes: Vec<f64> = Vec::new();
    for (index, (day, value)) in series.iter().enumerate() {
        for (later, then) in &series[index + 1..] {
            if later > day {
                slopes.push((then - value) / (later - day));
            }
        }
    }
    slopes.sort_by(|left, right| left.partial_cmp(right).unwrap_or(Ordering::Equal));
    let middle = slopes.len() / 2;
    if slopes.len() % 2 == 1 {
        return slopes.get(middle).copied();
    }
    Some((slopes.get(middle.checked_sub(1)?)? + slopes.get(middle)?) / 2.0)
}

/// A sign that the house has outgrown what it has.
struct Sign {
    name: &'static str,
    what: &'static str,
    action: &'static str,
    /// Above this share of those that were counted it is a warning.
    share: f64,
    /// So many must have been counted.
    least: u64,
    of: fn(&CapacityCounts) -> (u64, u64),
}

const MEMORY: &str = "memory";

const SIGNS: [Sign; 4] = [
    Sign {
        name: "response_time",
        what: "of the requests took longer than 2 s",
        action: "see the slowest routes (GET /api/performance); a faster disk or machine helps",
        share: 0.05,
        least: 100,
        of: |counts| (counts.requests_slow, counts.requests),
    },
    Sign {
        name: MEMORY,
        what: "of the time more than 80 % of the memory was used",
        action: "give the server more memory; a shorter history needs less",
        share: 0.1,
        least: 60,
        of: |counts| (counts.looks_full, counts.looks),
    },
    Sign {
        name: "database_query",
        what: "of the database's queries took longer than 100 ms",
        action: "a faster disk; a shorter history (HISTORY_RETENTION_DAYS)",
        share: 0.01,
        least: 100,
        of: |counts| (counts.queries_slow, counts.queries),
    },
    Sign {
        name: "discovery",
        what: "of the searches for devices took longer than 30 s",
        action: "see which protocol is slow (GET /api/discovery/status); fewer interfaces (DISCOVERY_INTERFACES)",
        share: 0.1,
        least: 5,
        of: |counts| (counts.scans_slow, counts.scans),
    },
];

fn indicators(days: &[CapacityDay], today: i64) -> Vec<CapacityIndicator> {
    let lately = || days.iter().filter(|day| day.day > today - LATELY);
    let looks: u64 = lately().map(|day| day.counts.looks).sum();
    let is_measured = lately().any(|day| day.memory_limit_bytes.is_some());
    let judge = |sign: &Sign| {
        let (slow, all) = lately()
            .map(|day| (sign.of)(&day.counts))
            .fold((0, 0), |(slow, all), (more, of)| (slow + more, all + of));
        let missing = if looks < LOOKS {
            Some(format!("needs {} more minutes to judge", LOOKS - looks))
        } else if all < sign.least {
            Some(format!("needs {} more to judge", sign.least - all))
        } else if sign.name == MEMORY && !is_measured {
            Some("this system does not say it".to_owned())
        } else {
            None
        };
        if let Some(message) = missing {
            return CapacityIndicator {
                name: sign.name,
                state: "unknown",
                message,
                share: None,
                limit: sign.share,
                action: None,
            };
        }
        let share = whole(slow) / whole(all);
        let is_much = share > sign.share;
        CapacityIndicator {
            name: sign.name,
            state: if is_much { "warning" } else { "ok" },
            message: format!("{:.1} % {} (last {LATELY} days)", share * 100.0, sign.what),
            share: Some(share),
            limit: sign.share,
            action: is_much.then_some(sign.action),
        }
    };
    SIGNS.iter().map(judge).collect()
}

/// What a person should look after, and what to do about it.
pub(crate) fn warnings(report: &Capacity) -> Vec<(String, String)> {
    let full = report
        .days_to_full
        .filter(|days| *days <= SOON)
        .map(|days| {
            let what = format!("the disk is full in about {days:.0} days");
            let action =
                "free space, shorten HISTORY_RETENTION_DAYS, or move the database to a larger disk";
            (what, action.to_owned())
        });
    let signs = report.indicators.iter().filter(|it| it.state == "warning");
    let signs = signs.map(|it| {
        let action = it.action.unwrap_or_default().to_owned();
        (it.message.clone(), action)
    });
    full.into_iter().chain(signs).collect()
}

fn date(day: i64) -> String {
    let at = jiff::Timestamp::from_second(day.saturating_mul(86_400)).unwrap_or_default();
    at.strftime("%F").to_string()
}

#[expect(clippy::cast_precision_loss, reason = "bytes stay below 2^53")]
const fn whole(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "days")]
const fn number(day: i64) -> f64 {
    day as f64
}

#[cfg(test)]
mod tests {
    use super::{report, warnings};
    use crate::wire::{Capacity, CapacityFigure};
    use store::{CapacityCounts, CapacityDay};

    const TODAY: i64 = 20_000;
    const GB: u64 = 1_000_000_000;

    /// A database that grows by 10 MB a day on a disk of 100 GB that loses 2 GB a day.
    fn days(count: u64) -> Vec<CapacityDay> {
        let day = |number: u64| CapacityDay {
            day: TODAY - i64::try_from(count - 1 - number).unwrap(),
            database_bytes: 50_000_000 + number * 10_000_000,
            devices: 40,
            memory_bytes: Some(200_000_000),
            memory_limit_bytes: Some(GB),
            disk_free_bytes: Some(80 * GB - number * 2 * GB),
            disk_size_bytes: Some(100 * GB),
            counts: CapacityCounts {
                looks: 1_440,
                requests: 1_000 + number * 20,
                queries: 5_000,
                scans: 4,
                ..CapacityCounts::default()
            },
        };
        (0..count).map(day).collect()
    }

    fn figure<'a>(report: &'a Capacity, name: &str) -> &'a CapacityFigure {
        let mut all = report.figures.iter();
        all.find(|figure| figure.name == name).unwrap()
    }

    #[test]
    fn growth_is_reckoned_from_days() {
        let mut days = days(30);
        // One day on which a backup lay beside it, and one on which nothing ran.
        days[12].database_bytes *= 9;
        days.remove(20);
        let report = report(&days, TODAY);
        let database = figure(&report, "database");
        assert_eq!(database.per_month, Some(300_000_000.0));
        assert_eq!(database.trend, "growing");
        assert_eq!(figure(&report, "devices").trend, "steady");
        assert_eq!(figure(&report, "memory").per_month, Some(0.0));
        assert_eq!(figure(&report, "requests").per_month, Some(600.0));
        assert_eq!(figure(&report, "requests").days, 28, "today is not over");
        assert_eq!(report.days_to_full, Some(11.0));
        let warnings = warnings(&report);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].0.contains("11 days"), "{warnings:?}");
    }

    #[test]
    fn with_few_days_nothing_is_claimed() {
        for count in [0, 1, 6] {
            let days = days(count);
            let report = report(&days, TODAY);
            let database = figure(&report, "database");
            assert_eq!((database.trend, database.per_month), ("unknown", None));
            let missing = usize::try_from(7 - count).unwrap();
            assert_eq!(database.needs_days, Some(missing));
            assert_eq!(report.days_to_full, None);
            assert!(warnings(&report).is_empty());
        }
        let seven = days(7);
        assert_eq!(figure(&report(&seven, TODAY), "database").needs_days, None);
        assert_eq!(
            figure(&report(&seven, TODAY), "requests").needs_days,
            Some(1)
        );
    }

    #[test]
    fn each_sign_is_judged_at_its_limit() {
        let state = |change: &dyn Fn(&mut CapacityCounts), name: &str| {
            let mut days = days(10);
            days.iter_mut().for_each(|day| change(&mut day.counts));
            let report = report(&days, TODAY);
            let it = report.indicators.iter().find(|it| it.name == name).unwrap();
            assert_eq!(it.action.is_some(), it.state == "warning");
            it.state
        };
        assert_eq!(
            state(&|it| it.requests_slow = it.requests / 20, "response_time"),
            "ok"
        );
        assert_eq!(
            state(&|it| it.requests_slow = it.requests / 19, "response_time"),
            "warning"
        );
        assert_eq!(state(&|it| it.looks_full = 144, "memory"), "ok");
        assert_eq!(state(&|it| it.looks_full = 145, "memory"), "warning");
        assert_eq!(state(&|it| it.queries_slow = 50, "database_query"), "ok");
        assert_eq!(
            state(&|it| it.queries_slow = 51, "database_query"),
            "warning"
        );
        assert_eq!(state(&|_| {}, "discovery"), "ok");
        assert_eq!(state(&|it| it.scans_slow = 1, "discovery"), "warning");
        assert_eq!(state(&|it| it.scans = 0, "discovery"), "unknown");
        // A busy first hour is no sign, and what the system does not say is not known.
        let mut fresh = days(1);
        fresh[0].counts.looks = 59;
        fresh[0].counts.queries_slow = 5_000;
        assert_eq!(report(&fresh, TODAY).indicators[2].state, "unknown");
        fresh[0].counts.looks = 60;
        fresh[0].memory_limit_bytes = None;
        let judged = report(&fresh, TODAY).indicators;
        assert_eq!((judged[2].state, judged[1].state), ("warning", "unknown"));
        // What was long ago is over.
        let mut old = days(30);
        old[3].counts.requests_slow = 100_000;
        assert_eq!(report(&old, TODAY).indicators[0].state, "ok");
    }
}
