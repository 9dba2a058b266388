//! This room's log lines and metrics.

use crate::llm::{Failure, Provider};
use crate::talk::{Answer, Outcome};
use std::time::Duration;

/// What the metrics mean; once at the start.
pub fn describe() {
    metrics::describe_histogram!(
        "consciousness_ai_response_time",
        metrics::Unit::Seconds,
        "How long a message took to its answer, by engine."
    );
    metrics::describe_counter!(
        "consciousness_chat_messages_total",
        "Messages that were answered, by engine and what became of them."
    );
    metrics::describe_counter!(
        "consciousness_openings_total",
        "What the house began to say by itself, by what it is about and how it stands."
    );
}

/// A message was answered. Its contents stand in the log only where the settings allow that.
pub(crate) fn said(answer: &Answer, took: Duration, contents: Option<&str>) {
    let engine = answer.engine.clone();
    metrics::histogram!("consciousness_ai_response_time", "engine" => engine.clone())
        .record(took.as_secs_f64());
    let refused = answer
        .actions
        .iter()
        .any(|action| matches!(action.outcome, Outcome::Refused | Outcome::TimedOut));
    let outcome = match answer.intent.name.as_str() {
        "not_understood" | "unknown_name" | "negated" => "not_understood",
        "clarify" | "confirm" => "asked",
        _ if answer.pending.is_some() => "asked",
        _ if refused => "refused",
        _ => "understood",
    };
    metrics::counter!("consciousness_chat_messages_total", "engine" => engine, "outcome" => outcome).increment(1);
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
