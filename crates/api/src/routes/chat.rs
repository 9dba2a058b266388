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
use futures_util::{StreamExt as _, stream};
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
    let conversation = app.house.conversation.clone();
    let said = said(chat, grant);
    match form {
        Some(form) if conversation.has_model() => spoken(conversation, said, form).await,
        form => {
            let answer = conversation.say(said).await.map_err(ApiError::from)?;
            let answer = wire::ChatAnswer::from(answer);
            Ok(match form {
                None => axum::Json(answer).into_response(),
                Some(form) => streamed(answer, form),
            })
        }
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
    let preview = conversation.preview(&said(chat, grant)).await?;
    let tokens = match conversation.model() {
        Some(model) => Some((model.budget().limit(), model.budget().spent().await)),
        None => None,
    };
    Ok(axum::Json(wire::Outgoing::of(preview, tokens)))
}

/// How many pieces of an answer wait for a slow reader; what is beyond comes with the whole.
const PIECES: usize = 256;

/// An answer whose words come while a language model says them. Who goes away ends what is asked of it.
async fn spoken(
    conversation: conversation::Conversation,
    said: Said,
    form: Form,
) -> Result<Response, ApiError> {
    let (sender, mut words) = tokio::sync::mpsc::channel(PIECES);
    let mut asking = Box::pin(async move { conversation.say_in_pieces(said, Some(sender)).await });
    // What is wrong before anything was said has its status like every other error.
    let first = tokio::select! {
        biased;
        done = &mut asking => return Ok(streamed(done.map_err(ApiError::from)?.into(), form)),
        Some(first) = words.recv() => first,
    };
    let frame = form.frame();
    let piece = move |piece: &ChatPiece| {
        let json = serde_json::to_string(piece).unwrap_or_default();
        Ok::<_, Infallible>(Bytes::from(frame(&json)))
    };
    let begun = piece(&ChatPiece::Delta { text: first });
    let rest = stream::unfold(
        (Some(asking), words),
        move |(asking, mut words)| async move {
            let mut asking = asking?;
            tokio::select! {
                biased;
                Some(text) = words.recv() => Some((piece(&ChatPiece::Delta { text }), (Some(asking), words))),
                done = &mut asking => {
                    let last = match done {
                        Ok(answer) => ChatPiece::Answer { answer: Box::new(answer.into()) },
                        Err(error) => ChatPiece::Error { message: error.to_string() },
                    };
                    Some((piece(&last), (None, words)))
                }
            }
        },
    );
    Ok(form.response(Body::from_stream(
        stream::once(std::future::ready(begun)).chain(rest),
    )))
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

impl Form {
    fn frame(self) -> fn(&str) -> String {
        match self {
            Self::Events => |json| format!("data: {json}\n\n"),
            Self::Lines => |json| format!("{json}\n"),
        }
    }

    fn response(self, body: Body) -> Response {
        let kind = match self {
            Self::Events => "text/event-stream",
            Self::Lines => "application/x-ndjson",
        };
        let heads = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
        ];
        (heads, body).into_response()
    }
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
    let frame = form.frame();
    let pieces = pieces.into_iter().map(move |piece| {
        let json = serde_json::to_string(&piece).unwrap_or_default();
        Ok::<_, Infallible>(Bytes::from(frame(&json)))
    });
    form.response(Body::from_stream(stream::iter(pieces)))
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
