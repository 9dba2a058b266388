//! The interview: the first walk through the house. It is a conversation like any other; these routes
//! begin it, go on with it, and say how it stands. And what the house begins to say by itself.

use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, OptionalJson, Path, Query};
use crate::state::{App, Shared};
use crate::wire;
use axum::extract::State;
use conversation::interview::{Interview, recommendations, standing};
use conversation::{Said, StartInterview};
use model::{ConversationId, Grant, InterviewId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Begins an interview, or takes up the one that was left. What is said in its conversation, here or with
/// `POST /api/chat`, goes on with it.
#[utoipa::path(post, path = "/api/interview/start", tag = "conversation", operation_id = "startInterview",
    request_body = wire::StartInterview,
    responses((status = 200, body = wire::InterviewStarted), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn start(
    State(app): State<Shared>,
    Caller(grant): Caller,
    OptionalJson(body): OptionalJson<wire::StartInterview>,
) -> Result<axum::Json<wire::InterviewStarted>, ApiError> {
    let start = StartInterview {
        fresh: body.fresh,
        conversation: body.conversation_id.map(ConversationId::from_uuid),
        grant,
    };
    let answer = app.house.conversation.start_interview(start).await?;
    let Some(standing) = &answer.interview else {
        return Err(ApiError::new(ErrorCode::NotAllowed, answer.response));
    };
    Ok(axum::Json(wire::InterviewStarted {
        interview_id: standing.id.uuid(),
        conversation_id: standing.conversation.uuid(),
        resumed: answer.intent.slots.get("resumed") == Some(&true.into()),
        answer: answer.into(),
    }))
}

/// Says something in an interview; one that was left is taken up again by that. What is no answer is taken
/// as everything that is said to the house: it can be used from its first device on.
#[utoipa::path(post, path = "/api/interview/{interview}/message", tag = "conversation", operation_id = "sayInInterview",
    params(("interview" = Uuid, Path, description = "its id")), request_body = wire::InterviewMessage,
    responses((status = 200, body = wire::ChatAnswer), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn message(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(id): Path<String>,
    Json(body): Json<wire::InterviewMessage>,
) -> Result<axum::Json<wire::ChatAnswer>, ApiError> {
    let conversation = &app.house.conversation;
    let taken = match id.parse() {
        Ok(id) => conversation.take_up(id, &grant.who).await?,
        Err(_) => None,
    };
    let interview = taken.ok_or_else(|| unknown(&id))?;
    let said = Said {
        message: body.message,
        conversation: Some(interview.conversation),
        language: None,
        area: None,
        dry_run: false,
        grant: grant.clone(),
        channel: conversation::Channel::Interview,
    };
    let mut answer = wire::ChatAnswer::from(conversation.say(said).await?);
    if answer.interview.is_none() {
        // It was no answer to the interview; how that stands is told all the same.
        let now = find(&app, interview.id, &grant).await?;
        let standing = now.map(|now| standing(&now, &conversation.interview_house()));
        answer.interview = standing.map(|standing| Box::new(standing.into()));
    }
    Ok(axum::Json(answer))
}

/// How an interview stands: what it asks, the map so far, and what was mentioned with what it may mean.
#[utoipa::path(get, path = "/api/interview/{interview}/status", tag = "conversation", operation_id = "getInterview",
    params(("interview" = Uuid, Path, description = "its id")),
    responses((status = 200, body = wire::Interview), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn status(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::Interview>, ApiError> {
    let interview = known(&app, &id, &grant).await?;
    let house = app.house.conversation.interview_house();
    Ok(axum::Json(standing(&interview, &house).into()))
}

/// What should be done next about what was mentioned and what was found, with what speaks for it and what
/// is needed.
#[utoipa::path(get, path = "/api/interview/{interview}/recommendations", tag = "conversation", operation_id = "getInterviewRecommendations",
    params(("interview" = Uuid, Path, description = "its id")),
    responses((status = 200, body = wire::Recommendations), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn recommended(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::Recommendations>, ApiError> {
    let interview = known(&app, &id, &grant).await?;
    let house = app.house.conversation.interview_house();
    Ok(axum::Json(wire::Recommendations {
        interview_id: interview.id.uuid(),
        recommendations: recommendations(&interview, &house)
            .into_iter()
            .map(wire::Recommendation::from)
            .collect(),
    }))
}

/// Which openings.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OpeningQuery {
    /// Also those that were answered or are over.
    all: bool,
}

/// What the house began to say by itself and waits for an answer to, the newest first.
#[utoipa::path(get, path = "/api/chat/openings", tag = "conversation", operation_id = "listOpenings",
    params(OpeningQuery),
    responses((status = 200, body = wire::OpeningList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn openings(
    State(app): State<Shared>,
    Query(query): Query<OpeningQuery>,
) -> Result<axum::Json<wire::OpeningList>, ApiError> {
    let openings = app.house.conversation.openings(query.all).await?;
    Ok(axum::Json(wire::OpeningList {
        openings: openings.into_iter().map(wire::Opening::from).collect(),
    }))
}

async fn find(app: &App, id: InterviewId, grant: &Grant) -> Result<Option<Interview>, ApiError> {
    Ok(app.house.conversation.interview(id, &grant.who).await?)
}

async fn known(app: &App, id: &str, grant: &Grant) -> Result<Interview, ApiError> {
    let found = match id.parse() {
        Ok(id) => find(app, id, grant).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ApiError {
    let shown: String = id.chars().take(80).collect();
    ApiError::new(
        ErrorCode::UnknownInterview,
        format!("there is no interview `{shown}` of yours"),
    )
}
