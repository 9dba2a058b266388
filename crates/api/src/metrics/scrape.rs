//! What is read off at a scrape.

use super::exposition::Exposition;
use super::machine::{self, HostCpu};
use crate::health::{HealthBoard, Status};
use crate::state::About;
use crate::wire::percent;
use mind::insights::{Counts, counts};
use model::{Connectivity, DeviceKind, DiscoveryState, capability};
use std::collections::BTreeMap;
use std::path::PathBuf;
use store::SearchRate;
use twin::{DeviceTwin, Snapshot};

/// What the database said in time; `None` where it did not.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// How often each protocol could be searched.
    pub(crate) rates: Option<Vec<SearchRate>>,
    /// How many interviews there are, by their state.
    pub(crate) interviews: Option<BTreeMap<String, u64>>,
}

/// Reads the facts of the moment.
#[derive(Debug)]
pub(crate) struct Scraper {
    /// The folder of the database.
    pub(crate) folder: PathBuf,
    cpu: HostCpu,
}

impl Scraper {
    /// For a house whose database is in `folder`.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            cpu: HostCpu::default(),
        }
    }

    /// The facts, in the text format.
    pub(crate) fn facts(
        &self,
        snapshot: &Snapshot,
        kept: &Kept,
        health: &HealthBoard,
        about: &About,
    ) -> String {
        let mut text = Exposition::default();
        devices(&mut text, snapshot);
        power(&mut text, snapshot);
        searches(&mut text, snapshot, kept.rates.as_deref());
        interviews(&mut text, kept.interviews.as_ref());
        divergence(&mut text, snapshot);
        components(&mut text, health);
        self.process(&mut text);
        const BUILD: &str = "consciousness_build_info";
        text.family(BUILD, "gauge", "Which version runs; always 1.");
        text.sample(
            BUILD,
            &[("version", &about.version), ("commit", &about.commit)],
            1.0,
        );
        text.finish()
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges; bytes stay below 2^53")]
    fn process(&self, text: &mut Exposition) {
        let bytes = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64);
        text.single(
            "consciousness_memory_usage_bytes",
            "gauge",
            "Resident memory of the process.",
            bytes(machine::resident_bytes()),
        );
        text.single(
            "consciousness_memory_limit_bytes",
            "gauge",
            "Memory that the process may use: the container's limit, or the machine's memory.",
            bytes(machine::memory_limit_bytes()),
        );
        text.single(
            "process_cpu_seconds_total",
            "counter",
            "Processor time that the process used.",
            machine::cpu_seconds(),
        );
        text.single(
            "process_start_time_seconds",
            "gauge",
            "When the process started, in seconds since 1970.",
            machine::start_time_seconds(),
        );
        text.single(
            "consciousness_host_cpu_ratio",
            "gauge",
            "How busy the machine's processors were since the scrape before, from 0 to 1.",
            self.cpu.busy(),
        );
        let disk = machine::disk(&self.folder);
        for (name, help, value) in [
            (
                "consciousness_disk_free_bytes",
                "Free space where the database is.",
                disk.map(|(free, _)| free),
            ),
            (
                "consciousness_disk_size_bytes",
                "Size of the file system where the database is.",
                disk.map(|(_, size)| size),
            ),
        ] {
            if let Some(value) = bytes(value) {
                text.family(name, "gauge", help);
                text.sample(name, &[("mount", "data")], value);
            }
        }
    }
}

/// Devices by type, protocol and state. What waits in the inbox is `unclaimed`; all other states
/// together are the number of devices that the API lists.
#[expect(clippy::cast_precision_loss, reason = "a gauge")]
fn devices(text: &mut Exposition, snapshot: &Snapshot) {
    const NAME: &str = "consciousness_device_count";
    let mut counts: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for twin in snapshot.devices.values() {
        let key = (
            twin.device.kind.as_str(),
            &*twin.device.key.driver,
            twin.connectivity.as_str(),
        );
        *counts.entry(key).or_default() += 1;
    }
    let waiting = snapshot
        .discoveries
        .values()
        .filter(|found| found.state == DiscoveryState::New);
    for found in waiting {
        let key = (
            found.announcement.kind.as_str(),
            &*found.key.driver,
            "unclaimed",
        );
        *counts.entry(key).or_default() += 1;
    }
    for state in ["online", "offline", "unknown", "unclaimed"] {
        if !counts.keys().any(|(_, _, there)| *there == state) {
            counts.insert(("other", "none", state), 0);
        }
    }
    text.family(
        NAME,
        "gauge",
        "Devices, by type, protocol and state; what waits in the inbox is unclaimed.",
    );
    for ((kind, protocol, state), count) in counts {
        let labels = [("type", kind), ("protocol", protocol), ("state", state)];
        text.sample(NAME, &labels, count as f64);
    }
}

/// The power of the moment by where it is measured: `house` (meters of all of it), `devices` (those that say
/// what they take), `battery`, `production` (what gives as well as takes). NaN where nothing fresh is known.
fn power(text: &mut Exposition, snapshot: &Snapshot) {
    const NAME: &str = "consciousness_power_watts";
    let mut sums =
        BTreeMap::from(["house", "devices", "battery", "production"].map(|it| (it, None)));
    for twin in snapshot.devices.values() {
        let Some(watts) = fresh_power(twin) else {
            continue;
        };
        let source = match counts(&twin.device) {
            Counts::House => "house",
            Counts::Itself => "devices",
            Counts::Source if twin.device.kind == DeviceKind::Battery => "battery",
            Counts::Source => "production",
        };
        if let Some(sum) = sums.get_mut(source) {
            *sum = Some(sum.unwrap_or(0.0) + watts);
        }
    }
    text.family(
        NAME,
        "gauge",
        "Power that is measured now, by source: meters of the house, devices, battery, production; NaN where \
         nothing says it.",
    );
    for (source, sum) in sums {
        text.sample(NAME, &[("source", source)], sum.unwrap_or(f64::NAN));
    }
}

/// What a device that answers says of its power.
fn fresh_power(twin: &DeviceTwin) -> Option<f64> {
    if twin.connectivity == Connectivity::Offline {
        return None;
    }
    let mut said = twin.properties.iter().filter_map(|(path, property)| {
        let is_power =
            path.capability == &capability::ELECTRICAL_POWER && path.property.name == "power";
        let reported = property.reported.as_ref().filter(|said| !said.stale)?;
        is_power.then(|| reported.value.as_ref()?.as_number())?
    });
    let first = said.next()?;
    Some(said.fold(first, |sum, watts| sum + watts))
}

/// Walks through the house, by how far they are.
#[expect(clippy::cast_precision_loss, reason = "a gauge")]
fn interviews(text: &mut Exposition, counts: Option<&BTreeMap<String, u64>>) {
    const NAME: &str = "consciousness_interviews";
    text.family(
        NAME,
        "gauge",
        "First walks through the house, by stage: open, paused or done.",
    );
    let Some(counts) = counts else { return };
    for stage in ["open", "paused", "done"] {
        let count = counts.get(stage).copied().unwrap_or(0);
        text.sample(NAME, &[("stage", stage)], count as f64);
    }
}

/// How often each protocol could be searched, of all searches that are kept; no sample where the
/// database did not say.
fn searches(text: &mut Exposition, snapshot: &Snapshot, rates: Option<&[SearchRate]>) {
    const NAME: &str = "consciousness_discovery_success_rate";
    text.family(
        NAME,
        "gauge",
        "Share of scans for devices that worked, in percent, by protocol; NaN until one has run.",
    );
    let Some(rates) = rates else { return };
    let searchers = snapshot.searchers.iter();
    let mut shares: BTreeMap<&str, f64> = searchers
        .map(|searcher| (searcher.protocol.as_str(), f64::NAN))
        .collect();
    for rate in rates {
        shares.insert(&rate.protocol, percent(rate).unwrap_or(f64::NAN));
    }
    for (protocol, share) in shares {
        text.sample(NAME, &[("protocol", protocol)], share);
    }
}

/// Devices whose twin is out of step, by reason.
#[expect(clippy::cast_precision_loss, reason = "a gauge")]
fn divergence(text: &mut Exposition, snapshot: &Snapshot) {
    const NAME: &str = "consciousness_twin_divergent";
    let wanted = |twin: &DeviceTwin| twin.properties.values().any(|both| both.desired.is_some());
    let offline = |twin: &DeviceTwin| twin.connectivity == Connectivity::Offline;
    let stale = |twin: &DeviceTwin| {
        twin.properties
            .values()
            .any(|both| both.reported.as_ref().is_some_and(|said| said.stale))
    };
    let count = |test: &dyn Fn(&DeviceTwin) -> bool| {
        snapshot.devices.values().filter(|twin| test(twin)).count() as f64
    };
    text.family(
        NAME,
        "gauge",
        "Devices out of step: with a wish under way (pending), with one while away (offline), or \
         with values from before the last start (stale).",
    );
    text.sample(
        NAME,
        &[("reason", "pending")],
        count(&|twin| wanted(twin) && !offline(twin)),
    );
    text.sample(
        NAME,
        &[("reason", "offline")],
        count(&|twin| wanted(twin) && offline(twin)),
    );
    text.sample(NAME, &[("reason", "stale")], count(&stale));
}

fn components(text: &mut Exposition, health: &HealthBoard) {
    const NAME: &str = "consciousness_component_up";
    text.family(
        NAME,
        "gauge",
        "Whether a part of the service works: 1 or 0.",
    );
    for part in health.components() {
        let up = f64::from(u8::from(part.state.status != Status::Failed));
        text.sample(NAME, &[("component", &part.name)], up);
    }
}
