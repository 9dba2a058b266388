//! Stories in files and folders.

use super::base::{Base, Stage};
use super::play::Played;
use super::{Fault, read};
use std::io;
use std::path::{Path, PathBuf};

/// The most files that are tested at once.
const FILES: usize = 10_000;

/// How deep folders are looked into.
const DEPTH: usize = 8;

/// Gives the house that a `.toml` house file describes.
pub type Houses<'a> = &'a dyn Fn(&Path) -> Result<Stage, String>;

/// What came of one file.
#[derive(Debug)]
pub struct Tested {
    /// Which file.
    pub file: PathBuf,
    /// The story's title; empty where it could not be read.
    pub title: String,
    /// What it came to; or why it could not be played.
    pub result: Result<Played, Vec<Fault>>,
}

impl Tested {
    /// Whether all was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.result
            .as_ref()
            .is_ok_and(|played| played.failures.is_empty())
    }
}

/// Tests stories: files, and all `.story` files of folders and the folders in them, in the order of
/// their names.
///
/// # Errors
/// When a file or folder cannot be read.
pub fn test(paths: &[PathBuf], houses: Houses<'_>) -> io::Result<Vec<Tested>> {
    let mut files = Vec::new();
    for path in paths {
        gather(path, DEPTH, &mut files)?;
    }
    files.iter().map(|file| one(file, houses)).collect()
}

fn gather(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let told =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    if !std::fs::metadata(path).map_err(told)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(path).map_err(told)? {
        inside.push(entry.map_err(told)?.path());
    }
    inside.sort();
    for path in inside {
        let is_story = path.extension().is_some_and(|ending| ending == "story");
        if files.len() >= FILES {
            return Err(io::Error::other(format!(
                "more than {FILES} stories; name fewer folders"
            )));
        }
        if is_story || (path.is_dir() && depth > 0) {
            gather(&path, depth.saturating_sub(1), files)?;
        }
    }
    Ok(())
}

fn one(file: &Path, houses: Houses<'_>) -> io::Result<Tested> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let find = |name: &str| {
        let path = folder.join(name);
        if path.extension().is_some_and(|ending| ending == "toml") {
            return houses(&path).map(|stage| Base::Stage(Box::new(stage)));
        }
        std::fs::read_to_string(&path)
            .map(Base::Lines)
            .map_err(|error| error.to_string())
    };
    let story = read(&text);
    let title = story.as_ref().map(|story| story.title.clone());
    Ok(Tested {
        file: file.to_owned(),
        title: title.unwrap_or_default(),
        result: story.and_then(|story| story.play(&find)),
    })
}
