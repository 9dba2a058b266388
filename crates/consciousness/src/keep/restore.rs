//! `consciousness restore`.

use super::progress::Told;
use super::{Plan, folder, packed, swap};
use crate::lock;
use crate::settings::Settings;
use anyhow::Context as _;
use clap::Args;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use store::portable::{Restored, Target, restore};

/// What is wanted.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup: a file that `consciousness backup` wrote.
    file: PathBuf,
    /// Say what was restored as JSON.
    #[arg(long)]
    json: bool,
}

/// What people look for first.
const TOLD: &[(&str, &str)] = &[
    ("devices", "devices"),
    ("areas", "rooms"),
    ("people", "people"),
    ("scenarios", "versions of scenarios"),
    ("memories", "memories"),
    ("turns", "turns of conversations"),
    ("events", "events"),
];

/// Restores it: first all of it beside the database, and then in its place.
///
/// # Errors
/// When it is not good, a server runs, or there is no room. The house is as it was then.
pub async fn run(settings: &Settings, wanted: &Restore) -> anyhow::Result<()> {
    let plan = Plan::read(settings)?;
    let database = plan.location.path();
    let file = &wanted.file;
    anyhow::ensure!(
        file.is_file(),
        "{} is not there; expected a backup such as those in {}",
        file.display(),
        plan.folder.display()
    );
    let _owner = alone(database)?;
    folder::check_sum(file)?;
    folder::room_for(file, database.parent().unwrap_or(Path::new(".")))?;
    let made = make(file, database).await;
    let placed = match made {
        Ok(restored) => swap::put_in_place(database)
            .await
            .map(|kept| (restored, kept)),
        Err(error) => Err(error),
    };
    let (restored, kept) = placed.inspect_err(|_| swap::discard(database))?;
    tell(wanted.json, file, database, &restored, kept.as_deref())
}

/// The database for us alone, and nothing half done in it.
pub(super) fn alone(database: &Path) -> anyhow::Result<lock::Owner> {
    let owner = lock::own(database).context(
        "a house that runs cannot be restored; stop its server first (`systemctl stop consciousness` where it is \
         a service), and start it again afterwards",
    )?;
    swap::tidy(database).context("what an earlier restore left cannot be brought to its end")?;
    Ok(owner)
}

async fn make(file: &Path, database: &Path) -> anyhow::Result<Restored> {
    let mut told = Told::new("Restore");
    let input = packed::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    restore(
        input,
        &swap::scratch(database),
        Target::Newest,
        &mut |far| told.tell(far),
    )
    .await
    .with_context(|| {
        format!(
            "{} was not restored, and the house is as it was",
            file.display()
        )
    })
}

fn tell(
    json: bool,
    file: &Path,
    database: &Path,
    restored: &Restored,
    kept: Option<&Path>,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        let said = serde_json::json!({
            "file": file, "database": database, "head": restored.head, "schema_version": restored.schema,
            "tables": restored.summary.tables, "kept": kept,
        });
        serde_json::to_writer(&mut out, &said)?;
        writeln!(out)?;
        return Ok(());
    }
    let counts: Vec<String> = TOLD
        .iter()
        .map(|(table, word)| format!("{} {word}", restored.summary.rows_of(table)))
        .collect();
    writeln!(
        out,
        "Restored {} rows of {} into {}: {}.",
        restored.summary.rows(),
        restored.head.created_at,
        database.display(),
        counts.join(", ")
    )?;
    if restored.schema != restored.head.schema_version {
        writeln!(
            out,
            "Its schema was {}, and is {} now.",
            restored.head.schema_version, restored.schema
        )?;
    }
    if let Some(kept) = kept {
        writeln!(out, "What was there before is in {}.", kept.display())?;
    }
    writeln!(out, "Start the server, and look at /health/detailed.")?;
    Ok(())
}
