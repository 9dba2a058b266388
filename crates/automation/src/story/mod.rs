//! Behaviour tests as data: a house, what happens in it and when, and what is expected of it then.
//!
//! A story is a file that a household can read and write (`docs/reference/stories.md`). It is played in
//! a house of twins, by the same door and the same engine as in the real house and in simulated time:
//! what a story finds, a house would do.
//!
//! **Entry types:** [`read`] (from text to a [`Story`]), [`Story::play`] (to what it came to),
//! [`test()`] (files and folders of them).

mod base;
mod entry;
mod expect;
mod files;
mod play;
mod read;
mod report;
mod see;
mod setup;
mod words;

pub use base::{Base, Stage};
pub use files::{Houses, Tested, test};
pub use play::{Failure, Played};
pub use read::read;
pub use report::{json, text};

use crate::document::{Document, Fault, ScenarioSlug};
use crate::engine::Scene;
use entry::Entry;
use jiff::civil::{DateTime, Time};
use setup::Setup;

/// A story, as it was written.
#[derive(Debug, Clone)]
pub struct Story {
    /// What it is about.
    pub title: String,
    /// The file in which its house is described, with the line that says so.
    house: Option<(usize, String)>,
    /// What the story itself says of its house.
    setup: Vec<(usize, Setup)>,
    /// What happens, in order.
    parts: Vec<(usize, Part)>,
}

/// Something that happens in a story.
#[derive(Debug, Clone)]
enum Part {
    /// A scenario or rule is written, or replaced.
    Scenario(Box<Document>),
    /// A scene is written.
    Scene(Scene),
    /// Time passes until then.
    Moment(When),
    /// Something happens, or is expected.
    Entry { entry: Entry, text: String },
}

/// A moment, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// The next time that the clock in the house shows this; now, where it does.
    Clock(Time),
    /// This date and time in the house.
    Date(DateTime),
    /// This moment, the same everywhere.
    Exact(jiff::Timestamp),
    /// So many seconds after the moment before.
    Later(i64),
}

impl Story {
    /// The file in which its house is described; none where it says all itself.
    #[must_use]
    pub fn house(&self) -> Option<&str> {
        self.house.as_ref().map(|(_, file)| file.as_str())
    }
}

/// A fault in a line of a story.
fn fault(line: usize, message: impl Into<String>, expected: impl Into<String>) -> Fault {
    Fault {
        line: Some(line),
        ..Fault::at("", message, expected)
    }
}

/// What is wrong with a part of a line, and what would be right; its line is added by who knows it.
type Wrong = (String, String);

fn wrong(message: impl Into<String>, expected: impl Into<String>) -> Wrong {
    (message.into(), expected.into())
}

fn slug(text: &str) -> Result<ScenarioSlug, Wrong> {
    ScenarioSlug::parse(text).ok_or_else(|| {
        wrong(
            format!("`{text}` is no name of a scenario"),
            "its slug, such as evening-arrival",
        )
    })
}
