//! Log lines and metrics of automation.

use crate::document::{Document, Fault, ScenarioSlug};
use crate::engine::{Run, RunState};
use model::Position;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use store::StoreError;

/// Describes this crate's metrics.
pub fn describe() {
    metrics::describe_counter!(
        "consciousness_automation_executions",
        "Runs of scenarios that ended, by scenario, trigger and result."
    );
    metrics::describe_counter!(
        "consciousness_messages_total",
        "Tries to send what scenarios tell people, by channel and result (sent, waiting, gave_up)."
    );
}

/// The ways in which a run ends.
const ENDS: [RunState; 5] = [
    RunState::Completed,
    RunState::Incomplete,
    RunState::Skipped,
    RunState::Stopped,
    RunState::Failed,
];

/// A series, once begun, stays: so many scenarios have some of their own, in the order in which they came,
/// and the rest share one.
const LABELLED: usize = 200;

/// What a scenario is called in the series.
fn label(slug: &str) -> String {
    static LABELS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut labels = LABELS.lock().unwrap_or_else(PoisonError::into_inner);
    if labels.contains(slug) {
        return slug.to_owned();
    }
    if labels.len() >= LABELLED {
        return "others".to_owned();
    }
    labels.insert(slug.to_owned());
    slug.to_owned()
}

/// A scenario is there: its series begin at zero, so that its first run is an increase.
pub(crate) fn known(document: &Document) {
    let scenario = label(document.slug.as_str());
    let own = document.when.iter().map(|trigger| trigger.kind.as_str());
    for trigger in own.chain(["scenario", "request"]) {
        for end in ENDS {
            metrics::counter!("consciousness_automation_executions", "scenario" => scenario.clone(), "trigger" => trigger, "result" => end.as_str())
                .increment(0);
        }
    }
}

pub(crate) fn ran(run: &Run) {
    let (scenario, result) = (run.scenario.clone(), run.state.as_str());
    let trigger = run.set_off_by.clone();
    metrics::counter!("consciousness_automation_executions", "scenario" => label(&scenario), "trigger" => trigger, "result" => result)
        .increment(1);
    let note = run.note.as_deref().unwrap_or_default();
    match run.state {
        RunState::Incomplete | RunState::Failed => {
            tracing::warn!(scenario, result, note, "a scenario could not do all of it");
        }
        RunState::Skipped => tracing::debug!(scenario, note, "a scenario did not run"),
        _ => tracing::info!(scenario, result, note, "a scenario ran"),
    }
}

pub(crate) fn held_back(scenario: &ScenarioSlug, reason: &str) {
    metrics::counter!("consciousness_errors_total", "component" => "automation", "kind" => "held_back")
        .increment(1);
    tracing::warn!(%scenario, reason, "a rule is held back");
}

pub(crate) fn unreadable(scenario: &str, faults: &[Fault]) {
    let fault = faults.first().map(ToString::to_string).unwrap_or_default();
    tracing::error!(
        scenario,
        fault,
        "a scenario that was kept cannot be read and is left out"
    );
}

pub(crate) fn message(channel: &str, result: &'static str, note: &str) {
    metrics::counter!("consciousness_messages_total", "channel" => channel.to_owned(), "result" => result)
        .increment(1);
    if result == "sent" {
        tracing::info!(channel, note, "a message went out");
    } else {
        tracing::warn!(channel, result, note, "a message did not go out");
    }
}

pub(crate) fn webhook_refused() {
    metrics::counter!("consciousness_errors_total", "component" => "automation", "kind" => "webhook_refused")
        .increment(1);
    tracing::warn!("a webhook was called with a wrong secret");
}

pub(crate) fn conflict(what: &str) {
    metrics::counter!("consciousness_errors_total", "component" => "automation", "kind" => "conflict")
        .increment(1);
    tracing::warn!(what, "two rules fight");
}

pub(crate) fn set_back(by: jiff::SignedDuration) {
    tracing::warn!(
        seconds = by.as_secs(),
        "the clock was set back; what waits goes on as long as it says"
    );
}

pub(crate) fn missed(from: Position, to: Position) {
    metrics::counter!("consciousness_errors_total", "component" => "automation", "kind" => "missed_events")
        .increment(1);
    tracing::warn!(%from, %to, "automation fell behind and missed events");
}

pub(crate) fn not_kept(error: &StoreError) {
    metrics::counter!("consciousness_errors_total", "component" => "automation", "kind" => "not_kept")
        .increment(1);
    tracing::error!(%error, "a run could not be kept");
}
