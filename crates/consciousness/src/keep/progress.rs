//! How far it is, for who watches: a bar on a terminal, a line now and then otherwise.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};
use store::portable::Progress;

const BAR: usize = 30;
const ON_TERMINAL: Duration = Duration::from_millis(200);
const IN_LINES: Duration = Duration::from_secs(10);

/// Tells on standard error. Standard output is for the result.
pub(super) struct Told {
    what: &'static str,
    is_terminal: bool,
    last: Instant,
    has_drawn: bool,
}

impl Told {
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            what,
            is_terminal: std::io::stderr().is_terminal(),
            last: Instant::now(),
            has_drawn: false,
        }
    }

    pub(super) fn tell(&mut self, progress: Progress) {
        let every = if self.is_terminal {
            ON_TERMINAL
        } else {
            IN_LINES
        };
        let is_done = self.has_drawn && progress.done == progress.of;
        if self.last.elapsed() < every && !is_done {
            return;
        }
        self.last = Instant::now();
        let line = line(self.what, progress);
        let mut out = std::io::stderr().lock();
        // Nobody who looks is no reason to stop.
        let _ = if self.is_terminal {
            self.has_drawn = true;
            write!(out, "\r\x1b[K{line}").and_then(|()| out.flush())
        } else {
            writeln!(out, "{line}")
        };
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if self.has_drawn {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        }
    }
}

fn line(what: &str, Progress { done, of }: Progress) -> String {
    if of == 0 {
        return format!("{what}: {done} rows");
    }
    let share = usize::try_from(done.min(of).saturating_mul(100) / of).unwrap_or(100);
    let full = share * BAR / 100;
    format!(
        "{what}: [{}{}] {share:3} %, {done} of {of} rows",
        "#".repeat(full),
        "-".repeat(BAR - full)
    )
}

#[cfg(test)]
mod tests {
    use super::line;
    use store::portable::Progress;

    #[test]
    fn a_line_says_how_far_it_is() {
        let said = line("Backup", Progress { done: 50, of: 100 });
        assert_eq!(
            said,
            "Backup: [###############---------------]  50 %, 50 of 100 rows"
        );
        assert_eq!(
            line("Restore", Progress { done: 7, of: 0 }),
            "Restore: 7 rows"
        );
    }
}
