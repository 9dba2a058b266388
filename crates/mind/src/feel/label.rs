//! The words for feelings.

use std::fmt;

macro_rules! labels {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),* $(,)?) => {
        /// The word for a feeling.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Label { $($(#[$doc])* $variant),* }

        impl Label {
            /// Every word.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word on the wire and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads such a word.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

labels! {
    /// Too little is known, or it is too old.
    Unsure = "unsure",
    /// Something is broken.
    Pain = "pain",
    /// Much is wrong, or much goes on while something is.
    Stressed = "stressed",
    /// Something is not right.
    Worried = "worried",
    /// All is well, and nothing has happened for long.
    Bored = "bored",
    /// All is well.
    Content = "content",
    /// All is very well.
    Happy = "happy",
    /// All is very well, and much goes on.
    Excited = "excited",
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
