//! Who is let in: the keys and rules from the settings, the socket of the operator's commands, and what
//! of the house's timeline concerns its security.

use crate::place::Place;
use crate::secrets;
use crate::settings::Settings;
use anyhow::Context as _;
use auth::{Auth, EventKind, Keys, SecurityEvent};
use model::{CauseId, Connectivity, DeviceId, Event, EventBody, Path, Value, Who};
use std::collections::BTreeMap;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::time::{Instant, sleep_until};
use twin::{Delivery, Snapshot, Subscription};
use vault::Vault;

/// How many batches of events may wait to be noted.
pub(crate) const QUEUE: usize = 1_024;

/// The settings about who is let in contradict what they must be.
#[derive(Debug, thiserror::Error)]
#[error("settings are wrong:\n  {}\nSet them in the environment or in the file .env; `consciousness config reference` explains each.", .0.join("\n  "))]
pub struct WrongRules(Vec<String>);

/// Whether everybody has to sign in.
pub(crate) fn is_production(settings: &Settings) -> bool {
    settings.text("ENVIRONMENT") == "production"
}

/// Who is let in from where.
///
/// # Errors
/// With all that is wrong.
pub(crate) fn rules(settings: &Settings) -> Result<api::Rules, WrongRules> {
    api::Rules::read(
        |name| settings.text(name).to_owned(),
        |name| settings.is_given(name),
    )
    .map_err(WrongRules)
}

/// What signs cookies and tokens.
///
/// # Errors
/// In production when one is missing or a sample, in development when they cannot be kept.
pub(crate) fn keys(settings: &Settings, place: &Place) -> Result<Keys, auth::KeysError> {
    // A key that cannot be read closes the vault, which says so; the house runs on.
    let encryption = secrets::key_text(settings, place.location.path());
    let encryption = encryption.ok().flatten().map(|(text, _)| text);
    let get = |name: &str| match (name, &encryption) {
        ("ENCRYPTION_KEY", Some(text)) => text.clone(),
        _ => settings.text(name).to_owned(),
    };
    let folder = place.state_folder();
    let keys = if is_production(settings) {
        Keys::production(get)
    } else {
        Keys::development(get, &folder)
    };
    keys.map(|keys| keys.after_development(&folder))
}

/// The socket of the operator's commands; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    path: PathBuf,
}

impl Drop for Socket {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

/// Opens the socket beside the database: who may open it is the operator. The database is ours by its
/// lock, so a socket that lies there is of a server that ended suddenly.
pub(crate) fn open_socket(path: &std::path::Path) -> std::io::Result<(Socket, UnixListener)> {
    // Made in a folder that nobody else can enter, and moved when it is closed to all others: at no
    // moment can somebody else open it.
    let folder = path.with_extension("sock.new");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let made: std::io::Result<UnixListener> = (|| {
        let inside = folder.join("s");
        let listener = UnixListener::bind(&inside)?;
        std::fs::set_permissions(&inside, std::fs::Permissions::from_mode(0o600))?;
        std::fs::rename(&inside, path)?;
        Ok(listener)
    })();
    drop(std::fs::remove_dir_all(&folder));
    let listener = made?;
    let path = path.to_owned();
    Ok((Socket { path }, listener))
}

/// Says how the first owner is made, while there is none.
pub(crate) fn tell_first_owner(auth: &Auth, address: &std::net::SocketAddr) {
    let Some(code) = auth.first_code() else {
        return;
    };
    println!(
        "Nobody owns this house yet. Make the owner at http://{address}/ on this machine, or with \
         `consciousness user add NAME --role owner`; from another machine the page asks for the code {code}"
    );
    tracing::warn!(
        target: "security",
        "nobody owns this house yet; from another machine the first owner is made with the code {code}"
    );
}

/// Accounts of this house.
///
/// # Errors
/// When they cannot be read.
pub(crate) async fn open(
    settings: &Settings,
    place: &Place,
    store: store::Store,
    vault: &Vault,
) -> anyhow::Result<Auth> {
    let own = auth::Settings::read(|name| settings.text(name).to_owned());
    let keys = keys(settings, place)?.with_older(vault.retired());
    Auth::open(store, keys, &own)
        .await
        .context("the accounts cannot be read")
}

/// What may concern the security of the house.
pub(crate) fn concerns(body: &EventBody) -> bool {
    match body {
        EventBody::ConstraintChanged { .. }
        | EventBody::DeviceAdded { .. }
        | EventBody::DeviceRemoved { .. }
        | EventBody::DiscoveryFound { .. }
        | EventBody::DiscoveryVanished { .. }
        | EventBody::WebhookChanged { .. }
        | EventBody::ScenarioChanged { .. } => true,
        EventBody::ConnectivityChanged { old, new, .. } => is_lost(*old, *new),
        EventBody::PropertyChanged { path, old, new, .. } => {
            opened(path, old.as_ref(), new.as_ref()).is_some()
        }
        _ => false,
    }
}

/// Whether a device that answered does so no more.
fn is_lost(old: Connectivity, new: Connectivity) -> bool {
    (old, new) == (Connectivity::Online, Connectivity::Offline)
}

/// What a change opened that guards the house, whoever did it: by a command, a rule, a conversation, or a
/// hand on the lock itself. What is heard for the first time is no change.
fn opened(path: &Path, old: Option<&Value>, new: Option<&Value>) -> Option<EventKind> {
    let kind = |value: &Value| match (path.capability.name, path.property.name, value) {
        ("DoorLock", "lock_state", Value::Text(word)) => {
            matches!(word.as_str(), "unlocked" | "open").then_some(EventKind::Unlocked)
        }
        ("SecurityAlarm", "alarm_state", Value::Text(word)) => {
            (word == "disarmed").then_some(EventKind::Disarmed)
        }
        ("Valve", "open", Value::Bool(true)) => Some(EventKind::Unlocked),
        _ => None,
    };
    let was = kind(old?);
    kind(new?).filter(|_| was.is_none())
}

/// What a house finds that knew no device: told as one, for each of them by itself says nothing that its
/// owner did not expect.
#[derive(Debug, Default)]
struct First {
    /// Their names, as far as they are told, and how many there are.
    names: BTreeMap<String, String>,
    cause: Option<CauseId>,
}

/// It is over when nothing was found for so long, or when it takes longer than that.
const QUIET: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(120);

impl First {
    /// Takes in a device that is new; whether it was one.
    fn takes(&mut self, event: &Event) -> bool {
        // What somebody adds meanwhile is their doing.
        if !matches!(event.cause.who, Who::House | Who::Device { .. }) {
            return false;
        }
        // What is found and then made ours is one thing.
        let name = match &event.body {
            EventBody::DeviceAdded { name, .. } | EventBody::DiscoveryFound { name, .. } => name,
            _ => return false,
        };
        self.cause.get_or_insert(event.cause.id);
        self.names.insert(name.to_lowercase(), name.clone());
        true
    }

    fn told(self) -> Option<SecurityEvent> {
        let cause = self.cause?;
        let many = match self.names.len() {
            1 => "1 device".to_owned(),
            many => format!("{many} devices"),
        };
        let names: Vec<String> = self.names.into_values().collect();
        let what = format!("the first search found {many}: {}", names.join(", "));
        let who = Who::House.to_string();
        let event = SecurityEvent::new(EventKind::DeviceNew, &who, "", &what);
        Some(event.because(cause))
    }
}

/// Notes what concerns the security of the house until it ends. `is_first`: it knew no device when it began.
pub(crate) async fn watch(
    mut events: Subscription,
    house: twin::Handle,
    auth: Auth,
    is_first: bool,
) {
    let mut first = is_first.then(First::default);
    let mut over = Instant::now() + LONGEST;
    let latest = over;
    loop {
        let delivery = tokio::select! {
            delivery = events.recv() => delivery,
            () = sleep_until(over), if first.is_some() => {
                if let Some(found) = first.take().and_then(First::told) {
                    auth.note(found);
                }
                continue;
            }
        };
        let Some(delivery) = delivery else { break };
        let Delivery::Events(batch) = delivery else {
            continue;
        };
        let snapshot = house.snapshot();
        // A batch is heard whole where one of it concerns.
        for event in batch.iter().filter(|event| concerns(&event.body)) {
            if first.as_mut().is_some_and(|first| first.takes(event)) {
                over = latest.min(Instant::now() + QUIET);
            } else if let Some(noted) = noted(event, &snapshot) {
                auth.note(noted.because(event.cause.id));
            }
        }
    }
    if let Some(found) = first.and_then(First::told) {
        auth.note(found);
    }
}

/// An event as one of security.
fn noted(event: &Event, snapshot: &Snapshot) -> Option<SecurityEvent> {
    let who = event.cause.who.to_string();
    let name_of = |device: DeviceId| {
        let twin = snapshot.devices.get(&device);
        twin.map_or("a device", |twin| twin.device.name.as_str())
    };
    match &event.body {
        EventBody::ConstraintChanged { name, what, .. } => Some(SecurityEvent::new(
            EventKind::SafetyChanged,
            &who,
            "",
            &format!("{name}: {what}"),
        )),
        EventBody::PropertyChanged {
            device,
            path,
            old,
            new,
            ..
        } => {
            let kind = opened(path, old.as_ref(), new.as_ref())?;
            let value = new.as_ref()?;
            let what = format!("{}: {} {value}", name_of(*device), path.property.name);
            Some(SecurityEvent::new(kind, &who, "", &what))
        }
        EventBody::DeviceAdded { name, .. } => {
            let what = format!("{name} is one of the house's now");
            Some(SecurityEvent::new(EventKind::DeviceNew, &who, "", &what))
        }
        EventBody::DiscoveryFound { name, driver, .. } => {
            let what = format!("{name} was found by {driver}");
            Some(SecurityEvent::new(EventKind::DeviceNew, &who, "", &what))
        }
        EventBody::DeviceRemoved { name, .. } => {
            Some(SecurityEvent::new(EventKind::DeviceGone, &who, "", name))
        }
        EventBody::DiscoveryVanished { name, reason, .. } => {
            let what = format!("{name}: {reason}");
            Some(SecurityEvent::new(EventKind::DeviceLost, &who, "", &what))
        }
        EventBody::ConnectivityChanged { device, reason, .. } => {
            let reason = reason.as_deref().unwrap_or("it does not answer");
            let what = format!("{}: {reason}", name_of(*device));
            Some(SecurityEvent::new(EventKind::DeviceLost, &who, "", &what))
        }
        EventBody::WebhookChanged { webhook, what } => Some(SecurityEvent::new(
            EventKind::SettingChanged,
            &who,
            "",
            &format!("the webhook {webhook}: {what}"),
        )),
        EventBody::ScenarioChanged { name, what, .. } => Some(SecurityEvent::new(
            EventKind::SettingChanged,
            &who,
            "",
            &format!("the scenario {name}: {what}"),
        )),
        _ => None,
    }
}
