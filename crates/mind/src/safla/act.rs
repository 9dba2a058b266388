//! Act: the feeling, what everyone sees of it, what is said to all, and what is kept. Pure.

use super::analyze::Analysis;
use super::feedback::Outcome;
use super::learn::Mood;
use super::recall::Recall;
use super::say::Names;
use super::sense::{Sensed, seconds};
use crate::concerns::{Change, Concerns};
use crate::feel::sum::{Sum, sum, tone};
use crate::feel::table::{BASELINE, Factor, REST};
use crate::feel::word::{Word, limit};
use crate::view::{self, Feeling, Reason, View};
use crate::{Evidence, Label};
use model::{EventBody, Timestamp};

/// What is felt is kept at least so often, in seconds.
pub const KEPT_EVERY: f64 = 600.0;

/// How many things would make it better, at most.
const BETTER: usize = 8;

/// What is done at the end of a turn.
#[derive(Debug, Clone)]
pub struct Deeds {
    /// What everyone sees.
    pub view: View,
    /// What is said to all.
    pub notes: Vec<EventBody>,
    /// Whether what is felt is to be kept.
    pub keep: bool,
    /// What changed among the concerns.
    pub changes: Vec<Change>,
}

/// What feels, from one turn to the next.
#[derive(Debug, Clone, Default)]
pub struct Heart {
    /// The word for what is felt.
    pub word: Word,
    /// The slow average.
    pub mood: Mood,
    /// When a feeling was last kept, in house time.
    pub kept: Option<Timestamp>,
}

/// Feels, and says what there is to say.
pub fn act(
    heart: &mut Heart,
    sensed: &Sensed,
    analysis: Analysis,
    outcome: Outcome,
    concerns: &Concerns,
    recall: &Recall,
) -> Deeds {
    let now = sensed.at;
    let mut items = analysis.items;
    items.extend(outcome.items);
    let before = heart.word.label;
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of some thousand years"
    )]
    let clock = now.as_microsecond() as f64 / 1e6;
    heart.word.look(&tone(&items, analysis.confidence), clock);
    let felt = sum(items);
    let label = heart.word.label;
    heart
        .mood
        .feel(felt.valence, felt.arousal, label != Label::Unsure, now);
    let list = concerns.list();
    let glad = concerns.glad(now);
    let names = Names::new(sensed, concerns, &list, recall);
    let better = better(&felt, &names);
    let (valence, arousal) = (felt.valence, felt.arousal);
    let mut reasons: Vec<Reason> = felt
        .parts
        .into_iter()
        .map(|part| {
            let text = names.reason(part.name, &part.evidence);
            let more = part.evidence.len().saturating_sub(Reason::SHOWN);
            let mut evidence = part.evidence;
            evidence.truncate(Reason::SHOWN);
            Reason {
                factor: part.name,
                contribution: part.contribution,
                text,
                evidence,
                more,
            }
        })
        .collect();
    // Who asks is told first why it feels so, and then what speaks against it. The sort is stable.
    if let Some(bad) = is_bad(label) {
        reasons.sort_by_key(|reason| (reason.contribution < 0.0) != bad);
    }
    let mut notes = Vec::new();
    if before != label {
        notes.push(EventBody::FeelingChanged {
            old: before.to_string(),
            new: label.to_string(),
            valence,
            because: because(label, &reasons),
        });
    }
    notes.extend(outcome.changes.iter().filter_map(note));
    let keep = before != label
        || heart
            .kept
            .is_none_or(|kept| seconds(kept, now) >= KEPT_EVERY);
    if keep {
        heart.kept = Some(now);
    }
    let view = View {
        at: now,
        feeling: Feeling {
            label,
            since: heart.word.since.and_then(timestamp),
            valence,
            arousal,
            intensity: intensity(valence, arousal),
            confidence: analysis.confidence,
            baseline: BASELINE,
        },
        mood: mood(&heart.mood),
        awareness: sensed.awareness,
        reasons,
        better,
        glad,
        concerns: list,
        year: sensed.year,
    };
    Deeds {
        view,
        notes,
        keep,
        changes: outcome.changes,
    }
}

fn timestamp(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "it was a time before")]
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
}

/// How strong a feeling is: the distance from rest, of valence and arousal whichever is further.
fn intensity(valence: f64, arousal: f64) -> f64 {
    (valence - BASELINE)
        .abs()
        .max((arousal - REST) / (1.0 - REST))
        .clamp(0.0, 1.0)
}

fn mood(mood: &Mood) -> view::Mood {
    let label = match mood.valence {
        None => Label::Unsure,
        Some(valence) if valence >= limit::HAPPY => Label::Happy,
        Some(valence) if valence <= limit::LOW => Label::Worried,
        Some(_) => Label::Content,
    };
    view::Mood {
        label,
        valence: mood.valence,
        arousal: mood.arousal,
    }
}

/// Whether a word speaks of what is bad; `None` where it speaks of neither side.
const fn is_bad(label: Label) -> Option<bool> {
    match label {
        Label::Unsure => None,
        // Quiet takes away: nobody is there.
        Label::Pain | Label::Stressed | Label::Worried | Label::Bored => Some(true),
        Label::Content | Label::Happy | Label::Excited => Some(false),
    }
}

/// The strongest reason on the side of the word.
fn because(label: Label, reasons: &[Reason]) -> String {
    match is_bad(label) {
        None => "too little is freshly known".to_owned(),
        Some(bad) => reasons
            .iter()
            .find(|reason| (reason.contribution < 0.0) == bad)
            .map(|reason| reason.text.clone())
            .unwrap_or_default(),
    }
}

/// What is said to all of a change; what people already know needs no word.
fn note(change: &Change) -> Option<EventBody> {
    match change {
        Change::Raised(concern) => Some(EventBody::ConcernRaised {
            concern: concern.id,
            device: concern.device,
            title: concern.title.clone(),
            urgency: concern.urgency.as_str().to_owned(),
        }),
        Change::Changed(_) => None,
        Change::Ended {
            concern, how, note, ..
        } => Some(EventBody::ConcernEnded {
            concern: concern.id,
            device: concern.device,
            title: concern.title.clone(),
            how: how.as_str().to_owned(),
            note: note.clone(),
        }),
    }
}

/// What would make it better, the most helpful first.
fn better(felt: &Sum<Evidence>, names: &Names<'_>) -> Vec<String> {
    let mut better: Vec<String> = Vec::new();
    for part in felt.parts.iter().filter(|part| part.contribution < 0.0) {
        for evidence in &part.evidence {
            let advice = match (part.factor, evidence) {
                (_, Evidence::Concern { concern, .. }) => names
                    .concerns
                    .iter()
                    .find(|one| one.id == *concern)
                    .and_then(|one| one.suggestion.as_ref())
                    .map(|suggestion| suggestion.text.clone()),
                (Factor::Devices, Evidence::Connectivity { device, .. }) => names
                    .concerns
                    .iter()
                    .find(|one| one.device == Some(*device))
                    .and_then(|one| one.suggestion.as_ref())
                    .map(|suggestion| suggestion.text.clone()),
                (Factor::Server, Evidence::Component { name, .. }) => {
                    let component = names.sensed.components.iter().find(|one| one.name == *name);
                    component.and_then(|one| one.action.clone())
                }
                (Factor::Comfort | Factor::Air | Factor::Energy, _) => {
                    names.relief(part.name, evidence)
                }
                _ => None,
            };
            if let Some(advice) = advice.filter(|advice| !better.contains(advice)) {
                better.push(advice);
            }
            if better.len() == BETTER {
                return better;
            }
        }
    }
    better
}
