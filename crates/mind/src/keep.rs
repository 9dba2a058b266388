//! What is felt and what concerns, as the store keeps it.

use crate::Evidence;
use crate::concerns::{Change, Concerns};
use crate::safla::Brain;
use crate::view::{Attention, Concern, Note, SuggestedRequest, Suggestion, Urgency, View};
use model::{AreaId, Capability, DeviceId, Timestamp, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{KeptConcern, KeptFeeling, Record};

/// A concern, besides its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// What it is, in one plain sentence.
    pub title: String,
    /// What else there is to say.
    pub detail: String,
    /// The device that it is about.
    pub device: Option<DeviceId>,
    /// The room that it is about.
    pub area: Option<AreaId>,
    /// Since when the matter is so.
    pub since: Timestamp,
    /// Until when it is put off.
    pub snoozed: Option<Timestamp>,
    /// Whether people know.
    pub known: bool,
    /// What there was to say at its end.
    pub note: Option<String>,
    /// The rows behind it when it was last kept.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// What could be done then.
    #[serde(default)]
    pub suggestion: Option<KeptSuggestion>,
    /// What people noted about it.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// For how long it must no longer be found until it is over, in seconds.
    #[serde(default)]
    pub grace: f64,
    /// What to say when it is mended.
    #[serde(default)]
    pub mended: String,
}

/// What could be done about a concern, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptSuggestion {
    text: String,
    request: Option<KeptRequest>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptRequest {
    device: DeviceId,
    capability: String,
    command: String,
    args: Vec<(String, serde_json::Value)>,
}

impl KeptSuggestion {
    fn of(suggestion: &Suggestion) -> Self {
        let request = suggestion.request.as_ref().map(|request| KeptRequest {
            device: request.device,
            capability: request.capability.to_owned(),
            command: request.command.to_owned(),
            args: request
                .args
                .iter()
                .map(|(name, value)| (name.clone(), value.to_json()))
                .collect(),
        });
        Self {
            text: suggestion.text.clone(),
            request,
        }
    }

    /// The same, to be used; a request of which the tables know nothing any more is left out.
    #[must_use]
    pub fn suggestion(self) -> Suggestion {
        let request = self.request.and_then(|request| {
            let capability = Capability::find(&request.capability)?;
            let args = request.args.into_iter();
            Some(SuggestedRequest {
                device: request.device,
                capability: capability.name,
                command: capability.command(&request.command)?.name,
                args: args
                    .map(|(name, value)| Some((name, Value::from_json(&value)?)))
                    .collect::<Option<_>>()?,
            })
        });
        Suggestion {
            text: self.text,
            request,
        }
    }
}

/// A kept concern that is taken up again.
#[derive(Debug, Clone)]
pub struct Resumed {
    /// It.
    pub concern: Concern,
    /// For how long it must no longer be found until it is over, in seconds.
    pub grace: f64,
    /// What to say when it is mended.
    pub mended: String,
}

/// What changed among the concerns, as records.
pub(crate) fn changes(changes: &[Change], concerns: &Concerns) -> Vec<Record> {
    let kept = changes.iter().map(|change| match change {
        Change::Raised(concern) | Change::Changed(concern) => {
            let (grace, mended) = concerns.ends(&concern.key).unwrap_or_default();
            record(concern, None, None, grace, mended)
        }
        Change::Ended {
            concern,
            how,
            at,
            note,
        } => record(
            concern,
            Some((*at, how.as_str())),
            Some(note.clone()),
            0.0,
            "",
        ),
    });
    kept.collect()
}

/// All concerns that are on, as they are now, as records.
pub(crate) fn on(concerns: &Concerns) -> Vec<Record> {
    let kept = concerns.list().into_iter().map(|concern| {
        let (grace, mended) = concerns.ends(&concern.key).unwrap_or_default();
        record(&concern, None, None, grace, mended)
    });
    kept.collect()
}

fn record(
    concern: &Concern,
    ended: Option<(Timestamp, &str)>,
    note: Option<String>,
    grace: f64,
    mended: &str,
) -> Record {
    let body = Body {
        title: concern.title.clone(),
        detail: concern.detail.clone(),
        device: concern.device,
        area: concern.area,
        since: concern.since,
        snoozed: match concern.attention {
            Attention::Snoozed { until } => Some(until),
            _ => None,
        },
        known: concern.attention == Attention::Known,
        note,
        evidence: concern.evidence.clone(),
        suggestion: concern.suggestion.as_ref().map(KeptSuggestion::of),
        notes: concern.notes.clone(),
        grace,
        mended: mended.to_owned(),
    };
    Record::Concern(Box::new(KeptConcern {
        id: concern.id,
        key: concern.key.clone(),
        kind: concern.kind.to_owned(),
        urgency: concern.urgency.as_str().to_owned(),
        raised: concern.raised,
        ended: ended.map(|(at, _)| at),
        how: ended.map(|(_, how)| how.to_owned()),
        body: serde_json::to_value(body).unwrap_or_default(),
    }))
}

/// A kept concern, to be taken up again; `None` where it cannot be read, or no detector finds such any
/// more.
pub(crate) fn concern(kept: KeptConcern) -> Option<Resumed> {
    let body: Body = serde_json::from_value(kept.body).ok()?;
    let concern = Concern {
        id: kept.id,
        kind: crate::detect::KINDS
            .iter()
            .map(|(kind, _)| *kind)
            .find(|kind| *kind == kept.kind)?,
        key: kept.key,
        title: body.title,
        detail: body.detail,
        urgency: Urgency::parse(&kept.urgency)?,
        device: body.device,
        area: body.area,
        since: body.since,
        raised: kept.raised,
        expires: kept.raised,
        attention: match (body.known, body.snoozed) {
            (true, _) => Attention::Known,
            (false, Some(until)) => Attention::Snoozed { until },
            (false, None) => Attention::Open,
        },
        evidence: body.evidence,
        suggestion: body.suggestion.map(KeptSuggestion::suggestion),
        notes: body.notes,
    };
    Some(Resumed {
        concern,
        grace: body.grace,
        mended: body.mended,
    })
}

/// What takes long to be learned, as records.
#[must_use]
pub fn learned(brain: &Brain, at: Timestamp) -> Vec<Record> {
    // As text and not as a tree of values: that of a large house would take ten times the memory.
    let recall = serde_json::to_string(&brain.recall.kept());
    let mood = serde_json::to_string(&brain.heart.mood);
    let mut records: Vec<Record> = [(RECALL, recall), (MOOD, mood)]
        .into_iter()
        .filter_map(|(name, body)| {
            let body = body.ok()?;
            Some(Record::Learned { name, body, at })
        })
        .collect();
    records.extend(on(&brain.concerns));
    records
}

/// The names of what is learned.
pub(crate) const RECALL: &str = "recall";
pub(crate) const MOOD: &str = "mood";

/// What a turn leaves to be kept.
#[must_use]
pub fn records(deeds: &crate::safla::act::Deeds, brain: &Brain) -> Vec<Record> {
    let mut records = changes(&deeds.changes, &brain.concerns);
    if deeds.keep {
        records.push(feeling(&deeds.view));
    }
    records
}

/// What is felt, as a record.
pub(crate) fn feeling(view: &View) -> Record {
    let reasons: Vec<_> = view
        .reasons
        .iter()
        .map(|reason| {
            json!({ "factor": reason.factor, "contribution": reason.contribution, "text": reason.text })
        })
        .collect();
    Record::Feeling(Box::new(KeptFeeling {
        at: view.at,
        label: view.feeling.label.as_str().to_owned(),
        valence: view.feeling.valence,
        arousal: view.feeling.arousal,
        confidence: view.feeling.confidence,
        awareness: view.awareness.share(),
        mood_valence: view.mood.valence,
        mood_arousal: view.mood.arousal,
        reasons: reasons.into(),
    }))
}
