//! The folder of backups: which sets are there, which is the newest good one, which are too old.
//!
//! A set is a document, `consciousness-<UTC time>.json` or `.json.zst`, and beside it the same name
//! with `.sha256`, in the form of `sha256sum`, and with `.secrets` where the credentials were asked for.

use super::{Busy, private_folder, stamp};
use crate::lock;
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp, civil};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use store::portable::BackupFault;

pub(super) const PREFIX: &str = "consciousness-";
pub(super) const ENDINGS: [&str; 2] = [".json", ".json.zst"];
pub(super) const PART: &str = ".part";
const SECRETS: &str = ".secrets";

/// What is half written and so old was left by a backup that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// A document in the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// When it was taken, as its name says.
    pub(super) at: Timestamp,
    pub(super) file: PathBuf,
}

/// Held while a backup is taken; the system lets go of it whatever happens.
#[derive(Debug)]
pub(super) struct Turn {
    _file: File,
}

/// Takes the folder's turn, or says who has it.
pub(super) fn turn(folder: &Path) -> anyhow::Result<Turn> {
    private_folder(folder)?;
    match lock::exclusive(&folder.join(".lock"))? {
        Ok(file) => Ok(Turn { _file: file }),
        Err(process) => Err(Busy {
            folder: folder.display().to_string(),
            process,
        }
        .into()),
    }
}

/// The sets of the folder, oldest first.
pub(super) fn sets(folder: &Path) -> std::io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.path();
        if let Some(at) = file.file_name().and_then(|name| taken_at(name.to_str()?)) {
            found.push(Found { at, file });
        }
    }
    found.sort();
    Ok(found)
}

/// The moment that a name says; `None` where it is no backup's.
fn taken_at(name: &str) -> Option<Timestamp> {
    let rest = name.strip_prefix(PREFIX)?;
    let stem = ENDINGS
        .iter()
        .rev()
        .find_map(|end| rest.strip_suffix(end))?;
    // A second one of the same second has a number.
    let (stem, number) = stem.split_once('-').unwrap_or((stem, "2"));
    let counted = number.parse::<u32>().is_ok();
    let time = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stem).ok()?;
    let at = time
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .ok()?
        .timestamp();
    counted.then_some(at)
}

/// A name that is free.
pub(super) fn free_name(folder: &Path, at: Timestamp, ending: &str) -> PathBuf {
    let named = |number: u32| match number {
        1 => folder.join(format!("{PREFIX}{}{ending}", stamp(at))),
        number => folder.join(format!("{PREFIX}{}-{number}{ending}", stamp(at))),
    };
    let free = (1..1_000).map(named).find(|file| !file.exists());
    free.unwrap_or_else(|| named(1_000))
}

/// The file beside a document that has its checksum.
pub(super) fn checksum_file(document: &Path) -> PathBuf {
    beside(document, ".sha256")
}

/// The file beside a document that has the credentials, where they were asked for.
pub(super) fn secrets_file(document: &Path) -> PathBuf {
    beside(document, SECRETS)
}

pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Whether a document is what the checksum beside it says, where one is.
pub(super) fn check_sum(document: &Path) -> anyhow::Result<()> {
    let noted = noted_checksum(document)?;
    let found = sha256(document)
        .with_context(|| format!("{} cannot be read; expected a backup", document.display()))?;
    match noted {
        Some(noted) if noted != found => Err(BackupFault::Damaged(format!(
            "{} is not what {} says: its SHA-256 is {found}",
            document.display(),
            checksum_file(document).display()
        ))
        .into()),
        _ => Ok(()),
    }
}

/// Whether there is room for a document's database in a folder.
pub(super) fn room_for(document: &Path, folder: &Path) -> anyhow::Result<()> {
    let is_packed = document.extension().is_some_and(|ending| ending == "zst");
    // Unpacked it is some times as large; a database is about as large as its document.
    let needed = std::fs::metadata(document)?.len() * if is_packed { 3 } else { 1 };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let free = fs4::available_space(folder)
        .with_context(|| format!("{} cannot be looked at", folder.display()))?;
    anyhow::ensure!(
        free >= needed,
        "{} has {} MB free, and what is in {} needs about {} MB; free some space",
        folder.display(),
        free / 1_000_000,
        document.display(),
        needed / 1_000_000 + 1
    );
    Ok(())
}

/// SHA-256 of a file, in hexadecimal.
pub(super) fn sha256(file: &Path) -> std::io::Result<String> {
    let mut file = File::open(file)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 128 * 1024];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(&piece[..read]);
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The checksum that stands beside a document; `None` where none does.
pub(super) fn noted_checksum(document: &Path) -> anyhow::Result<Option<String>> {
    let file = checksum_file(document);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", file.display()));
        }
    };
    Ok(Some(
        text.split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned(),
    ))
}

/// Whether a document is what its checksum says.
fn is_good(document: &Path) -> bool {
    let noted = noted_checksum(document).ok().flatten();
    noted.is_some_and(|noted| sha256(document).is_ok_and(|found| found == noted))
}

/// The newest set that looks complete, by the name's time: who wants to be sure verifies it.
pub(crate) fn newest(folder: &Path) -> Option<(Timestamp, PathBuf)> {
    let sets = sets(folder).ok()?;
    let complete = |found: &&Found| checksum_file(&found.file).exists();
    let found = sets.iter().rev().find(complete)?;
    Some((found.at, found.file.clone()))
}

/// Which sets are too old. Those that must stay whatever their age are `kept`: what the clock says may
/// be wrong.
pub(super) fn too_old(sets: &[Found], now: Timestamp, days: i64, kept: &[&Path]) -> Vec<PathBuf> {
    let age = SignedDuration::from_hours(24 * days);
    let is_old = |found: &&Found| now.duration_since(found.at) > age;
    sets.iter()
        .filter(is_old)
        .filter(|found| !kept.contains(&found.file.as_path()))
        .map(|found| found.file.clone())
        .collect()
}

/// Removes sets that are too old, and what killed backups left. `fresh` is the one that was just
/// taken, if one was. Which documents went.
pub(super) fn clean(
    folder: &Path,
    now: Timestamp,
    days: i64,
    fresh: Option<&Path>,
) -> anyhow::Result<Vec<PathBuf>> {
    abandoned(folder)?;
    let sets = sets(folder)?;
    let mut kept: Vec<&Path> = fresh.into_iter().collect();
    // Newest by its name and good; with a clock that was set back that is not the fresh one.
    let others = sets.iter().rev().map(|found| found.file.as_path());
    kept.extend(others.filter(|file| is_good(file)).take(1));
    let old = too_old(&sets, now, days, &kept);
    for file in &old {
        // The checksum first: a document without it is no set that would count as good.
        for part in [checksum_file(file), secrets_file(file), file.clone()] {
            match std::fs::remove_file(&part) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error)
                        .with_context(|| format!("{} cannot be removed", part.display()));
                }
                _ => {}
            }
        }
    }
    Ok(old)
}

/// Removes what was half written by backups that were killed long ago.
fn abandoned(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let lonely = |name: &str| {
            let document = name
                .strip_suffix(".sha256")
                .or_else(|| name.strip_suffix(SECRETS));
            document.is_some_and(|document| !folder.join(document).exists())
        };
        let is_part = name
            .to_str()
            .is_some_and(|name| name.starts_with(PREFIX) && (name.ends_with(PART) || lonely(name)));
        let since = entry.metadata()?.modified().ok();
        let age = since.and_then(|since| SystemTime::now().duration_since(since).ok());
        if is_part && age.is_some_and(|age| age > ABANDONED) {
            drop(std::fs::remove_file(entry.path()));
        }
    }
    Ok(())
}

/// Makes what was renamed or made in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{checksum_file, clean, free_name, newest, sets, sha256, taken_at};
    use jiff::Timestamp;
    use std::path::{Path, PathBuf};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn set(folder: &Path, when: &str, is_good: bool) -> PathBuf {
        let file = free_name(folder, at(when), ".json");
        std::fs::write(&file, when).unwrap();
        let sum = if is_good {
            sha256(&file).unwrap()
        } else {
            "0".repeat(64)
        };
        std::fs::write(checksum_file(&file), format!("{sum}  x\n")).unwrap();
        file
    }

    fn there(folder: &Path) -> Vec<PathBuf> {
        sets(folder)
            .unwrap()
            .into_iter()
            .map(|found| found.file)
            .collect()
    }

    #[test]
    fn names_say_when() {
        let expected = Some(at("2026-11-27T02:00:00Z"));
        for name in [
            "consciousness-20261127T020000Z.json",
            "consciousness-20261127T020000Z.json.zst",
            "consciousness-20261127T020000Z-2.json",
        ] {
            assert_eq!(taken_at(name), expected, "{name}");
        }
        for name in [
            "consciousness-20261127T020000Z.json.sha256",
            "consciousness-20261127T020000Z.json.part",
            "consciousness-20261127T020000Z-x.json",
            "consciousness-20261327T020000Z.json",
            "consciousness-.json",
            "other-20261127T020000Z.json",
        ] {
            assert_eq!(taken_at(name), None, "{name}");
        }
    }

    #[test]
    fn old_sets_go_as_a_whole_and_the_newest_good_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let old = set(folder, "2026-01-01T02:00:00Z", true);
        let good = set(folder, "2026-01-02T02:00:00Z", true);
        let bad = set(folder, "2026-01-03T02:00:00Z", false);
        std::fs::write(folder.join("letter.txt"), "mine").unwrap();
        let gone = clean(folder, at("2026-11-27T02:00:00Z"), 30, None).unwrap();
        assert_eq!(gone, [old.clone(), bad.clone()]);
        assert_eq!(there(folder), [good.as_path()]);
        assert!(!checksum_file(&old).exists() && !checksum_file(&bad).exists());
        assert!(checksum_file(&good).exists() && folder.join("letter.txt").exists());
    }

    #[test]
    fn a_clock_that_was_set_back_or_forth_costs_no_new_backup() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let before = set(folder, "2026-11-26T02:00:00Z", true);
        // The clock was set back by years: what is taken now has the older name.
        let fresh = set(folder, "2020-01-01T00:00:10Z", true);
        assert!(
            clean(folder, at("2020-01-01T00:00:11Z"), 1, Some(&fresh))
                .unwrap()
                .is_empty()
        );
        assert_eq!(there(folder), [fresh.clone(), before.clone()]);
        // And forth by years: all looks old, but for what is fresh.
        let later = set(folder, "2040-01-01T00:00:00Z", true);
        clean(folder, at("2040-01-01T00:00:01Z"), 1, Some(&later)).unwrap();
        assert_eq!(there(folder), [later.as_path()]);
        // Taken with the wrong clock, and then set right again: the newest of all stays too.
        let right = set(folder, "2026-11-27T02:00:00Z", true);
        clean(folder, at("2026-11-27T02:00:01Z"), 1, Some(&right)).unwrap();
        assert_eq!(there(folder), [right.as_path(), later.as_path()]);
        assert_eq!(newest(folder).unwrap().1, later);
    }
}
