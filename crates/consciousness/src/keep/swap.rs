//! One database in the place of another: by one rename, with what was there kept.

use super::folder::{beside, sync_folder};
use anyhow::Context as _;
use jiff::Timestamp;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use store::{StoreError, portable};

/// Where what was there before is kept.
const KEPT_IN: &str = "memory";
const KEPT: &str = "before-restore-";

/// A set that is kept, while what comes in its place is not there yet.
const UNFINISHED: &str = ".part";

/// What belongs to a database.
const TAILS: [&str; 3] = ["", "-wal", "-shm"];

/// Where the new database is made: in the same folder, so that it needs only a new name.
pub(super) fn scratch(database: &Path) -> PathBuf {
    beside(database, ".restoring")
}

/// Removes what is left of a new database that did not come to be.
pub(super) fn discard(database: &Path) {
    for tail in ["", "-wal", "-shm", "-journal"] {
        drop(fs::remove_file(beside(&scratch(database), tail)));
    }
}

/// Brings to its end what a restore that was killed has left. The database must be ours alone.
pub(crate) fn tidy(database: &Path) -> io::Result<()> {
    discard(database);
    let entries = match fs::read_dir(KEPT_IN) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let name = database.file_name().unwrap_or_default();
    for entry in entries {
        let folder = entry?.path();
        let text = folder.to_string_lossy();
        let Some(finished) = text.strip_suffix(UNFINISHED) else {
            continue;
        };
        if !text.contains(KEPT) || !folder.join(name).exists() {
            continue;
        }
        let same = |one: &Path, two: &Path| -> io::Result<bool> {
            let (one, two) = (fs::metadata(one)?, fs::metadata(two)?);
            Ok((one.dev(), one.ino()) == (two.dev(), two.ino()))
        };
        if same(&folder.join(name), database).unwrap_or(false) {
            // What was kept is still the database itself: nothing came in its place.
            fs::remove_dir_all(&folder)?;
        } else {
            fs::rename(&folder, finished)?;
        }
    }
    Ok(())
}

/// Puts the new database in the place of the one that is there. Gives back where that one is kept;
/// `None` where there was none.
pub(super) async fn put_in_place(database: &Path) -> anyhow::Result<Option<PathBuf>> {
    let new = scratch(database);
    belongs_like(database, &new);
    let folder = database.parent().unwrap_or(Path::new("."));
    sync_folder(folder)?;
    if !database.exists() {
        // A log without its database is of one that was deleted.
        remove_tails(database)?;
        fs::rename(&new, database)?;
        sync_folder(folder)?;
        return Ok(None);
    }
    match portable::settle(database).await {
        Ok(()) => {}
        Err(error @ StoreError::Busy(_)) => {
            return Err(error).with_context(|| {
                format!(
                    "another program uses {}; `fuser {0}` shows which. End it first",
                    database.display()
                )
            });
        }
        // It does not even open. It is kept as it is, with its log.
        Err(_) => {}
    }
    let (unfinished, finished) = kept_folders()?;
    let name = database.file_name().unwrap_or_default();
    for tail in TAILS {
        let from = beside(database, tail);
        if from.exists() {
            let to = beside(&unfinished.join(name), tail);
            keep(&from, &to).with_context(|| {
                format!("{} cannot be kept as {}", from.display(), to.display())
            })?;
        }
    }
    sync_folder(&unfinished)?;
    sync_folder(Path::new(KEPT_IN))?;
    // All of it stands in the file itself, or stands aside.
    remove_tails(database)?;
    sync_folder(folder)?;
    fs::rename(&new, database)?;
    sync_folder(folder)?;
    fs::rename(&unfinished, &finished)?;
    Ok(Some(finished))
}

/// Two names of the folder in which what was there is kept: until all is done, and then.
fn kept_folders() -> anyhow::Result<(PathBuf, PathBuf)> {
    super::private_folder(Path::new(KEPT_IN))?;
    let stamp = super::stamp(Timestamp::now());
    let named = |number: u32| match number {
        1 => PathBuf::from(format!("{KEPT_IN}/{KEPT}{stamp}")),
        number => PathBuf::from(format!("{KEPT_IN}/{KEPT}{stamp}-{number}")),
    };
    let free = |folder: &PathBuf| !folder.exists() && !beside(folder, UNFINISHED).exists();
    let finished = (1..1_000)
        .map(named)
        .find(free)
        .context("too many databases are kept in memory/; remove some")?;
    let unfinished = beside(&finished, UNFINISHED);
    super::private_folder(&unfinished)?;
    Ok((unfinished, finished))
}

/// A second name for a file; a copy where that is another disk.
fn keep(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

fn remove_tails(database: &Path) -> io::Result<()> {
    for tail in &TAILS[1..] {
        match fs::remove_file(beside(database, tail)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Whoever restores, the server must be able to use the file: it gets the owner and the rights of the
/// one that was there, or of the folder. Only root can do the first, and needs to.
fn belongs_like(database: &Path, new: &Path) {
    let folder = database
        .parent()
        .filter(|path| !path.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let like = fs::metadata(database);
    if let Ok(there) = &like {
        drop(fs::set_permissions(new, there.permissions()));
    }
    if let Ok(owner) = like.or_else(|_| fs::metadata(folder)) {
        for file in [new.to_owned(), beside(database, ".lock")] {
            drop(std::os::unix::fs::chown(
                file,
                Some(owner.uid()),
                Some(owner.gid()),
            ));
        }
    }
}
