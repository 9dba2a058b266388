//! What happened, and why, on the wire.

use super::{Cause, Scalar, Wish};
use model::{DeviceId, EventBody, Value};
use serde::Serialize;
use serde_json::json;
use twin::Snapshot;
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Event {
    /// The start of the house in which it happened.
    pub epoch: u64,
    /// Its number within that.
    pub seq: u64,
    /// When, in house time.
    pub at: super::At,
    /// Which kind, such as `property_changed`.
    #[schema(example = "property_changed")]
    pub kind: &'static str,
    /// The device that it is about.
    pub device: Option<DeviceRef>,
    /// The property that it is about.
    #[schema(example = "OnOff.on_off")]
    pub property: Option<String>,
    /// The same in one plain sentence.
    pub text: String,
    /// Who caused it, and why.
    pub cause: Cause,
    /// What else there is to it, by kind.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}

/// A device, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceRef {
    /// Its id.
    pub id: Uuid,
    /// Its readable name; empty where the device is gone.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// A page of the timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventList {
    /// What happened, newest first.
    pub events: Vec<Event>,
    /// The cursor of the next (older) page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Why a property is as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    /// Whether the cause was recorded.
    pub known: bool,
    /// The answer in one plain sentence.
    pub sentence: String,
    /// The recorded chain: first what led to it, last the change itself.
    pub chain: Vec<Event>,
    /// What only overlaps in time and may have had to do with it.
    pub inferred: Vec<Inference>,
    /// The last requests for the device that were refused since, newest first; at most three. They
    /// are why it is not otherwise.
    pub refused: Vec<Event>,
    /// The run of a scenario or rule that did it, with what set it off, the values that it looked at and what
    /// it asked for; null where no run did it, or it is no longer kept.
    #[schema(no_recursion)]
    pub run: Option<Box<super::Run>>,
}

/// Something that may have had to do with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Inference {
    /// What, in one plain sentence.
    pub text: String,
    /// How it could have had this effect.
    pub effect: String,
    /// How likely, from 0 to 1.
    pub confidence: f64,
    /// The event behind it.
    pub event: Event,
}

impl Event {
    /// An event with its sentence.
    #[must_use]
    pub fn of(event: &model::Event, text: String, snapshot: &Snapshot) -> Self {
        Self {
            epoch: event.position.epoch,
            seq: event.position.seq,
            at: event.at.into(),
            kind: event.body.kind(),
            device: event
                .body
                .device()
                .map(|device| DeviceRef::of(device, &event.body, snapshot)),
            property: event.body.path().map(|path| path.to_string()),
            text,
            cause: (&event.cause).into(),
            data: data(&event.body),
        }
    }
}

impl DeviceRef {
    /// A device as the house knows it now.
    pub(crate) fn named(id: DeviceId, snapshot: &Snapshot) -> Self {
        let twin = snapshot.devices.get(&id);
        let (slug, name) = twin.map_or_else(
            || (String::new(), "a removed device".to_owned()),
            |twin| (twin.device.slug.to_string(), twin.device.name.clone()),
        );
        Self {
            id: id.uuid(),
            slug,
            name,
        }
    }

    fn of(id: DeviceId, body: &EventBody, snapshot: &Snapshot) -> Self {
        let (slug, name) = match (snapshot.devices.get(&id), body) {
            (Some(twin), _) => (twin.device.slug.to_string(), twin.device.name.clone()),
            // The registry no longer knows it; the event may.
            (None, EventBody::DeviceAdded { name, .. } | EventBody::DeviceRemoved { name, .. }) => {
                (String::new(), name.clone())
            }
            (None, _) => (String::new(), "a removed device".to_owned()),
        };
        Self {
            id: id.uuid(),
            slug,
            name,
        }
    }
}

/// What there is to an event besides device, property and cause.
fn data(body: &EventBody) -> serde_json::Value {
    let value = |value: &Option<Value>| value.as_ref().map(Scalar::from);
    match body {
        EventBody::PropertyChanged {
            old, new, matched, ..
        } => {
            json!({ "old": value(old), "new": value(new), "matched": matched })
        }
        EventBody::PropertyConfirmed { .. } => json!({}),
        EventBody::WishMade { wish } | EventBody::WishEnded { wish } => {
            json!({ "wish": Wish::from(&**wish) })
        }
        EventBody::RequestRefused {
            code,
            reason,
            constraint,
            ..
        } => {
            json!({ "code": code, "reason": reason, "constraint": constraint })
        }
        EventBody::DeviceEvent {
            endpoint,
            capability,
            event,
            ..
        } => {
            json!({ "endpoint": endpoint, "capability": capability, "event": event })
        }
        EventBody::ConnectivityChanged {
            old, new, reason, ..
        } => {
            json!({ "old": old.as_str(), "new": new.as_str(), "reason": reason })
        }
        EventBody::DeviceAdded { name, .. } | EventBody::DeviceRemoved { name, .. } => {
            json!({ "name": name })
        }
        EventBody::DeviceEdited { what, .. } => json!({ "what": what }),
        EventBody::DiscoveryFound {
            discovery,
            name,
            driver,
        } => {
            json!({ "discovery": discovery, "name": name, "protocol": driver })
        }
        EventBody::DiscoveryChanged {
            discovery,
            name,
            what,
        } => {
            json!({ "discovery": discovery, "name": name, "what": what })
        }
        EventBody::DiscoveryVanished {
            discovery,
            name,
            reason,
        } => {
            json!({ "discovery": discovery, "name": name, "reason": reason })
        }
        EventBody::DiscoveryReturned { discovery, name } => {
            json!({ "discovery": discovery, "name": name })
        }
        EventBody::ScanStarted { scan } | EventBody::ScanEnded { scan } => {
            json!({ "scan": scan.id, "protocols": scan.protocols, "new": scan.new })
        }
        EventBody::DiscoveryClosed { discovery, reason } => {
            json!({ "discovery": discovery, "reason": reason })
        }
        EventBody::FloorChanged { floor, removed } => json!({ "floor": floor, "removed": removed }),
        EventBody::AreaChanged { area, removed } => json!({ "area": area, "removed": removed }),
        EventBody::PersonChanged { person, removed } => {
            json!({ "person": person, "removed": removed })
        }
        EventBody::PresenceChanged { person, old, new } => {
            json!({ "person": person, "old": old, "new": new })
        }
        EventBody::ModeChanged { old, new } => json!({ "old": old, "new": new }),
        EventBody::RunStarted {
            run,
            scenario,
            name,
            trigger,
        } => json!({ "run": run, "scenario": scenario, "name": name, "trigger": trigger }),
        EventBody::RunEnded {
            run,
            scenario,
            name,
            state,
            note,
        } => {
            json!({ "run": run, "scenario": scenario, "name": name, "state": state, "note": note })
        }
        EventBody::Notified {
            run,
            title,
            message,
            urgent,
        } => json!({ "run": run, "title": title, "message": message, "urgent": urgent }),
        EventBody::Asked {
            run,
            thread,
            person,
            question,
            choices,
            until,
        } => {
            json!({ "run": run, "thread": thread, "person": person, "question": question, "choices": choices, "until": until })
        }
        EventBody::OpeningChanged {
            conversation,
            about,
            text,
            urgent,
            state,
        } => {
            json!({ "conversation": conversation, "about": about, "text": text, "urgent": urgent, "state": state })
        }
        EventBody::SceneChanged { scene, name, what } => {
            json!({ "scene": scene, "name": name, "what": what })
        }
        EventBody::WebhookChanged { webhook, what } => json!({ "webhook": webhook, "what": what }),
        EventBody::WebhookCalled {
            webhook,
            accepted,
            note,
        } => json!({ "webhook": webhook, "accepted": accepted, "note": note }),
        EventBody::MessageDelivered {
            run,
            channel,
            state,
            attempts,
            note,
        } => {
            json!({ "run": run, "channel": channel, "state": state, "attempts": attempts, "note": note })
        }
        EventBody::Answered {
            run,
            thread,
            answer,
        } => json!({ "run": run, "thread": thread, "answer": answer }),
        EventBody::RulesConflict { path, what, .. } => {
            json!({ "property": path.to_string(), "what": what })
        }
        EventBody::ScenarioChanged {
            scenario,
            name,
            what,
        } => json!({ "scenario": scenario, "name": name, "what": what }),
        EventBody::FeelingChanged {
            old,
            new,
            valence,
            because,
        } => json!({ "old": old, "new": new, "valence": valence, "because": because }),
        EventBody::ConcernRaised {
            concern,
            title,
            urgency,
            ..
        } => json!({ "concern": concern, "title": title, "urgency": urgency }),
        EventBody::ConcernEnded {
            concern,
            title,
            how,
            note,
            ..
        } => json!({ "concern": concern, "title": title, "how": how, "note": note }),
        EventBody::ConstraintChanged {
            constraint,
            name,
            what,
        } => json!({ "constraint": constraint, "name": name, "what": what }),
        EventBody::AlertChanged {
            alert,
            name,
            severity,
            state,
            summary,
        } => {
            json!({ "alert": alert, "name": name, "severity": severity, "state": state, "summary": summary })
        }
        EventBody::DriverChanged { driver, state } => json!({ "driver": driver, "state": state }),
        EventBody::HouseStarted { clean } => json!({ "clean": clean }),
    }
}
