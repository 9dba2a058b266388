//! `consciousness backup`.

use super::packed::{Output, Paced};
use super::progress::Told;
use super::{Plan, folder, notice, send};
use crate::place::Place;
use crate::settings::Settings;
use crate::{prompt, secrets};
use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;
use store::portable::{Head, Summary, back_up};

/// What is wanted.
#[derive(Debug, Args)]
pub struct Backup {
    /// Into this folder instead of BACKUP_FOLDER.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Pack it with zstd.
    #[arg(long)]
    compress: bool,
    /// Remove sets that are older than so many days instead of BACKUP_RETENTION_DAYS. The newest good
    /// one stays.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=36_500))]
    keep: Option<i64>,
    /// Keep the credentials of the vault beside it, sealed under a passphrase that is asked for or read as one
    /// line from standard input. They are not copied to BACKUP_S3_URL.
    #[arg(long)]
    with_secrets: bool,
    /// Say what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// What was taken.
#[derive(Debug, Serialize)]
pub(super) struct Taken {
    pub(super) file: PathBuf,
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) rows: u64,
    pub(super) seconds: f64,
    #[serde(flatten)]
    pub(super) head: Head,
    tables: Vec<store::portable::TableSum>,
    /// Sets that were too old.
    removed: Vec<PathBuf>,
    /// Where a copy was sent.
    copied_to: Option<String>,
    /// Where the credentials are.
    secrets: Option<PathBuf>,
}

/// Takes a backup and says so.
///
/// # Errors
/// When there is none, or its copy could not be sent.
pub async fn run(settings: &Settings, wanted: &Backup) -> anyhow::Result<()> {
    let mut plan = Plan::read(settings)?;
    plan.compress |= wanted.compress;
    if let Some(folder) = &wanted.to {
        plan.folder.clone_from(folder);
    }
    if let Some(days) = wanted.keep {
        plan.retention_days = days;
    }
    let place = Place::of_commands(settings)?;
    let vault = secrets::open(settings, &place);
    let secrets = match wanted.with_secrets {
        true => Some(packed_secrets(&vault)?),
        false => None,
    };
    let mut settings = settings.clone();
    secrets::fill(&mut settings, &vault);
    let settings = &settings;
    let storage = send::Storage::read(settings)?;
    // What others want of this machine comes first.
    let _ = rustix::process::nice(10);
    let result = take(&plan, storage.as_ref(), secrets.as_deref()).await;
    notice::tell(settings, &result).await;
    let taken = result?;
    let mut out = std::io::stdout().lock();
    if wanted.json {
        serde_json::to_writer(&mut out, &taken)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(
        out,
        "Backed up {} rows into {} ({} bytes, {:.1} s, schema {}).",
        taken.rows,
        taken.file.display(),
        taken.bytes,
        taken.seconds,
        taken.head.schema_version
    )?;
    if let Some(file) = &taken.secrets {
        writeln!(
            out,
            "The credentials are in {}, sealed under the passphrase.",
            file.display()
        )?;
    }
    for file in &taken.removed {
        writeln!(out, "Removed {}: too old.", file.display())?;
    }
    if let Some(place) = &taken.copied_to {
        writeln!(out, "Copied to {place}.")?;
    }
    Ok(())
}

/// The credentials, sealed under a passphrase.
fn packed_secrets(vault: &vault::Vault) -> anyhow::Result<String> {
    let entries = vault.all()?;
    let passphrase = prompt::twice("Passphrase for the credentials")?;
    if let Some(fault) = vault::fault_of_passphrase(&passphrase) {
        anyhow::bail!("{fault}; nothing was backed up");
    }
    Ok(vault::pack(entries, &passphrase)?)
}

/// Takes a backup: first the document, then its name, then its copy, then what is too old goes.
async fn take(
    plan: &Plan,
    storage: Option<&send::Storage>,
    secrets: Option<&str>,
) -> anyhow::Result<Taken> {
    let began = Instant::now();
    let _turn = folder::turn(&plan.folder)?;
    let at = Timestamp::now();
    let ending = folder::ENDINGS[usize::from(plan.compress)];
    let file = folder::free_name(&plan.folder, at, ending);
    let part = folder::beside(&file, folder::PART);
    // We have the turn: what is there under this name was left by one that was killed.
    drop(std::fs::remove_file(&part));
    let written = write(plan, &part).await.and_then(|written| {
        if let Some(secrets) = secrets {
            let beside = folder::secrets_file(&file);
            write_small(&beside, secrets)
                .with_context(|| format!("{} cannot be written", beside.display()))?;
        }
        name(&part, &file, &written.1)?;
        Ok(written)
    });
    let ((head, summary), sha256, bytes) = match written {
        Ok(written) => written,
        Err(error) => {
            drop(std::fs::remove_file(&part));
            return Err(error);
        }
    };
    let mut taken = Taken {
        sha256,
        bytes,
        rows: summary.rows(),
        seconds: began.elapsed().as_secs_f64(),
        head,
        tables: summary.tables,
        removed: Vec::new(),
        copied_to: None,
        secrets: secrets.map(|_| folder::secrets_file(&file)),
        file,
    };
    taken.removed = folder::clean(&plan.folder, at, plan.retention_days, Some(&taken.file))
        .with_context(|| {
            format!(
                "the backup {} is good, but what is too old could not be removed",
                taken.file.display()
            )
        })?;
    if let Some(storage) = storage {
        let sent = storage.send(&taken.file).await.with_context(|| {
            format!(
                "the backup {} is good, but its copy could not be sent",
                taken.file.display()
            )
        })?;
        taken.copied_to = Some(sent);
    }
    Ok(taken)
}

type Written = ((Head, Summary), String, u64);

async fn write(plan: &Plan, part: &Path) -> anyhow::Result<Written> {
    let cannot = || format!("{} cannot be written", part.display());
    let out = Paced::create(part).with_context(cannot)?;
    let out = Output::new(out, plan.compress).with_context(cannot)?;
    let mut told = Told::new("Backup");
    let version = env!("CARGO_PKG_VERSION");
    let (out, head, summary) = back_up(&plan.location, version, out, &mut |far| told.tell(far))
        .await
        .with_context(|| format!("no backup was taken into {}", plan.folder.display()))?;
    drop(told);
    let (sha256, bytes) = out.finish().with_context(cannot)?;
    Ok(((head, summary), sha256, bytes))
}

/// Gives a complete document its name, and its checksum beside it. The document comes last: what has
/// the name of one is a whole set.
fn name(part: &Path, file: &Path, sha256: &str) -> anyhow::Result<()> {
    let sum = folder::checksum_file(file);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let named = write_small(&sum, &format!("{sha256}  {name}\n"))
        .and_then(|()| std::fs::rename(part, file))
        .and_then(|()| folder::sync_folder(file.parent().unwrap_or(Path::new("."))));
    if named.is_err() {
        drop(std::fs::remove_file(&sum));
    }
    named.with_context(|| format!("{} cannot be written", file.display()))
}

fn write_small(file: &Path, text: &str) -> std::io::Result<()> {
    drop(std::fs::remove_file(file));
    let mut out = Paced::create(file)?;
    out.write_all(text.as_bytes())?;
    out.finish().map(|_| ())
}
