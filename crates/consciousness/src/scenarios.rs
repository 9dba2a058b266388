//! Automation, started where the house stands.

use crate::settings::Settings;
use anyhow::Context as _;
use automation::engine::Setting;
use automation::run::{Automation, Wires, start};
use automation::sun::Location;
use jiff::tz::TimeZone;
use sim::file::HouseFile;
use store::Store;
use tokio::task::JoinHandle;
use twin::{Handle, Subscription};

/// How many batches of events may wait for automation. What does not fit is stale and left out.
pub(crate) const QUEUE: usize = 4_096;

/// Starts automation; it ends with the stream of events, which it hears from before the house began.
pub(crate) async fn begin(
    house: Handle,
    store: Store,
    zone: TimeZone,
    location: Option<Location>,
    events: Subscription,
) -> anyhow::Result<(Automation, JoinHandle<()>)> {
    let snapshot = house.snapshot();
    let wires = Wires {
        house,
        store,
        setting: Setting { zone, location },
        shipped: automation::shipped(),
    };
    start(wires, snapshot, events)
        .await
        .context("the scenarios that were kept cannot be read")
}

/// Where the house stands: the settings, or the simulated house's place.
pub(crate) fn location(
    settings: &Settings,
    file: Option<&HouseFile>,
) -> anyhow::Result<Option<Location>> {
    let (latitude, longitude) = (
        settings.text("HOUSE_LATITUDE"),
        settings.text("HOUSE_LONGITUDE"),
    );
    match (latitude, longitude) {
        ("", "") => Ok(file.map(|file| Location {
            latitude: file.location.latitude,
            longitude: file.location.longitude,
        })),
        ("", _) | (_, "") => anyhow::bail!(
            "HOUSE_LATITUDE and HOUSE_LONGITUDE belong together; expected both or neither"
        ),
        (latitude, longitude) => Ok(Some(Location {
            latitude: degrees("HOUSE_LATITUDE", latitude, 90.0)?,
            longitude: degrees("HOUSE_LONGITUDE", longitude, 180.0)?,
        })),
    }
}

fn degrees(name: &str, text: &str, most: f64) -> anyhow::Result<f64> {
    let degrees: Option<f64> = text.trim().parse().ok();
    degrees
        .filter(|degrees| degrees.abs() <= most)
        .with_context(|| format!("{name}={text} is not a number of degrees; expected -{most} to {most}, such as 52.37"))
}
