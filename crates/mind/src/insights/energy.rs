//! What is used, by device and day; what runs when nobody needs it; and what is usual.
//!
//! - **energy_by_day**, **energy** (kWh): the increase of the device's meter; of a device that only says
//!   its power, mean power × the time for which it was known. Usual is the median of the whole days in the
//!   three weeks before.
//! - **standby** (W): the tenth percentile of the hourly lowest power between one and five at night.
//! - **house** (kWh): what meters say, where there are any; else the sum of the devices that say anything,
//!   and then it says so.

use super::{Figure, Insight, Insights, MOST, Span, hours, median, rounded, share};
use history::Resolution;
use jiff::SignedDuration;
use model::{Device, DeviceKind, Path, Timestamp, capability};
use store::{Bucket, StoreError};
use twin::DeviceTwin;

/// Days before the span that say what is usual; so many of them at least.
const BEFORE: i64 = 21;
const USUAL: usize = 5;
/// Hours of the night, by the clock of the house.
const NIGHT: std::ops::Range<i8> = 1..5;
/// Hours that a standby figure needs.
const HOURS: usize = 8;

impl Insights {
    pub(super) async fn energy(&self, span: Span, insight: &mut Insight) -> Result<(), StoreError> {
        let snapshot = self.house.snapshot();
        let mut sums: Vec<(String, f64, Option<f64>, Counts)> = Vec::new();
        let metered: Vec<_> = snapshot
            .devices
            .values()
            .filter_map(|twin| source(twin).map(|(path, power)| (twin, path, power)))
            .collect();
        for (twin, path, power) in metered.iter().take(MOST) {
            let before = Span {
                from: span.from - SignedDuration::from_hours(24 * BEFORE),
                now: span.now,
            };
            let id = twin.device.id;
            let days = self.buckets(id, *path, before, Resolution::Day).await?;
            let slug = &twin.device.slug;
            let about = |figure: Figure| figure.device(id).area(twin.device.area);
            let rows = |from: Timestamp, to: Timestamp, path: Path, resolution: &str| {
                format!(
                    "/api/devices/{slug}/history?property={path}&resolution={resolution}&from={from}&to={to}"
                )
            };
            let usual = usual(&days, *power, span.from);
            let (mut total, mut known, mut length) = (None, 0, 0);
            for day in days.iter().filter(|day| day.start >= span.from) {
                let kwh = used(day, *power);
                total = add(total, kwh);
                known += day.known;
                length += day.length;
                let mut figure = about(Figure::new(
                    "energy_by_day",
                    "kWh",
                    rows(day.start, end(day), *path, "day"),
                ))
                .number(kwh.map(|kwh| rounded(kwh, 3)))
                .note(how(*power));
                figure.day = Some(self.zone.to_datetime(day.start).date());
                figure.usual = usual.map(|usual| rounded(usual, 3));
                figure.known = Some(share(day.known, day.length));
                insight.figures.push(figure);
            }
            let mut figure = about(Figure::new(
                "energy",
                "kWh",
                rows(span.from, span.now, *path, "day"),
            ))
            .number(total.map(|total| rounded(total, 3)))
            .note(if total.is_some() {
                how(*power)
            } else {
                "nothing was recorded"
            });
            figure.known = (length > 0).then(|| share(known, length));
            insight.figures.push(figure);
            if let Some(total) = total {
                let counts = counts(&twin.device);
                sums.push((twin.device.name.clone(), total, usual, counts));
            }
            if let Some(watts) = power_path(twin) {
                let hourly = self.buckets(id, watts, span, Resolution::Hour).await?;
                let standby = self.standby(&hourly);
                let known = hourly.iter().map(|hour| hour.known).sum();
                let mut figure = about(Figure::new(
                    "standby",
                    "W",
                    rows(span.from, span.now, watts, "hour"),
                ))
                .number(standby.map(|watts| rounded(watts, 1)))
                .note(if standby.is_some() {
                    "tenth percentile of the hourly lowest power between one and five at night"
                } else {
                    "fewer than eight hours of night were recorded"
                });
                let all = hourly.iter().map(|hour| hour.length).sum();
                figure.known = Some(share(known, all));
                insight.figures.push(figure);
            }
        }
        self.house_energy(span, insight, &sums);
        if metered.len() > MOST {
            insight.summary.push(format!(
                "Only {MOST} of {} devices that say what they use were looked at.",
                metered.len()
            ));
        }
        Ok(())
    }

    /// What the whole house used, and what used the most.
    fn house_energy(
        &self,
        span: Span,
        insight: &mut Insight,
        sums: &[(String, f64, Option<f64>, Counts)],
    ) {
        let has_meter = sums.iter().any(|(.., counts)| *counts == Counts::House);
        let wanted = if has_meter {
            Counts::House
        } else {
            Counts::Itself
        };
        let counted: Vec<_> = sums
            .iter()
            .filter(|(.., counts)| *counts == wanted)
            .collect();
        let total = (!counted.is_empty()).then(|| counted.iter().map(|(_, kwh, ..)| kwh).sum());
        let rows = format!(
            "/api/insights/energy (the figures `energy` of this answer, from {})",
            span.from
        );
        let figure = Figure::new("house", "kWh", rows)
            .number(total.map(|total| rounded(total, 2)))
            .note(if has_meter {
                "the sum of the meters"
            } else if total.is_some() {
                "no meter of the whole house is known: the sum of the devices that say what they use"
            } else {
                "no device says what it uses"
            });
        insight.figures.push(figure);
        let Some(total) = total else {
            insight
                .summary
                .push("No device says what it uses.".to_owned());
            return;
        };
        let asked = self.zone.to_datetime(span.from).date();
        let days = insight.figures.iter().filter(|figure| {
            figure.name == "energy_by_day" && figure.known.is_some_and(|known| known > 0.0)
        });
        let first = days.filter_map(|figure| figure.day).min();
        let first = first.map_or(asked, |first| first.max(asked));
        insight.summary.push(format!(
            "{} {} kWh since {}{}.",
            if has_meter {
                "The house used"
            } else {
                "The devices that say so used"
            },
            rounded(total, 2),
            first.strftime("%A, %-d %B"),
            if first > asked {
                "; nothing was recorded before"
            } else {
                ""
            },
        ));
        let devices = sums.iter().filter(|(.., counts)| *counts == Counts::Itself);
        if let Some((name, kwh, ..)) = devices.max_by(|left, right| left.1.total_cmp(&right.1)) {
            insight.summary.push(format!(
                "{name} used the most of the devices: {} kWh.",
                rounded(*kwh, 2)
            ));
        }
    }

    fn standby(&self, hourly: &[Bucket]) -> Option<f64> {
        let mut lows: Vec<f64> = hourly
            .iter()
            .filter(|hour| NIGHT.contains(&self.zone.to_datetime(hour.start).hour()))
            .filter_map(|hour| hour.min)
            .collect();
        if lows.len() < HOURS {
            return None;
        }
        lows.sort_by(f64::total_cmp);
        lows.get(lows.len() / 10).copied()
    }
}

/// Of what the figures of a device speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Of the whole house: what all others use is in it.
    House,
    /// Of what gives as well as takes: panels, a battery. It is no use of anybody.
    Source,
    /// Of the device itself.
    Itself,
}

/// Words by which a meter is known to be the house's, and by which it is not. Devices that can only
/// say what they use are meters by kind, too: a freezer at a plug that cannot be switched.
const HOUSE: [&str; 8] = [
    "meter",
    "mains",
    "grid",
    "whole house",
    "whole home",
    "utility",
    "total",
    "linky",
];
const OTHER: [&str; 7] = [
    "solar",
    "pv",
    "photovoltaic",
    "battery",
    "freezer",
    "fridge",
    "charger",
];

/// Of what the figures of a device speak.
#[must_use]
pub fn counts(device: &Device) -> Counts {
    let gives = device
        .capabilities
        .iter()
        .any(|instance| instance.property("energy_exported").is_some());
    if device.kind == DeviceKind::Meter {
        let names = || {
            std::iter::once(&device.name)
                .chain(&device.aliases)
                .map(|name| name.to_lowercase())
        };
        let has = |name: &str, words: &[&str]| words.iter().any(|word| name.contains(word));
        if names().any(|name| has(&name, &HOUSE)) && !names().any(|name| has(&name, &OTHER)) {
            return Counts::House;
        }
    }
    if gives || device.kind == DeviceKind::Battery {
        return Counts::Source;
    }
    Counts::Itself
}

/// What says how much a device uses: its meter, or else its power (then the second is true).
fn source(twin: &DeviceTwin) -> Option<(Path, bool)> {
    let of = |capability: &'static model::Capability, property: &str| {
        twin.device
            .capabilities
            .iter()
            .find(|instance| {
                instance.capability == capability && instance.property(property).is_some()
            })
            .and_then(|instance| instance.path(property))
    };
    of(&capability::ELECTRICAL_ENERGY, "energy_imported")
        .map(|path| (path, false))
        .or_else(|| power_path(twin).map(|path| (path, true)))
}

fn power_path(twin: &DeviceTwin) -> Option<Path> {
    twin.device
        .capabilities
        .iter()
        .find(|instance| instance.capability == &capability::ELECTRICAL_POWER)
        .and_then(|instance| instance.path("power"))
}

/// kWh of a stretch.
fn used(bucket: &Bucket, power: bool) -> Option<f64> {
    if power {
        // What is fed in is not used.
        bucket
            .mean
            .map(|watts| watts.max(0.0) * hours(bucket.known) / 1_000.0)
    } else {
        bucket.total
    }
}

/// The median of the whole days before a moment.
fn usual(days: &[Bucket], power: bool, before: Timestamp) -> Option<f64> {
    let whole = days
        .iter()
        .filter(|day| day.start < before && share(day.known, day.length) >= 0.9);
    median(whole.filter_map(|day| used(day, power)).collect(), USUAL)
}

const fn how(power: bool) -> &'static str {
    if power {
        "mean power × the time for which it was known"
    } else {
        "the increase of its meter"
    }
}

fn add(sum: Option<f64>, more: Option<f64>) -> Option<f64> {
    match (sum, more) {
        (Some(sum), Some(more)) => Some(sum + more),
        (one, other) => one.or(other),
    }
}

fn end(bucket: &Bucket) -> Timestamp {
    bucket.start + SignedDuration::from_micros(bucket.length)
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Counts, counts, used, usual};
    use model::{
        Capability, Device, DeviceId, DeviceKind, Instance, Key, Preferences, Slug, Timestamp,
        capability as c,
    };

    fn device(name: &str, kind: DeviceKind, all: &[&'static Capability]) -> Device {
        Device {
            id: DeviceId::new(),
            slug: Slug::from_name(name, "device"),
            aliases: Vec::new(),
            key: Key {
                driver: "test".into(),
                native_id: name.into(),
            },
            via: None,
            area: None,
            serves: Vec::new(),
            name: name.into(),
            named_by_person: false,
            kind,
            manufacturer: None,
            model: None,
            capabilities: all.iter().map(|one| Instance::full(one)).collect(),
            manual: None,
            preferences: Preferences::default(),
            first_seen: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_the_meter_of_the_house_counts_for_the_house() {
        let both = [&c::ELECTRICAL_ENERGY, &c::ELECTRICAL_POWER];
        let meter = |name: &str| counts(&device(name, DeviceKind::Meter, &both));
        assert_eq!(meter("House meter"), Counts::House);
        assert_eq!(meter("Grid"), Counts::House);
        assert_eq!(meter("Solar meter"), Counts::Source);
        assert_eq!(meter("Home battery"), Counts::Source);
        // A freezer at a plug that cannot be switched looks like a meter.
        let freezer = device("Freezer", DeviceKind::Meter, &[&c::ELECTRICAL_POWER]);
        assert_eq!(counts(&freezer), Counts::Itself);
        let lamp = device("Lamp", DeviceKind::Light, &[&c::ELECTRICAL_POWER]);
        assert_eq!(counts(&lamp), Counts::Itself);
    }

    fn bucket(day: i64, known: i64, mean: f64, total: Option<f64>) -> Bucket {
        Bucket {
            start: Timestamp::from_second(day * 86_400).expect("a time"),
            length: 86_400_000_000,
            known: known * 3_600_000_000,
            samples: 9,
            mean: Some(mean),
            min: None,
            max: None,
            total,
            meter: None,
        }
    }

    #[test]
    fn power_counts_for_the_time_that_is_known_and_a_meter_for_itself() {
        assert_eq!(used(&bucket(0, 12, 100.0, None), true), Some(1.2));
        assert_eq!(used(&bucket(0, 12, -100.0, None), true), Some(0.0));
        assert_eq!(used(&bucket(0, 12, 0.0, Some(3.5)), false), Some(3.5));
        assert_eq!(used(&bucket(0, 12, 0.0, None), false), None);
    }

    #[test]
    fn the_usual_needs_whole_days() {
        let whole: Vec<Bucket> = (0..5)
            .map(|day| bucket(day, 24, 0.0, Some(day as f64)))
            .collect();
        let later = Timestamp::from_second(99 * 86_400).expect("a time");
        assert_eq!(usual(&whole, false, later), Some(2.0));
        let broken: Vec<Bucket> = (0..5).map(|day| bucket(day, 12, 0.0, Some(1.0))).collect();
        assert_eq!(usual(&broken, false, later), None);
        assert_eq!(usual(&whole[..4], false, later), None);
    }
}
