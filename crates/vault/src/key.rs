//! What is sealed with.

use ring::{digest, hmac};
use std::fmt;

/// The least that a key has, in bytes.
const LEAST: usize = 32;

/// Fewer different characters than this are no chance.
const VARIETY: usize = 10;

/// Words that samples have and chance does not.
const SAMPLES: [&str; 12] = [
    "change",
    "example",
    "secret",
    "default",
    "password",
    "placeholder",
    "insecure",
    "sample",
    "replace",
    "your-",
    "your_",
    "openssl",
];

/// A key; it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

impl Key {
    /// The key that a text stands for, whatever it is worth.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = format!("encryption of the house\0{}", text.trim());
        let mut key = [0; 32];
        key.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        Self(key)
    }

    /// The same for a text that must not be one that somebody could guess.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn strong(text: &str) -> Result<Self, String> {
        match weakness(text.trim()) {
            Some(weakness) => Err(weakness),
            None => Ok(Self::of(text)),
        }
    }

    /// The key with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What seals with it needs.
    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What tells it from another and gives nothing of it away.
    pub(crate) fn fingerprint(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        hexadecimal(&hmac::sign(&key, b"fingerprint of a vault's key").as_ref()[..8])
    }
}

/// Why a text is no key of production; an empty one is not looked at.
#[must_use]
pub fn weakness(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let variety: std::collections::BTreeSet<char> = text.chars().collect();
    if text.len() < LEAST {
        return Some(format!(
            "has {} bytes; expected at least {LEAST}",
            text.len()
        ));
    }
    if SAMPLES.iter().any(|word| lower.contains(word)) {
        return Some("is a sample that everybody knows; expected one of your own".to_owned());
    }
    (variety.len() < VARIETY).then(|| {
        format!(
            "has only {} different characters; expected random ones",
            variety.len()
        )
    })
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
