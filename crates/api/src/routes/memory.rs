//! What the house remembers: told, looked for, corrected, forgotten, taken along.

use super::devices::{find, find_area, short};
use super::people;
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path, Query};
use crate::state::{App, Shared};
use crate::wire::{self, At, Patch};
use axum::extract::State;
use axum::http::StatusCode;
use mind::memory::{Correction, Entry, Kind, Recall, Remember, Situation};
use model::{Change, DeviceEdit, Request, RequestBody};
use serde::Deserialize;
use twin::Snapshot;
use utoipa::IntoParams;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecallQuery {
    /// Words, or beginnings of words; whatever matters where it is left out.
    q: Option<String>,
    /// preference, fact, note, episode, pattern or context.
    kind: Option<String>,
    /// Only what is about this person: an id or slug.
    person: Option<String>,
    /// What shares this room matters more: an id or slug.
    area: Option<String>,
    /// What shares this device matters more: an id, slug or alias.
    device: Option<String>,
    /// The moment at which it shall matter; now where it is left out.
    at: Option<At>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
}

/// What matters here and now, the most first: by words, confidence, time and situation.
#[utoipa::path(get, path = "/api/memory", tag = "memory", operation_id = "recallMemories", params(RecallQuery),
    responses((status = 200, body = wire::MemoryList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn recall(
    State(app): State<Shared>,
    Query(query): Query<RecallQuery>,
) -> Result<axum::Json<wire::MemoryList>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let limit = query.limit.unwrap_or(100);
    if !(1..=500).contains(&limit) {
        let wrong = format!("limit is {limit}");
        return Err(ApiError::new(ErrorCode::InvalidQuery, wrong).expected("1 to 500"));
    }
    let words = query.q.unwrap_or_default();
    if words.len() > 500 {
        let wrong = format!("q has {} bytes", words.len());
        return Err(ApiError::new(ErrorCode::InvalidQuery, wrong).expected("at most 500"));
    }
    let person = query
        .person
        .map(|person| people::find(&person, &snapshot).map(|person| person.id))
        .transpose()?;
    let area = query.area.map(|area| find_area(&area, &snapshot));
    let device = query
        .device
        .map(|device| find(&device, &snapshot).map(|twin| twin.device.id));
    let recall = Recall {
        words,
        kind: query
            .kind
            .map(|word| kind(&word, ErrorCode::InvalidQuery))
            .transpose()?,
        only_person: person,
        person,
        area: area.transpose()?,
        device: device.transpose()?,
        at: query.at.map(|at| at.0),
        limit,
    };
    let now = app.house.handle.clock().now().house;
    let found = app.house.memory.recall(&recall).await?;
    let memories = found
        .iter()
        .map(|one| wire::Memory::recalled(one, &snapshot, now));
    Ok(axum::Json(wire::MemoryList {
        memories: memories.collect(),
    }))
}

/// Remembers something: a sentence, or a key with a value. What had the key before is corrected.
#[utoipa::path(post, path = "/api/memory", tag = "memory", operation_id = "remember", request_body = wire::NewMemory,
    responses((status = 201, body = wire::Memory), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn remember(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(new): Json<wire::NewMemory>,
) -> Result<(StatusCode, axum::Json<wire::Memory>), ApiError> {
    let what = read(new, &app.house.handle.snapshot())?;
    let entry = app.house.memory.remember(what, grant.who).await?;
    Ok((StatusCode::CREATED, shown(&app, &entry)))
}

/// The same by a key: it needs one.
#[utoipa::path(post, path = "/api/memory/store", tag = "memory", operation_id = "storeMemory",
    request_body = wire::NewMemory,
    responses((status = 201, body = wire::Memory), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn store(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(new): Json<wire::NewMemory>,
) -> Result<(StatusCode, axum::Json<wire::Memory>), ApiError> {
    if new.key.is_none() {
        return Err(ApiError::new(ErrorCode::InvalidBody, "key is missing").expected("a key"));
    }
    remember(State(app), Caller(grant), Json(new)).await
}

/// What is remembered under a key or an id.
#[utoipa::path(get, path = "/api/memory/get/{key}", tag = "memory", operation_id = "getMemory",
    params(("key" = String, Path, description = "its key or id")),
    responses((status = 200, body = wire::Memory), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(key): Path<String>,
) -> Result<axum::Json<wire::Memory>, ApiError> {
    let entry = app.house.memory.get(&key).await?;
    Ok(shown(&app, &entry))
}

/// Corrects a memory: what is left out stays, null clears.
#[utoipa::path(patch, path = "/api/memory/{memory}", tag = "memory", operation_id = "correctMemory",
    params(("memory" = String, Path, description = "its id or key")), request_body = wire::MemoryEdit,
    responses((status = 200, body = wire::Memory), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn correct(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(memory): Path<String>,
    Json(edit): Json<wire::MemoryEdit>,
) -> Result<axum::Json<wire::Memory>, ApiError> {
    let correction = correction(edit, &app.house.handle.snapshot())?;
    let entry = app
        .house
        .memory
        .correct(&memory, correction, grant.who)
        .await?;
    Ok(shown(&app, &entry))
}

/// The thing of a note is a device of the house now: the note is part of that one's history. What it says,
/// who said it and when stay as they are; with `alias` the device is also called so.
#[utoipa::path(post, path = "/api/memory/{memory}/promote", tag = "memory", operation_id = "promoteMemory",
    params(("memory" = String, Path, description = "its id or key")), request_body = wire::Promotion,
    responses((status = 200, body = wire::Memory), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn promote(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(memory): Path<String>,
    Json(promotion): Json<wire::Promotion>,
) -> Result<axum::Json<wire::Memory>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let device = find(&promotion.device, &snapshot)?.device.clone();
    // Before anything is changed: there must be such a note.
    app.house.memory.promotable(&memory).await?;
    if let Some(alias) = promotion.alias {
        let mut aliases = device.aliases.clone();
        aliases.push(alias);
        let edit = DeviceEdit {
            aliases: Change::Set(aliases),
            ..DeviceEdit::default()
        };
        let body = RequestBody::EditDevice {
            device: device.id.to_string().into(),
            edit,
        };
        app.house.handle.request(Request::new(grant, body)).await?;
    }
    let entry = app.house.memory.promote(&memory, device.id).await?;
    Ok(shown(&app, &entry))
}

/// What was told and noted of a device, the oldest first: notes whose thing became it among them.
#[utoipa::path(get, path = "/api/devices/{device}/notes", tag = "memory", operation_id = "listNotes",
    params(("device" = String, Path, description = "id, slug or alias")),
    responses((status = 200, body = wire::MemoryList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn of_device(
    State(app): State<Shared>,
    Path(device): Path<String>,
) -> Result<axum::Json<wire::MemoryList>, ApiError> {
    let device = find(&device, &app.house.handle.snapshot())?.device.id;
    let entries = app.house.memory.of_device(device).await?;
    Ok(list(&app, &entries))
}

/// Forgets a memory for good. A pattern that was forgotten is not found again.
#[utoipa::path(delete, path = "/api/memory/{memory}", tag = "memory", operation_id = "forgetMemory",
    params(("memory" = String, Path, description = "its id or key")),
    responses((status = 204, description = "It is forgotten."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn forget(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(memory): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.house.memory.forget(&memory, grant.who).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is regular in the household's days, the surest first, with the days on which it was seen.
#[utoipa::path(get, path = "/api/memory/patterns", tag = "memory", operation_id = "listPatterns",
    responses((status = 200, body = wire::MemoryList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn patterns(
    State(app): State<Shared>,
) -> Result<axum::Json<wire::MemoryList>, ApiError> {
    let patterns = app.house.memory.patterns().await?;
    Ok(list(&app, &patterns))
}

/// A moment.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Moment {
    /// The moment; now where it is left out.
    at: Option<At>,
}

/// What holds at a moment: guests, journeys, who is expected.
#[utoipa::path(get, path = "/api/memory/context", tag = "memory", operation_id = "getContext", params(Moment),
    responses((status = 200, body = wire::MemoryList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn context(
    State(app): State<Shared>,
    Query(moment): Query<Moment>,
) -> Result<axum::Json<wire::MemoryList>, ApiError> {
    let now = app.house.handle.clock().now().house;
    let at = moment.at.map_or(now, |at| at.0);
    let contexts = app.house.memory.context(at).await?;
    Ok(list(&app, &contexts))
}

/// How much is remembered.
#[utoipa::path(get, path = "/api/memory/stats", tag = "memory", operation_id = "getMemoryStats",
    responses((status = 200, body = wire::MemoryStats), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn stats(
    State(app): State<Shared>,
) -> Result<axum::Json<wire::MemoryStats>, ApiError> {
    Ok(axum::Json(app.house.memory.stats().await?.into()))
}

/// Whose memories.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// What is about this person or was said by them: an id or slug; everybody's where it is left out.
    person: Option<String>,
}

/// All that is remembered, or all of a person, oldest first.
#[utoipa::path(get, path = "/api/memory/export", tag = "memory", operation_id = "exportMemories", params(Whose),
    responses((status = 200, body = wire::MemoryList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn export(
    State(app): State<Shared>,
    Query(whose): Query<Whose>,
) -> Result<axum::Json<wire::MemoryList>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let person = whose
        .person
        .map(|person| people::find(&person, &snapshot).map(|person| person.id))
        .transpose()?;
    let memories = app.house.memory.export(person).await?;
    Ok(list(&app, &memories))
}

/// Tidies up: forgets what is too old, merges sentences that stand there twice, gives the room back.
#[utoipa::path(post, path = "/api/memory/optimize", tag = "memory", operation_id = "optimizeMemory",
    responses((status = 200, body = wire::MemoryOptimized), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn optimize(
    State(app): State<Shared>,
) -> Result<axum::Json<wire::MemoryOptimized>, ApiError> {
    let done = app.house.memory.optimize().await?;
    Ok(axum::Json(wire::MemoryOptimized {
        forgotten: done.forgotten,
        merged: done.merged,
        bytes_before: done.bytes_before,
        bytes_after: done.bytes_after,
    }))
}

fn shown(app: &App, entry: &Entry) -> axum::Json<wire::Memory> {
    let now = app.house.handle.clock().now().house;
    axum::Json(wire::Memory::of(entry, &app.house.handle.snapshot(), now))
}

fn list(app: &App, entries: &[Entry]) -> axum::Json<wire::MemoryList> {
    let snapshot = app.house.handle.snapshot();
    let now = app.house.handle.clock().now().house;
    let memories = entries
        .iter()
        .map(|entry| wire::Memory::of(entry, &snapshot, now));
    axum::Json(wire::MemoryList {
        memories: memories.collect(),
    })
}

fn kind(word: &str, code: ErrorCode) -> Result<Kind, ApiError> {
    Kind::parse(word).ok_or_else(|| {
        ApiError::new(code, format!("kind: `{}` is none", short(word)))
            .expected("preference, fact, note, episode, pattern or context")
    })
}

/// What a client wants to be remembered, in the house's words.
fn read(new: wire::NewMemory, snapshot: &Snapshot) -> Result<Remember, ApiError> {
    let invalid = |wrong: &str, expected: &str| {
        ApiError::new(ErrorCode::InvalidBody, wrong).expected(expected)
    };
    let kind = kind(
        new.kind.as_deref().unwrap_or("fact"),
        ErrorCode::InvalidBody,
    )?;
    if kind == Kind::Pattern {
        return Err(invalid(
            "kind: patterns are found by the house itself",
            "preference, fact, note, episode or context",
        ));
    }
    let mut value = new.value.unwrap_or_default();
    if let Some(word) = new.situation {
        let known = Situation::parse(&word).filter(|_| kind == Kind::Context && value.is_null());
        let known = known.ok_or_else(|| {
            invalid(
                "situation: it is unknown, or not of a context, or there is a value too",
                "guests, away, visitor or other, with the kind context and no value",
            )
        })?;
        value = serde_json::json!({ "situation": known.as_str() });
    }
    let text = match (new.text, &new.key) {
        (Some(text), _) => text,
        (None, Some(key)) if !value.is_null() => {
            let shown: String = value.to_string().chars().take(400).collect();
            format!("{key} is {shown}")
        }
        (None, _) => return Err(invalid("text is missing", "a text, or a key with a value")),
    };
    let person = new
        .person
        .map(|person| people::find(&person, snapshot).map(|person| person.id));
    let device = new
        .device
        .map(|device| find(&device, snapshot).map(|twin| twin.device.id));
    let area = new.area.map(|area| find_area(&area, snapshot));
    Ok(Remember {
        kind,
        key: new.key,
        text,
        value,
        person: person.transpose()?,
        device: device.transpose()?,
        area: area.transpose()?,
        confidence: new.confidence.unwrap_or(1.0),
        weight: new.weight,
        from: new.from.map(|at| at.0),
        until: new.until.map(|at| at.0),
    })
}

fn correction(edit: wire::MemoryEdit, snapshot: &Snapshot) -> Result<Correction, ApiError> {
    Ok(Correction {
        text: edit.text,
        value: edit.value,
        confidence: edit.confidence,
        from: cleared(edit.from, |at| Ok(at.0))?,
        until: cleared(edit.until, |at| Ok(at.0))?,
        device: cleared(edit.device, |device| {
            find(&device, snapshot).map(|twin| twin.device.id)
        })?,
        area: cleared(edit.area, |area| find_area(&area, snapshot))?,
    })
}

fn cleared<T, U>(
    patch: Patch<T>,
    read: impl FnOnce(T) -> Result<U, ApiError>,
) -> Result<Option<Option<U>>, ApiError> {
    Ok(match patch {
        Patch::Absent => None,
        Patch::Null => Some(None),
        Patch::Value(value) => Some(Some(read(value)?)),
    })
}
