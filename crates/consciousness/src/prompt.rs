//! What is typed without being shown, or comes over standard input. Never an argument, which everybody on
//! the machine could read.

use anyhow::Context as _;
use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

/// What comes over standard input is no longer.
const LARGEST: u64 = 64 * 1_024;

/// Typed twice, or one line of standard input.
pub(crate) fn twice(what: &str) -> anyhow::Result<String> {
    if !std::io::stdin().is_terminal() {
        return line();
    }
    let first = typed(&format!("{what}: "))?;
    let second = typed("Once more: ")?;
    anyhow::ensure!(
        first == second,
        "the two are not the same; nothing was changed"
    );
    Ok(first)
}

/// Typed once, or one line of standard input.
pub(crate) fn once(what: &str) -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        typed(&format!("{what}: "))
    } else {
        line()
    }
}

/// Typed once, or all of standard input: a certificate has many lines.
pub(crate) fn all(what: &str) -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        return typed(&format!("{what}: "));
    }
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(LARGEST)
        .read_to_string(&mut text)
        .context("standard input is no text")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn line() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().take(LARGEST).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// What is typed while the terminal does not show it.
fn typed(prompt: &str) -> anyhow::Result<String> {
    let mut terminal = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .context("there is no terminal to ask on")?;
    write!(terminal, "{prompt}")?;
    terminal.flush()?;
    let _hidden = Hidden::begin()?;
    let mut line = String::new();
    std::io::BufReader::new(&terminal).read_line(&mut line)?;
    writeln!(terminal)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The terminal does not show what is typed as long as this lives.
struct Hidden;

impl Hidden {
    fn begin() -> anyhow::Result<Self> {
        stty("-echo").context("the terminal cannot be told to hide what is typed")?;
        Ok(Self)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        drop(stty("echo"));
    }
}

fn stty(what: &str) -> anyhow::Result<()> {
    let terminal = std::fs::File::open("/dev/tty")?;
    let told = std::process::Command::new("stty")
        .arg(what)
        .stdin(terminal)
        .status()?;
    anyhow::ensure!(told.success(), "stty {what} failed");
    Ok(())
}
