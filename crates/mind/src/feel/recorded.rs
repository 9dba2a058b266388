//! Feelings over recorded events: the same table and sum as in a house that lives, over a list of
//! plain events.
//!
//! What is felt at a moment follows from the events before it alone: not from the order in which they
//! came, nor from what was asked before. The evidence that a reason names is all that it follows from:
//! without it, its contribution is gone, and nothing else changes.

use super::Label;
use super::formula;
use super::sum::{Item, Sum, sum, tone};
use super::table::{Factor, lasting, limit};
use super::word::Word;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far apart the looks are from which the word for the feeling follows, in microseconds. They
/// stand at fixed times, so that questions leave no trace.
const LOOK: i64 = 300 * 1_000_000;

/// How often where a run of looks stands is noted, in looks.
const NOTED: i64 = 3;

/// After so long without any event nothing is felt any more, in microseconds.
#[expect(clippy::cast_possible_truncation, reason = "some days")]
const FORGOTTEN: i64 = (lasting::BROKEN as i64 + 86_400) * 1_000_000;

/// The kinds of recorded events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words on the wire")]
pub enum Kind {
    Temperature,
    Co2,
    Power,
    Online,
    Fault,
    Action,
    Feedback,
    Anomaly,
}

impl Kind {
    /// Reads the word on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "temperature" => Self::Temperature,
            "co2" => Self::Co2,
            "power" => Self::Power,
            "online" => Self::Online,
            "fault" => Self::Fault,
            "action" => Self::Action,
            "feedback" => Self::Feedback,
            "anomaly" => Self::Anomaly,
            _ => return None,
        })
    }

    /// How long it takes until half of the trust in it is gone, in seconds.
    const fn half_life(self) -> f64 {
        match self {
            Self::Temperature | Self::Co2 | Self::Power => 2.0 * 3_600.0,
            Self::Online | Self::Fault => 24.0 * 3_600.0,
            Self::Action | Self::Feedback | Self::Anomaly => 6.0 * 3_600.0,
        }
    }

    /// Whether it ought to be heard of again and again.
    const fn goes_on(self) -> bool {
        matches!(
            self,
            Self::Temperature | Self::Co2 | Self::Power | Self::Online
        )
    }
}

/// A recorded event: its value is in the canonical unit; truths are 1 and 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its id.
    pub id: Arc<str>,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// Of which kind.
    pub kind: Kind,
    /// Of what.
    pub entity: Arc<str>,
    /// What was said.
    pub value: f64,
}

/// An event among others of its kind and entity.
#[derive(Debug, Clone)]
struct Said {
    id: Arc<str>,
    at: i64,
    value: f64,
    /// When what it says began to be said.
    run: i64,
    /// When the contrary was last said before that.
    contrary: Option<i64>,
}

impl Said {
    fn is(&self) -> bool {
        self.value > 0.0
    }
}

/// Earlier first; among those of one time the lower id, with numbers in ids read as numbers.
fn order(a: (i64, &str), b: (i64, &str)) -> Ordering {
    (a.0, a.1.len(), a.1).cmp(&(b.0, b.1.len(), b.1))
}

/// All that was recorded.
#[derive(Debug, Clone, Default)]
pub struct Past {
    series: BTreeMap<(Kind, Arc<str>), Vec<Said>>,
    times: Vec<i64>,
    /// Where the run of looks stood, by time. It stands where events that came late took it back to.
    noted: BTreeMap<i64, Word>,
}

/// What is felt at a moment.
#[derive(Debug, Clone)]
pub struct Felt {
    /// The sum and its parts, with the ids of the events behind them.
    pub sum: Sum<Arc<str>>,
    /// The word.
    pub label: Label,
    /// From 0 to 1.
    pub confidence: f64,
}

impl Past {
    /// Takes in an event, in any order. One that is there already changes nothing.
    pub fn record(&mut self, event: Recorded) {
        let series = self.series.entry((event.kind, event.entity)).or_default();
        let place = series.partition_point(|said| {
            order((said.at, &said.id), (event.at, &event.id)) == Ordering::Less
        });
        if series
            .get(place)
            .is_some_and(|said| said.at == event.at && said.id == event.id)
        {
            return;
        }
        series.insert(
            place,
            Said {
                id: event.id,
                at: event.at,
                value: event.value,
                run: event.at,
                contrary: None,
            },
        );
        for at in place..series.len() {
            let Some(before) = at.checked_sub(1).map(|before| &series[before]) else {
                continue;
            };
            let (run, contrary) = if before.is() == series[at].is() {
                (before.run, before.contrary)
            } else {
                (series[at].at, Some(before.at))
            };
            let said = &mut series[at];
            if at > place + 1 && (said.run, said.contrary) == (run, contrary) {
                break;
            }
            (said.run, said.contrary) = (run, contrary);
        }
        let place = self.times.partition_point(|time| *time <= event.at);
        self.times.insert(place, event.at);
        // What was looked at after it has to be looked at again.
        drop(self.noted.split_off(&event.at));
    }

    /// What is felt at a moment, from what was recorded up to then.
    pub fn feel(&mut self, now: i64) -> Felt {
        let items = self.items(now, true);
        let confidence = self.confidence(now);
        let mut word = self.looked(now);
        word.look(&tone(&items, confidence), seconds(now));
        Felt {
            sum: sum(items),
            label: word.label,
            confidence,
        }
    }

    /// Where the run of looks stands at the last look up to `now`.
    fn looked(&mut self, now: i64) -> Word {
        let Some(&first) = self.times.first() else {
            return Word::default();
        };
        let (mut at, mut word) = match self.noted.range(..=now).next_back() {
            Some((at, word)) => (*at, *word),
            None => (first.div_euclid(LOOK) * LOOK, Word::default()),
        };
        while at + LOOK <= now {
            at += LOOK;
            let heard = self.times.partition_point(|time| *time <= at);
            let last = heard.checked_sub(1).map_or(first, |last| self.times[last]);
            if at - last > FORGOTTEN {
                // Nothing is felt until the next event.
                word = Word::default();
                match self.times.get(heard) {
                    Some(next) if *next <= now => at = next.div_euclid(LOOK) * LOOK,
                    _ => break,
                }
                continue;
            }
            let items = self.items(at, false);
            word.look(&tone(&items, self.confidence(at)), seconds(at));
            if (at / LOOK) % NOTED == 0 {
                self.noted.insert(at, word);
            }
        }
        word
    }

    /// The evidence at a moment; with the events behind it where that is asked for.
    fn items(&self, now: i64, named: bool) -> Vec<Item<Arc<str>>> {
        let mut items = Vec::new();
        for ((kind, _), series) in &self.series {
            let heard = &series[..series.partition_point(|said| said.at <= now)];
            match kind {
                Kind::Action => items.extend(impulses(heard, now, Factor::Tasks, named)),
                Kind::Feedback => items.extend(impulses(heard, now, Factor::Feedback, named)),
                _ => {
                    let (factor, strength) = strength(*kind, heard, now);
                    if strength == 0.0 {
                        continue;
                    }
                    let evidence = if named {
                        behind(*kind, heard, now)
                    } else {
                        Vec::new()
                    };
                    items.push(Item {
                        factor,
                        strength,
                        evidence,
                    });
                }
            }
        }
        items
    }

    /// How well a feeling is founded: the share of what goes on speaking that is fresh, times how much
    /// is known at all.
    fn confidence(&self, now: i64) -> f64 {
        let (mut on, mut fresh, mut all) = (0.0, 0.0, 0.0);
        for ((kind, _), series) in &self.series {
            let heard = series.partition_point(|said| said.at <= now);
            let Some(last) = heard.checked_sub(1).map(|last| &series[last]) else {
                continue;
            };
            let trust = (-age(now, last.at) / kind.half_life()).exp2();
            all += trust;
            if kind.goes_on() {
                on += 1.0;
                fresh += trust;
            }
        }
        confidence(fresh, on, all)
    }
}

/// How well a feeling is founded, from 0 to 1: `fresh` of `on` sources that ought to go on speaking
/// do, and `all` is how much is known at all.
#[must_use]
pub fn confidence(fresh: f64, on: f64, all: f64) -> f64 {
    let share = (0.5 + fresh) / (1.0 + on);
    let amount = 1.0 - (-all / 1.5_f64).exp();
    (share * amount).clamp(0.0, 1.0)
}

/// What happened of late, each for itself.
fn impulses(
    heard: &[Said],
    now: i64,
    factor: Factor,
    named: bool,
) -> impl Iterator<Item = Item<Arc<str>>> {
    let lasting = if factor == Factor::Tasks {
        lasting::TASK
    } else {
        lasting::FEEDBACK
    };
    heard.iter().rev().map_while(move |said| {
        let left = formula::impulse(age(now, said.at), lasting);
        (left > 0.0).then(|| Item {
            factor,
            strength: said.value * left,
            evidence: if named {
                vec![Arc::clone(&said.id)]
            } else {
                Vec::new()
            },
        })
    })
}

/// How strongly what was heard of one thing speaks.
fn strength(kind: Kind, heard: &[Said], now: i64) -> (Factor, f64) {
    let felt = |factor, formula: fn(f64) -> Option<f64>| {
        // What cannot be true says nothing; what was said before it goes on counting.
        let real = heard
            .iter()
            .rev()
            .take_while(|said| is_measured_lately(said, now));
        let felt = real
            .filter_map(|said| Some((said, formula(said.value)?)))
            .next();
        let strength = felt.map_or(0.0, |(said, felt)| {
            felt * formula::fresh(age(now, said.at), lasting::MEASURED_FULL, lasting::MEASURED)
        });
        (factor, strength)
    };
    match kind {
        Kind::Temperature => felt(Factor::Comfort, |celsius| {
            formula::comfort(celsius, limit::COMFORT)
        }),
        Kind::Co2 => felt(Factor::Air, formula::air),
        Kind::Power => felt(Factor::Energy, formula::power),
        Kind::Online => (Factor::Devices, online(heard, now)),
        Kind::Fault => (Factor::Faults, fault(heard, now)),
        Kind::Anomaly => (Factor::Anomalies, anomaly(heard, now)),
        // Felt each for itself.
        Kind::Action => (Factor::Tasks, 0.0),
        Kind::Feedback => (Factor::Feedback, 0.0),
    }
}

fn online(heard: &[Said], now: i64) -> f64 {
    let Some(last) = heard.last() else { return 0.0 };
    if last.is() {
        let away = last
            .contrary
            .map_or(0.0, |away| formula::broken(age(last.run, away)));
        formula::answering(age(now, last.run), away, age(now, last.at))
    } else {
        -formula::broken(age(now, last.at))
    }
}

fn fault(heard: &[Said], now: i64) -> f64 {
    match heard.last() {
        None => 0.0,
        Some(last) if last.is() => -formula::broken(age(now, last.at)),
        Some(last) => {
            let hurt = last
                .contrary
                .map_or(0.0, |said| formula::broken(age(last.run, said)));
            -hurt * formula::mending(age(now, last.run))
        }
    }
}

fn anomaly(heard: &[Said], now: i64) -> f64 {
    let lately = heard.iter().rev().map_while(|said| {
        let left = formula::impulse(age(now, said.at), lasting::ANOMALY);
        (left > 0.0).then_some(said.value.clamp(0.0, 1.0) * left)
    });
    let strongest = lately.fold(0.0, f64::max);
    let over = match heard.last() {
        Some(last) if !last.is() => formula::mending(age(now, last.run)),
        _ => 1.0,
    };
    -strongest * over
}

/// The events that a strength follows from: as many of the last as it takes so that what is left says
/// nothing.
fn behind(kind: Kind, heard: &[Said], now: i64) -> Vec<Arc<str>> {
    let mut from = heard.len();
    match kind {
        Kind::Online | Kind::Fault => {
            while from > 0 && strength(kind, &heard[..from], now).1 != 0.0 {
                from -= 1;
            }
        }
        Kind::Anomaly => {
            from = heard.partition_point(|said| {
                formula::impulse(age(now, said.at), lasting::ANOMALY) == 0.0
            });
        }
        _ => from = heard.partition_point(|said| !is_measured_lately(said, now)),
    }
    heard[from..]
        .iter()
        .map(|said| Arc::clone(&said.id))
        .collect()
}

fn is_measured_lately(said: &Said, now: i64) -> bool {
    age(now, said.at) < lasting::MEASURED
}

fn age(now: i64, at: i64) -> f64 {
    seconds(now.saturating_sub(at))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of some thousand years"
)]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
