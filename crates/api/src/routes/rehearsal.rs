//! Rehearsals: a scenario or rule tried on the twins before it touches the house.

use super::automation::{closing, find, read, slug};
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, OptionalJson, Path};
use crate::state::{App, Shared};
use crate::wire;
use automation::document::Document;
use automation::rehearsal::{AWAY, CannotRehearse, DAYS, Wanted};
use automation::sentence::sentence;
use axum::extract::State;

/// Rehearses a scenario of the house: now, at a moment, or over the last days. Nothing real happens.
#[utoipa::path(post, path = "/api/scenarios/{scenario}/rehearse", tag = "automation", operation_id = "rehearseScenario",
    params(("scenario" = String, Path, description = "its slug")), request_body = Option<wire::Rehearse>,
    responses((status = 200, body = wire::Rehearsal), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn scenario(
    State(app): State<Shared>,
    Path(scenario): Path<String>,
    OptionalJson(body): OptionalJson<wire::Rehearse>,
) -> Result<axum::Json<wire::Rehearsal>, ApiError> {
    let slug = slug(&scenario)?;
    let listed = find(&app, &slug)?;
    let edited = match &body.document {
        Some(json) => {
            let mut document = read(json)?;
            document.slug = slug.clone();
            Some(document)
        }
        None => None,
    };
    let words = sentence(edited.as_ref().unwrap_or(&listed.document));
    let wanted = Wanted {
        scenario: slug,
        document: edited,
        arguments: wire::arguments(&body.parameters)?,
        at: body.at.map(|at| at.0),
        days: body.days,
    };
    rehearse(&app, wanted, words).await
}

/// Rehearses a scenario that is not kept yet. Nothing real happens, and it is not kept by this.
#[utoipa::path(post, path = "/api/scenarios/rehearse", tag = "automation", operation_id = "rehearseDocument",
    request_body = wire::RehearseDocument,
    responses((status = 200, body = wire::Rehearsal), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn document(
    State(app): State<Shared>,
    Json(body): Json<wire::RehearseDocument>,
) -> Result<axum::Json<wire::Rehearsal>, ApiError> {
    let document: Document = read(&body.document)?;
    let words = sentence(&document);
    let wanted = Wanted {
        scenario: document.slug.clone(),
        document: Some(document),
        arguments: wire::arguments(&body.parameters)?,
        at: body.at.map(|at| at.0),
        days: body.days,
    };
    rehearse(&app, wanted, words).await
}

async fn rehearse(
    app: &App,
    wanted: Wanted,
    words: String,
) -> Result<axum::Json<wire::Rehearsal>, ApiError> {
    let wrong = |message: &str, expected: &str| {
        ApiError::new(ErrorCode::InvalidBody, message).expected(expected)
    };
    match wanted.days {
        Some(_) if wanted.at.is_some() || !wanted.arguments.is_empty() => {
            return Err(wrong(
                "`days` replays what was; nothing is run at a moment or with parameters",
                "either `days`, or `at` and `parameters`",
            ));
        }
        Some(0) => return Err(wrong("`days` is 0", "1 to 366")),
        _ => {}
    }
    let slug = wanted.scenario.to_string();
    let report = app.house.automation.rehearse(wanted).await?;
    Ok(axum::Json(wire::Rehearsal::of(slug, words, report)))
}

impl From<CannotRehearse> for ApiError {
    fn from(error: CannotRehearse) -> Self {
        let message = error.to_string();
        match error {
            CannotRehearse::Run(error) => error.into(),
            CannotRehearse::NoRule => Self::new(ErrorCode::InvalidBody, message)
                .expected("a scenario with `when`, or a rehearsal without `days`"),
            CannotRehearse::TooLong => Self::new(ErrorCode::InvalidBody, message)
                .expected(format!("`days` from 1 to {DAYS}")),
            CannotRehearse::TooFar(_) => Self::new(ErrorCode::InvalidBody, message)
                .expected(format!("`at` within {AWAY} days from now")),
            CannotRehearse::Store(error) => error.into(),
            CannotRehearse::Closed => closing(),
        }
    }
}
