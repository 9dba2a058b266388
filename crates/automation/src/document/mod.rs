//! What a household writes down: a scenario, and for a rule also when it runs by itself.
//!
//! A document names devices, areas and capabilities, never ids. It is a TOML file or JSON; both are
//! read by the same strict decoder, which says in which line something is wrong and what would be
//! right.

mod bundle;
mod condition;
mod decode;
mod fault;
mod fuzz;
mod handwritten;
mod locate;
mod schema;
mod slug;
mod step;
mod target;
mod text;
mod trigger;

#[cfg(test)]
mod tests;
mod write;

pub use crate::expression::Expression;
pub use bundle::Bundle;
pub use condition::{Comparison, Condition, Quantifier, Quantity, Statistic};
pub(crate) use decode::nearest;
pub use decode::{read_bundle_toml, read_json, read_scene_toml, read_toml, read_value};
pub use fault::Fault;
pub use fuzz::fuzz_document;
pub use schema::schema;
pub use slug::ScenarioSlug;
pub use step::{Act, Answers, Choice, Notice, Step};
pub use target::Target;
pub use text::{Clock, Daily, Span};
pub(crate) use trigger::parse_path;
pub use trigger::{SunEvent, Trigger, TriggerKind, Whose};
pub use write::{to_json, to_toml};

use model::Value;
use std::collections::BTreeMap;

/// A scenario or rule, as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What people call it.
    pub name: String,
    /// Its unique, stable, readable name.
    pub slug: ScenarioSlug,
    /// What it is for.
    pub description: String,
    /// Whether its triggers count. A scenario that is off can still be run by hand.
    pub enabled: bool,
    /// Whether it is there to save energy: then it never switches off what matters much.
    pub saves_energy: bool,
    /// The area under which the page lists it.
    pub area: Option<String>,
    /// What a second run does while the first is on.
    pub mode: Mode,
    /// What becomes of a run when the house restarts in the midst of it.
    pub on_restart: OnRestart,
    /// What it can be run with.
    pub parameters: Vec<Parameter>,
    /// When it runs by itself; none for a scenario that only people and other scenarios run.
    pub when: Vec<Trigger>,
    /// What must hold for it to run.
    pub condition: Condition,
    /// What it does, in order.
    pub then: Vec<Step>,
}

/// What a second run does while the first is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It does not begin.
    #[default]
    Skip,
    /// The first is ended and the second begins.
    Restart,
    /// It waits; at most so many do.
    Queue(u32),
    /// Both go on; at most so many.
    Parallel(u32),
}

/// What becomes of a run when the house restarts in the midst of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnRestart {
    /// It ends, and says why.
    #[default]
    End,
    /// It goes on where it was; a wait that is over meanwhile is over.
    Resume,
}

/// Something that a scenario can be run with.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it takes.
    pub kind: ParameterKind,
    /// Its value where none is given; `None` where one must be.
    pub default: Option<Value>,
}

/// What a parameter takes.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterKind {
    /// True or false.
    Bool,
    /// A number from the first to the second.
    Number(f64, f64),
    /// One of these words.
    OneOf(Vec<String>),
    /// Any text.
    Text,
}

/// The values of a run's parameters.
pub type Arguments = BTreeMap<String, Value>;

/// A value that is written down, or a parameter's.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// This value.
    Value(Value),
    /// This number, in a unit.
    Measured(f64, model::Unit),
    /// What the run has for this parameter, written `"$name"`.
    Parameter(String),
}
