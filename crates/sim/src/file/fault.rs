//! What is wrong with a house file, said so that it can be mended without reading the source.

use std::fmt;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// The field, such as `devices.hall_lamp.area`.
    pub field: String,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

/// A house file that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file} cannot be used:{}", list(.faults))]
pub struct FileError {
    /// The file.
    pub file: String,
    /// Everything that is wrong with it.
    pub faults: Vec<Fault>,
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

impl Fault {
    /// A fault without a place.
    pub(super) fn plain(wrong: String, right: &str) -> Self {
        Self {
            line: None,
            field: String::new(),
            wrong,
            right: right.to_owned(),
        }
    }

    /// What the TOML parser found.
    pub(super) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        let line = error
            .span()
            .map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        Self {
            line,
            ..Self::parsed(&error.message().trim().replace('\n', "; "))
        }
    }

    /// What the JSON parser found.
    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        // serde_json ends its message with the place, which has a field of its own here.
        let wrong = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(wrong, _)| wrong);
        Self {
            line: (error.line() > 0).then(|| error.line()),
            ..Self::parsed(wrong)
        }
    }

    /// A parser's message; most already end with what they expected.
    fn parsed(message: &str) -> Self {
        let (wrong, right) = message
            .split_once(", expected ")
            .unwrap_or((message, "what docs/reference/house-file.md describes"));
        let right = match right {
            "f64" => "a number",
            "u64" | "i32" => "a whole number",
            "a sequence" => "a list",
            "a boolean" => "true or false",
            other => other,
        };
        Self::plain(wrong.to_owned(), right)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        write!(f, "{}; expected {}", self.wrong, self.right)
    }
}

/// The line of `field` in the table whose slug is `slug`; the slug's own line where the field is
/// not found after it. A look through the text is enough: spans would need a second set of types.
pub(super) fn line_of(text: &str, table: &str, slug: &str, field: &str) -> Option<usize> {
    let quoted = format!("\"{slug}\"");
    let mut inside = table.is_empty();
    let mut home = None;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let head = trimmed.trim_start_matches(['[', '"']);
        if head.starts_with(table) && (trimmed.starts_with('[') || trimmed.starts_with('"')) {
            inside = true;
        }
        if !inside {
            continue;
        }
        let key = trimmed.trim_start_matches(['"', '{', ' ']);
        if home.is_none() {
            let names_it = key.starts_with("slug") || trimmed.contains("slug");
            if slug.is_empty() || (names_it && trimmed.contains(&quoted)) {
                home = Some(index);
            }
            if home.is_none() {
                continue;
            }
        } else if trimmed.contains("slug") && !trimmed.contains(&quoted) {
            break;
        }
        let rest = trimmed.match_indices(field).any(|(at, _)| {
            let before = trimmed[..at].chars().next_back();
            let after = trimmed[at + field.len()..].chars().next();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
                && after.is_some_and(|c| matches!(c, ' ' | '=' | '"' | ':'))
        });
        if rest {
            return Some(index + 1);
        }
    }
    home.map(|index| index + 1)
}
