//! Log lines and metrics of memory. They say what kind of thing happened, never what is remembered.

use metrics::{counter, describe_counter};

/// Describes this room's metrics.
pub fn describe() {
    describe_counter!(
        "consciousness_memories_total",
        "Memories that were written, by kind."
    );
    describe_counter!(
        "consciousness_memories_forgotten_total",
        "Memories that were forgotten, by people or because they were too old."
    );
    describe_counter!(
        "consciousness_learning_predictions_total",
        "What was foreseen and whose time is over, by model and outcome: hit or miss of what happens, better or worse \
         than the simplest guess of figures, or unknown."
    );
}

pub(super) fn remembered(kind: &'static str) {
    counter!("consciousness_memories_total", "kind" => kind).increment(1);
}

pub(super) fn forgotten(count: u64) {
    counter!("consciousness_memories_forgotten_total").increment(count);
}

pub(super) fn scored(model: &'static str, outcome: &'static str) {
    counter!("consciousness_learning_predictions_total", "model" => model, "outcome" => outcome)
        .increment(1);
}

pub(super) fn learned(patterns: usize, lapsed: usize, foreseen: usize) {
    tracing::info!(
        patterns,
        lapsed,
        foreseen,
        "the house learned from its days"
    );
}

pub(super) fn not_learned(reason: &str) {
    counter!("consciousness_errors_total", "component" => "memory", "kind" => "not_learned")
        .increment(1);
    tracing::error!(
        reason,
        "the house could not learn from its days, it tries again"
    );
}
