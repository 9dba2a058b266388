//! One process owns the data folder.

use anyhow::Context as _;
use fs4::fs_std::FileExt as _;
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Held as long as the process owns the database; the system lets go of it whatever happens.
#[derive(Debug)]
pub struct Owner {
    _file: File,
}

/// Another process owns it.
#[derive(Debug, thiserror::Error)]
#[error(
    "another consciousness (process {process}) already serves {database}; expected a database of its own. \
     Stop that one, or give this one another DATABASE_URL"
)]
pub struct Taken {
    database: String,
    pub(crate) process: String,
}

/// How often it is looked whether an owner has let go: the system tells nobody.
const LOOK: Duration = Duration::from_millis(10);

/// Takes the database's lock, or says who has it.
pub fn own(database: &Path) -> anyhow::Result<Owner> {
    if let Some(folder) = database
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let path = lock_file(database);
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .with_context(|| {
            format!(
                "{} cannot be written; the folder must be writable",
                path.display()
            )
        })?;
    if !file.try_lock_exclusive().unwrap_or(false) {
        let mut process = String::new();
        drop(file.read_to_string(&mut process));
        let process = process.trim().to_owned();
        let process = if process.is_empty() {
            "unknown".to_owned()
        } else {
            process
        };
        return Err(Taken {
            database: database.display().to_string(),
            process,
        }
        .into());
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(Owner { _file: file })
}

/// Waits until nobody has the lock any more, and takes it; who is waited for is told once.
pub(crate) async fn take_over(database: &Path, waits: impl Fn(&Taken)) -> anyhow::Result<Owner> {
    let mut is_told = false;
    loop {
        match own(database) {
            Ok(owner) => return Ok(owner),
            Err(error) => {
                let taken = error.downcast::<Taken>()?;
                if !is_told {
                    waits(&taken);
                    is_told = true;
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

pub(crate) fn lock_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::{Taken, own};

    #[test]
    fn a_second_owner_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("data/house.db");
        let owner = own(&database).unwrap();
        let refused = own(&database).unwrap_err();
        assert!(refused.downcast_ref::<Taken>().is_some());
        assert!(
            refused
                .to_string()
                .contains(&std::process::id().to_string()),
            "{refused}"
        );
        drop(owner);
        assert!(own(&database).is_ok());
    }
}
