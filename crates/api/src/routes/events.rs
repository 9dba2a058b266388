//! The timeline, and why things are as they are.

use super::devices::{find, find_area, short};
use super::history::property;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Query, page_limit};
use crate::state::{App, Shared};
use crate::wire::{self, At};
use automation::engine;
use axum::extract::State;
use history::{Knowledge, Question};
use model::{Event, Position, Who};
use serde::Deserialize;
use store::{EventFilter, KeptValue};
use twin::Snapshot;
use utoipa::IntoParams;

/// Which part of the timeline.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Only of this device, by id, slug or alias (the id also of one that is gone).
    device: Option<String>,
    /// Only of this area, by id or slug.
    area: Option<String>,
    /// Only with this cause, by its id.
    cause: Option<String>,
    /// Only of these kinds, separated by commas, such as `wish_made,wish_ended`.
    kind: Option<String>,
    /// Not before this.
    from: Option<At>,
    /// Before this.
    to: Option<At>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What happened, newest first. It is written in groups: the last two seconds may not be in it yet;
/// they are on `/api/live`.
#[utoipa::path(get, path = "/api/events", tag = "timeline", operation_id = "listEvents", params(EventQuery),
    responses((status = 200, body = wire::EventList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    Query(query): Query<EventQuery>,
) -> Result<axum::Json<wire::EventList>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let limit = page_limit(query.limit)?;
    let filter = filter(query, &snapshot)?;
    let page = history::events(&app.house.store, &filter, limit, &*snapshot).await?;
    Ok(axum::Json(wire::EventList {
        events: page
            .entries
            .into_iter()
            .map(|entry| wire::Event::of(&entry.event, entry.text, &snapshot))
            .collect(),
        next: page.next.map(|next| next.to_string()),
    }))
}

fn filter(query: EventQuery, snapshot: &Snapshot) -> Result<EventFilter, ApiError> {
    let device = query.device.map(|device| match device.parse() {
        // A device that is gone still has a past.
        Ok(id) => Ok(id),
        Err(_) => find(&device, snapshot).map(|twin| twin.device.id),
    });
    let area = query.area.map(|area| find_area(&area, snapshot));
    let before = query.cursor.map(|cursor| {
        position(&cursor).ok_or_else(|| {
            ApiError::new(
                ErrorCode::InvalidQuery,
                format!("cursor is `{}`", short(&cursor)),
            )
            .expected("the `next` of the page before")
        })
    });
    let cause = query.cause.map(|cause| {
        cause.parse().map_err(|_| {
            let given = format!("cause is `{}`", short(&cause));
            ApiError::new(ErrorCode::InvalidQuery, given).expected("the id of a cause")
        })
    });
    let kinds = query.kind.unwrap_or_default();
    Ok(EventFilter {
        device: device.transpose()?,
        area: area.transpose()?,
        cause: cause.transpose()?,
        kinds: kinds
            .split(',')
            .map(str::trim)
            .filter(|kind| !kind.is_empty())
            .map(str::to_owned)
            .collect(),
        path: None,
        from: query.from.map(|from| from.0),
        to: query.to.map(|to| to.0),
        before: before.transpose()?,
    })
}

/// The place that a cursor names.
pub(super) fn position(cursor: &str) -> Option<Position> {
    let (epoch, seq) = cursor.split_once('-')?;
    Some(Position {
        epoch: epoch.parse().ok()?,
        seq: seq.parse().ok()?,
    })
}

/// Which property.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhyQuery {
    /// Whose, by id, slug or alias.
    device: String,
    /// Which property, such as `OnOff.on_off`.
    property: String,
}

/// The run of a scenario or rule that a change was caused by.
async fn run_behind(app: &App, cause: &model::Cause) -> Result<Option<engine::Run>, ApiError> {
    let Some(parent) = cause.parent else {
        return Ok(None);
    };
    if !matches!(cause.who, Who::Rule { .. } | Who::Scenario { .. }) {
        return Ok(None);
    }
    let view = app.house.automation.view();
    if let Some(on) = view.runs.iter().find(|run| run.cause.id == parent) {
        return Ok(Some(on.clone()));
    }
    let kept = app.house.store.run_by_cause(parent).await?;
    Ok(kept.and_then(|kept| serde_json::from_value(kept.body).ok()))
}

/// Why a property is as it is: the recorded chain of causes, and apart from it what may have had to
/// do with it. Where neither is there, the sentence says so.
#[utoipa::path(get, path = "/api/why", tag = "timeline", operation_id = "why", params(WhyQuery),
    responses((status = 200, body = wire::Why), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn why(
    State(app): State<Shared>,
    Query(query): Query<WhyQuery>,
) -> Result<axum::Json<wire::Why>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let twin = find(&query.device, &snapshot)?;
    let path = property(&query.property, &twin.device)?;
    let current = twin.reported(path).map(|reported| KeptValue {
        device: twin.device.id,
        path,
        value: reported.value.clone(),
        at: reported.at,
        since: reported.since,
        cause: reported.cause.clone(),
    });
    let cause = current.as_ref().map(|current| current.cause.clone());
    let question = Question {
        device: twin.device.id,
        path,
        area: twin.device.area,
        current,
        now: app.house.handle.clock().now().house,
    };
    let refused = app.hub.refused(twin.device.id);
    let (store, zone) = (&app.house.store, &app.house.zone);
    let why = history::why_with(store, zone, &question, &refused, &*snapshot).await?;
    let show = |event: &Event, text: String| wire::Event::of(event, text, &snapshot);
    let mut chain: Vec<wire::Event> = why
        .chain
        .iter()
        .map(|link| show(&link.event, link.text.clone()))
        .collect();
    // What happened a moment ago is not written yet, but known.
    let recent = cause
        .as_ref()
        .map(|cause| app.hub.caused_by(cause))
        .unwrap_or_default();
    for event in recent {
        let known = why
            .chain
            .iter()
            .any(|link| link.event.position == event.position);
        if !known {
            chain.push(show(&event, history::sentence(&event, &*snapshot)));
        }
    }
    let run = match &cause {
        Some(cause) if why.knowledge == Knowledge::Recorded => run_behind(&app, cause).await?,
        _ => None,
    };
    let told = run.as_ref().map(engine::Run::because);
    let sentence = match told {
        Some(told) => format!("{} {told}", why.sentence),
        None => why.sentence,
    };
    Ok(axum::Json(wire::Why {
        known: why.knowledge == Knowledge::Recorded,
        sentence,
        run: run.as_ref().map(|run| Box::new(run.into())),
        chain,
        refused: why
            .refused
            .into_iter()
            .map(|link| show(&link.event, link.text))
            .collect(),
        inferred: why
            .inferred
            .into_iter()
            .map(|inference| wire::Inference {
                text: inference.text.clone(),
                effect: inference.effect,
                confidence: inference.confidence,
                event: show(&inference.event, inference.text),
            })
            .collect(),
    }))
}
