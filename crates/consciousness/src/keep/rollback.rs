//! The way back to the version before.
//!
//! Before a new version gives the database a newer schema, it is copied as it is, with all that no
//! backup has. `consciousness rollback` brings the last of these copies back.

use super::{NoBackup, Plan, folder, private_folder, restore, swap};
use crate::settings::Settings;
use anyhow::Context as _;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use store::{Location, portable};

const PREFIX: &str = "before-schema-";
const ENDING: &str = ".db";

/// What is wanted.
#[derive(Debug, Args)]
pub struct Rollback {
    /// Say what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// Copies a database that is about to get a newer schema. The database must be ours alone.
///
/// # Errors
/// When it cannot be copied. Then it must not be migrated.
pub(crate) async fn before_migration(
    settings: &Settings,
    location: &Location,
) -> anyhow::Result<()> {
    let plan = Plan::read(settings)?;
    // What does not even open is told of by who opens it.
    let Ok(Some((from, to))) = portable::pending_migration(location).await else {
        return Ok(());
    };
    tracing::info!(
        from,
        to,
        "the database gets a newer schema; it is copied first"
    );
    private_folder(&plan.folder)?;
    let now = Timestamp::now();
    let name = format!("{PREFIX}{to}-{}{ENDING}", super::stamp(now));
    let file = plan.folder.join(name);
    let part = folder::beside(&file, folder::PART);
    drop(std::fs::remove_file(&part));
    let copied = copy(location, &part, &file).await;
    if copied.is_err() {
        drop(std::fs::remove_file(&part));
    }
    copied.with_context(|| {
        format!(
            "the database must be copied into {} before this version changes its schema from {from} to {to}, and cannot \
             be; free some space, or set BACKUP_FOLDER to a folder with room",
            plan.folder.display()
        )
    })?;
    tracing::info!(file = %file.display(), "the database was copied; `consciousness rollback` brings it back");
    forget_old(&plan, now, &file);
    Ok(())
}

async fn copy(location: &Location, part: &Path, file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    // The database writes into what is there and empty; it is ours to read alone.
    File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(part)?;
    portable::plain_copy(location, part).await?;
    File::open(part)?.sync_all()?;
    std::fs::rename(part, file)?;
    folder::sync_folder(file.parent().unwrap_or(Path::new(".")))?;
    Ok(())
}

/// The copies, oldest first.
fn copies(folder: &Path) -> Vec<(SystemTime, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(PREFIX) && name.ends_with(ENDING)
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    found.sort();
    found
}

/// Removes copies that are too old, but never the last.
fn forget_old(plan: &Plan, now: Timestamp, fresh: &Path) {
    let age = SignedDuration::from_hours(24 * plan.retention_days);
    for (made, file) in copies(&plan.folder) {
        let made = Timestamp::try_from(made).unwrap_or(now);
        if file != fresh && now.duration_since(made) > age {
            drop(std::fs::remove_file(file));
        }
    }
}

/// Brings back the last copy.
///
/// # Errors
/// When there is none, it is not good, or a server runs. The house is as it was then.
pub async fn run(settings: &Settings, wanted: &Rollback) -> anyhow::Result<()> {
    let plan = Plan::read(settings)?;
    let database = plan.location.path();
    let _owner = restore::alone(database)?;
    let found = copies(&plan.folder).pop();
    let (_, file) = found.ok_or_else(|| {
        NoBackup(format!(
            "there is no copy of the database from before a change of its schema in {}",
            plan.folder.display()
        ))
    })?;
    let there = portable::schema_in(database).await.ok().flatten();
    let schema = portable::schema_in(&file)
        .await
        .with_context(|| format!("{} is not good", file.display()))?
        .ok_or_else(|| NoBackup(format!("{} is no copy of a house", file.display())))?;
    if there == Some(schema) {
        return Err(NoBackup(format!(
            "the database has schema {schema} already, as the last copy, {}, has; there is nothing to go back from",
            file.display()
        ))
        .into());
    }
    let placed = async {
        let scratch = swap::scratch(database);
        std::fs::copy(&file, &scratch)
            .with_context(|| format!("{} cannot be copied", file.display()))?;
        File::open(&scratch)?.sync_all()?;
        swap::put_in_place(database).await
    }
    .await;
    let kept = placed.inspect_err(|_| swap::discard(database))?;
    let mut out = std::io::stdout().lock();
    if wanted.json {
        let said = serde_json::json!({
            "file": file, "database": database, "schema_version": schema, "was": there, "kept": kept,
        });
        serde_json::to_writer(&mut out, &said)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(
        out,
        "Brought back {} with schema {schema}. Start the version that ran before; a newer one would change the schema again.",
        file.display()
    )?;
    if let Some(kept) = kept {
        writeln!(out, "What was there before is in {}.", kept.display())?;
    }
    Ok(())
}
