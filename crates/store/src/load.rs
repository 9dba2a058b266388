//! What the house gets back at the start.

use crate::{
    Kept, KeptValue, StoreError,
    column::{
        cause, from_json, from_json_or_null, parsed, parsed_or_null, path, time, time_or_null,
        unsigned,
    },
    store::Inner,
    telemetry,
};
use futures_util::TryStreamExt as _;
use model::{
    Area, Connectivity, Device, DeviceKind, Discovery, DiscoveryState, Floor, Guess, Key, Person,
    Presence, Seen, Timestamp, Wish, WishState,
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::time::Duration;

/// For how long the outcomes of requests with a client's id are remembered.
const OUTCOMES: Duration = Duration::from_secs(24 * 3_600);

/// Raises the epoch, and notes that the house runs. Gives back the new epoch and whether the run
/// before ended by a clean shutdown.
pub(crate) async fn take_lead(
    connection: &mut SqliteConnection,
    house: i64,
) -> Result<(i64, bool), StoreError> {
    let clean: bool = sqlx::query_scalar("SELECT clean FROM house WHERE house_id = $1")
        .bind(house)
        .fetch_one(&mut *connection)
        .await?;
    let epoch: i64 = sqlx::query_scalar(
        "UPDATE house SET epoch = epoch + 1, clean = 0 WHERE house_id = $1 RETURNING epoch",
    )
    .bind(house)
    .fetch_one(connection)
    .await?;
    Ok((epoch, clean))
}

/// Reads everything.
pub(crate) async fn load(inner: &Inner, epoch: i64, clean: bool) -> Result<Kept, StoreError> {
    let house = inner.house_row;
    let mut connection = inner.reader.acquire().await?;
    let connection = &mut *connection;
    let last_kept: Option<i64> =
        sqlx::query_scalar("SELECT last_kept_at FROM house WHERE house_id = $1")
            .bind(house)
            .fetch_one(&mut *connection)
            .await?;
    let rows = |sql: &'static str| sqlx::query(sql).bind(house);

    let floors = rows("SELECT * FROM floors WHERE house_id = $1 ORDER BY level, floor_id")
        .fetch_all(&mut *connection)
        .await?;
    let neighbours = rows(
        "SELECT n.area_id, n.neighbour_id FROM area_neighbours n JOIN areas a USING (area_id) \
         WHERE a.house_id = $1 ORDER BY n.area_id, n.position",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mode: String = sqlx::query_scalar("SELECT mode FROM house WHERE house_id = $1")
        .bind(inner.house_row)
        .fetch_one(&mut *connection)
        .await?;
    let areas = rows("SELECT * FROM areas WHERE house_id = $1 ORDER BY area_id")
        .fetch_all(&mut *connection)
        .await?;
    let people = rows("SELECT * FROM people WHERE house_id = $1 ORDER BY person_id")
        .fetch_all(&mut *connection)
        .await?;
    let (mut devices, mut last_seen) = (Vec::new(), Vec::new());
    let query =
        rows("SELECT * FROM devices WHERE house_id = $1 AND removed_at IS NULL ORDER BY device_id");
    let mut stream = query.fetch(&mut *connection);
    while let Some(row) = stream.try_next().await? {
        let device = readable_one("device", "device_id", &row, device);
        if let Some(device) = &device
            && let Ok(Some(at)) = time_or_null(&row, "last_seen")
        {
            last_seen.push((device.id, at));
        }
        devices.extend(device);
    }
    drop(stream);
    let mut discoveries = Vec::new();
    let query = rows("SELECT * FROM discoveries WHERE house_id = $1 ORDER BY discovery_id");
    let mut stream = query.fetch(&mut *connection);
    while let Some(row) = stream.try_next().await? {
        discoveries.extend(readable_one("discovery", "discovery_id", &row, discovery));
    }
    drop(stream);
    let mut values = Vec::new();
    let query = rows(
        "SELECT p.device_id, p.path, t.value, t.at, t.since, t.cause_id, t.parent_id, t.who \
         FROM twins t JOIN properties p USING (property_id) WHERE p.house_id = $1",
    );
    let mut stream = query.fetch(&mut *connection);
    while let Some(row) = stream.try_next().await? {
        values.extend(readable_one("value", "path", &row, kept_value));
    }
    drop(stream);
    let pending = rows(
        "SELECT * FROM wishes WHERE house_id = $1 AND state = 'pending' ORDER BY made_at, wish_id",
    )
    .fetch_all(&mut *connection)
    .await?;
    let since = Timestamp::now() - OUTCOMES;
    let outcomes =
        rows("SELECT client_id, outcome FROM outcomes WHERE house_id = $1 AND kept_at >= $2")
            .bind(since.as_microsecond())
            .fetch_all(&mut *connection)
            .await?;

    let constraints = rows("SELECT slug, body FROM constraints WHERE house_id = $1 ORDER BY slug")
        .fetch_all(&mut *connection)
        .await?;
    let refusals = rows(
        "SELECT epoch, seq, at, cause_id, parent_id, who, body FROM events \
         WHERE +house_id = $1 AND kind = 'request_refused' ORDER BY epoch DESC, seq DESC LIMIT 200",
    )
    .fetch_all(&mut *connection)
    .await?;

    let mut areas = readable("area", "area_id", &areas, area);
    for row in &neighbours {
        let id: model::AreaId = parsed(row, "area_id")?;
        let neighbour = parsed(row, "neighbour_id")?;
        if let Some(area) = areas.iter_mut().find(|area| area.id == id) {
            area.neighbours.push(neighbour);
        }
    }
    Ok(Kept {
        house: inner.house,
        epoch: unsigned(epoch),
        clean,
        mode,
        floors: readable("floor", "floor_id", &floors, floor),
        areas,
        people: readable("person", "person_id", &people, person),
        devices,
        last_seen,
        discoveries,
        values,
        pending: readable("wish", "wish_id", &pending, wish),
        outcomes: readable("outcome", "client_id", &outcomes, |row| {
            Ok((row.try_get("client_id")?, from_json(row, "outcome")?))
        }),
        constraints: readable("constraint", "slug", &constraints, |row| {
            from_json(row, "body")
        }),
        refusals: crate::timeline::events(&refusals),
        last_kept: last_kept.map(crate::column::timestamp).transpose()?,
    })
}

/// Those that read back. One that does not (written by another version, or edited by hand) must
/// not keep the house from starting: it is named in the log and stays in the database.
fn readable<T>(
    what: &str,
    id: &str,
    rows: &[SqliteRow],
    read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Vec<T> {
    rows.iter()
        .filter_map(|row| readable_one(what, id, row, &read))
        .collect()
}

/// The same for one of them. Where there may be thousands, rows are read as they come: all of them at
/// once would take several times what comes of them, and such a hole stays in the process's memory.
fn readable_one<T>(
    what: &str,
    id: &str,
    row: &SqliteRow,
    read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Option<T> {
    match read(row) {
        Ok(thing) => Some(thing),
        Err(error) => {
            telemetry::unreadable(what, row.try_get(id).unwrap_or("?"), &error);
            None
        }
    }
}

fn floor(row: &SqliteRow) -> Result<Floor, StoreError> {
    Ok(Floor {
        id: parsed(row, "floor_id")?,
        slug: parsed(row, "slug")?,
        name: row.try_get("name")?,
        level: row.try_get("level")?,
    })
}

fn area(row: &SqliteRow) -> Result<Area, StoreError> {
    Ok(Area {
        id: parsed(row, "area_id")?,
        slug: parsed(row, "slug")?,
        name: row.try_get("name")?,
        floor: parsed_or_null(row, "floor_id")?,
        neighbours: Vec::new(),
    })
}

fn person(row: &SqliteRow) -> Result<Person, StoreError> {
    let presence = match row.try_get("presence")? {
        "home" => Presence::Home,
        "away" => Presence::Away,
        _ => Presence::Unknown,
    };
    Ok(Person {
        id: parsed(row, "person_id")?,
        slug: parsed(row, "slug")?,
        name: row.try_get("name")?,
        presence,
        presence_since: time_or_null(row, "presence_since")?,
    })
}

fn device(row: &SqliteRow) -> Result<Device, StoreError> {
    Ok(Device {
        id: parsed(row, "device_id")?,
        slug: parsed(row, "slug")?,
        aliases: from_json(row, "aliases")?,
        key: Key {
            driver: row.try_get("driver")?,
            native_id: row.try_get("native_id")?,
        },
        via: row.try_get("via")?,
        area: parsed_or_null(row, "area_id")?,
        serves: from_json_or_null(row, "serves")?.unwrap_or_default(),
        name: row.try_get("name")?,
        named_by_person: row.try_get("named_by_person")?,
        kind: DeviceKind::parse(row.try_get("kind")?).unwrap_or(DeviceKind::Other),
        manufacturer: row.try_get("manufacturer")?,
        model: row.try_get("model")?,
        capabilities: from_json(row, "capabilities")?,
        manual: from_json_or_null(row, "manual")?,
        preferences: from_json_or_null(row, "preferences")?.unwrap_or_default(),
        first_seen: time(row, "first_seen")?,
    })
}

fn discovery(row: &SqliteRow) -> Result<Discovery, StoreError> {
    let sightings: Vec<Seen> = from_json(row, "sightings")?;
    Ok(Discovery {
        id: parsed(row, "discovery_id")?,
        key: Key {
            driver: row.try_get("driver")?,
            native_id: row.try_get("native_id")?,
        },
        announcement: from_json(row, "announcement")?,
        state: DiscoveryState::parse(row.try_get("state")?).unwrap_or(DiscoveryState::New),
        device: parsed_or_null(row, "device_id")?,
        guess: Guess::from_clues(sightings.iter().flat_map(|seen| &seen.sighting.clues)),
        sightings,
        presence: Connectivity::Unknown,
        first_seen: time(row, "first_seen")?,
        last_seen: time(row, "last_seen")?,
    })
}

pub(crate) fn kept_value(row: &SqliteRow) -> Result<KeptValue, StoreError> {
    let text: &str = row.try_get("path")?;
    Ok(KeptValue {
        device: parsed(row, "device_id")?,
        path: path(text).ok_or_else(|| StoreError::unreadable("path", text))?,
        value: from_json_or_null(row, "value")?,
        at: time(row, "at")?,
        since: time(row, "since")?,
        cause: cause(row)?,
    })
}

pub(crate) fn wish(row: &SqliteRow) -> Result<Wish, StoreError> {
    let state = match row.try_get("state")? {
        "reached" => WishState::Reached,
        "superseded" => WishState::Superseded,
        "rejected" => WishState::Rejected,
        "timed_out" => WishState::TimedOut,
        _ => WishState::Pending,
    };
    Ok(Wish {
        id: parsed(row, "wish_id")?,
        request: parsed(row, "request_id")?,
        device: parsed(row, "device_id")?,
        endpoint: row.try_get("endpoint")?,
        capability: row.try_get("capability")?,
        command: row.try_get("command")?,
        goal: from_json(row, "goal")?,
        state,
        note: row.try_get("note")?,
        cause: cause(row)?,
        made_at: time(row, "made_at")?,
        ended_at: time_or_null(row, "ended_at")?,
    })
}
