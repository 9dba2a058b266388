//! The server's own backups, daily or because somebody asks, and what the house says of them.
//!
//! The backup is taken by this program in a process of its own, at the lowest priority: what it needs
//! of memory is given back when it ends, and it ends with the server.

use super::{Plan, folder};
use crate::settings::Settings;
use anyhow::Context as _;
use api::{HealthBoard, State};
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

/// How often the clock is looked at: it may be set, and the machine may have slept.
const LOOK: Duration = Duration::from_secs(30);

/// A backup that was missed while the server did not run is made up for so long after its start.
const SETTLED: SignedDuration = SignedDuration::from_mins(10);

/// The newest backup is too old when a daily one was missed.
const TOO_OLD: SignedDuration = SignedDuration::from_hours(26);

/// A cron job at the same minute comes first: then there is nothing left to do.
const AFTER_OTHERS: SignedDuration = SignedDuration::from_secs(20);

/// What somebody else took so short a time ago is the day's backup.
const OF_THE_DAY: SignedDuration = SignedDuration::from_hours(12);

/// How a backup ends that found another one under way.
const ANOTHER: i32 = 6;

/// What is kept of what a failed backup says.
const SAID: usize = 2_000;

/// When there is a daily backup; `None` for never.
fn daily(settings: &Settings, is_simulated: bool) -> anyhow::Result<Option<civil::Time>> {
    let text = settings.text("BACKUP_SCHEDULE");
    if text.eq_ignore_ascii_case("off") || (is_simulated && !settings.is_given("BACKUP_SCHEDULE")) {
        return Ok(None);
    }
    let time = civil::Time::strptime("%H:%M", text).ok();
    time.map(Some).with_context(|| {
        format!("BACKUP_SCHEDULE={text} is no time of day; expected one such as 02:00, or off")
    })
}

/// The next time of day after a moment.
fn next(after: Timestamp, time: civil::Time, zone: &TimeZone) -> Timestamp {
    let today = after.to_zoned_datetime(zone.clone()).date();
    let days = [Some(today), today.tomorrow().ok()];
    let moments = days.into_iter().flatten().filter_map(|day| {
        Some(
            day.to_datetime(time)
                .to_zoned_datetime(zone.clone())
                .ok()?
                .timestamp(),
        )
    });
    let mut later = moments.filter(|moment| *moment > after);
    later
        .next()
        .unwrap_or(after + SignedDuration::from_hours(24))
}

/// What is known of backups while the server runs.
#[derive(Debug, Default)]
struct Known {
    failed: Option<String>,
    next: Option<Timestamp>,
    under_way: bool,
}

/// Takes backups in the background, one at a time.
#[derive(Debug, Clone)]
pub(crate) struct Taker {
    database: PathBuf,
    known: Arc<Mutex<Known>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    stop: CancellationToken,
}

impl Taker {
    /// Begins one because somebody asks; `false` where one is under way.
    pub(crate) fn begin(&self) -> bool {
        let Ok(turn) = Arc::clone(&self.turn).try_lock_owned() else {
            return false;
        };
        // Who looks after the answer sees it.
        self.note(|known| known.under_way = true);
        let taker = self.clone();
        tokio::spawn(async move {
            let taken = taker.stop.run_until_cancelled(taker.take()).await;
            match taken {
                Some(Ok(true)) => tracing::info!("the backup that was asked for was taken"),
                Some(Ok(false)) => {
                    let why = "another backup was being taken; whether it ended well is not known";
                    taker.note(|known| known.failed = Some(why.to_owned()));
                    tracing::info!("the backup that was asked for was not taken: {why}");
                }
                Some(Err(error)) => {
                    tracing::error!(error, "the backup that was asked for failed");
                }
                None => {}
            }
            drop(turn);
        });
        true
    }

    /// Takes one, counts it, and keeps how it ended for the board. `false` where somebody else takes one.
    async fn take(&self) -> Result<bool, String> {
        self.note(|known| known.under_way = true);
        let result = take(&self.database)
            .await
            .map_err(|error| format!("{error:#}"));
        let word = match result {
            Ok(true) => Some("succeeded"),
            Ok(false) => None,
            Err(_) => Some("failed"),
        };
        if let Some(word) = word {
            metrics::counter!("consciousness_backups_total", "result" => word).increment(1);
        }
        self.note(|known| {
            known.under_way = false;
            known.failed = result.clone().err();
        });
        result
    }

    fn note(&self, what: impl FnOnce(&mut Known)) {
        what(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Judges the settings that are about it.
///
/// # Errors
/// When they are wrong.
pub(crate) fn judge(settings: &Settings, is_simulated: bool) -> anyhow::Result<()> {
    Plan::read(settings)?;
    daily(settings, is_simulated).map(drop)
}

/// Starts it: the component on the board, the metric, and the daily backup.
///
/// # Errors
/// When the settings are wrong.
pub(crate) fn begin(
    settings: &Settings,
    database: &Path,
    is_simulated: bool,
    zone: TimeZone,
    board: &HealthBoard,
    stop: CancellationToken,
) -> anyhow::Result<Taker> {
    let plan = Plan::read(settings)?;
    let time = daily(settings, is_simulated)?;
    let known = Arc::new(Mutex::new(Known::default()));
    let (folder, told) = (plan.folder.clone(), Arc::clone(&known));
    let look = move || {
        let newest = folder::newest(&folder);
        // Where there is none there is no moment either: who watches it sees that it is missing.
        if let Some((at, _)) = &newest {
            #[expect(clippy::cast_precision_loss, reason = "seconds stay below 2^53")]
            let at = at.as_second() as f64;
            metrics::gauge!("consciousness_backup_last_success_timestamp_seconds").set(at);
        }
        let known = told.lock().unwrap_or_else(PoisonError::into_inner);
        state(newest, &known, time.is_some(), Timestamp::now())
    };
    // Known from the start, before the first look of the board.
    drop(look());
    let every = Duration::from_secs(15);
    board.probe("backups", false, every, Duration::from_secs(5), move || {
        std::future::ready(look())
    });
    let taker = Taker {
        database: std::path::absolute(database)?,
        known,
        turn: Arc::default(),
        stop: stop.clone(),
    };
    if let Some(time) = time {
        let taker = taker.clone();
        tokio::spawn(async move {
            let days = keep_taking(time, zone, plan.folder, taker);
            stop.run_until_cancelled(days).await;
        });
    }
    Ok(taker)
}

/// How the house is off for backups.
fn state(
    newest: Option<(Timestamp, PathBuf)>,
    known: &Known,
    is_daily: bool,
    now: Timestamp,
) -> State {
    let action = "look at the log, and take one by `consciousness backup`";
    if let Some(wrong) = &known.failed {
        return State::degraded(format!("the last backup failed: {wrong}"), action);
    }
    let soon = match (is_daily, known.next) {
        _ if known.under_way => "one is being taken".to_owned(),
        (false, _) => "none is taken by itself (BACKUP_SCHEDULE)".to_owned(),
        (true, Some(next)) => format!("the next is taken at {}", next.strftime("%FT%TZ")),
        (true, None) => "the next is being taken".to_owned(),
    };
    let Some((at, file)) = newest else {
        return State::ok_with(format!("there is none yet; {soon}"));
    };
    let age = now.duration_since(at);
    if is_daily && age > TOO_OLD {
        let hours = age.as_hours();
        return State::degraded(format!("the newest is {hours} hours old; {soon}"), action);
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    State::ok_with(format!("the newest is {name}; {soon}"))
}

async fn keep_taking(time: civil::Time, zone: TimeZone, folder: PathBuf, taker: Taker) {
    let began = Timestamp::now();
    let missed = folder::newest(&folder).is_some_and(|(at, _)| {
        let due = next(at, time, &zone);
        due < began
    });
    let mut due = if missed {
        began + SETTLED
    } else {
        next(began, time, &zone)
    };
    loop {
        taker.note(|known| known.next = Some(due));
        while Timestamp::now() < due {
            let left = due.duration_since(Timestamp::now());
            tokio::time::sleep(LOOK.min(left.unsigned_abs())).await;
            // A clock that was set back must not mean a day without a backup.
            due = due.min(next(Timestamp::now(), time, &zone).max(Timestamp::now()));
        }
        tokio::time::sleep(AFTER_OTHERS.unsigned_abs()).await;
        taker.note(|known| known.next = None);
        let _turn = taker.turn.lock().await;
        let age = folder::newest(&folder).map(|(at, _)| Timestamp::now().duration_since(at));
        if age.is_none_or(|age| age.is_negative() || age >= OF_THE_DAY) {
            match taker.take().await {
                Ok(true) => tracing::info!("the daily backup was taken"),
                Ok(false) => tracing::info!("another backup is being taken; it is the daily one"),
                Err(error) => tracing::error!(error, "the daily backup failed"),
            }
        }
        due = next(Timestamp::now(), time, &zone);
    }
}

/// Takes a backup as its operator does, of exactly this database. `false` where another one is being taken.
async fn take(database: &Path) -> anyhow::Result<bool> {
    // The program that runs, even where a newer one has its name by now.
    let program = if Path::new("/proc/self/exe").exists() {
        PathBuf::from("/proc/self/exe")
    } else {
        std::env::current_exe()?
    };
    let mut child = Command::new(program)
        .args(["backup", "--json"])
        .env("DATABASE_URL", format!("sqlite://{}", database.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("it cannot be started")?;
    let mut said = Vec::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_end(&mut said).await?;
    }
    let status = child.wait().await?;
    if status.success() || status.code() == Some(ANOTHER) {
        return Ok(status.success());
    }
    let said = String::from_utf8_lossy(&said);
    let end: String = said.trim().chars().take(SAID).collect();
    anyhow::bail!("{end} ({status})")
}

#[cfg(test)]
mod tests {
    use super::{Known, next, state};
    use api::Status;
    use jiff::{Timestamp, civil, tz::TimeZone};
    use std::path::PathBuf;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_time_of_day_comes_also_on_days_with_another_length() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let time = civil::time(2, 30, 0, 0);
        for (after, expected) in [
            ("2026-11-27T00:00:00Z", "2026-11-27T01:30:00Z"),
            ("2026-11-27T01:30:00Z", "2026-11-28T01:30:00Z"),
            // 02:30 is not there on this day.
            ("2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z"),
            // And twice on this one: it is taken once.
            ("2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"),
            ("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ] {
            assert_eq!(next(at(after), time, &zone), at(expected), "{after}");
        }
    }

    #[test]
    fn the_house_says_how_it_is_off_for_backups() {
        let now = at("2026-11-27T12:00:00Z");
        let newest = |text: &str| Some((at(text), PathBuf::from("b/consciousness-x.json")));
        let mut known = Known {
            failed: None,
            next: Some(at("2026-11-28T02:00:00Z")),
            under_way: false,
        };
        let status = |newest, known: &Known, daily| state(newest, known, daily, now).status;
        assert_eq!(status(None, &known, true), Status::Ok);
        assert_eq!(
            status(newest("2026-11-27T02:00:00Z"), &known, true),
            Status::Ok
        );
        assert_eq!(
            status(newest("2026-11-26T02:00:00Z"), &known, true),
            Status::Degraded
        );
        assert_eq!(
            status(newest("2026-11-26T02:00:00Z"), &known, false),
            Status::Ok
        );
        known.failed = Some("the disk is full".into());
        assert_eq!(
            status(newest("2026-11-27T02:00:00Z"), &known, true),
            Status::Degraded
        );
    }
}
