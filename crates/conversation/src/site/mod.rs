//! Where the house stands: as a person says it (an address, a postcode, a town), and on the map.
//!
//! An address is found by a geocoder of the outside, and only when a person agreed to that for this one
//! address ([`Geocoder`]). The time zone follows from the map without anybody being asked ([`zone_at`]).

mod codec;
mod geocoder;

pub use codec::decode;
pub(crate) use geocoder::DEFAULT;
pub use geocoder::{CannotFind, Geocoder};

use automation::sun::Location;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use tzf_rs::EmbeddedFinder;

/// The longest address, in characters.
pub const LONGEST: usize = 200;

/// The fewest digits of which a number is one of a telephone.
const PHONE: usize = 7;

/// Where the house stands, as a person chose it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What the place is called; `None` where only its degrees are known.
    pub name: Option<String>,
    /// Its time zone, by IANA name; `None` where none is known for it.
    pub timezone: Option<String>,
}

/// Why these degrees are no place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoPlace {
    /// There are not so many.
    #[error("{0} is not on the map; expected -90 to 90 degrees north and -180 to 180 degrees east")]
    OffTheMap(f64),
    /// There is none of that name.
    #[error("`{0}` is no time zone that is known; expected an IANA name such as Europe/Paris")]
    TimeZone(String),
    /// It is too long, or no text.
    #[error("the name of a place has 1 to {LONGEST} characters, without line breaks")]
    Name,
}

impl Site {
    /// The place at these degrees; its time zone follows from the map.
    ///
    /// # Errors
    /// [`NoPlace`] says what is wrong with it.
    pub fn at(latitude: f64, longitude: f64, name: Option<&str>) -> Result<Self, NoPlace> {
        for (degrees, most) in [(latitude, 90.0), (longitude, 180.0)] {
            // What is no number is on no map either.
            if !degrees.is_finite() || degrees.abs() > most {
                return Err(NoPlace::OffTheMap(degrees));
            }
        }
        let name = name.map(checked).transpose()?;
        Ok(Self {
            latitude,
            longitude,
            name,
            timezone: zone_at(latitude, longitude),
        })
    }

    /// The same in another time zone than the map says.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn within(self, timezone: &str) -> Result<Self, NoPlace> {
        match TimeZone::get(timezone)
            .ok()
            .as_ref()
            .and_then(TimeZone::iana_name)
        {
            Some(name) => Ok(Self {
                timezone: Some(name.to_owned()),
                ..self
            }),
            None => Err(NoPlace::TimeZone(timezone.chars().take(60).collect())),
        }
    }

    /// Where the sun rises and sets for it.
    #[must_use]
    pub const fn location(&self) -> Location {
        Location {
            latitude: self.latitude,
            longitude: self.longitude,
        }
    }

    /// Its name, or its degrees.
    #[must_use]
    pub fn words(&self) -> String {
        self.name
            .clone()
            .unwrap_or_else(|| degrees(self.latitude, self.longitude))
    }
}

/// “48.8556, 2.3583”: ten metres are exact enough for the sun.
#[must_use]
pub fn degrees(latitude: f64, longitude: f64) -> String {
    format!("{latitude:.4}, {longitude:.4}")
}

fn checked(name: &str) -> Result<String, NoPlace> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST;
    if fits && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(NoPlace::Name)
    }
}

/// The time zone at a place. The map of its borders is part of the program: nobody is asked.
#[must_use]
pub fn zone_at(latitude: f64, longitude: f64) -> Option<String> {
    static MAP: LazyLock<EmbeddedFinder> = LazyLock::new(EmbeddedFinder::new);
    let name = MAP.get_tz_name(longitude, latitude);
    // A zone that the clock does not know would be none.
    TimeZone::get(name)
        .ok()
        .and_then(|zone| zone.iana_name().map(str::to_owned))
}

/// “48.8556, 2.3583” as degrees, where that is all that was said.
#[must_use]
pub fn as_degrees(text: &str) -> Option<(f64, f64)> {
    let text = text.trim().trim_end_matches(['.', '!']);
    let (north, east) = text
        .split_once([',', ';'])
        .or_else(|| text.split_once(char::is_whitespace))?;
    let number = |text: &str| text.trim().trim_end_matches('°').parse::<f64>().ok();
    Some((number(north)?, number(east)?))
}

/// Whether it is the number of a telephone, which says the country at most.
#[must_use]
pub fn is_phone(text: &str) -> bool {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let plain = |c: char| c.is_ascii_digit() || " +-/().".contains(c);
    digits >= PHONE && text.chars().all(plain) && as_degrees(text).is_none()
}

#[cfg(test)]
mod tests {
    use super::{NoPlace, Site, as_degrees, is_phone, zone_at};

    #[test]
    fn the_time_zone_follows_from_the_map() {
        for (latitude, longitude, zone) in [
            (48.8556, 2.3583, "Europe/Paris"),
            (52.52, 13.405, "Europe/Berlin"),
            (40.7128, -74.006, "America/New_York"),
            (31.7619, -106.485, "America/Denver"),
            (-33.8688, 151.2093, "Australia/Sydney"),
            (27.7172, 85.324, "Asia/Kathmandu"),
            (64.1466, -21.9426, "Atlantic/Reykjavik"),
        ] {
            assert_eq!(zone_at(latitude, longitude).as_deref(), Some(zone));
        }
    }

    #[test]
    fn what_is_not_on_the_map_is_refused() {
        for (north, east) in [
            (90.1, 0.0),
            (0.0, 180.5),
            (f64::NAN, 0.0),
            (0.0, f64::INFINITY),
        ] {
            let refused = Site::at(north, east, None);
            assert!(matches!(refused, Err(NoPlace::OffTheMap(_))), "{refused:?}");
        }
        let long = "x".repeat(201);
        for name in ["", "  ", "a\nb", &long] {
            assert_eq!(Site::at(1.0, 1.0, Some(name)), Err(NoPlace::Name));
        }
        let home = Site::at(48.8556, 2.3583, Some(" Paris ")).unwrap();
        assert_eq!(home.words(), "Paris");
        let elsewhere = home.clone().within("Europe/Berlin").unwrap();
        assert_eq!(elsewhere.timezone.as_deref(), Some("Europe/Berlin"));
        assert!(home.within("Europe/Utopia").is_err());
    }

    #[test]
    fn numbers_are_told_apart() {
        assert_eq!(as_degrees("48.8556, 2.3583"), Some((48.8556, 2.3583)));
        assert_eq!(as_degrees("-33.87 151.2°"), Some((-33.87, 151.2)));
        assert_eq!(as_degrees("12 Rue de Rivoli, Paris"), None);
        assert!(is_phone("+33 1 44 58 31 17"));
        assert!(is_phone("(020) 7946-0958"));
        assert!(!is_phone("48.8556, 2.3583"));
        assert!(!is_phone("75001"));
        assert!(!is_phone("12 Rue de Rivoli, Paris"));
    }
}
