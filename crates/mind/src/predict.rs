//! What the house expects, and how right it was.
//!
//! Simple, honest models behind one face: each says from how many figures it expects something, and what
//! the simplest guess would have been, so that it can be seen whether it is any better. Every prediction
//! is kept before its time and scored once, when its time has come.

use crate::safla::sense::Thing;
use crate::usual::{fading, median};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use model::{DeviceId, DeviceKind, Path, Timestamp};
use store::{Bucket, KeptForecast, Period, Store, StoreError};

/// A model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// The energy that a meter will count today: the median of the last days. The simplest guess is
    /// yesterday.
    EnergyDay,
    /// How warm a room will be on average today: the median of the last three days. The simplest guess
    /// is yesterday.
    TemperatureDay,
    /// How full a battery will be on average in a week: as it fades. The simplest guess is as full as
    /// yesterday.
    BatteryWeek,
}

/// Fewer scored predictions than this say little of a model.
pub const ENOUGH: u32 = 10;

/// So long after its time a prediction is still scored; then what came is not known.
const LATE: SignedDuration = SignedDuration::from_hours(48);

/// How many predictions are scored in one go.
const PAGE: usize = 500;

/// How many properties are looked after.
const PROPERTIES: usize = 500;

impl Model {
    /// Every model.
    pub const ALL: [Self; 3] = [Self::EnergyDay, Self::TemperatureDay, Self::BatteryWeek];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnergyDay => "energy_day",
            Self::TemperatureDay => "temperature_day",
            Self::BatteryWeek => "battery_week",
        }
    }

    /// Reads such a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.as_str() == text)
    }

    /// What it expects of what, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::EnergyDay => "energy of the day",
            Self::TemperatureDay => "a room's average temperature of the day",
            Self::BatteryWeek => "a battery's level in a week",
        }
    }

    /// How many days ahead the day lies that it means.
    const fn ahead(self) -> i64 {
        match self {
            Self::EnergyDay | Self::TemperatureDay => 0,
            Self::BatteryWeek => 7,
        }
    }

    /// The model that looks after a property of a thing.
    fn of(thing: &Thing, path: Path) -> Option<Self> {
        match path.property.name {
            "energy_imported" if thing.device.kind == DeviceKind::Meter => Some(Self::EnergyDay),
            "temperature" | "local_temperature" if thing.room_temperature().is_some() => {
                Some(Self::TemperatureDay)
            }
            "battery" if thing.on_battery() && thing.device.kind != DeviceKind::Person => {
                Some(Self::BatteryWeek)
            }
            _ => None,
        }
    }

    /// The figure of a day that it is about.
    fn figure(self, day: &Bucket) -> Option<f64> {
        match self {
            Self::EnergyDay => day.total,
            Self::TemperatureDay | Self::BatteryWeek => day.mean,
        }
    }

    /// What it expects from the days before, oldest first: the figure, the simplest guess, and from how
    /// many days. `None` where that is too little to expect anything.
    #[must_use]
    pub fn expect(self, days: &[(Timestamp, f64)]) -> Option<(f64, f64, usize)> {
        let plain = days.last()?.1;
        match self {
            Self::EnergyDay => {
                let last = &days[days.len().saturating_sub(14)..];
                let mut figures: Vec<f64> = last.iter().map(|day| day.1).collect();
                (figures.len() >= 3).then_some(())?;
                Some((median(&mut figures)?, plain, last.len()))
            }
            Self::TemperatureDay => {
                let last = &days[days.len().saturating_sub(3)..];
                let mut figures: Vec<f64> = last.iter().map(|day| day.1).collect();
                Some((median(&mut figures)?, plain, last.len()))
            }
            Self::BatteryWeek => {
                let (per_day, count) = fading(days)?;
                Some(((plain - 7.0 * per_day).clamp(0.0, 100.0), plain, count))
            }
        }
    }
}

/// What is expected as of now of everything that a model looks after. Made anew each day; one that was
/// made already is not made again.
///
/// # Errors
/// When the database cannot be read.
pub async fn expect_all(
    store: &Store,
    things: &[Thing],
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Vec<KeptForecast>, StoreError> {
    let today = history::day(now, zone);
    let mut expected = Vec::new();
    // Collected first: nothing that is borrowed may be held while the database is waited for.
    let mut looked_after: Vec<(DeviceId, Path, Model)> = Vec::new();
    for thing in things {
        for reading in &thing.readings {
            if let Some(model) = Model::of(thing, reading.path) {
                looked_after.push((thing.id(), reading.path, model));
            }
        }
    }
    looked_after.truncate(PROPERTIES);
    for (device, path, model) in looked_after {
        let days = days(store, model, device, path, today.start).await?;
        let Some((value, plain, basis)) = model.expect(&days) else {
            continue;
        };
        let mut meant = today;
        for _ in 0..model.ahead() {
            meant = history::day(meant.end, zone);
        }
        expected.push(KeptForecast {
            model: model.as_str().to_owned(),
            device,
            path,
            made: now,
            from: meant.start,
            due: meant.end,
            value,
            plain: Some(plain),
            basis: u32::try_from(basis).unwrap_or(u32::MAX),
            actual: None,
            scored: None,
        });
    }
    Ok(expected)
}

/// The whole days before `today`, oldest first.
async fn days(
    store: &Store,
    model: Model,
    device: DeviceId,
    path: Path,
    today: Timestamp,
) -> Result<Vec<(Timestamp, f64)>, StoreError> {
    let Some(property) = store.recorded_property(device, path).await? else {
        return Ok(Vec::new());
    };
    let from = today
        .checked_sub(SignedDuration::from_hours(31 * 24))
        .unwrap_or(today);
    let days = store
        .statistics(property.id, Period::Day, from, today, 40)
        .await?;
    let figures = days
        .iter()
        .filter_map(|day| Some((day.start, model.figure(day)?)));
    Ok(figures.collect())
}

/// Predictions whose time has come, with what came. What is not summed up yet waits.
///
/// # Errors
/// When the database cannot be read.
pub async fn score_due(store: &Store, now: Timestamp) -> Result<Vec<KeptForecast>, StoreError> {
    let Some(summed) = store.statistics_until().await? else {
        return Ok(Vec::new());
    };
    let mut scored = Vec::new();
    for mut prediction in store.forecasts_due(now.min(summed), PAGE).await? {
        let Some(model) = Model::parse(&prediction.model) else {
            continue;
        };
        let property = store
            .recorded_property(prediction.device, prediction.path)
            .await?;
        let day = match property {
            Some(property) => {
                store
                    .statistics(property.id, Period::Day, prediction.from, prediction.due, 1)
                    .await?
            }
            None => Vec::new(),
        };
        prediction.actual = day.first().and_then(|day| model.figure(day));
        let late = now.duration_since(prediction.due) > LATE;
        if prediction.actual.is_some() || late {
            prediction.scored = Some(now);
            scored.push(prediction);
        }
    }
    Ok(scored)
}

#[cfg(test)]
mod tests {
    use super::Model;
    use model::Timestamp;

    fn days(figures: &[f64]) -> Vec<(Timestamp, f64)> {
        let each = figures.iter().zip(0..);
        each.map(|(figure, day)| {
            (
                Timestamp::from_second(1_790_000_000 + day * 86_400).unwrap(),
                *figure,
            )
        })
        .collect()
    }

    #[test]
    fn each_expects_only_from_enough() {
        for model in Model::ALL {
            assert_eq!(Model::parse(model.as_str()), Some(model));
            assert_eq!(model.expect(&[]), None);
        }
        assert_eq!(Model::EnergyDay.expect(&days(&[9.0, 9.0])), None);
        assert_eq!(
            Model::EnergyDay.expect(&days(&[9.0, 30.0, 10.0])),
            Some((10.0, 10.0, 3))
        );
        assert_eq!(
            Model::TemperatureDay.expect(&days(&[18.0, 21.0, 20.0, 22.0])),
            Some((21.0, 22.0, 3))
        );
        let fading: Vec<f64> = (0..10_i32).map(|day| 50.0 - 2.0 * f64::from(day)).collect();
        let (value, plain, basis) = Model::BatteryWeek.expect(&days(&fading)).unwrap();
        assert!((value - 18.0).abs() < 1e-9 && (plain - 32.0).abs() < 1e-9 && basis == 10);
        let empty: Vec<f64> = (0..10_i32).map(|day| 22.0 - 2.0 * f64::from(day)).collect();
        let expected = Model::BatteryWeek.expect(&days(&empty));
        assert!(
            expected.is_some_and(|(value, ..)| value == 0.0),
            "never below empty"
        );
    }
}
