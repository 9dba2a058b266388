//! Who is let in: the keys and rules from the settings, the socket of the operator's commands, and what
//! of the house's timeline concerns its security.

use crate::place::Place;
use crate::settings::Settings;
use anyhow::Context as _;
use auth::{Auth, EventKind, Keys, SecurityEvent};
use model::{Capability, Event, EventBody, Safety, WishState};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;
use twin::{Delivery, Snapshot, Subscription};

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
    let get = |name: &str| settings.text(name).to_owned();
    if is_production(settings) {
        Keys::production(get)
    } else {
        Keys::development(get, &place.state_folder())
    }
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
pub(crate) fn open_socket(path: &Path) -> std::io::Result<(Socket, UnixListener)> {
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
) -> anyhow::Result<Auth> {
    let own = auth::Settings::read(|name| settings.text(name).to_owned());
    Auth::open(store, keys(settings, place)?, &own)
        .await
        .context("the accounts cannot be read")
}

/// What may concern the security of the house.
pub(crate) fn concerns(body: &EventBody) -> bool {
    match body {
        EventBody::ConstraintChanged { .. } => true,
        EventBody::WishEnded { wish } => wish.state == WishState::Reached,
        _ => false,
    }
}

/// Notes what concerns the security of the house until it ends.
pub(crate) async fn watch(mut events: Subscription, house: twin::Handle, auth: Auth) {
    while let Some(delivery) = events.recv().await {
        let Delivery::Events(batch) = delivery else {
            continue;
        };
        let snapshot = house.snapshot();
        for event in batch.iter() {
            if let Some(noted) = noted(event, &snapshot) {
                auth.note(noted.because(event.cause.id));
            }
        }
    }
}

/// An event as one of security.
fn noted(event: &Event, snapshot: &Snapshot) -> Option<SecurityEvent> {
    let who = event.cause.who.to_string();
    match &event.body {
        EventBody::ConstraintChanged { name, what, .. } => Some(SecurityEvent::new(
            EventKind::SafetyChanged,
            &who,
            "",
            &format!("{name}: {what}"),
        )),
        EventBody::WishEnded { wish } if wish.state == WishState::Reached => {
            let capability = Capability::find(&wish.capability)?;
            let (property, value) = capability.properties.iter().find_map(|property| {
                let value = wish.wants(property.name)?;
                (property.safety_of(value) != Safety::Free).then_some((property, value))
            })?;
            let kind = if capability.name == "SecurityAlarm" {
                EventKind::Disarmed
            } else {
                EventKind::Unlocked
            };
            let device = snapshot.devices.get(&wish.device);
            let device = device.map_or("a device", |twin| twin.device.name.as_str());
            Some(SecurityEvent::new(
                kind,
                &who,
                "",
                &format!("{device}: {} {value}", property.name),
            ))
        }
        _ => None,
    }
}
