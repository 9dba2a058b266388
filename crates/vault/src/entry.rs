//! What a vault holds, and which settings take it.

use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest name.
const NAME: usize = 96;

/// The longest secret, in bytes: a certificate with its key has room.
const LONGEST: usize = 16 * 1_024;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Secret {
    /// A secret.
    ///
    /// # Errors
    /// With what is wrong with it, without repeating it.
    pub fn new(text: String) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the secret is empty".to_owned());
        }
        if text.len() > LONGEST {
            return Err(format!(
                "the secret has {} bytes; expected at most {LONGEST}",
                text.len()
            ));
        }
        if text.contains('\0') {
            return Err("the secret holds a zero byte".to_owned());
        }
        Ok(Self(text))
    }

    /// The text itself, for the part that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What may be known of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is called: the setting that it gives, or `driver.<driver>.<what>`.
    pub name: String,
    /// Since when it is as it is.
    pub since: Timestamp,
    /// Who put it there.
    pub by: String,
}

/// What is wrong with a setting's value, if something is; it is not repeated.
pub type Check = fn(name: &str, value: &str) -> Option<String>;

/// A setting that an entry of the same name gives.
#[derive(Debug, Clone)]
pub struct Slot {
    /// The setting.
    pub name: &'static str,
    /// What uses it, for people.
    pub what: &'static str,
    /// Whether the environment gives it, which wins.
    pub is_given: bool,
    /// What else has to be set before it is used; `None` where it is used.
    pub idle: Option<String>,
    /// Whether a change is taken up at once.
    pub is_live: bool,
    /// Whether it is read anew each time that it is used, so that one that is removed is gone at once.
    pub is_stateless: bool,
    /// Whether a value can be the setting's.
    pub check: Check,
}

/// When a change holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// At once.
    Now,
    /// When the server starts again.
    Restart,
    /// Not yet: this stands before it.
    Not(String),
}

impl Slot {
    /// When a change of the entry holds.
    #[must_use]
    pub fn effect(&self) -> Effect {
        if self.is_given {
            return Effect::Not(format!(
                "the environment or the file .env gives {}, and that wins",
                self.name
            ));
        }
        match (&self.idle, self.is_live) {
            (Some(why), _) => Effect::Not(why.clone()),
            (None, true) => Effect::Now,
            (None, false) => Effect::Restart,
        }
    }
}

/// What is wrong with a name, if something is.
#[must_use]
pub fn fault_of_name(name: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    (name.is_empty() || name.len() > NAME || !name.bytes().all(plain)).then(|| {
        format!("this is no name of an entry; expected 1 to {NAME} of A-Z, a-z, 0-9, _ - . and :")
    })
}
