//! The settings, judged as a whole before anything is touched: the database, the port of a driver, and the
//! server that still has the house.

use crate::serve::{Simulated, certificate, initiative};
use crate::settings::Settings;
use crate::{devices, keep, language, messages, scenarios, service};
use anyhow::Context as _;
use jiff::tz::TimeZone;
use sim::file::HouseFile;
use std::path::Path;

/// What was read meanwhile.
#[derive(Debug)]
pub(crate) struct Judged {
    /// What the features that are off are.
    pub(crate) off: Vec<twin::Feature>,
    /// The simulated house.
    pub(crate) file: Option<HouseFile>,
    /// Its time zone.
    pub(crate) zone: TimeZone,
}

/// Judges them.
///
/// # Errors
/// With what would keep the server from starting.
pub(crate) fn judge(settings: &Settings, simulated: Option<&Simulated>) -> anyhow::Result<Judged> {
    certificate(settings)?;
    let off = service::off(settings).map_err(anyhow::Error::msg)?;
    let file = simulated
        .map(|simulated| read_house(&simulated.house))
        .transpose()?;
    let zone = zone(settings, file.as_ref())?;
    let is_simulated = file.is_some();
    keep::schedule::judge(settings, is_simulated)?;
    conversation::site::Geocoder::read(settings.text("GEOCODER_URL"))
        .map_err(anyhow::Error::msg)?;
    language::provider(settings)?;
    initiative(settings)?;
    messages::judge(settings)?;
    let location = scenarios::location(settings, file.as_ref())?;
    devices::judge(settings, location, zone.clone())?;
    Ok(Judged { off, file, zone })
}

fn read_house(path: &Path) -> anyhow::Result<HouseFile> {
    sim::file::read(path)
        .with_context(|| format!("the house file {} cannot be used", path.display()))
}

/// The time zone of the house: the setting, the simulated house's, or the machine's.
fn zone(settings: &Settings, file: Option<&HouseFile>) -> anyhow::Result<TimeZone> {
    let name = match (settings.text("TIMEZONE"), file) {
        ("", Some(file)) => file.location.timezone.clone(),
        ("", None) => return Ok(TimeZone::system()),
        (name, _) => name.to_owned(),
    };
    TimeZone::get(&name).with_context(|| {
        format!("TIMEZONE={name} is not known; expected an IANA name such as Europe/Berlin")
    })
}
