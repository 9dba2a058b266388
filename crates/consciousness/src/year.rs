//! How a simulated house feels through a past, without a database: whether its feelings are steady, and
//! every change of them explained.

use crate::past::{Feeling, Twins};
use mind::View;
use model::{HouseId, Timestamp};
use serde::Serialize;
use sim::file::HouseFile;
use std::collections::BTreeMap;
use store::Kept;

/// A word that comes back within so long was no change but a flutter, in seconds.
const FLUTTER: f64 = 3_600.0;

/// How a past was felt.
#[derive(Debug, Default, Serialize)]
pub struct Felt {
    /// How many days.
    pub days: u32,
    /// How many turns of the mind.
    pub turns: u64,
    /// The share of turns that each word held for.
    pub words: BTreeMap<&'static str, f64>,
    /// How often the word changed.
    pub changes: u64,
    /// How many of these were taken back within the hour.
    pub flutters: u64,
    /// How many turns had a valence that its reasons do not add up to, or a word for which there is no
    /// reason.
    pub unexplained: u64,
    /// How many concerns of each kind were raised.
    pub concerns: BTreeMap<&'static str, u64>,
    /// The last changes, for who wants to look.
    pub last: Vec<Changed>,
}

/// A change of the word.
#[derive(Debug, Clone, Serialize)]
pub struct Changed {
    /// When, in house time.
    pub at: Timestamp,
    /// What it was.
    pub old: &'static str,
    /// What it is.
    pub new: &'static str,
    /// The strongest reasons then.
    pub because: Vec<String>,
}

/// How many changes are shown.
const LAST: usize = 50;

/// Feels through the last days of a simulated house that end at `end`.
#[must_use]
pub fn feel_through(house: HouseFile, days: u32, end: Timestamp, seed: Option<u64>) -> Felt {
    let begin =
        Timestamp::from_microsecond(end.as_microsecond() - i64::from(days) * 86_400_000_000)
            .unwrap_or(end);
    let mut twins = Twins::new(empty(), begin);
    let mut mind = Feeling::default();
    let mut felt = Felt {
        days,
        ..Felt::default()
    };
    let mut held: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut word: Option<&'static str> = None;
    let mut before: Option<(&'static str, Timestamp)> = None;
    for message in sim::past(house, days, end, seed) {
        for effects in twins.hear(&message) {
            effects.events.iter().for_each(|event| mind.hear(event));
        }
        let Some(deeds) = mind.turn(&twins.house, message.at) else {
            continue;
        };
        felt.turns += 1;
        for change in &deeds.changes {
            if let mind::concerns::Change::Raised(concern) = change {
                *felt.concerns.entry(concern.kind).or_default() += 1;
            }
        }
        let view = &deeds.view;
        let new = view.feeling.label.as_str();
        *held.entry(new).or_default() += 1;
        felt.unexplained += u64::from(!is_explained(view));
        let Some(old) = word.replace(new).filter(|old| *old != new) else {
            continue;
        };
        felt.changes += 1;
        let back = before.is_some_and(|(was, at)| {
            was == new && view.at.duration_since(at).as_secs_f64() < FLUTTER
        });
        felt.flutters += u64::from(back);
        before = Some((old, view.at));
        if felt.last.len() == LAST {
            felt.last.remove(0);
        }
        felt.last.push(Changed {
            at: view.at,
            old,
            new,
            because: view
                .reasons
                .iter()
                .take(3)
                .map(|reason| reason.text.clone())
                .collect(),
        });
    }
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand turns")]
    let share = |count: u64| count as f64 / felt.turns.max(1) as f64;
    felt.words = held
        .into_iter()
        .map(|(word, count)| (word, share(count)))
        .collect();
    felt
}

/// Whether the reasons add up to the valence, and each has rows behind it.
fn is_explained(view: &View) -> bool {
    let added: f64 = view.reasons.iter().map(|reason| reason.contribution).sum();
    let adds_up = (added - (view.feeling.valence - view.feeling.baseline)).abs() < 1e-9;
    let founded = view
        .reasons
        .iter()
        .all(|reason| !reason.evidence.is_empty() && !reason.text.is_empty());
    adds_up && founded
}

/// A house of which nothing is known.
pub(crate) fn empty() -> Kept {
    Kept {
        house: HouseId::new(),
        epoch: 1,
        clean: true,
        mode: "home".to_owned(),
        floors: Vec::new(),
        areas: Vec::new(),
        people: Vec::new(),
        devices: Vec::new(),
        last_seen: Vec::new(),
        discoveries: Vec::new(),
        values: Vec::new(),
        pending: Vec::new(),
        constraints: Vec::new(),
        refusals: Vec::new(),
        outcomes: Vec::new(),
        last_kept: None,
    }
}
