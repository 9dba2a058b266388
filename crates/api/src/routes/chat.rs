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
use conversation::{CannotSay, Said};
use futures_util::stream;
use model::{ConversationId, Grant};
use serde::Deserialize;
use std::convert::Infallible;
use utoipa::IntoParams;
use uuid::Uuid;

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
    let answer = app
        .house
        .conversation
        .say(said(chat, grant))
        .await
        .map_err(ApiError::from)?;
    let answer = wire::ChatAnswer::from(answer);
    match form {
        None => Ok(axum::Json(answer).into_response()),
        Some(form) => Ok(streamed(answer, form)),
    }
}

/// What is said, as the conversation takes it.
pub(crate) fn said(chat: wire::Chat, grant: Grant) -> Said {
    Said {
        message: chat.message,
        conversation: chat.conversation_id.map(conversation_id),
        language: chat.language,
        area: chat.area,
        dry_run: chat.dry_run,
        grant,
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

/// The answer in pieces: its words, and then all of it.
fn streamed(answer: wire::ChatAnswer, form: Form) -> Response {
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
    let (kind, frame): (_, fn(&str) -> String) = match form {
        Form::Events => ("text/event-stream", |json| format!("data: {json}\n\n")),
        Form::Lines => ("application/x-ndjson", |json| format!("{json}\n")),
    };
    let pieces = pieces.into_iter().map(move |piece| {
        let json = serde_json::to_string(&piece).unwrap_or_default();
        Ok::<_, Infallible>(Bytes::from(frame(&json)))
    });
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
        ],
        Body::from_stream(stream::iter(pieces)),
    )
        .into_response()
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
