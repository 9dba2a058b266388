//! Security: what happened, who came in, who felt around.

use super::board::{Kind, Panel, Row};

pub(crate) const UID: &str = "hcs-security";

pub(crate) fn rows() -> Vec<Row> {
    let critical = Panel::new("Critical alerts now", Kind::Table, 8, "none")
        .about("Critical alerts that are on.")
        .query("", "count by (alertname) (ALERTS{alertstate=\"firing\",severity=\"critical\",job=\"$job\"})")
        .none("no critical alert is on");
    let unknown = Panel::new("Unknown devices on the network", Kind::Stat, 4, "none")
        .about("Found things that nobody adopted or ignored yet.")
        .query("unknown", "sum(consciousness_device_count{job=\"$job\",instance=~\"$instance\",state=\"unclaimed\"}) or vector(0)")
        .limits(&[(1.0, "orange")]);
    let refused = Panel::new("Accounts locked / requests refused", Kind::Stat, 4, "none")
        .about("Requests that came too often and were refused within the last hour.")
        .query("refused", "sum(increase(consciousness_rate_limited_total{job=\"$job\",instance=~\"$instance\"}[1h]))")
        .limits(&[(1.0, "orange")])
        .none("none");
    let severities = Panel::new("Events by severity", Kind::Bars, 8, "none")
        .about("Security events within the hour before. A critical one is an alert.")
        .query("{{severity}}", "sum by (severity) (increase(consciousness_security_events_total{job=\"$job\",instance=~\"$instance\"}[1h]))")
        .none("no events");
    let kinds = Panel::new("Events by kind", Kind::Table, 8, "none")
        .about("Security events of the last day.")
        .query("", "sum by (kind, severity) (increase(consciousness_security_events_total{job=\"$job\",instance=~\"$instance\"}[1d])) > 0")
        .none("no events");
    let failed = Panel::new("Failed sign-ins", Kind::Lines, 8, "none")
        .about("Sign-ins that failed within five minutes, by reason. More than ten are an alert.")
        .query("{{reason}}", "sum by (reason) (increase(consciousness_auth_failures_total{job=\"$job\",instance=~\"$instance\"}[5m]))")
        .limits(&[(10.0, "red")])
        .none("no failed sign-ins");
    let attempts = Panel::new("Sign-ins by result", Kind::Ranking, 8, "none")
        .about("Sign-ins of the last day.")
        .query("{{result}}", "sum by (result) (increase(consciousness_auth_attempts_total{job=\"$job\",instance=~\"$instance\"}[1d]))")
        .none("no sign-ins");
    let anomalies = Panel::new("Unusual device behaviour", Kind::Lines, 8, "none")
        .about("Devices that began to behave otherwise than they should, within the hour before.")
        .query("{{kind}}", "sum by (kind) (increase(consciousness_device_anomalies_total{job=\"$job\",instance=~\"$instance\"}[1h]))");
    let scans = Panel::new("Network scan attempts seen", Kind::Lines, 8, "none")
        .about("Sweeps over this server from one address: many paths that do not exist, or many connections that ask nothing.")
        .query("{{kind}}", "sum by (kind) (increase(consciousness_network_scan_attempts_total{job=\"$job\",instance=~\"$instance\"}[1h]))");
    let tokens = Panel::new("Access-token age", Kind::Table, 8, "s")
        .about("How old each access token is; one that is very old should be made anew.")
        .query("{{name}}", "max by (name) (time() - consciousness_token_created_timestamp_seconds{job=\"$job\",instance=~\"$instance\"})")
        .none("no tokens");
    vec![
        ("Now", 7, vec![critical, unknown, refused, kinds]),
        ("Sign-ins", 8, vec![failed, attempts, tokens]),
        ("Behaviour", 8, vec![severities, anomalies, scans]),
    ]
}
