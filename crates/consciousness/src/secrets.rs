//! The vault of this house: where its key comes from, which settings take an entry of it, and what is
//! handed to the parts that need one.

use crate::place::Place;
use crate::settings::{Settings, chapters};
use drivers::{Credentials, Keep};
use model::{SettingKind, Timestamp};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vault::{Closed, Key, Secret, Slot, Vault, VaultError};

/// The file of systemd's credentials that holds the key.
const CREDENTIAL: &str = "encryption_key";

/// A longer file holds no key.
const LARGEST: u64 = 4_096;

/// The keys of the house itself, which never come from a vault that they open.
const OF_THE_HOUSE: [&str; 3] = ["SECRET_KEY", "JWT_SECRET_KEY", "ENCRYPTION_KEY"];

/// What must be set besides before a secret is used: one alone would be a fault of the settings.
const TOGETHER: [(&str, &[&str]); 8] = [
    ("HA_TOKEN", &["HA_URL"]),
    ("MQTT_PASSWORD", &["MQTT_URL"]),
    ("BROKER_PASSWORD", &["BROKER_USERNAME"]),
    ("NOTIFY_SMTP_URL", &["NOTIFY_EMAIL_FROM", "NOTIFY_EMAIL_TO"]),
    ("NOTIFY_WEBHOOK_TOKEN", &["NOTIFY_WEBHOOK_URL"]),
    ("NOTIFY_PUSH_TOKEN", &["NOTIFY_PUSH_URL"]),
    ("BACKUP_S3_ACCESS_KEY", &["BACKUP_S3_URL"]),
    ("BACKUP_S3_SECRET_KEY", &["BACKUP_S3_URL"]),
];

/// What is left out where a secret that was in the vault is not there: alone it would be a fault of the
/// settings, and the house would not start.
const WITHOUT: [(&str, &[(&str, &str)]); 5] = [
    ("HA_TOKEN", &[("HA_URL", "")]),
    (
        "BROKER_PASSWORD",
        &[("BROKER_USERNAME", ""), ("BROKER_HOST", "127.0.0.1")],
    ),
    (
        "NOTIFY_SMTP_URL",
        &[("NOTIFY_EMAIL_FROM", ""), ("NOTIFY_EMAIL_TO", "")],
    ),
    ("OPENAI_API_KEY", &[("LLM_PROVIDER=openai", "none")]),
    ("ANTHROPIC_API_KEY", &[("LLM_PROVIDER=anthropic", "none")]),
];

/// Read anew each time that they are used.
const STATELESS: [&str; 2] = ["BACKUP_S3_ACCESS_KEY", "BACKUP_S3_SECRET_KEY"];

/// Where the vault's key comes from, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The setting itself.
    Setting,
    /// A file.
    File(PathBuf),
}

/// The text of the key: of ENCRYPTION_KEY, of the file that ENCRYPTION_KEY_FILE names, or of systemd's
/// credentials; `None` where there is none.
///
/// # Errors
/// When it is named and cannot be read, or lies beside what it opens.
pub(crate) fn key_text(
    settings: &Settings,
    database: &Path,
) -> Result<Option<(String, Origin)>, String> {
    let given = settings.text("ENCRYPTION_KEY");
    if !given.is_empty() {
        return Ok(Some((given.to_owned(), Origin::Setting)));
    }
    let named = settings.text("ENCRYPTION_KEY_FILE");
    let path = if named.is_empty() {
        let folder = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        match folder.map(|folder| folder.join(CREDENTIAL)) {
            Some(path) if path.exists() => path,
            _ => return Ok(None),
        }
    } else {
        PathBuf::from(named)
    };
    away_from(database, &path)?;
    Ok(Some((key_in(&path)?, Origin::File(path))))
}

/// The key in a file.
///
/// # Errors
/// When the file cannot be read, is empty, or is longer than a key.
pub(crate) fn key_in(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    if text.len() as u64 > LARGEST {
        return Err(format!("{} is longer than a key", path.display()));
    }
    match text.trim() {
        "" => Err(format!("{} is empty", path.display())),
        key => Ok(key.to_owned()),
    }
}

/// A key beside the vault would be in every copy of that folder.
pub(crate) fn away_from(database: &Path, key: &Path) -> Result<(), String> {
    let folder = |path: &Path| {
        let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
        parent.unwrap_or(Path::new(".")).canonicalize().ok()
    };
    match (folder(database), folder(key)) {
        (Some(one), Some(other)) if one == other => Err(format!(
            "{} lies in the folder of the database, where a copy of the one is a copy of the other; move it elsewhere",
            key.display()
        )),
        _ => Ok(()),
    }
}

/// The vault of a place. It is closed where its key is missing or another.
pub(crate) fn open(settings: &Settings, place: &Place) -> Vault {
    let key = match key_text(settings, place.location.path()) {
        Err(fault) => Err(Closed::BadKey(fault)),
        Ok(None) => Err(Closed::NoKey),
        Ok(Some((text, origin))) => Key::strong(&text).map_err(|weakness| {
            Closed::BadKey(match origin {
                Origin::Setting => format!("ENCRYPTION_KEY {weakness}"),
                Origin::File(path) => format!("the key in {} {weakness}", path.display()),
            })
        }),
    };
    let vault = Vault::open(place.vault(), key);
    vault.declare(slots(settings));
    vault
}

/// The settings that take an entry of their name. Of those that `serve` hands on while the house runs it
/// says so later.
fn slots(settings: &Settings) -> Vec<Slot> {
    let secrets = chapters()
        .into_iter()
        .flat_map(|(chapter, rows)| rows.iter().map(move |row| (chapter, row)))
        .filter(|(_, row)| matches!(row.kind, SettingKind::Secret))
        .filter(|(_, row)| !OF_THE_HOUSE.contains(&row.name));
    secrets
        .map(|(_, row)| Slot {
            name: row.name,
            what: row.doc,
            is_given: settings.is_given(row.name),
            idle: idle(settings, row.name),
            is_live: STATELESS.contains(&row.name),
            is_stateless: STATELESS.contains(&row.name),
            check: fault_of,
        })
        .collect()
}

/// Why nothing uses a secret as the settings are; `None` where something does.
pub(crate) fn idle(settings: &Settings, name: &str) -> Option<String> {
    let (_, needed) = TOGETHER.iter().find(|(one, _)| *one == name)?;
    if let Some(missing) = needed.iter().find(|other| !settings.is_given(other)) {
        return Some(format!("{missing} is not set"));
    }
    // A URL that cannot be read is told elsewhere.
    let broker = drivers::mqtt::Address::parse(settings.text("MQTT_URL")).ok();
    let broker = broker.filter(|_| name == "MQTT_PASSWORD")?;
    if broker.username.is_none() {
        Some("MQTT_URL names no user".to_owned())
    } else if !broker.password.reveal().is_empty() {
        Some("MQTT_URL has a password of its own, which is used".to_owned())
    } else {
        None
    }
}

/// Gives the settings what the vault has for them, where the environment gives nothing. What cannot be
/// right is left out and told: a house must start whatever lies in its vault.
pub(crate) fn fill(settings: &mut Settings, vault: &Vault) {
    for slot in vault.slots() {
        if slot.is_given || slot.idle.is_some() {
            continue;
        }
        let Some(secret) = vault.secret(slot.name) else {
            continue;
        };
        let text = secret.reveal().trim();
        if fault_of(slot.name, text).is_some() {
            tracing::warn!(
                name = slot.name,
                "the vault's entry cannot be the setting's value and is not used; put it anew"
            );
            continue;
        }
        settings.fill(slot.name, text.to_owned());
    }
    // Who never used the vault hears of a setting that is missing; who did has a house that runs.
    if vault.path().exists() {
        do_without(settings);
    }
}

fn do_without(settings: &mut Settings) {
    for (secret, others) in WITHOUT {
        if !settings.text(secret).is_empty() {
            continue;
        }
        for (other, instead) in others {
            let (other, only) = other.split_once('=').unwrap_or((other, ""));
            let is_set = settings.is_given(other) && settings.text(other) != *instead;
            if !is_set || (!only.is_empty() && settings.text(other) != only) {
                continue;
            }
            tracing::warn!(
                setting = other,
                missing = secret,
                "a setting is left out: the vault does not give the secret that it needs"
            );
            settings.fill(other, (*instead).to_owned());
        }
    }
}

/// What would keep the server from starting.
fn fault_of(name: &str, value: &str) -> Option<String> {
    let value = value.trim();
    let is_word = value.len() <= 4_096 && value.bytes().all(|byte| byte.is_ascii_graphic());
    let expected = match name {
        _ if value.is_empty() || value.contains(char::is_control) => "one line",
        "NOTIFY_SMTP_URL" => {
            let somebody = "house@example.com";
            let mailer = outbound::Mailer::new(value, somebody, &[somebody.to_owned()]);
            match mailer {
                Ok(_) => return None,
                Err(_) => "smtp://user:password@host:587 or smtps://user:password@host",
            }
        }
        "HA_TOKEN" | "OPENAI_API_KEY" | "ANTHROPIC_API_KEY" if !is_word => {
            "one word of letters, digits and signs, of at most 4096 bytes"
        }
        _ => return None,
    };
    Some(format!("this cannot be {name}; expected {expected}"))
}

/// Of which settings a change is taken up while the house runs.
pub(crate) fn live(vault: &Vault, names: &[&str]) {
    let mut slots = vault.slots();
    for slot in &mut slots {
        slot.is_live |= names.contains(&slot.name);
    }
    vault.declare(slots);
}

/// What the vault has for a setting now; what it had at the start where that is gone.
pub(crate) fn current(vault: &Vault, settings: &Settings, name: &str) -> String {
    let is_open = vault
        .slots()
        .iter()
        .any(|slot| slot.name == name && !slot.is_given && slot.idle.is_none());
    let found = vault.secret(name).filter(|_| is_open);
    found
        .map(|secret| secret.reveal().trim().to_owned())
        .filter(|text| fault_of(name, text).is_none())
        .unwrap_or_else(|| settings.text(name).to_owned())
}

/// How the vault is, for the board: what is not used by anybody is no fault.
pub(crate) fn state(vault: &Vault) -> api::State {
    match vault.closed() {
        None => api::State::ok_with(format!("{} credentials", vault.entries().len())),
        Some(Closed::NoKey) if !vault.is_lost() => {
            api::State::ok_with("no key is set, and nothing is kept".to_owned())
        }
        Some(closed) => api::State::degraded(
            closed.to_string(),
            "the house runs without these credentials; docs/operate/secure.md says what to do",
        ),
    }
}

/// The credentials of a driver in the vault.
pub(crate) fn of_driver(driver: &'static str, vault: &Vault) -> Credentials {
    Credentials::of(driver, Arc::new(Drawer(vault.clone(), driver)))
}

struct Drawer(Vault, &'static str);

impl Keep for Drawer {
    fn get(&self, name: &str) -> Option<String> {
        Some(self.0.secret(name)?.reveal().to_owned())
    }

    fn put(&self, name: &str, secret: &str) -> Result<(), String> {
        let secret = Secret::new(secret.to_owned())?;
        let put = self.0.put(name, secret, self.1, Timestamp::now());
        put.map(drop).map_err(|error: VaultError| error.to_string())
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        self.0.remove(name).map_err(|error| error.to_string())
    }
}
