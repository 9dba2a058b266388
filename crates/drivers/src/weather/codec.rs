//! Open-Meteo's words: how it is asked, and what it answers.
//!
//! An answer has columns: `hourly.time` and beside it a list for each variable, `null` where nothing is
//! known; units stand in objects of their own and are believed. Times are Unix seconds, or local times
//! with `utc_offset_seconds` beside. What falls in an hour is the sum of the hour before its time.

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use model::Unit;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// What is asked of the present, and of each hour.
const CURRENT: &str = "temperature_2m,relative_humidity_2m,pressure_msl,precipitation,weather_code,cloud_cover,wind_speed_10m,wind_direction_10m,wind_gusts_10m,uv_index";
const HOURLY: &str =
    "temperature_2m,precipitation,precipitation_probability,weather_code,wind_gusts_10m";
/// Hours that are asked for: two days, and what is left of a third for tomorrow's end.
const HOURS: usize = 54;
/// Hours that are read; a longer list is cut.
const MOST: usize = 400;

/// The question for a place, under the address of a service.
#[must_use]
pub fn question(base: &str, place: super::Place) -> String {
    let (north, east) = place.coarse();
    let mut url = format!("{}/v1/forecast", base.trim_end_matches('/'));
    // Writing to a string cannot fail.
    let _ = write!(
        url,
        "?latitude={north}&longitude={east}&current={CURRENT}&hourly={HOURLY}&forecast_hours={HOURS}\
         &timeformat=unixtime&wind_speed_unit=ms&timezone=GMT"
    );
    url
}

/// What a service tells; every value in the canonical unit, `None` where it does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// For which moment the present values are.
    pub at: Timestamp,
    /// °C.
    pub temperature: Option<f64>,
    /// Relative, in per cent.
    pub humidity: Option<f64>,
    /// Pa, at sea level.
    pub pressure: Option<f64>,
    /// mm/h.
    pub rain_rate: Option<f64>,
    /// Per cent.
    pub clouds: Option<f64>,
    /// m/s.
    pub wind: Option<f64>,
    /// m/s.
    pub gust: Option<f64>,
    /// Degrees from north that the wind comes from.
    pub direction: Option<f64>,
    /// The UV index.
    pub uv_index: Option<f64>,
    /// A word of `WeatherStation.condition`.
    pub condition: Option<&'static str>,
    /// The hours that it tells of, each with its end; in order, without doubles.
    pub hours: Vec<Hour>,
}

/// An hour to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Hour {
    /// Its end; the temperature and the condition are of that moment, rain and gusts of the hour before.
    pub until: Timestamp,
    /// °C.
    pub temperature: Option<f64>,
    /// mm.
    pub rain: Option<f64>,
    /// Per cent.
    pub chance: Option<f64>,
    /// m/s.
    pub gust: Option<f64>,
    /// A word of `WeatherStation.condition`.
    pub condition: Option<&'static str>,
}

/// Reads an answer.
///
/// # Errors
/// What is wrong with it, for people.
pub fn decode(body: &[u8]) -> Result<Reported, String> {
    let answer: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| format!("this is not its JSON: {error}"))?;
    if answer.get("error").and_then(Value::as_bool) == Some(true) {
        let reason = answer.get("reason").and_then(Value::as_str);
        return Err(format!(
            "it refuses: {}",
            short(reason.unwrap_or("it does not say why"))
        ));
    }
    let offset = answer
        .get("utc_offset_seconds")
        .and_then(Value::as_i64)
        .and_then(|seconds| i32::try_from(seconds).ok())
        .and_then(|seconds| Offset::from_seconds(seconds).ok())
        .unwrap_or(Offset::UTC);
    let object = |name: &str| answer.get(name).and_then(Value::as_object);
    let current = object("current").ok_or("the answer has no `current`")?;
    let at = current
        .get("time")
        .and_then(|time| moment(time, offset))
        .ok_or("`current.time` is not a time")?;
    let units = object("current_units");
    let value = |name: &str, into: Unit| {
        number(
            current.get(name)?,
            units.and_then(|units| units.get(name)),
            into,
        )
    };
    // What fell in the interval, as what would fall in an hour.
    let interval = current
        .get("interval")
        .and_then(Value::as_f64)
        .unwrap_or(900.0);
    let rain_rate = value("precipitation", Unit::Millimetre)
        .filter(|_| interval >= 60.0)
        .map(|fallen| fallen * 3_600.0 / interval);
    Ok(Reported {
        at,
        temperature: value("temperature_2m", Unit::Celsius),
        humidity: value("relative_humidity_2m", Unit::Percent),
        pressure: value("pressure_msl", Unit::Pascal),
        rain_rate,
        clouds: value("cloud_cover", Unit::Percent),
        wind: value("wind_speed_10m", Unit::MetrePerSecond),
        gust: value("wind_gusts_10m", Unit::MetrePerSecond),
        direction: value("wind_direction_10m", Unit::Degree),
        uv_index: current.get("uv_index").and_then(Value::as_f64),
        condition: current.get("weather_code").and_then(condition),
        hours: hours(object("hourly"), object("hourly_units"), offset),
    })
}

/// The hours of an answer, from its columns.
fn hours(
    columns: Option<&Map<String, Value>>,
    units: Option<&Map<String, Value>>,
    offset: Offset,
) -> Vec<Hour> {
    let column = |name: &str| columns?.get(name)?.as_array();
    let value = |name: &str, row: usize, into: Unit| {
        number(
            column(name)?.get(row)?,
            units.and_then(|units| units.get(name)),
            into,
        )
    };
    let mut hours: Vec<Hour> = column("time")
        .into_iter()
        .flatten()
        .take(MOST)
        .enumerate()
        .filter_map(|(row, time)| {
            Some(Hour {
                until: moment(time, offset)?,
                temperature: value("temperature_2m", row, Unit::Celsius),
                rain: value("precipitation", row, Unit::Millimetre),
                chance: value("precipitation_probability", row, Unit::Percent),
                gust: value("wind_gusts_10m", row, Unit::MetrePerSecond),
                condition: column("weather_code").and_then(|codes| condition(codes.get(row)?)),
            })
        })
        .collect();
    hours.sort_by_key(|hour| hour.until);
    hours.dedup_by_key(|hour| hour.until);
    hours
}

/// A time: Unix seconds, or a local one.
fn moment(time: &Value, offset: Offset) -> Option<Timestamp> {
    match time {
        Value::Number(seconds) => Timestamp::from_second(seconds.as_i64()?).ok(),
        Value::String(text) => {
            let local: DateTime = text.parse().ok()?;
            offset.to_timestamp(local).ok()
        }
        _ => None,
    }
}

/// A number in the unit that we want; `None` where it is none, or its unit measures something else.
fn number(value: &Value, unit: Option<&Value>, into: Unit) -> Option<f64> {
    let value = value.as_f64().filter(|value| value.is_finite())?;
    let from = match unit.and_then(Value::as_str) {
        // Without a unit it is the one that was asked for, except for pressure, which is never in Pa.
        None => match into {
            Unit::Pascal => Unit::Hectopascal,
            unit => unit,
        },
        Some("inch") => Unit::Inch,
        Some("mp/h") => Unit::MilePerHour,
        Some(text) => Unit::parse(text)?,
    };
    from.convert(value, into).filter(|value| value.is_finite())
}

/// Our word for a code of the WMO's table 4677, as the service uses it.
fn condition(code: &Value) -> Option<&'static str> {
    Some(match code.as_f64()? as i64 {
        0 | 1 => "clear",
        2 => "partly_cloudy",
        3 => "cloudy",
        45 | 48 => "fog",
        51..=64 | 66 | 80 | 81 => "rain",
        65 | 67 | 82 => "pouring",
        71..=77 | 85 | 86 => "snow",
        95 => "lightning",
        96 | 99 => "hail",
        _ => return None,
    })
}

/// Words from outside, fit to be shown.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::{decode, question};
    use crate::weather::Place;

    /// What the service answered on 3 October 2026, reduced to the variables that are read here.
    const RECORDED: &str = include_str!("../../tests/fixtures/open-meteo-2026-10-03.json");

    #[test]
    fn a_recorded_answer_is_read() {
        let told = decode(RECORDED.as_bytes()).unwrap();
        // 12:30 by a clock two hours ahead.
        assert_eq!(told.at.to_string(), "2026-10-03T10:30:00Z");
        assert_eq!(
            (told.temperature, told.humidity, told.clouds, told.direction),
            (Some(17.7), Some(66.0), Some(73.0), Some(259.0))
        );
        assert_eq!((told.rain_rate, told.uv_index), (Some(0.0), Some(2.75)));
        assert_eq!(told.condition, Some("partly_cloudy"));
        let near = |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 1e-6;
        assert!(near(told.pressure, 103_040.0), "hPa become Pa");
        assert!(
            near(told.wind, 1.0) && near(told.gust, 11.9 / 3.6),
            "km/h become m/s"
        );
        assert_eq!(told.hours.len(), 3);
        assert_eq!(told.hours[0].until.to_string(), "2026-10-02T22:00:00Z");
        assert_eq!(
            (
                told.hours[1].temperature,
                told.hours[1].chance,
                told.hours[0].condition
            ),
            (Some(11.2), Some(0.0), Some("clear"))
        );
    }

    #[test]
    fn what_is_not_known_stays_unknown_and_rubbish_is_named() {
        let told = decode(
            br#"{"current":{"time":1772431200,"temperature_2m":null,"weather_code":1234,
                "wind_speed_10m":3,"pressure_msl":"high"},
                "current_units":{"wind_speed_10m":"undefined"},
                "hourly":{"time":[1772434800,"rubbish",1772434800,1772438400],"precipitation":[0.2]}}"#,
        )
        .unwrap();
        assert_eq!((told.temperature, told.condition), (None, None));
        assert_eq!((told.wind, told.pressure), (None, None));
        assert_eq!(told.hours.len(), 2, "{:?}", told.hours);
        assert_eq!((told.hours[0].rain, told.hours[1].rain), (Some(0.2), None));
        for (body, expected) in [
            (&b"<html>"[..], "JSON"),
            (b"[]", "JSON"),
            (b"{}", "`current`"),
            (br#"{"current":{"time":"soon"}}"#, "`current.time`"),
            (
                br#"{"error":true,"reason":"Daily limit exceeded"}"#,
                "Daily limit exceeded",
            ),
            (br#"{"error":true}"#, "does not say why"),
        ] {
            let fault = decode(body).unwrap_err();
            assert!(fault.contains(expected), "{fault}");
        }
    }

    #[test]
    fn the_question_has_the_coarse_place_and_no_more_of_it() {
        let place = Place {
            latitude: 52.373_12,
            longitude: 4.893_21,
        };
        let url = question("https://api.open-meteo.com/", place);
        assert!(
            url.starts_with("https://api.open-meteo.com/v1/forecast?latitude=52.4&longitude=4.9&"),
            "{url}"
        );
        assert!(!url.contains("373") && !url.contains("893"), "{url}");
    }
}
