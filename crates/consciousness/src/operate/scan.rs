//! `consciousness security-scan`: weaknesses of this installation, each with what to do.
//!
//! It reads settings, modes of files, sockets of this machine and, where one is there, an offline database
//! of advisories. It changes nothing and calls nobody outside.

use super::{Form, Item, tell};
use crate::ask::ask;
use crate::place::{self, Place};
use crate::secrets;
use crate::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The keys that sign and encrypt.
const KEYS: [&str; 3] = ["SECRET_KEY", "JWT_SECRET_KEY", "ENCRYPTION_KEY"];
/// A token that is older wants to be replaced.
const OLD_DAYS: i64 = 180;

/// Looks for weaknesses, and prints the list.
///
/// # Errors
/// When there is one that must be mended.
pub fn scan(settings: &Settings, folder: &Path, form: &Form) -> anyhow::Result<()> {
    let production = settings.text("ENVIRONMENT") == "production";
    let mut items = vec![environment(settings, production)];
    items.extend(KEYS.map(|name| key(name, &value_of(settings, name), production)));
    items.push(twice(settings));
    let vault = Place::of_commands(settings).map(|place| (secrets::open(settings, &place), place));
    items.push(match &vault {
        Ok((vault, place)) => vault_of(settings, vault, place, folder),
        Err(_) => Item::skip("vault", "DATABASE_URL cannot be read"),
    });
    items.push(origins(settings.text("ALLOWED_ORIGINS")));
    // What the vault has for a setting counts as what stands in the settings.
    let value = |name: &str| match &vault {
        Ok((vault, _)) => secrets::current(vault, settings, name),
        Err(_) => settings.text(name).to_owned(),
    };
    items.extend(listening(settings, &value("BROKER_PASSWORD")));
    items.extend(broker_passwords(settings, value));
    items.push(contents(settings));
    items.extend(files(settings, folder));
    items.push(ports(settings));
    items.push(tokens(settings));
    items.push(advisories(folder));
    tell(&items, form)
}

fn environment(settings: &Settings, production: bool) -> Item {
    let beyond = beyond_loopback(settings.text("API_HOST"));
    match (production, beyond) {
        (true, _) => Item::pass("environment", "production: everybody signs in"),
        (false, false) => Item::warn(
            "environment",
            "development: whoever uses this machine is the operator",
            "set ENVIRONMENT=production for a house that people live in",
        ),
        (false, true) => Item::fail(
            "environment",
            "development, and open beyond this machine",
            "set ENVIRONMENT=production, or API_HOST=127.0.0.1",
        ),
    }
}

/// A key as the house has it, which may stand in a file.
fn value_of(settings: &Settings, name: &str) -> String {
    let file = match (name, Place::of_commands(settings)) {
        ("ENCRYPTION_KEY", Ok(place)) => secrets::key_text(settings, place.location.path()),
        _ => Ok(None),
    };
    match file {
        Ok(Some((text, _))) => text,
        _ => settings.text(name).to_owned(),
    }
}

/// Whether a key is one that nobody can guess.
fn key(name: &str, value: &str, production: bool) -> Item {
    let make = format!("set {name} to what `openssl rand -base64 32` prints");
    let value = value.trim();
    if value.is_empty() {
        return if production {
            Item::fail(name, "not set", make)
        } else {
            Item::pass(name, "not set; development makes one of its own")
        };
    }
    match vault::weakness(value) {
        Some(weakness) => Item::fail(name, weakness, make),
        None => Item::pass(name, "long and not a sample"),
    }
}

fn twice(settings: &Settings) -> Item {
    let set: Vec<_> = KEYS
        .iter()
        .map(|name| settings.text(name))
        .filter(|value| !value.is_empty())
        .collect();
    let different: std::collections::BTreeSet<_> = set.iter().collect();
    if different.len() == set.len() {
        Item::pass("keys", "each has a value of its own")
    } else {
        Item::fail(
            "keys",
            "two of them have the same value",
            "give each what `openssl rand -base64 32` prints",
        )
    }
}

/// Whether the vault opens, and its key is elsewhere.
fn vault_of(settings: &Settings, vault: &vault::Vault, place: &Place, folder: &Path) -> Item {
    let keyed = "docs/operate/secure.md says how it gets its key";
    match vault.closed() {
        Some(closed) if vault.is_lost() => Item::fail("vault", closed.to_string(), keyed),
        Some(vault::Closed::NoKey) => Item::pass("vault", "no key is set, and nothing is kept"),
        Some(closed) => Item::warn("vault", closed.to_string(), keyed),
        None if vault.path().exists() && key_is_beside(settings, place, folder) => Item::warn(
            "vault",
            "ENCRYPTION_KEY stands in the file .env in the folder of the database: a copy of it has both",
            "put the key into a file elsewhere, and set ENCRYPTION_KEY_FILE",
        ),
        None => Item::pass(
            "vault",
            format!(
                "{} credentials, and the key is elsewhere",
                vault.entries().len()
            ),
        ),
    }
}

fn key_is_beside(settings: &Settings, place: &Place, folder: &Path) -> bool {
    let file = folder.join(".env");
    let named = std::fs::read_to_string(&file).is_ok_and(|text| {
        text.lines()
            .any(|line| line.trim().starts_with("ENCRYPTION_KEY="))
    });
    let database = folder.join(place.location.path());
    named
        && !settings.text("ENCRYPTION_KEY").is_empty()
        && secrets::away_from(&database, &file).is_err()
}

fn origins(origins: &str) -> Item {
    if origins.split(',').any(|origin| origin.trim() == "*") {
        Item::fail(
            "ALLOWED_ORIGINS",
            "any page on the web may use the house",
            "name the pages that may, or leave it empty",
        )
    } else if origins.is_empty() {
        Item::pass("ALLOWED_ORIGINS", "only the house's own page")
    } else {
        Item::pass("ALLOWED_ORIGINS", origins)
    }
}

fn listening(settings: &Settings, password: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let api = settings.text("API_HOST");
    let encrypted = !settings.text("TLS_CERT").is_empty();
    items.push(if !beyond_loopback(api) {
        Item::pass("API_HOST", "this machine only")
    } else if encrypted {
        Item::pass("API_HOST", format!("{api}, with TLS"))
    } else {
        Item::warn(
            "API_HOST",
            format!("{api}: passwords cross the network unencrypted"),
            "set TLS_CERT and TLS_KEY, or put a proxy with TLS before it (deploy/nginx)",
        )
    });
    let broker = settings.text("BROKER_HOST");
    items.push(if !beyond_loopback(broker) {
        Item::pass("BROKER_HOST", "this machine only")
    } else if password.is_empty() {
        Item::fail(
            "BROKER_HOST",
            format!("{broker}: anybody may command devices"),
            "set BROKER_USERNAME and BROKER_PASSWORD",
        )
    } else {
        Item::pass("BROKER_HOST", format!("{broker}, with a password"))
    });
    items
}

/// Passwords of brokers, from wherever they come.
fn broker_passwords(settings: &Settings, value: impl Fn(&str) -> String) -> Vec<Item> {
    let address = drivers::mqtt::Address::parse(settings.text("MQTT_URL")).ok();
    let user = address.as_ref().and_then(|it| it.username.as_deref());
    let in_url = address.as_ref().map_or("", |it| it.password.reveal());
    let household = match in_url {
        "" => value("MQTT_PASSWORD"),
        password => password.to_owned(),
    };
    let own = settings.text("BROKER_USERNAME");
    [
        ("BROKER_PASSWORD", value("BROKER_PASSWORD"), own),
        ("MQTT_PASSWORD", household, user.unwrap_or_default()),
    ]
    .into_iter()
    .filter(|(_, password, _)| !password.is_empty())
    .map(|(name, password, user)| match guessable(&password, user) {
        None => Item::pass(name, "long and not a default"),
        Some(why) => Item::fail(
            name,
            why,
            "give the broker and the house another one, such as `openssl rand -base64 18` prints",
        ),
    })
    .collect()
}

/// Passwords that brokers and their guides come with.
const DEFAULTS: [&str; 14] = [
    "password",
    "passw0rd",
    "changeme",
    "change-me",
    "mosquitto",
    "homeassistant",
    "hassio",
    "consciousness",
    "zigbee2mqtt",
    "mqttuser",
    "mqttpassword",
    "mqtt_password",
    "raspberry",
    "administrator",
];

/// Why somebody can guess a password.
fn guessable(password: &str, user: &str) -> Option<&'static str> {
    let lower = password.trim().to_lowercase();
    let plain = lower.trim_end_matches(|c: char| c.is_ascii_digit() || c == '!');
    let different: std::collections::BTreeSet<char> = lower.chars().collect();
    if lower.chars().count() < 8 {
        Some("shorter than 8 characters")
    } else if !user.is_empty() && (lower == user.to_lowercase() || plain == user.to_lowercase()) {
        Some("the user's name")
    } else if plain.is_empty() || DEFAULTS.contains(&lower.as_str()) || DEFAULTS.contains(&plain) {
        Some("a default that anybody tries first")
    } else if different.len() < 5 {
        Some("almost the same character again and again")
    } else {
        None
    }
}

fn contents(settings: &Settings) -> Item {
    if settings.truth("LOG_SENSITIVE_DATA") {
        Item::warn(
            "LOG_SENSITIVE_DATA",
            "what people say to the house is in the log",
            "set it to false when the search for the fault is over",
        )
    } else {
        Item::pass("LOG_SENSITIVE_DATA", "what people say is not logged")
    }
}

/// The modes of what must be nobody else's to read or write.
fn files(settings: &Settings, folder: &Path) -> Vec<Item> {
    let mut private: Vec<PathBuf> = vec![folder.join(".env")];
    if let Ok(location) = store::Location::parse(settings.text("DATABASE_URL")) {
        let database = folder.join(location.path());
        for ending in [
            "",
            "-wal",
            ".lock",
            ".vault",
            ".vault.lock",
            ".state/development.keys",
        ] {
            let mut path = database.clone().into_os_string();
            path.push(ending);
            private.push(path.into());
        }
        private.push(place::socket_of(&database));
    }
    let key = settings.text("ENCRYPTION_KEY_FILE");
    if !key.is_empty() {
        private.push(folder.join(key));
    }
    let backups = folder.join(settings.text("BACKUP_FOLDER"));
    if let Ok(there) = std::fs::read_dir(&backups) {
        private.extend(there.flatten().map(|entry| entry.path()));
    }
    let there: Vec<_> = private.into_iter().filter(|path| path.exists()).collect();
    let open: Vec<_> = there.iter().filter_map(|path| too_open(path)).collect();
    let mut items = vec![if open.is_empty() {
        Item::pass(
            "files",
            format!("{} files are for their owner only", there.len()),
        )
    } else {
        Item::fail(
            "files",
            format!("others may read {}", shortened(&open)),
            format!("chmod 600 {}", shortened(&open)),
        )
    }];
    let writable = std::fs::metadata(folder).is_ok_and(|it| it.permissions().mode() & 0o002 != 0);
    if writable {
        items.push(Item::fail(
            "folder",
            format!("anybody may write into {}", folder.display()),
            format!("chmod o-w {}", folder.display()),
        ));
    }
    items
}

fn too_open(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.mode();
    (mode & 0o007 != 0).then(|| path.display().to_string())
}

fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(" ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} (and {more} more)"),
    }
}

/// Which ports of the server are open beyond this machine.
fn ports(settings: &Settings) -> Item {
    let Some(process) = owner(settings) else {
        return Item::skip("ports", "no server runs with these settings");
    };
    let Some(open) = open_ports(process) else {
        return Item::skip(
            "ports",
            "the sockets of the server can be read by its user and root only",
        );
    };
    let expected = settings.port("API_PORT");
    let more: Vec<_> = open.iter().filter(|port| **port != expected).collect();
    if more.is_empty() {
        Item::pass("ports", format!("open beyond this machine: {open:?}"))
    } else {
        Item::warn(
            "ports",
            format!("TCP ports beyond {expected} are open to others: {more:?}"),
            "set BROKER_HOST=127.0.0.1, or let a firewall keep them",
        )
    }
}

/// The process that holds the database.
fn owner(settings: &Settings) -> Option<u32> {
    let location = store::Location::parse(settings.text("DATABASE_URL")).ok()?;
    let process = std::fs::read_to_string(crate::lock::lock_file(location.path())).ok()?;
    let process = process.trim().parse().ok()?;
    Path::new(&format!("/proc/{process}"))
        .exists()
        .then_some(process)
}

/// The TCP ports on which a process listens for others than this machine.
fn open_ports(process: u32) -> Option<Vec<u16>> {
    let mut inodes = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{process}/fd"))
        .ok()?
        .flatten()
    {
        let Ok(target) = std::fs::read_link(entry.path()) else {
            continue;
        };
        if let Some(inode) = target
            .to_string_lossy()
            .strip_prefix("socket:[")
            .and_then(|rest| rest.strip_suffix(']'))
        {
            inodes.push(inode.to_owned());
        }
    }
    let mut ports = Vec::new();
    for table in ["tcp", "tcp6"] {
        let text = std::fs::read_to_string(format!("/proc/{process}/net/{table}")).ok()?;
        ports.extend(text.lines().filter_map(|line| listener(line, &inodes)));
    }
    ports.sort_unstable();
    ports.dedup();
    Some(ports)
}

/// The port of a line of `/proc/net/tcp` that listens beyond loopback with one of these inodes.
fn listener(line: &str, inodes: &[String]) -> Option<u16> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    if *state != "0A" || !inodes.iter().any(|it| it == inode) {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let address = if address.len() == 8 {
        IpAddr::from(Ipv4Addr::from(
            u32::from_str_radix(address, 16).ok()?.swap_bytes(),
        ))
    } else {
        let mut bytes = [0; 16];
        for (word, place) in bytes.chunks_mut(4).enumerate() {
            let hex = address.get(word * 8..word * 8 + 8)?;
            place.copy_from_slice(
                &u32::from_str_radix(hex, 16)
                    .ok()?
                    .swap_bytes()
                    .to_be_bytes(),
            );
        }
        IpAddr::from(Ipv6Addr::from(bytes)).to_canonical()
    };
    (!address.is_loopback()).then_some(u16::from_str_radix(port, 16).ok()?)
}

fn tokens(settings: &Settings) -> Item {
    let Ok(tokens) = ask(settings, "GET", "/api/tokens", None) else {
        return Item::skip("tokens", "the server does not tell of them");
    };
    let oldest = Timestamp::now() - SignedDuration::from_hours(24 * OLD_DAYS);
    let list = tokens["items"].as_array().or_else(|| tokens.as_array());
    let old: Vec<String> = list
        .into_iter()
        .flatten()
        .filter(|token| {
            token["created"]
                .as_str()
                .and_then(|at| at.parse::<Timestamp>().ok())
                .is_some_and(|at| at < oldest)
        })
        .filter_map(|token| token["name"].as_str().map(str::to_owned))
        .collect();
    if old.is_empty() {
        Item::pass("tokens", format!("none is older than {OLD_DAYS} days"))
    } else {
        Item::warn(
            "tokens",
            format!("older than {OLD_DAYS} days: {}", shortened(&old)),
            "make new ones and revoke these (`consciousness token`)",
        )
    }
}

/// What is known against the libraries, from a database that is on this machine.
fn advisories(folder: &Path) -> Item {
    let source = folder
        .ancestors()
        .find(|path| path.join("Cargo.lock").is_file());
    let Some(source) = source else {
        return Item::skip(
            "dependencies",
            "no Cargo.lock here; run this in the folder of the source",
        );
    };
    let ran = Command::new("cargo")
        .args([
            "deny",
            "--offline",
            "--log-level",
            "error",
            "check",
            "--disable-fetch",
            "advisories",
        ])
        .current_dir(source)
        .output();
    match ran {
        Ok(output) if output.status.success() => {
            Item::pass("dependencies", "no advisory is open (cargo deny)")
        }
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            match said.lines().find(|line| line.contains("RUSTSEC")) {
                Some(first) => Item::fail("dependencies", first.trim(), "update the product"),
                // Whatever else it fails of says nothing of the libraries.
                None if said.contains("no such command") => {
                    Item::skip("dependencies", "cargo-deny is not on this machine")
                }
                None => {
                    let why = said.lines().find(|line| !line.trim().is_empty());
                    let why = why.unwrap_or("it gives no reason").trim();
                    Item::skip("dependencies", format!("cargo-deny could not look: {why}"))
                }
            }
        }
        Err(_) => Item::skip("dependencies", "cargo is not on this machine"),
    }
}

fn beyond_loopback(host: &str) -> bool {
    match host.trim() {
        "" | "localhost" => false,
        host => !host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::{key, listener};
    use crate::operate::Verdict;

    #[test]
    fn keys_that_can_be_guessed_are_found() {
        let verdict = |value| key("SECRET_KEY", value, true).verdict;
        for weak in [
            "",
            "short",
            "change-me-please-this-is-a-sample-key",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "your_secret_key_here_0123456789abcdef",
        ] {
            assert_eq!(verdict(weak), Verdict::Fail, "{weak}");
        }
        assert_eq!(
            verdict("9mVqKf0aW1yJ3nT5bX7cR2dE4gH6iL8oPzQsUvYwZAk="),
            Verdict::Pass
        );
    }

    #[test]
    fn listeners_beyond_loopback_are_told_from_others() {
        let own = ["4711".to_owned()];
        let line = |local: &str, state: &str, inode: &str| {
            format!(
                "   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  0 0 {inode} 1 0"
            )
        };
        let any = line("00000000:1F40", "0A", "4711");
        assert_eq!(listener(&any, &own), Some(8_000));
        for other in [
            line("0100007F:1F40", "0A", "4711"),
            line("00000000:1F40", "01", "4711"),
            line("00000000:1F40", "0A", "1"),
            line("00000000000000000000000001000000:1F40", "0A", "4711"),
            line("0000000000000000FFFF00000100007F:1F40", "0A", "4711"),
            "sl local_address".to_owned(),
        ] {
            assert_eq!(listener(&other, &own), None, "{other}");
        }
        let any6 = line("00000000000000000000000000000000:1F41", "0A", "4711");
        assert_eq!(listener(&any6, &own), Some(8_001));
    }
}
