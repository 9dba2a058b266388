//! What the household chose about the house itself: what it is called, where it stands, how it talks.

use crate::personality::Personality;
use crate::site::Site;
use automation::sun::Location;
use model::{Cause, Timestamp};
use serde_json::{Value as Json, json};
use std::sync::{Arc, PoisonError, RwLock};
use store::{Record, Store, StoreError, Version};

const NAME: &str = "house_name";
const PERSONALITY: &str = "personality";
const SITE: &str = "site";

/// What holds where the household chose nothing else.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// What the house is called.
    pub name: String,
    /// Where it stands: the settings, or the simulated house's place.
    pub location: Option<Location>,
    /// Whether a setting names the time zone: then it is that one, wherever the house stands.
    pub zone_is_set: bool,
}

/// The household's choices; cloning shares them.
#[derive(Debug, Clone)]
pub struct Household {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    given: Given,
    chosen: RwLock<Chosen>,
    /// Held while something is written, so that what is kept last is what holds.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Chosen {
    name: Arc<str>,
    site: Option<Site>,
    personality: Personality,
}

impl Household {
    /// What was chosen, taken up from what was kept; `given` holds where nobody chose otherwise.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load(store: Store, given: Given) -> Result<Self, StoreError> {
        let kept = store.household(NAME).await?;
        let name = kept.as_ref().and_then(Json::as_str).unwrap_or(&given.name);
        let name = name.into();
        let site = store.household(SITE).await?.unwrap_or(Json::Null);
        let site = serde_json::from_value(site).unwrap_or_else(|error| {
            crate::telemetry::unreadable(SITE, &error.to_string());
            None
        });
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
                given,
                chosen: RwLock::new(Chosen {
                    name,
                    site,
                    personality,
                }),
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

    /// Where the household says that it stands.
    #[must_use]
    pub fn site(&self) -> Option<Site> {
        self.chosen().site
    }

    /// Where it stands: as the household says, else as it is set.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        let site = self.chosen().site.as_ref().map(Site::location);
        site.or(self.inner.given.location)
    }

    /// The time zone that follows from where the household says that it stands; `None` where a setting
    /// names one.
    #[must_use]
    pub fn timezone(&self) -> Option<String> {
        if self.inner.given.zone_is_set {
            return None;
        }
        self.chosen().site?.timezone
    }

    /// Whether a setting names the time zone.
    #[must_use]
    pub fn zone_is_set(&self) -> bool {
        self.inner.given.zone_is_set
    }

    /// Keeps where it stands, or forgets it; durable when this returns. Who lives by it is told by
    /// [`Wires::settle`](crate::Wires::settle).
    pub(crate) async fn set_site(
        &self,
        site: Option<Site>,
        cause: Cause,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let _writing = self.inner.writing.lock().await;
        self.keep(SITE, json!(site), cause, at).await?;
        self.choose(|chosen| chosen.site = site);
        Ok(())
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
    pub async fn rename(&self, name: &str, cause: Cause, at: Timestamp) -> Result<(), StoreError> {
        let _writing = self.inner.writing.lock().await;
        self.keep(NAME, json!(name), cause, at).await?;
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
        cause: Cause,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let _writing = self.inner.writing.lock().await;
        let body = json!(personality);
        self.keep(PERSONALITY, body, cause, at).await?;
        self.choose(|chosen| chosen.personality = personality);
        Ok(())
    }

    async fn keep(
        &self,
        name: &'static str,
        body: Json,
        cause: Cause,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let chosen = Record::Household { name, body, at };
        let version = Version::chosen(&chosen, cause, at);
        let version = version.map(|version| Record::Version(Box::new(version)));
        let records = std::iter::once(chosen).chain(version).collect();
        self.inner.store.keep(records).await
    }
}
