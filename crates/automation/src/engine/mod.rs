//! The one engine for scenarios and rules: events and time in, requests out. Pure: it reads no clock,
//! keeps nothing and sends nothing itself, so that a year can be run in seconds.

mod act;
mod begin;
mod depends;
mod fights;
mod go;
mod index;
mod judge;
mod more;
mod names;
mod program;
mod run;
mod runs;
mod scene;
mod schedule;
mod set_back;
mod target;
mod triggers;

pub use begin::CannotRun;
pub use depends::Depends;
pub(crate) use judge::offered;
pub use judge::{Asked, Looked, Question, Setting};
pub use names::unknown;
pub use run::{Entry, Outcome, Question as OpenQuestion, Run, RunState, Sent};
pub use scene::{Scene, SceneSetting};
pub(crate) use target::device;

use crate::document::{Document, Notice, ScenarioSlug};
use crate::sun::Location;
use index::Index;
use model::{Cause, CauseId, DeviceId, Now, Path, Request, RunId, Timestamp};
use program::Line;
use schedule::Schedule;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Something that the engine wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the house for this, and tell [`Engine::answered`] what it said.
    Request {
        /// For which run.
        run: RunId,
        /// For which line of its trace, and which request of that.
        place: (usize, usize),
        /// What to ask.
        request: Box<Request>,
    },
    /// Ask history this, and tell [`Engine::found`] the answer.
    Look(Question),
    /// Ask history how the household switched its lights in the weeks until then, and tell
    /// [`Engine::recalled`].
    Recall {
        /// For which run.
        run: RunId,
        /// Until when.
        until: Timestamp,
    },
    /// Tell people.
    Notify {
        /// For which run.
        run: RunId,
        /// What.
        notice: Notice,
    },
    /// Ask a person, and tell [`Engine::replied`] the answer.
    Ask {
        /// For which run.
        run: RunId,
        /// Which of its threads waits.
        thread: usize,
        /// Whom; nobody in particular where none is named.
        person: Option<String>,
        /// What.
        question: String,
        /// What can be answered.
        choices: Vec<String>,
        /// Until when an answer counts.
        until: Timestamp,
    },
    /// A run began, stands somewhere else, or ended: keep it, and tell.
    Ran(Box<Run>),
    /// What keeps rules from working has changed: the list of them shows it.
    Ails,
    /// Two rules fight over a property.
    Conflict {
        /// Of which device.
        device: DeviceId,
        /// Which property.
        path: Path,
        /// Who set it to what, for people.
        what: String,
        /// The later of the two.
        cause: Cause,
    },
    /// A rule was held back: a loop, or too many runs in a short time.
    HeldBack {
        /// Which.
        scenario: ScenarioSlug,
        /// Why, for people.
        reason: String,
    },
}

/// A scenario that the engine knows.
#[derive(Debug, Clone)]
pub struct Rule {
    /// As it was written.
    pub document: Arc<Document>,
    /// Rises with every edit.
    pub version: u32,
    lines: Arc<[Line]>,
    /// When it last began to run, in house time.
    pub last_run: Option<Timestamp>,
    /// What keeps it from working, for people: names that lead nowhere, times that cannot come.
    pub problems: Vec<String>,
    /// Which of its times never come, for people.
    never: Vec<String>,
    /// When it began lately, on the steady clock.
    recent: VecDeque<std::time::Duration>,
    /// Whether it is being held back, so that this is told once.
    held_back: bool,
}

/// All scenarios, and all that runs.
#[derive(Debug, Clone)]
pub struct Engine {
    setting: Setting,
    rules: BTreeMap<ScenarioSlug, Rule>,
    index: Index,
    schedule: Schedule,
    scenes: BTreeMap<ScenarioSlug, Scene>,
    runs: BTreeMap<RunId, Run>,
    /// Whether a run began or ended, or a scenario was written or removed: others may have waited for
    /// that, or be of an older version.
    stirred: bool,
    /// Whether a run saw or did something, and nobody was told.
    went_on: bool,
    /// Whether rules that are set off do not begin.
    rests: bool,
    /// Whether what keeps a rule from working has changed, and nobody was told.
    ailing: bool,
    /// Whether what has just happened cannot make a condition hold that did not.
    idle: bool,
    /// Which run made which request, so that loops are seen.
    made: HashMap<CauseId, RunId>,
    made_order: VecDeque<CauseId>,
    /// The chains and causes of runs that ended lately: their devices report late.
    chains: HashMap<RunId, (Vec<String>, Cause)>,
    chain_order: VecDeque<RunId>,
    /// What history said, while it is fresh.
    answers: HashMap<Question, Option<f64>>,
    answers_at: Option<Timestamp>,
    /// Who set what lately, to see fights.
    fights: fights::Fights,
    /// What history was asked and has not answered.
    outstanding: HashSet<Question>,
    /// When the clock was looked at last.
    looked: Option<Now>,
}

impl Engine {
    /// An engine without scenarios.
    #[must_use]
    pub fn new(setting: Setting) -> Self {
        Self {
            setting,
            rules: BTreeMap::new(),
            index: Index::default(),
            schedule: Schedule::default(),
            scenes: BTreeMap::new(),
            runs: BTreeMap::new(),
            stirred: false,
            went_on: false,
            rests: false,
            ailing: false,
            idle: false,
            made: HashMap::new(),
            made_order: VecDeque::new(),
            chains: HashMap::new(),
            chain_order: VecDeque::new(),
            answers: HashMap::new(),
            answers_at: None,
            outstanding: HashSet::new(),
            fights: fights::Fights::default(),
            looked: None,
        }
    }

    /// Where the house stands.
    #[must_use]
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// The house stands elsewhere than was known: every time is looked for anew.
    pub fn stand_at(&mut self, location: Option<Location>, house: &twin::Snapshot, now: Now) {
        if self.setting.location == location {
            return;
        }
        self.setting.location = location;
        let slugs: Vec<_> = self.rules.keys().cloned().collect();
        for slug in slugs {
            if let Some(rule) = self.rules.get_mut(&slug)
                && rule.document.enabled
            {
                // What holds already goes on to hold.
                rule.never = self
                    .schedule
                    .look_anew(&rule.document, &self.setting, now.house);
            }
            self.listen(&slug, house);
        }
        self.stirred = true;
    }

    /// The scenarios.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The scenario of that slug.
    #[must_use]
    pub fn rule(&self, slug: &ScenarioSlug) -> Option<&Rule> {
        self.rules.get(slug)
    }

    /// The runs that are not over.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.values()
    }

    /// Whether a run has heard how a request stands since this was last asked.
    pub fn went_on(&mut self) -> bool {
        std::mem::take(&mut self.went_on)
    }

    /// A run that is not over.
    #[must_use]
    pub fn on_its_way(&self, run: RunId) -> Option<&Run> {
        self.runs.get(&run)
    }

    /// How many requests and runs it remembers, to see what led to what; bounded.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.made.len() + self.chains.len()
    }

    /// The cause of a run that is on, or ended lately: what it says is caused by it.
    #[must_use]
    pub fn cause_of(&self, run: RunId) -> Option<Cause> {
        let on = self.runs.get(&run).map(|run| &run.cause);
        on.or_else(|| self.chains.get(&run).map(|(_, cause)| cause))
            .cloned()
    }

    /// Whether rules rest: those that are set off do not begin.
    pub const fn rest(&mut self, rests: bool) {
        self.rests = rests;
    }

    /// Adds a scenario, or replaces it. Runs of an older version end by themselves.
    pub fn put(&mut self, document: Document, version: u32, house: &twin::Snapshot, now: Now) {
        let slug = document.slug.clone();
        let last_run = self.rules.get(&slug).and_then(|rule| rule.last_run);
        let lines = program::compile(&document.then).into();
        let rule = Rule {
            document: Arc::new(document),
            version,
            lines,
            last_run,
            problems: Vec::new(),
            never: Vec::new(),
            recent: VecDeque::new(),
            held_back: false,
        };
        self.rules.insert(slug.clone(), rule);
        self.stirred = true;
        self.attend(&slug, house, now);
    }

    /// Forgets a scenario. What runs of it goes on to its end.
    pub fn remove(&mut self, slug: &ScenarioSlug) -> Option<Arc<Document>> {
        self.index.forget(slug);
        self.schedule.forget(slug);
        self.stirred = true;
        self.rules.remove(slug).map(|rule| rule.document)
    }

    /// Listens for a scenario's triggers, as the house is now.
    fn attend(&mut self, slug: &ScenarioSlug, house: &twin::Snapshot, now: Now) {
        self.schedule.forget(slug);
        let Some(rule) = self.rules.get_mut(slug) else {
            return;
        };
        rule.never = if rule.document.enabled {
            self.schedule.add(&rule.document, &self.setting, now.house)
        } else {
            Vec::new()
        };
        self.listen(slug, house);
    }

    /// Listens to what the names of a scenario lead to now; times stay as they are.
    fn listen(&mut self, slug: &ScenarioSlug, house: &twin::Snapshot) {
        self.index.forget(slug);
        let Some(rule) = self.rules.get(slug) else {
            return;
        };
        let document = Arc::clone(&rule.document);
        let mut problems = self.index.add(&document, house);
        if !document.enabled {
            self.index.forget(slug);
        }
        problems.extend(rule.never.iter().cloned());
        let led = self.leads(&document, house);
        problems.extend(led.away(house));
        self.index.named(slug, led.devices);
        problems.extend(led.lost);
        let mut told = HashSet::new();
        problems.retain(|problem| told.insert(problem.clone()));
        if let Some(rule) = self.rules.get_mut(slug)
            && rule.problems != problems
        {
            rule.problems = problems;
            self.ailing = true;
        }
    }

    /// When [`Engine::tick`] has something to do, in house time.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let waits = self.runs.values().flat_map(|run| &run.threads);
        let waits = waits.filter_map(|thread| match thread.waits {
            run::Waits::Time(at) | run::Waits::Person(at) => Some(at),
            run::Waits::Condition(at) => Some(thread.looks.map_or(at, |looks| looks.min(at))),
            _ => None,
        });
        waits.chain(self.schedule.due()).min()
    }
}
