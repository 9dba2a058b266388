//! `consciousness scenario test`: stories, played in houses of twins. Nothing real is touched, no
//! settings are read and no server is needed.

use anyhow::Context as _;
use automation::story::{self, Stage};
use automation::sun::Location;
use drivers::mqtt::Mqtt;
use jiff::tz::TimeZone;
use model::{Report, Timestamp};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Which stories.
#[derive(Debug, clap::Args)]
pub struct Test {
    /// Files, or folders in which every `.story` file is meant.
    #[arg(required = true, value_name = "FILE")]
    pub paths: Vec<PathBuf>,
    /// Answer with one JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Some stories are not as they should be; what was seen instead has been printed.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {all} stories are not as they should be")]
pub struct Failed {
    failed: usize,
    all: usize,
}

/// There is nothing to test.
#[derive(Debug, thiserror::Error)]
pub enum NoStories {
    /// A file or folder cannot be read.
    #[error("{0}; expected `.story` files, or folders with such files")]
    Unreadable(#[from] std::io::Error),
    /// There are none.
    #[error(
        "there is no story in what was named; expected `.story` files, or folders with such files"
    )]
    None,
}

/// Tests stories and prints what came of them.
///
/// # Errors
/// When something cannot be read, or is not as it should be.
pub fn test(wanted: &Test) -> anyhow::Result<()> {
    let all = story::test(&wanted.paths, &stage).map_err(NoStories::from)?;
    if all.is_empty() {
        return Err(NoStories::None.into());
    }
    if wanted.json {
        println!("{}", story::json(&all));
    } else {
        print!("{}", story::text(&all));
    }
    let failed = all.iter().filter(|tested| !tested.passed()).count();
    if failed == 0 {
        return Ok(());
    }
    let all = all.len();
    Err(Failed { failed, all }.into())
}

/// A simulated house at rest, as its devices describe themselves over MQTT.
fn stage(path: &Path) -> Result<Stage, String> {
    let read = || -> anyhow::Result<Stage> {
        let file = sim::file::read(path)?;
        let zone = TimeZone::get(&file.location.timezone).context("its time zone is not known")?;
        let location = Location {
            latitude: file.location.latitude,
            longitude: file.location.longitude,
        };
        let people = file
            .people
            .iter()
            .map(|person| person.name.clone())
            .collect();
        let begin = file.start.unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Stage {
            zone,
            location: Some(location),
            people,
            reports: reports(sim::past(file, 0, begin, None)),
        })
    };
    read().map_err(|error| format!("{error:#}"))
}

/// What a broker's messages say, by the same codec as in a real house.
fn reports(messages: impl Iterator<Item = sim::PastMessage>) -> Vec<Report> {
    let mut mqtt = Mqtt::new(drivers::mqtt::Options::default());
    let mut reports = Vec::new();
    for message in messages {
        // Descriptions come in bursts; a device is announced when its burst is over.
        if mqtt.has_news() && !mqtt.is_discovery(&message.topic) {
            reports.extend(mqtt.take_announcements());
        }
        let payload: &[u8] = message.payload.as_ref();
        reports.extend(mqtt.on_message(&message.topic, payload, message.retain, Duration::ZERO));
    }
    reports.extend(mqtt.take_announcements());
    reports
}
