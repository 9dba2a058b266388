//! The dashboards of `deploy/grafana`: made from the tables in this folder, and held to what a dashboard
//! must be. No Grafana is asked: what is checked is the files and their queries.
//!
//! `REFRESH=1 cargo test -p consciousness --test it grafana` writes the files anew.

mod board;
mod devices;
mod mind;
mod overview;
mod security;

use crate::support::{Server, house};
use promql_parser::parser::Expr;
use promql_parser::util::{ExprVisitor, walk_expr};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Families that panels ask for and the server does not have yet, and why. Their panels say so.
pub(crate) const NOT_YET: &[(&str, &str)] = &[
    (
        "consciousness_energy_saved_joules_total",
        "savings are not measured yet",
    ),
    (
        "consciousness_auth_attempts_total",
        "there are no accounts yet",
    ),
    (
        "consciousness_auth_failures_total",
        "there are no accounts yet",
    ),
    (
        "consciousness_rate_limited_total",
        "there are no accounts yet",
    ),
    (
        "consciousness_security_events_total",
        "there are no accounts yet",
    ),
    (
        "consciousness_token_created_timestamp_seconds",
        "there are no accounts yet",
    ),
    (
        "consciousness_backup_last_success_timestamp_seconds",
        "there is no backup yet",
    ),
];

/// What Prometheus makes itself.
const ITS_OWN: &[&str] = &["up", "ALERTS"];

/// What the guide wants to see on each dashboard, by the panels that show it.
const WANTED: &[(&str, &[&str])] = &[
    (
        overview::UID,
        &[
            "Up",
            "Uptime",
            "Version",
            "Component health",
            "Alerts firing",
            "Requests per second",
            "Response time p50 / p95 / p99",
            "Slowest routes (p95)",
            "Error ratio",
            "Errors by component",
            "CPU",
            "Memory against limit",
            "Disk used",
            "Database size",
            "Database growth per month",
            "Database query p50 / p95 / p99",
            "Active sessions",
            "Event queue depth and drops",
            "Last good backup",
        ],
    ),
    (
        devices::UID,
        &[
            "Devices",
            "Online share",
            "Online / offline / unknown",
            "Devices by type",
            "Devices by protocol",
            "Newly discovered per day",
            "Discovery success by protocol",
            "Scans by result",
            "Discovery duration p50 / p95 / p99",
            "Twins out of step",
            "Twin sync lag p50 / p95 / p99",
            "Commands sent and failed",
            "Interviews by stage",
        ],
    ),
    (
        mind::UID,
        &[
            "Mood",
            "Messages per minute",
            "Response time heatmap",
            "Response p50 / p95 / p99 by engine",
            "Understood / asked back / gave up",
            "What people ask for",
            "Most used scenarios",
            "Runs by result",
            "Failing automations",
            "Learning accuracy",
            "Suggestions accepted",
            "Energy saved",
            "House power now",
            "When people talk to the house",
        ],
    ),
    (
        security::UID,
        &[
            "Events by severity",
            "Events by kind",
            "Failed sign-ins",
            "Sign-ins by result",
            "Accounts locked / requests refused",
            "Unusual device behaviour",
            "Network scan attempts seen",
            "Unknown devices on the network",
            "Access-token age",
            "Critical alerts now",
        ],
    ),
];

pub(crate) fn deploy() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

fn folder() -> PathBuf {
    deploy().join("grafana/dashboards")
}

/// The dashboards as they are committed.
fn boards() -> Vec<Value> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap())
        .collect()
}

/// A panel's query, as Prometheus would be asked it.
pub(crate) struct Query {
    pub(crate) board: String,
    pub(crate) panel: String,
    pub(crate) expr: String,
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The panels that show something: rows are only titles.
fn panels(board: &Value) -> impl Iterator<Item = &Value> {
    list(board, "panels")
        .iter()
        .filter(|panel| panel["type"] != "row")
}

/// Every query of every panel, with its variables filled in; `window` is that of a rate.
pub(crate) fn queries(window: &str) -> Vec<Query> {
    let boards = boards();
    let all = boards.iter().flat_map(|board| {
        panels(board).flat_map(move |panel| {
            list(panel, "targets").iter().map(move |target| Query {
                board: text(board, "uid").to_owned(),
                panel: text(panel, "title").to_owned(),
                expr: filled(text(target, "expr"), window),
            })
        })
    });
    all.collect()
}

fn filled(expr: &str, window: &str) -> String {
    expr.replace("$__rate_interval", window)
        .replace("$__range", "6h")
        .replace("$job", "consciousness")
        .replace("$instance", ".*")
}

/// The names of all series that an expression asks for.
pub(crate) fn names(expr: &str) -> BTreeSet<String> {
    #[derive(Default)]
    struct Names(BTreeSet<String>);
    impl ExprVisitor for Names {
        type Error = std::convert::Infallible;
        fn pre_visit(&mut self, expr: &Expr) -> Result<bool, Self::Error> {
            let selector = match expr {
                Expr::VectorSelector(selector) => selector,
                Expr::MatrixSelector(matrix) => &matrix.vs,
                _ => return Ok(true),
            };
            let name = selector.name.clone();
            self.0
                .insert(name.expect("a selector without a name asks for everything"));
            Ok(true)
        }
    }
    let parsed =
        promql_parser::parser::parse(expr).unwrap_or_else(|fault| panic!("{fault}: {expr}"));
    let mut names = Names::default();
    let Ok(_) = walk_expr(&mut names, &parsed);
    names.0
}

/// The results of the recording rules.
fn recorded() -> BTreeSet<String> {
    let rules = std::fs::read_to_string(deploy().join("prometheus/rules.yml")).unwrap();
    let names = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- record: "));
    names.map(str::to_owned).collect()
}

#[test]
fn the_files_are_what_the_tables_say() {
    let made = [
        (
            overview::UID,
            "System overview",
            "Is the house's server up, is it quick, and what does it use.",
            overview::rows(),
        ),
        (
            devices::UID,
            "Devices",
            "Which devices there are, whether they answer, and how they are found.",
            devices::rows(),
        ),
        (
            mind::UID,
            "AI and automation",
            "What the house feels, says, does and learns.",
            mind::rows(),
        ),
        (
            security::UID,
            "Security",
            "What happened, who came in, and who felt around.",
            security::rows(),
        ),
    ];
    for (uid, title, about, rows) in made {
        let file = folder().join(format!("{uid}.json"));
        let made = board::dashboard(uid, title, about, &rows);
        if std::env::var_os("REFRESH").is_some() {
            std::fs::write(&file, &made).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed == made,
            "{} is not what its table says; REFRESH=1 writes it anew",
            file.display()
        );
    }
}

#[test]
fn each_dashboard_is_whole() {
    let boards = boards();
    let uids: BTreeSet<&str> = boards.iter().map(|board| text(board, "uid")).collect();
    assert_eq!(uids.len(), WANTED.len(), "{uids:?}");
    for board in &boards {
        let uid = text(board, "uid");
        let (_, wanted) = WANTED.iter().find(|(known, _)| *known == uid).unwrap();
        assert!(board["schemaVersion"].as_u64().unwrap() >= 39);
        assert_eq!(board["refresh"], "30s");
        assert_eq!(board["time"]["from"], "now-6h");
        assert_eq!(board["links"][0]["type"], "dashboards");
        assert_eq!(list(&board["annotations"], "list").len(), 2);
        let titles: BTreeSet<&str> = panels(board).map(|panel| text(panel, "title")).collect();
        for title in *wanted {
            assert!(titles.contains(title), "{uid} has no panel “{title}”");
        }
        let mut ids = BTreeSet::new();
        let mut taken = BTreeSet::new();
        for panel in list(board, "panels") {
            assert!(
                ids.insert(panel["id"].as_u64().unwrap()),
                "{uid}: an id twice"
            );
            let place = |name: &str| panel["gridPos"][name].as_u64().unwrap();
            assert!(place("x") + place("w") <= 24, "{uid}: {panel}");
            for x in place("x")..place("x") + place("w") {
                for y in place("y")..place("y") + place("h") {
                    let is_free = taken.insert((x, y));
                    assert!(is_free, "{uid}: “{}” overlaps", text(panel, "title"));
                }
            }
        }
        for panel in panels(board) {
            let title = text(panel, "title");
            let defaults = &panel["fieldConfig"]["defaults"];
            for (what, said) in [
                ("description", text(panel, "description")),
                ("title", title),
                ("unit", text(defaults, "unit")),
                ("noValue", text(defaults, "noValue")),
            ] {
                assert!(!said.is_empty(), "{uid}: “{title}” has no {what}");
            }
            assert_eq!(
                panel["datasource"]["uid"], "${datasource}",
                "{uid}: “{title}”"
            );
            assert!(!list(panel, "targets").is_empty(), "{uid}: “{title}”");
            let mut letters = BTreeSet::new();
            for target in list(panel, "targets") {
                assert!(letters.insert(text(target, "refId")), "{uid}: “{title}”");
                assert_eq!(target["datasource"]["uid"], "${datasource}");
            }
        }
        let json = board.to_string();
        assert!(!json.contains("://"), "{uid} names an address");
        let variables: BTreeSet<&str> = list(&board["templating"], "list")
            .iter()
            .map(|variable| text(variable, "name"))
            .collect();
        for (at, _) in json.match_indices('$') {
            let rest = json[at + 1..].trim_start_matches('{');
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap();
            let name = &rest[..end];
            assert!(
                variables.contains(name) || name.starts_with("__"),
                "{uid} uses ${name}, which it does not define"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_series_that_is_asked_for_is_one_of_the_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("studio")],
        &[],
    );
    let metrics = server.text("/metrics").await;
    drop(server);
    let families: BTreeSet<&str> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let recorded = recorded();
    assert_eq!(recorded.len(), 6);
    let is_there = |name: &str| {
        let of_histogram = ["_bucket", "_sum", "_count"]
            .iter()
            .filter_map(|end| name.strip_suffix(end))
            .any(|family| metrics.contains(&format!("# TYPE {family} histogram\n")));
        families.contains(name) || of_histogram
    };
    for (name, why) in NOT_YET {
        assert!(!is_there(name), "{name} is there now, although: {why}");
    }
    let is_known = |name: &str| {
        is_there(name)
            || ITS_OWN.contains(&name)
            || recorded.contains(name)
            || NOT_YET.iter().any(|(late, _)| *late == name)
    };
    let queries = queries("1m");
    assert!(queries.len() > 55);
    for query in &queries {
        for name in names(&query.expr) {
            assert!(
                is_known(&name),
                "“{}” of {} asks for {name}, which the server does not have",
                query.panel,
                query.board
            );
        }
    }
    // The rules are no JSON: their names are found as words.
    for file in ["rules.yml", "alerts.yml", "guide-alerts.yml"] {
        let rules = std::fs::read_to_string(deploy().join("prometheus").join(file)).unwrap();
        let words = rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
        for name in words.filter(|word| {
            word.starts_with("consciousness_") || word.starts_with("job:consciousness_")
        }) {
            assert!(is_known(name), "{file} asks for {name}, which is nowhere");
        }
    }
}
