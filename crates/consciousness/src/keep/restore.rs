//! `consciousness restore`.

use super::progress::Told;
use super::{Plan, folder, packed, swap};
use crate::place::Place;
use crate::settings::Settings;
use crate::{lock, prompt, secrets};
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
    /// Leave the credentials out that lie beside it. Else their passphrase is asked for, or read as one line
    /// from standard input.
    #[arg(long)]
    without_secrets: bool,
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
    let secrets = match wanted.without_secrets {
        true => None,
        false => unpacked_secrets(settings, file)?,
    };
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
    tell(wanted.json, file, database, &restored, kept.as_deref())?;
    if let Some((vault, entries)) = secrets {
        let number = entries.len();
        vault.put_all(entries).context(
            "the house is restored, but not its credentials; put them with `consciousness vault put`",
        )?;
        if !wanted.json {
            println!("{number} credentials of it are in the vault.");
        }
    }
    Ok(())
}

type Secrets = (vault::Vault, Vec<(vault::Entry, vault::Secret)>);

/// The credentials beside a backup, and the open vault that takes them: before anything is touched.
fn unpacked_secrets(settings: &Settings, file: &Path) -> anyhow::Result<Option<Secrets>> {
    let beside = folder::secrets_file(file);
    if !beside.exists() {
        return Ok(None);
    }
    let without = "or restore the house alone by --without-secrets";
    let vault = secrets::open(settings, &Place::of_commands(settings)?);
    if let Some(closed) = vault.closed() {
        anyhow::bail!(
            "{} has credentials, and {closed}; {without}",
            beside.display()
        );
    }
    let text = std::fs::read_to_string(&beside)
        .with_context(|| format!("{} cannot be read", beside.display()))?;
    let passphrase = prompt::once("Passphrase of the credentials")?;
    let entries = vault::unpack(&text, &passphrase).map_err(|why| {
        anyhow::anyhow!("{}: {why}; give the right one, {without}", beside.display())
    })?;
    Ok(Some((vault, entries)))
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
