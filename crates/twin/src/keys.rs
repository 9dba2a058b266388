//! Which device a driver means.

use imbl::{HashMap, OrdMap};
use model::{DeviceId, Key};

/// The devices by what their drivers call them, by driver: there are few drivers, so that finding one of
/// them and comparing its name costs next to nothing, however many devices it has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys(OrdMap<String, HashMap<String, DeviceId>>);

impl Keys {
    pub(crate) fn get(&self, driver: &str, native_id: &str) -> Option<DeviceId> {
        self.0.get(driver)?.get(native_id).copied()
    }

    pub(crate) fn insert(&mut self, key: &Key, device: DeviceId) {
        self.0
            .entry(key.driver.clone())
            .or_default()
            .insert(key.native_id.clone(), device);
    }

    pub(crate) fn remove(&mut self, key: &Key) {
        if let Some(own) = self.0.get_mut(&key.driver) {
            own.remove(&key.native_id);
            if own.is_empty() {
                self.0.remove(&key.driver);
            }
        }
    }
}
