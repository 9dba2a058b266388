//! Readable names for things, stable and unique within their kind: `main_thermostat`.

use serde::{Deserialize, Deserializer, Serialize};
use std::{fmt, str::FromStr};

/// The longest slug.
const MAX: usize = 64;

/// A readable, unique name: 1 to 64 characters of `a-z`, `0-9` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// The text cannot be a slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a slug; expected 1 to 64 characters of a-z, 0-9 and _, such as kitchen_lamp"
)]
pub struct SlugError {
    /// What was given, shortened.
    pub text: String,
}

impl Slug {
    /// Makes the nearest slug of a name that a person wrote; `fallback` where nothing is left of it.
    #[must_use]
    pub fn from_name(name: &str, fallback: &str) -> Self {
        let mut slug = String::with_capacity(name.len().min(MAX));
        for character in name.chars().flat_map(char::to_lowercase) {
            let plain: &str = match character {
                'a'..='z' | '0'..='9' => {
                    slug.push(character);
                    continue;
                }
                'ä' => "ae",
                'ö' => "oe",
                'ü' => "ue",
                'ß' => "ss",
                'à' | 'á' | 'â' | 'ã' | 'å' => "a",
                'è' | 'é' | 'ê' | 'ë' => "e",
                'ì' | 'í' | 'î' | 'ï' => "i",
                'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
                'ù' | 'ú' | 'û' => "u",
                'ç' => "c",
                'ñ' => "n",
                _ if slug.is_empty() || slug.ends_with('_') => continue,
                _ => "_",
            };
            slug.push_str(plain);
            if slug.len() >= MAX {
                break;
            }
        }
        slug.truncate(MAX);
        let slug = slug.trim_matches('_');
        Self(if slug.is_empty() {
            fallback.to_owned()
        } else {
            slug.to_owned()
        })
    }

    /// The first of `self`, `self_2`, `self_3`, ... that is not taken.
    #[must_use]
    pub fn unused(&self, taken: impl Fn(&Slug) -> bool) -> Self {
        if !taken(self) {
            return self.clone();
        }
        (2_u64..)
            .map(|number| {
                let tail = format!("_{number}");
                let head: String = self.0.chars().take(MAX - tail.len()).collect();
                Self(head + &tail)
            })
            .find(|slug| !taken(slug))
            .unwrap_or_else(|| self.clone())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let fits = (1..=MAX).contains(&text.len())
            && text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError {
                text: text.chars().take(80).collect(),
            })
        }
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Slug;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("Main thermostat", "main_thermostat"),
            ("Küche (Süd)", "kueche_sued"),
            ("  <img onerror=x> ", "img_onerror_x"),
            ("客厅", "device"),
            ("0x00158d0001", "0x00158d0001"),
        ] {
            assert_eq!(Slug::from_name(name, "device").as_str(), slug, "{name}");
        }
    }

    #[test]
    fn a_taken_slug_gets_a_number() {
        let lamp = Slug::from_name("Lamp", "device");
        assert_eq!(
            lamp.unused(|slug| ["lamp", "lamp_2"].contains(&slug.as_str()))
                .as_str(),
            "lamp_3"
        );
    }

    proptest::proptest! {
        #[test]
        fn every_name_gives_a_valid_slug(name in ".{0,200}") {
            let slug = Slug::from_name(&name, "device");
            proptest::prop_assert_eq!(slug.as_str().parse::<Slug>(), Ok(slug.clone()));
        }
    }
}
