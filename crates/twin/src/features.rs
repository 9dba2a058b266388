//! What of the house can be switched off while it runs, and the mode in which it is looked after.
//!
//! A feature is on unless somebody switched it off; the settings say what is off where nobody said
//! anything. Maintenance keeps the house still for a while: rules do not begin, it does not speak by
//! itself, does not search and does not learn. People and programs command devices as ever.
//!
//! Whoever has a [`Handle`](crate::Handle) can ask; asking costs a lock that nobody holds for long.

use jiff::SignedDuration;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use store::{Record, Store, StoreError};

/// The row under which it is kept.
const KEPT: &str = "features";
/// Maintenance that nobody ended ends by itself.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Something that can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Rules begin by themselves.
    Rules,
    /// The house begins conversations.
    Initiative,
    /// A language model is asked, where one is set.
    LanguageModel,
    /// Devices are searched for every so often.
    Discovery,
    /// The house learns from its days.
    Learning,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Self; 5] = [
        Self::Rules,
        Self::Initiative,
        Self::LanguageModel,
        Self::Discovery,
        Self::Learning,
    ];

    /// Its name in settings and the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Initiative => "initiative",
            Self::LanguageModel => "language_model",
            Self::Discovery => "discovery",
            Self::Learning => "learning",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Rules => {
                "Rules begin by themselves. Scenarios that somebody starts run in any case."
            }
            Self::Initiative => "The house begins conversations.",
            Self::LanguageModel => {
                "A language model is asked about what the house does not understand, where one is set."
            }
            Self::Discovery => {
                "Devices are searched for every so often, and not only when somebody asks."
            }
            Self::Learning => "The house learns from its days.",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.name() == name)
    }
}

/// The house is being looked after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Since when, on the machine's clock.
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// What is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Chosen {
    /// Only what somebody switched; the rest follows the settings.
    #[serde(default)]
    switched: BTreeMap<Feature, bool>,
    #[serde(default)]
    maintenance: Option<Maintenance>,
}

impl Chosen {
    fn is_on(&self, feature: Feature, off: &[Feature], now: Timestamp) -> bool {
        let still = self.maintenance(now).is_some() && feature != Feature::LanguageModel;
        let default = !off.contains(&feature);
        !still && self.switched.get(&feature).copied().unwrap_or(default)
    }

    fn maintenance(&self, now: Timestamp) -> Option<&Maintenance> {
        self.maintenance
            .as_ref()
            .filter(|maintenance| now < maintenance.until)
    }
}

/// The switches of a running house; cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Features {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    chosen: RwLock<Chosen>,
    off: RwLock<Vec<Feature>>,
    store: OnceLock<Store>,
    writing: tokio::sync::Mutex<()>,
}

impl Features {
    /// Takes up what was chosen before, and where it is kept from now on. `off` is what the settings
    /// switch off.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load(&self, store: Store, off: Vec<Feature>) -> Result<(), StoreError> {
        if let Some(body) = store.household(KEPT).await? {
            match serde_json::from_value(body) {
                Ok(chosen) => {
                    *self
                        .inner
                        .chosen
                        .write()
                        .unwrap_or_else(PoisonError::into_inner) = chosen;
                }
                Err(error) => crate::telemetry::features_unreadable(&error),
            }
        }
        self.follow(off);
        // A second one finds the first.
        drop(self.inner.store.set(store));
        Ok(())
    }

    /// What the settings switch off has changed.
    pub fn follow(&self, off: Vec<Feature>) {
        *self
            .inner
            .off
            .write()
            .unwrap_or_else(PoisonError::into_inner) = off;
    }

    /// Whether it is on now.
    #[must_use]
    pub fn is_on(&self, feature: Feature) -> bool {
        let off = self
            .inner
            .off
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        self.chosen().is_on(feature, &off, Timestamp::now())
    }

    /// The maintenance that is on now.
    #[must_use]
    pub fn maintenance(&self) -> Option<Maintenance> {
        self.chosen().maintenance(Timestamp::now()).cloned()
    }

    /// Switches a feature; durable when this returns. `None` lets it follow the settings.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn switch(&self, feature: Feature, on: Option<bool>) -> Result<(), StoreError> {
        self.change(|chosen| {
            match on {
                Some(on) => chosen.switched.insert(feature, on),
                None => chosen.switched.remove(&feature),
            };
        })
        .await
    }

    /// Begins or ends maintenance; durable when this returns.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn maintain(&self, maintenance: Option<Maintenance>) -> Result<(), StoreError> {
        self.change(|chosen| chosen.maintenance = maintenance).await
    }

    async fn change(&self, change: impl FnOnce(&mut Chosen)) -> Result<(), StoreError> {
        let _writing = self.inner.writing.lock().await;
        let mut chosen = self.chosen();
        change(&mut chosen);
        if let Some(store) = self.inner.store.get() {
            let record = Record::Household {
                name: KEPT,
                body: serde_json::to_value(&chosen).unwrap_or_default(),
                at: Timestamp::now(),
            };
            store.keep(vec![record]).await?;
        }
        *self
            .inner
            .chosen
            .write()
            .unwrap_or_else(PoisonError::into_inner) = chosen;
        Ok(())
    }

    fn chosen(&self) -> Chosen {
        self.inner
            .chosen
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Chosen, Feature, Maintenance};

    #[test]
    fn what_somebody_switched_wins_over_the_settings_and_maintenance_over_both() {
        let now = "2026-11-27T12:00:00Z".parse().unwrap();
        let later = "2026-11-27T13:00:00Z".parse().unwrap();
        let off = [Feature::Discovery];
        let mut chosen = Chosen::default();
        assert!(chosen.is_on(Feature::Rules, &off, now));
        assert!(!chosen.is_on(Feature::Discovery, &off, now));
        chosen.switched.insert(Feature::Discovery, true);
        chosen.switched.insert(Feature::Learning, false);
        assert!(chosen.is_on(Feature::Discovery, &off, now));
        assert!(!chosen.is_on(Feature::Learning, &off, now));
        chosen.maintenance = Some(Maintenance {
            since: now,
            until: later,
            reason: "a new boiler".to_owned(),
        });
        assert!(!chosen.is_on(Feature::Rules, &off, now));
        assert!(
            chosen.is_on(Feature::LanguageModel, &off, now),
            "people may ask"
        );
        assert!(
            chosen.is_on(Feature::Rules, &off, later),
            "it ends by itself"
        );
    }

    #[test]
    fn names_are_read_back() {
        for feature in Feature::ALL {
            assert_eq!(Feature::named(feature.name()), Some(feature));
        }
        assert_eq!(Feature::named("everything"), None);
    }
}
