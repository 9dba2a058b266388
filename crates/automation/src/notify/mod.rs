//! What a scenario tells people, by ways beyond the house's page: each is off until a setting names its
//! target. A message goes out once by every way that is set up: it is kept before it is sent, tried
//! again with growing pauses, held back in quiet hours unless it is urgent, and what became of it is
//! told.

mod outbox;
mod quiet;
mod settings;
mod ways;

pub use outbox::{Options, run};
pub use quiet::Quiet;
pub use settings::{Plan, SETTINGS};
pub use ways::ways;

use futures_util::future::BoxFuture;
use model::{RunId, Timestamp};
use std::sync::Arc;

/// Something that people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same by every way and at every try, so that a receiver can tell a repeat.
    pub id: String,
    /// When it was said, in house time.
    pub at: Timestamp,
    /// The run that says it, or the conversation that the house begins.
    pub run: RunId,
    /// A heading.
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// Whether it breaks the quiet hours.
    pub urgent: bool,
}

/// Why a message did not go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSent {
    /// Why, for people.
    pub why: String,
    /// Whether it may go out when it is tried again.
    pub again: bool,
}

/// A message on its way.
pub type Sending = BoxFuture<'static, Result<(), NotSent>>;

/// A way out.
#[derive(Clone)]
pub struct Way {
    /// Its word: webhook, push, email or mqtt.
    pub channel: &'static str,
    /// Sends a message, within a time of its own.
    pub send: Arc<dyn Fn(Message) -> Sending + Send + Sync>,
}

impl Message {
    /// The message as programs read it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "id": self.id,
            "at": self.at,
            "run": self.run,
            "title": self.title,
            "message": self.text,
            "urgent": self.urgent,
        })
    }
}
