//! The conversation on the wire.

use super::{At, Scalar};
use conversation::{Answer, Piece, Undo};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{ConversationSummary, KeptTurn};
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that is said to the house.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// The words.
    #[schema(example = "Turn on the light in the kitchen")]
    pub message: String,
    /// In which conversation; a new one where none is named.
    #[serde(default)]
    pub conversation_id: Option<Uuid>,
    /// In which language, `en` or `de`; where none is named, the one that the words are of, or that was
    /// spoken before.
    #[serde(default)]
    pub language: Option<String>,
    /// Where the person is, by the area's id, slug or name: “the light” is first looked for there.
    #[serde(default)]
    pub area: Option<String>,
    /// Only understand, and do and keep nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What the house answers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatAnswer {
    /// In which conversation; name it with what is said next.
    pub conversation_id: Uuid,
    /// The words.
    pub response: String,
    /// In which language they are, such as `en` or `de`; the one that was spoken, or English where some
    /// of the answer has no words in it.
    pub language: String,
    /// What was understood.
    pub intent: ChatIntent,
    /// What was done, each with what became of it.
    pub actions: Vec<ChatAction>,
    /// The rows behind what is said.
    pub evidence: Vec<ChatEvidence>,
    /// What could be said next.
    pub suggestions: Vec<String>,
    /// Who understood it: `embedded`, or a provider and its model.
    pub engine: String,
    /// What the house asks back; null where it asks nothing.
    pub pending: Option<ChatPending>,
    /// How the interview stands that is held in this conversation; null where none is.
    pub interview: Option<Box<super::Interview>>,
}

/// What was understood.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatIntent {
    /// Which kind of thing was said: `command`, `question.state`, `rule`, `not_understood` and so on.
    pub name: String,
    /// Its parts.
    #[schema(value_type = Object)]
    pub slots: serde_json::Map<String, serde_json::Value>,
}

/// Something that was done, or would be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatAction {
    /// What it is called when it shall be taken back.
    pub id: Uuid,
    /// The device; null for scenarios, scenes and the house's mode.
    pub device: Option<Uuid>,
    /// Its readable name, or the scenario's, the scene's, the mode.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// On which endpoint, where it is not the first that has the capability.
    pub endpoint: Option<u16>,
    /// Of which capability; `Scenario`, `Scene`, `House` or `Memory` for what is no device.
    pub capability: String,
    /// Which command.
    pub command: String,
    /// With these arguments.
    pub args: BTreeMap<String, Scalar>,
    /// `planned`, `unconfirmed`, `pending`, `reached`, `delivered`, `superseded`, `refused`,
    /// `timed_out` or `scheduled`.
    pub outcome: &'static str,
    /// What there is to say about that.
    pub note: Option<String>,
    /// The wish behind it.
    pub wish: Option<Uuid>,
    /// The run of the scenario.
    pub run: Option<Uuid>,
    /// Whether `POST /api/conversations/{conversation}/undo` can take it back.
    pub undo: bool,
    /// Why it cannot be taken back; null where it can, or nothing was done.
    pub undo_refused: Option<String>,
}

/// A row behind what is said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatEvidence {
    /// `property`, `sample`, `statistic`, `event`, `candidate`, `person`, `device`, `rule`, `reason`,
    /// `concern`, `discovery`, `connectivity`, `memory`, `pattern`, `figure` or `alert`.
    pub kind: &'static str,
    /// The device.
    pub device: Option<Uuid>,
    /// What it is about.
    pub name: String,
    /// The property's path.
    pub path: Option<String>,
    /// Its value, in `unit`.
    pub value: Option<Scalar>,
    /// The value's unit.
    pub unit: Option<&'static str>,
    /// When.
    pub at: Option<At>,
    /// Since when it is so; of a statistic its end.
    pub since: Option<At>,
    /// Whether it is from before the last restart.
    pub stale: bool,
    /// The same in one plain sentence.
    pub text: Option<String>,
    /// The id of an event, a concern, a person, a rule, a memory, an alert; of a figure the request that
    /// shows the rows behind it.
    pub reference: Option<String>,
}

/// What the house asks back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatPending {
    /// The question.
    pub question: String,
    /// `which`, `confirm` or `what`.
    pub kind: &'static str,
    /// Answers to choose from.
    pub choices: Vec<String>,
}

/// A piece of a streamed answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatPiece {
    /// It was understood, and this is being done; the answer waits for the devices.
    Doing {
        /// In a few words: “turn on Hall lamp”.
        text: String,
    },
    /// Something that was done, or failed; the answer has it, too.
    Action {
        /// It.
        action: Box<ChatAction>,
    },
    /// Words of the response.
    Delta {
        /// They are to be joined as they come.
        text: String,
    },
    /// All of the answer; the last piece.
    Answer {
        /// The answer.
        answer: Box<ChatAnswer>,
    },
    /// There is none; the last piece.
    Error {
        /// Why.
        message: String,
    },
}

/// What would be sent to a language model.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outgoing {
    /// The provider and its model; null where none is set.
    pub engine: Option<String>,
    /// Whether this message would be sent at all. What the house understands by itself is not.
    pub would_be_sent: bool,
    /// Why, or why not.
    pub reason: &'static str,
    /// Where to.
    pub url: Option<String>,
    /// With these heads, and the key that is not shown.
    pub headers: BTreeMap<String, String>,
    /// This. Where the model uses tools, their results follow in further requests of the same form.
    #[schema(value_type = Option<Object>)]
    pub body: Option<serde_json::Value>,
    /// How many tokens a day a model may cost.
    pub tokens_per_day: Option<u64>,
    /// How many it did cost today.
    pub tokens_today: Option<u64>,
}

impl Outgoing {
    /// A preview with the budget and what was spent of it.
    pub(crate) fn of(
        preview: conversation::Preview,
        tokens: Option<(u64, conversation::llm::Spent)>,
    ) -> Self {
        let outgoing = preview.outgoing;
        let heads = outgoing.iter().flat_map(|outgoing| &outgoing.heads);
        Self {
            engine: preview.engine,
            would_be_sent: preview.sent,
            reason: preview.reason,
            headers: heads
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            url: outgoing.as_ref().map(|outgoing| outgoing.url.clone()),
            body: outgoing.map(|outgoing| outgoing.body),
            tokens_per_day: tokens.as_ref().map(|(limit, _)| *limit),
            tokens_today: tokens.map(|(_, spent)| spent.input + spent.output),
        }
    }
}

/// What shall be taken back.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChatUndo {
    /// The ids of these actions; all of the last answer that did something where none is named.
    pub actions: Vec<Uuid>,
}

/// The conversations of who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationList {
    /// The last gone on with first.
    pub conversations: Vec<Conversation>,
    /// `before` of the next page; null on the last.
    pub next: Option<At>,
}

/// A conversation in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conversation {
    /// Its id.
    pub id: Uuid,
    /// The first thing that was said in it.
    pub title: String,
    /// When it began.
    pub began: At,
    /// When it was last gone on with.
    pub last: At,
    /// How many turns it has.
    pub turns: u64,
}

/// What was said in a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationTurns {
    /// Its id.
    pub id: Uuid,
    /// The last turns, oldest first.
    pub turns: Vec<Turn>,
}

/// What was said, and the answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Turn {
    /// When.
    pub at: At,
    /// Who said it.
    pub who: super::Who,
    /// What was said.
    pub message: String,
    /// What was answered.
    pub response: String,
    /// What was understood.
    pub intent: String,
    /// Who understood it.
    pub engine: String,
    /// What was done and offered, and the rows behind what was said: `actions`, `evidence`,
    /// `suggestions` and `slots`, as in the answer.
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
}

impl From<Answer> for ChatAnswer {
    fn from(answer: Answer) -> Self {
        Self {
            conversation_id: answer.conversation.uuid(),
            response: answer.response,
            language: answer.language,
            intent: ChatIntent {
                name: answer.intent.name,
                slots: answer.intent.slots,
            },
            actions: answer.actions.into_iter().map(ChatAction::from).collect(),
            evidence: answer
                .evidence
                .into_iter()
                .map(ChatEvidence::from)
                .collect(),
            suggestions: answer.suggestions,
            engine: answer.engine,
            pending: answer.pending.map(|pending| ChatPending {
                question: pending.question,
                kind: pending.kind,
                choices: pending.choices,
            }),
            interview: answer
                .interview
                .map(|standing| Box::new(super::Interview::from(*standing))),
        }
    }
}

impl From<Piece> for ChatPiece {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Doing(text) => Self::Doing { text },
            Piece::Words(text) => Self::Delta { text },
            Piece::Done(action) => Self::Action {
                action: Box::new((*action).into()),
            },
        }
    }
}

impl From<conversation::Action> for ChatAction {
    fn from(action: conversation::Action) -> Self {
        let undo_refused = match &action.undo {
            Some(Undo::Never { why }) => Some(why.clone()),
            _ => None,
        };
        Self {
            id: action.id.uuid(),
            undo: action.undo.is_some() && undo_refused.is_none(),
            undo_refused,
            device: action.device.map(|id| id.uuid()),
            slug: action.slug,
            name: action.name,
            endpoint: action.endpoint,
            capability: action.capability,
            command: action.command,
            args: action
                .args
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect(),
            outcome: action.outcome.as_str(),
            note: action.note,
            wish: action.wish.map(|id| id.uuid()),
            run: action.run.map(|id| id.uuid()),
        }
    }
}

impl From<conversation::Evidence> for ChatEvidence {
    fn from(row: conversation::Evidence) -> Self {
        Self {
            kind: row.kind,
            device: row.device.map(|id| id.uuid()),
            name: row.name,
            path: row.path,
            value: row.value.map(Scalar),
            unit: row.unit,
            at: row.at.map(At),
            since: row.since.map(At),
            stale: row.stale,
            text: row.text,
            reference: row.reference,
        }
    }
}

impl From<ConversationSummary> for Conversation {
    fn from(kept: ConversationSummary) -> Self {
        Self {
            id: kept.id.uuid(),
            title: kept.title,
            began: kept.began.into(),
            last: kept.last.into(),
            turns: kept.turns,
        }
    }
}

impl From<KeptTurn> for Turn {
    fn from(kept: KeptTurn) -> Self {
        Self {
            at: kept.at.into(),
            who: (&kept.who).into(),
            message: kept.message,
            response: kept.response,
            intent: kept.intent,
            engine: kept.engine,
            details: kept.body,
        }
    }
}
