//! Passwords: hashed with argon2id, off the threads that serve, few at a time.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The shortest password, in characters.
pub(crate) const SHORTEST: usize = 8;

/// The longest, in bytes: more is no password but a burden.
pub(crate) const LONGEST: usize = 512;

/// How many may wait for their turn.
const QUEUE: usize = 16;

/// Too many passwords are being checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

/// Where passwords are hashed and checked.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    /// Turns: the machine serves on meanwhile.
    turns: Arc<Semaphore>,
    /// Places of those that have a turn or wait for one.
    places: Arc<Semaphore>,
    /// Nobody's hash: for names that there are not.
    nobody: Arc<str>,
}

impl Passwords {
    pub(crate) fn new() -> Result<Self, String> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let turns = processors.saturating_sub(1).max(1);
        Ok(Self {
            turns: Arc::new(Semaphore::new(turns)),
            places: Arc::new(Semaphore::new(turns + QUEUE)),
            nobody: hashed("nobody has this password")?.into(),
        })
    }

    /// The hash of a new password, as a PHC string.
    pub(crate) async fn hash(&self, password: String) -> Result<Result<String, String>, Busy> {
        self.in_turn(move || hashed(&password)).await
    }

    /// Whether that is the password. Without a hash it takes as long, and is not.
    pub(crate) async fn fits(&self, password: String, hash: Option<String>) -> Result<bool, Busy> {
        let nobody = Arc::clone(&self.nobody);
        self.in_turn(move || {
            let (text, is_somebody) = match &hash {
                Some(hash) => (hash.as_str(), true),
                None => (&*nobody, false),
            };
            let fits = PasswordHash::new(text).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            });
            fits && is_somebody
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Busy)?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when who asked has gone.
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|_| Busy)
    }
}

fn hashed(password: &str) -> Result<String, String> {
    let salt = vault::random::<16>().map_err(|error| error.to_string())?;
    let salt = SaltString::encode_b64(&salt).map_err(|error| error.to_string())?;
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Busy, Passwords, QUEUE};

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords
            .hash("correct horse".into())
            .await
            .unwrap()
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let fits = |word: &str, hash: Option<&str>| {
            let (passwords, word, hash) = (passwords.clone(), word.into(), hash.map(Into::into));
            async move { passwords.fits(word, hash).await.unwrap() }
        };
        assert!(fits("correct horse", Some(&hash)).await);
        assert!(!fits("correct horse ", Some(&hash)).await);
        assert!(!fits("nobody has this password", None).await);
        assert!(!fits("x", Some("rubbish")).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_storm_is_turned_away_and_not_kept() {
        let passwords = Passwords::new().unwrap();
        let storm: Vec<_> = (0..QUEUE * 8)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.fits("wrong".into(), None).await })
            })
            .collect();
        let mut turned_away = 0;
        for one in storm {
            match one.await.unwrap() {
                Ok(fits) => assert!(!fits),
                Err(Busy) => turned_away += 1,
            }
        }
        assert!(turned_away > 0, "more than may wait came at once");
        assert_eq!(passwords.fits("wrong".into(), None).await, Ok(false));
    }
}
