//! What is felt and what concerns, as the store keeps it.

use crate::concerns::Change;
use crate::view::{Attention, Concern, Urgency, View};
use model::{AreaId, DeviceId, Timestamp};
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
}

/// What changed among the concerns, as records.
pub(crate) fn changes(changes: &[Change]) -> Vec<Record> {
    let kept = changes.iter().map(|change| match change {
        Change::Raised(concern) | Change::Changed(concern) => record(concern, None, None),
        Change::Ended {
            concern,
            how,
            at,
            note,
        } => record(concern, Some((*at, how.as_str())), Some(note.clone())),
    });
    kept.collect()
}

fn record(concern: &Concern, ended: Option<(Timestamp, &str)>, note: Option<String>) -> Record {
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
pub(crate) fn concern(kept: KeptConcern) -> Option<Concern> {
    let body: Body = serde_json::from_value(kept.body).ok()?;
    Some(Concern {
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
        evidence: Vec::new(),
        suggestion: None,
    })
}

/// What a turn leaves to be kept.
#[must_use]
pub fn records(deeds: &crate::safla::act::Deeds) -> Vec<Record> {
    let mut records = changes(&deeds.changes);
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
