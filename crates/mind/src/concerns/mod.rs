//! The list of what deserves a person.
//!
//! Detectors find the same again with every turn; the list makes one concern of it, which begins, is put
//! off, is known, and ends. Pure: what was found and the time go in, what changed comes out.

use crate::detect::Finding;
use crate::feel::formula;
use crate::feel::table::Factor;
use crate::keep::Resumed;
use crate::safla::sense::seconds;
use crate::view::{Attention, Concern, Mended, Note, Suggestion, Urgency};
use jiff::SignedDuration;
use model::{ConcernId, DeviceId, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// What lapses unless it is found again within so long, in seconds, on top of its grace.
const LIVES: f64 = 3_600.0;

/// How many concerns there may be at once; what presses least waits outside.
const MOST: usize = 200;

/// How many that ended are remembered.
const ENDED: usize = 50;

/// For how long one is glad of what was mended, in seconds.
const GLAD: f64 = 6.0 * 3_600.0;

/// So long after a restart what was on before may be found again, in seconds: devices have to speak first.
const RESUMED: f64 = 1_800.0;

/// How much of what people know is still felt.
const KNOWN: f64 = 0.3;

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Concerns {
    on: BTreeMap<String, Kept>,
    ended: VecDeque<Ended>,
    /// What a person declared done although it is still found: silent until it is no longer found.
    dismissed: BTreeMap<String, Timestamp>,
}

#[derive(Debug, Clone)]
struct Kept {
    concern: Concern,
    factor: Option<Factor>,
    grace: f64,
    /// Its grace and its last word, where it is from before a restart and nothing was heard since.
    resumed: Option<(f64, String)>,
    mended: String,
    /// When it was last found.
    found: Timestamp,
}

#[derive(Debug, Clone)]
struct Ended {
    concern: Concern,
    factor: Option<Factor>,
    at: Timestamp,
    how: How,
    note: String,
}

/// How a concern ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// What it was about is well again.
    Mended,
    /// A person said so.
    Done,
    /// It was no longer found.
    Expired,
}

impl How {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mended => "mended",
            Self::Done => "done",
            Self::Expired => "expired",
        }
    }
}

/// What changed in the list.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A concern began.
    Raised(Concern),
    /// A concern is otherwise than before: it presses more, or a person said something of it.
    Changed(Concern),
    /// A concern ended.
    Ended {
        /// It, as it last was.
        concern: Concern,
        /// How.
        how: How,
        /// When, in house time.
        at: Timestamp,
        /// What there is to say about that, for people.
        note: String,
    },
}

/// What a person says of a concern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Not now.
    Snooze {
        /// Until when, in house time.
        until: Timestamp,
    },
    /// We know: be silent until it is mended.
    Known,
    /// It is settled.
    Done,
    /// It waits for a person again.
    Open,
    /// Somebody looks after it: a technician was called, a part is ordered. Where it is said until when
    /// that should be mended, it is silent until then, and asks then.
    InHand {
        /// What, in the person's words.
        text: String,
        /// Until when, in house time.
        expected: Option<Timestamp>,
    },
}

/// There is no such concern, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no concern {0} now; it may have ended")]
pub struct NoSuchConcern(pub ConcernId);

impl Concerns {
    /// Takes up concerns from before a restart: those that are found again within a while are the same
    /// ones, with what people said of them. Where what one is about has spoken and nothing is
    /// found, it ends as it would have without the restart.
    pub fn resume(&mut self, kept: impl IntoIterator<Item = Resumed>, now: Timestamp) {
        for Resumed {
            mut concern,
            grace,
            mended,
        } in kept
        {
            concern.expires = after(RESUMED, now);
            self.on.insert(
                concern.key.clone(),
                Kept {
                    factor: None,
                    grace: RESUMED,
                    resumed: Some((grace, mended)),
                    mended: String::new(),
                    found: now,
                    concern,
                },
            );
        }
    }

    /// Hears which devices have spoken since the start; of no single device: whether the house as a whole has.
    pub fn hear(&mut self, spoke: impl Fn(Option<DeviceId>) -> bool, now: Timestamp) {
        for kept in self.on.values_mut() {
            if kept.resumed.is_some()
                && spoke(kept.concern.device)
                && let Some((grace, mended)) = kept.resumed.take()
            {
                kept.grace = grace;
                kept.mended = mended;
                kept.found = now;
                kept.concern.expires = after(grace + LIVES, now);
            }
        }
    }

    /// For how long one must no longer be found until it is over, in seconds, and what is said then.
    pub(crate) fn ends(&self, key: &str) -> Option<(f64, &str)> {
        let kept = self.on.get(key)?;
        Some(match &kept.resumed {
            Some((grace, mended)) => (*grace, mended),
            None => (kept.grace, &kept.mended),
        })
    }

    /// Takes in what was found, all of it, at a moment.
    pub fn settle(&mut self, mut found: Vec<Finding>, now: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        found.sort_by_key(|finding| std::cmp::Reverse(finding.urgency));
        for finding in found {
            let key = finding.key();
            if let Some(at) = self.dismissed.get_mut(&key) {
                *at = now;
                continue;
            }
            let room = self.on.len() < MOST;
            match self.on.get_mut(&key) {
                Some(kept) => changes.extend(kept.found_again(finding, now)),
                None if room => {
                    let kept = Kept::new(key.clone(), finding, now);
                    changes.push(Change::Raised(kept.concern.clone()));
                    self.on.insert(key, kept);
                }
                None => {}
            }
        }
        self.dismissed.retain(|_, at| *at == now);
        let over: Vec<String> = self
            .on
            .iter()
            .filter(|(_, kept)| kept.found < now && seconds(kept.found, now) >= kept.grace)
            .map(|(key, _)| key.clone())
            .collect();
        for key in over {
            if let Some(kept) = self.on.remove(&key) {
                let how = if kept.mended.is_empty() {
                    How::Expired
                } else {
                    How::Mended
                };
                changes.push(self.end(kept, how, now));
            }
        }
        for kept in self.on.values_mut() {
            if matches!(kept.concern.attention, Attention::Snoozed { until } if until <= now) {
                kept.concern.attention = Attention::Open;
                changes.push(Change::Changed(kept.concern.clone()));
            }
        }
        changes
    }

    /// A person says something of a concern.
    ///
    /// # Errors
    /// When there is none of that id.
    pub fn say(
        &mut self,
        id: ConcernId,
        word: Word,
        now: Timestamp,
    ) -> Result<Change, NoSuchConcern> {
        let key = self
            .on
            .iter()
            .find(|(_, kept)| kept.concern.id == id)
            .map(|(key, _)| key.clone());
        let key = key.ok_or(NoSuchConcern(id))?;
        if word == Word::Done
            && let Some(kept) = self.on.remove(&key)
        {
            self.dismissed.insert(key, now);
            return Ok(self.end(kept, How::Done, now));
        }
        let kept = self.on.get_mut(&key).ok_or(NoSuchConcern(id))?;
        kept.concern.attention = match word {
            Word::Snooze { until } => Attention::Snoozed { until },
            Word::Known => Attention::Known,
            Word::Open | Word::Done => Attention::Open,
            Word::InHand { text, expected } => {
                let notes = &mut kept.concern.notes;
                if notes.len() == Note::MOST {
                    notes.remove(1);
                }
                notes.push(Note {
                    at: now,
                    text,
                    expected,
                });
                match expected.filter(|until| *until > now) {
                    Some(until) => Attention::Snoozed { until },
                    None => Attention::Known,
                }
            }
        };
        Ok(Change::Changed(kept.concern.clone()))
    }

    fn end(&mut self, kept: Kept, how: How, now: Timestamp) -> Change {
        let note = match how {
            How::Mended => kept.mended,
            How::Done => "somebody said that it is settled".to_owned(),
            How::Expired => "it was not found again".to_owned(),
        };
        if self.ended.len() == ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended {
            concern: kept.concern.clone(),
            factor: kept.factor,
            at: now,
            how,
            note: note.clone(),
        });
        Change::Ended {
            concern: kept.concern,
            how,
            at: now,
            note,
        }
    }

    /// Those that are on, the most pressing first; of equally pressing ones the oldest.
    #[must_use]
    pub fn list(&self) -> Vec<Concern> {
        let mut list: Vec<Concern> = self.on.values().map(|kept| kept.concern.clone()).collect();
        list.sort_by(|a, b| {
            let waits = |concern: &Concern| concern.attention == Attention::Open;
            (waits(b), b.urgency, a.since).cmp(&(waits(a), a.urgency, b.since))
        });
        list
    }

    /// How each is felt: by which factor, how strongly from -1 to 0, and which it is. What ended hurts
    /// ever less.
    pub fn felt(&self, now: Timestamp) -> impl Iterator<Item = (Factor, f64, &Concern)> {
        let on = self
            .on
            .values()
            .filter_map(|kept| Some((kept.factor?, -strength(&kept.concern), &kept.concern)));
        let ended = self.ended.iter().filter_map(move |ended| {
            let left = formula::mending(seconds(ended.at, now));
            let again = self.on.contains_key(&ended.concern.key);
            (left > 0.0 && !again).then(|| {
                Some((
                    ended.factor?,
                    -strength(&ended.concern) * left,
                    &ended.concern,
                ))
            })?
        });
        on.chain(ended)
    }

    /// What ended and still hurts, with its title.
    #[must_use]
    pub(crate) fn over(&self, now: Timestamp) -> Vec<(ConcernId, String)> {
        let lately = self
            .ended
            .iter()
            .filter(|ended| formula::mending(seconds(ended.at, now)) > 0.0);
        lately
            .map(|ended| (ended.concern.id, ended.concern.title.clone()))
            .collect()
    }

    /// What was mended in the last hours, the newest first.
    #[must_use]
    pub fn glad(&self, now: Timestamp) -> Vec<Mended> {
        let mended = self
            .ended
            .iter()
            .rev()
            .filter(|ended| ended.how == How::Mended && seconds(ended.at, now) <= GLAD);
        mended
            .map(|ended| Mended {
                title: ended.concern.title.clone(),
                concern: ended.concern.id,
                at: ended.at,
                note: ended.note.clone(),
                awaited: ended.concern.attention == Attention::Known
                    || !ended.concern.notes.is_empty(),
            })
            .collect()
    }
}

/// How strongly a concern is felt, from 0 to 1.
fn strength(concern: &Concern) -> f64 {
    let strength = match concern.urgency {
        Urgency::Low => 0.3,
        Urgency::Medium => 0.6,
        Urgency::High | Urgency::Critical => 1.0,
    };
    let in_hand =
        matches!(concern.attention, Attention::Snoozed { .. }) && !concern.notes.is_empty();
    if concern.attention == Attention::Known || in_hand {
        strength * KNOWN
    } else {
        strength
    }
}

fn after(seconds: f64, now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_secs_f64(seconds))
        .unwrap_or(now)
}

impl Kept {
    fn new(key: String, finding: Finding, now: Timestamp) -> Self {
        Self {
            concern: Concern {
                id: ConcernId::new(),
                kind: finding.kind,
                key,
                title: finding.title,
                detail: finding.detail,
                urgency: finding.urgency,
                device: finding.device,
                area: finding.area,
                since: finding.since.min(now),
                raised: now,
                expires: after(finding.grace + LIVES, now),
                attention: Attention::Open,
                evidence: finding.evidence,
                suggestion: finding.suggestion,
                notes: Vec::new(),
            },
            factor: finding.factor,
            grace: finding.grace,
            resumed: None,
            mended: finding.mended,
            found: now,
        }
    }

    /// It was found again; what that changes for people.
    fn found_again(&mut self, finding: Finding, now: Timestamp) -> Option<Change> {
        let concern = &mut self.concern;
        let presses_more = finding.urgency > concern.urgency;
        let otherwise = finding.urgency != concern.urgency;
        // What people put off or know is another matter once it presses more.
        if presses_more {
            concern.attention = Attention::Open;
        }
        concern.title = finding.title;
        concern.detail = finding.detail;
        concern.urgency = finding.urgency;
        concern.evidence = finding.evidence;
        concern.suggestion = match concern.overdue(now) {
            // It was to be mended by now: whether it is, is asked before anything else.
            Some(note) => Some(Suggestion {
                text: format!("Is it mended? It was noted: {}", note.text),
                request: None,
            }),
            None => finding.suggestion,
        };
        concern.expires = after(finding.grace + LIVES, now);
        self.factor = finding.factor;
        self.grace = finding.grace;
        self.resumed = None;
        self.mended = finding.mended;
        self.found = now;
        otherwise.then(|| Change::Changed(concern.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Concerns, How, Word};
    use crate::detect::Finding;
    use crate::detect::house::Home;
    use crate::view::{Attention, Urgency};
    use jiff::SignedDuration;
    use model::DeviceKind::{Leak, Sensor};
    use model::Timestamp;

    fn start() -> Timestamp {
        Timestamp::from_second(1_790_000_000).unwrap()
    }

    fn later(minutes: i64) -> Timestamp {
        start() + SignedDuration::from_mins(minutes)
    }

    /// What is found where a room is at `celsius` and water is or is not on the floor.
    fn found(celsius: f64, leak: bool) -> Vec<Finding> {
        let mut home = Home::new();
        home.device("Cellar", Sensor)
            .says("TemperatureMeasurement.temperature", celsius);
        home.device("Leak", Leak).says("WaterLeak.leak", leak);
        let mut found = home.found();
        // The same house each time, whatever ids its things have in a test.
        found
            .iter_mut()
            .for_each(|one| one.subject = one.title[..4].to_owned());
        found
    }

    #[test]
    fn it_begins_presses_more_and_is_mended() {
        let mut all = Concerns::default();
        assert!(matches!(
            &all.settle(found(4.0, false), start())[..],
            [Change::Raised(_)]
        ));
        assert_eq!(all.settle(found(4.0, false), later(5)), vec![]);
        let changes = all.settle(found(1.0, false), later(10));
        assert!(matches!(&changes[..], [Change::Changed(one)] if one.urgency == Urgency::Critical));
        assert_eq!(
            all.settle(found(6.0, false), later(20)),
            vec![],
            "half an hour of grace"
        );
        let changes = all.settle(found(6.0, false), later(41));
        assert!(
            matches!(&changes[..], [Change::Ended { how: How::Mended, note, .. }] if note.contains("again"))
        );
        assert_eq!(all.list(), vec![]);
        assert_eq!(all.glad(later(60)).len(), 1);
        assert_eq!(all.glad(later(60 * 10)).len(), 0);
        let felt: Vec<f64> = all.felt(later(101)).map(|(_, felt, _)| felt).collect();
        assert!(felt.len() == 1 && (felt[0] + 0.5).abs() < 1e-9, "{felt:?}");
    }

    #[test]
    fn what_is_known_is_silent_until_it_is_mended_and_says_so() {
        let mut all = Concerns::default();
        all.settle(found(4.0, false), start());
        let id = all.list()[0].id;
        all.say(id, Word::Known, later(1)).unwrap();
        assert_eq!(all.settle(found(4.0, false), later(60 * 24)), vec![]);
        assert_eq!(all.list()[0].attention, Attention::Known);
        let weak: Vec<f64> = all.felt(later(60 * 24)).map(|(_, felt, _)| felt).collect();
        assert!((weak[0] + 0.3).abs() < 1e-9);
        let changes = all.settle(found(20.0, false), later(60 * 25));
        assert!(matches!(
            &changes[..],
            [Change::Ended {
                how: How::Mended,
                ..
            }]
        ));
    }

    #[test]
    fn what_was_put_off_comes_back_and_what_presses_more_comes_at_once() {
        let mut all = Concerns::default();
        all.settle(found(4.0, false), start());
        let id = all.list()[0].id;
        all.say(id, Word::Snooze { until: later(30) }, start())
            .unwrap();
        assert_eq!(all.settle(found(4.0, false), later(29)), vec![]);
        let changes = all.settle(found(4.0, false), later(30));
        assert!(matches!(&changes[..], [Change::Changed(one)] if one.attention == Attention::Open));
        all.say(id, Word::Known, later(31)).unwrap();
        all.settle(found(1.0, false), later(32));
        assert_eq!(all.list()[0].attention, Attention::Open);
    }

    #[test]
    fn what_is_done_stays_away_until_it_happens_anew() {
        let mut all = Concerns::default();
        all.settle(found(4.0, false), start());
        let id = all.list()[0].id;
        let change = all.say(id, Word::Done, later(1)).unwrap();
        assert!(matches!(change, Change::Ended { how: How::Done, .. }));
        assert!(all.say(id, Word::Known, later(1)).is_err());
        assert_eq!(all.settle(found(4.0, false), later(5)), vec![]);
        assert_eq!(all.settle(found(20.0, false), later(10)), vec![]);
        assert!(matches!(
            &all.settle(found(4.0, false), later(15))[..],
            [Change::Raised(_)]
        ));
    }

    #[test]
    fn what_is_in_hand_is_silent_until_it_should_be_mended_and_then_asks() {
        let mut all = Concerns::default();
        all.settle(found(4.0, false), start());
        let id = all.list()[0].id;
        let in_hand = Word::InHand {
            text: "technician called, comes on Thursday".to_owned(),
            expected: Some(later(60 * 48)),
        };
        all.say(id, in_hand, later(10)).unwrap();
        assert_eq!(all.settle(found(4.0, false), later(60 * 47)), vec![]);
        let weak: Vec<f64> = all.felt(later(60 * 47)).map(|(_, felt, _)| felt).collect();
        assert!((weak[0] + 0.3).abs() < 1e-9, "{weak:?}");
        let changes = all.settle(found(4.0, false), later(60 * 48));
        assert!(matches!(&changes[..], [Change::Changed(one)] if one.attention == Attention::Open));
        all.settle(found(4.0, false), later(60 * 48 + 5));
        let concern = &all.list()[0];
        let asked = concern.suggestion.as_ref().map(|one| one.text.as_str());
        assert_eq!(
            asked,
            Some("Is it mended? It was noted: technician called, comes on Thursday")
        );
        let changes = all.settle(found(20.0, false), later(60 * 49));
        assert!(
            matches!(&changes[..], [Change::Ended { concern, how: How::Mended, .. }] if concern.notes.len() == 1)
        );
    }

    #[test]
    fn what_was_kept_is_taken_up_with_its_rows_and_ends_by_what_is_heard() {
        let mut before = Concerns::default();
        before.settle(found(4.0, true), start());
        let raised: Vec<Change> = before.list().into_iter().map(Change::Raised).collect();
        let kept = crate::keep::changes(&raised, &before);
        let taken_up = || {
            let mut all = Concerns::default();
            let kept = kept.iter().filter_map(|record| match record {
                store::Record::Concern(kept) => crate::keep::concern((**kept).clone()),
                _ => None,
            });
            all.resume(kept, later(600));
            all
        };
        let mut all = taken_up();
        for (now, then) in all.list().iter().zip(before.list()) {
            assert_eq!(now.evidence, then.evidence);
            assert_eq!(now.suggestion, then.suggestion);
            assert_eq!((now.id, now.since), (then.id, then.since));
            assert_eq!(now.expires, later(630));
        }
        assert!(!all.list()[0].evidence.is_empty());
        // Nobody has spoken yet, and then nobody does.
        assert_eq!(all.settle(vec![], later(620)), vec![]);
        let ended = all.settle(vec![], later(631));
        assert!(
            ended.len() == 2
                && ended.iter().all(|one| matches!(
                    one,
                    Change::Ended {
                        how: How::Expired,
                        ..
                    }
                ))
        );
        // They speak, and are well.
        let mut all = taken_up();
        all.hear(|_| true, later(601));
        assert_eq!(all.settle(vec![], later(602)), vec![]);
        let ended = all.settle(vec![], later(632));
        assert!(
            ended.len() == 2
                && ended.iter().all(|one| matches!(
                    one,
                    Change::Ended {
                        how: How::Mended,
                        ..
                    }
                ))
        );
    }

    #[test]
    fn the_most_pressing_comes_first() {
        let mut all = Concerns::default();
        all.settle(found(4.0, true), start());
        let list = all.list();
        assert_eq!(
            list.iter().map(|one| one.kind).collect::<Vec<_>>(),
            ["leak", "frost"]
        );
        all.say(list[0].id, Word::Known, later(1)).unwrap();
        assert_eq!(
            all.list()[0].kind,
            "frost",
            "what waits for nobody comes last"
        );
    }
}
