//! Where the house stands, on the wire.

use super::At;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the house stands, and what follows from it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HousePlace {
    /// Who says so: `household` (on the page, over the API or in a conversation) or `settings`; null where
    /// it is not known.
    pub source: Option<&'static str>,
    /// What the place is called, where the household said that.
    pub name: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// The time zone that follows from what the household said.
    #[schema(example = "Europe/Paris")]
    pub timezone: Option<String>,
    /// By which the clock of the house goes now.
    pub timezone_in_effect: String,
    /// By which it goes from the next start on; null where it stays.
    pub next_timezone: Option<String>,
    /// Whether the setting TIMEZONE decides that, wherever the house stands.
    pub timezone_is_set: bool,
    /// When the sun rises there today; null where it does not, or the place is not known.
    pub sunrise: Option<At>,
    /// When it sets there today.
    pub sunset: Option<At>,
    /// Who would be asked where an address is; null where nobody is to be asked.
    #[schema(example = "nominatim.openstreetmap.org")]
    pub geocoder: Option<String>,
}

/// Where the house stands, as a person says it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlace {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// What the place is called.
    #[serde(default)]
    pub name: Option<String>,
    /// Its time zone, where it is another than the map says.
    #[serde(default)]
    pub timezone: Option<String>,
}

/// An address that is looked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressQuery {
    /// An address, a postcode or a town.
    #[schema(example = "12 Rue de Rivoli, Paris")]
    pub address: String,
    /// Whether a person agrees that it leaves the house for that.
    #[serde(default)]
    pub look_up: bool,
}

/// The places that an address may mean.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundPlaces {
    /// Who was asked.
    pub host: String,
    /// The likeliest first; none where it is not known there.
    pub places: Vec<FoundPlace>,
}

/// A place that was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundPlace {
    /// What it is called.
    pub name: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Its time zone, by the map.
    pub timezone: Option<String>,
}

impl From<conversation::site::Site> for FoundPlace {
    fn from(site: conversation::site::Site) -> Self {
        Self {
            name: site.words(),
            latitude: site.latitude,
            longitude: site.longitude,
            timezone: site.timezone,
        }
    }
}
