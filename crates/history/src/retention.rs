//! What is old goes: in small steps, so that nobody waits for it, and its space goes back.

use crate::{calendar::plus, run::Retention};
use model::Timestamp;
use store::{Forget, Store, StoreError};

const DAY: i64 = 86_400_000_000;

/// Steps of giving space back in one go; the rest comes with the next.
const STEPS: usize = 256;

/// Changes of the set-up that are kept at most: a program that renames a device all day must not fill the
/// disk.
const CHANGES: u32 = 100_000;

/// So many days before `now`.
pub(crate) fn limit(now: Timestamp, days: u32) -> Timestamp {
    plus(now, -i64::from(days) * DAY)
}

/// Forgets what is older than its time, as of house time `now`.
///
/// # Errors
/// When the database cannot be written. What went is gone.
pub async fn forget(store: &Store, retention: Retention, now: Timestamp) -> Result<(), StoreError> {
    // What is not summed up yet stays, whatever its age.
    let summed = store.statistics_until().await?;
    let samples = limit(now, retention.samples);
    for property in store.recorded().await? {
        let is_summed = property.path.property.statistics != model::Statistics::None;
        let before = match summed {
            Some(summed) if is_summed => samples.min(summed),
            None if is_summed => continue,
            _ => samples,
        };
        all(store, Forget::Samples(property.id), before).await?;
        all(
            store,
            Forget::Hourly(property.id),
            limit(now, retention.hourly),
        )
        .await?;
    }
    let events = limit(now, retention.events);
    for what in [
        Forget::Events,
        Forget::Wishes,
        Forget::Gaps,
        Forget::Runs,
        Forget::Messages,
        Forget::Feelings,
        Forget::Concerns,
    ] {
        all(store, what, events).await?;
    }
    let beyond = store.configuration_beyond(CHANGES).await?;
    let configuration = limit(now, retention.configuration);
    let configuration = beyond.map_or(configuration, |beyond| beyond.max(configuration));
    all(store, Forget::Configuration, configuration).await?;
    // These two are dated by the wall clock.
    let wall = Timestamp::now();
    all(store, Forget::Outcomes, limit(wall, 1)).await?;
    all(store, Forget::RemovedDevices, limit(wall, retention.events)).await?;
    for _ in 0..STEPS {
        if !store.give_back().await? {
            break;
        }
    }
    store.optimize().await
}

async fn all(store: &Store, what: Forget, before: Timestamp) -> Result<(), StoreError> {
    while store.forget(what, before).await? > 0 {
        tokio::task::yield_now().await;
    }
    Ok(())
}
