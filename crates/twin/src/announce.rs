//! Devices that describe themselves: known ones anew, the household's own at once, others into the
//! inbox.

use crate::registry::tamed_name;
use crate::{Answer, Effects, House, Refusal, RefusalCode, telemetry};
use model::{
    Announcement, AreaId, Cause, Connectivity, Device, DeviceId, DeviceKind, Discovery,
    DiscoveryId, DiscoveryState, EventBody, Guess, Key, Now, Order, Reference, RequestId, Slug,
};
use std::sync::Arc;
use std::time::Duration;
use store::Record;

/// How long a driver may take to speak to a device that was added by hand.
const MANUAL: Duration = Duration::from_secs(10);

impl House {
    /// Takes in a device's description of itself.
    pub(crate) fn announced(
        &mut self,
        driver: &str,
        announcement: Announcement,
        now: Now,
        effects: &mut Effects,
    ) {
        let key = Key {
            driver: driver.to_owned(),
            native_id: announcement.native_id.clone(),
        };
        if let Some(id) = self.state.keys.get(&key.driver, &key.native_id) {
            return self.described_anew(id, announcement, now, effects);
        }
        let found = self
            .state
            .found
            .get(&key)
            .and_then(|id| self.state.discoveries.get(id))
            .cloned();
        match found {
            // What somebody removed or ignored stays out, until they add it themselves.
            Some(found)
                if found.state == DiscoveryState::Ignored
                    && (announcement.manual.is_none() || self.manual.is_empty()) =>
            {
                self.found_again(&found, key, announcement, now, effects);
            }
            found if announcement.adopt => {
                let cause = Self::own_cause();
                if let Some(found) = &found {
                    self.close(found.id, "adopted", &cause, now, effects);
                }
                let device = self.adopt(key, announcement, None, None, &cause, now, effects);
                if let (Some(found), Some(device)) = (found, device) {
                    self.became(&found, device, effects);
                }
            }
            Some(found) => self.found_again(&found, key, announcement, now, effects),
            None => self.found_first(key, announcement, now, effects),
        }
    }

    /// A known device describes itself again.
    fn described_anew(
        &mut self,
        id: DeviceId,
        news: Announcement,
        now: Now,
        effects: &mut Effects,
    ) {
        let Some(twin) = self.state.devices.get(&id) else {
            return;
        };
        let before = Arc::clone(&twin.device);
        let mut device = Device::clone(&before);
        if !device.named_by_person {
            device.name = tamed_name(&news.name, &news.native_id);
        }
        device.manufacturer = news.manufacturer;
        device.model = news.model;
        device.via = news.via;
        device.capabilities = news.capabilities;
        if news.manual.is_some() {
            device.manual = news.manual;
        }
        if device == *before {
            return;
        }
        let what = if device.name == before.name {
            "it describes itself anew".to_owned()
        } else {
            format!("it calls itself {} now", device.name)
        };
        effects
            .undo
            .push(Record::Device(Box::new(Device::clone(&before))));
        effects.keep.push(Record::Device(Box::new(device.clone())));
        self.put_device(device, now);
        let cause = self.by_itself(id);
        self.emit(
            &cause,
            EventBody::DeviceEdited { device: id, what },
            now.house,
            effects,
        );
    }

    /// A thing that waits, or is ignored, shows itself again.
    fn found_again(
        &mut self,
        found: &Arc<Discovery>,
        key: Key,
        news: Announcement,
        now: Now,
        effects: &mut Effects,
    ) {
        let mut discovery = Discovery::clone(found);
        if discovery.key != key {
            // The network saw it before its driver could say what it can do.
            self.drop_discovery(found.id);
            discovery.key = key;
            discovery.announcement = news.clone();
            effects
                .keep
                .push(Record::Discovery(Box::new(discovery.clone())));
        }
        discovery.announcement = news;
        discovery.last_seen = now.house;
        self.put_discovery(discovery);
    }

    /// A new thing goes into the inbox.
    fn found_first(&mut self, key: Key, news: Announcement, now: Now, effects: &mut Effects) {
        if self.state.discoveries.len() >= self.limits.discoveries {
            telemetry::inbox_full();
            return;
        }
        let name = tamed_name(&news.name, &news.native_id);
        telemetry::device_found(&key.driver, &name, false);
        let driver = key.driver.clone();
        let discovery = Discovery {
            id: DiscoveryId::new(),
            key,
            announcement: Announcement {
                name: name.clone(),
                ..news
            },
            state: DiscoveryState::New,
            device: None,
            sightings: Vec::new(),
            guess: Guess::default(),
            presence: Connectivity::Unknown,
            first_seen: now.house,
            last_seen: now.house,
        };
        effects
            .keep
            .push(Record::Discovery(Box::new(discovery.clone())));
        let body = EventBody::DiscoveryFound {
            discovery: discovery.id,
            name,
            driver,
        };
        self.found_by_search(discovery.id);
        self.put_discovery(discovery);
        self.emit(&Self::own_cause(), body, now.house, effects);
    }

    /// Makes a device ours; `None` where the house is full.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a different thing that somebody chose"
    )]
    fn adopt(
        &mut self,
        key: Key,
        news: Announcement,
        name: Option<String>,
        area: Option<AreaId>,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Option<DeviceId> {
        if self.state.devices.len() >= self.limits.devices {
            metrics::counter!("consciousness_errors_total", "component" => "device", "kind" => "house_full")
                .increment(1);
            return None;
        }
        let own_name = tamed_name(&news.name, &key.native_id);
        let area = area.or_else(|| {
            let hint = tamed_name(news.area.as_deref()?, "");
            (!hint.is_empty()).then(|| self.area_of_hint(&hint, cause, now, effects))
        });
        let suggested = news.slug.as_deref().unwrap_or(&own_name);
        let slug = Slug::from_name(suggested, "device").unused(|slug| self.slug_taken(slug, None));
        telemetry::device_found(&key.driver, &own_name, true);
        let device = Device {
            id: DeviceId::new(),
            slug,
            aliases: Vec::new(),
            key,
            via: news.via,
            area,
            serves: Vec::new(),
            named_by_person: name.is_some(),
            name: name.unwrap_or(own_name),
            kind: news.kind,
            manufacturer: news.manufacturer,
            model: news.model,
            capabilities: news.capabilities,
            manual: news.manual,
            preferences: model::Preferences::default(),
            first_seen: now.house,
        };
        let id = device.id;
        effects.undo.push(Record::DeviceGone(id));
        effects.keep.push(Record::Device(Box::new(device.clone())));
        let body = EventBody::DeviceAdded {
            device: id,
            name: device.name.clone(),
        };
        if device.kind == DeviceKind::Person {
            self.person_of_tracker(&device, cause, now, effects);
        }
        self.put_device(device, now);
        self.emit(cause, body, now.house, effects);
        Some(id)
    }

    /// Somebody makes a found thing ours.
    pub(crate) fn adopt_found(
        &mut self,
        discovery: DiscoveryId,
        name: Option<String>,
        area: Option<Reference>,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<DeviceId, Refusal> {
        let found = Arc::clone(self.find_waiting(discovery)?);
        let name = name
            .map(|name| crate::registry::checked_name(&name))
            .transpose()?;
        let area = area
            .map(|area| self.find_area(&area).map(|area| area.id))
            .transpose()?;
        let Discovery {
            key, announcement, ..
        } = Discovery::clone(&found);
        effects
            .undo
            .push(Record::Discovery(Box::new(Discovery::clone(&found))));
        self.close(discovery, "adopted", cause, now, effects);
        let manual = announcement.manual.clone();
        let (driver, native_id) = (key.driver.clone(), key.native_id.clone());
        let adopted = self.adopt(key, announcement, name, area, cause, now, effects);
        if let Some(device) = adopted {
            self.became(&found, device, effects);
            if driver == crate::things::NETWORK {
                let reason = Some("the network sees it".to_owned());
                self.connect(device, found.presence, reason, now, effects);
            }
            // What its driver said of it before, nobody listened to.
            let order = match manual {
                Some(description) => Order::AddManual {
                    request: RequestId::new(),
                    description,
                },
                None => Order::Watch { native_id },
            };
            effects.orders.push((driver, order));
        }
        adopted.ok_or_else(|| {
            Refusal::new(
                RefusalCode::HouseFull,
                "the house holds no more devices",
                format!("at most {} devices", self.limits.devices),
                "remove devices that are gone",
            )
        })
    }

    /// Somebody does not want to see a found thing again.
    pub(crate) fn ignore_found(
        &mut self,
        discovery: DiscoveryId,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let found = Arc::clone(self.find_waiting(discovery)?);
        let mut ignored = Discovery::clone(&found);
        ignored.state = DiscoveryState::Ignored;
        effects
            .undo
            .push(Record::Discovery(Box::new(Discovery::clone(&found))));
        effects
            .keep
            .push(Record::Discovery(Box::new(ignored.clone())));
        self.put_discovery(ignored);
        let body = EventBody::DiscoveryClosed {
            discovery,
            reason: "ignored".into(),
        };
        self.emit(cause, body, now.house, effects);
        Ok(())
    }

    /// Somebody wants to see an ignored thing again.
    pub(crate) fn reconsider_found(
        &mut self,
        discovery: DiscoveryId,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let found = Arc::clone(self.find_waiting(discovery)?);
        if found.state != DiscoveryState::Ignored {
            return Ok(());
        }
        let mut shown = Discovery::clone(&found);
        shown.state = DiscoveryState::New;
        effects
            .undo
            .push(Record::Discovery(Box::new(Discovery::clone(&found))));
        effects
            .keep
            .push(Record::Discovery(Box::new(shown.clone())));
        let name = shown.announcement.name.clone();
        self.put_discovery(shown);
        let body = EventBody::DiscoveryChanged {
            discovery,
            name,
            what: "it is no longer ignored and waits for a yes".to_owned(),
        };
        self.emit(cause, body, now.house, effects);
        Ok(())
    }

    fn close(
        &mut self,
        id: DiscoveryId,
        reason: &str,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) {
        if self.drop_discovery(id).is_some() {
            effects.keep.push(Record::DiscoveryGone(id));
            let body = EventBody::DiscoveryClosed {
                discovery: id,
                reason: reason.to_owned(),
            };
            self.emit(cause, body, now.house, effects);
        }
    }

    /// A device says that it is gone for good. Ours stays, offline, with its history; a thing in the
    /// inbox leaves it.
    pub(crate) fn withdrawn(
        &mut self,
        driver: &str,
        native_id: String,
        now: Now,
        effects: &mut Effects,
    ) {
        let key = Key {
            driver: driver.to_owned(),
            native_id,
        };
        if let Some(device) = self.state.keys.get(&key.driver, &key.native_id) {
            let reason = "it is no longer announced".to_owned();
            self.connect(device, Connectivity::Offline, Some(reason), now, effects);
        } else if let Some(found) = self.state.found.get(&key).copied() {
            // What somebody removed or ignored stays so, also when it goes and comes again.
            let waits = self
                .state
                .discoveries
                .get(&found)
                .is_some_and(|found| found.state == DiscoveryState::New);
            if waits {
                self.close(found, "withdrawn", &Self::own_cause(), now, effects);
            }
        }
    }

    /// Somebody describes a device by hand; its driver answers.
    pub(crate) fn add_manual(
        &mut self,
        request: RequestId,
        driver: &str,
        description: serde_json::Value,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        if !self.state.drivers.contains_key(driver) {
            let known: Vec<_> = self.state.drivers.keys().map(String::as_str).collect();
            let shown: String = driver.chars().take(40).collect();
            return Err(Refusal::new(
                RefusalCode::UnknownDriver,
                format!("nothing here speaks `{shown}`"),
                if known.is_empty() {
                    "no driver runs".into()
                } else {
                    format!("one of {}", known.join(", "))
                },
                "choose one of them, or switch the driver on in the settings",
            ));
        }
        self.manual.insert(request, now.steady + MANUAL);
        effects.orders.push((
            driver.to_owned(),
            Order::AddManual {
                request,
                description,
            },
        ));
        Ok(())
    }

    /// A driver answers an order.
    pub(crate) fn order_done(
        &mut self,
        driver: &str,
        request: RequestId,
        result: Result<String, String>,
        effects: &mut Effects,
    ) {
        if self.manual.remove(&request).is_none() {
            return;
        }
        let answer = match result {
            Ok(native_id) => match self.known(driver, &native_id) {
                Some(device) => {
                    // The answer waits until the device itself is durable, whatever became of the
                    // announcement that came before.
                    if let Some(twin) = self.state.devices.get(&device) {
                        effects
                            .keep
                            .push(Record::Device(Box::new(Device::clone(&twin.device))));
                    }
                    Ok(Answer::Device(device))
                }
                None => Err(driver_failed(
                    "the driver accepted it but did not announce it",
                )),
            },
            Err(reason) => Err(Refusal::new(
                RefusalCode::InvalidValue,
                reason,
                "a description that the driver understands",
                "correct it and ask again",
            )),
        };
        effects.answer = Some((request, answer));
    }

    /// Devices added by hand that no driver answered for.
    pub(crate) fn tick_manual(&mut self, now: Now, effects: &mut Effects) {
        let late = self
            .manual
            .iter()
            .find(|(_, deadline)| **deadline <= now.steady)
            .map(|(id, _)| *id);
        if let Some(request) = late {
            self.manual.remove(&request);
            effects.answer = Some((
                request,
                Err(driver_failed("the driver did not answer in time")),
            ));
        }
    }

    fn find_waiting(&self, id: DiscoveryId) -> Result<&Arc<Discovery>, Refusal> {
        let found = self.find_discovery(id)?;
        if found.state == DiscoveryState::Adopted {
            return Err(Refusal::new(
                RefusalCode::UnknownDiscovery,
                format!("{} is ours already", found.announcement.name),
                "a found thing that waits or is ignored",
                "remove the device first: DELETE /api/devices/{id}",
            ));
        }
        Ok(found)
    }

    fn find_discovery(&self, id: DiscoveryId) -> Result<&Arc<Discovery>, Refusal> {
        self.state.discoveries.get(&id).ok_or_else(|| {
            Refusal::new(
                RefusalCode::UnknownDiscovery,
                format!("nothing of the id {id} waits in the inbox"),
                "the id of a found thing",
                "look it up with GET /api/devices/discovered",
            )
        })
    }
}

fn driver_failed(reason: &str) -> Refusal {
    Refusal::new(
        RefusalCode::DriverFailed,
        reason,
        "a driver that announces what it takes on",
        "see /health/detailed for how the driver is, then ask again",
    )
}
