//! The house file: what a person writes down about a house, strictly read.
//!
//! [`HouseFile`] is the file word for word; [`read`] parses TOML or JSON, checks what one field says
//! against the others, and lists every fault at once with its line. The same shape is published as
//! `houses/house.schema.json` ([`schema`]).

mod check;
mod fault;
mod kind;
mod schema;

pub use fault::{Fault, FileError};
pub use kind::{Kind, KindWords};
pub use schema::schema;

/// What an appliance is, and its power over a run.
pub(crate) const fn curves() -> &'static [(&'static str, &'static [[f64; 2]])] {
    kind::CURVES
}

use model::{Slug, Timestamp, Value};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// A house as its file tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseFile {
    /// What people call the house.
    pub name: String,
    /// What all chance derives from; the same seed gives the same weather and the same people.
    #[serde(default = "one")]
    pub seed: u64,
    /// When the house begins; now where it is not given.
    pub start: Option<Timestamp>,
    /// Where it stands.
    pub location: Location,
    /// The climate, where the one derived from the latitude is not right.
    #[serde(default)]
    pub climate: Climate,
    /// How it is supplied.
    #[serde(default)]
    pub electricity: Electricity,
    /// Its floors.
    #[serde(default)]
    pub floors: Vec<FloorFile>,
    /// Its rooms and outside areas.
    pub areas: Vec<AreaFile>,
    /// Who lives there.
    #[serde(default)]
    pub people: Vec<PersonFile>,
    /// Its devices.
    #[serde(default)]
    pub devices: Vec<DeviceFile>,
}

/// Where a house stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Degrees, north is positive.
    pub latitude: f64,
    /// Degrees, east is positive.
    pub longitude: f64,
    /// A name of the IANA zone database.
    pub timezone: String,
}

/// What the weather swings around.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Climate {
    /// The mean temperature of a year in °C.
    pub annual_mean: Option<f64>,
    /// Half the difference between the warmest and the coldest month in K.
    pub annual_swing: Option<f64>,
    /// Half the difference between afternoon and dawn of a clear day in K.
    pub daily_swing: Option<f64>,
}

/// How a house is supplied with electricity.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Electricity {
    /// Whether there is a public grid.
    pub grid: bool,
    /// What draws power without being a device, in W.
    pub base_load: f64,
    /// Whether the battery carries the house when the grid is away.
    pub backup: bool,
}

impl Default for Electricity {
    fn default() -> Self {
        Self {
            grid: true,
            base_load: 60.0,
            backup: false,
        }
    }
}

/// A floor.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FloorFile {
    /// Its readable id.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// 0 is the ground floor.
    #[serde(default)]
    pub level: i32,
}

/// How well the outside walls keep the warmth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Insulation {
    /// A single wall and draughts.
    Poor,
    /// A house of the seventies.
    Average,
    /// A house of today.
    #[default]
    Good,
    /// A passive house.
    Passive,
}

/// A room, or a place outside.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaFile {
    /// Its readable id.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// The floor that it is on.
    pub floor: Option<Slug>,
    /// Whether it is in the open (a garden): it then has the weather instead of a climate.
    #[serde(default)]
    pub outside: bool,
    /// Its air in m³.
    pub volume: Option<f64>,
    /// How well its outside walls keep the warmth.
    #[serde(default)]
    pub insulation: Insulation,
    /// The area of its outside walls in m²; derived from the volume where it is not given.
    pub outer_wall: Option<f64>,
    /// Its temperature at the start in °C.
    pub temperature: Option<f64>,
    /// The areas that a doorway leads to; naming it on one side is enough.
    #[serde(default)]
    pub neighbours: Vec<Slug>,
    /// Its windows.
    #[serde(default)]
    pub windows: Vec<WindowFile>,
}

/// A compass direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the directions")]
pub enum Facing {
    North,
    NorthEast,
    East,
    SouthEast,
    South,
    SouthWest,
    West,
    NorthWest,
}

impl Facing {
    /// Degrees from north, clockwise.
    #[must_use]
    pub fn azimuth(self) -> f64 {
        f64::from(self as u8) * 45.0
    }
}

/// A window or a glass door.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowFile {
    /// Its readable id, which contacts and blinds refer to.
    pub slug: Slug,
    /// Glass in m².
    pub area: f64,
    /// Where it looks.
    pub facing: Facing,
}

/// A member of the household.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonFile {
    /// Their readable id.
    pub slug: Slug,
    /// What they are called.
    pub name: String,
    /// Where they sleep.
    pub bedroom: Slug,
    /// Where they spend the day at home.
    pub dayroom: Option<Slug>,
    /// Monday to Friday.
    pub weekday: RoutineFile,
    /// Saturday and Sunday; like a weekday without leaving where it is not given.
    pub weekend: Option<RoutineFile>,
    /// By how many minutes each of the times varies.
    #[serde(default = "twenty")]
    pub variation: f64,
}

/// A day's times, as `"06:45"` on the clock of the house.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutineFile {
    /// Gets up.
    pub wake: String,
    /// Leaves the house; stays at home where it is not given.
    pub leave: Option<String>,
    /// Comes home again.
    #[serde(rename = "return")]
    pub back: Option<String>,
    /// Goes to bed.
    pub sleep: String,
}

/// A device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceFile {
    /// Its readable id, unique in the house.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub area: Option<Slug>,
    /// Other names that people use for it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Whether it runs on a battery; as is usual for its kind where it is not given.
    pub battery: Option<bool>,
    /// Values at the start, by name.
    #[serde(default)]
    pub start: BTreeMap<String, Value>,
    /// Narrower limits of settable numbers: name to `[least, most]`.
    #[serde(default)]
    pub limits: BTreeMap<String, [f64; 2]>,
    /// What only its kind has; `Kind` says which of them it takes.
    #[serde(default)]
    pub options: Options,
}

/// What only some kinds of devices have.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// A light that can be dimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimmable: Option<bool>,
    /// A light whose white can be warm or cold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub white: Option<bool>,
    /// A light that has colours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<bool>,
    /// What it draws when it is on, in W.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watts: Option<f64>,
    /// The light that it gives, in lm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lumens: Option<f64>,
    /// The warmth that a thermostat can give to its area, in W.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heats: Option<f64>,
    /// The warmth that a thermostat can take from its area, in W; it then also cools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cools: Option<f64>,
    /// Warmth for each unit of electricity; 0 where another fuel heats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cop: Option<f64>,
    /// Blinds whose slats tilt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tilt: Option<bool>,
    /// `blind`, `shutter`, `curtain`, `awning`, `garage`; and of a contact `door` or `window`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The window that a contact watches or a covering covers; all of the area where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Slug>,
    /// Seconds from wholly closed to wholly open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travel: Option<f64>,
    /// Whose phone a tracker is, or whose car a charger feeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Slug>,
    /// A motion sensor that measures brightness too; a valve that can stand half open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precise: Option<bool>,
    /// What an appliance is: `coffee_maker`, `washing_machine`, `dishwasher`, `fridge`, `oven`,
    /// `tv`, `kettle`, `pump`, `boiler`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appliance: Option<String>,
    /// Its power over a run: `[[minutes, watts], ...]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curve: Option<Vec<[f64; 2]>>,
    /// The words of its mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modes: Option<Vec<String>>,
    /// The most that it draws or delivers, in W.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_watts: Option<f64>,
    /// What a battery (of the house or of a car) holds, in kWh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<f64>,
}

const fn one() -> u64 {
    1
}

const fn twenty() -> f64 {
    20.0
}

/// Reads a house file; `.json` is JSON, everything else TOML.
///
/// # Errors
/// When it cannot be opened, is malformed, or says something that cannot be.
pub fn read(path: &Path) -> Result<HouseFile, FileError> {
    let text = std::fs::read_to_string(path).map_err(|error| FileError {
        file: path.display().to_string(),
        faults: vec![Fault::plain(
            format!("cannot be opened: {error}"),
            "the path of a house file such as houses/family.toml",
        )],
    })?;
    let json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    parse(&text, json).map_err(|faults| FileError {
        file: path.display().to_string(),
        faults,
    })
}

/// Parses the text of a house file.
///
/// # Errors
/// Every fault that was found, with its line.
pub fn parse(text: &str, json: bool) -> Result<HouseFile, Vec<Fault>> {
    let house: HouseFile = if json {
        serde_json::from_str(text).map_err(|error| vec![Fault::of_json(&error)])?
    } else {
        toml::from_str(text).map_err(|error| vec![Fault::of_toml(text, &error)])?
    };
    let faults = check::check(&house, text);
    if faults.is_empty() {
        Ok(house)
    } else {
        Err(faults)
    }
}
