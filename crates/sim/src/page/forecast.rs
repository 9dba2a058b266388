//! The weather as a service of the internet would tell it: Open-Meteo's interface, so that a server
//! beside the simulator has weather as any house has, and nothing has to leave the machine for it.
//!
//! What is asked for is answered, and nothing else; a word that is not known is refused, as it is there.
//! The sky over a simulated house is a function of time, so its forecast is right, except for what a
//! person calls up meanwhile.

use crate::{House, weather::Weather, world::World};
use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Hours that are told where nobody says how many, and at most.
const HOURS: i64 = 168;
const MOST: i64 = 384;
/// Seconds of an interval of the present.
const INTERVAL: i64 = 900;

/// One variable: its name, its unit, and its value for what the sky did in a span.
type Variable = (&'static str, &'static str, fn(&Span) -> f64);

/// What the sky does at a moment, and what fell in the span before it.
struct Span {
    sky: Weather,
    fallen: f64,
    gust: f64,
}

const VARIABLES: &[Variable] = &[
    ("temperature_2m", "°C", |span| tenth(span.sky.temperature)),
    ("relative_humidity_2m", "%", |span| {
        span.sky.humidity.round()
    }),
    ("pressure_msl", "hPa", |span| {
        tenth(span.sky.pressure / 100.0)
    }),
    ("precipitation", "mm", |span| tenth(span.fallen)),
    ("precipitation_probability", "%", |span| {
        if span.fallen >= 0.05 { 100.0 } else { 0.0 }
    }),
    ("weather_code", "wmo code", |span| code(&span.sky)),
    ("cloud_cover", "%", |span| (span.sky.clouds * 100.0).round()),
    ("wind_speed_10m", "m/s", |span| hundredth(span.sky.wind)),
    ("wind_direction_10m", "°", |span| {
        span.sky.direction.round()
    }),
    ("wind_gusts_10m", "m/s", |span| tenth(span.gust)),
    ("uv_index", "", |span| {
        hundredth(span.sky.sun.global * 0.0078)
    }),
];

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The code of the WMO's table 4677 for a sky.
fn code(sky: &Weather) -> f64 {
    match sky.condition() {
        "lightning" => 95.0,
        "snow" => 73.0,
        "pouring" => 65.0,
        "rain" => 61.0,
        "fog" => 45.0,
        _ if sky.clouds > 0.75 => 3.0,
        _ if sky.clouds > 0.3 => 2.0,
        _ if sky.clouds > 0.1 => 1.0,
        _ => 0.0,
    }
}

/// `GET /v1/forecast`.
pub(super) async fn forecast(State(house): State<House>, RawQuery(query): RawQuery) -> Response {
    let asked = query.unwrap_or_default();
    let answer =
        Question::read(&asked).map(|question| house.look(|world, _| question.answer(world)));
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(reason) => (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": true, "reason": reason})),
        )
            .into_response(),
    }
}

/// What somebody wants to know.
struct Question {
    latitude: f64,
    longitude: f64,
    current: Vec<&'static Variable>,
    hourly: Vec<&'static Variable>,
    hours: i64,
    unix: bool,
    kilometres: bool,
}

impl Question {
    fn read(query: &str) -> Result<Self, String> {
        let mut asked = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            asked.insert(name, value.replace("%2C", ",").replace("%2F", "/"));
        }
        let mut take = |name: &str| asked.remove(name);
        let mut degrees = |name: &str, most: f64| -> Result<f64, String> {
            let text = take(name).ok_or_else(|| format!("Parameter '{name}' is missing"))?;
            let value: Option<f64> = text.parse().ok();
            value
                .filter(|value: &f64| value.abs() <= most)
                .ok_or_else(|| format!("{name} must be in range of -{most} to {most}°"))
        };
        let (latitude, longitude) = (degrees("latitude", 90.0)?, degrees("longitude", 180.0)?);
        let word = |given: Option<String>, name: &str, words: [&str; 2]| -> Result<bool, String> {
            match given.as_deref() {
                None => Ok(false),
                Some(word) if word == words[0] => Ok(false),
                Some(word) if word == words[1] => Ok(true),
                Some(_) => Err(format!("{name} must be {} or {} here", words[0], words[1])),
            }
        };
        let current = variables(take("current"), "current")?;
        let hourly = variables(take("hourly"), "hourly")?;
        let unix = word(take("timeformat"), "timeformat", ["iso8601", "unixtime"])?;
        let metres = word(take("wind_speed_unit"), "wind_speed_unit", ["kmh", "ms"])?;
        word(take("timezone"), "timezone", ["GMT", "UTC"])?;
        let hours = take("forecast_hours").map_or(Ok(HOURS), |text| {
            let hours: Option<i64> = text.parse().ok();
            hours
                .filter(|hours| (0..=MOST).contains(hours))
                .ok_or_else(|| format!("forecast_hours must be 0 to {MOST}"))
        })?;
        if let Some((other, _)) = asked.first_key_value() {
            let other: String = other.chars().take(40).collect();
            return Err(format!("Parameter '{other}' is not known here"));
        }
        Ok(Self {
            latitude,
            longitude,
            current,
            hourly,
            hours,
            unix,
            kilometres: !metres,
        })
    }

    fn answer(&self, world: &World) -> Value {
        let now = world.now.as_second();
        let mut answer = json!({
            "latitude": self.latitude,
            "longitude": self.longitude,
            "generationtime_ms": 0.0,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "timezone_abbreviation": "GMT",
            "elevation": 0.0,
        });
        if !self.current.is_empty() {
            let at = now - now.rem_euclid(INTERVAL);
            let span = span(world, at, INTERVAL);
            let mut current =
                self.each(&self.current, |variable| json!(self.value(variable, &span)));
            current.insert("time".into(), self.time(at));
            current.insert("interval".into(), INTERVAL.into());
            let mut units = self.units(&self.current);
            units.insert("interval".into(), "seconds".into());
            answer["current_units"] = units.into();
            answer["current"] = current.into();
        }
        if !self.hourly.is_empty() {
            let begin = now - now.rem_euclid(3_600);
            let times: Vec<i64> = (0..self.hours).map(|hour| begin + hour * 3_600).collect();
            let spans: Vec<Span> = times.iter().map(|at| span(world, *at, 3_600)).collect();
            let mut hourly = self.each(&self.hourly, |variable| {
                spans
                    .iter()
                    .map(|span| self.value(variable, span))
                    .collect()
            });
            hourly.insert(
                "time".into(),
                times.iter().map(|at| self.time(*at)).collect(),
            );
            answer["hourly_units"] = self.units(&self.hourly).into();
            answer["hourly"] = hourly.into();
        }
        answer
    }

    fn each(
        &self,
        variables: &[&'static Variable],
        value: impl Fn(&Variable) -> Value,
    ) -> Map<String, Value> {
        variables
            .iter()
            .map(|variable| (variable.0.to_owned(), value(variable)))
            .collect()
    }

    fn units(&self, variables: &[&'static Variable]) -> Map<String, Value> {
        let mut units = self.each(variables, |(_, unit, _)| match *unit {
            "m/s" if self.kilometres => "km/h".into(),
            unit => unit.into(),
        });
        let format = if self.unix { "unixtime" } else { "iso8601" };
        units.insert("time".into(), format.into());
        units
    }

    fn value(&self, (_, unit, value): &Variable, span: &Span) -> f64 {
        let value = value(span);
        if *unit == "m/s" && self.kilometres {
            tenth(value * 3.6)
        } else {
            value
        }
    }

    fn time(&self, at: i64) -> Value {
        match Timestamp::from_second(at) {
            Ok(time) if !self.unix => time.strftime("%Y-%m-%dT%H:%M").to_string().into(),
            _ => at.into(),
        }
    }
}

/// The variables of a list, separated by commas.
fn variables(list: Option<String>, of: &str) -> Result<Vec<&'static Variable>, String> {
    list.unwrap_or_default()
        .split(',')
        .filter(|name| !name.is_empty())
        .map(|name| {
            VARIABLES
                .iter()
                .find(|(known, _, _)| *known == name)
                .ok_or_else(|| {
                    let name: String = name.chars().take(40).collect();
                    format!(
                        "Cannot initialize a variable from invalid String value {name} for key {of}"
                    )
                })
        })
        .collect()
}

/// The sky at a moment, and what it did in so many seconds before.
fn span(world: &World, at: i64, seconds: i64) -> Span {
    let sky = |second: i64| {
        let at = Timestamp::from_second(second).unwrap_or(world.now);
        world.sky_at(at)
    };
    // A gust or a shower of some minutes is met in one of these.
    let step = SignedDuration::from_mins(5).as_secs();
    let (mut rain, mut gust, mut count) = (0.0, 0.0_f64, 0.0);
    let mut before = at - seconds + step;
    while before <= at {
        let sky = sky(before);
        rain += sky.rain;
        gust = gust.max(sky.gust);
        count += 1.0;
        before += step;
    }
    Span {
        sky: sky(at),
        fallen: rain / f64::max(count, 1.0) * seconds as f64 / 3_600.0,
        gust,
    }
}
