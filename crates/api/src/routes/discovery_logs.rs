//! What discovery did and said, from the timeline.

use super::events::position;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Query, page_limit};
use crate::routes::devices::short;
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use model::{DiscoveryId, Event, EventBody, Position};
use serde::Deserialize;
use std::collections::BTreeSet;
use store::EventFilter;
use twin::Snapshot;
use utoipa::IntoParams;

/// What there is of discovery on the timeline.
const KINDS: [&str; 6] = [
    "discovery_found",
    "discovery_changed",
    "discovery_vanished",
    "discovery_returned",
    "discovery_closed",
    "scan_ended",
];

/// How often more is read from the timeline for one page that a filter leaves short.
const ROUNDS: usize = 8;

/// Which of it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// Only what had to do with this protocol.
    protocol: Option<String>,
    /// Only searches in which something went wrong.
    errors_only: Option<bool>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What discovery did and said, newest first: what was found, changed, vanished, came back or left
/// the inbox, and how each search went. A filtered page may be short although there is a next one.
#[utoipa::path(get, path = "/api/discovery/logs", tag = "discovery", operation_id = "listDiscoveryLogs",
    params(LogQuery),
    responses((status = 200, body = wire::DiscoveryLogList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    Query(query): Query<LogQuery>,
) -> Result<axum::Json<wire::DiscoveryLogList>, ApiError> {
    let limit = page_limit(query.limit)?;
    let errors_only = query.errors_only.unwrap_or_default();
    let mut before = match query.cursor.as_deref() {
        Some(text) => Some(cursor(text)?),
        None => now(&app).await?,
    };
    let kinds: &[&str] = if errors_only { &["scan_ended"] } else { &KINDS };
    let snapshot = app.house.handle.snapshot();
    let mut logs = Vec::new();
    for _ in 0..ROUNDS {
        let (events, next) = page(&app, kinds, before, limit).await?;
        before = next;
        for event in events {
            let log = log(&event, &snapshot, query.protocol.as_deref());
            let of_protocol = |name: &String| log.protocols.contains(name);
            if query.protocol.as_ref().is_none_or(of_protocol)
                && (!errors_only || !log.errors.is_empty())
            {
                if logs.len() == limit {
                    // It comes first on the next page.
                    before = logs.last().map(|log: &wire::DiscoveryLog| Position {
                        epoch: log.epoch,
                        seq: log.seq,
                    });
                    break;
                }
                logs.push(log);
            }
        }
        if before.is_none() || logs.len() >= limit {
            break;
        }
    }
    Ok(axum::Json(wire::DiscoveryLogList {
        logs,
        next: before.map(|next| next.to_string()),
    }))
}

/// The end of what is written. Kinds are read one after the other, and what is written in between
/// must not be on a page without what came before it.
async fn now(app: &Shared) -> Result<Option<Position>, ApiError> {
    let newest = app.house.store.events(&EventFilter::default(), 1).await?;
    Ok(newest.events.first().map(|event| Position {
        seq: event.position.seq + 1,
        ..event.position
    }))
}

/// The newest events of all `kinds` together. Each kind is asked for by itself: for one there is an
/// index, for several the whole timeline would be read.
async fn page(
    app: &Shared,
    kinds: &[&str],
    before: Option<Position>,
    limit: usize,
) -> Result<(Vec<Event>, Option<Position>), ApiError> {
    let mut events = Vec::new();
    let mut more = false;
    for kind in kinds {
        let filter = EventFilter {
            kinds: vec![(*kind).to_owned()],
            before,
            ..EventFilter::default()
        };
        let page = app.house.store.events(&filter, limit).await?;
        more |= page.next.is_some();
        events.extend(page.events);
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.position));
    more |= events.len() > limit;
    events.truncate(limit);
    let next = events.last().map(|event| event.position);
    Ok((events, next.filter(|_| more)))
}

/// An event as the log has it; of its errors only those of `protocol`, where one is asked for.
fn log(event: &Event, snapshot: &Snapshot, protocol: Option<&str>) -> wire::DiscoveryLog {
    let (mut discovery, mut scan) = (None, None);
    let (mut protocols, mut errors) = (BTreeSet::new(), Vec::new());
    match &event.body {
        EventBody::DiscoveryFound {
            discovery: id,
            driver,
            ..
        } => {
            discovery = Some(id.uuid());
            protocols.insert(driver.clone());
        }
        EventBody::DiscoveryChanged { discovery: id, .. }
        | EventBody::DiscoveryVanished { discovery: id, .. }
        | EventBody::DiscoveryReturned { discovery: id, .. }
        | EventBody::DiscoveryClosed { discovery: id, .. } => {
            discovery = Some(id.uuid());
            protocols = protocols_of(*id, snapshot);
        }
        EventBody::ScanEnded { scan: ended } => {
            scan = Some(ended.id.uuid());
            protocols = ended
                .protocols
                .iter()
                .map(|it| it.protocol.clone())
                .collect();
            errors = ended
                .protocols
                .iter()
                .filter(|part| part.status.success() == Some(false))
                .filter(|part| protocol.is_none_or(|wanted| part.protocol == wanted))
                .map(|part| wire::ProtocolError {
                    protocol: part.protocol.clone(),
                    status: part.status.as_str(),
                    error: part
                        .error
                        .clone()
                        .unwrap_or_else(|| "no reason was given".to_owned()),
                })
                .collect();
        }
        _ => {}
    }
    wire::DiscoveryLog {
        epoch: event.position.epoch,
        seq: event.position.seq,
        at: event.at.into(),
        kind: event.body.kind(),
        text: history::sentence(event, snapshot),
        cause: (&event.cause).into(),
        discovery,
        scan,
        protocols: protocols.into_iter().collect(),
        errors,
    }
}

/// Who sees a thing, as far as it is still known.
fn protocols_of(id: DiscoveryId, snapshot: &Snapshot) -> BTreeSet<String> {
    let Some(thing) = snapshot.discoveries.get(&id) else {
        return BTreeSet::new();
    };
    let mut protocols: BTreeSet<_> = thing
        .sightings
        .iter()
        .map(|it| it.protocol.clone())
        .collect();
    if thing.key.driver != wire::NETWORK {
        protocols.insert(thing.key.driver.clone());
    }
    protocols
}

fn cursor(text: &str) -> Result<Position, ApiError> {
    position(text).ok_or_else(|| {
        ApiError::new(
            ErrorCode::InvalidQuery,
            format!("cursor is `{}`", short(text)),
        )
        .expected("the `next` of the page before")
    })
}
