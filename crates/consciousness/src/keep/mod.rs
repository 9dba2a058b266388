//! Backups: taking, verifying, restoring, and the way back to the version before.
//!
//! **Entry points:** [`take::run`] (`consciousness backup`), [`verify::run`], [`restore::run`],
//! [`rollback::run`], `rollback::before_migration` (the copy that is kept before a database gets a
//! newer schema), `schedule::begin` (the server's own daily backup).
//!
//! **Invariants**
//! - A backup has its name when it is complete and on the disk, and not before. Its set is the document
//!   and its checksum; sets come and go as a whole.
//! - The newest good set is never removed, whatever the clock says.
//! - A restore, and a rollback, change the house by one rename as their last act. Killed before it, the
//!   house is as it was; what was there before stays in `memory/before-restore-<time>/`.
//! - The form of the document is `store::portable`'s.

pub mod restore;
pub mod rollback;
pub mod take;
pub mod verify;

pub(crate) mod schedule;
pub(crate) mod swap;

mod folder;
mod notice;
mod packed;
mod progress;
mod send;

use crate::settings::Settings;
use anyhow::Context as _;
use model::{Setting, SettingKind};
use std::path::PathBuf;
use store::Location;

/// The settings of this room.
pub(crate) static SETTINGS: &[Setting] = &[
    Setting {
        name: "BACKUP_FOLDER",
        kind: SettingKind::Path,
        default: "memory/backups",
        example: "/mnt/backups/house",
        doc: "Where backups are kept. A folder on another disk, or one that is copied elsewhere, \
              survives more.",
    },
    Setting {
        name: "BACKUP_SCHEDULE",
        kind: SettingKind::Text,
        default: "02:00",
        example: "03:30",
        doc: "When the server takes a backup each day, in the house's own time; `off` for never. A \
              simulated house is backed up only where this is set.",
    },
    Setting {
        name: "BACKUP_RETENTION_DAYS",
        kind: SettingKind::Integer(1, 36_500),
        default: "30",
        example: "90",
        doc: "How long backups are kept. The newest good one always stays.",
    },
    Setting {
        name: "BACKUP_COMPRESS",
        kind: SettingKind::Bool,
        default: "false",
        example: "true",
        doc: "Packs backups with zstd, as `--compress` does: `.json.zst` instead of `.json`.",
    },
    Setting {
        name: "BACKUP_WEBHOOK_URL",
        kind: SettingKind::Url(&["http", "https"]),
        default: "",
        example: "https://example.com/backups",
        doc: "Where it is posted as JSON that a backup succeeded or failed. Unset, nothing is posted.",
    },
    Setting {
        name: "BACKUP_S3_URL",
        kind: SettingKind::Url(&["http", "https"]),
        default: "",
        example: "https://s3.example.com/my-bucket/house",
        doc: "The server, the bucket and a folder in it of an S3-compatible storage that each backup is \
              copied to. Unset, nothing is copied.",
    },
    Setting {
        name: "BACKUP_S3_REGION",
        kind: SettingKind::Text,
        default: "us-east-1",
        example: "eu-central-1",
        doc: "The region of that storage.",
    },
    Setting {
        name: "BACKUP_S3_ACCESS_KEY",
        kind: SettingKind::Secret,
        default: "",
        example: "an access key",
        doc: "The id of the key for that storage.",
    },
    Setting {
        name: "BACKUP_S3_SECRET_KEY",
        kind: SettingKind::Secret,
        default: "",
        example: "a secret key",
        doc: "The key itself.",
    },
];

/// Another backup is under way.
#[derive(Debug, thiserror::Error)]
#[error(
    "another backup is under way in {folder} (process {process}); wait until it has ended, or give this one another folder by --to"
)]
pub struct Busy {
    folder: String,
    process: String,
}

/// There is no backup to work with.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoBackup(String);

/// What the settings say.
#[derive(Debug, Clone)]
struct Plan {
    location: Location,
    folder: PathBuf,
    retention_days: i64,
    compress: bool,
}

impl Plan {
    fn read(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            location: Location::parse(settings.text("DATABASE_URL")).context("DATABASE_URL")?,
            folder: PathBuf::from(settings.text("BACKUP_FOLDER")),
            retention_days: settings.number("BACKUP_RETENTION_DAYS"),
            compress: settings.truth("BACKUP_COMPRESS"),
        })
    }
}

/// Makes a folder that only its owner looks into.
fn private_folder(folder: &std::path::Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("the folder {} cannot be made", folder.display()))
}

/// A moment in a file's name.
fn stamp(at: jiff::Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
