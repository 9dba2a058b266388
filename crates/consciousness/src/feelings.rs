//! The mind, started where the house stands.

use crate::settings::Settings;
use conversation::Household;
use jiff::tz::TimeZone;
use mind::Mind;
use mind::safla::sense::{Component, Health};
use mind::season::Place;
use model::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::task::JoinHandle;
use twin::Handle;

/// So long a part must be unwell before the house feels it, on the wall clock: what starts or stutters is
/// not ill yet.
const UNWELL: Duration = Duration::from_secs(60);

/// How often the mind is asked whether it lives, and how long it may take to say so.
const EVERY: Duration = Duration::from_secs(15);
const WITHIN: Duration = Duration::from_secs(2);

/// The part of the board that is the mind's own: it does not feel bad because it feels bad.
const OWN: &str = "mind";

/// Starts the mind; it ends with the stream of events.
pub(crate) fn begin(
    settings: &Settings,
    house: Handle,
    store: Store,
    zone: TimeZone,
    household: Household,
    board: &api::HealthBoard,
) -> (Mind, JoinHandle<()>) {
    let seconds = u64::try_from(settings.number("EMOTION_UPDATE_INTERVAL")).unwrap_or(300);
    let parts = board.clone();
    let (mind, task) = mind::start(mind::Wires {
        house,
        store,
        zone,
        place: Arc::new(move || {
            household.location().map(|location| Place {
                latitude: location.latitude,
                longitude: location.longitude,
            })
        }),
        interval: Duration::from_secs(seconds),
        components: Arc::new(move || {
            let now = Timestamp::now();
            let parts = parts.components().into_iter();
            parts
                .filter(|part| part.name != OWN)
                .map(|part| component(part, now))
                .collect()
        }),
    });
    let asked = mind.clone();
    board.probe(OWN, false, EVERY, WITHIN, move || {
        let mind = asked.clone();
        async move {
            if mind.answers().await {
                api::State::ok_with(format!("it feels {}", mind.view().feeling.label))
            } else {
                api::State::failed("it has ended", "restart the server; see the log")
            }
        }
    });
    (mind, task)
}

/// A part of the server as the mind senses it.
fn component(part: api::Component, now: Timestamp) -> Component {
    let steady = now.duration_since(part.since).unsigned_abs() >= UNWELL;
    let health = match part.state.status {
        api::Status::Degraded if steady => Health::Degraded,
        api::Status::Failed if steady => Health::Failed,
        _ => Health::Ok,
    };
    Component {
        name: part.name,
        health,
        message: part.state.message,
        action: part.state.action,
        since: part.since,
    }
}
