//! What a clause wants done, from all of its words: where one of them has no part in it, nothing.

use super::parts::{Given, Parts};
use crate::act::{Measure, Op, Step};
use crate::house::Gazetteer;
use crate::lang::{Act, Attr, HouseMode, Small, State, Way, Word};

/// What is wanted; several where a clause says several things of the same devices.
pub(crate) fn ops(parts: &Parts, house: &Gazetteer) -> Option<Vec<Op>> {
    let mut left = Left::of(parts);
    let ops = left.ops(house)?;
    left.is_empty().then_some(ops)
}

/// Whether a clause that says nothing to do can still be part of a command.
pub(crate) fn is_plain(parts: &Parts) -> bool {
    parts.unknown.is_empty()
        && !parts.small.iter().any(|small| {
            use Small::{
                Block, Count, How, HowLong, HowMany, HowMuch, If, Not, Past, What, When, Where,
                Who, Why, Will,
            };
            matches!(
                small,
                Block
                    | If
                    | Not
                    | Past
                    | Will
                    | Who
                    | Why
                    | When
                    | How
                    | What
                    | Where
                    | HowMany
                    | HowLong
                    | HowMuch
                    | Count
            )
        })
}

/// What of a clause is not explained yet.
struct Left {
    acts: Vec<Act>,
    states: Vec<State>,
    attrs: Vec<Attr>,
    more: Vec<(Attr, Way)>,
    ways: Vec<Way>,
    given: Vec<Given>,
    colours: Vec<(u16, u8)>,
    whites: Vec<u16>,
    words: Vec<Word>,
    choices: Vec<u32>,
    labels: Vec<u32>,
    modes: Vec<HouseMode>,
    little: bool,
    much: bool,
    put: bool,
}

impl Left {
    fn of(parts: &Parts) -> Self {
        let mut acts = parts.acts.clone();
        acts.dedup();
        let mut states = parts.states.clone();
        states.dedup();
        Self {
            acts,
            states,
            attrs: parts.attrs.clone(),
            more: parts.more.clone(),
            ways: parts.ways.clone(),
            given: parts.given.clone(),
            colours: parts.colours.clone(),
            whites: parts.whites.clone(),
            words: parts.words.clone(),
            choices: parts.choices.clone(),
            labels: parts.labels.clone(),
            modes: parts.modes.clone(),
            little: parts.has_any(&[Small::Little, Small::Even]),
            much: parts.has(Small::Much),
            put: parts.put,
        }
    }

    fn is_empty(&self) -> bool {
        self.acts.is_empty()
            && self.states.is_empty()
            && self.attrs.is_empty()
            && self.more.is_empty()
            && self.ways.is_empty()
            && self.given.is_empty()
            && self.colours.is_empty()
            && self.whites.is_empty()
            && self.words.is_empty()
            && self.choices.is_empty()
            && self.labels.is_empty()
            && self.modes.is_empty()
            && !self.little
            && !self.much
    }

    /// How much of a change, by its words.
    fn amount_of_change(&mut self) -> Step {
        let little = std::mem::take(&mut self.little);
        let much = std::mem::take(&mut self.much);
        if self.given.len() == 1 && !self.given[0].to {
            return Step::By(self.given.remove(0).amount);
        }
        match (little, much) {
            (true, _) => Step::Little,
            (_, true) => Step::Much,
            _ => Step::Some,
        }
    }

    fn take_attr(&mut self, wanted: &[Attr]) {
        self.attrs.retain(|attr| !wanted.contains(attr));
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one rule after the other, from the most telling word to the least"
    )]
    fn ops(&mut self, house: &Gazetteer) -> Option<Vec<Op>> {
        if self.labels.len() == 1 && self.given.len() == 1 {
            let label = house.labels[self.labels.remove(0) as usize].text.clone();
            return Some(vec![Op::Label(label, self.given.remove(0).amount)]);
        }
        if self.colours.len() + self.whites.len() == 1 {
            let op = match self.colours.pop() {
                Some((hue, saturation)) => Op::Colour(hue, saturation),
                None => Op::White(self.whites.pop()?),
            };
            self.take_attr(&[Attr::Colour, Attr::White]);
            let mut ops = Vec::new();
            if self.acts == [Act::On] || self.states == [State::On] {
                self.acts.clear();
                self.states.clear();
                ops.push(Op::On);
            }
            ops.push(op);
            if self.given.len() == 1 && self.given[0].amount.unit != Measure::Kelvin {
                self.take_attr(&[Attr::Level]);
                ops.push(Op::Set(Some(Attr::Level), self.given.remove(0).amount));
            }
            return Some(ops);
        }
        if self.acts == [Act::Dim] {
            self.acts.clear();
            // “turn down”, “down to 20 %”
            self.ways.retain(|way| *way != Way::Down);
            self.take_attr(&[Attr::Level]);
            let by = self.given.first().is_some_and(|given| given.by);
            if self.given.len() == 1 && !by {
                return Some(vec![Op::Set(
                    Some(Attr::Level),
                    self.given.remove(0).amount,
                )]);
            }
            let step = self.amount_of_change();
            return Some(vec![Op::Step(Some(Attr::Level), Way::Down, step)]);
        }
        if let [heat @ (Act::Heat | Act::Cool)] = self.acts[..] {
            self.acts.clear();
            let way = if heat == Act::Heat {
                Way::Up
            } else {
                Way::Down
            };
            self.ways.retain(|it| *it != way);
            self.take_attr(&[Attr::Temperature]);
            if self.given.len() == 1 && !self.given[0].by {
                return Some(vec![Op::Set(
                    Some(Attr::Temperature),
                    self.given.remove(0).amount,
                )]);
            }
            let step = self.amount_of_change();
            return Some(vec![Op::Step(Some(Attr::Temperature), way, step)]);
        }
        if let Some((attr, way)) = self.more.pop() {
            if !self.more.iter().all(|more| *more == (attr, way)) {
                return None;
            }
            self.more.clear();
            self.acts.retain(|act| *act != Act::On);
            self.take_attr(&[attr]);
            self.ways.retain(|it| *it != way);
            if self.given.len() == 1 && self.given[0].to {
                return Some(vec![Op::Set(Some(attr), self.given.remove(0).amount)]);
            }
            let step = self.amount_of_change();
            return Some(vec![Op::Step(Some(attr), way, step)]);
        }
        if let [way] = self.ways[..] {
            self.ways.clear();
            let attr = (self.attrs.len() == 1).then(|| self.attrs.remove(0));
            let open = if way == Way::Up {
                State::Open
            } else {
                State::Closed
            };
            self.states.retain(|state| *state != open);
            if self.given.len() == 1
                && (self.given[0].to
                    || self.given[0].amount.unit == Measure::Percent
                        && self.given[0].amount.value >= 100.0)
            {
                return Some(vec![Op::Set(attr, self.given.remove(0).amount)]);
            }
            let step = self.amount_of_change();
            return Some(vec![Op::Step(attr, way, step)]);
        }
        if self.words.len() == 1 {
            let word = self.words.remove(0);
            self.take_attr(&[Attr::Mode, Attr::Speed]);
            let mut ops = Vec::new();
            if self.acts == [Act::On] || self.states == [State::On] {
                self.acts.clear();
                self.states.clear();
                ops.push(Op::On);
            }
            self.acts.retain(|act| *act != Act::Start);
            ops.push(Op::Word(word));
            return Some(ops);
        }
        if self.choices.len() == 1 {
            let choice = house.choices[self.choices.remove(0) as usize].clone();
            self.take_attr(&[Attr::Mode, Attr::Source]);
            self.acts
                .retain(|act| !matches!(act, Act::Start | Act::Play | Act::On));
            return Some(vec![Op::Choice(choice)]);
        }
        if self.acts.first().is_some_and(|act| {
            matches!(act, Act::Arm | Act::ArmAway | Act::ArmHome | Act::ArmNight)
        }) {
            return self.arm();
        }
        if let [act] = self.acts[..] {
            self.acts.clear();
            return self.by_act(act);
        }
        if !self.acts.is_empty() {
            return None;
        }
        if let [state] = self.states[..] {
            self.states.clear();
            return self.by_state(state);
        }
        if self.given.len() == 1 && self.states.is_empty() {
            let given = self.given.remove(0);
            let attr = match self.attrs[..] {
                [] => None,
                [attr] => Some(attr),
                _ => return None,
            };
            self.attrs.clear();
            if given.by {
                return None;
            }
            return Some(vec![Op::Set(attr, given.amount)]);
        }
        None
    }

    fn arm(&mut self) -> Option<Vec<Op>> {
        let act = self.acts.remove(0);
        let home = self.modes.contains(&HouseMode::Home) || self.states.contains(&State::Home);
        let away = self.modes.contains(&HouseMode::Away) || self.states.contains(&State::Away);
        let night = self.modes.contains(&HouseMode::Night);
        self.modes.clear();
        self.states
            .retain(|state| !matches!(state, State::Home | State::Away));
        Some(vec![match act {
            Act::ArmHome => Op::ArmHome,
            Act::ArmNight => Op::ArmNight,
            _ if night => Op::ArmNight,
            _ if home && !away => Op::ArmHome,
            _ => Op::ArmAway,
        }])
    }

    fn by_act(&mut self, act: Act) -> Option<Vec<Op>> {
        // “turn on … on”: a verb and a state that say the same.
        let same = match act {
            Act::On => &[State::On][..],
            Act::Off => &[State::Off],
            Act::Open => &[State::Open],
            Act::Close => &[State::Closed],
            Act::Lock => &[State::Locked, State::Closed],
            Act::Unlock => &[State::Unlocked, State::Open],
            _ => &[],
        };
        self.states.retain(|state| !same.contains(state));
        let amount = (self.given.len() == 1).then(|| self.given[0]);
        Some(match act {
            Act::On => match amount {
                Some(given) if !given.by => {
                    self.given.clear();
                    let attr = (self.attrs.len() == 1).then(|| self.attrs.remove(0));
                    vec![Op::On, Op::Set(attr, given.amount)]
                }
                _ => vec![Op::On],
            },
            Act::Open | Act::Close => match amount {
                Some(given) if given.amount.percent().is_some() => {
                    self.given.clear();
                    self.take_attr(&[Attr::Position]);
                    if given.by {
                        let way = if act == Act::Open { Way::Up } else { Way::Down };
                        vec![Op::Step(Some(Attr::Position), way, Step::By(given.amount))]
                    } else if given.amount.value >= 100.0 {
                        vec![if act == Act::Open {
                            Op::Open
                        } else {
                            Op::Close
                        }]
                    } else {
                        vec![Op::Set(Some(Attr::Position), given.amount)]
                    }
                }
                _ if std::mem::take(&mut self.little) => {
                    let way = if act == Act::Open { Way::Up } else { Way::Down };
                    vec![Op::Step(Some(Attr::Position), way, Step::Little)]
                }
                _ => vec![if act == Act::Open {
                    Op::Open
                } else {
                    Op::Close
                }],
            },
            Act::Play | Act::Resume => match amount {
                Some(given) if given.amount.unit == Measure::Percent => {
                    self.given.clear();
                    self.take_attr(&[Attr::Volume]);
                    vec![Op::Play, Op::Set(Some(Attr::Volume), given.amount)]
                }
                _ => {
                    self.take_attr(&[Attr::Title]);
                    vec![Op::Play]
                }
            },
            Act::Off => {
                self.take_attr(&[Attr::Power]);
                vec![Op::Off]
            }
            Act::Toggle => vec![Op::Toggle],
            Act::Stop | Act::End => {
                self.states.retain(|state| {
                    !matches!(
                        state,
                        State::Charging | State::Playing | State::Heating | State::Running
                    )
                });
                vec![Op::End]
            }
            Act::Lock => vec![Op::Lock],
            Act::Unlock => vec![Op::Unlock],
            Act::Pause => vec![Op::Pause],
            Act::Next => vec![Op::Next],
            Act::Previous => vec![Op::Previous],
            Act::Mute => {
                self.take_attr(&[Attr::Volume]);
                vec![Op::Mute]
            }
            Act::Unmute => {
                self.take_attr(&[Attr::Volume]);
                vec![Op::Unmute]
            }
            Act::Disarm => vec![Op::Disarm],
            Act::Start => {
                self.states.retain(|state| {
                    !matches!(state, State::Charging | State::Playing | State::Running)
                });
                vec![Op::Start]
            }
            Act::Charge => match amount {
                Some(given) if given.amount.unit == Measure::Ampere => {
                    self.given.clear();
                    vec![Op::Charge, Op::Set(Some(Attr::MaxCurrent), given.amount)]
                }
                _ => vec![Op::Charge],
            },
            Act::Swing => vec![Op::Swing(true)],
            Act::SwingOff => vec![Op::Swing(false)],
            Act::Press => vec![Op::Press],
            Act::Water => vec![Op::Water],
            Act::Return => vec![Op::Return],
            Act::Arm
            | Act::ArmHome
            | Act::ArmAway
            | Act::ArmNight
            | Act::Raise
            | Act::Lower
            | Act::Dim
            | Act::Heat
            | Act::Cool => return None,
        })
    }

    fn by_state(&mut self, state: State) -> Option<Vec<Op>> {
        let amount = (self.given.len() == 1).then(|| self.given[0].amount);
        Some(match state {
            State::On => match amount {
                Some(amount) => {
                    self.given.clear();
                    let attr = (self.attrs.len() == 1).then(|| self.attrs.remove(0));
                    vec![Op::On, Op::Set(attr, amount)]
                }
                None => vec![Op::On],
            },
            State::Off => vec![Op::Off],
            State::Open | State::Closed => match amount {
                Some(amount) if amount.percent().is_some() => {
                    self.given.clear();
                    self.take_attr(&[Attr::Position]);
                    vec![Op::Set(Some(Attr::Position), amount)]
                }
                _ => vec![if state == State::Open {
                    Op::Open
                } else {
                    Op::Close
                }],
            },
            State::Locked => vec![Op::Lock],
            State::Unlocked => vec![Op::Unlock],
            State::Playing if self.put => vec![Op::Play],
            State::Paused => vec![Op::Pause],
            State::Muted => vec![Op::Mute],
            State::Armed => vec![Op::ArmAway],
            State::Disarmed => vec![Op::Disarm],
            // “Set the alarm to home”.
            State::Home if self.put => vec![Op::ArmHome],
            State::Away if self.put => vec![Op::ArmAway],
            State::Charging | State::Running if self.put => vec![Op::Start],
            _ => return None,
        })
    }
}
