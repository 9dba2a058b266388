//! `consciousness verify-backup`: a backup is good when a house comes out of it.

use super::progress::Told;
use super::{NoBackup, Plan, folder, packed};
use crate::settings::Settings;
use anyhow::Context as _;
use clap::Args;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use store::portable::{Target, restore};

/// What is wanted.
#[derive(Debug, Args)]
pub struct Verify {
    /// The backup; the newest in BACKUP_FOLDER when none is named.
    file: Option<PathBuf>,
    /// Say what was found as JSON.
    #[arg(long)]
    json: bool,
}

/// Restores it beside itself, compares counts and checksums, and removes what was made for that.
///
/// # Errors
/// When it is not good, or that cannot be found out.
pub async fn run(settings: &Settings, wanted: &Verify) -> anyhow::Result<()> {
    let plan = Plan::read(settings)?;
    let file = match &wanted.file {
        Some(file) => file.clone(),
        None => folder::newest(&plan.folder)
            .map(|(_, file)| file)
            .ok_or_else(|| {
                NoBackup(format!(
                    "there is no backup in {}; expected one that `consciousness backup` wrote",
                    plan.folder.display()
                ))
            })?,
    };
    let _ = rustix::process::nice(10);
    folder::check_sum(&file)?;
    let scratch = scratch_beside(&file)?;
    folder::room_for(&file, &scratch.0)?;
    let mut told = Told::new("Verify");
    let restored = restore(
        packed::open(&file).with_context(|| format!("{} cannot be read", file.display()))?,
        &scratch.0.join("house.db"),
        Target::AsItWas,
        &mut |far| told.tell(far),
    )
    .await
    .with_context(|| format!("{} is not good", file.display()))?;
    drop((told, scratch));
    let mut out = std::io::stdout().lock();
    if wanted.json {
        let said = serde_json::json!({
            "file": file, "good": true, "head": restored.head, "tables": restored.summary.tables,
        });
        serde_json::to_writer(&mut out, &said)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(
        out,
        "{} is good: {} rows in {} tables, of schema {}, taken {} by version {}.",
        file.display(),
        restored.summary.rows(),
        restored.summary.tables.len(),
        restored.head.schema_version,
        restored.head.created_at,
        restored.head.product_version
    )?;
    Ok(())
}

/// A folder that goes when it is done with.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A folder beside the backup; in the system's own place where there cannot be one.
fn scratch_beside(file: &Path) -> anyhow::Result<Scratch> {
    let name = format!(".verify-{}", std::process::id());
    let beside = file.with_file_name(&name);
    let places = [beside, std::env::temp_dir().join(&name)];
    let mut wrong = None;
    for place in places {
        drop(std::fs::remove_dir_all(&place));
        match super::private_folder(&place) {
            Ok(()) => return Ok(Scratch(place)),
            Err(error) => wrong = Some(error),
        }
    }
    Err(wrong.unwrap_or_else(|| anyhow::anyhow!("there is no place to verify it in")))
}
