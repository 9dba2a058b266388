//! One row of a crate's table of settings.

/// What a setting's text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A path of a file or folder.
    Path,
    /// A URL with one of these schemes.
    Url(&'static [&'static str]),
    /// A text that must never be shown.
    Secret,
}

/// A setting: its name in the environment, what it takes, its default, and what it is for.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The name in the environment and in `.env`.
    pub name: &'static str,
    /// What it takes.
    pub kind: SettingKind,
    /// The value when it is not set; empty means unset.
    pub default: &'static str,
    /// An example that would be right.
    pub example: &'static str,
    /// What it is for, one or two sentences.
    pub doc: &'static str,
}
