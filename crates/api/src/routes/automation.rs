//! Scenarios and rules: written, run, stopped, rehearsed, and what became of their runs.

use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, OptionalJson, Path, Query, Written, page_limit};
use crate::state::{App, Shared};
use crate::wire;
use automation::document::{
    Document, Fault, ScenarioSlug, read_json, read_toml, read_value, to_json,
};
use automation::engine::{self, CannotRun};
use automation::run::{CannotPut, CannotReply, Listed};
use automation::sentence::sentence;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Cause, Request, RequestBody, RunId, Timestamp};
use serde::Deserialize;
use serde_json::Value as Json_;
use store::RunFilter;
use utoipa::IntoParams;

/// Every scenario, those that come with the house among them, by name.
#[utoipa::path(get, path = "/api/scenarios", tag = "automation", operation_id = "listScenarios",
    responses((status = 200, body = wire::ScenarioList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<wire::ScenarioList> {
    let view = app.house.automation.view();
    let scenarios = view
        .scenarios
        .iter()
        .map(|listed| wire::Scenario::of(listed, &view));
    axum::Json(wire::ScenarioList {
        scenarios: scenarios.collect(),
    })
}

/// Only those that run by themselves.
#[utoipa::path(get, path = "/api/automation/rules", tag = "automation", operation_id = "listRules",
    responses((status = 200, body = wire::ScenarioList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn rules(State(app): State<Shared>) -> axum::Json<wire::ScenarioList> {
    let view = app.house.automation.view();
    let rules = view
        .scenarios
        .iter()
        .filter(|listed| !listed.document.when.is_empty());
    axum::Json(wire::ScenarioList {
        scenarios: rules
            .map(|listed| wire::Scenario::of(listed, &view))
            .collect(),
    })
}

/// Adds a scenario or rule.
#[utoipa::path(post, path = "/api/scenarios", tag = "automation", operation_id = "addScenario",
    request_body = wire::ScenarioDocument,
    responses((status = 201, body = wire::Scenario), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    Caller(grant): Caller,
    document: Written,
) -> Result<(StatusCode, axum::Json<wire::Scenario>), ApiError> {
    let document = written(document)?;
    let view = app.house.automation.view();
    if view
        .scenarios
        .iter()
        .any(|listed| listed.document.slug == document.slug)
    {
        return Err(ApiError::new(
            ErrorCode::SlugTaken,
            format!("a scenario is called `{}` already", document.slug),
        )
        .expected(
            "a name or `slug` that no other scenario has, or PUT /api/scenarios/{scenario} to replace that one",
        ));
    }
    let slug = document.slug.clone();
    put(&app, document, None, Cause::first(grant.who)).await?;
    Ok((StatusCode::CREATED, axum::Json(shown(&app, &slug)?)))
}

/// The same, at the older address.
#[utoipa::path(post, path = "/api/scenarios/custom", tag = "automation", operation_id = "addCustomScenario",
    request_body = wire::ScenarioDocument,
    responses((status = 201, body = wire::Scenario), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn add_custom(
    state: State<Shared>,
    caller: Caller,
    document: Written,
) -> Result<(StatusCode, axum::Json<wire::Scenario>), ApiError> {
    add(state, caller, document).await
}

/// The same, for rules.
#[utoipa::path(post, path = "/api/automation/rules", tag = "automation", operation_id = "addRule",
    request_body = wire::ScenarioDocument,
    responses((status = 201, body = wire::Scenario), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn add_rule(
    state: State<Shared>,
    caller: Caller,
    document: Written,
) -> Result<(StatusCode, axum::Json<wire::Scenario>), ApiError> {
    add(state, caller, document).await
}

/// Reads a scenario and keeps nothing: its sentence, or every fault with its place.
#[utoipa::path(post, path = "/api/automation/check", tag = "automation", operation_id = "checkScenario",
    request_body = wire::ScenarioDocument,
    responses((status = 200, body = wire::CheckedScenario), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn check(
    State(app): State<Shared>,
    Json(document): Json<Json_>,
) -> axum::Json<wire::CheckedScenario> {
    let checked = match read_value(&document) {
        Ok(document) => wire::CheckedScenario {
            sentence: Some(sentence(&document)),
            problems: engine::unknown(
                &document,
                &app.house.automation.view().scenes,
                &app.house.handle.snapshot(),
            ),
            document: Some(to_json(&document)),
            faults: Vec::new(),
        },
        Err(faults) => wire::CheckedScenario {
            sentence: None,
            document: None,
            faults: faults.into_iter().map(Into::into).collect(),
            problems: Vec::new(),
        },
    };
    axum::Json(checked)
}

/// Which version is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PutQuery {
    /// The version that was edited: where it is another by now, nothing is written.
    version: Option<u32>,
}

/// Replaces a scenario.
#[utoipa::path(put, path = "/api/scenarios/{scenario}", tag = "automation", operation_id = "putScenario",
    params(("scenario" = String, Path, description = "its slug"), PutQuery), request_body = wire::ScenarioDocument,
    responses((status = 200, body = wire::Scenario), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn replace(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(scenario): Path<String>,
    Query(query): Query<PutQuery>,
    document: Written,
) -> Result<axum::Json<wire::Scenario>, ApiError> {
    let slug = slug(&scenario)?;
    let listed = find(&app, &slug)?;
    let mut document = written(document)?;
    document.slug = slug.clone();
    let expected = query.version.or(Some(listed.version));
    put(&app, document, expected, Cause::first(grant.who)).await?;
    Ok(axum::Json(shown(&app, &slug)?))
}

/// Removes a scenario. Those that come with the house can only be switched off.
#[utoipa::path(delete, path = "/api/scenarios/{scenario}", tag = "automation", operation_id = "removeScenario",
    params(("scenario" = String, Path, description = "its slug")),
    responses((status = 204), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(scenario): Path<String>,
) -> Result<StatusCode, ApiError> {
    let slug = slug(&scenario)?;
    app.house
        .automation
        .remove(slug, Cause::first(grant.who))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One rule: a scenario that runs by itself.
#[utoipa::path(get, path = "/api/automation/rules/{rule}", tag = "automation", operation_id = "getRule",
    params(("rule" = String, Path, description = "its slug")),
    responses((status = 200, body = wire::Scenario), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get_rule(
    State(app): State<Shared>,
    Path(rule): Path<String>,
) -> Result<axum::Json<wire::Scenario>, ApiError> {
    Ok(axum::Json(shown(&app, &rule_slug(&app, &rule)?)?))
}

/// Replaces a rule.
#[utoipa::path(put, path = "/api/automation/rules/{rule}", tag = "automation", operation_id = "putRule",
    params(("rule" = String, Path, description = "its slug"), PutQuery), request_body = wire::ScenarioDocument,
    responses((status = 200, body = wire::Scenario), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn replace_rule(
    State(app): State<Shared>,
    caller: Caller,
    Path(rule): Path<String>,
    query: Query<PutQuery>,
    document: Written,
) -> Result<axum::Json<wire::Scenario>, ApiError> {
    rule_slug(&app, &rule)?;
    replace(State(app), caller, Path(rule), query, document).await
}

/// Removes a rule.
#[utoipa::path(delete, path = "/api/automation/rules/{rule}", tag = "automation", operation_id = "removeRule",
    params(("rule" = String, Path, description = "its slug")),
    responses((status = 204), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn remove_rule(
    State(app): State<Shared>,
    caller: Caller,
    Path(rule): Path<String>,
) -> Result<StatusCode, ApiError> {
    rule_slug(&app, &rule)?;
    remove(State(app), caller, Path(rule)).await
}

/// The slug of a scenario that runs by itself.
fn rule_slug(app: &App, rule: &str) -> Result<ScenarioSlug, ApiError> {
    let slug = slug(rule)?;
    let listed = find(app, &slug)?;
    if listed.document.when.is_empty() {
        return Err(unknown(rule).expected("a scenario that runs by itself"));
    }
    Ok(slug)
}

/// Switches a scenario's triggers on or off.
#[utoipa::path(post, path = "/api/scenarios/{scenario}/enable", tag = "automation", operation_id = "enableScenario",
    params(("scenario" = String, Path, description = "its slug")), request_body = wire::Enable,
    responses((status = 200, body = wire::Scenario), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn enable(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(scenario): Path<String>,
    OptionalJson(wire::Enable { enabled }): OptionalJson<wire::Enable>,
) -> Result<axum::Json<wire::Scenario>, ApiError> {
    let slug = slug(&scenario)?;
    let listed = find(&app, &slug)?;
    let mut document = Document::clone(&listed.document);
    document.enabled = enabled;
    put(
        &app,
        document,
        Some(listed.version),
        Cause::first(grant.who),
    )
    .await?;
    Ok(axum::Json(shown(&app, &slug)?))
}

/// Runs a scenario now, with parameters.
#[utoipa::path(post, path = "/api/scenarios/{scenario}/run", tag = "automation", operation_id = "runScenario",
    params(("scenario" = String, Path, description = "its slug")), request_body = Option<wire::RunScenario>,
    responses((status = 202, body = wire::RunBegun, description = "It runs; GET /api/automation/runs/{run} tells how it goes."),
        (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn run(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(scenario): Path<String>,
    OptionalJson(body): OptionalJson<wire::RunScenario>,
) -> Result<(StatusCode, axum::Json<wire::RunBegun>), ApiError> {
    let slug = slug(&scenario)?;
    find(&app, &slug)?;
    let arguments = body.arguments()?;
    let begun = app
        .house
        .automation
        .run(slug, arguments, Cause::first(grant.who))
        .await;
    let run = begun.ok_or_else(closing)??;
    Ok((
        StatusCode::ACCEPTED,
        axum::Json(wire::RunBegun { run: run.uuid() }),
    ))
}

/// Stops every run of a scenario.
#[utoipa::path(post, path = "/api/scenarios/{scenario}/stop", tag = "automation", operation_id = "stopScenario",
    params(("scenario" = String, Path, description = "its slug")),
    responses((status = 200, body = wire::Stopped), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn stop(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(scenario): Path<String>,
) -> Result<axum::Json<wire::Stopped>, ApiError> {
    let slug = slug(&scenario)?;
    find(&app, &slug)?;
    let stopped = app
        .house
        .automation
        .stop(slug, grant.who)
        .await
        .ok_or_else(closing)?;
    Ok(axum::Json(wire::Stopped { stopped }))
}

/// Which runs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunQuery {
    /// Only of this scenario.
    scenario: Option<String>,
    /// Only in this state: queued, running, completed, incomplete, skipped, stopped or failed.
    state: Option<String>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Runs with their traces, newest first.
#[utoipa::path(get, path = "/api/automation/runs", tag = "automation", operation_id = "listRuns", params(RunQuery),
    responses((status = 200, body = wire::RunList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn runs(
    State(app): State<Shared>,
    Query(query): Query<RunQuery>,
) -> Result<axum::Json<wire::RunList>, ApiError> {
    let limit = page_limit(query.limit)?;
    let filter = RunFilter {
        scenario: query
            .scenario
            .as_deref()
            .map(slug)
            .transpose()?
            .map(|it| it.to_string()),
        state: query.state,
        before: query.cursor.as_deref().map(cursor).transpose()?,
    };
    // What has just ended is on its way to the disk.
    app.house.store.caught_up().await;
    let mut runs = app
        .house
        .store
        .runs(&filter, limit.saturating_add(1))
        .await?;
    let more = runs.len() > limit;
    runs.truncate(limit);
    let next = runs.last().filter(|_| more);
    // One that is on stands further than what was kept of it.
    let view = app.house.automation.view();
    let shown = |kept: &store::KeptRun| {
        let on = view.runs.iter().find(|one| one.id == kept.id);
        on.map(Into::into).or_else(|| decoded(kept))
    };
    Ok(axum::Json(wire::RunList {
        next: next.map(|run| format!("{}~{}", run.started.as_microsecond(), run.id)),
        runs: with_messages(&app, runs.iter().filter_map(shown).collect()).await?,
    }))
}

/// One run.
#[utoipa::path(get, path = "/api/automation/runs/{run}", tag = "automation", operation_id = "getRun",
    params(("run" = String, Path, description = "its id")),
    responses((status = 200, body = wire::Run), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get_run(
    State(app): State<Shared>,
    Path(run): Path<String>,
) -> Result<axum::Json<wire::Run>, ApiError> {
    let unknown = || {
        let shown: String = run.chars().take(60).collect();
        ApiError::new(
            ErrorCode::UnknownRun,
            format!("no run has the id `{shown}`"),
        )
    };
    let id: RunId = run.parse().map_err(|_| unknown())?;
    // One that is on stands further than what was kept of it.
    let view = app.house.automation.view();
    let lately = view.ended.iter().map(|run| &**run);
    if let Some(on) = view.runs.iter().chain(lately).find(|one| one.id == id) {
        let mut told = with_messages(&app, vec![on.into()]).await?;
        return told.pop().map(axum::Json).ok_or_else(unknown);
    }
    let kept = app.house.store.run(id).await?.ok_or_else(unknown)?;
    let decoded = decoded(&kept)
        .ok_or_else(|| ApiError::new(ErrorCode::Internal, "the run was kept by another version"))?;
    let mut told = with_messages(&app, vec![decoded]).await?;
    told.pop().map(axum::Json).ok_or_else(unknown)
}

/// Runs with what they told people beyond the page.
async fn with_messages(app: &App, mut runs: Vec<wire::Run>) -> Result<Vec<wire::Run>, ApiError> {
    let ids: Vec<RunId> = runs
        .iter()
        .filter_map(|run| run.id.to_string().parse().ok())
        .collect();
    for message in app.house.store.messages_of(&ids).await? {
        let mut of_it = runs.iter_mut().filter(|run| run.id == message.run.uuid());
        if let Some(run) = of_it.next() {
            run.messages.push((&message).into());
        }
    }
    Ok(runs)
}

/// A run as it was kept; `None` where another version wrote it.
fn decoded(kept: &store::KeptRun) -> Option<wire::Run> {
    let run: automation::engine::Run = serde_json::from_value(kept.body.clone()).ok()?;
    Some((&run).into())
}

/// The questions of runs that wait for a person's answer, the most urgent first.
#[utoipa::path(get, path = "/api/automation/questions", tag = "automation", operation_id = "listQuestions",
    responses((status = 200, body = wire::QuestionList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn questions(State(app): State<Shared>) -> axum::Json<wire::QuestionList> {
    let view = app.house.automation.view();
    let mut questions: Vec<_> = view.runs.iter().flat_map(wire::Question::of).collect();
    questions.sort_by_key(|question| question.until);
    axum::Json(wire::QuestionList { questions })
}

/// Answers a question of a run.
#[utoipa::path(post, path = "/api/automation/runs/{run}/reply", tag = "automation", operation_id = "replyToRun",
    params(("run" = String, Path, description = "its id")), request_body = wire::RunReply,
    responses((status = 204), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn reply(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(run): Path<String>,
    Json(body): Json<wire::RunReply>,
) -> Result<StatusCode, ApiError> {
    let cause = Cause::first(grant.who);
    answered(&app, &run, body.thread, body.answer, cause).await
}

/// The same for a yes or a no, at the older address.
#[utoipa::path(post, path = "/api/automation/runs/{run}/answer", tag = "automation", operation_id = "answerRun",
    params(("run" = String, Path, description = "its id")), request_body = wire::RunAnswer,
    responses((status = 204), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn answer(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(run): Path<String>,
    Json(body): Json<wire::RunAnswer>,
) -> Result<StatusCode, ApiError> {
    let answer = if body.yes { "yes" } else { "no" };
    let cause = Cause::first(grant.who);
    answered(&app, &run, body.thread, answer.to_owned(), cause).await
}

async fn answered(
    app: &App,
    run: &str,
    thread: u32,
    answer: String,
    cause: Cause,
) -> Result<StatusCode, ApiError> {
    let thread = usize::try_from(thread).unwrap_or(usize::MAX);
    let replied = match run.parse() {
        Ok(id) => app.house.automation.reply(id, thread, answer, cause).await,
        Err(_) => Err(CannotReply::NotAsked),
    };
    match replied {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(error.into()),
    }
}

/// The house's mode.
#[utoipa::path(get, path = "/api/house/mode", tag = "automation", operation_id = "getMode",
    responses((status = 200, body = wire::Mode), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn mode(State(app): State<Shared>) -> axum::Json<wire::Mode> {
    axum::Json(wire::Mode {
        mode: app.house.handle.snapshot().mode.to_string(),
    })
}

/// Puts the house into a mode.
#[utoipa::path(put, path = "/api/house/mode", tag = "automation", operation_id = "putMode",
    request_body = wire::Mode,
    responses((status = 200, body = wire::Mode), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn put_mode(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(wire::Mode { mode }): Json<wire::Mode>,
) -> Result<axum::Json<wire::Mode>, ApiError> {
    let body = RequestBody::SetMode { mode };
    app.house.handle.request(Request::new(grant, body)).await?;
    Ok(axum::Json(wire::Mode {
        mode: app.house.handle.snapshot().mode.to_string(),
    }))
}

pub(super) async fn put(
    app: &App,
    document: Document,
    expected: Option<u32>,
    cause: Cause,
) -> Result<u32, ApiError> {
    Ok(app.house.automation.put(document, expected, cause).await?)
}

pub(super) fn find(app: &App, slug: &ScenarioSlug) -> Result<Listed, ApiError> {
    let view = app.house.automation.view();
    let found = view
        .scenarios
        .iter()
        .find(|listed| listed.document.slug == *slug);
    found.cloned().ok_or_else(|| unknown(slug.as_str()))
}

pub(super) fn shown(app: &App, slug: &ScenarioSlug) -> Result<wire::Scenario, ApiError> {
    let view = app.house.automation.view();
    Ok(wire::Scenario::of(&find(app, slug)?, &view))
}

pub(super) fn slug(text: &str) -> Result<ScenarioSlug, ApiError> {
    ScenarioSlug::parse(text).ok_or_else(|| unknown(text))
}

fn unknown(text: &str) -> ApiError {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
    ApiError::new(
        ErrorCode::UnknownScenario,
        format!("no scenario is called `{shown}`"),
    )
}

pub(super) fn closing() -> ApiError {
    ApiError::new(ErrorCode::ShuttingDown, "the house is shutting down")
}

/// The document of a body.
pub(super) fn written(body: Written) -> Result<Document, ApiError> {
    let document = match body {
        Written::Toml(text) => read_toml(&text),
        Written::Json(text) => read_json(&text),
    };
    document.map_err(faulty)
}

/// The document within a body.
pub(super) fn read(json: &Json_) -> Result<Document, ApiError> {
    read_value(json).map_err(faulty)
}

/// Every fault of a document in one message.
pub(super) fn faulty(faults: Vec<Fault>) -> ApiError {
    let lines: Vec<_> = faults
        .iter()
        .map(|fault| {
            let line = fault.line.map(|line| format!("line {line}: "));
            let place = match fault.path.as_str() {
                "" => String::new(),
                path => format!("{path}: "),
            };
            format!("{}{place}{}", line.unwrap_or_default(), fault.message)
        })
        .collect();
    let expected = faults.first().map(|fault| fault.expected.clone());
    ApiError::new(ErrorCode::InvalidScenario, lines.join("; "))
        .expected(expected.unwrap_or_default())
}

fn cursor(text: &str) -> Result<(Timestamp, RunId), ApiError> {
    let parsed = text.split_once('~').and_then(|(at, id)| {
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some((at, id.parse().ok()?))
    });
    parsed.ok_or_else(|| {
        ApiError::new(ErrorCode::InvalidQuery, "the cursor cannot be read")
            .expected("`next` of the page before")
    })
}

impl From<CannotRun> for ApiError {
    fn from(error: CannotRun) -> Self {
        let message = error.to_string();
        match error {
            CannotRun::Unknown(_) => Self::new(ErrorCode::UnknownScenario, message),
            CannotRun::Parameter { expected, .. } => {
                Self::new(ErrorCode::InvalidParameter, message).expected(expected)
            }
            CannotRun::TooMany => Self::new(ErrorCode::HouseBusy, message),
        }
    }
}

impl From<CannotReply> for ApiError {
    fn from(error: CannotReply) -> Self {
        let message = error.to_string();
        match error {
            CannotReply::NotAsked => Self::new(ErrorCode::UnknownRun, message)
                .expected("a run and thread of GET /api/automation/questions"),
            CannotReply::NoChoice(choices) => Self::new(ErrorCode::InvalidParameter, message)
                .expected(format!("one of {}", choices.join(", "))),
            CannotReply::Closed => closing(),
        }
    }
}

impl From<CannotPut> for ApiError {
    fn from(error: CannotPut) -> Self {
        let message = error.to_string();
        match error {
            CannotPut::Edited(_) => Self::new(ErrorCode::EditedMeanwhile, message),
            CannotPut::Unknown(_) => Self::new(ErrorCode::UnknownScenario, message),
            CannotPut::Taken(_) => Self::new(ErrorCode::SlugTaken, message),
            CannotPut::TooMany(_) => Self::new(ErrorCode::HouseFull, message),
            CannotPut::Shipped => Self::new(ErrorCode::ShippedScenario, message),
            CannotPut::NotKept(_) => Self::new(ErrorCode::NotKept, message),
            CannotPut::Closed => closing(),
        }
    }
}
