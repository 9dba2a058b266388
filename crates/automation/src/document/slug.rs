//! The readable names of scenarios: `evening-arrival`.

use model::Slug;
use std::fmt;

/// A readable, unique name: 1 to 64 characters of a-z, 0-9 and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScenarioSlug(String);

impl ScenarioSlug {
    /// The nearest one of a name that a person wrote.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self(Slug::from_name(name, "scenario").as_str().replace('_', "-"))
    }

    /// Reads one; underscores and capitals are read as people mean them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.trim().to_lowercase().replace(['_', ' '], "-");
        let fits = (1..=64).contains(&plain.len())
            && plain
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        fits.then_some(Self(plain))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScenarioSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
