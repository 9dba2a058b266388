//! The conversation: said and answered, kept, searched, deleted.

use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path, Query, page_limit};
use crate::state::Shared;
use crate::wire::{self, At, ChatPiece};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conversation::{Answer, CannotSay, Channel, Piece, Said};
use futures_util::{StreamExt as _, stream};
use model::{ConversationId, Grant, RequestId};
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};
use utoipa::IntoParams;
use uuid::Uuid;

/// How many pieces of an answer wait for who reads slowly; the answer has them all.
const PIECES: usize = 256;

/// How many actions are taken back at once.
const UNDONE: usize = 1_000;

/// How many turns of a conversation are shown.
const TURNS: usize = 500;

/// Says something to the house. What the house does for it goes through the same door as every
/// command, with the rights of who asks, and the answer follows from what became of it. With
/// `Accept: text/event-stream` or `application/x-ndjson` the answer comes in pieces (`ChatPiece`).
#[utoipa::path(post, path = "/api/chat", tag = "conversation", operation_id = "chat",
    request_body = wire::Chat,
    responses((status = 200, body = wire::ChatAnswer), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn chat(
    State(app): State<Shared>,
    Caller(grant): Caller,
    headers: HeaderMap,
    Json(chat): Json<wire::Chat>,
) -> Result<Response, ApiError> {
    let wanted = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    let form = if wanted.contains("text/event-stream") {
        Some(Form::Events)
    } else if wanted.contains("ndjson") {
        Some(Form::Lines)
    } else {
        None
    };
    let said = said(chat, grant, Channel::Rest);
    let Some(form) = form else {
        let answer = app.house.conversation.say(said).await?;
        return Ok(axum::Json(wire::ChatAnswer::from(answer)).into_response());
    };
    // It goes on where nobody listens any more: what was begun is ended, and kept.
    let (sender, mut pieces) = mpsc::channel(PIECES);
    let conversation = app.house.conversation.clone();
    let mut answering = tokio::spawn(async move { conversation.say_to(said, sender).await });
    tokio::select! {
        biased;
        first = pieces.recv() => match first {
            Some(first) => Ok(streamed(Some(first), Some(pieces), answering, form)),
            None => finished(answering.await, form),
        },
        answer = &mut answering => finished(answer, form),
    }
}

/// What would be sent to a language model for a message, to the letter. Nothing is sent, done or kept.
#[utoipa::path(post, path = "/api/chat/outgoing", tag = "conversation", operation_id = "previewOutgoing",
    request_body = wire::Chat,
    responses((status = 200, body = wire::Outgoing), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn outgoing(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(chat): Json<wire::Chat>,
) -> Result<axum::Json<wire::Outgoing>, ApiError> {
    let conversation = &app.house.conversation;
    let preview = conversation
        .preview(&said(chat, grant, Channel::Rest))
        .await?;
    let tokens = match conversation.model() {
        Some(model) => Some((model.budget().limit(), model.budget().spent().await)),
        None => None,
    };
    Ok(axum::Json(wire::Outgoing::of(preview, tokens)))
}

type Answering = Result<Result<Answer, CannotSay>, JoinError>;

/// An answer that is there before any piece of it was told; or the reason why there is none.
fn finished(answer: Answering, form: Form) -> Result<Response, ApiError> {
    let answer = answer.map_err(|_| broken())??;
    let answering = tokio::spawn(async move { Ok(answer) });
    Ok(streamed(None, None, answering, form))
}

fn broken() -> ApiError {
    ApiError::new(
        ErrorCode::Internal,
        "the answer broke off; the log says where",
    )
}

/// What is said, as the conversation takes it.
pub(crate) fn said(chat: wire::Chat, grant: Grant, channel: Channel) -> Said {
    Said {
        message: chat.message,
        conversation: chat.conversation_id.map(conversation_id),
        language: chat.language,
        area: chat.area,
        dry_run: chat.dry_run,
        grant,
        channel,
    }
}

fn conversation_id(id: Uuid) -> ConversationId {
    ConversationId::from_uuid(id)
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Events,
    Lines,
}

/// The answer in pieces: what is told at once, its words, and then all of it.
fn streamed(
    first: Option<Piece>,
    pieces: Option<mpsc::Receiver<Piece>>,
    answering: JoinHandle<Result<Answer, CannotSay>>,
    form: Form,
) -> Response {
    let (kind, frame): (_, fn(&str) -> String) = match form {
        Form::Events => ("text/event-stream", |json| format!("data: {json}\n\n")),
        Form::Lines => ("application/x-ndjson", |json| format!("{json}\n")),
    };
    // Words that were told as a language model said them are not told twice.
    let told = Arc::new(AtomicBool::new(matches!(first, Some(Piece::Words(_)))));
    let telling = Arc::clone(&told);
    let early = stream::unfold(pieces, move |pieces| {
        let telling = Arc::clone(&telling);
        async move {
            let mut pieces = pieces?;
            let piece = pieces.recv().await?;
            if matches!(piece, Piece::Words(_)) {
                telling.store(true, Ordering::Relaxed);
            }
            Some((ChatPiece::from(piece), Some(pieces)))
        }
    });
    let whole = stream::once(async move {
        let pieces = match answering.await {
            Ok(Ok(answer)) if told.load(Ordering::Relaxed) => vec![ChatPiece::Answer {
                answer: Box::new(answer.into()),
            }],
            Ok(Ok(answer)) => words_and_all(answer.into()),
            Ok(Err(error)) => vec![ChatPiece::Error {
                message: error.to_string(),
            }],
            Err(_) => vec![ChatPiece::Error {
                message: "the answer broke off; the log says where".to_owned(),
            }],
        };
        stream::iter(pieces)
    });
    let pieces = stream::iter(first.map(ChatPiece::from))
        .chain(early)
        .chain(whole.flatten())
        .map(move |piece| {
            let json = serde_json::to_string(&piece).unwrap_or_default();
            Ok::<_, Infallible>(Bytes::from(frame(&json)))
        });
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
        ],
        Body::from_stream(pieces),
    )
        .into_response()
}

/// The words one after the other, and then all of the answer.
fn words_and_all(answer: wire::ChatAnswer) -> Vec<ChatPiece> {
    let mut pieces: Vec<ChatPiece> = answer
        .response
        .split_inclusive(' ')
        .map(|word| ChatPiece::Delta {
            text: word.to_owned(),
        })
        .collect();
    pieces.push(ChatPiece::Answer {
        answer: Box::new(answer),
    });
    pieces
}

/// Takes back what was done in a conversation: these actions, or all of the last answer that did
/// something. Each is taken back by a request of its own, through the same door and with the same
/// rights as every other; what cannot be taken back is said, and why.
#[utoipa::path(post, path = "/api/conversations/{conversation}/undo", tag = "conversation", operation_id = "undoInConversation",
    params(("conversation" = Uuid, Path, description = "its id")),
    request_body = wire::ChatUndo,
    responses((status = 200, body = wire::ChatAnswer), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn undo(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(id): Path<String>,
    Json(undo): Json<wire::ChatUndo>,
) -> Result<axum::Json<wire::ChatAnswer>, ApiError> {
    let conversation = parsed(&id)?;
    if undo.actions.len() > UNDONE {
        return Err(ApiError::new(
            ErrorCode::InvalidBody,
            format!("actions: {} are named", undo.actions.len()),
        )
        .expected("at most 1000"));
    }
    let actions = undo.actions.into_iter().map(RequestId::from_uuid).collect();
    let answer = app
        .house
        .conversation
        .undo(conversation, actions, grant)
        .await?;
    Ok(axum::Json(answer.into()))
}

/// Which conversations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConversationQuery {
    /// Only those in which these words occur.
    q: Option<String>,
    /// Only those last gone on with before this: `next` of the page before.
    before: Option<At>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
}

/// The conversations of who asks, the last gone on with first.
#[utoipa::path(get, path = "/api/conversations", tag = "conversation", operation_id = "listConversations",
    params(ConversationQuery),
    responses((status = 200, body = wire::ConversationList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Query(query): Query<ConversationQuery>,
) -> Result<axum::Json<wire::ConversationList>, ApiError> {
    let limit = page_limit(query.limit)?;
    let words = query
        .q
        .as_deref()
        .map(str::trim)
        .filter(|words| !words.is_empty());
    let kept = app.house.conversation.kept();
    let found = kept
        .list(
            &grant.who,
            words,
            query.before.map(|before| before.0),
            limit,
        )
        .await?;
    let next = (found.len() == limit)
        .then(|| found.last().map(|last| last.last.into()))
        .flatten();
    Ok(axum::Json(wire::ConversationList {
        conversations: found.into_iter().map(wire::Conversation::from).collect(),
        next,
    }))
}

/// What was said in a conversation: its last 500 turns.
#[utoipa::path(get, path = "/api/conversations/{conversation}", tag = "conversation", operation_id = "getConversation",
    params(("conversation" = Uuid, Path, description = "its id")),
    responses((status = 200, body = wire::ConversationTurns), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::ConversationTurns>, ApiError> {
    let conversation = parsed(&id)?;
    let turns = app
        .house
        .conversation
        .kept()
        .turns(conversation, &grant.who, TURNS)
        .await?;
    let turns = turns.ok_or_else(|| unknown(conversation))?;
    Ok(axum::Json(wire::ConversationTurns {
        id: conversation.uuid(),
        turns: turns.into_iter().map(wire::Turn::from).collect(),
    }))
}

/// Deletes a conversation with all that was said in it.
#[utoipa::path(delete, path = "/api/conversations/{conversation}", tag = "conversation", operation_id = "removeConversation",
    params(("conversation" = Uuid, Path, description = "its id")),
    responses((status = 204, description = "It is gone."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let conversation = parsed(&id)?;
    if app
        .house
        .conversation
        .remove(conversation, &grant.who)
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown(conversation))
    }
}

fn parsed(id: &str) -> Result<ConversationId, ApiError> {
    id.parse().map_err(|_| {
        let shown: String = id.chars().take(80).collect();
        ApiError::new(
            ErrorCode::UnknownConversation,
            format!("`{shown}` is no id of a conversation"),
        )
    })
}

fn unknown(conversation: ConversationId) -> ApiError {
    ApiError::new(
        ErrorCode::UnknownConversation,
        format!("there is no conversation {conversation}"),
    )
}

impl From<CannotSay> for ApiError {
    fn from(error: CannotSay) -> Self {
        match error {
            CannotSay::Empty
            | CannotSay::TooLong(_)
            | CannotSay::Binary
            | CannotSay::Language(_) => Self::new(ErrorCode::InvalidMessage, error.to_string()),
            CannotSay::Area(_) => Self::new(ErrorCode::UnknownArea, error.to_string()),
            CannotSay::Unknown(conversation) => unknown(conversation),
            CannotSay::Store(error) => error.into(),
        }
    }
}
