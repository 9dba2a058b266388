//! Searches for devices: one now, those before, and how each protocol is.

use super::devices::short;
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{OptionalJson, Path, Query, page_limit};
use crate::live::waiting;
use crate::state::{App, Shared};
use crate::wire;
use axum::extract::State;
use model::{Connectivity, Request, RequestBody, Scan, ScanId, Timestamp};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::SearchRate;
use twin::{Answer, Snapshot};
use utoipa::IntoParams;

/// How long a search is waited for: people are told after half a minute, whatever became of it.
const SEARCH_WITHIN: Duration = Duration::from_secs(28);

/// How many searches are looked through for a protocol's last part in one.
const LOOKED_THROUGH: usize = 20;

/// Most names of protocols in one request; nobody has that many.
const PROTOCOLS: usize = 64;

/// Looks for devices now, over every protocol or only some, and waits for the end, half a minute at
/// most. While a search runs, another joins it and gets its result.
#[utoipa::path(post, path = "/api/discovery/scan", tag = "discovery", operation_id = "scan",
    request_body = Option<wire::Search>,
    responses((status = 200, body = wire::ScanResult, description = "It ended, or goes on after the wait: see `status`."),
        (status = "4XX", body = wire::ErrorBody), (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn scan(
    State(app): State<Shared>,
    Caller(grant): Caller,
    OptionalJson(wire::Search { protocols }): OptionalJson<wire::Search>,
) -> Result<axum::Json<wire::ScanResult>, ApiError> {
    if protocols.len() > PROTOCOLS {
        let message = format!("{} protocols were given", protocols.len());
        return Err(ApiError::new(ErrorCode::InvalidBody, message)
            .expected(format!("at most {PROTOCOLS}, or none for all")));
    }
    let handle = &app.house.handle;
    let asked = Request::new(grant, RequestBody::Scan { protocols });
    let Answer::Scan(id) = handle.request(asked).await? else {
        return Err(ApiError::new(
            ErrorCode::Internal,
            "a search was answered with something else",
        ));
    };
    let scan = tokio::select! {
        scan = handle.searched(id, SEARCH_WITHIN) => scan,
        // A shutdown does not wait for it.
        () = app.stop.cancelled() => None,
    };
    let scan = match scan {
        Some(scan) => scan,
        None => find(&app, id)
            .await?
            .ok_or_else(|| unknown(&id.to_string()))?,
    };
    let snapshot = handle.snapshot();
    Ok(axum::Json(wire::ScanResult::of(&scan, &snapshot)))
}

/// Which searches.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScanQuery {
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The searches, newest first, with the one that is under way.
#[utoipa::path(get, path = "/api/discovery/scans", tag = "discovery", operation_id = "listScans", params(ScanQuery),
    responses((status = 200, body = wire::ScanList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn scans(
    State(app): State<Shared>,
    Query(query): Query<ScanQuery>,
) -> Result<axum::Json<wire::ScanList>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before = query.cursor.as_deref().map(before).transpose()?;
    // One more than asked for tells whether there is a next page.
    let mut found = latest(&app, before, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more);
    Ok(axum::Json(wire::ScanList {
        next: next.map(|scan| scan.started.as_microsecond().to_string()),
        scans: found.iter().map(|scan| (&**scan).into()).collect(),
    }))
}

/// One search, with what it found.
#[utoipa::path(get, path = "/api/discovery/scans/{scan}", tag = "discovery", operation_id = "getScan",
    params(("scan" = String, Path, description = "its id")),
    responses((status = 200, body = wire::ScanResult), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(scan): Path<String>,
) -> Result<axum::Json<wire::ScanResult>, ApiError> {
    let id = scan.parse().map_err(|_| unknown(&scan))?;
    let found = find(&app, id).await?.ok_or_else(|| unknown(&scan))?;
    let snapshot = app.house.handle.snapshot();
    Ok(axum::Json(wire::ScanResult::of(&found, &snapshot)))
}

/// How discovery is: each protocol, whether it takes part, how its last search went, and what it
/// sees.
#[utoipa::path(get, path = "/api/discovery/status", tag = "discovery", operation_id = "getDiscoveryStatus",
    responses((status = 200, body = wire::DiscoveryStatus), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn status(
    State(app): State<Shared>,
) -> Result<axum::Json<wire::DiscoveryStatus>, ApiError> {
    let rates = app.house.store.search_rates(Timestamp::MIN).await?;
    let scans = latest(&app, None, LOOKED_THROUGH).await?;
    let snapshot = app.house.handle.snapshot();
    let seen = seen(&snapshot);
    let mut names: BTreeSet<&str> = seen.keys().copied().collect();
    names.extend(snapshot.searchers.iter().map(|it| it.protocol.as_str()));
    names.extend(rates.iter().map(|rate| rate.protocol.as_str()));
    let protocols = names.into_iter().map(|name| {
        protocol(
            name,
            &snapshot,
            &rates,
            &scans,
            seen.get(name).copied().unwrap_or_default(),
        )
    });
    Ok(axum::Json(wire::DiscoveryStatus {
        scan: scans.first().map(|scan| (&**scan).into()),
        waiting: waiting(&snapshot),
        protocols: protocols.collect(),
    }))
}

fn protocol(
    name: &str,
    snapshot: &Snapshot,
    rates: &[SearchRate],
    scans: &[Arc<Scan>],
    seen: usize,
) -> wire::ProtocolStatus {
    let mut searchers = snapshot.searchers.iter();
    let searcher = searchers.find(|searcher| searcher.protocol == name);
    let reason = match searcher {
        Some(searcher) => searcher.disabled.clone(),
        None => Some("it takes no part in searches here".to_owned()),
    };
    let last = scans.iter().find_map(|scan| {
        let part = scan.protocols.iter().find(|part| part.protocol == name)?;
        Some(wire::LastScan {
            scan_id: scan.id.uuid(),
            started_at: scan.started.into(),
            result: part.into(),
        })
    });
    let rate = rates.iter().find(|rate| rate.protocol == name);
    wire::ProtocolStatus {
        protocol: name.to_owned(),
        enabled: reason.is_none(),
        reason,
        driver: snapshot.drivers.get(name).map(Into::into),
        last_scan: last,
        success: rate.map(Into::into).unwrap_or_default(),
        seen,
    }
}

/// How many things each protocol sees now, each thing once a protocol: what it sees in the network,
/// what it found by itself, and devices that it speaks to and that answer.
fn seen(snapshot: &Snapshot) -> BTreeMap<&str, usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for thing in snapshot.discoveries.values() {
        let present = thing.sightings.iter().filter(|seen| seen.present);
        let protocols: BTreeSet<&str> = if thing.sightings.is_empty() {
            let gone = thing.presence == Connectivity::Offline;
            let found_by = (!gone).then_some(thing.key.driver.as_str());
            found_by.into_iter().collect()
        } else {
            present.map(|seen| seen.protocol.as_str()).collect()
        };
        for protocol in protocols {
            *counts.entry(protocol).or_default() += 1;
        }
    }
    // What the network sees of a device counts for who sees it; its own driver does so here.
    let online = snapshot.devices.values().filter(|twin| {
        twin.connectivity == Connectivity::Online && twin.device.key.driver != wire::NETWORK
    });
    for twin in online {
        *counts.entry(twin.device.key.driver.as_str()).or_default() += 1;
    }
    counts
}

/// The newest searches of those that began before `before`: those at hand and those that are kept.
async fn latest(
    app: &App,
    before: Option<Timestamp>,
    limit: usize,
) -> Result<Vec<Arc<Scan>>, ApiError> {
    // Looked at first: what ends meanwhile is then in one of the two at least.
    let at_hand = app.house.handle.snapshot();
    let early = |scan: &Arc<Scan>| before.is_none_or(|before| scan.started < before);
    let mut found: Vec<_> = at_hand
        .scans
        .iter()
        .filter(|it| early(it))
        .cloned()
        .collect();
    for kept in app.house.store.scans(before, limit).await? {
        if !found.iter().any(|scan| scan.id == kept.id) {
            found.push(Arc::new(kept));
        }
    }
    found.sort_by_key(|scan| std::cmp::Reverse((scan.started, scan.id)));
    found.truncate(limit);
    Ok(found)
}

async fn find(app: &App, id: ScanId) -> Result<Option<Arc<Scan>>, ApiError> {
    let at_hand = app.house.handle.snapshot();
    match at_hand.scans.iter().find(|scan| scan.id == id) {
        Some(scan) => Ok(Some(Arc::clone(scan))),
        None => Ok(app.house.store.scan(id).await?.map(Arc::new)),
    }
}

fn before(cursor: &str) -> Result<Timestamp, ApiError> {
    let time = cursor.parse().ok();
    time.and_then(|time| Timestamp::from_microsecond(time).ok())
        .ok_or_else(|| {
            let message = format!("cursor is `{}`", short(cursor));
            ApiError::new(ErrorCode::InvalidQuery, message)
                .expected("the `next` of the page before")
        })
}

fn unknown(scan: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnknownScan,
        format!("no search for devices has the id `{}`", short(scan)),
    )
    .expected("an id of GET /api/discovery/scans")
}
