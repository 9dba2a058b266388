//! What is wrong with a document, where, and what would be right.

use std::fmt;

/// One fault of a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// Where: `when[0].offset`. Empty for the document as a whole.
    pub path: String,
    /// In which line, from 1, where that is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub expected: String,
}

impl Fault {
    /// A fault at a place.
    pub fn at(
        path: impl Into<String>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            line: None,
            message: message.into(),
            expected: expected.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}; expected {}", self.message, self.expected)
    }
}
