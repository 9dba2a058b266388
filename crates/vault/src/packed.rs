//! Secrets that leave the house with a backup: sealed under a passphrase, and with nothing else.

use crate::entry::{Entry, Secret};
use crate::sealed;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::io;

const FORMAT: &str = "consciousness secrets";
const VERSION: u32 = 1;
const PURPOSE: &str = "secrets of a backup 1";

/// A shorter passphrase is guessed by who has the file.
const SHORTEST: usize = 12;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    format: String,
    version: u32,
    salt: [u8; 16],
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Packed {
    name: String,
    secret: Secret,
    since: Timestamp,
    by: String,
}

/// What is wrong with a passphrase, if something is.
#[must_use]
pub fn fault_of_passphrase(passphrase: &str) -> Option<String> {
    let length = passphrase.chars().count();
    (length < SHORTEST).then(|| {
        format!("the passphrase has {length} characters; expected at least {SHORTEST}, such as some words")
    })
}

/// Secrets as a text that opens with the passphrase alone.
///
/// # Errors
/// When the system gives no random numbers, or no memory.
pub fn pack(entries: Vec<(Entry, Secret)>, passphrase: &str) -> io::Result<String> {
    let packed: Vec<Packed> = entries
        .into_iter()
        .map(|(entry, secret)| Packed {
            name: entry.name,
            secret,
            since: entry.since,
            by: entry.by,
        })
        .collect();
    let salt = sealed::random::<16>()?;
    let key = sealed::passphrase(passphrase, &salt)?;
    let form = Form {
        format: FORMAT.to_owned(),
        version: VERSION,
        salt,
        sealed: sealed::seal(&key, PURPOSE, &serde_json::to_vec(&packed)?)?,
    };
    Ok(serde_json::to_string_pretty(&form)? + "\n")
}

/// And back.
///
/// # Errors
/// For people: no such text, or another passphrase.
pub fn unpack(text: &str, passphrase: &str) -> Result<Vec<(Entry, Secret)>, String> {
    let form: Form = serde_json::from_str(text)
        .ok()
        .filter(|form: &Form| form.format == FORMAT && form.version == VERSION)
        .ok_or("it holds no secrets of a backup, or is damaged")?;
    let key = sealed::passphrase(passphrase, &form.salt).map_err(|error| error.to_string())?;
    let plain = sealed::open(&key, PURPOSE, &form.sealed)
        .ok_or("the passphrase is another, or it is damaged")?;
    let packed: Vec<Packed> =
        serde_json::from_slice(&plain).map_err(|_| "what is sealed has another form")?;
    Ok(packed
        .into_iter()
        .map(|it| {
            let (name, since, by) = (it.name, it.since, it.by);
            (Entry { name, since, by }, it.secret)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{fault_of_passphrase, pack, unpack};
    use crate::{Entry, Secret};
    use model::Timestamp;

    #[test]
    fn secrets_come_back_by_their_passphrase_alone() {
        let entry = Entry {
            name: "HA_TOKEN".into(),
            since: Timestamp::from_second(1_800_000_000).unwrap(),
            by: "anna".into(),
        };
        let secret = Secret::new("canary-4711".into()).unwrap();
        let packed = pack(
            vec![(entry.clone(), secret.clone())],
            "correct horse battery",
        )
        .unwrap();
        assert!(!packed.contains("canary") && !packed.contains("HA_TOKEN"));
        let back = unpack(&packed, "correct horse battery").unwrap();
        assert_eq!(back, [(entry, secret)]);
        assert!(unpack(&packed, "another horse battery").is_err());
        assert!(unpack("{}", "correct horse battery").is_err());
        assert!(fault_of_passphrase("short").is_some());
    }
}
