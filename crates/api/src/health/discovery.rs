//! How searching for devices goes, for the board.

use super::State;
use crate::wire::percent;
use model::{Scan, Timestamp};
use std::time::Duration;
use store::{SearchRate, Store, StoreError};
use twin::Handle;

/// A search that takes longer is a sign that the house has outgrown the machine.
const SLOW: Duration = Duration::from_secs(30);

/// Below this share of searches that worked, in percent, something is wrong with a protocol.
const RATE: f64 = 80.0;

/// Over which time that share is taken: what was mended weeks ago is no fault of today.
const LATELY: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Asks for the last search and for how searches went lately.
pub(super) async fn discovery(handle: Handle, store: Store) -> State {
    match last_and_rates(&handle, &store).await {
        Ok((last, rates)) => judge(last.as_ref(), &rates),
        Err(error) => State::degraded(
            format!("it cannot be told how searches went: {error}"),
            "see how the database is",
        ),
    }
}

async fn last_and_rates(
    handle: &Handle,
    store: &Store,
) -> Result<(Option<Scan>, Vec<SearchRate>), StoreError> {
    let snapshot = handle.snapshot();
    let at_hand = snapshot.scans.iter().find(|scan| scan.ended.is_some());
    let last = match at_hand {
        Some(scan) => Some(Scan::clone(scan)),
        None => store.scans(None, 1).await?.pop(),
    };
    let now = handle.clock().now().house;
    let since = now.checked_sub(LATELY).unwrap_or(Timestamp::MIN);
    Ok((last, store.search_rates(since).await?))
}

/// How well it is, by the last search and by how often each protocol could be searched lately.
fn judge(last: Option<&Scan>, rates: &[SearchRate]) -> State {
    let Some(last) = last else {
        return State::ok_with("no search has run yet");
    };
    let parts = last.protocols.iter();
    // On the machine's own clock: house time may run faster.
    let took = parts
        .clone()
        .map(|part| part.duration_ms)
        .max()
        .unwrap_or_default();
    let took = Duration::from_millis(took);
    let mut said = vec![format!("the last search took {:.1} s", took.as_secs_f64())];
    let mut actions = Vec::new();
    if took > SLOW {
        actions
            .push("switch off protocols that you do not need, or give the server more processor");
    }
    let before = said.len();
    for part in parts.filter(|part| part.status.success() == Some(false)) {
        let reason = part.error.as_deref().unwrap_or("no reason was given");
        said.push(format!("{} failed: {reason}", part.protocol));
    }
    for rate in rates {
        if let Some(share) = percent(rate).filter(|share| *share < RATE) {
            said.push(format!(
                "{} worked in {} of {} searches of the last week ({share:.0} %)",
                rate.protocol, rate.successes, rate.attempts
            ));
        }
    }
    if said.len() > before {
        actions.push("GET /api/discovery/logs?errors_only=true says what went wrong");
    }
    if actions.is_empty() {
        State::ok_with(said.join("; "))
    } else {
        State::degraded(said.join("; "), actions.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::health::Status;
    use model::{Cause, ProtocolScan, Scan, ScanId, ScanStatus, Timestamp, Who};
    use store::SearchRate;

    fn scan(status: ScanStatus, duration_ms: u64) -> Scan {
        let error = (status == ScanStatus::Failed).then(|| "no permission".to_owned());
        Scan {
            id: ScanId::new(),
            cause: Cause::first(Who::House),
            started: Timestamp::UNIX_EPOCH,
            ended: Some(Timestamp::UNIX_EPOCH),
            protocols: vec![ProtocolScan {
                protocol: "mdns".into(),
                status,
                found: 0,
                duration_ms,
                error,
            }],
            new: Vec::new(),
        }
    }

    fn rate(attempts: u64, successes: u64) -> SearchRate {
        SearchRate {
            protocol: "mdns".into(),
            attempts,
            successes,
        }
    }

    #[test]
    fn failures_slowness_and_low_rates_are_warnings() {
        let good = scan(ScanStatus::Completed, 4_200);
        let state = judge(None, &[]);
        assert_eq!(state.status, Status::Ok);
        let state = judge(Some(&good), &[rate(10, 8)]);
        assert_eq!(
            (state.status, state.message.as_deref()),
            (Status::Ok, Some("the last search took 4.2 s"))
        );
        // What cannot be tried here is no failure.
        let state = judge(Some(&scan(ScanStatus::Unavailable, 1)), &[]);
        assert_eq!(state.status, Status::Ok);
        for (last, rates, said) in [
            (
                scan(ScanStatus::Failed, 10),
                rate(10, 9),
                "mdns failed: no permission",
            ),
            (good, rate(10, 7), "mdns worked in 7 of 10"),
            (
                scan(ScanStatus::Completed, 31_000),
                rate(1, 1),
                "took 31.0 s",
            ),
        ] {
            let state = judge(Some(&last), &[rates]);
            assert_eq!(state.status, Status::Degraded, "{said}");
            assert!(state.message.unwrap().contains(said), "{said}");
            assert!(state.action.is_some());
        }
    }
}
