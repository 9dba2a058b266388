//! The interview and what the house says by itself, on the wire.

use super::{At, ChatAnswer};
use conversation::interview as own;
use conversation::opening;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How an interview shall begin.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StartInterview {
    /// Begin a new one even where one was left; else that one is taken up again.
    pub fresh: bool,
    /// In which conversation; a new one where none is named.
    pub conversation_id: Option<Uuid>,
}

/// What is answered in an interview.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterviewMessage {
    /// The words.
    #[schema(example = "Hue lights in the kitchen and a Nest in the hall")]
    pub message: String,
}

/// An interview that began, or was taken up again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InterviewStarted {
    /// Its id.
    pub interview_id: Uuid,
    /// The conversation in which it is held: what is said there goes on with it.
    pub conversation_id: Uuid,
    /// Whether one that was left is gone on with.
    pub resumed: bool,
    /// What the house says first.
    pub answer: ChatAnswer,
}

/// How an interview stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Interview {
    /// Its id.
    pub id: Uuid,
    /// The conversation in which it is held.
    pub conversation_id: Uuid,
    /// `open`, `paused` or `done`.
    pub state: &'static str,
    /// What it is about now: `name`, `place`, `rooms`, `doorways`, `things`, `connect`, `review` or `done`.
    #[schema(example = "doorways")]
    pub phase: &'static str,
    /// What it asks; null once it is done.
    pub question: Option<InterviewQuestion>,
    /// When it began.
    pub began: At,
    /// When it was last gone on with.
    pub last: At,
    /// How many messages were taken.
    pub turns: u32,
    /// How many questions were answered.
    pub answered: u32,
    /// What the house is called.
    pub name: String,
    /// Where it stands, in words; null where nobody said.
    pub place: Option<String>,
    /// In which area one stands; null where that is not known.
    pub current: Option<String>,
    /// The map: areas with their doorways.
    pub rooms: Vec<InterviewRoom>,
    /// What was mentioned, with what it may mean.
    pub mentions: Vec<InterviewMention>,
    /// How many found things wait for a yes.
    pub devices_found: usize,
}

/// What an interview asks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InterviewQuestion {
    /// The words.
    pub text: String,
    /// How it is answered: `text`, `rooms`, `room`, `things`, `confirm` or `choice`.
    pub kind: &'static str,
    /// Answers to choose from.
    pub choices: Vec<String>,
}

/// An area on the map.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InterviewRoom {
    /// What it is called.
    pub name: String,
    /// Its readable name.
    pub slug: String,
    /// Whether it lies outside, as far as its name says.
    pub outside: bool,
    /// On which floor.
    pub floor: Option<String>,
    /// Where its doorways lead: readable names.
    pub doorways: Vec<String>,
    /// How many devices stand there.
    pub devices: usize,
}

/// A thing that was mentioned.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InterviewMention {
    /// Its number, from 1.
    pub id: u32,
    /// The words.
    pub text: String,
    /// How many; null where that was not said.
    pub count: Option<u32>,
    /// Of which maker or family; null where none was named.
    pub brand: Option<String>,
    /// What it is.
    pub kind: &'static str,
    /// In which area; null where that is not known.
    pub room: Option<String>,
    /// Whether the area was said; else it follows from what was said before.
    pub room_said: bool,
    /// How sure the reading is, 0 to 1.
    pub confidence: f64,
    /// `open`, `connected` or `noted` (nothing reaches it yet; a note says that it is there).
    pub state: &'static str,
    /// The devices that it is.
    pub devices: Vec<Uuid>,
    /// What it may mean, the surest first.
    pub candidates: Vec<InterviewCandidate>,
    /// What it takes to connect it; null where nothing is needed.
    pub needs: Option<String>,
}

/// What a mention may mean.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InterviewCandidate {
    /// The found thing; null for a device.
    pub discovery: Option<Uuid>,
    /// The device; null for a found thing.
    pub device: Option<Uuid>,
    /// What it is called.
    pub name: String,
    /// How sure it is, above 0 and below 1.
    pub confidence: f64,
    /// What speaks for it.
    pub why: Vec<String>,
    /// What taking it in gives: `control`, `readings` or `presence`; `ours` for a device.
    pub gives: &'static str,
    /// What is needed so that it can be controlled; null where nothing is.
    pub needs: Option<String>,
}

/// What should be done next, the surest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Recommendations {
    /// The interview.
    pub interview_id: Uuid,
    /// What should be done next.
    pub recommendations: Vec<Recommendation>,
}

/// What should be done next about a thing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Recommendation {
    /// What it is about.
    pub title: String,
    /// The mention, by its number; null for what was only found.
    pub mention: Option<u32>,
    /// The found thing; null where there is none.
    pub discovery: Option<Uuid>,
    /// Of which maker or family.
    pub brand: Option<String>,
    /// What it is.
    pub kind: &'static str,
    /// In which area.
    pub room: Option<String>,
    /// By which way it comes to the house: a driver's name.
    #[schema(example = "home_assistant")]
    pub integration: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// What speaks for it.
    pub why: Vec<String>,
    /// What to do.
    pub text: String,
    /// What is needed first; null where a yes is enough.
    pub needs: Option<String>,
}

/// What the house began to say.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpeningList {
    /// The newest first.
    pub openings: Vec<Opening>,
}

/// Something that the house began to say by itself. It is answered with `POST /api/chat` in its
/// conversation, in free words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Opening {
    /// The conversation that it begins.
    pub conversation_id: Uuid,
    /// What it is about: `concern`, `question` (of a rule), `mended` (what people waited for is well again),
    /// `visit` (somebody came unexpected) or `morning`.
    pub about: &'static str,
    /// The concern; null for others.
    pub concern: Option<Uuid>,
    /// The run that asks; null for others.
    pub run: Option<Uuid>,
    /// Until when an answer counts; null where it always does.
    pub until: Option<At>,
    /// The words.
    pub text: String,
    /// Answers to choose from.
    pub choices: Vec<String>,
    /// The rows behind it.
    pub evidence: Vec<OpeningRow>,
    /// Whether it breaks the quiet hours.
    pub urgent: bool,
    /// When it was said.
    pub at: At,
    /// `open`, `answered`, `put_off` or `lapsed`.
    pub state: &'static str,
    /// What was answered, or why it is over; null while it is open.
    pub answer: Option<String>,
}

/// A row behind what the house says by itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpeningRow {
    /// In one plain sentence.
    pub text: String,
    /// The device.
    pub device: Option<Uuid>,
    /// The property's path.
    pub path: Option<String>,
    /// The id of a concern, a run, a memory.
    pub reference: Option<String>,
}

impl From<own::Standing> for Interview {
    fn from(standing: own::Standing) -> Self {
        Self {
            id: standing.id.uuid(),
            conversation_id: standing.conversation.uuid(),
            state: standing.stage.as_str(),
            phase: standing.phase,
            question: standing.question.map(|question| InterviewQuestion {
                text: question.text,
                kind: question.kind,
                choices: question.choices,
            }),
            began: standing.began.into(),
            last: standing.last.into(),
            turns: standing.turns,
            answered: standing.answered,
            name: standing.name,
            place: standing.place,
            current: standing.current,
            rooms: standing
                .rooms
                .into_iter()
                .map(InterviewRoom::from)
                .collect(),
            mentions: standing
                .mentions
                .into_iter()
                .map(InterviewMention::from)
                .collect(),
            devices_found: standing.found,
        }
    }
}

impl From<own::Place> for InterviewRoom {
    fn from(place: own::Place) -> Self {
        Self {
            name: place.name,
            slug: place.slug,
            outside: place.outside,
            floor: place.floor,
            doorways: place.doorways,
            devices: place.devices,
        }
    }
}

impl From<own::Mentioned> for InterviewMention {
    fn from(it: own::Mentioned) -> Self {
        let mention = it.mention;
        Self {
            id: mention.id,
            text: mention.text,
            count: mention.count,
            brand: mention.maker,
            kind: mention.kind.as_str(),
            room: mention.room,
            room_said: mention.room_said,
            confidence: mention.confidence,
            state: mention.state.as_str(),
            devices: mention.devices.iter().map(|id| id.uuid()).collect(),
            candidates: it
                .candidates
                .into_iter()
                .map(InterviewCandidate::from)
                .collect(),
            needs: it.needs,
        }
    }
}

impl From<own::Candidate> for InterviewCandidate {
    fn from(it: own::Candidate) -> Self {
        let (discovery, device) = match it.what {
            own::What::Found(id) => (Some(id.uuid()), None),
            own::What::Device(id) => (None, Some(id.uuid())),
        };
        Self {
            discovery,
            device,
            name: it.name,
            confidence: it.confidence,
            why: it.why,
            gives: it.gives,
            needs: it.needs,
        }
    }
}

impl From<own::Recommendation> for Recommendation {
    fn from(it: own::Recommendation) -> Self {
        Self {
            title: it.title,
            mention: it.mention,
            discovery: it.discovery.map(|id| id.uuid()),
            brand: it.maker,
            kind: it.kind,
            room: it.room,
            integration: it.integration,
            confidence: it.confidence,
            why: it.why,
            text: it.text,
            needs: it.needs,
        }
    }
}

impl From<opening::Opening> for Opening {
    fn from(it: opening::Opening) -> Self {
        let (concern, run, until) = match &it.about {
            opening::About::Concern { concern } | opening::About::Mended { concern } => {
                (Some(concern.uuid()), None, None)
            }
            opening::About::Question { run, until, .. } => {
                (None, Some(run.uuid()), Some((*until).into()))
            }
            opening::About::Visit { .. } | opening::About::Morning => (None, None, None),
        };
        Self {
            conversation_id: it.conversation.uuid(),
            about: it.about.kind(),
            concern,
            run,
            until,
            text: it.text,
            choices: it.choices,
            evidence: it
                .rows
                .into_iter()
                .map(|row| OpeningRow {
                    text: row.text,
                    device: row.device.map(|id| id.uuid()),
                    path: row.path,
                    reference: row.reference,
                })
                .collect(),
            urgent: it.urgent,
            at: it.at.into(),
            state: it.state.as_str(),
            answer: it.answer,
        }
    }
}
