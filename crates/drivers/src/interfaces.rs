//! Which of the machine's network interfaces are searched for devices.

/// A choice of network interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interfaces {
    /// All but loopback.
    All,
    /// Those of these names; loopback only where it is one of them.
    Named(Vec<String>),
}

impl Interfaces {
    /// Reads names separated by commas; nothing means all.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let names: Vec<_> = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        if names.is_empty() {
            Self::All
        } else {
            Self::Named(names)
        }
    }

    /// Whether an interface is searched.
    #[must_use]
    pub fn wants(&self, name: &str, is_loopback: bool) -> bool {
        match self {
            Self::All => !is_loopback,
            Self::Named(names) => names.iter().any(|one| one == name),
        }
    }
}
