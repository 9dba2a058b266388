//! How the house talks, and how much it begins to say by itself. It changes words and initiative, never
//! facts.

use serde::{Deserialize, Serialize};

macro_rules! trait_of {
    ($(#[$doc:meta])* $name:ident, $field:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal [$($alias:literal),*]),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word on the wire and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads such a word, or another that means the same.
            ///
            /// # Errors
            /// When it is none.
            pub fn parse(text: &str) -> Result<Self, NotATrait> {
                match text.trim().to_lowercase().as_str() {
                    $($word $(| $alias)* => Ok(Self::$variant),)*
                    _ => Err(NotATrait {
                        field: $field,
                        given: text.chars().filter(|c| !c.is_control()).take(40).collect(),
                        expected: &[$($word),*],
                    }),
                }
            }
        }
    };
}

/// A word that says nothing about a personality.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} cannot be `{given}`; expected {}", .expected.join(", "))]
pub struct NotATrait {
    /// Which part of it.
    pub field: &'static str,
    /// What was given.
    pub given: String,
    /// What it may be.
    pub expected: &'static [&'static str],
}

trait_of! {
    /// In which tone the house talks.
    Style, "style" {
        /// Matter of fact.
        Plain = "plain" ["neutral", "matter_of_fact", "direct", "balanced"],
        /// As a friend would.
        Warm = "warm" ["friendly", "casual", "cheerful", "kind", "caring", "playful"],
        /// As a butler would.
        Formal = "formal" ["professional", "polite", "butler", "reserved"],
    }
}

trait_of! {
    /// How much is said.
    Verbosity, "verbosity" {
        /// The answer alone.
        Brief = "brief" ["short", "concise", "terse", "low", "minimal"],
        /// The answer, and what could be said next.
        Normal = "normal" ["medium", "moderate", "balanced", "default"],
        /// With the rows that it rests on.
        Detailed = "detailed" ["full", "verbose", "long", "high"],
    }
}

trait_of! {
    /// How much the house begins to say by itself.
    Proactivity, "proactivity" {
        /// Only what presses now.
        Off = "off" ["none", "never", "minimal"],
        /// What presses today, seldom.
        Low = "low" ["reserved", "quiet", "rarely"],
        /// What presses today, and the good morning.
        Normal = "normal" ["medium", "moderate", "balanced", "default"],
        /// What is worth a word, more often.
        High = "high" ["proactive", "often", "eager"],
    }
}

trait_of! {
    /// How much it jokes.
    Humor, "humor" {
        /// Not at all.
        None = "none" ["off", "no", "serious"],
        /// Now and then.
        Subtle = "subtle" ["low", "light", "dry", "normal", "moderate", "medium"],
        /// Gladly.
        Playful = "playful" ["high", "witty", "full"],
    }
}

/// How the house talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Personality {
    /// In which tone.
    pub style: Style,
    /// How much.
    pub verbosity: Verbosity,
    /// How much by itself.
    pub proactivity: Proactivity,
    /// With how much humour.
    pub humor: Humor,
}

impl Default for Personality {
    fn default() -> Self {
        Self {
            style: Style::Plain,
            verbosity: Verbosity::Normal,
            proactivity: Proactivity::Normal,
            humor: Humor::None,
        }
    }
}

/// A change of it, as it was written; what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// In which tone.
    pub style: Option<String>,
    /// How much.
    pub verbosity: Option<String>,
    /// How much by itself.
    pub proactivity: Option<String>,
    /// With how much humour.
    pub humor: Option<String>,
}

impl Personality {
    /// The personality with a change.
    ///
    /// # Errors
    /// When a word of it says nothing.
    pub fn with(mut self, change: &Change) -> Result<Self, NotATrait> {
        if let Some(word) = &change.style {
            self.style = Style::parse(word)?;
        }
        if let Some(word) = &change.verbosity {
            self.verbosity = Verbosity::parse(word)?;
        }
        if let Some(word) = &change.proactivity {
            self.proactivity = Proactivity::parse(word)?;
        }
        if let Some(word) = &change.humor {
            self.humor = Humor::parse(word)?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Humor, Personality, Proactivity, Style, Verbosity};

    #[test]
    fn words_are_read_and_others_refused() {
        for one in Style::ALL {
            assert_eq!(Style::parse(one.as_str()), Ok(*one));
        }
        for one in Verbosity::ALL {
            assert_eq!(Verbosity::parse(one.as_str()), Ok(*one));
        }
        assert_eq!(Proactivity::parse("Medium"), Ok(Proactivity::Normal));
        assert_eq!(Humor::parse("dry"), Ok(Humor::Subtle));
        let change = Change {
            style: Some("friendly".into()),
            humor: Some("hilarious\u{7}".into()),
            ..Change::default()
        };
        let error = Personality::default().with(&change).unwrap_err();
        assert_eq!(
            error.to_string(),
            "humor cannot be `hilarious`; expected none, subtle, playful"
        );
    }

    #[test]
    fn what_is_left_out_stays() {
        let change = Change {
            verbosity: Some("short".into()),
            ..Change::default()
        };
        let changed = Personality::default().with(&change).unwrap();
        assert_eq!(changed.verbosity, Verbosity::Brief);
        assert_eq!(changed.style, Personality::default().style);
    }
}
