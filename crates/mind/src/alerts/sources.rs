//! Where the values come from that conditions speak of.

use super::condition::{Known, Reference};
use crate::insights::{Counts, counts};
use crate::memory::is_alarm;
use history::Resolution;
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use model::{Capability, Connectivity, DeviceKind, Path, Presence, Timestamp, Value, capability};
use std::collections::BTreeMap;
use store::{Bucket, Store, StoreError};
use twin::{DeviceTwin, Snapshot};

/// The metrics of the house, and whether something is usual of them.
///
/// - `power_usage` (W): what is drawn now; `energy_usage` (kWh): used since midnight. Of the meters, where
///   there are any, else of all devices that say it.
/// - `people_home`, `doors_open`, `locks_open`, `alarms`, `devices_offline`: numbers; unknown while one of those
///   that count is unknown and the rest does not say it all.
/// - `indoor_temperature`, `outdoor_temperature` (°C): the means of what is known.
pub const METRICS: &[(&str, bool)] = &[
    ("power_usage", true),
    ("energy_usage", true),
    ("people_home", false),
    ("doors_open", false),
    ("locks_open", false),
    ("alarms", false),
    ("devices_offline", false),
    ("indoor_temperature", false),
    ("outdoor_temperature", false),
];

/// Days that say what is usual of a day so far, and so many of them at least.
const DAYS: i64 = 14;
/// Weeks that say what is usual at an hour.
const WEEKS: i64 = 4;
const LEAST: usize = 5;

/// Finds values.
pub(super) struct Sources<'a> {
    pub(super) house: &'a Snapshot,
    pub(super) store: &'a Store,
    pub(super) zone: &'a TimeZone,
    pub(super) now: Timestamp,
    pub(super) server: &'a (dyn Fn(&str) -> Option<f64> + Send + Sync),
}

impl Sources<'_> {
    /// What is known of something now.
    pub(super) async fn find(&self, reference: &Reference) -> Result<Known, StoreError> {
        let number = |value: Option<f64>| value.map_or(Known::Unknown, Known::Number);
        Ok(match reference {
            Reference::House(name) if name == "energy_usage" => number(self.used_today().await?),
            Reference::House(name) => number(self.metric(name)),
            Reference::Value(device, path) => self.property(device, path),
            Reference::Usual(device, path) => match self.meant(device, path) {
                Some((twin, path)) => number(self.usual(twin, path).await?),
                None => Known::Unknown,
            },
            Reference::Server(name) => number((self.server)(name)),
            Reference::Baseline(name) if name == "energy_usage" => {
                number(self.usual_so_far().await?)
            }
            Reference::Baseline(_) => number(self.usual_power().await?),
        })
    }

    fn metric(&self, name: &str) -> Option<f64> {
        let devices = || self.house.devices.values().map(|twin| &**twin);
        match name {
            "power_usage" => sum(counted(self.house, power)
                .map(|(twin, path)| fresh(twin, path).and_then(|value| as_number(&value)))),
            "people_home" => count(self.house.people.values().map(
                |person| match person.presence {
                    Presence::Home => Some(true),
                    Presence::Away => Some(false),
                    Presence::Unknown => None,
                },
            )),
            "doors_open" => count(devices().flat_map(|twin| {
                paths(twin, &capability::CONTACT, &["open"])
                    .map(|path| fresh(twin, path).map(|value| value == Value::Bool(true)))
            })),
            "locks_open" => count(devices().flat_map(|twin| {
                paths(twin, &capability::DOOR_LOCK, &["lock_state"])
                    .map(|path| fresh(twin, path).map(|value| value != "locked".into()))
            })),
            "alarms" => count(devices().flat_map(|twin| {
                let smoke = ["smoke", "carbon_monoxide", "gas", "heat"];
                paths(twin, &capability::SMOKE_CO_ALARM, &smoke)
                    .chain(paths(twin, &capability::WATER_LEAK, &["leak"]))
                    .chain(paths(twin, &capability::SECURITY_ALARM, &["alarm_state"]))
                    .map(|path| fresh(twin, path).map(|value| is_alarm(path, &value)))
                    .collect::<Vec<_>>()
            })),
            "devices_offline" => count(devices().map(|twin| match twin.connectivity {
                Connectivity::Offline => Some(true),
                Connectivity::Online => Some(false),
                Connectivity::Unknown => None,
            })),
            "indoor_temperature" => mean(devices().filter_map(|twin| {
                let inside = matches!(
                    twin.device.kind,
                    DeviceKind::Sensor | DeviceKind::Thermostat
                );
                if !inside || twin.device.area.is_none() {
                    return None;
                }
                temperature(twin)
            })),
            "outdoor_temperature" => mean(
                devices()
                    .filter(|twin| twin.device.kind == DeviceKind::Weather)
                    .filter_map(temperature),
            ),
            _ => None,
        }
    }

    fn meant(&self, device: &str, path: &str) -> Option<(&DeviceTwin, Path)> {
        let twin = self.house.device(device)?;
        Some((twin, path.parse().ok()?))
    }

    fn property(&self, device: &str, path: &str) -> Known {
        let value = self
            .meant(device, path)
            .and_then(|(twin, path)| fresh(twin, path));
        match value {
            None => Known::Unknown,
            Some(Value::Bool(truth)) => Known::Truth(truth),
            Some(Value::Number(number)) => Known::Number(number),
            Some(Value::Text(word)) => Known::Word(word.to_string()),
        }
    }

    async fn hourly(
        &self,
        twin: &DeviceTwin,
        path: Path,
        from: Timestamp,
    ) -> Result<Vec<Bucket>, StoreError> {
        let range = history::Range {
            device: twin.device.id,
            path,
            from,
            to: self.now,
            resolution: Resolution::Hour,
            limit: 24 * 40,
        };
        let series = history::series(self.store, self.zone, &range, self.now).await?;
        Ok(series.map_or_else(Vec::new, |series| series.buckets))
    }

    /// The median of the same hour's means (or increases) in the last weeks.
    async fn usual(&self, twin: &DeviceTwin, path: Path) -> Result<Option<f64>, StoreError> {
        let from = self.now - SignedDuration::from_hours(24 * 7 * WEEKS);
        let hour = self.zone.to_datetime(self.now).hour();
        let begun = self.now - SignedDuration::from_hours(1);
        let same = self
            .hourly(twin, path, from)
            .await?
            .into_iter()
            .filter(|bucket| bucket.start <= begun)
            .filter(|bucket| self.zone.to_datetime(bucket.start).hour() == hour)
            .filter_map(|bucket| bucket.mean.or(bucket.total));
        Ok(median(same.collect()))
    }

    /// The sum of what is usual of the devices that count for the power now.
    async fn usual_power(&self) -> Result<Option<f64>, StoreError> {
        let mut all = Vec::new();
        for (twin, path) in counted(self.house, power) {
            all.push(self.usual(twin, path).await?);
        }
        Ok(sum(all.into_iter()))
    }

    /// kWh since midnight.
    async fn used_today(&self) -> Result<Option<f64>, StoreError> {
        let midnight = history::day(self.now, self.zone).start;
        let mut all = Vec::new();
        for (twin, path) in counted(self.house, meter) {
            let hours = self.hourly(twin, path, midnight).await?;
            let used: Vec<f64> = hours.iter().filter_map(|hour| used(hour, path)).collect();
            all.push((!used.is_empty()).then(|| used.iter().sum()));
        }
        Ok(sum(all.into_iter()))
    }

    /// The median of what was used by this time of the day on the last days. Of the hour that is not over,
    /// as much as of it has passed.
    async fn usual_so_far(&self) -> Result<Option<f64>, StoreError> {
        let midnight = history::day(self.now, self.zone).start;
        let from = midnight - SignedDuration::from_hours(24 * DAYS);
        let local = self.zone.to_datetime(self.now);
        let passed = f64::from(local.minute()) / 60.0;
        let mut days: BTreeMap<Date, f64> = BTreeMap::new();
        for (twin, path) in counted(self.house, meter) {
            for hour in self.hourly(twin, path, from).await? {
                let Some(kwh) = used(&hour, path).filter(|_| hour.start < midnight) else {
                    continue;
                };
                let then = self.zone.to_datetime(hour.start);
                let share = match then.hour().cmp(&local.hour()) {
                    std::cmp::Ordering::Less => 1.0,
                    std::cmp::Ordering::Equal => passed,
                    std::cmp::Ordering::Greater => 0.0,
                };
                *days.entry(then.date()).or_default() += kwh * share;
            }
        }
        Ok(median(days.into_values().collect()))
    }
}

/// The devices that count for the whole house: the meters, where there are any, else all.
fn counted(
    house: &Snapshot,
    find: fn(&DeviceTwin) -> Option<Path>,
) -> impl Iterator<Item = (&DeviceTwin, Path)> {
    let metered =
        move |twin: &DeviceTwin| counts(&twin.device) == Counts::House && find(twin).is_some();
    let has_meter = house.devices.values().any(|twin| metered(twin));
    house
        .devices
        .values()
        .map(|twin| &**twin)
        .filter(move |twin| {
            if has_meter {
                metered(twin)
            } else {
                counts(&twin.device) == Counts::Itself
            }
        })
        .filter_map(move |twin| Some((twin, find(twin)?)))
}

fn paths<'a>(
    twin: &'a DeviceTwin,
    capability: &'static Capability,
    names: &'a [&'a str],
) -> impl Iterator<Item = Path> + 'a {
    twin.device
        .capabilities
        .iter()
        .filter(move |instance| instance.capability == capability)
        .flat_map(move |instance| {
            names
                .iter()
                .filter(|name| instance.property(name).is_some())
                .filter_map(|name| instance.path(name))
        })
}

fn power(twin: &DeviceTwin) -> Option<Path> {
    paths(twin, &capability::ELECTRICAL_POWER, &["power"]).next()
}

fn meter(twin: &DeviceTwin) -> Option<Path> {
    paths(twin, &capability::ELECTRICAL_ENERGY, &["energy_imported"])
        .next()
        .or_else(|| power(twin))
}

/// kWh of an hour: the increase of a meter, or mean power × the time for which it was known.
#[expect(clippy::cast_precision_loss, reason = "microseconds of an hour")]
fn used(hour: &Bucket, path: Path) -> Option<f64> {
    if path.capability == &capability::ELECTRICAL_ENERGY {
        hour.total
    } else {
        hour.mean
            .map(|watts| watts.max(0.0) * hour.known as f64 / 3.6e9 / 1_000.0)
    }
}

/// What it is now; `None` where that is not known.
fn fresh(twin: &DeviceTwin, path: Path) -> Option<Value> {
    let reported = twin.reported(path)?;
    let known = !reported.stale && twin.connectivity != Connectivity::Offline;
    reported.value.clone().filter(|_| known)
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

fn temperature(twin: &DeviceTwin) -> Option<f64> {
    paths(twin, &capability::TEMPERATURE_MEASUREMENT, &["temperature"])
        .chain(paths(twin, &capability::THERMOSTAT, &["local_temperature"]))
        .find_map(|path| fresh(twin, path).and_then(|value| as_number(&value)))
}

/// How many are so. Unknown where nothing is there to count, or one of them is unknown and none is so: then
/// nobody can say that none is.
#[expect(clippy::cast_precision_loss, reason = "numbers of devices")]
fn count(each: impl Iterator<Item = Option<bool>>) -> Option<f64> {
    let (mut so, mut known, mut unknown) = (0_usize, 0_usize, 0_usize);
    for one in each {
        match one {
            Some(true) => so += 1,
            Some(false) => known += 1,
            None => unknown += 1,
        }
    }
    let says_it = so > 0 || (known > 0 && unknown == 0);
    says_it.then_some(so as f64)
}

/// The sum of what is known; unknown where nothing is.
fn sum(each: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    each.flatten().reduce(|sum, more| sum + more)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of devices")]
fn mean(each: impl Iterator<Item = f64>) -> Option<f64> {
    let all: Vec<f64> = each.collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// The middle of at least five.
fn median(mut all: Vec<f64>) -> Option<f64> {
    if all.len() < LEAST {
        return None;
    }
    all.sort_by(f64::total_cmp);
    let middle = all.len() / 2;
    Some(if all.len().is_multiple_of(2) {
        f64::midpoint(all[middle - 1], all[middle])
    } else {
        all[middle]
    })
}

#[cfg(test)]
mod tests {
    use super::{count, median, sum};

    #[test]
    fn nobody_counts_what_is_not_known() {
        let of = |all: &[Option<bool>]| count(all.iter().copied());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[None]), None);
        assert_eq!(of(&[Some(false), None]), None, "the other one may be open");
        assert_eq!(of(&[Some(false), Some(false)]), Some(0.0));
        assert_eq!(of(&[Some(true), None]), Some(1.0), "one is open for sure");
        assert_eq!(sum([None, Some(2.0), Some(3.0)].into_iter()), Some(5.0));
        assert_eq!(sum([None, None].into_iter()), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0, 9.0]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0, 9.0, 0.0]), Some(2.0));
    }
}
