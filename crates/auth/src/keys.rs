//! The keys that sign cookies and tokens: from the settings, or in development made and kept.

use ring::{digest, hmac};
use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What a key of a development's file has at least, in bytes.
const LEAST: usize = 32;

/// What signs cookies and tokens. Cloning shares nothing secret with the outside: it shows nothing.
#[derive(Clone)]
pub struct Keys {
    pub(crate) cookies: hmac::Key,
    pub(crate) tokens: hmac::Key,
    encryption: vault::Key,
    /// What may have been sealed with before, the newest first.
    older: Vec<vault::Key>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(hidden)")
    }
}

/// The keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Keys of production that anybody could know.
    #[error(
        "keys are wrong for production:\n  {}\nMake each with `openssl rand -base64 32`, and set them in the environment or in the file .env",
        .0.join("\n  ")
    )]
    Weak(Vec<String>),
    /// The file of a development's keys cannot be read or made.
    #[error("the keys in {} cannot be read or made: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoChance,
}

impl Keys {
    /// The keys of production: all given, none of them one that somebody could guess.
    ///
    /// # Errors
    /// With everything that is wrong with them.
    pub fn production(get: impl Fn(&str) -> String) -> Result<Self, KeysError> {
        let mut faults = Vec::new();
        let mut seen: Vec<(&str, String)> = Vec::new();
        for (name, is_needed) in [
            ("SECRET_KEY", true),
            ("JWT_SECRET_KEY", true),
            ("ENCRYPTION_KEY", false),
        ] {
            let value = get(name).trim().to_owned();
            match weakness(&value, is_needed) {
                Some(weakness) => faults.push(format!("{name} {weakness}")),
                None if value.is_empty() => {}
                None => match seen.iter().find(|(_, other)| *other == value) {
                    Some((other, _)) => faults.push(format!("{name} is the same as {other}")),
                    None => seen.push((name, value)),
                },
            }
        }
        if faults.is_empty() {
            Ok(Self::from_texts(
                &get("SECRET_KEY"),
                &get("JWT_SECRET_KEY"),
                &get("ENCRYPTION_KEY"),
            ))
        } else {
            Err(KeysError::Weak(faults))
        }
    }

    /// The keys of development: those that are given, and for the others some that are made once and
    /// kept in `folder`, so that sessions survive a restart.
    ///
    /// # Errors
    /// When they cannot be read or made.
    pub fn development(get: impl Fn(&str) -> String, folder: &Path) -> Result<Self, KeysError> {
        let path = file_in(folder);
        let file = |error| KeysError::File {
            path: path.clone(),
            error,
        };
        let mut texts = Vec::new();
        let mut kept: Option<Vec<String>> = None;
        for (place, name) in ["SECRET_KEY", "JWT_SECRET_KEY", "ENCRYPTION_KEY"]
            .into_iter()
            .enumerate()
        {
            let given = get(name).trim().to_owned();
            if !given.is_empty() {
                texts.push(given);
                continue;
            }
            let kept = match &mut kept {
                Some(kept) => kept,
                none => none.insert(made_once(folder, &path).map_err(file)?),
            };
            texts.push(kept.get(place).cloned().unwrap_or_default());
        }
        Ok(Self::from_texts(&texts[0], &texts[1], &texts[2]))
    }

    /// The same, which also opens what was sealed with the key that a development made and kept in
    /// `folder`: a house that gets its first key, or goes into production, loses no second factor.
    #[must_use]
    pub fn after_development(mut self, folder: &Path) -> Self {
        // Where that file is gone or broken it has nothing to open with; none is made for that.
        let made = kept_in(&file_in(folder)).ok().flatten();
        let older = made.and_then(|keys| keys.get(2).map(|text| vault::Key::of(text)));
        self.older.extend(older);
        self
    }

    /// Keys that live as long as the process. For tests, and for commands that sign nothing.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn passing() -> Result<Self, KeysError> {
        let text = || random_text().map_err(|_| KeysError::NoChance);
        Ok(Self::from_texts(&text()?, &text()?, &text()?))
    }

    fn from_texts(cookies: &str, tokens: &str, encryption: &str) -> Self {
        let key = |text: &str| hmac::Key::new(hmac::HMAC_SHA256, text.trim().as_bytes());
        // Without a key of its own it hangs on that of the cookies, and what was sealed so opens later, too.
        let (encryption, older) = match encryption.trim() {
            "" => (vault::Key::of(cookies), Vec::new()),
            own => (vault::Key::of(own), vec![vault::Key::of(cookies)]),
        };
        Self {
            cookies: key(cookies),
            tokens: key(tokens),
            encryption,
            older,
        }
    }

    /// The same, which also opens what was sealed with keys that were rotated away since.
    #[must_use]
    pub fn with_older(mut self, older: Vec<vault::Key>) -> Self {
        self.older.splice(0..0, older);
        self
    }

    /// Seals what the database keeps.
    pub(crate) fn seal(&self, purpose: &str, plain: &[u8]) -> std::io::Result<String> {
        vault::seal(&self.encryption, purpose, plain)
    }

    /// And back, whichever of the keys sealed it; `None` where none of them did.
    pub(crate) fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        let mut keys = std::iter::once(&self.encryption).chain(&self.older);
        keys.find_map(|key| vault::open(key, purpose, sealed))
    }

    /// The same sealed with the key of today; `None` where it is, or cannot be opened.
    pub(crate) fn renewed(&self, purpose: &str, sealed: &str) -> Option<String> {
        if vault::open(&self.encryption, purpose, sealed).is_some() {
            return None;
        }
        self.seal(purpose, &self.open(purpose, sealed)?).ok()
    }

    /// What tells a key from another and gives nothing of it away.
    pub(crate) fn fingerprint(key: &hmac::Key) -> String {
        hexadecimal(&hmac::sign(key, b"fingerprint").as_ref()[..8])
    }
}

/// Why a key is none for production.
fn weakness(value: &str, is_needed: bool) -> Option<String> {
    if value.is_empty() {
        return is_needed.then(|| "is not set".to_owned());
    }
    vault::weakness(value)
}

/// Where a development keeps what it made.
fn file_in(folder: &Path) -> PathBuf {
    folder.join("development.keys")
}

/// The keys of the file; `None` where there is none.
fn kept_in(path: &Path) -> std::io::Result<Option<Vec<String>>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let keys: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    if keys.len() >= 3 && keys.iter().take(3).all(|key| key.len() >= LEAST) {
        return Ok(Some(keys));
    }
    Err(std::io::Error::other(
        "it does not hold three keys; remove it, and new ones are made",
    ))
}

/// The keys of the file, which is made where it is missing: readable by its owner alone.
fn made_once(folder: &Path, path: &Path) -> std::io::Result<Vec<String>> {
    if let Some(keys) = kept_in(path)? {
        return Ok(keys);
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let keys = vec![random_text()?, random_text()?, random_text()?];
    let fresh = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(format!("{}\n", keys.join("\n")).as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    Ok(keys)
}

fn random_text() -> std::io::Result<String> {
    vault::random::<32>().map(|bytes| hexadecimal(&bytes))
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

/// SHA-256 as it is kept of a token.
pub(crate) fn hash(text: &str) -> String {
    hexadecimal(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// A keyed hash as it is kept of a cookie.
pub(crate) fn keyed(key: &hmac::Key, text: &str) -> String {
    hexadecimal(hmac::sign(key, text.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::{Keys, KeysError};

    fn production(secret: &str, jwt: &str, encryption: &str) -> Result<Keys, String> {
        Keys::production(|name| {
            match name {
                "SECRET_KEY" => secret,
                "JWT_SECRET_KEY" => jwt,
                _ => encryption,
            }
            .to_owned()
        })
        .map_err(|error| error.to_string())
    }

    const ONE: &str = "kYz0v3mQ1xJ8bT7nW5cR2dF6hL9pS4gA+uE/oIiXqVw=";
    const TWO: &str = "Zt9Xr3Lw8Qe1Ru6Ty2Ui7Op4As5Df0Gh+Jk/LzXcVbN=";

    #[test]
    fn production_takes_random_keys_alone() {
        assert!(production(ONE, TWO, "").is_ok());
        for (secret, jwt, encryption, told) in [
            ("", TWO, "", "SECRET_KEY is not set"),
            (ONE, "short", "", "JWT_SECRET_KEY has 5 bytes"),
            (
                ONE,
                "change-me-change-me-change-me-change-me",
                "",
                "JWT_SECRET_KEY is a sample",
            ),
            (
                "your-secret-key-here-0123456789abcdef",
                TWO,
                "",
                "SECRET_KEY is a sample",
            ),
            (&"a1".repeat(20), TWO, "", "only 2 different characters"),
            (ONE, ONE, "", "JWT_SECRET_KEY is the same as SECRET_KEY"),
            (ONE, TWO, "abc", "ENCRYPTION_KEY has 3 bytes"),
        ] {
            let error = production(secret, jwt, encryption).unwrap_err();
            assert!(error.contains(told), "{error}");
            assert!(error.contains("openssl rand -base64 32"), "{error}");
            assert!(secret.is_empty() || !error.contains(secret), "{error}");
        }
    }

    #[test]
    fn development_makes_keys_once_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let nothing = |_: &str| String::new();
        let first = Keys::development(nothing, &state).unwrap();
        let again = Keys::development(nothing, &state).unwrap();
        assert_eq!(
            Keys::fingerprint(&first.cookies),
            Keys::fingerprint(&again.cookies)
        );
        assert_ne!(
            Keys::fingerprint(&first.cookies),
            Keys::fingerprint(&first.tokens)
        );
        let file = state.join("development.keys");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(&file, "broken").unwrap();
        assert!(matches!(
            Keys::development(nothing, &state),
            Err(KeysError::File { .. })
        ));
    }
}
