//! Where the sun stands, and how much of it reaches the ground.
//!
//! Position: NOAA Global Monitoring Laboratory, *General Solar Position Calculations* (the
//! low-accuracy formulas of its solar calculator; better than half a degree between 1950 and 2050).
//! Clear sky: Haurwitz, *Insolation in relation to cloudiness and cloud density*, J. Meteorol. 2
//! (1945). Clouds: Kasten and Czeplak, *Solar and terrestrial radiation dependent on the amount and
//! type of cloud*, Solar Energy 24 (1980). Daylight: 110 lm per watt of global radiation.

use crate::file::Facing;
use jiff::Timestamp;
use std::f64::consts::{PI, TAU};

/// What the sky gives at a moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sun {
    /// Degrees above the horizon.
    pub elevation: f64,
    /// Degrees from north, clockwise.
    pub azimuth: f64,
    /// Radiation on level ground in W/m².
    pub global: f64,
    /// The part of it that comes from the whole sky.
    pub diffuse: f64,
}

/// The sun over a place, under `clouds` of 0 to 1.
#[must_use]
pub fn sun(now: Timestamp, latitude: f64, longitude: f64, clouds: f64) -> Sun {
    let seconds = now.as_second() as f64;
    // 2000-01-01T12:00Z is the epoch of the formulas; the fractional year only needs its phase.
    let days = (seconds - 946_728_000.0) / 86_400.0;
    let year = TAU * ((days + 0.5) / 365.25).fract();
    let equation = 229.18
        * (0.000_075 + 0.001_868 * year.cos()
            - 0.032_077 * year.sin()
            - 0.014_615 * (2.0 * year).cos()
            - 0.040_849 * (2.0 * year).sin());
    let declination = 0.006_918 - 0.399_912 * year.cos() + 0.070_257 * year.sin()
        - 0.006_758 * (2.0 * year).cos()
        + 0.000_907 * (2.0 * year).sin()
        - 0.002_697 * (3.0 * year).cos()
        + 0.001_48 * (3.0 * year).sin();
    let minutes = (seconds.rem_euclid(86_400.0)) / 60.0 + equation + 4.0 * longitude;
    let hour = (minutes / 4.0 - 180.0).to_radians();
    let lat = latitude.to_radians();
    let up = (lat.sin() * declination.sin() + lat.cos() * declination.cos() * hour.cos())
        .clamp(-1.0, 1.0);
    let azimuth = (hour.sin()).atan2(hour.cos() * lat.sin() - declination.tan() * lat.cos()) + PI;
    let clear = if up > 0.0 {
        1_098.0 * up * (-0.057 / up).exp()
    } else {
        0.0
    };
    let global = clear * (1.0 - 0.75 * clouds.clamp(0.0, 1.0).powf(3.4));
    let spread = 0.15 + 0.85 * clouds.clamp(0.0, 1.0);
    Sun {
        elevation: up.asin().to_degrees(),
        azimuth: azimuth.to_degrees().rem_euclid(360.0),
        global,
        diffuse: global * spread,
    }
}

impl Sun {
    /// What reaches a window in W/m²: half the sky, and the sun itself where it shines on it.
    #[must_use]
    pub fn on_wall(&self, facing: Facing) -> f64 {
        self.on_slope(facing.azimuth(), 90.0)
    }

    /// What reaches a plane that is tilted by so many degrees from level.
    #[must_use]
    pub fn on_slope(&self, azimuth: f64, tilt: f64) -> f64 {
        if self.elevation <= 0.0 {
            return 0.0;
        }
        let (up, tilt) = (self.elevation.to_radians(), tilt.to_radians());
        let across = (self.azimuth - azimuth).to_radians();
        let facing = up.sin() * tilt.cos() + up.cos() * tilt.sin() * across.cos();
        // Near the horizon the division explodes; nothing on Earth sees more than about 950 W/m².
        let beam = ((self.global - self.diffuse) / up.sin().max(0.05)).min(950.0);
        beam * facing.max(0.0) + self.diffuse * (1.0 + tilt.cos()) / 2.0
    }

    /// Daylight on level ground in lx.
    #[must_use]
    pub fn daylight(&self) -> f64 {
        // Dusk is brighter than no sun: the sky still shines until 6° below the horizon.
        let dusk = if self.elevation > -6.0 {
            350.0 * ((self.elevation + 6.0) / 6.0).clamp(0.0, 1.0).powi(2)
        } else {
            0.0
        };
        self.global * 110.0 + dusk
    }
}

#[cfg(test)]
mod tests {
    use super::sun;

    #[test]
    fn agrees_with_the_almanac() {
        // Elevation and azimuth from NOAA's solar calculator for Amsterdam, and for Quito's noon.
        for (time, latitude, longitude, elevation, azimuth) in [
            ("2026-06-21T11:42:00Z", 52.37, 4.9, 61.1, 180.0),
            ("2026-12-21T11:38:00Z", 52.37, 4.9, 14.2, 180.0),
            ("2026-03-20T17:21:00Z", -0.18, -78.47, 90.0, 0.0),
        ] {
            let sun = sun(time.parse().unwrap(), latitude, longitude, 0.0);
            assert!(
                (sun.elevation - elevation).abs() < 1.0,
                "{time}: {:.1}° instead of {elevation}°",
                sun.elevation
            );
            if elevation < 80.0 {
                assert!(
                    (sun.azimuth - azimuth).abs() < 2.0,
                    "{time}: {:.1}°",
                    sun.azimuth
                );
            }
        }
    }

    #[test]
    fn the_morning_sun_stands_in_the_east() {
        let sun = sun("2026-03-20T07:30:00Z".parse().unwrap(), 52.37, 4.9, 0.0);
        assert!((90.0..130.0).contains(&sun.azimuth), "{}", sun.azimuth);
    }
}
