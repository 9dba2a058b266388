//! A log file that lives with its neighbours: opened anew when it was rotated away, turned by itself
//! when nobody rotates it, and never a reason to stop.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What others see of a log file, and may ask of it.
#[derive(Debug, Default)]
pub(super) struct Standing {
    reopen: AtomicBool,
    lost: AtomicU64,
    fault: Mutex<Option<String>>,
}

impl Standing {
    /// The next line goes to what is then called by the file's name.
    pub(super) fn reopen(&self) {
        self.reopen.store(true, Ordering::Release);
    }

    /// Why lines are not written at present.
    pub(super) fn fault(&self) -> Option<String> {
        self.fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many lines could not be written since the start.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn note(&self, fault: Option<String>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}

/// The writing end; owned by the thread that writes.
pub(super) struct LogFile {
    path: PathBuf,
    /// At this size it becomes `<name>.1`, and what bore that name before is gone.
    largest: u64,
    open: Option<(File, u64)>,
    standing: Arc<Standing>,
}

impl LogFile {
    /// A file at `path`, made with its folder at once; where that fails the standing says so, and
    /// every line tries again.
    pub(super) fn new(path: &Path, largest: u64) -> (Self, Arc<Standing>) {
        let standing = Arc::new(Standing::default());
        let mut file = Self {
            path: path.to_owned(),
            largest,
            open: None,
            standing: Arc::clone(&standing),
        };
        if let Err(error) = file.ready() {
            file.failed(&error, 0);
        }
        (file, standing)
    }

    fn ready(&mut self) -> io::Result<&mut (File, u64)> {
        if self.open.is_none() {
            if let Some(folder) = self
                .path
                .parent()
                .filter(|path| !path.as_os_str().is_empty())
            {
                std::fs::create_dir_all(folder)?;
            }
            let file = File::options().create(true).append(true).open(&self.path)?;
            let size = file.metadata()?.len();
            self.open = Some((file, size));
        }
        self.open
            .as_mut()
            .ok_or_else(|| io::Error::other("the file was closed"))
    }

    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        if self.standing.reopen.swap(false, Ordering::AcqRel) {
            self.open = None;
        }
        let length = line.len() as u64;
        if let Some((_, size)) = &self.open
            && *size > 0
            && size + length > self.largest
        {
            self.open = None;
            let mut aside = self.path.clone().into_os_string();
            aside.push(".1");
            std::fs::rename(&self.path, aside)?;
        }
        let (file, size) = self.ready()?;
        file.write_all(line)?;
        *size += length;
        Ok(())
    }

    fn failed(&mut self, error: &io::Error, lines: u64) {
        self.open = None;
        self.standing.lost.fetch_add(lines, Ordering::Relaxed);
        self.standing
            .note(Some(format!("{}: {error}", self.path.display())));
    }
}

impl Write for LogFile {
    /// Takes the line in any case: a full disk must not stop the house.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.write_line(line) {
            Ok(()) => self.standing.note(None),
            Err(error) => self.failed(&error, 1),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::LogFile;
    use std::fs::{read_to_string, rename};
    use std::io::Write as _;

    #[test]
    fn a_rotated_file_is_left_for_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/house.log");
        let (mut file, standing) = LogFile::new(&path, 1_000);
        file.write_all(b"one\n").unwrap();
        rename(&path, folder.path().join("rotated")).unwrap();
        file.write_all(b"two\n").unwrap();
        standing.reopen();
        file.write_all(b"three\n").unwrap();
        assert_eq!(
            read_to_string(folder.path().join("rotated")).unwrap(),
            "one\ntwo\n"
        );
        assert_eq!(read_to_string(&path).unwrap(), "three\n");
        assert_eq!((standing.lost(), standing.fault()), (0, None));
    }

    #[test]
    fn a_file_that_nobody_rotates_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("house.log");
        let (mut file, _) = LogFile::new(&path, 100);
        for number in 0..100 {
            writeln!(file, "{number:09}").unwrap();
        }
        let (now, before) = (
            read_to_string(&path).unwrap(),
            read_to_string(folder.path().join("house.log.1")).unwrap(),
        );
        assert!(now.len() <= 100 && before.len() <= 100);
        assert!(now.ends_with("000000099\n"), "the newest lines are there");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told_and_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/house.log");
        std::fs::write(
            folder.path().join("logs"),
            "a file where a folder should be",
        )
        .unwrap();
        let (mut file, standing) = LogFile::new(&path, 1_000);
        file.write_all(b"lost\n").unwrap();
        assert_eq!(standing.lost(), 1);
        assert!(standing.fault().unwrap().contains("house.log"));
        std::fs::remove_file(folder.path().join("logs")).unwrap();
        file.write_all(b"kept\n").unwrap();
        assert_eq!(standing.fault(), None);
        assert_eq!(read_to_string(&path).unwrap(), "kept\n");
    }
}
