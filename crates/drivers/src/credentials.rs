//! Where a driver keeps what it may not lose and nobody may read: pairing keys, tokens of bridges.

use crate::Secret;
use std::sync::Arc;

/// A place for credentials, such as the house's vault. Its methods may wait for a disk.
pub trait Keep: Send + Sync {
    /// What is kept under a name.
    fn get(&self, name: &str) -> Option<String>;

    /// Keeps it; it is on the disk when this is done.
    ///
    /// # Errors
    /// When it cannot be kept; for people, without the secret.
    fn put(&self, name: &str, secret: &str) -> Result<(), String>;

    /// Forgets it.
    ///
    /// # Errors
    /// When that cannot be kept.
    fn remove(&self, name: &str) -> Result<(), String>;
}

/// The credentials of one driver: it reaches its own and no others.
#[derive(Clone, Default)]
pub struct Credentials {
    keep: Option<Arc<dyn Keep>>,
    driver: &'static str,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.driver)
    }
}

impl Credentials {
    /// Those of a driver.
    #[must_use]
    pub fn of(driver: &'static str, keep: Arc<dyn Keep>) -> Self {
        Self {
            keep: Some(keep),
            driver,
        }
    }

    /// What it kept as `what`, such as `bridge-001788`.
    pub async fn get(&self, what: &str) -> Option<Secret> {
        let name = self.name(what);
        let found = self.ask(move |keep| Ok(keep.get(&name))).await;
        found.ok().flatten().map(Secret::new)
    }

    /// Keeps something over restarts.
    ///
    /// # Errors
    /// When there is no place for it, or it cannot be written; for people.
    pub async fn put(&self, what: &str, secret: &Secret) -> Result<(), String> {
        let (name, secret) = (self.name(what), secret.clone());
        self.ask(move |keep| keep.put(&name, secret.reveal())).await
    }

    /// Forgets it.
    ///
    /// # Errors
    /// When there is nothing, or it cannot be written; for people.
    pub async fn remove(&self, what: &str) -> Result<(), String> {
        let name = self.name(what);
        self.ask(move |keep| keep.remove(&name)).await
    }

    fn name(&self, what: &str) -> String {
        format!("driver.{}.{what}", self.driver)
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Keep) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let keep = self
            .keep
            .clone()
            .ok_or("there is no vault here to keep credentials in")?;
        tokio::task::spawn_blocking(move || work(keep.as_ref()))
            .await
            .map_err(|_| "the vault broke".to_owned())?
    }
}
