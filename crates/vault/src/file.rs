//! The file: its form, how it is read, and how it is replaced.

use crate::entry::Secret;
use crate::key::Key;
use crate::sealed;
use fs4::fs_std::FileExt as _;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

const FORMAT: &str = "consciousness vault";
const VERSION: u32 = 1;
const PURPOSE: &str = "vault 1";

/// A larger file is none of ours.
const LARGEST: u64 = 32 * 1_024 * 1_024;

/// How many keys that were rotated away are remembered, for what is sealed elsewhere.
const RETIRED: usize = 8;

/// Why the vault gives nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// No key is set.
    #[error(
        "the vault has no key; set ENCRYPTION_KEY_FILE to a file that holds what `openssl rand -base64 32` prints, or ENCRYPTION_KEY to that itself"
    )]
    NoKey,
    /// The key is one that somebody could guess, or cannot be read.
    #[error("the vault's key cannot be used: {0}")]
    BadKey(String),
    /// It was sealed with another key.
    #[error(
        "the vault {} is sealed with another key; set the one that it was sealed with. Where that is lost, move the file aside and put the credentials anew", .0.display()
    )]
    WrongKey(PathBuf),
    /// It is not as it was written.
    #[error(
        "the vault {} is damaged: {what}; bring it back from a backup with secrets, or move it aside and put the credentials anew", path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The file cannot be read.
    #[error("the vault {} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: String,
    },
}

/// What is inside.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    pub(crate) entries: BTreeMap<String, Kept>,
    /// Keys of before, newest last: what a database sealed with them is opened and sealed anew.
    pub(crate) retired: Vec<[u8; 32]>,
}

/// An entry as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    pub(crate) secret: Secret,
    pub(crate) since: Timestamp,
    pub(crate) by: String,
}

impl Content {
    pub(crate) fn retire(&mut self, key: &Key) {
        self.retired.push(*key.bytes());
        let surplus = self.retired.len().saturating_sub(RETIRED);
        self.retired.drain(..surplus);
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    format: String,
    version: u32,
    /// Tells a wrong key from a damaged file.
    key: String,
    sealed: String,
}

/// Reads it; a file that is not there is an empty vault.
pub(crate) fn read(path: &Path, key: &Key) -> Result<Content, Closed> {
    let damaged = |what: &str| Closed::Damaged {
        path: path.to_owned(),
        what: what.to_owned(),
    };
    let text = match bounded(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(damaged("it is no text"));
        }
        Err(error) => {
            return Err(Closed::Unreadable {
                path: path.to_owned(),
                error: error.to_string(),
            });
        }
    };
    let form: Form = serde_json::from_str(&text).map_err(|_| damaged("it has no vault's form"))?;
    if form.format != FORMAT || form.version != VERSION {
        return Err(damaged("it is of another version"));
    }
    if form.key != key.fingerprint() {
        return Err(Closed::WrongKey(path.to_owned()));
    }
    let plain = sealed::open(key, PURPOSE, &form.sealed)
        .ok_or_else(|| damaged("its seal does not hold"))?;
    serde_json::from_slice(&plain).map_err(|_| damaged("what is sealed has another form"))
}

fn bounded(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Replaces it, for its owner alone: the old one stands until the new one is on the disk.
pub(crate) fn write(path: &Path, key: &Key, content: &Content) -> io::Result<()> {
    let plain = serde_json::to_vec(content)?;
    let form = Form {
        format: FORMAT.to_owned(),
        version: VERSION,
        key: key.fingerprint(),
        sealed: sealed::seal(key, PURPOSE, &plain)?,
    };
    let text = serde_json::to_string_pretty(&form)? + "\n";
    let fresh = beside(path, ".new");
    // Left by one that was killed; we have the lock.
    drop(fs::remove_file(&fresh));
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)?;
    like(&file, path);
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    File::open(folder(path))?.sync_all()
}

/// Whoever writes, the server must be able to read it: it stays whose it was, or is the folder's. Only
/// root can give something away, and needs to.
fn like(file: &File, path: &Path) {
    if let Ok(there) = fs::metadata(path).or_else(|_| fs::metadata(folder(path))) {
        drop(fchown(file, Some(there.uid()), Some(there.gid())));
    }
}

/// Held while the file is changed; the system lets go of it whatever happens.
pub(crate) struct Turn {
    _file: File,
}

/// Waits for the turn to change it.
pub(crate) fn turn(path: &Path) -> io::Result<Turn> {
    let lock = beside(path, ".lock");
    let file = File::options()
        .mode(0o600)
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock)?;
    like(&file, path);
    file.lock_exclusive()?;
    Ok(Turn { _file: file })
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
