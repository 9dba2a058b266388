//! What is read off at a scrape.

use super::exposition::Exposition;
use super::machine::{self, HostCpu};
use crate::health::{HealthBoard, Status};
use crate::state::About;
use crate::wire::percent;
use model::{Connectivity, DiscoveryState};
use std::collections::BTreeMap;
use std::path::PathBuf;
use store::SearchRate;
use twin::{DeviceTwin, Snapshot};

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
        rates: Option<&[SearchRate]>,
        health: &HealthBoard,
        about: &About,
    ) -> String {
        let mut text = Exposition::default();
        devices(&mut text, snapshot);
        searches(&mut text, snapshot, rates);
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
    if counts.is_empty() {
        counts.insert(("other", "none", "online"), 0);
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
