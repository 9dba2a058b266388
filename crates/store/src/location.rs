//! Where the database is: what `DATABASE_URL` says.

use std::path::{Path, PathBuf};

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    path: PathBuf,
}

/// Why a `DATABASE_URL` cannot be used. Never repeats the URL: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// PostgreSQL is not there yet.
    #[error(
        "PostgreSQL is not supported by this version; expected a SQLite database such as sqlite://consciousness.db"
    )]
    PostgresLater,
    /// Another scheme, or none.
    #[error("the scheme `{0}` is not known; expected sqlite://name.db or sqlite:///folder/name.db")]
    Scheme(String),
    /// There is no file name.
    #[error("no file is named; expected sqlite://name.db or sqlite:///folder/name.db")]
    NoFile,
    /// A parameter that would have no effect.
    #[error("the parameter `{0}` is not known; expected none")]
    Parameter(String),
}

impl Location {
    /// A database in this file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Reads a `DATABASE_URL`.
    ///
    /// `sqlite://x.db` is relative to the working directory and `sqlite:///folder/x.db` absolute.
    /// With the scheme `sqlite+aiosqlite` the path is read as that one's users write it: three
    /// slashes are relative, four absolute.
    ///
    /// # Errors
    /// When it is of another scheme, names no file, or has unknown parameters.
    pub fn parse(url: &str) -> Result<Self, LocationError> {
        let Some((scheme, rest)) = url.trim().split_once("://") else {
            return Err(LocationError::Scheme(shortened(
                url.split(':').next().unwrap_or(""),
            )));
        };
        let scheme = scheme.to_ascii_lowercase();
        let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let path = match scheme.as_str() {
            "sqlite" => match path.strip_prefix("/./") {
                Some(relative) => relative,
                None => path,
            },
            "sqlite+aiosqlite" => path.strip_prefix('/').unwrap_or(path),
            _ if scheme.starts_with("postgres") => return Err(LocationError::PostgresLater),
            _ => return Err(LocationError::Scheme(shortened(&scheme))),
        };
        // `mode=rwc` is what is done anyway, and common in examples elsewhere.
        if let Some(other) = parameters
            .split('&')
            .find(|p| !p.is_empty() && *p != "mode=rwc")
        {
            return Err(LocationError::Parameter(shortened(
                other.split('=').next().unwrap_or(""),
            )));
        }
        if path.is_empty() || path.ends_with('/') || path == ":memory:" {
            return Err(LocationError::NoFile);
        }
        Ok(Self {
            path: PathBuf::from(path),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::{Location, LocationError};
    use std::path::Path;

    #[test]
    fn urls_name_files() {
        for (url, path) in [
            ("sqlite://consciousness.db", "consciousness.db"),
            ("sqlite:///var/lib/c.db", "/var/lib/c.db"),
            ("sqlite:////var/lib/c.db", "//var/lib/c.db"),
            ("sqlite:///./x.db", "x.db"),
            ("SQLite://data/x.db?mode=rwc", "data/x.db"),
            ("sqlite+aiosqlite:///./x.db", "./x.db"),
            ("sqlite+aiosqlite:///x.db", "x.db"),
            ("sqlite+aiosqlite:////var/x.db", "/var/x.db"),
        ] {
            assert_eq!(
                Location::parse(url).as_ref().map(Location::path),
                Ok(Path::new(path)),
                "{url}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_a_password() {
        for url in [
            "postgresql://anna:secret@db/house",
            "postgresql+asyncpg://anna:secret@db/house",
        ] {
            assert_eq!(Location::parse(url), Err(LocationError::PostgresLater));
        }
        for url in [
            "",
            "consciousness.db",
            "mysql://anna:secret@db/x",
            "sqlite://",
            "sqlite:///folder/",
            "sqlite://x.db?cache=shared",
        ] {
            let refused = Location::parse(url).unwrap_err().to_string();
            assert!(
                refused.contains("expected") && !refused.contains("secret"),
                "{url}: {refused}"
            );
        }
    }
}
