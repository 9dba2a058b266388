//! Scenarios, their runs and their traces on the wire.

use super::{At, Cause, Scalar};
use crate::error::{ApiError, ErrorCode};
use automation::document::{Arguments, ParameterKind, to_json};
use automation::engine;
use automation::run::{Listed, View};
use automation::sentence::sentence;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Scenarios, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioList {
    /// The scenarios.
    pub scenarios: Vec<Scenario>,
}

/// A scenario or rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Scenario {
    /// Its unique, stable, readable name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it does, in one sentence.
    pub sentence: String,
    /// Whether its triggers count.
    pub enabled: bool,
    /// Whether it runs by itself.
    pub is_rule: bool,
    /// Whether it came with the house.
    pub shipped: bool,
    /// The area under which it is listed.
    pub area: Option<String>,
    /// What it can be run with.
    pub parameters: Vec<Parameter>,
    /// Rises with every edit.
    pub version: u32,
    /// How many runs of it are on.
    pub running: usize,
    /// When it last ran.
    pub last_run: Option<At>,
    /// What keeps it from working.
    pub problems: Vec<String>,
    /// As it is written: see GET /api/automation/schema.
    #[schema(value_type = Object)]
    pub document: Json,
}

/// Something that a scenario can be run with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it takes: bool, number, text or one_of.
    pub kind: &'static str,
    /// The words that it takes, with one_of.
    pub words: Vec<String>,
    /// The smallest number that it takes.
    pub from: Option<f64>,
    /// The largest number that it takes.
    pub to: Option<f64>,
    /// Its value where none is given; null where one must be.
    #[schema(value_type = Value)]
    pub default: Option<Json>,
}

/// A scenario as it is written: see GET /api/automation/schema.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(value_type = Object)]
pub struct ScenarioDocument(pub BTreeMap<String, Json>);

impl Scenario {
    /// A scenario as it is listed.
    pub(crate) fn of(listed: &Listed, view: &View) -> Self {
        let document = &listed.document;
        let slug = document.slug.to_string();
        Self {
            running: view.runs.iter().filter(|run| run.scenario == slug).count(),
            slug,
            name: document.name.clone(),
            description: document.description.clone(),
            sentence: sentence(document),
            enabled: document.enabled,
            is_rule: !document.when.is_empty(),
            shipped: listed.shipped,
            area: document.area.clone(),
            parameters: document.parameters.iter().map(parameter).collect(),
            version: listed.version,
            last_run: listed.last_run.map(Into::into),
            problems: listed.problems.clone(),
            document: to_json(document),
        }
    }
}

fn parameter(parameter: &automation::document::Parameter) -> Parameter {
    let (kind, words, from, to) = match &parameter.kind {
        ParameterKind::Bool => ("bool", vec![], None, None),
        ParameterKind::Text => ("text", vec![], None, None),
        ParameterKind::OneOf(words) => ("one_of", words.clone(), None, None),
        ParameterKind::Number(from, to) => {
            let limit = |limit: f64| limit.is_finite().then_some(limit);
            ("number", vec![], limit(*from), limit(*to))
        }
    };
    Parameter {
        name: parameter.name.clone(),
        description: parameter.description.clone(),
        kind,
        words,
        from,
        to,
        default: parameter
            .default
            .as_ref()
            .map(|value| json!(Scalar::from(value))),
    }
}

/// What became of reading a scenario that nobody has kept yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedScenario {
    /// What it would do, in one sentence; null where it cannot be read.
    pub sentence: Option<String>,
    /// In its full form; null where it cannot be read.
    #[schema(value_type = Option<Object>)]
    pub document: Option<Json>,
    /// What is wrong with it; empty where it can be kept.
    pub faults: Vec<ScenarioFault>,
    /// What it names and this house does not have. It can be kept all the same.
    pub problems: Vec<String>,
}

/// One thing that is wrong with a scenario.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioFault {
    /// Where, such as `when[0].offset`; empty for the scenario as a whole.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub expected: String,
}

impl From<automation::document::Fault> for ScenarioFault {
    fn from(fault: automation::document::Fault) -> Self {
        Self {
            path: fault.path,
            message: fault.message,
            expected: fault.expected,
        }
    }
}

/// Whether a scenario's triggers shall count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Enable {
    /// Whether.
    pub enabled: bool,
}

impl Default for Enable {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// What a scenario shall be run with.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RunScenario {
    /// Values of its parameters.
    #[schema(value_type = Object)]
    pub parameters: BTreeMap<String, Json>,
}

impl RunScenario {
    /// As the engine takes them.
    pub(crate) fn arguments(&self) -> Result<Arguments, ApiError> {
        arguments(&self.parameters)
    }
}

/// Values of parameters as the engine takes them.
pub(crate) fn arguments(parameters: &BTreeMap<String, Json>) -> Result<Arguments, ApiError> {
    let mut arguments = Arguments::new();
    for (name, json) in parameters {
        let value = match json {
            Json::Bool(truth) => model::Value::Bool(*truth),
            Json::Number(number) => model::Value::Number(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => text.as_str().into(),
            _ => {
                let message = format!("`{name}` is neither true, false, a number nor a text");
                return Err(ApiError::new(ErrorCode::InvalidParameter, message));
            }
        };
        arguments.insert(name.clone(), value);
    }
    Ok(arguments)
}

/// A run that began.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunBegun {
    /// Its id.
    pub run: Uuid,
}

/// How many runs were stopped.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stopped {
    /// How many.
    pub stopped: usize,
}

/// The house's mode.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// `home`, `night`, `away`, or the household's own word.
    pub mode: String,
}

/// An answer to a question of a run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunAnswer {
    /// Which of its threads asked: it stands in the `asked` event.
    #[serde(default)]
    pub thread: u32,
    /// Yes or no.
    pub yes: bool,
}

/// Questions that wait for an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionList {
    /// The questions, the most urgent first.
    pub questions: Vec<Question>,
}

/// A question of a run that waits for a person's answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Question {
    /// The run that asks.
    pub run: Uuid,
    /// Which of its threads.
    pub thread: u32,
    /// The scenario's slug.
    pub scenario: String,
    /// What that is called.
    pub name: String,
    /// Whom; null where nobody in particular is asked.
    pub person: Option<String>,
    /// What.
    pub question: String,
    /// What can be answered.
    pub choices: Vec<String>,
    /// Until when an answer counts.
    pub until: At,
}

impl Question {
    /// The questions of a run.
    pub(crate) fn of(run: &engine::Run) -> Vec<Self> {
        let questions = run.questions().map(|(thread, asked)| Self {
            run: run.id.uuid(),
            thread: u32::try_from(thread).unwrap_or(u32::MAX),
            scenario: run.scenario.clone(),
            name: run.name.clone(),
            person: asked.person.clone(),
            question: asked.question.clone(),
            choices: asked.choices.clone(),
            until: asked.until.into(),
        });
        questions.collect()
    }
}

/// A reply to a question of a run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunReply {
    /// Which of its threads asked: it stands in the list of questions.
    #[serde(default)]
    pub thread: u32,
    /// What is answered: one of the question's `choices`.
    pub answer: String,
}

/// Versions of a scenario, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionList {
    /// The versions.
    pub versions: Vec<ScenarioVersion>,
}

/// A version of a scenario.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioVersion {
    /// Rises with every edit.
    pub version: u32,
    /// When it was written; null for how it came with the house.
    pub at: Option<At>,
    /// Who wrote it; null for how it came with the house.
    pub cause: Option<Cause>,
    /// Which parts of it differ from the version before: `name`, `when`, `then`, ...
    pub changed: Vec<String>,
    /// As it was written; null where it was removed.
    #[schema(value_type = Option<Object>)]
    pub document: Option<Json>,
}

impl ScenarioVersion {
    /// How it came with the house.
    pub(crate) fn original(document: &automation::document::Document) -> Self {
        Self {
            version: 0,
            at: None,
            cause: None,
            changed: Vec::new(),
            document: Some(to_json(document)),
        }
    }

    /// Notes what of each version, newest first, differs from the one before it.
    pub(crate) fn compare(versions: &mut [Self]) {
        let none = serde_json::Map::new();
        for place in 0..versions.len() {
            let part = |place: usize| {
                let version: Option<&Self> = versions.get(place);
                let document = version.and_then(|version| version.document.as_ref());
                document.and_then(Json::as_object).unwrap_or(&none).clone()
            };
            let (new, old) = (part(place), part(place + 1));
            let keys: std::collections::BTreeSet<_> = new.keys().chain(old.keys()).collect();
            let changed = keys
                .into_iter()
                .filter(|key| new.get(*key) != old.get(*key));
            versions[place].changed = changed.cloned().collect();
        }
    }
}

/// Scenarios and scenes that travel together.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bundle {
    /// The scenarios: see GET /api/automation/schema.
    #[schema(value_type = Vec<Object>)]
    pub scenarios: Vec<Json>,
    /// The scenes.
    pub scenes: Vec<super::SceneDocument>,
}

/// What became of an import.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Imported {
    /// What is new.
    pub added: Vec<String>,
    /// What took the place of another.
    pub replaced: Vec<String>,
    /// What was there already and stayed as it was.
    pub left: Vec<String>,
}

impl From<automation::run::TakenIn> for Imported {
    fn from(taken: automation::run::TakenIn) -> Self {
        Self {
            added: taken.added,
            replaced: taken.replaced,
            left: taken.left,
        }
    }
}

impl From<store::ScenarioVersion> for ScenarioVersion {
    fn from(kept: store::ScenarioVersion) -> Self {
        Self {
            version: kept.version,
            at: Some(kept.at.into()),
            cause: Some((&kept.cause).into()),
            changed: Vec::new(),
            document: kept.document,
        }
    }
}

/// A page of runs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunList {
    /// The runs.
    pub runs: Vec<Run>,
    /// Where the next page begins; null on the last.
    pub next: Option<String>,
}

/// A run of a scenario.
#[derive(Debug, Serialize, ToSchema)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// The scenario's slug.
    pub scenario: String,
    /// What that is called.
    pub name: String,
    /// How it is: queued, running, completed, incomplete, skipped, stopped or failed.
    pub state: &'static str,
    /// What there is to say about that.
    pub note: Option<String>,
    /// What set it off.
    pub trigger: String,
    /// The kind of that: property, event, time, cron, sun, presence, connectivity, note, webhook, mode, start,
    /// scenario (another one ran it, or ended), or request.
    pub set_off_by: String,
    /// Who caused it.
    pub cause: Cause,
    /// The scenarios that led to it, the oldest first.
    pub chain: Vec<String>,
    /// What it runs with.
    #[schema(value_type = Object)]
    pub parameters: Json,
    /// When it began.
    pub started_at: At,
    /// When it ended.
    pub ended_at: Option<At>,
    /// What it saw and did.
    pub trace: Vec<TraceEntry>,
    /// Its threads that wait for a person's yes or no.
    pub asks: Vec<usize>,
    /// What it told people beyond the page, and what became of that.
    pub messages: Vec<RunMessage>,
}

/// A run without its trace, as it is told while it goes on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunHead {
    /// Its id.
    pub id: Uuid,
    /// The scenario's slug.
    pub scenario: String,
    /// What that is called.
    pub name: String,
    /// How it is: queued, running, completed, incomplete, skipped, stopped or failed.
    pub state: &'static str,
    /// What there is to say about that.
    pub note: Option<String>,
    /// What set it off.
    pub trigger: String,
    /// When it began.
    pub started_at: At,
    /// When it ended.
    pub ended_at: Option<At>,
    /// How many lines its trace has.
    pub lines: usize,
    /// Its threads that wait for a person's answer.
    pub asks: Vec<usize>,
}

impl From<&engine::Run> for RunHead {
    fn from(run: &engine::Run) -> Self {
        Self {
            id: run.id.uuid(),
            scenario: run.scenario.clone(),
            name: run.name.clone(),
            state: run.state.as_str(),
            note: run.note.clone(),
            trigger: run.trigger.clone(),
            started_at: run.started.into(),
            ended_at: run.ended.map(Into::into),
            lines: run.trace.len(),
            asks: run.asking().collect(),
        }
    }
}

/// What a run told people by one way out.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunMessage {
    /// By which way: webhook, push, email or mqtt.
    pub channel: String,
    /// How it stands: waiting, sent, gave_up or dropped.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What there is to say about that.
    pub note: String,
    /// When it was said.
    pub at: At,
}

impl From<&store::KeptMessage> for RunMessage {
    fn from(kept: &store::KeptMessage) -> Self {
        Self {
            channel: kept.channel.clone(),
            state: kept.state.clone(),
            attempts: kept.attempts,
            note: kept.note.clone(),
            at: kept.at.into(),
        }
    }
}

/// A line of a trace.
#[derive(Debug, Serialize, ToSchema)]
pub struct TraceEntry {
    /// When.
    pub at: At,
    /// The place in the document, such as `then[2].else[0]`.
    pub place: String,
    /// What was done or seen.
    pub what: String,
    /// The values that were looked at.
    pub looked: Vec<LookedAt>,
    /// The requests that came of it.
    pub requests: Vec<SentRequest>,
}

/// A value that a condition looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookedAt {
    /// What was looked at.
    pub what: String,
    /// What was seen there.
    pub saw: String,
    /// Whether it was as it had to be; null where that is not known.
    pub holds: Option<bool>,
}

/// A request of a run.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentRequest {
    /// To which device.
    pub device: String,
    /// The wish that it became.
    pub wish: Option<Uuid>,
    /// How it stands: asked, pending, reached, superseded, rejected, timed_out, already or left_alone.
    pub outcome: &'static str,
    /// What there is to say about that.
    pub note: Option<String>,
}

impl From<&engine::Run> for Run {
    fn from(run: &engine::Run) -> Self {
        let arguments = run.arguments.iter();
        let parameters = arguments.map(|(name, value)| (name.clone(), json!(Scalar::from(value))));
        Self {
            id: run.id.uuid(),
            scenario: run.scenario.clone(),
            name: run.name.clone(),
            state: run.state.as_str(),
            note: run.note.clone(),
            trigger: run.trigger.clone(),
            set_off_by: run.set_off_by.clone(),
            cause: (&run.cause).into(),
            chain: run.chain.clone(),
            parameters: Json::Object(parameters.collect()),
            started_at: run.started.into(),
            ended_at: run.ended.map(Into::into),
            trace: run.trace.iter().map(entry).collect(),
            asks: run.asking().collect(),
            messages: Vec::new(),
        }
    }
}

fn entry(entry: &engine::Entry) -> TraceEntry {
    let looked = entry.looked.iter().map(|looked| LookedAt {
        what: looked.what.clone(),
        saw: looked.saw.clone(),
        holds: looked.holds,
    });
    let requests = entry.requests.iter().map(|sent| SentRequest {
        device: sent.device.clone(),
        wish: sent.wish.map(model::WishId::uuid),
        outcome: sent.outcome.as_str(),
        note: sent.note.clone(),
    });
    TraceEntry {
        at: entry.at.into(),
        place: entry.place.clone(),
        what: entry.what.clone(),
        looked: looked.collect(),
        requests: requests.collect(),
    }
}
