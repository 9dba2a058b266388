//! The weather over a place: a pure function of seed and moment, plus events that a person called up.
//!
//! Not a forecast but a plausible sky: a yearly and a daily cycle around what the latitude suggests,
//! fronts that pass in some days (smooth noise), clouds that follow low pressure, rain from thick
//! clouds, wind that follows the change of pressure. Humidity by the Magnus formula (Alduchov and
//! Eskridge, J. Appl. Meteorol. 35, 1996).

use crate::{
    file::{Climate, Location},
    noise,
    sun::{Sun, sun},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Something that a person called up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeatherEvent {
    /// Six hours of gale, rain and thunder.
    Storm,
    /// Three days, 12 K warmer under a clear sky.
    HeatWave,
    /// Two days at 14 K colder.
    Frost,
    /// What was called up ends.
    Clear,
}

/// The weather at a moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// °C.
    pub temperature: f64,
    /// Relative, in per cent.
    pub humidity: f64,
    /// Pa.
    pub pressure: f64,
    /// 0 to 1.
    pub clouds: f64,
    /// mm/h.
    pub rain: f64,
    /// m/s.
    pub wind: f64,
    /// m/s.
    pub gust: f64,
    /// Degrees from north that the wind comes from.
    pub direction: f64,
    /// Whether it thunders.
    pub thunder: bool,
    /// The sun.
    pub sun: Sun,
}

/// The sky over one place.
#[derive(Debug, Clone)]
pub struct Sky {
    seed: u64,
    latitude: f64,
    longitude: f64,
    mean: f64,
    swing: f64,
    daily: f64,
    event: Option<(WeatherEvent, Timestamp)>,
}

/// Water in saturated air in g/m³.
pub(crate) fn saturation(celsius: f64) -> f64 {
    let pressure = 610.94 * (17.625 * celsius / (celsius + 243.04)).exp();
    2.166_79 * pressure / (celsius + 273.15)
}

impl Sky {
    /// The sky of a house.
    #[must_use]
    pub fn new(seed: u64, location: &Location, climate: &Climate) -> Self {
        let away = location.latitude.abs();
        Self {
            seed,
            latitude: location.latitude,
            longitude: location.longitude,
            mean: climate
                .annual_mean
                .unwrap_or(27.5 - (away - 15.0).max(0.0) * 0.48),
            swing: climate.annual_swing.unwrap_or(away * 0.17),
            daily: climate.daily_swing.unwrap_or(5.0),
            event: None,
        }
    }

    /// Calls up an event from now on.
    pub fn call(&mut self, event: WeatherEvent, now: Timestamp) {
        self.event = (event != WeatherEvent::Clear).then_some((event, now));
    }

    /// The event that still works, and how strongly.
    pub fn event(&self, now: Timestamp) -> Option<(WeatherEvent, f64)> {
        let (event, since) = self.event?;
        let hours = (now.as_second() - since.as_second()) as f64 / 3_600.0;
        let (rise, lasts) = match event {
            WeatherEvent::Storm => (0.3, 6.0),
            WeatherEvent::HeatWave => (2.0, 72.0),
            WeatherEvent::Frost => (2.0, 48.0),
            WeatherEvent::Clear => return None,
        };
        let strength = (hours / rise).min((lasts - hours) / rise).clamp(0.0, 1.0);
        (hours < lasts).then_some((event, strength))
    }

    /// The weather at a moment.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Weather {
        let days = now.as_second() as f64 / 86_400.0;
        // One stream for each thing that moves by itself.
        let noise = |stream, period: f64| noise::smooth(self.seed, stream, days / period);
        let mut pressure = 101_325.0 + 1_400.0 * noise(1, 3.1) + 500.0 * noise(2, 0.8);
        let low = (101_325.0 - pressure) / 1_800.0;
        let mut clouds = (0.45 + 0.45 * low + 0.35 * noise(3, 0.35)).clamp(0.0, 1.0);
        let mut rain = (clouds - 0.72).max(0.0) * (1.0 + noise(4, 0.08)).max(0.0) * 9.0;
        let mut wind = (3.2 + 2.6 * low + 2.2 * noise(5, 0.2)).max(0.1);
        let year = (days - 19.5) / 365.25 * TAU;
        let season = -year.cos() * self.swing * self.latitude.signum();
        let local = (days + self.longitude / 360.0).fract();
        // The day is warmest at three in the afternoon by the sun.
        let day = ((local - 0.625) * TAU).cos() * self.daily * (1.0 - 0.65 * clouds);
        let mut temperature = self.mean + season + day + 3.5 * noise(6, 3.7) + 1.2 * noise(7, 0.5);
        let mut thunder = false;
        if let Some((event, strength)) = self.event(now) {
            match event {
                WeatherEvent::Storm => {
                    wind += 17.0 * strength;
                    clouds += (1.0 - clouds) * strength;
                    rain += 14.0 * strength * (1.0 + 0.5 * noise(8, 0.02));
                    pressure -= 2_200.0 * strength;
                    temperature -= 3.0 * strength;
                    thunder = strength > 0.5;
                }
                WeatherEvent::HeatWave => {
                    temperature += 12.0 * strength;
                    clouds *= 1.0 - 0.9 * strength;
                    rain *= 1.0 - strength;
                }
                WeatherEvent::Frost => {
                    temperature = (temperature - 14.0 * strength)
                        .min(temperature * (1.0 - strength) + -4.0 * strength);
                    clouds *= 1.0 - 0.6 * strength;
                }
                WeatherEvent::Clear => {}
            }
        }
        let dew = temperature - (3.0 + 6.0 * (1.0 - clouds) * (0.5 + 0.5 * noise(9, 1.0)));
        let dew = if rain > 0.1 {
            temperature - 0.8
        } else {
            dew.min(temperature - 0.3)
        };
        Weather {
            temperature,
            humidity: (100.0 * saturation(dew) / saturation(temperature)).clamp(5.0, 100.0),
            pressure,
            clouds: clouds.clamp(0.0, 1.0),
            rain,
            wind,
            gust: wind * (1.35 + 0.15 * noise(10, 0.01)),
            direction: (235.0 + 120.0 * noise(11, 1.3)).rem_euclid(360.0),
            thunder,
            sun: sun(now, self.latitude, self.longitude, clouds),
        }
    }
}

impl Weather {
    /// Its word, as `WeatherStation.condition` has it.
    #[must_use]
    pub fn condition(&self) -> &'static str {
        match self {
            _ if self.thunder => "lightning",
            _ if self.rain > 0.15 && self.temperature < 0.8 => "snow",
            _ if self.rain > 5.0 => "pouring",
            _ if self.rain > 0.15 => "rain",
            _ if self.wind > 13.0 => "windy",
            _ if self.humidity > 97.0 && self.wind < 2.0 => "fog",
            _ if self.clouds > 0.75 => "cloudy",
            _ if self.clouds > 0.3 => "partly_cloudy",
            _ => "clear",
        }
    }
}
