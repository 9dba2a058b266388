//! The handle.

use crate::entry::{Effect, Entry, Secret, Slot, fault_of_name};
use crate::file::{self, Closed, Content, Kept};
use crate::key::Key;
use model::Timestamp;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::watch;

/// How many entries there may be.
const ENTRIES: usize = 1_000;

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It gives and takes nothing.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The name or the secret cannot be one; the secret is not repeated.
    #[error("{0}")]
    Invalid(String),
    /// There is no such entry.
    #[error("the vault holds nothing called `{0}`")]
    Unknown(String),
    /// There are as many as there may be.
    #[error("the vault holds {ENTRIES} entries, and that is the most")]
    Full,
    /// It cannot be kept.
    #[error("the vault {} cannot be written: {error}", path.display())]
    NotKept {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

/// The vault; cloning shares it.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    state: RwLock<Result<Open, Closed>>,
    slots: RwLock<Vec<Slot>>,
    changed: watch::Sender<u64>,
}

struct Open {
    key: Key,
    content: Content,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(hidden)")
    }
}

impl Vault {
    /// Opens the file with the key that was found, or why none was. It is closed where it cannot be
    /// opened; the house runs on without.
    #[must_use]
    pub fn open(path: PathBuf, key: Result<Key, Closed>) -> Self {
        let state = key.and_then(|key| {
            let content = file::read(&path, &key)?;
            Ok(Open { key, content })
        });
        Self {
            inner: Arc::new(Inner {
                path,
                state: RwLock::new(state),
                slots: RwLock::default(),
                changed: watch::Sender::new(0),
            }),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Why it gives nothing; `None` where it is open.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.state().as_ref().err().cloned()
    }

    /// Whether something is kept that nobody gets: it is closed, and its file is there.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.closed().is_some() && self.inner.path.exists()
    }

    /// Tells that something was put or removed.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Says which settings take an entry of their name.
    pub fn declare(&self, slots: Vec<Slot>) {
        *self
            .inner
            .slots
            .write()
            .unwrap_or_else(PoisonError::into_inner) = slots;
    }

    /// The settings that take an entry of their name.
    #[must_use]
    pub fn slots(&self) -> Vec<Slot> {
        self.inner
            .slots
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// When a change of an entry holds. What is no setting is read by its driver when it needs it.
    #[must_use]
    pub fn effect(&self, name: &str) -> Effect {
        let slots = self.slots();
        slots
            .iter()
            .find(|slot| slot.name == name)
            .map_or(Effect::Now, Slot::effect)
    }

    /// When it holds that an entry is gone: what uses it keeps what it has until the server starts again.
    #[must_use]
    pub fn effect_of_removal(&self, name: &str) -> Effect {
        match self.effect(name) {
            Effect::Now
                if self
                    .slots()
                    .iter()
                    .any(|slot| slot.name == name && !slot.is_stateless) =>
            {
                Effect::Restart
            }
            effect => effect,
        }
    }

    /// What is kept, by name, without the secrets.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let state = self.state();
        let open = state.as_ref().ok();
        open.into_iter()
            .flat_map(|open| &open.content.entries)
            .map(|(name, kept)| entry(name, kept))
            .collect()
    }

    /// A secret, for the part that needs it.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        let state = self.state();
        let kept = state.as_ref().ok()?.content.entries.get(name)?;
        Some(kept.secret.clone())
    }

    /// Every entry with its secret, for a backup that was asked to hold them.
    ///
    /// # Errors
    /// When the vault is closed.
    pub fn all(&self) -> Result<Vec<(Entry, Secret)>, Closed> {
        let state = self.state();
        let open = state.as_ref().map_err(Clone::clone)?;
        let entries = open.content.entries.iter();
        Ok(entries
            .map(|(name, kept)| (entry(name, kept), kept.secret.clone()))
            .collect())
    }

    /// Keys that it was sealed with before, the newest first.
    #[must_use]
    pub fn retired(&self) -> Vec<Key> {
        let state = self.state();
        let open = state.as_ref().ok();
        let keys = open
            .into_iter()
            .flat_map(|open| open.content.retired.iter().rev());
        keys.map(|key| Key::new(*key)).collect()
    }

    /// Puts a secret there, in the place of what had the name. It is on the disk when this is done.
    ///
    /// # Errors
    /// When it cannot be one, or not be kept.
    pub fn put(
        &self,
        name: &str,
        secret: Secret,
        by: &str,
        now: Timestamp,
    ) -> Result<Entry, VaultError> {
        if let Some(fault) = fault_of_name(name) {
            return Err(VaultError::Invalid(fault));
        }
        let slots = self.slots();
        let slot = slots.iter().find(|slot| slot.name == name);
        if let Some(fault) = slot.and_then(|slot| (slot.check)(name, secret.reveal())) {
            return Err(VaultError::Invalid(fault));
        }
        let kept = Kept {
            secret,
            since: now,
            by: by.to_owned(),
        };
        let told = entry(name, &kept);
        self.change(|content| {
            if content.entries.len() >= ENTRIES && !content.entries.contains_key(name) {
                return Err(VaultError::Full);
            }
            content.entries.insert(name.to_owned(), kept);
            Ok(())
        })?;
        Ok(told)
    }

    /// Puts many at once: all of them, or none.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub fn put_all(&self, entries: Vec<(Entry, Secret)>) -> Result<(), VaultError> {
        self.change(|content| {
            for (entry, secret) in entries {
                if let Some(fault) = fault_of_name(&entry.name) {
                    return Err(VaultError::Invalid(fault));
                }
                let Entry { name, since, by } = entry;
                content.entries.insert(name, Kept { secret, since, by });
            }
            if content.entries.len() > ENTRIES {
                return Err(VaultError::Full);
            }
            Ok(())
        })
    }

    /// Forgets a secret.
    ///
    /// # Errors
    /// When there is none of that name, or it cannot be kept.
    pub fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.change(|content| match content.entries.remove(name) {
            Some(_) => Ok(()),
            None => Err(VaultError::Unknown(name.to_owned())),
        })
    }

    /// Seals everything with another key, at once. How many entries that were.
    ///
    /// # Errors
    /// When it is closed, or cannot be kept.
    pub fn rotate(&self, key: Key) -> Result<usize, VaultError> {
        let mut state = self.state_mut();
        let open = state.as_mut().map_err(|closed| closed.clone())?;
        let _turn = file::turn(&self.inner.path).map_err(|error| self.not_kept(error))?;
        let mut content = file::read(&self.inner.path, &open.key)?;
        if key != open.key {
            content.retire(&open.key);
        }
        file::write(&self.inner.path, &key, &content).map_err(|error| self.not_kept(error))?;
        let entries = content.entries.len();
        *open = Open { key, content };
        Ok(entries)
    }

    /// Changes what the file holds now, and what we know of it once that is on the disk.
    fn change(
        &self,
        change: impl FnOnce(&mut Content) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let mut state = self.state_mut();
        let open = state.as_mut().map_err(|closed| closed.clone())?;
        let _turn = file::turn(&self.inner.path).map_err(|error| self.not_kept(error))?;
        let mut content = file::read(&self.inner.path, &open.key)?;
        change(&mut content)?;
        file::write(&self.inner.path, &open.key, &content).map_err(|error| self.not_kept(error))?;
        open.content = content;
        drop(state);
        self.inner.changed.send_modify(|number| *number += 1);
        Ok(())
    }

    fn not_kept(&self, error: std::io::Error) -> VaultError {
        VaultError::NotKept {
            path: self.inner.path.clone(),
            error,
        }
    }

    fn state(&self) -> RwLockReadGuard<'_, Result<Open, Closed>> {
        self.inner
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, Result<Open, Closed>> {
        self.inner
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(name: &str, kept: &Kept) -> Entry {
    Entry {
        name: name.to_owned(),
        since: kept.since,
        by: kept.by.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Vault, VaultError};
    use crate::{Closed, Key, Secret};
    use model::Timestamp;
    use std::os::unix::fs::PermissionsExt as _;

    const CANARY: &str = "canary-4711-tweet";

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned()).unwrap()
    }

    #[test]
    fn what_is_put_is_there_again_and_unreadable_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("house.db.vault");
        let open = |key: u8| Vault::open(path.clone(), Ok(Key::new([key; 32])));
        let vault = open(1);
        vault
            .put("HA_TOKEN", secret(CANARY), "anna", now())
            .unwrap();
        vault
            .put("driver.hue.bridge", secret("x"), "hue", now())
            .unwrap();
        let file = std::fs::read_to_string(&path).unwrap();
        assert!(!file.contains(CANARY) && !file.contains("HA_TOKEN") && !file.contains("anna"));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = open(1);
        assert_eq!(again.secret("HA_TOKEN").unwrap().reveal(), CANARY);
        let names: Vec<_> = again
            .entries()
            .into_iter()
            .map(|it| (it.name, it.by))
            .collect();
        assert_eq!(
            names,
            [
                ("HA_TOKEN".into(), "anna".into()),
                ("driver.hue.bridge".into(), "hue".into())
            ]
        );
        assert!(!format!("{again:?} {:?}", again.all().unwrap()).contains(CANARY));
        again.remove("HA_TOKEN").unwrap();
        assert!(matches!(
            again.remove("HA_TOKEN"),
            Err(VaultError::Unknown(_))
        ));
        assert_eq!(open(1).secret("HA_TOKEN"), None);
    }

    #[test]
    fn a_wrong_key_and_a_damaged_file_destroy_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("house.db.vault");
        let key = || Ok(Key::new([1; 32]));
        Vault::open(path.clone(), key())
            .put("A", secret(CANARY), "anna", now())
            .unwrap();
        let whole = std::fs::read(&path).unwrap();
        for given in [Ok(Key::new([2; 32])), Err(Closed::NoKey)] {
            let vault = Vault::open(path.clone(), given);
            assert!(vault.closed().is_some() && vault.is_lost());
            assert!(vault.entries().is_empty());
            let refused = vault.put("B", secret("b"), "anna", now());
            assert!(matches!(refused, Err(VaultError::Closed(_))));
            assert!(vault.rotate(Key::new([3; 32])).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
        for cut in 0..whole.len() - 1 {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let closed = Vault::open(path.clone(), key()).closed();
            assert!(
                matches!(closed, Some(Closed::Damaged { .. })),
                "{cut}: {closed:?}"
            );
        }
    }

    #[test]
    fn two_processes_lose_nothing_of_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("house.db.vault");
        let open = || Vault::open(path.clone(), Ok(Key::new([1; 32])));
        let (server, command) = (open(), open());
        server.put("A", secret("a"), "anna", now()).unwrap();
        command.put("B", secret("b"), "root", now()).unwrap();
        server.put("C", secret("c"), "anna", now()).unwrap();
        let names: Vec<_> = open().entries().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["A", "B", "C"]);
        // Rotated by one, the other cannot seal it with the old key again.
        assert_eq!(command.rotate(Key::new([2; 32])).unwrap(), 3);
        let refused = server.put("D", secret("d"), "anna", now());
        assert!(matches!(
            refused,
            Err(VaultError::Closed(Closed::WrongKey(_)))
        ));
        assert_eq!(
            server.secret("A").unwrap().reveal(),
            "a",
            "it goes on with what it knows"
        );
        let after = Vault::open(path.clone(), Ok(Key::new([2; 32])));
        assert_eq!(after.entries().len(), 3);
        assert_eq!(after.retired(), [Key::new([1; 32])]);
    }

    #[test]
    fn what_a_killed_writer_left_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("house.db.vault");
        let open = |key: u8| Vault::open(path.clone(), Ok(Key::new([key; 32])));
        open(1).put("A", secret("a"), "anna", now()).unwrap();
        std::fs::write(folder.path().join("house.db.vault.new"), "half").unwrap();
        assert_eq!(open(1).secret("A").unwrap().reveal(), "a");
        open(1).rotate(Key::new([2; 32])).unwrap();
        assert!(matches!(open(1).closed(), Some(Closed::WrongKey(_))));
        assert_eq!(open(2).secret("A").unwrap().reveal(), "a");
    }

    #[test]
    fn names_and_secrets_have_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path().join("v"), Ok(Key::new([1; 32])));
        for name in ["", "a b", "a/b", "ä", &"n".repeat(97)] {
            let refused = vault.put(name, secret("x"), "anna", now());
            assert!(matches!(refused, Err(VaultError::Invalid(_))), "{name}");
        }
        for text in [String::new(), "x".repeat(20_000), "a\0b".to_owned()] {
            let fault = Secret::new(text.clone()).unwrap_err();
            assert!(text.is_empty() || !fault.contains(&text), "{fault}");
        }
    }
}
