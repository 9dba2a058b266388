//! Devices: which there are, whether they answer, how they are found.

use super::board::{Kind, Panel, Row};

pub(crate) const UID: &str = "hcs-devices";

pub(crate) fn rows() -> Vec<Row> {
    let count = Panel::new("Devices", Kind::Stat, 4, "none")
        .about("All devices, and what waits to be adopted.")
        .query(
            "devices",
            "sum(consciousness_device_count{job=\"$job\",instance=~\"$instance\"})",
        );
    let online = Panel::new("Online share", Kind::Gauge, 4, "percentunit")
        .about("The share that answers. Where more than a quarter is away, that is an alert.")
        .query("online", "sum(consciousness_device_count{job=\"$job\",instance=~\"$instance\",state=\"online\"}) / sum(consciousness_device_count{job=\"$job\",instance=~\"$instance\"})")
        .limits(&[(0.75, "green")])
        .calm("red")
        .max(1.0)
        .none("no devices yet");
    let states = Panel::new("Online / offline / unknown", Kind::Stacked, 16, "none")
        .about("Devices by whether they answer; unclaimed ones wait in the inbox.")
        .query(
            "{{state}}",
            "sum by (state) (consciousness_device_count{job=\"$job\",instance=~\"$instance\"})",
        );
    let types = Panel::new("Devices by type", Kind::Donut, 8, "none")
        .about("What kinds of devices there are.")
        .query(
            "{{type}}",
            "sum by (type) (consciousness_device_count{job=\"$job\",instance=~\"$instance\"}) > 0",
        )
        .none("no devices yet");
    let table = Panel::new("Devices by type and protocol", Kind::Table, 8, "none")
        .about("The same in figures.")
        .query("", "sum by (type, protocol) (consciousness_device_count{job=\"$job\",instance=~\"$instance\"}) > 0")
        .none("no devices yet");
    let protocols = Panel::new("Devices by protocol", Kind::Ranking, 8, "none")
        .about("How the house speaks with them.")
        .query(
            "{{protocol}}",
            "sum by (protocol) (consciousness_device_count{job=\"$job\",instance=~\"$instance\"})",
        );
    let found = Panel::new("Newly discovered per day", Kind::Bars, 8, "none")
        .about("Devices that were found for the first time, within the day before.")
        .query("{{protocol}}", "sum by (protocol) (increase(consciousness_devices_discovered_total{job=\"$job\",instance=~\"$instance\"}[1d]))");
    let success = Panel::new("Discovery success by protocol", Kind::Ranking, 8, "percent")
        .about("The share of searches that could be done. Where a fifth fails within an hour, that is an alert.")
        .query("{{protocol}}", "avg by (protocol) (consciousness_discovery_success_rate{job=\"$job\",instance=~\"$instance\"})")
        .limits(&[(80.0, "green")])
        .calm("red")
        .max(100.0)
        .none("no search yet");
    let scans = Panel::new("Scans by result", Kind::Bars, 8, "none")
        .about("Searches within the hour before.")
        .query("{{protocol}} {{result}}", "sum by (protocol, result) (increase(consciousness_discovery_scans_total{job=\"$job\",instance=~\"$instance\"}[1h]))");
    let duration = Panel::new("Discovery duration p50 / p95 / p99", Kind::Lines, 8, "s")
        .about("How long searches take. Above 30 s is a sign to look after it.")
        .quantiles(
            "consciousness_discovery_duration_seconds",
            "protocol",
            "30m",
        )
        .limits(&[(30.0, "orange")])
        .none("no search yet");
    let divergent = Panel::new("Twins out of step", Kind::Lines, 8, "none")
        .about("Devices with a wish under way (pending), with one while they are away (offline), or with values from before the last start (stale).")
        .query("{{reason}}", "sum by (reason) (consciousness_twin_divergent{job=\"$job\",instance=~\"$instance\"})");
    let lag = Panel::new("Twin sync lag p50 / p95 / p99", Kind::Lines, 8, "s")
        .about("How long devices take to report what was wished for.")
        .quantiles(
            "consciousness_twin_sync_seconds",
            "protocol",
            "$__rate_interval",
        )
        .none("no wish yet");
    let commands = Panel::new("Commands sent and failed", Kind::Stacked, 8, "ops")
        .about("Commands that ended, by how.")
        .query("{{result}}", "sum by (result) (rate(consciousness_device_commands_total{job=\"$job\",instance=~\"$instance\"}[$__rate_interval]))");
    let interviews = Panel::new("Interviews by stage", Kind::Ranking, 8, "none")
        .about("First walks through the house: open, paused, done.")
        .query(
            "{{stage}}",
            "sum by (stage) (consciousness_interviews{job=\"$job\",instance=~\"$instance\"})",
        );
    vec![
        ("Now", 7, vec![count, online, states]),
        ("Kinds", 8, vec![types, table, protocols]),
        (
            "Discovery",
            8,
            vec![found, success, scans, duration, interviews],
        ),
        ("Twins", 8, vec![divergent, lag, commands]),
    ]
}
