//! An event in one plain English sentence. Pure.

use model::{
    AreaId, Capability, Connectivity, DeviceId, DriverState, Event, EventBody, FloorId, Goal, Path,
    PersonId, Presence, Scan, ScanStatus, Value, Who, Wish, WishState,
};

/// What things are called. `None` for what is not there any more.
pub trait Names {
    /// A device.
    fn device(&self, id: DeviceId) -> Option<String>;
    /// An area.
    fn area(&self, id: AreaId) -> Option<String>;
    /// A floor.
    fn floor(&self, id: FloorId) -> Option<String>;
    /// A person.
    fn person(&self, id: PersonId) -> Option<String>;
}

impl Names for twin::Snapshot {
    fn device(&self, id: DeviceId) -> Option<String> {
        self.devices.get(&id).map(|twin| twin.device.name.clone())
    }

    fn area(&self, id: AreaId) -> Option<String> {
        self.areas.get(&id).map(|area| area.name.clone())
    }

    fn floor(&self, id: FloorId) -> Option<String> {
        self.floors.get(&id).map(|floor| floor.name.clone())
    }

    fn person(&self, id: PersonId) -> Option<String> {
        self.people.get(&id).map(|person| person.name.clone())
    }
}

/// The event as a sentence that begins with a capital letter and ends with a full stop.
#[must_use]
pub fn sentence(event: &Event, names: &dyn Names) -> String {
    let clause = clause(&event.body, names);
    let text = match &event.body {
        // Whose doing it was stands in the clause of the others already, or goes without saying.
        EventBody::PropertyChanged { device, .. } if !is_own(&event.cause.who, *device) => {
            format!("{clause}, because {} asked for it", event.cause.who)
        }
        EventBody::DeviceEdited { .. }
        | EventBody::DeviceRemoved { .. }
        | EventBody::FloorChanged { .. }
        | EventBody::AreaChanged { .. }
        | EventBody::PersonChanged { .. }
        | EventBody::ConstraintChanged { .. }
            if event.cause.who != Who::House =>
        {
            format!("{clause} ({})", event.cause.who)
        }
        EventBody::WishMade { wish } => format!("{} asked {}", event.cause.who, asked(wish, names)),
        EventBody::RequestRefused { device, reason, .. } => {
            let of = device
                .map(|id| format!(" for {}", called(id, names)))
                .unwrap_or_default();
            format!("a request of {}{of} was refused: {reason}", event.cause.who)
        }
        _ => clause,
    };
    finished(&text)
}

/// Whether a device did it by itself.
pub(crate) fn is_own(who: &Who, device: DeviceId) -> bool {
    matches!(who, Who::Device { id, .. } if *id == device)
}

/// With a capital letter and a full stop.
pub(crate) fn finished(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{stop}", letters.as_str())
}

/// What happened, without who caused it; without a capital letter and a full stop.
pub(crate) fn clause(body: &EventBody, names: &dyn Names) -> String {
    match body {
        EventBody::PropertyChanged {
            device,
            path,
            old,
            new,
            ..
        } => changed(&called(*device, names), *path, old.as_ref(), new.as_ref()),
        EventBody::PropertyConfirmed { device, path } => {
            format!(
                "{} said again what “{}” is",
                called(*device, names),
                path.property.title
            )
        }
        EventBody::WishMade { wish } => format!("{} asked {}", wish.cause.who, asked(wish, names)),
        EventBody::WishEnded { wish } => ended(wish, names),
        EventBody::RequestRefused { reason, .. } => format!("a request was refused: {reason}"),
        EventBody::DeviceEvent {
            device,
            capability,
            event,
            ..
        } => {
            let title = Capability::find(capability)
                .and_then(|capability| capability.events.iter().find(|kind| kind.name == event))
                .map_or(event.as_str(), |kind| kind.title);
            format!("{}: {}", called(*device, names), lowered(title))
        }
        EventBody::ConnectivityChanged {
            device,
            new,
            reason,
            ..
        } => {
            let what = match new {
                Connectivity::Online => "answers again",
                Connectivity::Offline => "does not answer any more",
                Connectivity::Unknown => "may or may not answer; nobody says so",
            };
            let reason = reason
                .as_ref()
                .map(|reason| format!(" ({reason})"))
                .unwrap_or_default();
            format!("{} {what}{reason}", called(*device, names))
        }
        EventBody::DeviceAdded { name, .. } => format!("{name} is part of the house now"),
        EventBody::DeviceEdited { device, what } => {
            format!("{} was changed: {what}", called(*device, names))
        }
        EventBody::DeviceRemoved { name, .. } => format!("{name} was removed"),
        EventBody::DiscoveryFound { name, driver, .. } => format!("{name} was found ({driver})"),
        EventBody::DiscoveryChanged { name, what, .. } => format!("{name}: {what}"),
        EventBody::DiscoveryVanished { name, reason, .. } => {
            format!("{name} is no longer there: {reason}")
        }
        EventBody::DiscoveryReturned { name, .. } => format!("{name} is there again"),
        EventBody::ModeChanged { new, .. } => format!("the house is in the mode {new} now"),
        EventBody::RunStarted { name, trigger, .. } => format!("{name} runs: {trigger}"),
        EventBody::RunEnded {
            name, state, note, ..
        } => match state.as_str() {
            "completed" => format!("{name} ran: {note}"),
            "incomplete" => format!("{name} could not do all of it: {note}"),
            "stopped" => format!("{name} was stopped: {note}"),
            state => format!("{name} {state}: {note}"),
        },
        EventBody::Notified { message, .. } => format!("the house said “{message}”"),
        EventBody::Asked {
            person, question, ..
        } => match person {
            Some(person) => format!("the house asked {person} “{question}”"),
            None => format!("the house asked “{question}”"),
        },
        EventBody::OpeningChanged { text, state, .. } => match state.as_str() {
            "open" => format!("the house said by itself “{text}”"),
            "answered" => format!("what the house said was answered: “{text}”"),
            "put_off" => format!("what the house said was put off: “{text}”"),
            _ => format!("what the house said is over: “{text}”"),
        },
        EventBody::SceneChanged { name, what, .. } => format!("the scene {name}: {what}"),
        EventBody::WebhookChanged { webhook, what } => format!("the webhook {webhook}: {what}"),
        EventBody::WebhookCalled { webhook, note, .. } => {
            format!("the webhook {webhook}: {note}")
        }
        EventBody::MessageDelivered {
            channel,
            state,
            note,
            ..
        } => match state.as_str() {
            "sent" => format!("a message went out by {channel}: {note}"),
            "waiting" => format!("a message by {channel} waits: {note}"),
            _ => format!("a message by {channel} did not arrive: {note}"),
        },
        EventBody::Answered { answer, .. } => format!("the house was answered “{answer}”"),
        EventBody::RulesConflict { what, .. } => format!("two rules fight: {what}"),
        EventBody::FeelingChanged { new, because, .. } if because.is_empty() => {
            format!("the house feels {new} now")
        }
        EventBody::FeelingChanged { new, because, .. } => {
            format!("the house feels {new} now: {because}")
        }
        EventBody::ConcernRaised { title, .. } => format!("the house is concerned: {title}"),
        EventBody::ConcernEnded { title, note, .. } => {
            format!("the house is no longer concerned: {title} ({note})")
        }
        EventBody::ConstraintChanged { name, what, .. }
        | EventBody::ScenarioChanged { name, what, .. } => format!("{name}: {what}"),
        EventBody::AlertChanged {
            name,
            state,
            summary,
            ..
        } => {
            if state == "resolved" {
                format!("the alert “{name}” is over")
            } else {
                format!("the alert “{name}” fires: {summary}")
            }
        }
        EventBody::ScanStarted { scan } => searching(scan),
        EventBody::ScanEnded { scan } => searched(scan),
        EventBody::DiscoveryClosed { reason, .. } => {
            format!("a found thing left the inbox: {reason}")
        }
        EventBody::FloorChanged { floor, removed } => place("floor", names.floor(*floor), *removed),
        EventBody::AreaChanged { area, removed } => place("area", names.area(*area), *removed),
        EventBody::PersonChanged { person, removed } => {
            place("person", names.person(*person), *removed)
        }
        EventBody::PresenceChanged { person, new, .. } => {
            let who = names
                .person(*person)
                .unwrap_or_else(|| "somebody".to_owned());
            match new {
                Presence::Home => format!("{who} came home"),
                Presence::Away => format!("{who} left"),
                Presence::Unknown => format!("it is not known any more where {who} is"),
            }
        }
        EventBody::DriverChanged { driver, state } => match state {
            DriverState::Starting => format!("the driver {driver} starts"),
            DriverState::Running => format!("the driver {driver} works"),
            DriverState::Degraded { reason } => {
                format!("the driver {driver} works only in part: {reason}")
            }
            DriverState::Failed { reason } => format!("the driver {driver} failed: {reason}"),
            DriverState::Stopped => format!("the driver {driver} was stopped"),
        },
        EventBody::HouseStarted { clean: true } => "the house started".to_owned(),
        EventBody::HouseStarted { clean: false } => {
            "the house started after it had ended without warning".to_owned()
        }
    }
}

fn place(kind: &str, name: Option<String>, removed: bool) -> String {
    match (name, removed) {
        (Some(name), true) => format!("the {kind} {name} was removed"),
        (Some(name), false) => format!("the {kind} {name} was changed"),
        (None, true) => format!("the {kind} was removed"),
        (None, false) => format!("a {kind} was changed"),
    }
}

/// What a device is called.
pub(crate) fn called(id: DeviceId, names: &dyn Names) -> String {
    names
        .device(id)
        .unwrap_or_else(|| "a device that is gone".to_owned())
}

/// A property's change in the words that people have for it.
fn changed(device: &str, path: Path, old: Option<&Value>, new: Option<&Value>) -> String {
    let title = path.property.title;
    let Some(new) = new else {
        return format!("“{title}” of {device} is not known any more");
    };
    let spoken = match (path.capability.name, path.property.name, new) {
        ("OnOff", "on_off", Value::Bool(true)) => "turned on",
        ("OnOff", "on_off", Value::Bool(false)) => "turned off",
        ("Contact" | "Valve", "open", Value::Bool(true)) => "opened",
        ("Contact" | "Valve", "open", Value::Bool(false)) => "closed",
        ("OccupancySensing", "occupied", Value::Bool(true)) => "noticed somebody",
        ("OccupancySensing", "occupied", Value::Bool(false)) => "notices nobody any more",
        ("WaterLeak", "leak", Value::Bool(true)) => "found water where none should be",
        ("WaterLeak", "leak", Value::Bool(false)) => "finds no water any more",
        ("Presence", "home", Value::Bool(true)) => "came home",
        ("Presence", "home", Value::Bool(false)) => "left",
        (_, "battery_low", Value::Bool(true)) => "needs a new or a charged battery",
        ("DoorLock", "lock_state", Value::Text(state)) => return format!("{device} is {state}"),
        _ => "",
    };
    if !spoken.is_empty() {
        return format!("{device} {spoken}");
    }
    let new = with_unit(path, new);
    match old {
        Some(old) => format!(
            "“{title}” of {device} went from {} to {new}",
            with_unit(path, old)
        ),
        None => format!("“{title}” of {device} is {new}"),
    }
}

/// A value as people write it.
pub(crate) fn with_unit(path: Path, value: &Value) -> String {
    match (value, path.property.unit) {
        (Value::Number(_), Some(unit)) => format!("{value} {}", unit.symbol()),
        (Value::Text(text), _) => format!("“{text}”"),
        _ => value.to_string(),
    }
}

/// Of whom what was asked: “Hall lamp to turn on”, “Thermostat for “Heat to” 21 °C”.
fn asked(wish: &Wish, names: &dyn Names) -> String {
    let device = called(wish.device, names);
    match task(wish) {
        Task::Do(what) => format!("{device} to {what}"),
        Task::Set(values) => format!("{device} for {values}"),
    }
}

enum Task {
    Do(String),
    Set(String),
}

fn task(wish: &Wish) -> Task {
    let capability = Capability::find(&wish.capability);
    let command = capability
        .and_then(|capability| capability.commands.iter().find(|c| c.name == wish.command));
    match (command, &wish.goal) {
        (Some(command), _) if command.arguments.is_empty() => Task::Do(lowered(command.title)),
        (_, Goal::Target { values }) if !values.is_empty() => {
            let values: Vec<_> = values
                .iter()
                .map(|(name, value)| {
                    let property = capability.and_then(|capability| capability.property(name));
                    match (capability, property) {
                        (Some(capability), Some(property)) => {
                            let path = Path {
                                endpoint: wish.endpoint,
                                capability,
                                property,
                            };
                            format!("“{}” {}", property.title, with_unit(path, value))
                        }
                        _ => format!("“{name}” {value}"),
                    }
                })
                .collect();
            Task::Set(values.join(" and "))
        }
        _ => Task::Do(wish.command.replace('_', " ")),
    }
}

fn ended(wish: &Wish, names: &dyn Names) -> String {
    let device = called(wish.device, names);
    let who = &wish.cause.who;
    let task = match task(wish) {
        Task::Do(task) | Task::Set(task) => task,
    };
    let note = wish
        .note
        .as_ref()
        .map(|note| format!(" ({note})"))
        .unwrap_or_default();
    match wish.state {
        WishState::Reached => format!("{device} did what {who} asked: {task}{note}"),
        WishState::Superseded => {
            format!("what {who} asked of {device} ({task}) gave way to a later wish{note}")
        }
        WishState::Rejected => format!("what {who} asked of {device} ({task}) was refused{note}"),
        WishState::TimedOut => {
            format!("{device} did not do in time what {who} asked: {task}{note}")
        }
        WishState::Pending => format!("{device} is about to do what {who} asked: {task}{note}"),
    }
}

/// With a small first letter.
fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .map(|c| c.to_lowercase().collect())
        .unwrap_or_default();
    first + letters.as_str()
}

#[cfg(test)]
#[path = "sentence_tests.rs"]
mod tests;

/// A search that began.
fn searching(scan: &Scan) -> String {
    let protocols: Vec<_> = scan
        .protocols
        .iter()
        .filter(|protocol| protocol.status == ScanStatus::Running)
        .map(|protocol| protocol.protocol.as_str())
        .collect();
    format!("the search for devices began ({})", protocols.join(", "))
}

/// A search that ended: what is new, and what could not be searched.
fn searched(scan: &Scan) -> String {
    let new = match scan.new.len() {
        0 => "nothing new".to_owned(),
        1 => "one new thing".to_owned(),
        many => format!("{many} new things"),
    };
    let failed: Vec<_> = scan
        .protocols
        .iter()
        .filter(|protocol| protocol.status.success() == Some(false))
        .map(|protocol| {
            let reason = protocol.error.as_deref().unwrap_or("no reason was given");
            format!("{} failed: {reason}", protocol.protocol)
        })
        .collect();
    if failed.is_empty() {
        format!("the search for devices ended with {new}")
    } else {
        format!(
            "the search for devices ended with {new}; {}",
            failed.join("; ")
        )
    }
}
