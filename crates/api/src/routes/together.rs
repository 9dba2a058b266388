//! Several edits of the set-up: judged first, and then all of them made, or none.

use super::automation::faulty;
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::Json;
use crate::state::{App, Shared};
use crate::wire::{self, ConfigurationEdits};
use automation::document::{Bundle, Fault};
use automation::engine;
use automation::run::TakenIn;
use automation::sentence::sentence;
use axum::extract::State;
use model::{Cause, Grant, Request, RequestBody};
use serde_json::json;
use twin::{House, Input, Limits, Snapshot};

/// Edits that can be read, and what is wrong with the others.
struct Read {
    edits: Vec<Result<RequestBody, ApiError>>,
    bundle: Result<Bundle, Vec<Fault>>,
}

fn read(wished: ConfigurationEdits) -> Result<Read, ApiError> {
    let many = wished.edits.len();
    if many > wire::MOST_EDITS {
        let wrong = format!("these are {many} edits");
        let most = format!("at most {}", wire::MOST_EDITS);
        return Err(ApiError::new(ErrorCode::InvalidBody, wrong).expected(most));
    }
    let bundle = json!({"scenarios": wished.scenarios, "scenes": wished.scenes});
    Ok(Read {
        edits: wished.edits.into_iter().map(TryInto::try_into).collect(),
        bundle: Bundle::read(&bundle),
    })
}

/// Judges edits of the set-up: what could not be done of them, and why. Nothing is changed.
#[utoipa::path(post, path = "/api/configuration/check", tag = "house", operation_id = "checkConfiguration",
    request_body = wire::ConfigurationEdits,
    responses((status = 200, body = wire::ConfigurationJudged), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn check(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(wished): Json<ConfigurationEdits>,
) -> Result<axum::Json<wire::ConfigurationJudged>, ApiError> {
    let Read { edits, bundle } = read(wished)?;
    let (edits, house) = imagined(&app, &grant, edits);
    let (bundle, mut faults) = match bundle {
        Ok(bundle) => (bundle, Vec::new()),
        Err(faults) => (Bundle::default(), faults),
    };
    let mut scenes = app.house.automation.view().scenes.clone();
    scenes.retain(|scene| bundle.scenes.iter().all(|new| new.slug != scene.slug));
    scenes.extend(bundle.scenes.iter().cloned());
    let scenarios = bundle
        .scenarios
        .iter()
        .map(|document| wire::ScenarioJudged {
            slug: document.slug.to_string(),
            sentence: sentence(document),
            problems: engine::unknown(document, &scenes, &house),
        });
    let scenarios = scenarios.collect();
    let cause = Cause::first(grant.who);
    let would = match app.house.automation.would_take_in(bundle, cause).await {
        Ok(would) => would,
        Err(refused) => {
            faults.push(Fault::at("", refused.to_string(), "fewer of them"));
            TakenIn::default()
        }
    };
    Ok(axum::Json(wire::ConfigurationJudged {
        right: faults.is_empty() && edits.iter().all(Option::is_none),
        edits,
        faults: faults.into_iter().map(Into::into).collect(),
        would: would.into(),
        scenarios,
    }))
}

/// Each edit tried on twins of the house: what is wrong with it, and how the house would be.
fn imagined(
    app: &App,
    grant: &Grant,
    edits: Vec<Result<RequestBody, ApiError>>,
) -> (Vec<Option<String>>, Snapshot) {
    let handle = &app.house.handle;
    let now = handle.clock().now();
    let mut house = House::imagined(&handle.snapshot(), Limits::default());
    let judged = edits.into_iter().map(|edit| {
        let request = match edit {
            Ok(edit) => Request::new(grant.clone(), edit),
            Err(error) => return Some(said(&error)),
        };
        let answer = house.apply(Input::Request(Box::new(request)), now).answer;
        let refusal = answer.and_then(|(_, answer)| answer.err())?;
        Some(said(&refusal.into()))
    });
    let judged = judged.collect();
    (judged, house.snapshot().clone())
}

/// A refusal as one line.
fn said(error: &ApiError) -> String {
    let expected = error
        .expected
        .as_deref()
        .map(|it| format!("; expected {it}"));
    format!("{}{}", error.message, expected.unwrap_or_default())
}

/// Edits the set-up: all of it, or nothing where something of it is not right. Where scenarios and scenes
/// cannot be kept although they are right (a full disk), what stands before them is changed, and the
/// answer says so.
#[utoipa::path(patch, path = "/api/configuration", tag = "house", operation_id = "editConfiguration",
    request_body = wire::ConfigurationEdits,
    responses((status = 200, body = wire::Imported), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn edit(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(wished): Json<ConfigurationEdits>,
) -> Result<axum::Json<wire::Imported>, ApiError> {
    let Read { edits, bundle } = read(wished)?;
    let edits: Vec<RequestBody> = edits.into_iter().collect::<Result<_, _>>()?;
    let bundle = bundle.map_err(faulty)?;
    let cause = Cause::first(grant.who.clone());
    let automation = &app.house.automation;
    // Scenarios are judged before anything is changed, edits by the house before it changes.
    automation
        .would_take_in(bundle.clone(), cause.clone())
        .await?;
    let changes = !edits.is_empty();
    if changes {
        let request = Request::new(grant, RequestBody::Together { edits });
        app.house.handle.request(request).await?;
    }
    let taken = automation.take_in(bundle, true, cause).await;
    let taken = taken.map_err(|error| match ApiError::from(error) {
        error if changes => error.expected(
            "to be sent again: floors, areas, people and devices are changed already, scenarios and scenes are not",
        ),
        error => error,
    })?;
    Ok(axum::Json(taken.into()))
}
