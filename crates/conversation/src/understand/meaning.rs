//! What a message means, once it is understood.

use crate::act::Op;
use crate::house::Place;
use crate::lang::{Attr, Noun, State, Way};
use crate::time::{Moment, Past, When};
use automation::document::{Comparison, Condition, TriggerKind};
use model::DeviceId;

/// What a message means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// Something is to be done, now or at a time.
    Do(Vec<Deed>, When),
    /// Something is to be done whenever something happens.
    Rule(Box<Rule>),
    /// Something is asked about the house.
    Ask(Box<Question>),
    /// A whole sentence of the language's file, with its free text.
    Topic(String, Option<String>),
    /// It has to be asked which thing is meant.
    Which {
        /// Of these.
        choices: Vec<DeviceId>,
        /// What is done with the one that is chosen; `None` where something was asked of it.
        ops: Vec<Op>,
        /// What else the message said to do.
        also: Vec<Deed>,
        /// When.
        when: When,
    },
    /// A yes is needed first.
    Confirm(Vec<Deed>, When, Doubt),
    /// An answer to what was asked before: yes.
    Yes,
    /// An answer to what was asked before: no.
    No,
    /// Nothing is to be done.
    Nothing,
    /// It cannot be done.
    Cannot(Cannot),
    /// It was not understood.
    Lost(Lost),
}

/// Why a yes is needed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// A word was mistyped, and it opens something.
    Repaired,
    /// It opens something that was not named.
    Described,
    /// It was told that something is too much, and not what to do.
    Told,
    /// A number is far from what people set.
    Unlikely,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// With devices.
    Devices {
        /// What.
        op: Op,
        /// Which.
        things: Vec<DeviceId>,
        /// Whether each was named.
        named: bool,
    },
    /// A scenario is run.
    Run {
        /// Its slug.
        scenario: String,
        /// A number that was said with it.
        number: Option<f64>,
        /// Words that were said with it.
        text: Option<String>,
    },
    /// A scenario's runs are ended.
    End {
        /// Its slug.
        scenario: String,
    },
    /// A scene is brought back.
    Scene {
        /// Its slug.
        scene: String,
    },
    /// The house is put into a mode.
    Mode(String),
}

/// A rule in the making.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What makes it run.
    pub trigger: Trigger,
    /// What must hold.
    pub condition: Option<Condition>,
    /// What it does.
    pub deeds: Vec<Deed>,
    /// For how long, where it says so.
    pub lasting: Option<i64>,
}

/// What makes a rule run.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// At a time, on some days.
    Time(Moment, Option<automation::document::Daily>),
    /// Something happens.
    Event(TriggerKind, i64),
    /// A device comes to be so.
    Device {
        /// Which.
        things: Vec<DeviceId>,
        /// Of which property.
        path: model::Path,
        /// How it must compare.
        to: Comparison,
        /// For how many seconds.
        hold: i64,
    },
}

/// What is asked about the house.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// In which way.
    pub asked: Asked,
    /// About a state.
    pub state: Option<State>,
    /// About a quantity.
    pub attr: Option<Attr>,
    /// Of these devices.
    pub things: Vec<DeviceId>,
    /// Whether the question means all of them, any of them, or each by itself.
    pub quantity: Quantity,
    /// In these places.
    pub scope: Vec<Place>,
    /// Of this kind.
    pub noun: Option<Noun>,
    /// About these people.
    pub people: Vec<model::PersonId>,
    /// In the past.
    pub past: Option<Past>,
    /// By a moment still to come.
    pub when: When,
}

/// In which way something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Is it so?
    Is,
    /// What is its value?
    Value,
    /// How many are there?
    Count,
    /// Which are there?
    Which,
    /// Which has the most or least of it?
    Extreme(Way),
    /// Where is it?
    Where,
    /// When was it last so?
    When,
    /// How long has it been so?
    HowLong,
    /// Who did it?
    Who,
    /// Why is it so?
    Why,
    /// Who is at home?
    Present,
}

/// Whether all or any are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Each by itself.
    Each,
    /// Whether all are.
    All,
    /// Whether any is.
    Any,
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Cannot {
    /// These cannot do that.
    Unable {
        /// What.
        op: Option<Op>,
        /// Which.
        things: Vec<DeviceId>,
    },
    /// Nothing is called so.
    NothingCalled(String),
    /// Nothing of the kind is there.
    NothingThere(String),
    /// Nothing in these rooms can do that; these elsewhere could.
    NothingIn {
        /// The rooms.
        rooms: Vec<String>,
        /// What could.
        instead: Vec<DeviceId>,
    },
    /// It was not said what with.
    What,
}

/// What was not understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lost {
    /// The words that nothing explains.
    pub unknown: Vec<String>,
    /// Whether it was said not to do something.
    pub negated: bool,
}

/// A message, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// What it means.
    pub meaning: Meaning,
    /// Words that were mistyped, and what they were taken for.
    pub repaired: Vec<(String, String)>,
}
