//! This room's log lines and metrics.

use crate::llm::{Failure, Provider};
use crate::talk::{Answer, Channel, Outcome};
use std::time::Duration;

/// How a message ended, in the metrics.
const OUTCOMES: [&str; 4] = ["understood", "asked", "refused", "not_understood"];

/// What people ask for, as far as it is known before they do; others come with their first message.
const INTENTS: &[&str] = &[
    "alerts",
    "answer.no",
    "answer.yes",
    "assisted",
    "clarify",
    "clock",
    "command",
    "command.timed",
    "comfort",
    "concerns",
    "concerns.security",
    "condition",
    "confirm",
    "context",
    "date",
    "discovered",
    "feeling",
    "felt",
    "forecast",
    "future",
    "good_night",
    "goodbye",
    "greet",
    "happened",
    "help",
    "insights",
    "insights.saving",
    "insights.used",
    "interview",
    "learned",
    "memory.forget",
    "memory.likes",
    "memory.notes",
    "memory.recall",
    "memory.remember",
    "mode",
    "negated",
    "not_understood",
    "nothing_there",
    "opening",
    "pain",
    "question.extreme",
    "question.history",
    "question.presence",
    "question.value",
    "question.where",
    "rule",
    "rule.fate",
    "rule.save",
    "rule.told",
    "scan",
    "small_talk",
    "thanks",
    "unable",
    "undo",
    "unknown_name",
    "wanted",
    "who",
];

/// How what the house proposed was taken.
pub(crate) const TAKEN: [&str; 4] = ["accepted", "declined", "put_off", "lapsed"];

/// What the metrics mean, and their series at zero; once at the start.
pub fn describe() {
    metrics::describe_histogram!(
        "consciousness_ai_response_time",
        metrics::Unit::Seconds,
        "How long a message took to its answer, by engine."
    );
    metrics::describe_counter!(
        "consciousness_chat_messages_total",
        "Messages that were answered, by the way they came, what they ask for and what became of them."
    );
    metrics::describe_counter!(
        "consciousness_suggestions_total",
        "What the house proposed by itself, by how it was taken."
    );
    for channel in Channel::ALL {
        for outcome in OUTCOMES {
            answered(channel, "none", outcome).increment(0);
        }
        for intent in INTENTS {
            answered(channel, intent, outcome_of(intent)).increment(0);
        }
    }
    for outcome in TAKEN {
        metrics::counter!("consciousness_suggestions_total", "outcome" => outcome).increment(0);
    }
    for about in ["concern", "question", "morning"] {
        for state in ["open", "answered", "put_off", "lapsed"] {
            metrics::counter!("consciousness_openings_total", "about" => about, "state" => state)
                .increment(0);
        }
    }
    metrics::describe_counter!(
        "consciousness_openings_total",
        "What the house began to say by itself, by what it is about and how it stands."
    );
}

fn answered(channel: Channel, intent: &str, outcome: &'static str) -> metrics::Counter {
    metrics::counter!(
        "consciousness_chat_messages_total",
        "channel" => channel.as_str(),
        "intent" => intent.to_owned(),
        "outcome" => outcome,
    )
}

/// How a message with that intent ends where nothing is refused or asked back.
fn outcome_of(intent: &str) -> &'static str {
    match intent {
        "not_understood" | "unknown_name" | "negated" => "not_understood",
        "clarify" | "confirm" => "asked",
        _ => "understood",
    }
}

/// A message was answered. Its contents stand in the log only where the settings allow that.
pub(crate) fn said(answer: &Answer, channel: Channel, took: Duration, contents: Option<&str>) {
    let engine = answer.engine.clone();
    metrics::histogram!("consciousness_ai_response_time", "engine" => engine)
        .record(took.as_secs_f64());
    let refused = answer
        .actions
        .iter()
        .any(|action| matches!(action.outcome, Outcome::Refused | Outcome::TimedOut));
    let outcome = match outcome_of(&answer.intent.name) {
        "understood" if answer.pending.is_some() => "asked",
        "understood" if refused => "refused",
        outcome => outcome,
    };
    answered(channel, &answer.intent.name, outcome).increment(1);
    let milliseconds = took.as_secs_f64() * 1_000.0;
    match contents {
        Some(message) => {
            tracing::info!(conversation = %answer.conversation, intent = answer.intent.name, actions = answer.actions.len(), milliseconds, message, response = answer.response, "answered")
        }
        None => {
            tracing::info!(conversation = %answer.conversation, intent = answer.intent.name, actions = answer.actions.len(), milliseconds, "answered")
        }
    }
}

/// A model was asked. What was said stands in no log line of this.
pub(crate) fn model_asked(
    provider: &Provider,
    took: Duration,
    usage: Option<(u64, u64)>,
    failure: Option<&Failure>,
) {
    let outcome = failure.map_or("answered", Failure::kind);
    metrics::counter!("consciousness_ai_requests_total", "provider" => provider.name, "outcome" => outcome).increment(1);
    let (input, output) = usage.unwrap_or_default();
    for (direction, tokens) in [("input", input), ("output", output)] {
        metrics::counter!("consciousness_ai_tokens_total", "provider" => provider.name, "direction" => direction).increment(tokens);
    }
    let milliseconds = took.as_secs_f64() * 1_000.0;
    match failure {
        None => {
            tracing::info!(
                provider = provider.name,
                model = provider.model,
                milliseconds,
                input,
                output,
                "the ai model answered"
            )
        }
        Some(failure) => {
            metrics::counter!("consciousness_errors_total", "component" => "ai", "kind" => outcome)
                .increment(1);
            tracing::warn!(provider = provider.name, model = provider.model, milliseconds, outcome, reason = %failure, "the ai model failed; the house answers by itself")
        }
    }
}

/// A provider can be asked: its series are there before anything happens.
pub(crate) fn model_ready(provider: &Provider) {
    for outcome in [
        "answered",
        "unreachable",
        "timeout",
        "key",
        "rate_limited",
        "status",
        "malformed",
        "cut",
    ] {
        metrics::counter!("consciousness_ai_requests_total", "provider" => provider.name, "outcome" => outcome).increment(0);
    }
    for direction in ["input", "output"] {
        metrics::counter!("consciousness_ai_tokens_total", "provider" => provider.name, "direction" => direction).increment(0);
    }
}

/// A request to a model is tried again.
pub(crate) fn model_again(provider: &Provider, kind: &'static str) {
    tracing::debug!(
        provider = provider.name,
        model = provider.model,
        kind,
        "the ai model is asked again"
    );
}

/// A turn found no room in the queue.
pub(crate) fn not_kept() {
    metrics::counter!("consciousness_errors_total", "component" => "conversation", "kind" => "overloaded").increment(1);
    tracing::warn!("a turn of a conversation was not kept: too many wait to be written");
}

/// Something that was kept cannot be read.
pub(crate) fn unreadable(what: &str, error: &str) {
    metrics::counter!("consciousness_errors_total", "component" => "conversation", "kind" => "unreadable").increment(1);
    tracing::error!(
        what,
        error,
        "something that was kept cannot be read; it begins anew"
    );
}

/// The house said something by itself, or what it said was answered.
pub(crate) fn opening(about: &'static str, state: &'static str) {
    metrics::counter!("consciousness_openings_total", "about" => about, "state" => state)
        .increment(1);
    tracing::info!(about, state, "an opening");
}

/// What the house proposed was taken so.
pub(crate) fn taken(outcome: &'static str) {
    metrics::counter!("consciousness_suggestions_total", "outcome" => outcome).increment(1);
}

/// What there is to say could not be looked up or kept.
pub(crate) fn not_said(error: &crate::CannotSay) {
    metrics::counter!("consciousness_errors_total", "component" => "conversation", "kind" => "openings").increment(1);
    tracing::error!(%error, "the house could not begin to speak");
}

/// Turns could not be written.
pub(crate) fn keeping_failed(error: &store::StoreError) {
    metrics::counter!("consciousness_errors_total", "component" => "conversation", "kind" => "store").increment(1);
    tracing::error!(%error, "turns of conversations could not be kept");
}
