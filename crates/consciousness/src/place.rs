//! Which database a house lives in.
//!
//! A simulated house must never write into the database of a real one, nor into another simulated
//! house's. Beside each database of a simulated house stands a small file that names it.

use crate::settings::Settings;
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use store::Location;

/// The database and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) location: Location,
    /// The simulated house's name.
    simulated: Option<String>,
}

/// The name of a simulated house: its file's, without the ending.
fn house_name(file: &Path) -> String {
    file.file_stem().map_or_else(
        || "house".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

impl Place {
    /// Finds the database. Without `DATABASE_URL` a simulated house takes `consciousness.db` where
    /// that is free or its own already, and else `consciousness-<house>.db`.
    pub(crate) fn find(settings: &Settings, simulated: Option<&Path>) -> anyhow::Result<Self> {
        let location = Location::parse(settings.text("DATABASE_URL")).context("DATABASE_URL")?;
        let simulated = simulated.map(house_name);
        let owner = owner(location.path());
        let free = !location.path().exists() && owner.is_none();
        if free || owner == simulated {
            return Ok(Self {
                location,
                simulated,
            });
        }
        let path = location.path().display().to_string();
        match (simulated, owner) {
            (Some(house), _) if !settings.is_given("DATABASE_URL") => {
                let own = location
                    .path()
                    .with_file_name(format!("consciousness-{house}.db"));
                Ok(Self {
                    location: Location::file(own),
                    simulated: Some(house),
                })
            }
            (Some(house), owner) => anyhow::bail!(
                "DATABASE_URL: {path} belongs to {}; expected one of the simulated house {house} alone. \
                 Give it another DATABASE_URL",
                owner.map_or_else(
                    || "a real house".to_owned(),
                    |owner| format!("the simulated house {owner}")
                )
            ),
            (None, owner) => anyhow::bail!(
                "DATABASE_URL: {path} belongs to the simulated house {}; expected a database of this house. \
                 Remove it together with {}, or set another DATABASE_URL",
                owner.unwrap_or_default(),
                label(location.path()).display()
            ),
        }
    }

    /// The database that a command works on, whoever's it is.
    pub(crate) fn of_commands(settings: &Settings) -> anyhow::Result<Self> {
        let location = Location::parse(settings.text("DATABASE_URL")).context("DATABASE_URL")?;
        let simulated = owner(location.path());
        Ok(Self {
            location,
            simulated,
        })
    }

    /// Notes whose the database is, before it is made.
    pub(crate) fn claim(&self) -> anyhow::Result<()> {
        if let Some(house) = &self.simulated {
            let label = label(self.location.path());
            std::fs::write(&label, house)
                .with_context(|| format!("{} cannot be written", label.display()))?;
        }
        Ok(())
    }

    /// The folder of what belongs to the server and not to the house, such as the keys of a development.
    pub(crate) fn state_folder(&self) -> PathBuf {
        beside(self.location.path(), ".state")
    }

    /// Where credentials are kept.
    pub(crate) fn vault(&self) -> PathBuf {
        beside(self.location.path(), ".vault")
    }

    /// The socket of the operator's commands.
    pub(crate) fn socket(&self) -> PathBuf {
        socket_of(self.location.path())
    }

    /// Where the embedded broker keeps what it must not forget.
    pub(crate) fn broker_folder(&self) -> PathBuf {
        beside(self.location.path(), ".broker")
    }
}

/// The simulated house that a database belongs to; `None` for a real one, or none at all.
fn owner(database: &Path) -> Option<String> {
    let name = std::fs::read_to_string(label(database)).ok()?;
    Some(name.trim().to_owned())
}

fn label(database: &Path) -> PathBuf {
    beside(database, ".simulated")
}

/// The socket beside a database.
pub(crate) fn socket_of(database: &Path) -> PathBuf {
    database.with_extension("sock")
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::Place;
    use crate::settings::Settings;
    use std::path::Path;

    #[test]
    fn houses_never_share_a_database() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("consciousness.db");
        let url = format!("sqlite://{}", database.display());
        let settings =
            Settings::from(|name| (name == "DATABASE_URL").then(|| url.clone())).unwrap();
        let family = Place::find(&settings, Some(Path::new("houses/family.toml"))).unwrap();
        family.claim().unwrap();
        std::fs::write(&database, "").unwrap();
        assert_eq!(
            Place::find(&settings, Some(Path::new("houses/family.toml"))).unwrap(),
            family
        );
        for other in [Some(Path::new("houses/studio.toml")), None] {
            let refused = Place::find(&settings, other).unwrap_err().to_string();
            assert!(refused.contains("simulated house family"), "{refused}");
        }
    }
}
