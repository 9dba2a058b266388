//! How the house is, and why, on the wire.

use super::{At, Scalar};
use mind::predict::{ENOUGH, Model};
use mind::{Attention, Evidence as Row, View};
use model::{DeviceId, Path};
use serde::{Deserialize, Serialize};
use twin::Snapshot;
use utoipa::ToSchema;
use uuid::Uuid;

/// How the house is, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct Consciousness {
    /// The moment, in house time.
    pub at: At,
    /// The word for what it feels: `unsure`, `pain`, `stressed`, `worried`, `bored`, `content`, `happy` or
    /// `excited`.
    #[schema(example = "content")]
    pub feeling: &'static str,
    /// Since when that word holds; null before the first turn.
    pub since: Option<At>,
    /// From -1 (bad) to 1 (good).
    pub valence: f64,
    /// From 0 (calm) to 1 (stirred).
    pub arousal: f64,
    /// How strong the feeling is, from 0 to 1.
    pub intensity: f64,
    /// How well it is founded, from 0 to 1.
    pub confidence: f64,
    /// The valence of a house of which nothing is known.
    pub baseline: f64,
    /// How much of the house is freshly sensed.
    pub awareness: Awareness,
    /// The slow average of what was felt.
    pub mood: Mood,
    /// Why: those on the side of the feeling first, on each side the strongest first. The contributions add
    /// up to the valence less the baseline.
    pub reasons: Vec<Reason>,
    /// What would make it feel better, the most helpful first.
    pub better: Vec<String>,
    /// What was mended in the last hours, the newest first.
    pub glad: Vec<Mended>,
    /// Concerns that wait for a person, the most pressing first; `/api/concerns` has all.
    pub concerns: Vec<Concern>,
    /// What the year brings where the house stands, by rules of thumb; null where its place is not known.
    pub year: Option<Year>,
}

/// What the year brings at a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct Year {
    /// `spring`, `summer`, `autumn`, `winter`, or `tropical`, where there are none of these.
    #[schema(example = "autumn")]
    pub season: &'static str,
    /// From sunrise to sunset, in hours.
    pub daylight_hours: f64,
    /// Whether it may freeze.
    pub frost: bool,
    /// Whether storms are to be expected.
    pub storms: bool,
    /// Whether dry land may burn.
    pub fires: bool,
}

/// How much of the house is freshly sensed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Awareness {
    /// `fresh` of `known`, from 0 to 1; null in a house without anything to sense.
    pub share: Option<f64>,
    /// Properties that were heard of since the start and within their device's own rhythm.
    pub fresh: usize,
    /// Properties that were ever heard of.
    pub known: usize,
}

/// The slow average of what was felt, over about a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mood {
    /// The word for it.
    pub feeling: &'static str,
    /// From -1 to 1; null where nothing was felt yet.
    pub valence: Option<f64>,
    /// From 0 to 1; null where nothing was felt yet.
    pub arousal: Option<f64>,
}

/// A reason of a feeling.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reason {
    /// The factor; docs/reference/feelings.md has them all.
    #[schema(example = "comfort")]
    pub factor: &'static str,
    /// How much it adds to the valence; negative where it takes away.
    pub contribution: f64,
    /// The same in one plain sentence.
    pub text: String,
    /// The rows behind it.
    pub evidence: Vec<Evidence>,
    /// How many more rows there are.
    pub more: usize,
}

/// A row behind a reason or a concern.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evidence {
    /// `property`, `connectivity`, `event`, `run`, `wish`, `presence`, `component`, `concern`, `history` or
    /// `area`.
    pub kind: &'static str,
    /// Its id: of the run, the wish, the person, the concern or the area.
    pub id: Option<Uuid>,
    /// What it is called: the device, the person, the part of the server.
    pub name: Option<String>,
    /// The device's readable name.
    pub device: Option<String>,
    /// The property.
    pub property: Option<String>,
    /// Its value then.
    pub value: Option<Scalar>,
    /// The unit of that.
    pub unit: Option<&'static str>,
    /// When, or since when.
    pub at: Option<At>,
    /// Where it can be looked up.
    pub link: Option<String>,
}

/// Something that was mended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mended {
    /// What it was.
    pub title: String,
    /// The concern that ended.
    pub concern: Uuid,
    /// When it ended.
    pub at: At,
    /// What there is to say about that.
    pub note: String,
}

/// Something that deserves a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Concern {
    /// Its id.
    pub id: Uuid,
    /// The detector that found it.
    #[schema(example = "cold_without_power")]
    pub kind: String,
    /// What it is, in one plain sentence.
    pub title: String,
    /// What else there is to say.
    pub detail: String,
    /// `low`, `medium`, `high` or `critical`.
    pub urgency: String,
    /// The readable name of the device that it is about.
    pub device: Option<String>,
    /// The id of the room that it is about.
    pub area: Option<Uuid>,
    /// Since when the matter is so.
    pub since: At,
    /// When the house began to be concerned.
    pub raised: At,
    /// When it lapses unless it is found again; null for one that ended.
    pub expires: Option<At>,
    /// `open`, `snoozed`, `known` or `ended`.
    pub state: &'static str,
    /// Until when it is snoozed.
    pub snoozed_until: Option<At>,
    /// When it ended.
    pub ended: Option<At>,
    /// How it ended: `mended`, `done` or `expired`.
    pub how: Option<String>,
    /// What there was to say at its end.
    pub note: Option<String>,
    /// The rows behind it; of one that ended, as they last were.
    pub evidence: Vec<Evidence>,
    /// What could be done.
    pub suggestion: Option<Suggestion>,
    /// What people noted about it, oldest first.
    pub notes: Vec<ConcernNote>,
}

/// What could be done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// For people.
    pub text: String,
    /// The command that would do it, as `POST /api/devices/{device}/commands` takes it; null where the house
    /// cannot.
    pub request: Option<SuggestedRequest>,
}

/// A command that would help. Nobody has sent it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestedRequest {
    /// The device's readable name.
    pub device: String,
    /// Of which capability.
    pub capability: &'static str,
    /// Which command.
    pub command: &'static str,
    /// Its arguments.
    #[schema(value_type = Object)]
    pub args: serde_json::Map<String, serde_json::Value>,
}

/// Concerns.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConcernList {
    /// The most pressing first; those that ended: the latest first.
    pub concerns: Vec<Concern>,
}

/// For how long a concern is put off; one of the two.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Snooze {
    /// For so many minutes of house time: 1 to 43,200 (30 days).
    pub minutes: Option<u32>,
    /// Until then, in house time.
    pub until: Option<At>,
}

/// Who looks after a concern.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteConcern {
    /// What is done about it, in one line of at most 500 bytes.
    #[schema(example = "technician called")]
    pub text: String,
    /// Until when that should be mended, in house time.
    #[serde(default)]
    pub expected: Option<At>,
}

/// What somebody noted about a concern.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConcernNote {
    /// When, in house time.
    pub at: At,
    /// What.
    pub text: String,
    /// Until when that should be mended, in house time.
    pub expected: Option<At>,
}

impl ConcernNote {
    fn of(notes: &[mind::Note]) -> Vec<Self> {
        let notes = notes.iter().map(|note| Self {
            at: note.at.into(),
            text: note.text.clone(),
            expected: note.expected.map(Into::into),
        });
        notes.collect()
    }
}

/// What was felt, over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmotionList {
    /// Oldest first.
    pub emotions: Vec<Emotion>,
    /// Whether there are more than were asked for.
    pub truncated: bool,
}

/// What was felt at a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Emotion {
    /// When, in house time.
    pub at: At,
    /// The word for it.
    pub feeling: String,
    /// From -1 to 1.
    pub valence: f64,
    /// From 0 to 1.
    pub arousal: f64,
    /// From 0 to 1.
    pub confidence: f64,
    /// The share of the house that was freshly sensed.
    pub awareness: Option<f64>,
    /// The slow average of the valence then.
    pub mood_valence: Option<f64>,
    /// The slow average of the arousal then.
    pub mood_arousal: Option<f64>,
    /// The factors, each with its `factor`, `contribution` and `text`.
    #[schema(value_type = Vec<Object>)]
    pub reasons: serde_json::Value,
}

/// How the loop of the mind is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Safla {
    /// How many turns there were since the start of the server.
    pub turns: u64,
    /// How often it was started again since then.
    pub restarts: u64,
    /// When the last turn was, in house time; null before the first.
    pub at: Option<At>,
    /// What set it off: `interval`, `event` or `request`.
    pub trigger: &'static str,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// How often it turns by itself, in seconds of house time.
    pub interval_seconds: u64,
    /// The five stages in their order; empty before the first turn.
    pub stages: Vec<SaflaStage>,
}

/// A stage of the loop, as it last was.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaflaStage {
    /// `sense`, `analyze`, `feedback`, `learn` or `act`.
    pub name: &'static str,
    /// What it got, in short.
    #[schema(value_type = Object)]
    pub input: serde_json::Value,
    /// What it made of it, in short.
    #[schema(value_type = Object)]
    pub output: serde_json::Value,
    /// How long that took, in milliseconds.
    pub took_ms: f64,
}

/// Predictions.
#[derive(Debug, Serialize, ToSchema)]
pub struct PredictionList {
    /// The latest due first.
    pub predictions: Vec<Prediction>,
}

/// Something that was expected, and what came.
#[derive(Debug, Serialize, ToSchema)]
pub struct Prediction {
    /// Who expected it.
    #[schema(example = "energy_day")]
    pub model: String,
    /// What it is about, for people.
    pub title: Option<&'static str>,
    /// Whose figure: the device's readable name, its id where it is gone; null where something should happen.
    pub device: Option<String>,
    /// Which property of it.
    pub property: Option<String>,
    /// The unit of the figures.
    pub unit: Option<&'static str>,
    /// What should happen, by the key of its pattern; null for a figure.
    pub subject: Option<String>,
    /// The same for programs.
    #[schema(value_type = Object)]
    pub claim: Option<serde_json::Value>,
    /// How likely that was said to be, from 0 to 1.
    pub chance: Option<f64>,
    /// What came of it: `hit`, `miss`, or `unknown` where the house did not run; null before its time.
    pub outcome: Option<String>,
    /// When it was expected.
    pub made: At,
    /// The span that is meant begins.
    pub from: At,
    /// And ends; then it can be scored.
    pub due: At,
    /// What was expected.
    pub value: Option<f64>,
    /// What the simplest guess would have been.
    pub plain: Option<f64>,
    /// From how many figures.
    pub basis: Option<u32>,
    /// What came; null where that is not known, or not yet.
    pub actual: Option<f64>,
    /// When it was scored; null where it waits.
    pub scored: Option<At>,
}

/// How right the models are.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastAccuracy {
    /// Each model.
    pub models: Vec<ModelAccuracy>,
}

/// How right a model is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelAccuracy {
    /// Its name.
    pub model: String,
    /// What it foresees, for people.
    pub title: &'static str,
    /// `figure`, where it foresees how much something will be, or `happening`, where it foresees that
    /// something happens.
    pub foresees: &'static str,
    /// How many predictions were scored against something known.
    pub scored: u32,
    /// Whether those are enough to say something of the model.
    pub enough: bool,
    /// Figures: their mean absolute error, in the property's unit; null where none was scored.
    pub error: Option<f64>,
    /// Figures: that of the simplest guess.
    pub plain_error: Option<f64>,
    /// Happenings: the share of those that came; null where there are too few to say.
    pub accuracy: Option<f64>,
    /// Happenings: how likely they were said to be, on the mean; null where there are too few to say.
    pub promised: Option<f64>,
    /// Happenings: how many nobody knows of, because the house did not run or lost what happened.
    pub unknown: Option<u32>,
    /// Happenings: how many whose time has not come.
    pub pending: Option<u32>,
    /// The same by the day on which predictions were due, oldest first: figures by the day of UTC, happenings
    /// by the local day.
    pub days: Vec<DayAccuracy>,
}

/// How right a model was over a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayAccuracy {
    /// The day.
    #[schema(example = "2026-03-04")]
    pub day: String,
    /// How many predictions were scored.
    pub scored: u32,
    /// Figures: their mean absolute error.
    pub error: Option<f64>,
    /// Figures: that of the simplest guess.
    pub plain_error: Option<f64>,
    /// Happenings: how many came.
    pub hits: Option<u32>,
}

impl ModelAccuracy {
    /// Of a model that foresees figures.
    pub(crate) fn of_figures(model: Model, days: &[&store::Accuracy]) -> Self {
        let scored: u32 = days.iter().map(|day| day.scored).sum();
        let mean = |error: &dyn Fn(&store::Accuracy) -> Option<f64>| {
            let weighed = days
                .iter()
                .filter_map(|day| Some(error(day)? * f64::from(day.scored)));
            (scored > 0).then(|| weighed.sum::<f64>() / f64::from(scored))
        };
        let day = |day: &&store::Accuracy| {
            let begin = model::Timestamp::from_second(day.day * 86_400).ok()?;
            Some(DayAccuracy {
                day: begin.to_string().chars().take(10).collect(),
                scored: day.scored,
                error: Some(day.error),
                plain_error: day.plain_error,
                hits: None,
            })
        };
        Self {
            model: model.as_str().to_owned(),
            title: model.title(),
            foresees: "figure",
            scored,
            enough: scored >= ENOUGH,
            error: mean(&|day| Some(day.error)),
            plain_error: mean(&|day| day.plain_error),
            accuracy: None,
            promised: None,
            unknown: None,
            pending: None,
            days: days.iter().filter_map(day).collect(),
        }
    }

    /// Of a model that foresees happenings.
    pub(crate) fn of_happenings(all: mind::memory::Accuracy) -> Self {
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let days = all.days.iter().map(|(day, hits, misses)| DayAccuracy {
            day: day.to_string(),
            scored: small(hits + misses),
            error: None,
            plain_error: None,
            hits: Some(small(*hits)),
        });
        Self {
            days: days.collect(),
            title: HAPPENS,
            foresees: "happening",
            scored: small(all.hits + all.misses),
            enough: all.accuracy.is_some(),
            error: None,
            plain_error: None,
            accuracy: all.accuracy,
            promised: all.promised,
            unknown: Some(small(all.unknown)),
            pending: Some(small(all.pending)),
            model: all.model,
        }
    }
}

/// What routines foresee, for people.
const HAPPENS: &str = "what is regular in the days happens again";

impl Consciousness {
    /// How the house is, in words and rows.
    pub(crate) fn of(view: &View, snapshot: &Snapshot) -> Self {
        let feeling = &view.feeling;
        Self {
            at: view.at.into(),
            feeling: feeling.label.as_str(),
            since: feeling.since.map(Into::into),
            valence: feeling.valence,
            arousal: feeling.arousal,
            intensity: feeling.intensity,
            confidence: feeling.confidence,
            baseline: feeling.baseline,
            awareness: Awareness {
                share: view.awareness.share(),
                fresh: view.awareness.fresh,
                known: view.awareness.known,
            },
            mood: Mood {
                feeling: view.mood.label.as_str(),
                valence: view.mood.valence,
                arousal: view.mood.arousal,
            },
            reasons: view
                .reasons
                .iter()
                .map(|reason| Reason {
                    factor: reason.factor,
                    contribution: reason.contribution,
                    text: reason.text.clone(),
                    evidence: rows(&reason.evidence, snapshot),
                    more: reason.more,
                })
                .collect(),
            better: view.better.clone(),
            glad: view
                .glad
                .iter()
                .map(|mended| Mended {
                    title: mended.title.clone(),
                    concern: mended.concern.uuid(),
                    at: mended.at.into(),
                    note: mended.note.clone(),
                })
                .collect(),
            concerns: view
                .concerns
                .iter()
                .filter(|concern| concern.attention == Attention::Open)
                .map(|concern| Concern::of(concern, snapshot))
                .collect(),
            year: view.year.map(|year| Year {
                season: year.season.as_str(),
                daylight_hours: year.daylight,
                frost: year.frost,
                storms: year.storms,
                fires: year.fires,
            }),
        }
    }
}

impl Concern {
    /// A concern that is on.
    pub(crate) fn of(concern: &mind::Concern, snapshot: &Snapshot) -> Self {
        let (state, snoozed_until) = match concern.attention {
            Attention::Open => ("open", None),
            Attention::Snoozed { until } => ("snoozed", Some(until.into())),
            Attention::Known => ("known", None),
        };
        Self {
            id: concern.id.uuid(),
            kind: concern.kind.to_owned(),
            title: concern.title.clone(),
            detail: concern.detail.clone(),
            urgency: concern.urgency.as_str().to_owned(),
            device: concern.device.map(|id| slug(id, snapshot)),
            area: concern.area.map(model::AreaId::uuid),
            since: concern.since.into(),
            raised: concern.raised.into(),
            expires: Some(concern.expires.into()),
            state,
            snoozed_until,
            ended: None,
            how: None,
            note: None,
            evidence: rows(&concern.evidence, snapshot),
            suggestion: concern.suggestion.as_ref().map(|suggestion| Suggestion {
                text: suggestion.text.clone(),
                request: suggestion.request.as_ref().map(|request| SuggestedRequest {
                    device: slug(request.device, snapshot),
                    capability: request.capability,
                    command: request.command,
                    args: request
                        .args
                        .iter()
                        .map(|(name, value)| (name.clone(), value.to_json()))
                        .collect(),
                }),
            }),
            notes: ConcernNote::of(&concern.notes),
        }
    }

    /// One that ended; `None` where another version kept it.
    pub(crate) fn over(kept: store::KeptConcern, snapshot: &Snapshot) -> Option<Self> {
        let body: mind::KeptBody = serde_json::from_value(kept.body).ok()?;
        Some(Self {
            id: kept.id.uuid(),
            kind: kept.kind,
            title: body.title,
            detail: body.detail,
            urgency: kept.urgency,
            device: body.device.map(|id| slug(id, snapshot)),
            area: body.area.map(model::AreaId::uuid),
            since: body.since.into(),
            raised: kept.raised.into(),
            expires: None,
            state: "ended",
            snoozed_until: None,
            ended: kept.ended.map(Into::into),
            how: kept.how,
            note: body.note,
            evidence: rows(&body.evidence, snapshot),
            suggestion: None,
            notes: ConcernNote::of(&body.notes),
        })
    }
}

impl Safla {
    /// How the loop is.
    pub(crate) fn of(status: &mind::safla::status::Status) -> Self {
        Self {
            turns: status.turns,
            restarts: status.restarts,
            at: status.at.map(Into::into),
            trigger: status.trigger,
            took_ms: status.took.as_secs_f64() * 1e3,
            interval_seconds: status.interval.as_secs(),
            stages: status
                .stages
                .iter()
                .map(|stage| SaflaStage {
                    name: stage.name,
                    input: stage.input.clone(),
                    output: stage.output.clone(),
                    took_ms: stage.took.as_secs_f64() * 1e3,
                })
                .collect(),
        }
    }
}

impl From<store::KeptFeeling> for Emotion {
    fn from(kept: store::KeptFeeling) -> Self {
        Self {
            at: kept.at.into(),
            feeling: kept.label,
            valence: kept.valence,
            arousal: kept.arousal,
            confidence: kept.confidence,
            awareness: kept.awareness,
            mood_valence: kept.mood_valence,
            mood_arousal: kept.mood_arousal,
            reasons: kept.reasons,
        }
    }
}

impl Prediction {
    /// A figure that was foreseen, with its device's name.
    pub(crate) fn of(kept: store::KeptForecast, snapshot: &Snapshot) -> Self {
        Self {
            title: Model::parse(&kept.model).map(Model::title),
            model: kept.model,
            device: Some(slug(kept.device, snapshot)),
            property: Some(kept.path.to_string()),
            unit: kept.path.property.unit.map(model::Unit::symbol),
            subject: None,
            claim: None,
            chance: None,
            outcome: None,
            made: kept.made.into(),
            from: kept.from.into(),
            due: kept.due.into(),
            value: Some(kept.value),
            plain: kept.plain,
            basis: Some(kept.basis),
            actual: kept.actual,
            scored: kept.scored.map(Into::into),
        }
    }

    /// Something that should happen.
    pub(crate) fn of_happening(kept: store::KeptPrediction) -> Self {
        Self {
            title: Some(HAPPENS),
            model: kept.model,
            device: None,
            property: None,
            unit: None,
            subject: Some(kept.subject),
            claim: Some(kept.claim),
            chance: Some(kept.chance),
            outcome: kept.outcome,
            made: kept.made.into(),
            from: kept.from.into(),
            due: kept.until.into(),
            value: None,
            plain: None,
            basis: None,
            actual: None,
            scored: kept.scored.map(Into::into),
        }
    }
}

/// A device's readable name; its id where it is gone.
fn slug(id: DeviceId, snapshot: &Snapshot) -> String {
    match snapshot.devices.get(&id) {
        Some(twin) => twin.device.slug.to_string(),
        None => id.to_string(),
    }
}

fn rows(rows: &[Row], snapshot: &Snapshot) -> Vec<Evidence> {
    rows.iter().map(|row| evidence(row, snapshot)).collect()
}

fn evidence(row: &Row, snapshot: &Snapshot) -> Evidence {
    let mut evidence = Evidence {
        kind: "",
        id: None,
        name: None,
        device: None,
        property: None,
        value: None,
        unit: None,
        at: None,
        link: None,
    };
    match row {
        Row::Property {
            device,
            path,
            value,
            at,
        } => {
            of_device(&mut evidence, *device, snapshot);
            of_property(&mut evidence, *path);
            evidence.kind = "property";
            evidence.value = value.as_ref().map(Into::into);
            evidence.at = Some((*at).into());
        }
        Row::History {
            device,
            path,
            from,
            to,
        } => {
            of_device(&mut evidence, *device, snapshot);
            of_property(&mut evidence, *path);
            evidence.kind = "history";
            evidence.at = Some((*from).into());
            if let Some(link) = &mut evidence.link {
                link.push_str(&format!("&from={from}&to={to}"));
            }
        }
        Row::Connectivity {
            device,
            online,
            since,
        } => {
            of_device(&mut evidence, *device, snapshot);
            evidence.kind = "connectivity";
            evidence.value = Some(Scalar((*online).into()));
            evidence.at = Some((*since).into());
        }
        Row::Event { position, at } => {
            evidence.kind = "event";
            evidence.name = Some(position.to_string());
            evidence.at = Some((*at).into());
            // The cursor of a page leads to what was before it.
            let next = model::Position {
                seq: position.seq + 1,
                ..*position
            };
            evidence.link = Some(format!("/api/events?limit=1&cursor={next}"));
        }
        Row::Run { run, at } => {
            evidence.kind = "run";
            evidence.id = Some(run.uuid());
            evidence.at = Some((*at).into());
            evidence.link = Some(format!("/api/automation/runs/{run}"));
        }
        Row::Wish { wish, at } => {
            evidence.kind = "wish";
            evidence.id = Some(wish.uuid());
            evidence.at = Some((*at).into());
            evidence.link = Some("/api/events?kind=wish_ended".to_owned());
        }
        Row::Presence { person, since } => {
            evidence.kind = "presence";
            evidence.id = Some(person.uuid());
            evidence.name = snapshot
                .people
                .get(person)
                .map(|person| person.name.clone());
            evidence.at = Some((*since).into());
            evidence.link = Some(format!("/api/people/{person}"));
        }
        Row::Component { name, since } => {
            evidence.kind = "component";
            evidence.name = Some(name.clone());
            evidence.at = Some((*since).into());
            evidence.link = Some("/health/detailed".to_owned());
        }
        Row::Concern { concern, since } => {
            evidence.kind = "concern";
            evidence.id = Some(concern.uuid());
            evidence.at = Some((*since).into());
            evidence.link = Some("/api/concerns".to_owned());
        }
        Row::Area { area } => {
            evidence.kind = "area";
            evidence.id = Some(area.uuid());
            evidence.name = snapshot.areas.get(area).map(|area| area.name.clone());
            evidence.link = Some(format!("/api/areas/{area}"));
        }
    }
    evidence
}

fn of_device(evidence: &mut Evidence, id: DeviceId, snapshot: &Snapshot) {
    let slug = slug(id, snapshot);
    evidence.link = Some(format!("/api/devices/{slug}"));
    evidence.device = Some(slug);
    evidence.name = snapshot
        .devices
        .get(&id)
        .map(|twin| twin.device.name.clone());
}

fn of_property(evidence: &mut Evidence, path: Path) {
    if let Some(link) = &mut evidence.link {
        link.push_str(&format!("/history?property={path}"));
    }
    evidence.unit = path.property.unit.map(model::Unit::symbol);
    evidence.property = Some(path.to_string());
}
