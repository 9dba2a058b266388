//! Looking once a minute, for as long as the server runs.

use super::look::{counted, look};
use super::{report, warnings};
use crate::health::State;
use crate::metrics;
use crate::state::Shared;
use crate::telemetry;
use model::Timestamp;
use std::time::Duration;
use store::{CapacityCounts, CapacityDay, Record};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(60);

/// What it is called among the parts.
pub(crate) const PART: &str = "capacity";

/// Today: days since 1970-01-01 UTC, by the wall clock.
pub(crate) fn today() -> i64 {
    Timestamp::now().as_second().div_euclid(86_400)
}

/// Looks, keeps what it saw, and warns where something is outgrown.
pub(crate) async fn run(app: Shared) {
    let mut before = CapacityCounts::default();
    let mut minutes = tokio::time::interval(EVERY);
    minutes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        let now = counted(&app.house.metrics.render());
        let seen = look(facts(&app), now, before);
        // What could not be kept is counted again with the next look.
        match app
            .house
            .store
            .keep(vec![Record::Capacity(Box::new(seen))])
            .await
        {
            Ok(()) => before = now,
            Err(error) => telemetry::capacity_not_kept(&error),
        }
        let since = today() - super::DAYS;
        if let Ok(days) = app.house.store.capacity_days(since).await {
            let warnings = warnings(&report(&days, today()));
            let state = match warnings.first() {
                None => State::ok(),
                Some((_, action)) => {
                    let all: Vec<&str> = warnings.iter().map(|(what, _)| what.as_str()).collect();
                    State::degraded(all.join("; "), action.clone())
                }
            };
            app.house.health.put(PART, state);
        }
    }
}

fn facts(app: &Shared) -> CapacityDay {
    let disk = metrics::disk(&app.scraper.folder);
    CapacityDay {
        day: today(),
        database_bytes: app.house.store.size_bytes(),
        devices: app.house.handle.snapshot().devices.len() as u64,
        memory_bytes: metrics::resident_bytes(),
        memory_limit_bytes: metrics::memory_limit_bytes(),
        disk_free_bytes: disk.map(|(free, _)| free),
        disk_size_bytes: disk.map(|(_, size)| size),
        counts: CapacityCounts::default(),
    }
}
