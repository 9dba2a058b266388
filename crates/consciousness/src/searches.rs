//! Searches for devices at the start and every now and then.

use crate::settings::Settings;
use model::{Grant, Request, RequestBody};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use twin::{Feature, Handle};

/// How long drivers have to get going before the first search.
const FIRST: Duration = Duration::from_secs(2);

/// Searches are never closer together than this, whatever is asked for.
const CLOSEST: u64 = 10;

/// How often is searched; `None` only when somebody asks.
pub(crate) fn interval(settings: &Settings) -> Option<Duration> {
    let seconds = u64::try_from(settings.number("DISCOVERY_INTERVAL")).unwrap_or(0);
    (seconds > 0).then(|| Duration::from_secs(seconds.max(CLOSEST)))
}

/// Searches until told to stop. The machine's own clock counts, not the house's: the network does not
/// live faster in a house that does.
pub(crate) async fn keep_searching(
    house: Handle,
    every: Option<Duration>,
    stop: CancellationToken,
) {
    let Some(every) = every else { return };
    let mut ticks = interval_at(Instant::now() + FIRST, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if !house.features().is_on(Feature::Discovery) {
            continue;
        }
        let search = RequestBody::Scan { protocols: vec![] };
        if let Err(error) = house.request(Request::new(Grant::house(), search)).await {
            tracing::warn!(%error, "discovery: a search could not begin");
        }
    }
}
