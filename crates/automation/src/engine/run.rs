//! A run of a scenario: where it stands, and all that it saw and did.

use super::judge::Looked;
use crate::document::{Arguments, ScenarioSlug};
use crate::habit::Plan;
use model::{Cause, RunId, Timestamp, WishId, WishState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most entries of a trace; what comes after is counted.
const TRACE: usize = 300;

/// One run of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Of which scenario.
    pub scenario: String,
    /// What that is called.
    pub name: String,
    /// Of which version of it.
    pub version: u32,
    /// Why it runs; what it does is caused by this.
    pub cause: Cause,
    /// What set it off, for people.
    pub trigger: String,
    /// The kind of that: time, property, request, scenario, ...
    #[serde(default = "by_request")]
    pub set_off_by: String,
    /// The scenarios that led to it, the oldest first.
    pub chain: Vec<String>,
    /// What it runs with.
    pub arguments: Arguments,
    /// When it began, in house time.
    pub started: Timestamp,
    /// When it ended, in house time.
    pub ended: Option<Timestamp>,
    /// How it is, or how it ended.
    pub state: RunState,
    /// What there is to say about that, for people.
    pub note: Option<String>,
    /// The run that waits for its end, and which of its threads.
    pub parent: Option<(RunId, usize)>,
    /// Where it stands.
    pub threads: Vec<Thread>,
    /// What it did and saw.
    pub trace: Vec<Entry>,
    /// Entries that found no room in the trace.
    pub untraced: u32,
    /// Its wishes that have not ended, and the entries that they belong to.
    pub(crate) open: BTreeMap<WishId, usize>,
    /// Requests that were sent and not answered.
    pub(crate) unanswered: u32,
    /// Whether a person asked for it: then what devices prefer does not stand in its way.
    #[serde(default)]
    pub(crate) by_person: bool,
    /// Whether it is there to save energy: then what matters much stays on, whoever asked.
    #[serde(default)]
    pub(crate) saves_energy: bool,
    /// What is done while the household is away.
    #[serde(default)]
    pub(crate) plan: Option<Plan>,
    /// Whether it asked for something, or stands somewhere else, since it was last kept. Taken up
    /// again after a restart from before that, it would ask twice.
    #[serde(skip)]
    pub(crate) moved: bool,
}

fn by_request() -> String {
    "request".to_owned()
}

/// How a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It waits for its turn.
    Queued,
    /// It is on its way.
    Running,
    /// All of it was done and every wish came true.
    Completed,
    /// All of it was done, but not every wish came true.
    Incomplete,
    /// Its conditions did not hold, or another run was on: it did nothing.
    Skipped,
    /// Somebody stopped it, or a later run took its place.
    Stopped,
    /// It could not go on.
    Failed,
}

impl RunState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Completed,
        Self::Incomplete,
        Self::Skipped,
        Self::Stopped,
        Self::Failed,
    ];

    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::Skipped => "skipped",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// A place in the program where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    /// The next operation.
    pub(crate) at: usize,
    /// What it waits for.
    pub(crate) waits: Waits,
    /// When it looks again whether what it waits for has come, besides at every event.
    #[serde(default)]
    pub(crate) looks: Option<Timestamp>,
    /// How often the loops around it have still to go.
    pub(crate) counts: Vec<u32>,
    /// The thread that waits for its end.
    pub(crate) parent: Option<usize>,
    /// What it asked a person and waits to hear.
    #[serde(default)]
    pub(crate) asked: Option<Question>,
}

/// A question that waits for a person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Whom; nobody in particular where none is named.
    pub person: Option<String>,
    /// What.
    pub question: String,
    /// What can be answered.
    #[serde(default = "yes_or_no")]
    pub choices: Vec<String>,
    /// Until when an answer counts, in house time.
    pub until: Timestamp,
}

fn yes_or_no() -> Vec<String> {
    vec!["yes".to_owned(), "no".to_owned()]
}

impl Question {
    /// The answer that is meant, however its letters are written.
    #[must_use]
    pub fn meant(&self, answer: &str) -> Option<&str> {
        let answer = answer.trim();
        let exact = self.choices.iter().find(|it| *it == answer);
        let lower = answer.to_lowercase();
        let alike = || self.choices.iter().find(|it| it.to_lowercase() == lower);
        exact.or_else(alike).map(String::as_str)
    }
}

/// What a thread waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Waits {
    /// Nothing: it goes on.
    Nothing,
    /// A moment.
    Time(Timestamp),
    /// Something to hold, at most until then.
    Condition(Timestamp),
    /// An answer of history.
    History,
    /// What history knows of the household's habits.
    Habits,
    /// A person's answer, at most until then.
    Person(Timestamp),
    /// The end of all that it asked for.
    Wishes,
    /// The end of another run.
    Run(RunId),
    /// So many branches.
    Branches(u32),
    /// It is at its end.
    Over,
}

/// One line of a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in house time.
    pub at: Timestamp,
    /// The place in the document: `then[2].else[0]`, `when[0]`, `if`.
    pub place: String,
    /// What was done or seen, for people.
    pub what: String,
    /// The values that were looked at.
    pub looked: Vec<Looked>,
    /// The requests that came of it, and how each ended.
    pub requests: Vec<Sent>,
}

/// A request of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// To which device.
    pub device: String,
    /// The wish that it became; none where it was refused.
    pub wish: Option<WishId>,
    /// How it stands.
    pub outcome: Outcome,
    /// What there is to say about that: the refusal, the note of the wish.
    pub note: Option<String>,
}

/// How a request of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is on its way to the door.
    Asked,
    /// It was let in; the device has not reported it.
    Pending,
    /// The device reported it.
    Reached,
    /// A later wish wanted something else.
    Superseded,
    /// It was refused, by the house, the driver or the device.
    Rejected,
    /// The device did not report it in time.
    TimedOut,
    /// The device was so already: nothing was asked.
    Already,
    /// Its preferences keep rules away: nothing was asked.
    LeftAlone,
}

impl Outcome {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Pending => "pending",
            Self::Reached => "reached",
            Self::Superseded => "superseded",
            Self::Rejected => "rejected",
            Self::TimedOut => "timed_out",
            Self::Already => "already",
            Self::LeftAlone => "left_alone",
        }
    }
}

impl From<WishState> for Outcome {
    fn from(state: WishState) -> Self {
        match state {
            WishState::Pending => Self::Pending,
            WishState::Reached => Self::Reached,
            WishState::Superseded => Self::Superseded,
            WishState::Rejected => Self::Rejected,
            WishState::TimedOut => Self::TimedOut,
        }
    }
}

impl Run {
    /// Adds a line to the trace; its number, where there is room.
    pub(crate) fn tell(
        &mut self,
        at: Timestamp,
        place: impl Into<String>,
        what: impl Into<String>,
    ) -> Option<usize> {
        if self.trace.len() >= TRACE {
            self.untraced += 1;
            return None;
        }
        self.trace.push(Entry {
            at,
            place: place.into(),
            what: what.into(),
            looked: Vec::new(),
            requests: Vec::new(),
        });
        Some(self.trace.len() - 1)
    }

    /// Whether every request of it came true.
    pub(crate) fn all_reached(&self) -> bool {
        let mut all = self.trace.iter().flat_map(|entry| &entry.requests);
        all.all(|sent| {
            matches!(
                sent.outcome,
                Outcome::Reached | Outcome::Superseded | Outcome::Already | Outcome::LeftAlone
            )
        })
    }

    /// What it did, in few words.
    #[must_use]
    pub fn summary(&self) -> String {
        let all = || self.trace.iter().flat_map(|entry| &entry.requests);
        let (done, wrong): (Vec<_>, Vec<_>) = all().partition(|sent| {
            matches!(
                sent.outcome,
                Outcome::Reached | Outcome::Already | Outcome::Superseded | Outcome::LeftAlone
            )
        });
        let mut text = match done.len() {
            0 => "nothing was changed".to_owned(),
            1 => "one device did what was asked".to_owned(),
            many => format!("{many} times a device did what was asked"),
        };
        if let Some(first) = wrong.first() {
            let note = first.note.as_deref().unwrap_or("no reason was given");
            text.push_str(&format!(
                ", {} could not ({}: {note})",
                wrong.len(),
                first.device
            ));
        }
        text
    }

    /// Why it ran, in one plain sentence: what set it off, and what its conditions saw.
    #[must_use]
    pub fn because(&self) -> String {
        let mut text = format!("“{}” ran because of this: {}", self.name, self.trigger);
        let judged = self.trace.iter().find(|entry| entry.place == "if");
        let looked = judged
            .map(|entry| entry.looked.as_slice())
            .unwrap_or_default();
        let saw: Vec<_> = looked
            .iter()
            .map(|looked| format!("{}: {}", looked.what, looked.saw))
            .collect();
        if !saw.is_empty() {
            text.push_str(&format!("; its conditions held ({})", saw.join(", ")));
        }
        text.push('.');
        text
    }

    /// Whether it takes its time: it waits for more than the devices that it asked.
    #[must_use]
    pub(crate) fn takes_time(&self) -> bool {
        let mut waits = self.threads.iter().map(|thread| &thread.waits);
        waits.any(|waits| {
            matches!(
                waits,
                Waits::Time(_) | Waits::Condition(_) | Waits::Person(_) | Waits::Habits
            )
        })
    }

    /// Whether one of its threads waits for a person's answer.
    #[must_use]
    pub fn asks(&self, thread: usize) -> bool {
        let thread = self.threads.get(thread);
        thread.is_some_and(|thread| matches!(thread.waits, Waits::Person(_)))
    }

    /// The threads that wait for a person's answer.
    pub fn asking(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.threads.len()).filter(|thread| self.asks(*thread))
    }

    /// The questions that wait for an answer, each with the thread that asked.
    pub fn questions(&self) -> impl Iterator<Item = (usize, &Question)> {
        let threads = self.threads.iter().enumerate();
        threads
            .filter(|(_, thread)| matches!(thread.waits, Waits::Person(_)))
            .filter_map(|(number, thread)| Some((number, thread.asked.as_ref()?)))
    }

    /// What a thread asks and waits to hear.
    #[must_use]
    pub fn question(&self, thread: usize) -> Option<&Question> {
        let mut questions = self.questions();
        questions.find_map(|(number, question)| (number == thread).then_some(question))
    }

    /// The slug of its scenario.
    #[must_use]
    pub fn slug(&self) -> Option<ScenarioSlug> {
        ScenarioSlug::parse(&self.scenario)
    }
}
