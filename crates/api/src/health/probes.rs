//! The parts that this room knows how to ask.

use super::discovery::discovery;
use super::{HealthBoard, State};
use crate::metrics;
use model::DriverState;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::Store;
use twin::Snapshot;

/// What every probe needs to be one: how often, and within what.
const EVERY: Duration = Duration::from_secs(5);
const WITHIN: Duration = Duration::from_secs(1);

/// The twin's loop turns ten times a second; so long a silence means that it hangs.
const LOOP_SILENT: Duration = Duration::from_secs(5);

/// Shares of a full disk, as the alert rules have them.
const DISK_WARNING: f64 = 0.75;
const DISK_CRITICAL: f64 = 0.85;
/// Shares of the memory limit, as the alert rules have them.
const MEMORY_WARNING: f64 = 0.7;

/// Puts the parts on the board that are always there.
pub(crate) fn usual(board: &HealthBoard, house: &crate::House, folder: PathBuf) {
    let store = house.store.clone();
    board.probe("database", true, EVERY, WITHIN, move || {
        database(store.clone())
    });
    let pulse = std::sync::Arc::clone(&house.pulse);
    board.probe("twin", true, Duration::from_secs(1), WITHIN, move || {
        std::future::ready(twin_loop(pulse()))
    });
    board.probe("disk", false, Duration::from_secs(15), WITHIN, move || {
        let folder = folder.clone();
        async move { disk(&folder) }
    });
    let (handle, store) = (house.handle.clone(), house.store.clone());
    let every = Duration::from_secs(15);
    board.probe("discovery", false, every, WITHIN, move || {
        discovery(handle.clone(), store.clone())
    });
    let features = house.handle.features().clone();
    board.probe("maintenance", false, EVERY, WITHIN, move || {
        let on = features.maintenance();
        async move { maintenance(on) }
    });
    board.probe("memory", false, Duration::from_secs(15), WITHIN, || {
        std::future::ready(memory())
    });
}

fn maintenance(on: Option<twin::Maintenance>) -> State {
    match on {
        None => State::ok(),
        Some(on) => State::degraded(
            format!(
                "the house is being looked after until {}: {}",
                on.until, on.reason
            ),
            "end it with `consciousness maintenance off`, or wait",
        ),
    }
}

async fn database(store: Store) -> State {
    let health = store.health().await;
    let size = health.size_bytes;
    if !health.readable {
        return State::failed(
            "the database does not answer",
            "check the disk and who else uses the file; if it is damaged, restore a backup",
        );
    }
    if let Err(error) = health.writable {
        return State::failed(
            format!("nothing can be kept: {error}"),
            "free space on its disk, and end other programs that hold it",
        );
    }
    if health.file_gone {
        return State::failed(
            "the file was removed or replaced while the server runs: what happens now is lost with \
             the next restart",
            "put the file back, or restart the server to begin a new one",
        );
    }
    State::ok_with(format!("{:.1} MiB", size as f64 / 1_048_576.0))
}

/// How the twin's loop is, by how long ago it last turned.
fn twin_loop(silent: Duration) -> State {
    if silent > LOOP_SILENT {
        State::failed(
            format!("the house has not moved for {} s", silent.as_secs()),
            "see the log, then restart the server",
        )
    } else {
        State::ok()
    }
}

/// How full the disk is that holds `folder`.
fn disk(folder: &Path) -> State {
    let Some((free, size)) = metrics::disk(folder).filter(|(_, size)| *size > 0) else {
        return State::degraded(
            "the disk cannot be read",
            "check the folder of the database",
        );
    };
    #[expect(clippy::cast_precision_loss, reason = "shares for people")]
    let used = 1.0 - free as f64 / size as f64;
    let message = format!("{:.0} % used, {} MiB free", used * 100.0, free / 1_048_576);
    if used > DISK_CRITICAL {
        State::failed(
            message,
            "free space soon: when the disk is full nothing can be kept",
        )
    } else if used > DISK_WARNING {
        State::degraded(message, "free some space")
    } else {
        State::ok_with(message)
    }
}

/// How much of its memory the process uses.
fn memory() -> State {
    let (Some(used), Some(limit)) = (metrics::resident_bytes(), metrics::memory_limit_bytes())
    else {
        return State::ok_with("not known on this system");
    };
    #[expect(clippy::cast_precision_loss, reason = "shares for people")]
    let share = used as f64 / limit as f64;
    let message = format!(
        "{} MiB, {:.0} % of what there is",
        used / 1_048_576,
        share * 100.0
    );
    if share > MEMORY_WARNING {
        State::degraded(message, "give the server more memory, or restart it")
    } else {
        State::ok_with(message)
    }
}

/// Puts the drivers on the board as the snapshot has them.
pub(crate) fn drivers(board: &HealthBoard, snapshot: &Snapshot) {
    for (driver, state) in &snapshot.drivers {
        let name = format!("driver:{driver}");
        let state = match state {
            DriverState::Running => State::ok(),
            DriverState::Starting => State::degraded("it starts", "wait a moment"),
            DriverState::Degraded { reason } => {
                State::degraded(reason.clone(), "check what the driver connects to")
            }
            DriverState::Failed { reason } => {
                State::failed(reason.clone(), "it is started again by itself; see the log")
            }
            DriverState::Stopped => {
                State::degraded("it was stopped", "restart the server to start it")
            }
        };
        board.put(&name, state);
    }
}
