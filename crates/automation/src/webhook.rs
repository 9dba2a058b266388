//! Webhooks: what outside programs may call, each with a secret of which only a hash is kept.

use model::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// How often it is told that somebody calls a webhook with a wrong secret.
const TELL: Duration = Duration::from_secs(60);

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// The secret was not the right one, or there is no such webhook: that is not told apart.
    WrongSecret,
    /// It was right.
    Accepted {
        /// Whether a rule listens to it.
        listens: bool,
    },
}

/// The hashes of the secrets, by webhook.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secrets(BTreeMap<String, Secret>);

#[derive(Debug, Clone, Default)]
struct Secret {
    /// SHA-256 of it, in hexadecimal.
    hash: String,
    called: Option<Timestamp>,
    /// When a wrong secret was last told of, on the steady clock.
    told: Option<Duration>,
}

impl Secrets {
    pub(crate) fn new(kept: Vec<(String, String)>) -> Self {
        let secret = |(name, hash)| {
            let secret = Secret {
                hash,
                ..Secret::default()
            };
            (name, secret)
        };
        Self(kept.into_iter().map(secret).collect())
    }

    /// A new secret of 256 random bits, and its hash.
    pub(crate) fn make() -> (String, String) {
        let secret = hexadecimal(&rand::random::<[u8; 32]>());
        let hash = hash(&secret);
        (secret, hash)
    }

    /// Whether that is the webhook's secret. It takes as long for a wrong one as for the right one.
    pub(crate) fn fits(&self, name: &str, secret: &str) -> bool {
        let given = hash(secret);
        // A name that there is not takes the same way, with a hash that nothing has.
        let known = self.0.get(name).map_or("", |secret| secret.hash.as_str());
        bool::from(given.as_bytes().ct_eq(known.as_bytes()))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn put(&mut self, name: &str, hash: String) {
        self.0.entry(name.to_owned()).or_default().hash = hash;
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(crate) fn called(&mut self, name: &str, at: Timestamp) {
        if let Some(secret) = self.0.get_mut(name) {
            secret.called = Some(at);
        }
    }

    /// Whether a wrong secret shall be told of now.
    pub(crate) fn tells_refusal(&mut self, name: &str, steady: Duration) -> bool {
        let Some(secret) = self.0.get_mut(name) else {
            return false;
        };
        let tells = secret.told.is_none_or(|told| steady >= told + TELL);
        if tells {
            secret.told = Some(steady);
        }
        tells
    }

    pub(crate) fn listed(&self) -> Vec<(String, Option<Timestamp>)> {
        let listed = |(name, secret): (&String, &Secret)| (name.clone(), secret.called);
        self.0.iter().map(listed).collect()
    }
}

fn hash(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::Secrets;
    use std::time::Duration;

    #[test]
    fn only_the_right_secret_fits() {
        let (secret, hash) = Secrets::make();
        let (other, _) = Secrets::make();
        assert_eq!((secret.len(), hash.len()), (64, 64));
        assert_ne!(secret, other);
        let secrets = Secrets::new(vec![("door".into(), hash.clone())]);
        assert!(secrets.fits("door", &secret));
        for (name, wrong) in [
            ("door", other.as_str()),
            ("door", ""),
            ("door", hash.as_str()),
            ("gate", secret.as_str()),
            ("gate", ""),
        ] {
            assert!(!secrets.fits(name, wrong), "{name}");
        }
    }

    #[test]
    fn wrong_secrets_are_told_once_a_minute() {
        let (_, hash) = Secrets::make();
        let mut secrets = Secrets::new(vec![("door".into(), hash)]);
        let told: Vec<bool> = [0, 1, 59, 60, 61, 130]
            .map(|second| secrets.tells_refusal("door", Duration::from_secs(second)))
            .into();
        assert_eq!(told, [true, false, false, true, false, true]);
        assert!(!secrets.tells_refusal("gate", Duration::ZERO));
    }
}
