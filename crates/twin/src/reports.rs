//! What drivers say, written into the reported half.

use crate::constraints::watch::is_start;
use crate::snapshot::Reported;
use crate::wishes::Wishes;
use crate::{DeviceTwin, Effects, House, telemetry};
use model::{
    Cause, Connectivity, DeviceId, DeviceKind, DriverState, EventBody, Now, Order, Presence,
    Reading, Report, ReportBody, RequestId, Value, Who, WishState,
};
use std::sync::Arc;
use store::Record;

impl House {
    /// Takes in what a driver says.
    pub(crate) fn report(&mut self, report: Report, now: Now, effects: &mut Effects) {
        let Report { driver, body } = report;
        match body {
            ReportBody::Announced(announcement) => {
                self.announced(&driver, *announcement, now, effects)
            }
            ReportBody::Withdrawn { native_id } => self.withdrawn(&driver, native_id, now, effects),
            ReportBody::Connectivity {
                native_id,
                connectivity,
                reason,
            } => {
                if let Some(device) = self.known(&driver, &native_id) {
                    self.seen(device, now);
                    self.connect(device, connectivity, reason, now, effects);
                }
            }
            ReportBody::Values {
                native_id,
                readings,
            } => {
                self.values(&driver, &native_id, &readings, now, effects);
            }
            ReportBody::DeviceEvent {
                native_id,
                endpoint,
                capability,
                event,
            } => {
                if let Some(device) = self.known(&driver, &native_id) {
                    self.seen(device, now);
                    let cause = self.by_itself(device);
                    let body = EventBody::DeviceEvent {
                        device,
                        endpoint,
                        capability,
                        event,
                    };
                    self.emit(&cause, body, now.house, effects);
                }
            }
            ReportBody::Delivered { wish } => self.delivered(wish, now, effects),
            ReportBody::Failed { wish, reason } => {
                self.end(wish, WishState::Rejected, Some(reason), now, effects);
            }
            ReportBody::State(state) => self.driver(&driver, state, now, effects),
            ReportBody::Flooding { native_id, dropped } => {
                telemetry::flooding(&driver, &native_id, dropped);
                if let Some(twin) = self
                    .known(&driver, &native_id)
                    .and_then(|id| self.state.devices.get_mut(&id))
                {
                    Arc::make_mut(twin).dropped += dropped;
                }
            }
            ReportBody::Sighted(sighting) => self.sighted(&driver, *sighting, now, effects),
            ReportBody::Unsighted { native_id, reason } => {
                self.unsighted(&driver, &native_id, &reason, now, effects);
            }
            ReportBody::ScanDone { request, searched } => {
                self.scan_done(&driver, request, searched, now, effects);
            }
            ReportBody::OrderDone { request, result } => {
                self.order_done(&driver, request, result, effects)
            }
        }
    }

    /// The device that a driver calls so.
    pub(crate) fn known(&self, driver: &str, native_id: &str) -> Option<DeviceId> {
        self.state.keys.get(driver, native_id)
    }

    fn values(
        &mut self,
        driver: &str,
        native_id: &str,
        readings: &[Reading],
        now: Now,
        effects: &mut Effects,
    ) {
        let Some(device) = self.known(driver, native_id) else {
            return;
        };
        let before = self.seen(device, now);
        for reading in readings {
            self.reading(device, reading, now, effects);
        }
        // First what has come true ends; only what is still wanted is sent to a device that is back.
        self.settle(device, now, effects);
        if before == Some(Connectivity::Unknown) {
            self.connect(
                device,
                Connectivity::Online,
                Some("it reported".into()),
                now,
                effects,
            );
        }
    }

    /// Writes one reported value.
    fn reading(&mut self, device: DeviceId, reading: &Reading, now: Now, effects: &mut Effects) {
        let path = reading.path;
        let Some(twin) = self.state.devices.get_mut(&device).map(Arc::make_mut) else {
            return;
        };
        let value = match accepted(twin, reading) {
            Ok(value) => value,
            Err(fault) => {
                let key = &twin.device.key;
                telemetry::report_refused(&key.driver, &key.native_id, &format!("{path}{fault}"));
                return;
            }
        };
        let before = twin.reported(path);
        let same = before.is_some_and(|before| before.value == value);
        let since = before
            .filter(|_| same)
            .map_or(now.house, |before| before.since);
        let wishes = Wishes {
            pending_of: &self.pending_of,
            all: &self.state.wishes,
            echoes: &self.echoes,
        };
        let (matched, cause) = match before {
            Some(before) if same => (false, before.cause.clone()),
            _ => match value
                .as_ref()
                .and_then(|value| wishes.wished(device, path, value))
            {
                Some(cause) => (true, cause),
                None => (false, Cause::first(twin.own.clone())),
            },
        };
        let reported = Reported {
            value: value.clone(),
            at: now.house,
            since,
            stale: false,
            cause: cause.clone(),
        };
        let property = twin.properties.of(path);
        let old = property.reported.replace(reported);
        self.watched(device, path);
        if !same && !matched {
            let old = old.as_ref().and_then(|old| old.value.as_ref());
            if is_start(path, old, value.as_ref()) {
                self.count_start(device, path.capability.name, now);
            }
        }
        let body = if same {
            EventBody::PropertyConfirmed { device, path }
        } else {
            EventBody::PropertyChanged {
                device,
                path,
                old: old.and_then(|old| old.value),
                new: value.clone(),
                matched,
            }
        };
        self.emit(&cause, body, now.house, effects);
        if !same && path.capability.name == "Presence" && path.property.name == "home" {
            self.presence(device, value.as_ref(), &cause, now, effects);
        }
    }

    /// A person's tracker says whether they are at home.
    fn presence(
        &mut self,
        device: DeviceId,
        value: Option<&Value>,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) {
        let Some(twin) = self.state.devices.get(&device) else {
            return;
        };
        if twin.device.kind != DeviceKind::Person {
            return;
        }
        let presence = match value.and_then(Value::as_bool) {
            Some(true) => Presence::Home,
            Some(false) => Presence::Away,
            None => Presence::Unknown,
        };
        if let Some(person) = self
            .state
            .person(twin.device.slug.as_str())
            .map(|person| person.id)
        {
            self.set_presence(person, presence, cause, now, effects);
        }
    }

    /// A device was heard of; whether it was said to answer.
    fn seen(&mut self, device: DeviceId, now: Now) -> Option<Connectivity> {
        let twin = Arc::make_mut(self.state.devices.get_mut(&device)?);
        twin.last_seen = Some(now.house);
        Some(twin.connectivity)
    }

    /// A device answers, or no longer does.
    pub(crate) fn connect(
        &mut self,
        device: DeviceId,
        new: Connectivity,
        reason: Option<String>,
        now: Now,
        effects: &mut Effects,
    ) {
        let Some(twin) = self.state.devices.get_mut(&device) else {
            return;
        };
        let old = twin.connectivity;
        if old == new {
            return;
        }
        let twin = Arc::make_mut(twin);
        twin.connectivity = new;
        twin.connectivity_since = now.house;
        twin.connectivity_reason.clone_from(&reason);
        let cause = self.by_itself(device);
        self.emit(
            &cause,
            EventBody::ConnectivityChanged {
                device,
                old,
                new,
                reason,
            },
            now.house,
            effects,
        );
        match new {
            Connectivity::Online => self.resend(device, now, effects),
            Connectivity::Offline => self.hold_back(device, now),
            Connectivity::Unknown => {}
        }
    }

    /// The cause of what a device does by itself.
    pub(crate) fn by_itself(&self, device: DeviceId) -> Cause {
        let own = self.state.devices.get(&device).map(|twin| twin.own.clone());
        Cause::first(own.unwrap_or_else(|| Who::Device {
            id: device,
            name: "a device".into(),
        }))
    }

    /// A driver started, broke or healed. While it does not run, nobody knows whether its devices
    /// answer.
    fn driver(&mut self, driver: &str, state: DriverState, now: Now, effects: &mut Effects) {
        if self.state.drivers.get(driver) == Some(&state) {
            return;
        }
        self.state.drivers.insert(driver.to_owned(), state.clone());
        let cause = Self::own_cause();
        let body = EventBody::DriverChanged {
            driver: driver.to_owned(),
            state: state.clone(),
        };
        self.emit(&cause, body, now.house, effects);
        let devices: Vec<DeviceId> = self
            .state
            .devices
            .values()
            .filter(|twin| twin.device.key.driver == driver)
            .map(|twin| twin.device.id)
            .collect();
        match state {
            DriverState::Running => {
                for device in devices {
                    let described = self
                        .state
                        .devices
                        .get(&device)
                        .and_then(|t| t.device.manual.clone());
                    if let Some(description) = described {
                        let order = Order::AddManual {
                            request: RequestId::new(),
                            description,
                        };
                        effects.orders.push((driver.to_owned(), order));
                    }
                }
            }
            DriverState::Degraded { .. } => {}
            DriverState::Starting | DriverState::Failed { .. } | DriverState::Stopped => {
                for device in devices {
                    let reason = format!("the {driver} driver is not connected");
                    self.connect(device, Connectivity::Unknown, Some(reason), now, effects);
                }
            }
        }
    }

    /// Brings back the versions from before something that could not be kept.
    pub(crate) fn undo(
        &mut self,
        undo: Vec<Record>,
        reason: &str,
        now: Now,
        effects: &mut Effects,
    ) {
        for record in undo.into_iter().rev() {
            if let Record::Wish(wish) = record {
                let note = format!("it could not be kept: {reason}");
                self.end(wish.id, WishState::Rejected, Some(note), now, effects);
                self.outcomes.retain(|_, first| first.id != wish.id);
            } else {
                self.put_back(record, now, effects);
            }
        }
        // It cannot be kept either; the events tell of it.
        effects.keep.clear();
    }
}

/// The value of a reading as the house takes it; the error's text is for people.
fn accepted(twin: &DeviceTwin, reading: &Reading) -> Result<Option<Value>, String> {
    let path = reading.path;
    // What was reported before was announced; only the first report of a property needs to be looked up.
    let is_announced = twin.reported(path).is_some()
        || twin
            .device
            .instance(path.endpoint, path.capability.name)
            .is_some_and(|instance| instance.property(path.property.name).is_some());
    if !is_announced {
        return Err(" was not announced".to_owned());
    }
    let accept = |value| path.property.accept_report(value, reading.unit);
    let value = reading.value.as_ref().map(accept).transpose();
    value.map_err(|fault| format!(": {fault}"))
}
