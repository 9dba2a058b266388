//! The driver without I/O: messages in, reports out. A recorded past runs through it as well as a
//! broker's traffic.

use super::{
    device::{Device, EntityKey},
    entity::Publish,
    payload::Payload,
    tasmota,
    template::Engine,
};
use crate::telemetry;
use model::{Report, ReportBody, RequestId, WishId};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

/// The driver's name.
pub const NAME: &str = "mqtt";

/// What a person decides about the core, and how much it takes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Under which topic devices announce themselves; `homeassistant` by convention.
    pub prefix: String,
    /// Whether what announces itself is ours without asking.
    pub adopt: bool,
    /// At most so many devices; what comes past it is counted and named, not kept.
    pub max_devices: usize,
    /// At most so many entities a device.
    pub max_entities: usize,
    /// The longest discovery message.
    pub max_config: usize,
    /// The longest other message.
    pub max_payload: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefix: "homeassistant".to_owned(),
            adopt: true,
            max_devices: 20_000,
            max_entities: 256,
            max_config: 256 * 1024,
            max_payload: 1024 * 1024,
        }
    }
}

/// A change of what is listened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// To this topic, from now on or once more (then what the broker keeps of it comes again).
    Subscribe(Arc<str>),
    /// No longer to this topic.
    Unsubscribe(Arc<str>),
}

/// What carrying out an order takes.
#[derive(Debug, Default)]
pub struct Answer {
    /// What is to be published.
    pub publishes: Vec<Publish>,
    /// The wish that is delivered once that is done.
    pub delivers: Option<WishId>,
    /// What is to be reported at once.
    pub reports: Vec<Report>,
    /// Whether devices shall be asked to announce themselves.
    pub scan: bool,
    /// The search that wants to know how that went.
    pub search: Option<RequestId>,
}

/// Discovery messages, states and orders of one broker.
///
/// A device is announced by [`Mqtt::take_announcements`], not by the message that described it:
/// devices come in bursts of up to some dozen messages, and each burst shall be one announcement.
/// States of a device mean something from then on.
pub struct Mqtt {
    pub(super) options: Options,
    pub(super) engine: Engine,
    /// In boxes: a map has nearly as many empty places as full ones.
    pub(super) devices: HashMap<Arc<str>, Box<Device>>,
    /// Every id of a device and which device that is.
    pub(super) ids: HashMap<String, Arc<str>>,
    /// What each discovery topic said last, as a fingerprint, and the entities that came of it.
    pub(super) configs: HashMap<Arc<str>, Known>,
    pub(super) tasmota: HashMap<String, tasmota::Topics>,
    /// Tasmota's sensors that came before their device, as a broker may well send them.
    pub(super) waiting: HashMap<String, Vec<u8>>,
    /// Which devices listen to a topic.
    pub(super) topics: HashMap<Arc<str>, Vec<Arc<str>>>,
    pub(super) dirty: BTreeSet<Arc<str>>,
    pub(super) listen: Vec<Listen>,
    expiring: BTreeSet<Arc<str>>,
    pub(super) excess: Excess,
    warned_topics: HashSet<Box<str>>,
}

/// What a discovery topic led to.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) print: u64,
    pub(super) entities: Vec<(Arc<str>, EntityKey)>,
}

/// What was more than the driver takes.
#[derive(Debug, Default)]
pub(super) struct Excess {
    pub(super) devices: u64,
    pub(super) entities: u64,
    /// The first of them, for people.
    pub(super) first: Option<String>,
}

impl Mqtt {
    /// A core that knows nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            engine: Engine::new(),
            devices: HashMap::new(),
            ids: HashMap::new(),
            configs: HashMap::new(),
            tasmota: HashMap::new(),
            waiting: HashMap::new(),
            topics: HashMap::new(),
            dirty: BTreeSet::new(),
            listen: Vec::new(),
            expiring: BTreeSet::new(),
            excess: Excess::default(),
            warned_topics: HashSet::new(),
        }
    }

    /// The topics of discovery, which are always listened to.
    #[must_use]
    pub fn discovery_topics(&self) -> Vec<String> {
        let prefix = &self.options.prefix;
        let mut topics = vec![
            format!("{prefix}/+/+/config"),
            format!("{prefix}/+/+/+/config"),
        ];
        topics.extend(tasmota::TOPICS.map(str::to_owned));
        topics
    }

    /// Everything that is to be listened to now: discovery first, then the devices' topics.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<String> {
        let mut topics = self.discovery_topics();
        let mut own: Vec<String> = self.topics.keys().map(ToString::to_string).collect();
        own.sort_unstable();
        topics.extend(own);
        topics
    }

    /// What changed in it since the last call; the last word about each topic.
    pub fn take_listening(&mut self) -> Vec<Listen> {
        // A burst of devices shares topics such as its bridge's: once is enough for all of them.
        let mut seen = HashSet::new();
        let mut changes: Vec<Listen> = std::mem::take(&mut self.listen)
            .into_iter()
            .rev()
            .filter(|change| {
                let (Listen::Subscribe(topic) | Listen::Unsubscribe(topic)) = change;
                seen.insert(Arc::clone(topic))
            })
            .collect();
        changes.reverse();
        changes
    }

    /// Whether a topic is one on which devices announce themselves.
    #[must_use]
    pub fn is_discovery(&self, topic: &str) -> bool {
        if tasmota::parse(topic).is_some() {
            return true;
        }
        let Some(rest) = topic
            .strip_prefix(self.options.prefix.as_str())
            .and_then(|rest| rest.strip_prefix('/'))
        else {
            return false;
        };
        topic.ends_with("/config") && matches!(rest.split('/').count(), 3 | 4)
    }

    /// The device that a topic belongs to; the first, where several share it.
    #[must_use]
    pub fn owner(&self, topic: &str) -> Option<Arc<str>> {
        self.topics.get(topic)?.first().cloned()
    }

    /// How many devices are known.
    #[must_use]
    pub fn device_count(&self) -> usize {
        self.devices.len()
    }

    /// Whether one of the devices was added by this description.
    #[must_use]
    pub fn has_manual(&self, description: &serde_json::Value) -> bool {
        self.devices
            .values()
            .any(|device| device.manual.as_ref() == Some(description))
    }

    /// Whether devices wait to be announced.
    #[must_use]
    pub fn has_news(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// What is wrong with the whole, for people; `None` where nothing is.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let Excess {
            devices,
            entities,
            first,
        } = &self.excess;
        if *devices == 0 && *entities == 0 {
            return None;
        }
        let first = first.as_deref().unwrap_or("unnamed");
        Some(format!(
            "{devices} announcements beyond {} devices and {entities} beyond {} entities of a device were left out, \
             the first was {first}; remove what should not announce itself from the broker",
            self.options.max_devices, self.options.max_entities
        ))
    }

    /// A message came. `now` is the time since any fixed moment; values that expire go by it.
    pub fn on_message(
        &mut self,
        topic: &str,
        payload: &[u8],
        retained: bool,
        now: Duration,
    ) -> Vec<Report> {
        if self.is_discovery(topic) {
            if let Err(fault) = self.on_discovery(topic, payload) {
                self.fault(None, topic, &fault);
            }
            return Vec::new();
        }
        let Some(devices) = self.topics.get(topic).cloned() else {
            return Vec::new();
        };
        if payload.len() > self.options.max_payload {
            let fault = format!(
                "the message has {} bytes; at most {} are read",
                payload.len(),
                self.options.max_payload
            );
            self.fault(devices.first(), topic, &fault);
            return Vec::new();
        }
        let Ok(text) = std::str::from_utf8(payload) else {
            self.fault(devices.first(), topic, "the message is not UTF-8 text");
            return Vec::new();
        };
        // An empty retained message only clears what the broker kept.
        if text.is_empty() {
            return Vec::new();
        }
        let payload = Payload::new(text);
        let mut reports = Vec::new();
        for native_id in &devices {
            let Some(device) = self.devices.get_mut(native_id) else {
                continue;
            };
            let (bodies, fault) =
                device.on_message(native_id, topic, &payload, &mut self.engine, now);
            // A press that the broker kept is long past; it must not happen again at each reconnect.
            let bodies = bodies
                .into_iter()
                .filter(|body| !(retained && matches!(body, ReportBody::DeviceEvent { .. })));
            reports.extend(bodies.map(report));
            if let Some(fault) = fault {
                self.fault(Some(native_id), topic, &fault);
            }
        }
        reports
    }

    /// Describes the devices that changed since the last call, and says farewell to those that are
    /// gone. To be called when a burst of discovery messages has settled.
    pub fn take_announcements(&mut self) -> Vec<Report> {
        let mut reports = Vec::new();
        for native_id in std::mem::take(&mut self.dirty) {
            let Some(device) = self.devices.get_mut(&native_id) else {
                continue;
            };
            if device.entities.is_empty() {
                if device.is_announced() {
                    reports.push(report(ReportBody::Withdrawn {
                        native_id: native_id.to_string(),
                    }));
                }
                self.remove_device(&native_id);
                continue;
            }
            let rebuilt = device.rebuild(&native_id, self.options.adopt);
            if device.expires() {
                self.expiring.insert(Arc::clone(&native_id));
            } else {
                self.expiring.remove(&native_id);
            }
            if let Some(announcement) = rebuilt.announcement {
                reports.push(report(ReportBody::Announced(Box::new(announcement))));
            }
            reports.extend(device.connectivity(&native_id, false).map(report));
            for topic in rebuilt.subscribe {
                let devices = self.topics.entry(Arc::clone(&topic)).or_default();
                if !devices.contains(&native_id) {
                    devices.push(Arc::clone(&native_id));
                }
                self.listen.push(Listen::Subscribe(topic));
            }
            for topic in rebuilt.drop {
                self.unlisten(&topic, &native_id);
            }
            for clash in rebuilt.clashes {
                let topic = self.options.prefix.clone();
                self.fault(Some(&native_id), &topic, &clash);
            }
        }
        reports
    }

    fn unlisten(&mut self, topic: &Arc<str>, native_id: &Arc<str>) {
        if let Some(devices) = self.topics.get_mut(topic) {
            devices.retain(|known| known != native_id);
            if devices.is_empty() {
                self.topics.remove(topic);
                self.listen.push(Listen::Unsubscribe(Arc::clone(topic)));
            }
        }
    }

    /// Lets go of a device and of what points to it.
    pub(super) fn remove_device(&mut self, native_id: &Arc<str>) {
        let Some(device) = self.devices.remove(native_id) else {
            return;
        };
        let topics: Vec<_> = device.topics().cloned().collect();
        for topic in topics {
            self.unlisten(&topic, native_id);
        }
        for id in &device.info.ids {
            if self.ids.get(id) == Some(native_id) {
                self.ids.remove(id);
            }
        }
        self.ids.remove(native_id.as_ref());
        self.expiring.remove(native_id);
    }

    /// What time alone changes. To be called about once a second.
    pub fn on_time(&mut self, now: Duration) -> Vec<Report> {
        let mut reports = Vec::new();
        for native_id in &self.expiring {
            if let Some(device) = self.devices.get_mut(native_id) {
                reports.extend(device.on_time(native_id, now).into_iter().map(report));
            }
        }
        reports
    }

    /// How many devices are announced.
    #[must_use]
    pub fn devices(&self) -> usize {
        self.devices
            .values()
            .filter(|device| device.is_announced())
            .count()
    }

    /// The broker is there: devices that never say whether they answer count as there again.
    pub fn on_connected(&mut self) -> Vec<Report> {
        let announced = self
            .devices
            .iter_mut()
            .filter(|(_, device)| device.is_announced());
        announced
            .filter_map(|(native_id, device)| device.connectivity(native_id, false))
            .map(report)
            .collect()
    }

    /// The broker cannot be reached: of no device it is known whether it answers.
    pub fn on_disconnected(&mut self, reason: &str) -> Vec<Report> {
        let mut known: Vec<_> = self.devices.iter_mut().collect();
        known.sort_unstable_by_key(|(native_id, _)| Arc::clone(native_id));
        known
            .into_iter()
            .filter_map(|(native_id, device)| device.forget_connectivity(native_id, reason))
            .map(report)
            .collect()
    }

    /// Counts a fault; the first of each device is logged as a warning, the rest at debug.
    pub(super) fn fault(&mut self, native_id: Option<&Arc<str>>, topic: &str, fault: &str) {
        let is_first = match native_id.and_then(|id| self.devices.get_mut(id)) {
            Some(device) => !std::mem::replace(&mut device.warned, true),
            None => {
                self.warned_topics.len() < 1_024 && self.warned_topics.insert(short(topic).into())
            }
        };
        let device = native_id.map_or("", |id| id.as_ref());
        telemetry::bad_message(NAME, device, &short(topic), fault, is_first);
    }
}

/// A topic for the log: no control characters, not endless.
fn short(topic: &str) -> String {
    topic
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect()
}

/// A report of this driver.
pub(super) fn report(body: ReportBody) -> Report {
    Report {
        driver: NAME.to_owned(),
        body,
    }
}
