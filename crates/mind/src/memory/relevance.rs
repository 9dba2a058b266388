//! Which memories matter here and now.
//!
//! `relevance = words × confidence × time × situation`, each between 0 and 1:
//! - **words**: the fit of the search, of the best 1 and of the others in proportion; 1 where no words are
//!   looked for;
//! - **time**: 1 while it holds, 0.2 when it is over or yet to come (within a week to come 0.6); without a
//!   span it fades by half in 180 days since it was last said, down to 0.5 for what people told;
//! - **situation**: 0.5, and half of the rest for each of person, room and device that it shares with the
//!   situation in which it is asked for.

use super::entry::{Entry, Kind};
use model::{AreaId, DeviceId, PersonId, Timestamp};

/// Days in which what is not said again loses half of its weight.
const HALF_LIFE: f64 = 180.0;

/// What is looked for, and in which situation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recall {
    /// Words; empty: whatever matters.
    pub words: String,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only about this person.
    pub only_person: Option<PersonId>,
    /// Who asks, or is spoken of.
    pub person: Option<PersonId>,
    /// The room that it is about.
    pub area: Option<AreaId>,
    /// The device that it is about.
    pub device: Option<DeviceId>,
    /// The moment; `None` is now.
    pub at: Option<Timestamp>,
    /// How many at most; 0 is ten.
    pub limit: usize,
}

/// A memory that matters, and how much.
#[derive(Debug, Clone, PartialEq)]
pub struct Recalled {
    /// It.
    pub entry: Entry,
    /// How much it matters, 0 to 1.
    pub relevance: f64,
}

/// How much a memory matters. `fit` is the share of its words' fit in the best one's.
#[must_use]
pub fn relevance(entry: &Entry, fit: f64, recall: &Recall, now: Timestamp) -> f64 {
    fit.clamp(0.0, 1.0) * entry.confidence * time(entry, now) * situation(entry, recall)
}

fn time(entry: &Entry, now: Timestamp) -> f64 {
    let days = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64() / 86_400.0;
    if entry.from.is_some() || entry.until.is_some() {
        return match entry.from {
            _ if entry.holds(now) => 1.0,
            Some(from) if from > now && days(now, from) <= 7.0 => 0.6,
            _ => 0.2,
        };
    }
    let faded = 0.5_f64.powf(days(entry.changed, now).max(0.0) / HALF_LIFE);
    match entry.kind {
        Kind::Episode | Kind::Pattern => faded,
        _ => faded.max(0.5),
    }
}

fn situation(entry: &Entry, recall: &Recall) -> f64 {
    let shared = [
        recall.person.is_some() && entry.person == recall.person,
        recall.area.is_some() && entry.area == recall.area,
        recall.device.is_some() && entry.device == recall.device,
    ];
    let shared = shared.iter().filter(|shared| **shared).count();
    1.0 - 0.5 * 0.5_f64.powi(i32::try_from(shared).unwrap_or(3))
}

#[cfg(test)]
mod tests {
    use super::{Recall, relevance};
    use crate::memory::entry::{Entry, Kind};
    use model::{DeviceId, MemoryId, Timestamp, Who};

    fn entry(kind: Kind, days: i64) -> Entry {
        let changed: Timestamp = "2026-03-02T12:00:00Z".parse().expect("a time");
        let changed = changed - jiff::SignedDuration::from_hours(24 * days);
        Entry {
            id: MemoryId::new(),
            kind,
            key: None,
            text: "The stopcock is under the sink".to_owned(),
            value: serde_json::Value::Null,
            person: None,
            device: None,
            area: None,
            who: Who::Operator,
            confidence: 1.0,
            weight: None,
            from: None,
            until: None,
            made: changed,
            changed,
        }
    }

    #[test]
    fn what_shares_the_situation_and_holds_now_comes_first() {
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().expect("a time");
        let at = |entry: &Entry, recall: &Recall| relevance(entry, 1.0, recall, now);
        let (fresh, old) = (entry(Kind::Note, 0), entry(Kind::Note, 1_000));
        let nothing = Recall::default();
        assert!(at(&fresh, &nothing) > at(&old, &nothing));
        assert!(
            (at(&old, &nothing) - 0.25).abs() < 1e-9,
            "people's words stay"
        );
        assert!(at(&entry(Kind::Pattern, 1_000), &nothing) < 0.02);

        let device = DeviceId::new();
        let about = Entry {
            device: Some(device),
            ..entry(Kind::Note, 0)
        };
        let recall = Recall {
            device: Some(device),
            ..Recall::default()
        };
        assert!(at(&about, &recall) > at(&fresh, &recall));

        let span = |from: &str, until: &str| Entry {
            from: Some(from.parse().expect("a time")),
            until: Some(until.parse().expect("a time")),
            ..entry(Kind::Context, 0)
        };
        let on = span("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z");
        let soon = span("2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z");
        let over = span("2026-02-01T00:00:00Z", "2026-02-05T00:00:00Z");
        assert!(at(&on, &nothing) > at(&soon, &nothing));
        assert!(at(&soon, &nothing) > at(&over, &nothing));
        // It never leaves 0 to 1, and doubtful things count less.
        let doubtful = Entry {
            confidence: 0.5,
            ..entry(Kind::Note, 0)
        };
        assert!((at(&doubtful, &nothing) * 2.0 - at(&fresh, &nothing)).abs() < 1e-9);
        assert!(relevance(&fresh, 7.0, &nothing, now) <= 1.0);
    }
}
