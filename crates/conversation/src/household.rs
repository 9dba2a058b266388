//! What the household chose about the house itself: what it is called, and how it talks.

use crate::personality::Personality;
use model::Timestamp;
use serde_json::{Value as Json, json};
use std::sync::{Arc, PoisonError, RwLock};
use store::{Record, Store, StoreError};

const NAME: &str = "house_name";
const PERSONALITY: &str = "personality";

/// The household's choices; cloning shares them.
#[derive(Debug, Clone)]
pub struct Household {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    chosen: RwLock<Chosen>,
    /// Held while something is written, so that what is kept last is what holds.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Chosen {
    name: Arc<str>,
    personality: Personality,
}

impl Household {
    /// What was chosen, taken up from what was kept; `name` holds where nobody gave another.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load(store: Store, name: &str) -> Result<Self, StoreError> {
        let kept = store.household(NAME).await?;
        let name = kept.as_ref().and_then(Json::as_str).unwrap_or(name).into();
        let personality = match store.household(PERSONALITY).await? {
            Some(body) => serde_json::from_value(body).unwrap_or_else(|error| {
                crate::telemetry::unreadable(PERSONALITY, &error.to_string());
                Personality::default()
            }),
            None => Personality::default(),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                chosen: RwLock::new(Chosen { name, personality }),
                writing: tokio::sync::Mutex::new(()),
            }),
        })
    }

    fn chosen(&self) -> Chosen {
        self.inner
            .chosen
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn choose(&self, change: impl FnOnce(&mut Chosen)) {
        change(
            &mut self
                .inner
                .chosen
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// What the house is called.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        self.chosen().name
    }

    /// How it talks.
    #[must_use]
    pub fn personality(&self) -> Personality {
        self.chosen().personality
    }

    /// Gives the house a name; durable when this returns.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn rename(&self, name: &str, at: Timestamp) -> Result<(), StoreError> {
        let _writing = self.inner.writing.lock().await;
        self.keep(NAME, json!(name), at).await?;
        self.choose(|chosen| chosen.name = name.into());
        Ok(())
    }

    /// Changes how it talks; durable when this returns.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn set_personality(
        &self,
        personality: Personality,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let _writing = self.inner.writing.lock().await;
        let body = json!(personality);
        self.keep(PERSONALITY, body, at).await?;
        self.choose(|chosen| chosen.personality = personality);
        Ok(())
    }

    async fn keep(&self, name: &'static str, body: Json, at: Timestamp) -> Result<(), StoreError> {
        self.inner
            .store
            .keep(vec![Record::Household { name, body, at }])
            .await
    }
}
