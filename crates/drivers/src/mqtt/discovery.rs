//! Discovery messages: how they become entities of devices, and how they go again.

use super::{
    component,
    config::{Config, DeviceInfo},
    core::{Known, Mqtt},
    device::{Device, EntityKey},
    entity::{Entity, Input},
    tasmota,
};
use crate::convention::cut_to;
use serde_json::Value as Json;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

/// Sensors of Tasmota that wait for their device: so many messages, each at most so long.
const WAITING: usize = 4_096;
const WAITING_BYTES: usize = 8 * 1024;

/// A message's entity before it belongs to a device.
struct Found {
    key: String,
    component: String,
    config: Config,
    also: Option<(String, String)>,
}

impl Mqtt {
    /// A discovery message came. The error's text is for people.
    pub(super) fn on_discovery(&mut self, topic: &str, payload: &[u8]) -> Result<(), String> {
        if payload.len() > self.options.max_config {
            return Err(format!(
                "the announcement has {} bytes; at most {} are read",
                payload.len(),
                self.options.max_config
            ));
        }
        if topic.len() > 512 {
            return Err("the topic of the announcement is longer than 512 bytes".to_owned());
        }
        let print = {
            let mut hasher = DefaultHasher::new();
            payload.hash(&mut hasher);
            hasher.finish()
        };
        if self
            .configs
            .get(topic)
            .is_some_and(|known| known.print == print)
        {
            return Ok(());
        }
        if payload.is_empty() {
            self.remove_config(topic);
            return Ok(());
        }
        let text =
            std::str::from_utf8(payload).map_err(|_| "the announcement is not UTF-8 text")?;
        let json: Json = serde_json::from_str(text)
            .map_err(|error| format!("the announcement is not JSON: {error}"))?;
        // A device that moves from a message for each entity to one for all says so first.
        if json.get("migrate_discovery").and_then(Json::as_bool) == Some(true) {
            self.remove_config(topic);
            return Ok(());
        }
        if let Some((mac, true)) = tasmota::parse(topic)
            && !self.tasmota.contains_key(mac)
        {
            if self.waiting.len() < WAITING && payload.len() <= WAITING_BYTES {
                self.waiting.insert(mac.to_owned(), payload.to_vec());
            }
            return Ok(());
        }
        let found = self.found(topic, &json)?;
        self.take(topic, print, found, None)?;
        // The device is known now: its sensors may have come before.
        if let Some((mac, false)) = tasmota::parse(topic)
            && let Some(sensors) = self.waiting.remove(mac)
        {
            return self.on_discovery(&format!("tasmota/discovery/{mac}/sensors"), &sensors);
        }
        Ok(())
    }

    /// The entities that a message describes.
    fn found(&mut self, topic: &str, json: &Json) -> Result<Vec<Found>, String> {
        if let Some((mac, is_sensors)) = tasmota::parse(topic) {
            return self.found_tasmota(mac, is_sensors, json);
        }
        let rest = topic
            .strip_prefix(self.options.prefix.as_str())
            .unwrap_or(topic)
            .trim_start_matches('/');
        let component = rest.split('/').next().unwrap_or_default();
        let config = Config::read(json)?;
        if component == "device" {
            let parts = config.components();
            if parts.is_empty() {
                return Err("the device's announcement has no components".to_owned());
            }
            return Ok(parts
                .into_iter()
                .filter_map(|(key, config)| {
                    let component = config.text("platform")?;
                    Some(Found {
                        key,
                        component,
                        config,
                        also: None,
                    })
                })
                .collect());
        }
        Ok(vec![Found {
            key: String::new(),
            component: component.to_owned(),
            config,
            also: None,
        }])
    }

    fn found_tasmota(
        &mut self,
        mac: &str,
        is_sensors: bool,
        json: &Json,
    ) -> Result<Vec<Found>, String> {
        let entities = if is_sensors {
            let topics = self
                .tasmota
                .get(mac)
                .ok_or("Tasmota's sensors came before the device itself")?;
            tasmota::sensors(mac, json, topics)
        } else {
            let topics = tasmota::Topics::read(mac, json)?;
            let entities = tasmota::outputs(mac, json, &topics);
            if self.tasmota.len() < self.options.max_devices || self.tasmota.contains_key(mac) {
                self.tasmota.insert(mac.to_owned(), topics);
            }
            entities
        };
        entities
            .into_iter()
            .map(|entity| {
                Ok(Found {
                    key: entity.key,
                    component: entity.component.to_owned(),
                    config: Config::read(&entity.config)?,
                    also: entity.also,
                })
            })
            .collect()
    }

    /// Takes the entities of a message in the place of those that it described before.
    fn take(
        &mut self,
        topic: &str,
        print: u64,
        found: Vec<Found>,
        manual: Option<&Json>,
    ) -> Result<(), String> {
        let topic: Arc<str> = topic.into();
        let before = self.forget_entities(&topic);
        let mut entities = Vec::new();
        let mut fault = None;
        for found in found {
            match self.take_one(&topic, found, manual) {
                Ok(Some(entity)) => entities.push(entity),
                Ok(None) => {}
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        // What was described here and is not any more makes its device change, too.
        for native_id in before {
            self.dirty.insert(native_id);
        }
        // Refused messages are not kept: a flood of them must not fill memory.
        if !entities.is_empty() {
            entities.shrink_to_fit();
            self.configs.insert(topic, Known { print, entities });
        }
        fault.map_or(Ok(()), Err)
    }

    fn take_one(
        &mut self,
        topic: &Arc<str>,
        found: Found,
        manual: Option<&Json>,
    ) -> Result<Option<(Arc<str>, EntityKey)>, String> {
        let Found {
            key,
            component,
            config,
            also,
        } = found;
        let mut info = config.device();
        let unique = config.text("unique_id").unwrap_or_else(|| {
            let path = topic.trim_end_matches("/config");
            let path = path
                .strip_prefix(self.options.prefix.as_str())
                .unwrap_or(path);
            [path.trim_matches('/'), key.as_str()]
                .join(" ")
                .trim()
                .replace('/', "_")
        });
        let unique = cut_to(&unique, 256);
        let native_id: Arc<str> = match info.ids.iter().find_map(|id| self.ids.get(id)) {
            Some(known) => Arc::clone(known),
            None => info
                .ids
                .first()
                .map_or(unique.as_str(), String::as_str)
                .into(),
        };
        if let Some(via) = &info.via {
            info.via = Some(
                self.ids
                    .get(via)
                    .map_or_else(|| via.clone(), ToString::to_string),
            );
        }
        // Full, and not one of those that are known: the message is not even looked at.
        if !self.devices.contains_key(&native_id) && self.devices.len() >= self.options.max_devices
        {
            self.excess.devices += 1;
            self.excess
                .first
                .get_or_insert_with(|| native_id.to_string());
            return Ok(None);
        }
        let mut entity = component::read(&component, &config, unique, &mut self.engine)
            .map_err(|error| format!("{} `{}`: {error}", component_word(&component), native_id))?;
        if let Some((from, to)) = also {
            listen_also(&mut entity, &from, &to);
        }
        let device = self.devices.entry(Arc::clone(&native_id)).or_default();
        if device.entities.len() >= self.options.max_entities {
            self.excess.entities += 1;
            self.excess
                .first
                .get_or_insert_with(|| native_id.to_string());
            return Ok(None);
        }
        let is_twin = |other: &Arc<Entity>| {
            other.unique == entity.unique && other.component == entity.component
        };
        if device.entities.values().any(is_twin) {
            return Err(format!(
                "`{}` is announced twice; the second announcement was left out",
                entity.unique
            ));
        }
        if let Some(manual) = manual {
            device.manual = Some(manual.clone());
        }
        merge(device, info);
        for id in &device.info.ids {
            self.ids
                .entry(id.clone())
                .or_insert_with(|| Arc::clone(&native_id));
        }
        self.ids
            .entry(native_id.to_string())
            .or_insert_with(|| Arc::clone(&native_id));
        let key = (Arc::clone(topic), key);
        let fault = entity.fault.take();
        device.entities.insert(key.clone(), Arc::new(entity));
        self.dirty.insert(Arc::clone(&native_id));
        if let Some(fault) = fault {
            self.fault(Some(&native_id), topic, &fault);
        }
        Ok(Some((native_id, key)))
    }

    /// Takes a message away.
    pub(super) fn remove_config(&mut self, topic: &str) {
        for native_id in self.forget_entities(topic) {
            self.dirty.insert(native_id);
        }
    }

    /// Takes the entities of a message away; their devices are the answer.
    fn forget_entities(&mut self, topic: &str) -> Vec<Arc<str>> {
        let Some(known) = self.configs.remove(topic) else {
            return Vec::new();
        };
        let mut devices: Vec<Arc<str>> = Vec::new();
        for (native_id, key) in known.entities {
            if let Some(device) = self.devices.get_mut(&native_id) {
                device.entities.remove(&key);
            }
            if !devices.contains(&native_id) {
                devices.push(native_id);
            }
        }
        devices
    }

    /// A device that a person described. The answer is its native id; the error's text says what
    /// was expected.
    pub(super) fn add_manual(&mut self, description: &Json) -> Result<String, String> {
        let expected = "expected {\"component\": \"switch\", \"config\": {\"name\": \"Lamp\", \
             \"command_topic\": \"lamp/set\", ...}} with the keys of Home Assistant's MQTT discovery";
        let component = description
            .get("component")
            .and_then(Json::as_str)
            .ok_or_else(|| format!("`component` is missing; {expected}"))?;
        if !component::KINDS.contains(&component) {
            return Err(format!(
                "the component `{}` is not known; expected one of {}",
                cut_to(component, 40),
                component::KINDS.join(", ")
            ));
        }
        let raw = description
            .get("config")
            .filter(|config| config.is_object())
            .ok_or_else(|| format!("`config` is missing or not an object; {expected}"))?;
        let mut config = Config::read(raw)?;
        // The same description means the same device, now and after a restart.
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(description)
            .unwrap_or_default()
            .hash(&mut hasher);
        let print = hasher.finish();
        config.or_insert("unique_id", &format!("manual_{print:016x}"));
        let topic = format!("manual/{print:016x}");
        let found = Found {
            key: String::new(),
            component: component.to_owned(),
            config,
            also: None,
        };
        self.take(&topic, print, vec![found], Some(description))?;
        self.configs
            .get(topic.as_str())
            .and_then(|known| known.entities.first())
            .map(|(native_id, _)| native_id.to_string())
            .ok_or_else(|| "there are too many devices already".to_owned())
    }
}

/// What a later message says of a device replaces what an earlier one said; ids are added up.
fn merge(device: &mut Device, mut info: DeviceInfo) {
    let mut ids = std::mem::take(&mut device.info.ids);
    for id in info.ids {
        if !ids.contains(&id) && ids.len() < 32 {
            ids.push(id);
        }
    }
    let old = std::mem::take(&mut device.info);
    info.ids = ids;
    info.name = info.name.or(old.name);
    info.manufacturer = info.manufacturer.or(old.manufacturer);
    info.model = info.model.or(old.model);
    info.via = info.via.or(old.via);
    info.area = info.area.or(old.area);
    device.info = info;
}

/// Lets an entity read a second topic as it reads the first.
fn listen_also(entity: &mut Entity, from: &str, to: &str) {
    let more: Vec<Input> = entity
        .inputs
        .iter()
        .filter(|input| input.topic.as_ref() == from)
        .map(|input| input.on(to))
        .collect();
    entity.inputs.extend(more);
}

fn component_word(component: &str) -> String {
    cut_to(component, 40)
}
