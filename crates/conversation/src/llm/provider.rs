//! Which model is asked, where, and by which dialect.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// How a provider is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's chat completions, which others speak too.
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
}

/// A key; it is never shown. Cloning shares it, so that another can take its place while it is used.
#[derive(Clone)]
pub struct Key(Arc<RwLock<String>>);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.reveal() == other.reveal()
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Key {
    /// A key, where there is anything.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(Arc::new(RwLock::new(text.to_owned()))))
    }

    /// Takes another one from now on; whether it is another.
    pub(super) fn replace(&self, text: &str) -> bool {
        let mut key = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_other = *key != text.trim();
        *key = text.trim().to_owned();
        is_other
    }

    pub(super) fn reveal(&self) -> String {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A provider and its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// `openai`, `anthropic` or `compatible`.
    pub name: &'static str,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Where it is, without a slash at the end.
    pub base: String,
    /// Which of its models.
    pub model: String,
    /// The key, where it needs one.
    pub key: Option<Key>,
}

/// What the settings say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// `LLM_PROVIDER`.
    pub provider: &'a str,
    /// `LLM_BASE_URL`.
    pub base: &'a str,
    /// `LLM_MODEL`.
    pub model: &'a str,
    /// `OPENAI_API_KEY`.
    pub openai: &'a str,
    /// `ANTHROPIC_API_KEY`.
    pub anthropic: &'a str,
}

/// Why the settings name no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotUse {
    /// A key is missing.
    #[error("LLM_PROVIDER={0} needs a key; set {1}, or LLM_PROVIDER=none")]
    NoKey(&'static str, &'static str),
    /// No model is named.
    #[error(
        "LLM_BASE_URL needs the name of a model; set LLM_MODEL, for example LLM_MODEL=qwen3:8b"
    )]
    NoModel,
    /// No address is named.
    #[error(
        "LLM_PROVIDER=compatible needs an address; set LLM_BASE_URL, for example LLM_BASE_URL=http://127.0.0.1:11434/v1"
    )]
    NoAddress,
    /// A key holds what cannot be sent.
    #[error("{0} holds characters that no key has; expected letters, digits and signs on one line")]
    OddKey(&'static str),
}

impl Provider {
    /// The one that the settings mean; `None` where they mean none.
    ///
    /// # Errors
    /// When they contradict each other, or something is missing.
    pub fn find(wanted: Wanted<'_>) -> Result<Option<Self>, CannotUse> {
        let base = wanted.base.trim().trim_end_matches('/');
        let openai = key(wanted.openai, "OPENAI_API_KEY")?;
        let anthropic = key(wanted.anthropic, "ANTHROPIC_API_KEY")?;
        let name = match wanted.provider {
            "none" => return Ok(None),
            "openai" => "openai",
            "anthropic" => "anthropic",
            "compatible" => "compatible",
            _ if !base.is_empty() => "compatible",
            // A model that is named says whose it is, where both keys are there.
            _ if anthropic.is_some()
                && (openai.is_none() || wanted.model.starts_with("claude")) =>
            {
                "anthropic"
            }
            _ if openai.is_some() => "openai",
            _ => return Ok(None),
        };
        let or = |base: &str, usual: &str| if base.is_empty() { usual } else { base }.to_owned();
        let model = wanted.model.trim();
        let (dialect, base, model, key) = match name {
            "anthropic" => {
                let key = anthropic.ok_or(CannotUse::NoKey("anthropic", "ANTHROPIC_API_KEY"))?;
                let base = or(base, "https://api.anthropic.com/v1");
                (
                    Dialect::Anthropic,
                    base,
                    or(model, "claude-sonnet-4-5"),
                    Some(key),
                )
            }
            "openai" => {
                let key = openai.ok_or(CannotUse::NoKey("openai", "OPENAI_API_KEY"))?;
                let base = or(base, "https://api.openai.com/v1");
                (Dialect::OpenAi, base, or(model, "gpt-4.1-mini"), Some(key))
            }
            _ if base.is_empty() => return Err(CannotUse::NoAddress),
            _ if model.is_empty() => return Err(CannotUse::NoModel),
            _ => (Dialect::OpenAi, base.to_owned(), model.to_owned(), openai),
        };
        Ok(Some(Self {
            name,
            dialect,
            base,
            model,
            key,
        }))
    }

    /// Provider and model, as answers and metrics name them.
    #[must_use]
    pub fn engine(&self) -> String {
        let model: String = self
            .model
            .chars()
            .filter(|c| !c.is_control())
            .take(80)
            .collect();
        format!("{}/{model}", self.name)
    }

    /// Where it is asked.
    #[must_use]
    pub fn url(&self) -> String {
        match self.dialect {
            Dialect::OpenAi => format!("{}/chat/completions", self.base),
            Dialect::Anthropic => format!("{}/messages", self.base),
        }
    }

    /// Where it lists its models: asking that costs nothing and tells whether the key is valid.
    #[must_use]
    pub fn models_url(&self) -> String {
        format!("{}/models", self.base)
    }

    /// The heads of a request that are no secret.
    #[must_use]
    pub fn heads(&self) -> Vec<(&'static str, &'static str)> {
        let mut heads = vec![("content-type", "application/json")];
        if self.dialect == Dialect::Anthropic {
            heads.push(("anthropic-version", "2023-06-01"));
        }
        heads
    }

    /// The head that carries the key.
    pub(super) fn secret(&self) -> Option<(&'static str, String)> {
        let key = self.key.as_ref()?.reveal();
        Some(match self.dialect {
            Dialect::OpenAi => ("authorization", format!("Bearer {key}")),
            Dialect::Anthropic => ("x-api-key", key),
        })
    }
}

fn key(text: &str, name: &'static str) -> Result<Option<Key>, CannotUse> {
    if !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Err(CannotUse::OddKey(name));
    }
    Ok(Key::new(text))
}

#[cfg(test)]
mod tests {
    use super::{CannotUse, Provider, Wanted};

    #[test]
    fn settings_mean_a_provider() {
        let none = Wanted::default();
        let both = Wanted {
            openai: "sk-a",
            anthropic: "sk-b",
            ..none
        };
        let engine =
            |wanted| Provider::find(wanted).map(|found| found.map(|provider| provider.engine()));
        let ok = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(engine(none), Ok(None));
        assert_eq!(
            engine(Wanted {
                provider: "none",
                ..both
            }),
            Ok(None)
        );
        assert_eq!(engine(both), ok("openai/gpt-4.1-mini"));
        assert_eq!(
            engine(Wanted {
                model: "claude-x",
                ..both
            }),
            ok("anthropic/claude-x")
        );
        assert_eq!(
            engine(Wanted {
                anthropic: "k",
                ..none
            }),
            ok("anthropic/claude-sonnet-4-5")
        );
        let local = Wanted {
            base: "http://127.0.0.1:11434/v1/",
            model: "qwen3:8b",
            ..none
        };
        assert_eq!(engine(local), ok("compatible/qwen3:8b"));
        assert_eq!(
            Provider::find(local).unwrap().unwrap().url(),
            "http://127.0.0.1:11434/v1/chat/completions"
        );
        assert_eq!(
            engine(Wanted { model: "", ..local }),
            Err(CannotUse::NoModel)
        );
        assert_eq!(
            engine(Wanted {
                provider: "compatible",
                ..both
            }),
            Err(CannotUse::NoAddress)
        );
        assert!(
            engine(Wanted {
                provider: "anthropic",
                ..none
            })
            .is_err()
        );
        assert!(
            engine(Wanted {
                openai: "a\nb",
                ..none
            })
            .is_err()
        );
    }

    #[test]
    fn keys_are_never_shown() {
        let wanted = Wanted {
            openai: "sk-secret",
            ..Wanted::default()
        };
        let provider = Provider::find(wanted).unwrap().unwrap();
        let shown = format!("{provider:?} {} {}", provider.engine(), provider.url());
        assert!(!shown.contains("sk-secret"), "{shown}");
        assert!(!format!("{:?}", provider.heads()).contains("sk-secret"));
    }
}
