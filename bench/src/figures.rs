//! Figures, and the page that keeps them.

use crate::machine;
use anyhow::Context as _;
use std::fmt::Write as _;
use std::path::PathBuf;

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// It is only told.
    None,
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

/// One measured figure.
#[derive(Debug)]
pub(crate) struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    target: Target,
    /// What Home Assistant takes for the same on a machine like this.
    reference: Option<&'static str>,
}

/// A figure without a target.
pub(crate) fn figure(what: impl Into<String>, value: f64, unit: &'static str) -> Figure {
    Figure {
        what: what.into(),
        value,
        unit,
        target: Target::None,
        reference: None,
    }
}

impl Figure {
    pub(crate) fn at_most(mut self, most: f64) -> Self {
        self.target = Target::AtMost(most);
        self
    }

    pub(crate) fn at_least(mut self, least: f64) -> Self {
        self.target = Target::AtLeast(least);
        self
    }

    pub(crate) fn against(mut self, reference: &'static str) -> Self {
        self.reference = Some(reference);
        self
    }

    pub(crate) fn missed(&self) -> bool {
        match self.target {
            Target::None => false,
            Target::AtMost(most) => self.value > most,
            Target::AtLeast(least) => self.value < least,
        }
    }

    fn row(&self) -> String {
        let (target, verdict) = match self.target {
            Target::None => (String::new(), ""),
            Target::AtMost(most) => (format!("≤ {} {}", digits(most), self.unit), self.verdict()),
            Target::AtLeast(least) => {
                (format!("≥ {} {}", digits(least), self.unit), self.verdict())
            }
        };
        format!(
            "| {} | {} {} | {target} | {verdict} | {} |",
            self.what,
            digits(self.value),
            self.unit,
            self.reference.unwrap_or_default()
        )
    }

    fn verdict(&self) -> &'static str {
        if self.missed() { "**missed**" } else { "yes" }
    }
}

/// Three digits that count.
fn digits(value: f64) -> String {
    match value.abs() {
        big if big >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        0.0 => "0".to_owned(),
        small if small < 0.1 => format!("{value:.3}"),
        _ => format!("{value:.2}"),
    }
}

fn page() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md"))
}

/// Prints the figures of a case, and puts them in the place of those from before.
pub(crate) fn write(name: &str, about: &str, figures: &[Figure], load: &str) -> anyhow::Result<()> {
    let mut section = format!(
        "## {name}: {about}\n\nMeasured {} at {}, load {load} before.\n\n\
         | what | measured | target | reached | Home Assistant |\n|---|---|---|---|---|\n",
        jiff::Timestamp::now().strftime("%F %H:%M UTC"),
        machine::commit(),
    );
    for figure in figures {
        println!("{}", figure.row());
        writeln!(section, "{}", figure.row())?;
    }
    let before = std::fs::read_to_string(page()).context("bench/RESULTS.md cannot be read")?;
    let with_machine = replaced(&before, "machine", &machine::description())?;
    std::fs::write(page(), replaced(&with_machine, name, &section)?)?;
    Ok(())
}

/// The page with another text between the marks of a section; a new section comes last.
fn replaced(page: &str, name: &str, text: &str) -> anyhow::Result<String> {
    let (open, close) = (
        format!("<!-- {name} -->"),
        format!("<!-- end of {name} -->"),
    );
    let Some((before, rest)) = page.split_once(&open) else {
        return Ok(format!("{page}\n{open}\n{text}\n{close}\n"));
    };
    let (_, after) = rest
        .split_once(&close)
        .with_context(|| format!("bench/RESULTS.md has no `{close}`"))?;
    Ok(format!("{before}{open}\n{text}\n{close}{after}"))
}
