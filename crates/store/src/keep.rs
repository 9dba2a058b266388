//! One record becomes rows.

use crate::{
    Record, StoreError,
    column::{json, signed},
    writer::Leader,
};
use model::{Area, Device, Discovery, Event, EventBody, Floor, Person, Presence, Timestamp, Wish};
use sqlx::SqliteConnection;
use std::sync::LazyLock;

impl Record {
    /// The house time that it speaks of, where it speaks of one.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Wish(wish) => Some(wish.ended_at.unwrap_or(wish.made_at)),
            Self::Event(event) => Some(event.at),
            Self::Outcome { at, .. } => Some(*at),
            _ => None,
        }
    }
}

/// Writes a record within the open transaction.
pub(crate) async fn keep(
    connection: &mut SqliteConnection,
    leader: Leader,
    record: &Record,
) -> Result<(), StoreError> {
    match record {
        Record::Floor(floor) => keep_floor(connection, leader, floor).await,
        Record::FloorGone(id) => {
            delete(
                connection,
                "DELETE FROM floors WHERE floor_id = $1",
                id.to_string(),
            )
            .await
        }
        Record::Area(area) => keep_area(connection, leader, area).await,
        Record::AreaGone(id) => {
            delete(
                connection,
                "DELETE FROM areas WHERE area_id = $1",
                id.to_string(),
            )
            .await
        }
        Record::Person(person) => keep_person(connection, leader, person).await,
        Record::PersonGone(id) => {
            delete(
                connection,
                "DELETE FROM people WHERE person_id = $1",
                id.to_string(),
            )
            .await
        }
        Record::Device(device) => keep_device(connection, leader, device).await,
        Record::DeviceGone(id) => {
            let id = id.to_string();
            sqlx::query("UPDATE devices SET removed_at = $2 WHERE device_id = $1")
                .bind(&id)
                .bind(Timestamp::now().as_microsecond())
                .execute(&mut *connection)
                .await?;
            let twins = "DELETE FROM twins WHERE property_id IN \
                         (SELECT property_id FROM properties WHERE device_id = $1)";
            delete(connection, twins, id).await
        }
        Record::Discovery(discovery) => keep_discovery(connection, leader, discovery).await,
        Record::DiscoveryGone(id) => {
            delete(
                connection,
                "DELETE FROM discoveries WHERE discovery_id = $1",
                id.to_string(),
            )
            .await
        }
        Record::Mode(mode) => {
            sqlx::query("UPDATE house SET mode = $2 WHERE house_id = $1")
                .bind(leader.house)
                .bind(mode)
                .execute(connection)
                .await?;
            Ok(())
        }
        Record::Constraint(constraint) => {
            sqlx::query(
                "INSERT INTO constraints (house_id, slug, enabled, body) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (house_id, slug) DO UPDATE SET \
                 enabled = excluded.enabled, body = excluded.body",
            )
            .bind(leader.house)
            .bind(constraint.slug.as_str())
            .bind(constraint.enabled)
            .bind(json(constraint)?)
            .execute(connection)
            .await?;
            Ok(())
        }
        Record::ConstraintGone(slug) => {
            sqlx::query("DELETE FROM constraints WHERE house_id = $1 AND slug = $2")
                .bind(leader.house)
                .bind(slug.as_str())
                .execute(connection)
                .await?;
            Ok(())
        }
        Record::Scenario(scenario) => {
            crate::scenarios::keep_scenario(connection, leader, scenario).await
        }
        Record::Run(run) => crate::scenarios::keep_run(connection, leader, run).await,
        Record::Scene(scene) => crate::scenes::keep_scene(connection, leader, scene).await,
        Record::Webhook(webhook) => crate::scenes::keep_webhook(connection, leader, webhook).await,
        Record::Message(message) => {
            crate::messages::keep_message(connection, leader, message).await
        }
        Record::Turn(turn) => crate::conversations::keep_turn(connection, leader, turn).await,
        Record::ConversationGone(id) => {
            crate::conversations::forget_conversation(connection, leader, *id).await
        }
        Record::Memory(memory) => crate::memories::keep_memory(connection, leader, memory).await,
        Record::MemoryGone(id) => crate::memories::forget_memory(connection, *id).await,
        Record::Prediction(prediction) => {
            crate::memories::keep_prediction(connection, leader, prediction).await
        }
        Record::AlertRule(rule) => crate::alerts::keep_alert_rule(connection, leader, rule).await,
        Record::Alert(alert) => crate::alerts::keep_alert(connection, leader, alert).await,
        Record::Feeling(feeling) => crate::mind::keep_feeling(connection, leader, feeling).await,
        Record::Concern(concern) => crate::mind::keep_concern(connection, leader, concern).await,
        Record::Learned { name, body, at } => {
            crate::mind::keep_learned(connection, leader, name, body, *at).await
        }
        Record::Household { name, body, at } => {
            crate::household::keep_household(connection, leader, name, body, *at).await
        }
        Record::Version(version) => {
            crate::configuration::keep_version(connection, leader, version).await
        }
        Record::PersonErased(person) => {
            crate::configuration::erase_person(connection, leader, *person).await
        }
        Record::Interview(interview) => {
            crate::household::keep_interview(connection, leader, interview).await
        }
        Record::Capacity(look) => crate::capacity::keep_capacity(connection, leader, look).await,
        Record::Forecast(prediction) => {
            crate::mind::keep_forecast(connection, leader, prediction).await
        }
        Record::Account(account) => {
            crate::accounts::keep_account(connection, leader, account).await
        }
        Record::AccountGone(id) => crate::accounts::forget_account(connection, *id).await,
        Record::Session(session) => {
            crate::accounts::keep_session(connection, leader, session).await
        }
        Record::SessionUsed(session) => crate::accounts::touch_session(connection, session).await,
        Record::SessionGone(id) => crate::accounts::forget_session(connection, *id).await,
        Record::Token(token) => crate::accounts::keep_token(connection, leader, token).await,
        Record::TokenUsed { id, at } => crate::accounts::touch_token(connection, *id, *at).await,
        Record::TokenGone(id) => crate::accounts::forget_token(connection, *id).await,
        Record::Program(program) => {
            crate::programs::keep_program(connection, leader, program).await
        }
        Record::ProgramGone(id) => crate::programs::forget_program(connection, *id).await,
        Record::SecurityEvent(event) => {
            crate::security::keep_security_event(connection, leader, event).await
        }
        Record::Scan(scan) => crate::scans::keep_scan(connection, leader, scan).await,
        Record::Wish(wish) => keep_wish(connection, leader, wish).await,
        Record::Event(event) => keep_events(connection, leader, std::slice::from_ref(event)).await,
        Record::Outcome {
            client_id,
            outcome,
            at,
        } => {
            sqlx::query(
                "INSERT INTO outcomes (house_id, client_id, outcome, at, kept_at) \
                 VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (house_id, client_id) DO UPDATE SET \
                 outcome = excluded.outcome, at = excluded.at, kept_at = excluded.kept_at",
            )
            .bind(leader.house)
            .bind(client_id)
            .bind(json(outcome)?)
            .bind(at.as_microsecond())
            .bind(Timestamp::now().as_microsecond())
            .execute(connection)
            .await?;
            Ok(())
        }
    }
}

async fn delete(
    connection: &mut SqliteConnection,
    sql: &'static str,
    id: String,
) -> Result<(), StoreError> {
    sqlx::query(sql).bind(id).execute(connection).await?;
    Ok(())
}

async fn keep_floor(
    connection: &mut SqliteConnection,
    leader: Leader,
    floor: &Floor,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO floors (floor_id, house_id, slug, name, level) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (floor_id) DO UPDATE SET \
         slug = excluded.slug, name = excluded.name, level = excluded.level",
    )
    .bind(floor.id.to_string())
    .bind(leader.house)
    .bind(floor.slug.as_str())
    .bind(&floor.name)
    .bind(floor.level)
    .execute(connection)
    .await?;
    Ok(())
}

async fn keep_area(
    connection: &mut SqliteConnection,
    leader: Leader,
    area: &Area,
) -> Result<(), StoreError> {
    let id = area.id.to_string();
    sqlx::query(
        "INSERT INTO areas (area_id, house_id, slug, name, floor_id) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (area_id) DO UPDATE SET \
         slug = excluded.slug, name = excluded.name, floor_id = excluded.floor_id",
    )
    .bind(&id)
    .bind(leader.house)
    .bind(area.slug.as_str())
    .bind(&area.name)
    .bind(area.floor.map(|floor| floor.to_string()))
    .execute(&mut *connection)
    .await?;
    delete(
        &mut *connection,
        "DELETE FROM area_neighbours WHERE area_id = $1",
        id.clone(),
    )
    .await?;
    for (position, neighbour) in (0_i64..).zip(&area.neighbours) {
        sqlx::query(
            "INSERT INTO area_neighbours (area_id, neighbour_id, position) VALUES ($1, $2, $3) \
             ON CONFLICT (area_id, neighbour_id) DO NOTHING",
        )
        .bind(&id)
        .bind(neighbour.to_string())
        .bind(position)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn keep_person(
    connection: &mut SqliteConnection,
    leader: Leader,
    person: &Person,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO people (person_id, house_id, slug, name, presence, presence_since) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person_id) DO UPDATE SET \
         slug = excluded.slug, name = excluded.name, presence = excluded.presence, \
         presence_since = excluded.presence_since",
    )
    .bind(person.id.to_string())
    .bind(leader.house)
    .bind(person.slug.as_str())
    .bind(&person.name)
    .bind(presence(person.presence))
    .bind(person.presence_since.map(Timestamp::as_microsecond))
    .execute(connection)
    .await?;
    Ok(())
}

const fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Home => "home",
        Presence::Away => "away",
        Presence::Unknown => "unknown",
    }
}

async fn keep_device(
    connection: &mut SqliteConnection,
    leader: Leader,
    device: &Device,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO devices (device_id, house_id, slug, aliases, driver, native_id, via, area_id, \
         name, named_by_person, kind, manufacturer, model, capabilities, manual, first_seen, preferences, serves) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
         ON CONFLICT (device_id) DO UPDATE SET slug = excluded.slug, aliases = excluded.aliases, \
         driver = excluded.driver, native_id = excluded.native_id, via = excluded.via, \
         area_id = excluded.area_id, name = excluded.name, \
         named_by_person = excluded.named_by_person, kind = excluded.kind, \
         manufacturer = excluded.manufacturer, model = excluded.model, \
         capabilities = excluded.capabilities, manual = excluded.manual, \
         first_seen = excluded.first_seen, preferences = excluded.preferences, \
         serves = excluded.serves, removed_at = NULL",
    )
    .bind(device.id.to_string())
    .bind(leader.house)
    .bind(device.slug.as_str())
    .bind(json(&device.aliases)?)
    .bind(&device.key.driver)
    .bind(&device.key.native_id)
    .bind(&device.via)
    .bind(device.area.map(|area| area.to_string()))
    .bind(&device.name)
    .bind(device.named_by_person)
    .bind(device.kind.as_str())
    .bind(&device.manufacturer)
    .bind(&device.model)
    .bind(json(&device.capabilities)?)
    .bind(device.manual.as_ref().map(json).transpose()?)
    .bind(device.first_seen.as_microsecond())
    .bind(json(&device.preferences)?)
    .bind((!device.serves.is_empty()).then(|| json(&device.serves)).transpose()?)
    .execute(connection)
    .await?;
    Ok(())
}

async fn keep_discovery(
    connection: &mut SqliteConnection,
    leader: Leader,
    discovery: &Discovery,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO discoveries (discovery_id, house_id, driver, native_id, announcement, state, \
         first_seen, last_seen, device_id, sightings) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (discovery_id) DO UPDATE SET driver = excluded.driver, \
         native_id = excluded.native_id, announcement = excluded.announcement, \
         state = excluded.state, first_seen = excluded.first_seen, last_seen = excluded.last_seen, \
         device_id = excluded.device_id, sightings = excluded.sightings",
    )
    .bind(discovery.id.to_string())
    .bind(leader.house)
    .bind(&discovery.key.driver)
    .bind(&discovery.key.native_id)
    .bind(json(&discovery.announcement)?)
    .bind(discovery.state.as_str())
    .bind(discovery.first_seen.as_microsecond())
    .bind(discovery.last_seen.as_microsecond())
    .bind(discovery.device.map(|id| id.to_string()))
    .bind(json(&discovery.sightings)?)
    .execute(connection)
    .await?;
    Ok(())
}

async fn keep_wish(
    connection: &mut SqliteConnection,
    leader: Leader,
    wish: &Wish,
) -> Result<(), StoreError> {
    // A wish that has ended stays as it ended, whatever comes late.
    sqlx::query(
        "INSERT INTO wishes (wish_id, house_id, request_id, device_id, endpoint, capability, \
         command, goal, state, note, cause_id, parent_id, who, made_at, ended_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT (wish_id) DO UPDATE SET state = excluded.state, note = excluded.note, \
         ended_at = excluded.ended_at WHERE wishes.state = 'pending'",
    )
    .bind(wish.id.to_string())
    .bind(leader.house)
    .bind(wish.request.to_string())
    .bind(wish.device.to_string())
    .bind(wish.endpoint)
    .bind(&wish.capability)
    .bind(&wish.command)
    .bind(json(&wish.goal)?)
    .bind(wish.state.as_str())
    .bind(&wish.note)
    .bind(wish.cause.id.to_string())
    .bind(wish.cause.parent.map(|parent| parent.to_string()))
    .bind(json(&wish.cause.who)?)
    .bind(wish.made_at.as_microsecond())
    .bind(wish.ended_at.map(Timestamp::as_microsecond))
    .execute(connection)
    .await?;
    Ok(())
}

/// Events of one INSERT.
const EVENTS: usize = 20;

/// Writes events; one that is there already stays as it is, so that the journal and history may
/// both bring the same one.
pub(crate) async fn keep_events(
    connection: &mut SqliteConnection,
    leader: Leader,
    events: &[Event],
) -> Result<(), StoreError> {
    for chunk in events.chunks(EVENTS) {
        let (sql, size) = match chunk.len() {
            EVENTS => (MANY.as_str(), EVENTS),
            _ => (ONE.as_str(), 1),
        };
        for part in chunk.chunks(size) {
            let mut query = sqlx::query(sql);
            for event in part {
                let area = match &event.body {
                    EventBody::AreaChanged { area, .. } => Some(area.to_string()),
                    _ => None,
                };
                query = query
                    .bind(leader.house)
                    .bind(signed(event.position.epoch))
                    .bind(signed(event.position.seq))
                    .bind(event.at.as_microsecond())
                    .bind(event.body.kind())
                    .bind(event.body.device().map(|device| device.to_string()))
                    .bind(area)
                    .bind(event.body.path().map(|path| path.to_string()))
                    .bind(event.cause.id.to_string())
                    .bind(event.cause.parent.map(|parent| parent.to_string()))
                    .bind(json(&event.cause.who)?)
                    .bind(json(&event.body)?);
            }
            query.execute(&mut *connection).await?;
        }
    }
    Ok(())
}

static MANY: LazyLock<String> = LazyLock::new(|| insert(EVENTS));
static ONE: LazyLock<String> = LazyLock::new(|| insert(1));

/// An INSERT of so many events. The area is that in which the device stands now.
fn insert(events: usize) -> String {
    let row = |event: usize| {
        let n = event * 12;
        format!(
            "(${}, ${}, ${}, ${}, ${}, ${}, \
             coalesce(${}, (SELECT area_id FROM devices WHERE device_id = ${})), \
             ${}, ${}, ${}, ${}, ${})",
            n + 1,
            n + 2,
            n + 3,
            n + 4,
            n + 5,
            n + 6,
            n + 7,
            n + 6,
            n + 8,
            n + 9,
            n + 10,
            n + 11,
            n + 12
        )
    };
    let rows: Vec<_> = (0..events).map(row).collect();
    format!(
        "INSERT INTO events (house_id, epoch, seq, at, kind, device_id, area_id, path, cause_id, \
         parent_id, who, body) VALUES {} ON CONFLICT (house_id, epoch, seq) DO NOTHING",
        rows.join(", ")
    )
}
