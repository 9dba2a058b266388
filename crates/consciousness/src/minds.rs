//! What the house remembers, says of its past, and is alarmed about; started where the house stands.

use crate::settings::Settings;
use anyhow::Context as _;
use jiff::tz::TimeZone;
use mind::{alerts, insights, memory};
use std::sync::Arc;
use store::Store;
use tokio::task::JoinHandle;
use twin::Handle;

/// What was started.
pub(crate) struct Minds {
    pub(crate) memory: memory::Memory,
    pub(crate) insights: insights::Insights,
    pub(crate) alerts: alerts::Alerts,
    tasks: [JoinHandle<()>; 2],
}

/// Starts it; it lives until it is ended.
pub(crate) async fn begin(
    settings: &Settings,
    house: Handle,
    store: Store,
    zone: TimeZone,
    metrics: api::Metrics,
) -> anyhow::Result<Minds> {
    memory::describe();
    alerts::describe();
    let days = settings.number("MEMORY_RETENTION_DAYS");
    let (memory, remembering) = memory::Memory::start(memory::Wires {
        house: house.clone(),
        store: store.clone(),
        zone: zone.clone(),
        retention_days: u32::try_from(days).unwrap_or(u32::MAX),
    });
    let (alerts, judging) = alerts::Alerts::start(alerts::Wires {
        house: house.clone(),
        store: store.clone(),
        zone: zone.clone(),
        server: Arc::new(move |family| metrics.value(family)),
    })
    .await
    .context("the alert rules that were kept cannot be read")?;
    Ok(Minds {
        memory,
        insights: insights::Insights { house, store, zone },
        alerts,
        tasks: [remembering, judging],
    })
}

impl Minds {
    /// Ends what runs by itself. Whatever is being written is written by a task of the store's own.
    pub(crate) fn tasks(&self) -> [tokio::task::AbortHandle; 2] {
        self.tasks.each_ref().map(JoinHandle::abort_handle)
    }
}
