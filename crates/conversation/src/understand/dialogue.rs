//! What was said before, as far as it matters for what is said next.

use super::meaning::{Deed, Meaning, Question};
use crate::act::Op;
use crate::time::When;
use model::DeviceId;

/// The state of a conversation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dialogue {
    /// The devices that were meant last.
    pub last: Vec<DeviceId>,
    /// What was last done with devices.
    pub ops: Vec<Op>,
    /// What was last asked about the house.
    pub question: Option<Question>,
    /// What the house asked last.
    pub pending: Option<Pending>,
    /// What was remembered or recalled last.
    pub memories: Vec<model::MemoryId>,
    /// Whether that was said just now, and not long ago.
    pub fresh: bool,
}

/// What the house waits for an answer to.
#[derive(Debug, Clone, PartialEq)]
pub enum Pending {
    /// Which of these is meant?
    Which {
        /// Of these.
        choices: Vec<DeviceId>,
        /// What is done with it; nothing where something was asked of it.
        ops: Vec<Op>,
        /// What else was to be done.
        also: Vec<Deed>,
        /// When.
        when: When,
    },
    /// Shall this be done?
    Confirm {
        /// This.
        deeds: Vec<Deed>,
        /// When.
        when: When,
    },
    /// Shall this rule be kept, as JSON?
    Rule(String),
    /// Shall the scenario of this slug be deleted?
    DropRule(String),
    /// What shall be done with these? Or: with what shall this be done?
    Target {
        /// This.
        ops: Vec<Op>,
        /// When.
        when: When,
    },
    /// Shall this be remembered, although the house sees it otherwise?
    Remember(Box<mind::memory::Remember>),
    /// Until when does this hold?
    Until(mind::memory::Situation, String),
    /// A room is made ready for something: what comes next of that?
    Prepare(Box<super::Prepare>),
    /// May this address be sent to who knows where it is?
    LookUp(String),
    /// Which of these places is it?
    Sites(Vec<crate::site::Site>),
    /// Is it this place?
    Settle(Box<crate::site::Site>),
    /// Does this device serve these areas?
    Serves(DeviceId, Vec<model::AreaId>),
    /// A question of somebody else's making: a yes sends this text.
    Suggest(String),
}

impl Dialogue {
    /// What is kept of a message for what is said next.
    #[must_use]
    pub fn after(&self, meaning: &Meaning) -> Self {
        let mut next = Self {
            pending: None,
            fresh: true,
            ..self.clone()
        };
        match meaning {
            Meaning::Do(deeds, _) => next.did(deeds),
            Meaning::Confirm(deeds, when, _) => {
                next.did(deeds);
                next.pending = Some(Pending::Confirm {
                    deeds: deeds.clone(),
                    when: *when,
                });
            }
            Meaning::Rule(rule) => next.did(&rule.deeds),
            Meaning::Ask(question) => {
                if !question.things.is_empty() {
                    next.last.clone_from(&question.things);
                }
                next.ops.clear();
                next.question = Some((**question).clone());
            }
            Meaning::Which {
                choices,
                ops,
                also,
                when,
            } => {
                next.did(also);
                if also.is_empty() {
                    // Until it is known which one is meant, “it” is none of those before.
                    next.last.clear();
                    next.ops.clear();
                }
                next.pending = Some(Pending::Which {
                    choices: choices.clone(),
                    ops: ops.clone(),
                    also: also.clone(),
                    when: *when,
                });
            }
            // A yes is the answer to what waited; what it leads to is said by who answers.
            Meaning::Yes => {
                if let Some(Pending::Confirm { deeds, .. }) = &self.pending {
                    next.did(deeds);
                }
            }
            Meaning::Topic(..)
            | Meaning::No
            | Meaning::Nothing
            | Meaning::Cannot(_)
            | Meaning::Lost(_) => {}
        }
        next
    }

    /// Of all that were compared, what comes next is about the one that was named.
    pub(crate) fn compared(&mut self, named: DeviceId) {
        self.last = vec![named];
    }

    /// Of all that were asked about, what comes next is about those of which it was true.
    pub(crate) fn told(&mut self, so: &dyn Fn(&DeviceId) -> bool) {
        let some: Vec<DeviceId> = self.last.iter().copied().filter(so).collect();
        if !some.is_empty() {
            self.last = some;
        }
    }

    fn did(&mut self, deeds: &[Deed]) {
        let mut last = Vec::new();
        let mut ops: Vec<Op> = Vec::new();
        for deed in deeds {
            if let Deed::Devices { op, things, .. } = deed {
                last.extend(
                    things
                        .iter()
                        .copied()
                        .filter(|thing| !last.contains(thing))
                        .collect::<Vec<_>>(),
                );
                if !ops.contains(op) {
                    ops.push(op.clone());
                }
            }
        }
        if !last.is_empty() {
            self.last = last;
            // Two different things at once cannot be “the same again”.
            if ops.len() == 1 || deeds.len() == 1 {
                self.ops = ops;
            } else {
                self.ops = ops.into_iter().rev().take(1).collect();
            }
            self.question = None;
        }
    }
}
