//! This room's log lines and metrics; `api` describes them.

use crate::concerns::Change;
use crate::detect::ANOMALIES;
use crate::feel::Label;
use crate::view::{Urgency, View};
use model::Position;
use std::time::Duration;
use store::StoreError;

/// The series that are there before anything happened.
pub fn describe() {
    metrics::describe_counter!(
        "consciousness_device_anomalies_total",
        "Devices that began to behave otherwise than they should, by kind."
    );
    metrics::describe_gauge!(
        "consciousness_mood_intensity",
        "How strongly the house feels what it feels, from 0 to 1, by emotion; 0 for those that it does not feel."
    );
    for kind in ANOMALIES {
        metrics::counter!("consciousness_device_anomalies_total", "kind" => *kind).increment(0);
    }
}

pub(crate) fn turned(trigger: &'static str, view: &View, changes: &[Change], took: Duration) {
    metrics::counter!("consciousness_safla_turns_total", "trigger" => trigger).increment(1);
    metrics::histogram!("consciousness_safla_turn_seconds").record(took.as_secs_f64());
    metrics::gauge!("consciousness_emotion_valence").set(view.feeling.valence);
    metrics::gauge!("consciousness_emotion_arousal").set(view.feeling.arousal);
    metrics::gauge!("consciousness_emotion_confidence").set(view.feeling.confidence);
    for label in Label::ALL {
        let is = f64::from(u8::from(*label == view.feeling.label));
        metrics::gauge!("consciousness_emotion_state", "emotion" => label.as_str()).set(is);
        metrics::gauge!("consciousness_mood_intensity", "emotion" => label.as_str())
            .set(is * view.feeling.intensity);
    }
    if let Some(share) = view.awareness.share() {
        metrics::gauge!("consciousness_awareness_ratio").set(share);
    }
    for urgency in [
        Urgency::Low,
        Urgency::Medium,
        Urgency::High,
        Urgency::Critical,
    ] {
        let count = view
            .concerns
            .iter()
            .filter(|concern| concern.urgency == urgency)
            .count();
        #[expect(clippy::cast_precision_loss, reason = "some hundreds")]
        metrics::gauge!("consciousness_concerns", "urgency" => urgency.as_str()).set(count as f64);
    }
    for change in changes {
        match change {
            Change::Raised(concern) => {
                metrics::counter!("consciousness_concerns_total", "what" => "raised").increment(1);
                if ANOMALIES.contains(&concern.kind) {
                    metrics::counter!("consciousness_device_anomalies_total", "kind" => concern.kind)
                        .increment(1);
                }
                tracing::info!(
                    kind = concern.kind,
                    urgency = concern.urgency.as_str(),
                    title = concern.title,
                    "a concern"
                );
            }
            Change::Ended {
                concern, how, note, ..
            } => {
                metrics::counter!("consciousness_concerns_total", "what" => "ended").increment(1);
                tracing::info!(
                    kind = concern.kind,
                    how = how.as_str(),
                    note,
                    "a concern ended"
                );
            }
            Change::Changed(_) => {}
        }
    }
}

/// A figure was scored: whether it was nearer to what came than the simplest guess.
pub(crate) fn scored(prediction: &store::KeptForecast) {
    let off = |from: f64, actual: f64| (from - actual).abs();
    let outcome = match (prediction.actual, prediction.plain) {
        (None, _) => "unknown",
        (Some(actual), Some(plain)) if off(prediction.value, actual) > off(plain, actual) => {
            "worse"
        }
        (Some(_), _) => "better",
    };
    metrics::counter!(
        "consciousness_learning_predictions_total",
        "model" => prediction.model.clone(),
        "outcome" => outcome,
    )
    .increment(1);
}

pub(crate) fn missed(from: Position, to: Position) {
    metrics::counter!("consciousness_errors_total", "component" => "mind", "kind" => "missed_events")
        .increment(1);
    tracing::warn!(%from, %to, "the mind fell behind and missed events");
}

pub(crate) fn not_kept(error: &StoreError) {
    metrics::counter!("consciousness_errors_total", "component" => "mind", "kind" => "not_kept")
        .increment(1);
    tracing::error!(%error, "what the mind wants to keep could not be kept");
}

pub(crate) fn not_read(error: &StoreError) {
    metrics::counter!("consciousness_errors_total", "component" => "mind", "kind" => "not_read")
        .increment(1);
    tracing::error!(%error, "history could not be looked up");
}

pub(crate) fn broke(reason: &str, pause: Duration) {
    metrics::counter!("consciousness_errors_total", "component" => "mind", "kind" => "panic")
        .increment(1);
    tracing::error!(reason, ?pause, "the mind broke; it is started again");
}

pub(crate) fn unreadable(name: &str, error: &str) {
    metrics::counter!("consciousness_errors_total", "component" => "mind", "kind" => "unreadable")
        .increment(1);
    tracing::error!(
        name,
        error,
        "what was learned cannot be read and is learned anew"
    );
}
