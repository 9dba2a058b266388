//! `consciousness vault …`: credentials of devices and services. Where a server runs it is asked, so that
//! a change is taken up at once; where none does the file is worked on directly.

use crate::ask::{ask, escaped, open_socket};
use crate::place::Place;
use crate::settings::Settings;
use crate::{prompt, secrets};
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clap::{Args, Subcommand};
use model::Timestamp;
use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use vault::{Effect, Entry, Key, Secret, Vault};

/// What is wanted of the vault.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List what it holds: names, since when, by whom, and what uses it. Never the secrets.
    List(Shown),
    /// Put a secret there. It is asked for, or read from standard input.
    Put(Named),
    /// Forget a secret.
    Remove(Named),
    /// Seal everything with another key: one that is typed or comes over standard input, or that of a file.
    Rotate(Rotate),
}

/// How a list is shown.
#[derive(Debug, Args)]
pub struct Shown {
    /// Answer with JSON.
    #[arg(long)]
    json: bool,
}

/// Which one.
#[derive(Debug, Args)]
pub struct Named {
    /// The setting that it gives, such as HA_TOKEN, or another name.
    name: String,
    /// Answer with JSON.
    #[arg(long)]
    json: bool,
}

/// Another key.
#[derive(Debug, Args)]
pub struct Rotate {
    /// A file that holds the new key; it is made with one where it is not there.
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
}

/// Does what is asked.
///
/// # Errors
/// When it cannot be done; the vault is as it was then.
pub fn run(settings: &Settings, wanted: &Command) -> anyhow::Result<()> {
    match wanted {
        Command::List(shown) => list(settings, shown),
        Command::Put(named) => {
            let secret = prompt::all("Secret")?;
            let entry = if open_socket(settings).is_some() {
                let path = format!("/api/vault/{}", escaped(&named.name));
                ask(settings, "PUT", &path, Some(&json!({ "secret": secret })))?
            } else {
                let vault = direct(settings)?;
                let secret = Secret::new(secret).map_err(anyhow::Error::msg)?;
                let entry = vault.put(&named.name, secret, "operator", Timestamp::now())?;
                shown(&entry, &vault)
            };
            tell(named.json, &entry, |entry| {
                format!("{} is kept; {}.", named.name, plain(&entry["message"]))
            })
        }
        Command::Remove(named) => {
            let gone = if open_socket(settings).is_some() {
                let path = format!("/api/vault/{}", escaped(&named.name));
                ask(settings, "DELETE", &path, None)?
            } else {
                direct(settings)?.remove(&named.name)?;
                json!({ "name": named.name })
            };
            tell(named.json, &gone, |_| {
                format!("{} is forgotten.", named.name)
            })
        }
        Command::Rotate(wanted) => rotate(settings, wanted),
    }
}

fn list(settings: &Settings, wanted: &Shown) -> anyhow::Result<()> {
    let answer = if open_socket(settings).is_some() {
        ask(settings, "GET", "/api/vault", None)?
    } else {
        let vault = direct(settings)?;
        let entries: Vec<Json> = vault.entries().iter().map(|it| shown(it, &vault)).collect();
        json!({ "entries": entries })
    };
    if let Some(why) = answer["closed_because"].as_str() {
        anyhow::bail!("{why}");
    }
    tell(wanted.json, &answer, |answer| {
        let entries = answer["entries"].as_array().into_iter().flatten();
        let lines: String = entries
            .map(|entry| {
                format!(
                    "{}: since {} by {}; {}\n",
                    plain(&entry["name"]),
                    plain(&entry["since"]),
                    plain(&entry["by"]),
                    plain(&entry["message"])
                )
            })
            .collect();
        if lines.is_empty() {
            "The vault holds nothing.".to_owned()
        } else {
            lines
        }
    })
}

/// The vault itself, open.
fn direct(settings: &Settings) -> anyhow::Result<Vault> {
    let vault = secrets::open(settings, &Place::of_commands(settings)?);
    match vault.closed() {
        Some(closed) => Err(closed.into()),
        None => Ok(vault),
    }
}

fn shown(entry: &Entry, vault: &Vault) -> Json {
    let message = match vault.effect(&entry.name) {
        Effect::Not(why) => format!("it is not used: {why}"),
        Effect::Now | Effect::Restart => "it holds when the server starts".to_owned(),
    };
    json!({ "name": entry.name, "since": entry.since.to_string(), "by": entry.by, "message": message })
}

fn rotate(settings: &Settings, wanted: &Rotate) -> anyhow::Result<()> {
    let place = Place::of_commands(settings)?;
    let text = match &wanted.new_key_file {
        Some(file) => {
            secrets::away_from(place.location.path(), file).map_err(anyhow::Error::msg)?;
            key_of(file)?
        }
        None => prompt::twice("New key")?,
    };
    let key = Key::strong(&text).map_err(|weakness| {
        anyhow::anyhow!("the new key {weakness}; make one with `openssl rand -base64 32`")
    })?;
    for name in ["SECRET_KEY", "JWT_SECRET_KEY"] {
        anyhow::ensure!(
            settings.text(name) != text.trim(),
            "the new key is the same as {name}; expected one of its own"
        );
    }
    let already = Vault::open(place.vault(), Ok(key.clone()));
    anyhow::ensure!(
        already.closed().is_some() || !place.vault().exists(),
        "the vault is sealed with this key already; set it for the server, if that is not done yet"
    );
    let entries = direct(settings)?.rotate(key)?;
    println!("{entries} credentials are sealed with the new key.");
    match &wanted.new_key_file {
        Some(file) => println!(
            "Set ENCRYPTION_KEY_FILE={}, take ENCRYPTION_KEY away where it is set, and restart the server.",
            std::path::absolute(file)?.display()
        ),
        None => println!(
            "Set ENCRYPTION_KEY, or what ENCRYPTION_KEY_FILE names, to it, and restart the server."
        ),
    }
    println!(
        "Until then a server that runs goes on with what it knows and changes nothing in the vault."
    );
    Ok(())
}

/// The key in a file; a new one where there is no file.
fn key_of(file: &Path) -> anyhow::Result<String> {
    let cannot = || format!("{} cannot be made", file.display());
    if !file.exists() {
        let text = BASE64.encode(vault::random::<32>()?);
        let mut made = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)
            .with_context(cannot)?;
        writeln!(made, "{text}").with_context(cannot)?;
        // On the disk before anything is sealed with it.
        made.sync_all().with_context(cannot)?;
        let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    secrets::key_in(file).map_err(anyhow::Error::msg)
}

fn tell(as_json: bool, answer: &Json, text: impl FnOnce(&Json) -> String) -> anyhow::Result<()> {
    let text = if as_json {
        serde_json::to_string_pretty(answer)?
    } else {
        text(answer)
    };
    println!("{}", text.trim_end_matches('\n'));
    Ok(())
}

fn plain(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}
