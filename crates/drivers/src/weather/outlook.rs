//! What the house is told of the weather: one device, and what its properties are now.

use super::codec::{Hour, Reported};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use model::{Announcement, Capability, DeviceKind, Instance, Path, Reading, Value, capability};

/// The device's native id.
pub(super) const DEVICE: &str = "house";
/// The endpoint of tomorrow's forecast.
const TOMORROW: u16 = 2;
/// An hour with at least so much, in mm, counts as rainy.
const RAINY: f64 = 0.1;
/// As far as it is said when it rains, in minutes.
const FAR: f64 = 2_880.0;

/// What the driver announces.
#[must_use]
pub fn announcement() -> Announcement {
    let mut tomorrow = Instance::of(
        &capability::WEATHER_FORECAST,
        [
            "rain",
            "rain_chance",
            "temperature_min",
            "temperature_max",
            "wind_gust",
            "condition",
        ],
    )
    .on(TOMORROW);
    tomorrow.label = Some("Tomorrow".to_owned());
    Announcement {
        native_id: DEVICE.to_owned(),
        name: "Weather forecast".to_owned(),
        slug: Some("weather_forecast".to_owned()),
        kind: DeviceKind::Weather,
        manufacturer: None,
        model: None,
        via: None,
        area: None,
        capabilities: vec![
            Instance::of(
                &capability::WEATHER_STATION,
                [
                    "wind_speed",
                    "wind_gust",
                    "wind_direction",
                    "rain_rate",
                    "cloud_cover",
                    "uv_index",
                    "condition",
                ],
            ),
            Instance::full(&capability::TEMPERATURE_MEASUREMENT),
            Instance::full(&capability::RELATIVE_HUMIDITY_MEASUREMENT),
            Instance::full(&capability::PRESSURE_MEASUREMENT),
            Instance::full(&capability::WEATHER_FORECAST),
            tomorrow,
        ],
        adopt: true,
        manual: None,
    }
}

fn reading(path: Path, value: Option<impl Into<Value>>) -> Reading {
    Reading {
        path,
        value: value.map(Into::into),
        unit: None,
    }
}

/// A number that can be true; what cannot is not known.
fn number(
    capability: &'static Capability,
    endpoint: u16,
    name: &str,
    value: Option<f64>,
) -> Reading {
    let path = capability.at(endpoint, name);
    let possible = path.property.min..=path.property.max;
    let rounded = value
        .filter(|value| possible.contains(value))
        .map(|value| (value * 100.0).round() / 100.0);
    reading(path, rounded)
}

/// What the weather is.
#[must_use]
pub fn now_readings(told: &Reported) -> Vec<Reading> {
    let station = &capability::WEATHER_STATION;
    vec![
        number(station, 1, "wind_speed", told.wind),
        number(station, 1, "wind_gust", told.gust),
        number(station, 1, "wind_direction", told.direction),
        number(station, 1, "rain_rate", told.rain_rate),
        number(station, 1, "cloud_cover", told.clouds),
        number(station, 1, "uv_index", told.uv_index),
        reading(station.at(1, "condition"), told.condition),
        number(
            &capability::TEMPERATURE_MEASUREMENT,
            1,
            "temperature",
            told.temperature,
        ),
        number(
            &capability::RELATIVE_HUMIDITY_MEASUREMENT,
            1,
            "humidity",
            told.humidity,
        ),
        number(
            &capability::PRESSURE_MEASUREMENT,
            1,
            "pressure",
            told.pressure,
        ),
    ]
}

/// What the weather will be, seen from `now`. Where the hours do not reach that far it is unknown.
#[must_use]
pub fn outlook_readings(told: &Reported, now: Timestamp, zone: &TimeZone) -> Vec<Reading> {
    let day = SignedDuration::from_hours(24);
    let mut readings = vec![number(
        &capability::WEATHER_FORECAST,
        1,
        "rain_in",
        rain_in(&told.hours, now),
    )];
    let next = now
        .checked_add(day)
        .map(|end| within(&told.hours, now, end));
    summary(&mut readings, 1, next.ok().flatten());
    let local = now.to_zoned_datetime(zone.clone());
    let tomorrow = local.tomorrow().and_then(|day| {
        let (begin, end) = (day.start_of_day()?, day.tomorrow()?.start_of_day()?);
        Ok(within(&told.hours, begin.timestamp(), end.timestamp()))
    });
    let tomorrow = tomorrow.ok().flatten();
    summary(&mut readings, TOMORROW, tomorrow);
    readings
}

/// The hours that end in a span; `None` where they do not cover it all.
fn within(hours: &[Hour], begin: Timestamp, end: Timestamp) -> Option<&[Hour]> {
    let first = hours.partition_point(|hour| hour.until <= begin);
    let after = hours.partition_point(|hour| hour.until <= end);
    let hour = SignedDuration::from_hours(1);
    let covers = hours.get(first)?.until.duration_since(begin) <= hour
        && end.duration_since(hours.get(after.checked_sub(1)?)?.until) <= hour
        && hours[first..after]
            .windows(2)
            .all(|pair| pair[1].until.duration_since(pair[0].until) <= hour);
    covers.then(|| &hours[first..after])
}

/// Minutes until it rains; `None` where too little is known to say.
fn rain_in(hours: &[Hour], now: Timestamp) -> Option<f64> {
    let first = hours.partition_point(|hour| hour.until <= now);
    let mut known_until = now;
    for hour in &hours[first..] {
        let begin = hour.until.checked_sub(SignedDuration::from_hours(1)).ok()?;
        // Behind a gap, or an hour of which nothing is known, everything is possible.
        if begin > known_until {
            return None;
        }
        if hour.rain? >= RAINY {
            let minutes = begin.duration_since(now).as_secs_f64() / 60.0;
            return Some(minutes.clamp(0.0, FAR).round());
        }
        known_until = hour.until;
        if known_until.duration_since(now).as_secs_f64() / 60.0 >= FAR {
            return Some(FAR);
        }
    }
    None
}

/// What hours come to. A property that one of them does not know is unknown.
fn summary(readings: &mut Vec<Reading>, endpoint: u16, hours: Option<&[Hour]>) {
    let all = |value: fn(&Hour) -> Option<f64>| -> Option<Vec<f64>> {
        hours?.iter().map(value).collect()
    };
    let most = |value| Some(all(value)?.into_iter().fold(f64::MIN, f64::max));
    let least = |value| Some(all(value)?.into_iter().fold(f64::MAX, f64::min));
    let rain = all(|hour| hour.rain).map(|hours| hours.iter().sum());
    let roughest = hours
        .and_then(|hours| {
            hours
                .iter()
                .map(|hour| hour.condition)
                .collect::<Option<Vec<_>>>()
        })
        .and_then(|words| words.into_iter().max_by_key(|word| roughness(word)));
    let forecast = &capability::WEATHER_FORECAST;
    readings.extend([
        number(forecast, endpoint, "rain", rain),
        number(forecast, endpoint, "rain_chance", most(|hour| hour.chance)),
        number(
            forecast,
            endpoint,
            "temperature_min",
            least(|hour| hour.temperature),
        ),
        number(
            forecast,
            endpoint,
            "temperature_max",
            most(|hour| hour.temperature),
        ),
        number(forecast, endpoint, "wind_gust", most(|hour| hour.gust)),
        reading(forecast.at(endpoint, "condition"), roughest),
    ]);
}

/// How much a condition asks of a house.
fn roughness(condition: &str) -> u8 {
    match condition {
        "clear" => 0,
        "partly_cloudy" => 1,
        "cloudy" => 2,
        "fog" => 3,
        "rain" => 4,
        "snow" => 5,
        "pouring" => 6,
        "lightning" => 7,
        "hail" => 8,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::{Hour, Reported, outlook_readings};
    use jiff::{SignedDuration, Timestamp, tz::TimeZone};
    use model::Value;

    fn told(from: &str, count: i64, edit: impl Fn(i64, &mut Hour)) -> Reported {
        let begin: Timestamp = from.parse().unwrap();
        let hours = (1..=count).map(|number| {
            let mut hour = Hour {
                until: begin + SignedDuration::from_hours(number),
                temperature: Some(10.0),
                rain: Some(0.0),
                chance: Some(5.0),
                gust: Some(4.0),
                condition: Some("clear"),
            };
            edit(number, &mut hour);
            hour
        });
        Reported {
            at: begin,
            temperature: None,
            humidity: None,
            pressure: None,
            rain_rate: None,
            clouds: None,
            wind: None,
            gust: None,
            direction: None,
            uv_index: None,
            condition: None,
            hours: hours.collect(),
        }
    }

    fn value(told: &Reported, now: &str, endpoint: u16, name: &str) -> Option<Value> {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        outlook_readings(told, now.parse().unwrap(), &zone)
            .into_iter()
            .find(|reading| reading.path.endpoint == endpoint && reading.path.property.name == name)
            .unwrap()
            .value
    }

    #[test]
    fn rain_is_seen_coming() {
        let told = told("2026-03-02T06:00:00Z", 54, |number, hour| {
            if number == 3 {
                hour.rain = Some(1.2);
                hour.chance = Some(80.0);
                hour.condition = Some("rain");
            }
        });
        let rain_in = |now| value(&told, now, 1, "rain_in");
        assert_eq!(rain_in("2026-03-02T06:00:00Z"), Some(120.0.into()));
        assert_eq!(rain_in("2026-03-02T07:45:00Z"), Some(15.0.into()));
        assert_eq!(rain_in("2026-03-02T08:30:00Z"), Some(0.0.into()));
        // From now on it is dry, but two days are not known.
        assert_eq!(rain_in("2026-03-02T12:30:00Z"), None);
        let at = |name| value(&told, "2026-03-02T06:00:00Z", 1, name);
        assert_eq!(at("rain"), Some(1.2.into()));
        assert_eq!(at("rain_chance"), Some(80.0.into()));
        assert_eq!(at("condition"), Some("rain".into()));
    }

    #[test]
    fn a_dry_forecast_says_so_as_far_as_it_reaches() {
        let told = told("2026-03-02T06:00:00Z", 54, |_, _| {});
        assert_eq!(
            value(&told, "2026-03-02T06:00:00Z", 1, "rain_in"),
            Some(2_880.0.into())
        );
    }

    #[test]
    fn tomorrow_begins_at_the_midnight_of_the_house() {
        // The local day goes from 23:00Z to 23:00Z.
        let told = told("2026-03-02T06:00:00Z", 54, |number, hour| {
            hour.temperature = Some(match number {
                17 => -9.0, // midnight itself: the end of today
                18 => -2.0,
                41 => 14.0,
                42 => 30.0,
                _ => 5.0,
            });
        });
        let at = |name| value(&told, "2026-03-02T06:00:00Z", 2, name);
        assert_eq!(at("temperature_min"), Some((-2.0).into()));
        assert_eq!(at("temperature_max"), Some(14.0.into()));
    }

    #[test]
    fn what_the_hours_do_not_cover_is_unknown() {
        let short = told("2026-03-02T06:00:00Z", 20, |_, _| {});
        assert_eq!(
            value(&short, "2026-03-02T06:00:00Z", 1, "temperature_min"),
            None
        );
        let gap = told("2026-03-02T06:00:00Z", 54, |number, hour| {
            if number == 2 {
                hour.gust = None;
                hour.rain = None;
            }
        });
        let at = |name| value(&gap, "2026-03-02T06:00:00Z", 1, name);
        assert_eq!((at("wind_gust"), at("rain_in")), (None, None));
        assert_eq!(at("temperature_min"), Some(10.0.into()));
        // The past tells nothing of the future.
        assert_eq!(value(&gap, "2026-04-02T06:00:00Z", 1, "rain"), None);
    }
}
