//! How the house is, and why: feelings, concerns, the loop of its mind, and what it expects.

use super::devices::{find, short};
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path, Query, page_limit};
use crate::state::Shared;
use crate::wire::{self, At};
use axum::extract::State;
use jiff::SignedDuration;
use mind::CannotSay;
use mind::concerns::Word;
use mind::memory::ROUTINES;
use mind::predict::Model;
use model::{Cause, ConcernId, Grant, Timestamp};
use serde::Deserialize;
use store::ForecastFilter;
use utoipa::IntoParams;

/// From when, where the client does not say: a day before the end.
const SPAN: SignedDuration = SignedDuration::from_hours(24);

/// The longest that a concern is put off, in minutes.
const SNOOZE: u32 = 30 * 24 * 60;

/// How long a repair may take.
const LONGEST_REPAIR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// How the house feels, why, and what would make it better.
#[utoipa::path(get, path = "/api/consciousness/status", tag = "mind", operation_id = "getConsciousness",
    responses((status = 200, body = wire::Consciousness), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn status(State(app): State<Shared>) -> axum::Json<wire::Consciousness> {
    let view = app.house.mind.look().await;
    axum::Json(wire::Consciousness::of(&view, &app.house.handle.snapshot()))
}

/// Which part of what was felt.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EmotionQuery {
    /// From when; a day before `to` where it is left out.
    from: Option<At>,
    /// Until when; now (in house time) where it is left out.
    to: Option<At>,
    /// How many at most: 1 to 10,000, 2,000 where it is left out.
    limit: Option<usize>,
}

/// What was felt, oldest first: at least every ten minutes, and whenever the word for it changed.
#[utoipa::path(get, path = "/api/consciousness/emotions", tag = "mind", operation_id = "listEmotions",
    params(EmotionQuery),
    responses((status = 200, body = wire::EmotionList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn emotions(
    State(app): State<Shared>,
    Query(query): Query<EmotionQuery>,
) -> Result<axum::Json<wire::EmotionList>, ApiError> {
    let (from, to) = span(&app, query.from, query.to)?;
    let limit = query.limit.unwrap_or(2_000);
    if !(1..=10_000).contains(&limit) {
        return Err(
            ApiError::new(ErrorCode::InvalidQuery, format!("limit is {limit}"))
                .expected("1 to 10,000"),
        );
    }
    let mut felt = app.house.mind.feelings(from, to, limit + 1).await?;
    let truncated = felt.len() > limit;
    felt.truncate(limit);
    Ok(axum::Json(wire::EmotionList {
        emotions: felt.into_iter().map(Into::into).collect(),
        truncated,
    }))
}

/// A span of house time; the last day where it is left out.
fn span(
    app: &Shared,
    from: Option<At>,
    to: Option<At>,
) -> Result<(Timestamp, Timestamp), ApiError> {
    let now = app.house.handle.clock().now().house;
    let to = to.map_or_else(
        || now.checked_add(SignedDuration::from_secs(1)).unwrap_or(now),
        |to| to.0,
    );
    let from = from.map_or_else(|| to.checked_sub(SPAN).unwrap_or(to), |from| from.0);
    if from > to {
        return Err(ApiError::new(
            ErrorCode::InvalidQuery,
            format!("from is {from}, to is {to}"),
        )
        .expected("from before to"));
    }
    Ok((from, to))
}

/// Restarts the loop of the mind: what it remembers is taken up again from what was kept.
#[utoipa::path(post, path = "/api/consciousness/restart", tag = "mind", operation_id = "restartConsciousness",
    responses((status = 200, body = wire::Safla), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn restart(
    State(app): State<Shared>,
) -> Result<axum::Json<wire::Safla>, ApiError> {
    let status = app.house.mind.restart().await.ok_or_else(closing)?;
    Ok(axum::Json(wire::Safla::of(&status)))
}

/// How the loop of the mind is, and what each of its stages got and made of it last.
#[utoipa::path(get, path = "/api/safla/status", tag = "mind", operation_id = "getSafla",
    responses((status = 200, body = wire::Safla), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn safla(State(app): State<Shared>) -> axum::Json<wire::Safla> {
    axum::Json(wire::Safla::of(&app.house.mind.status()))
}

/// Turns the loop once, now.
#[utoipa::path(post, path = "/api/safla/trigger", tag = "mind", operation_id = "triggerSafla",
    responses((status = 200, body = wire::Safla), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn trigger(
    State(app): State<Shared>,
) -> Result<axum::Json<wire::Safla>, ApiError> {
    let status = app.house.mind.trigger().await.ok_or_else(closing)?;
    Ok(axum::Json(wire::Safla::of(&status)))
}

fn closing() -> ApiError {
    ApiError::new(ErrorCode::ShuttingDown, "the house is shutting down")
}

/// Which concerns.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConcernQuery {
    /// Those that ended, instead of those that are on.
    ended: bool,
    /// Of those that ended: raised not before this; a day before `to` where it is left out.
    from: Option<At>,
    /// Raised before this.
    to: Option<At>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
}

/// What deserves a person, the most pressing first. Those that are snoozed or known come last, and say so.
#[utoipa::path(get, path = "/api/concerns", tag = "mind", operation_id = "listConcerns", params(ConcernQuery),
    responses((status = 200, body = wire::ConcernList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn concerns(
    State(app): State<Shared>,
    Query(query): Query<ConcernQuery>,
) -> Result<axum::Json<wire::ConcernList>, ApiError> {
    let limit = page_limit(query.limit)?;
    let snapshot = app.house.handle.snapshot();
    let concerns = if query.ended {
        let (from, to) = span(&app, query.from, query.to)?;
        let over = app.house.mind.concerns_over(from, to, limit).await?;
        over.into_iter()
            .filter_map(|kept| wire::Concern::over(kept, &snapshot))
            .collect()
    } else {
        let view = app.house.mind.look().await;
        let on = view.concerns.iter().take(limit);
        on.map(|concern| wire::Concern::of(concern, &snapshot))
            .collect()
    };
    Ok(axum::Json(wire::ConcernList { concerns }))
}

/// Puts a concern off. It comes back then, or at once where it presses more.
#[utoipa::path(post, path = "/api/concerns/{concern}/snooze", tag = "mind", operation_id = "snoozeConcern",
    params(("concern" = String, Path, description = "its id")), request_body = wire::Snooze,
    responses((status = 200, body = wire::Concern), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn snooze(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(concern): Path<String>,
    Json(body): Json<wire::Snooze>,
) -> Result<axum::Json<wire::Concern>, ApiError> {
    let now = app.house.handle.clock().now().house;
    let wrong = |message: String| {
        ApiError::new(ErrorCode::InvalidBody, message).expected(
            "either `minutes` from 1 to 43200, or `until`, a time within the next 30 days",
        )
    };
    let latest = now
        .checked_add(SignedDuration::from_mins(SNOOZE.into()))
        .unwrap_or(now);
    let until = match (body.minutes, body.until) {
        (Some(minutes), None) => now
            .checked_add(SignedDuration::from_mins(minutes.into()))
            .ok()
            .filter(|_| (1..=SNOOZE).contains(&minutes))
            .ok_or_else(|| wrong(format!("minutes is {minutes}")))?,
        (None, Some(until)) if until.0 > now && until.0 <= latest => until.0,
        (None, Some(until)) => return Err(wrong(format!("until is {}", until.0))),
        _ => return Err(wrong("it is not said for how long".to_owned())),
    };
    say(&app, &grant, &concern, Word::Snooze { until }).await
}

/// People know of it: the house is silent until it is mended, and then says so.
#[utoipa::path(post, path = "/api/concerns/{concern}/known", tag = "mind", operation_id = "knownConcern",
    params(("concern" = String, Path, description = "its id")),
    responses((status = 200, body = wire::Concern), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn known(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(concern): Path<String>,
) -> Result<axum::Json<wire::Concern>, ApiError> {
    say(&app, &grant, &concern, Word::Known).await
}

/// Somebody looks after it: a technician was called, a part is ordered. Where it is said until when that
/// should be mended, the house is silent until then, and asks then; else until it is mended.
#[utoipa::path(post, path = "/api/concerns/{concern}/note", tag = "mind", operation_id = "noteConcern",
    params(("concern" = String, Path, description = "its id")), request_body = wire::NoteConcern,
    responses((status = 200, body = wire::Concern), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn note(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(concern): Path<String>,
    Json(body): Json<wire::NoteConcern>,
) -> Result<axum::Json<wire::Concern>, ApiError> {
    let text = body.text.trim();
    if text.is_empty() || text.len() > mind::Note::LONGEST || text.chars().any(char::is_control) {
        return Err(
            ApiError::new(ErrorCode::InvalidBody, "`text` cannot be noted".to_owned())
                .expected(format!("one line of 1 to {} bytes", mind::Note::LONGEST)),
        );
    }
    let now = app.house.handle.clock().now().house;
    let latest = now.checked_add(LONGEST_REPAIR).unwrap_or(now);
    let expected = body.expected.map(|expected| expected.0);
    if let Some(expected) = expected.filter(|expected| *expected <= now || *expected > latest) {
        return Err(
            ApiError::new(ErrorCode::InvalidBody, format!("expected is {expected}"))
                .expected("a time within the next 365 days"),
        );
    }
    let word = Word::InHand {
        text: text.to_owned(),
        expected,
    };
    say(&app, &grant, &concern, word).await
}

/// It waits for a person again.
#[utoipa::path(post, path = "/api/concerns/{concern}/reopen", tag = "mind", operation_id = "reopenConcern",
    params(("concern" = String, Path, description = "its id")),
    responses((status = 200, body = wire::Concern), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn reopen(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(concern): Path<String>,
) -> Result<axum::Json<wire::Concern>, ApiError> {
    say(&app, &grant, &concern, Word::Open).await
}

/// It is settled: it ends, and the house is silent about it until it happens anew.
#[utoipa::path(post, path = "/api/concerns/{concern}/done", tag = "mind", operation_id = "doneConcern",
    params(("concern" = String, Path, description = "its id")),
    responses((status = 200, body = wire::Concern), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn done(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(concern): Path<String>,
) -> Result<axum::Json<wire::Concern>, ApiError> {
    say(&app, &grant, &concern, Word::Done).await
}

async fn say(
    app: &Shared,
    grant: &Grant,
    concern: &str,
    word: Word,
) -> Result<axum::Json<wire::Concern>, ApiError> {
    let unknown = || {
        ApiError::new(
            ErrorCode::UnknownConcern,
            format!("no concern with the id `{}` is on", short(concern)),
        )
    };
    let id: ConcernId = concern.parse().map_err(|_| unknown())?;
    let cause = Cause::first(grant.who.clone());
    let done = word == Word::Done;
    match app.house.mind.say(id, word, cause).await {
        Ok(concern) => {
            let mut concern = wire::Concern::of(&concern, &app.house.handle.snapshot());
            if done {
                concern.state = "ended";
                concern.how = Some("done".to_owned());
                concern.expires = None;
                concern.ended = Some(app.house.handle.clock().now().house.into());
            }
            Ok(axum::Json(concern))
        }
        Err(CannotSay::Unknown(_)) => Err(unknown()),
        Err(CannotSay::Closed) => Err(closing()),
    }
}

/// Which predictions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PredictionQuery {
    /// Only of this model.
    model: Option<String>,
    /// Only of this device, by id, slug or alias.
    device: Option<String>,
    /// Only those that are due before this.
    before: Option<At>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
}

/// What the house expected, and what came; the latest due first.
#[utoipa::path(get, path = "/api/predictions", tag = "mind", operation_id = "listPredictions",
    params(PredictionQuery),
    responses((status = 200, body = wire::PredictionList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn predictions(
    State(app): State<Shared>,
    Query(query): Query<PredictionQuery>,
) -> Result<axum::Json<wire::PredictionList>, ApiError> {
    let limit = page_limit(query.limit)?;
    let snapshot = app.house.handle.snapshot();
    let wanted = query.model.as_deref();
    let figures = wanted.is_none_or(|name| Model::parse(name).is_some());
    let happenings = wanted.is_none_or(|name| name == ROUTINES) && query.device.is_none();
    if let Some(name) = wanted.filter(|name| !figures && *name != ROUTINES) {
        let mut names = Model::ALL.map(Model::as_str).to_vec();
        names.push(ROUTINES);
        return Err(ApiError::new(
            ErrorCode::InvalidQuery,
            format!("model is `{}`", short(name)),
        )
        .expected(format!("one of {}", names.join(", "))));
    }
    let device = query
        .device
        .as_deref()
        .map(|device| find(device, &snapshot));
    let filter = ForecastFilter {
        model: wanted.map(str::to_owned),
        device: device.transpose()?.map(|twin| twin.device.id),
        before: query.before.map(|before| before.0),
    };
    let mut predictions = Vec::new();
    if figures {
        let kept = app.house.mind.predictions(&filter, limit).await?;
        predictions.extend(
            kept.into_iter()
                .map(|kept| wire::Prediction::of(kept, &snapshot)),
        );
    }
    if happenings {
        let kept = app.house.memory.foreseen(filter.before, limit).await?;
        predictions.extend(kept.into_iter().map(wire::Prediction::of_happening));
    }
    predictions.sort_by_key(|prediction| std::cmp::Reverse(prediction.due.0));
    predictions.truncate(limit);
    Ok(axum::Json(wire::PredictionList { predictions }))
}

/// Over how many days.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccuracyQuery {
    /// 1 to 366, 30 where it is left out.
    days: Option<u32>,
}

/// How right each model was: figures beside the simplest guess, happenings beside how likely they were said to
/// be. Where few predictions were scored, it says so.
#[utoipa::path(get, path = "/api/predictions/accuracy", tag = "mind", operation_id = "getForecastAccuracy",
    params(AccuracyQuery),
    responses((status = 200, body = wire::ForecastAccuracy), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn accuracy(
    State(app): State<Shared>,
    Query(query): Query<AccuracyQuery>,
) -> Result<axum::Json<wire::ForecastAccuracy>, ApiError> {
    let days = query.days.unwrap_or(30);
    if !(1..=366).contains(&days) {
        return Err(
            ApiError::new(ErrorCode::InvalidQuery, format!("days is {days}")).expected("1 to 366"),
        );
    }
    let now = app.house.handle.clock().now().house;
    let since = now
        .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
        .unwrap_or(now);
    let all = app.house.mind.accuracy(since).await?;
    let mut models: Vec<_> = Model::ALL
        .into_iter()
        .map(|model| {
            let of = all.iter().filter(|(name, _)| name == model.as_str());
            let days: Vec<_> = of.map(|(_, day)| day).collect();
            wire::ModelAccuracy::of_figures(model, &days)
        })
        .collect();
    let happenings = app.house.memory.accuracy(days).await?;
    models.extend(
        happenings
            .into_iter()
            .map(wire::ModelAccuracy::of_happenings),
    );
    Ok(axum::Json(wire::ForecastAccuracy { models }))
}
