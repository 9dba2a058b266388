//! Language models: what is sent to them, what comes back, and what it may cost.
//!
//! What a request and an answer look like on the wire is pure ([`openai`], [`anthropic`], [`sse`]); one
//! file asks (`client`). What a model may do with the house is not decided here.
//!
//! **Invariants**
//! - Nothing is sent without a setting, after the day's budget is spent, or while a provider rests
//!   after a failure.
//! - A key is in the head of a request, and nowhere else: not in logs, errors, answers or previews.
//! - Whatever comes back is bounded, and a broken answer is a failure, never half an answer.

pub mod anthropic;
mod budget;
mod client;
mod failure;
pub mod openai;
mod pace;
mod provider;
pub mod sse;

pub use budget::{Budget, Spent};
pub use client::{Client, Health, Outgoing};
pub use failure::{Failure, Malformed};
pub use pace::FIRST;
pub use provider::{CannotUse, Dialect, Key, Provider, Wanted};

use serde_json::Value as Json;

/// What was said so far, in the order in which it was said.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// By the person.
    Person(String),
    /// By the model.
    Model {
        /// Its words.
        text: String,
        /// The tools that it wants used.
        calls: Vec<Call>,
    },
    /// What came of the tools that it wanted used, in the same order.
    Results(Vec<CallResult>),
}

/// A tool that a model wants used.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its id, from the model.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// With these arguments; what was no JSON object is `Null`.
    pub arguments: Json,
}

/// What came of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct CallResult {
    /// The call's id.
    pub id: String,
    /// What came of it.
    pub text: String,
    /// Whether it failed.
    pub failed: bool,
}

/// A tool as it is described to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// The JSON schema of its arguments.
    pub schema: Json,
}

/// All that is sent to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What holds always; the same from request to request, so that a provider can keep it.
    pub system: String,
    /// What was said.
    pub messages: Vec<Message>,
    /// What it may use.
    pub tools: Vec<Tool>,
    /// The most tokens of its answer.
    pub most: u32,
}

/// What a model answers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reply {
    /// Its words.
    pub text: String,
    /// The tools that it wants used.
    pub calls: Vec<Call>,
    /// How many tokens went in and came out, where the provider says so.
    pub usage: Option<(u64, u64)>,
}

/// The most bytes of words or arguments in one answer.
const MOST_TEXT: usize = 64 * 1024;

/// The most tools that one answer may want used.
const MOST_CALLS: usize = 16;

/// The arguments of a call as JSON; `Null` where they are no object.
fn arguments(text: &str) -> Json {
    let text = if text.trim().is_empty() { "{}" } else { text };
    match serde_json::from_str(text) {
        Ok(json @ Json::Object(_)) => json,
        _ => Json::Null,
    }
}
