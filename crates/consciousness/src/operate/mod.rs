//! What the person who operates the house asks of the program: is all well, and is it safe.
//!
//! Each list is a row of [`Item`]s: what was looked at, how it is, and what to do.

pub mod check;
pub mod maintenance;
pub mod scan;

use serde::Serialize;
use std::fmt::Write as _;

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// Works, and wants attention.
    Warn,
    /// Does not work, or is not safe.
    Fail,
    /// Could not be looked at, or does not apply here.
    Skip,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What was looked at.
    pub name: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Item {
    fn pass(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(name, Verdict::Pass, found, None)
    }

    fn skip(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(name, Verdict::Skip, why, None)
    }

    fn warn(name: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, Verdict::Warn, found, Some(remedy.into()))
    }

    fn fail(name: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, Verdict::Fail, found, Some(remedy.into()))
    }

    fn new(
        name: impl Into<String>,
        verdict: Verdict,
        found: impl Into<String>,
        remedy: Option<String>,
    ) -> Self {
        Self {
            name: name.into(),
            verdict,
            found: found.into(),
            remedy,
        }
    }
}

/// How the list is printed.
#[derive(Debug, clap::Args)]
pub struct Form {
    /// Print the list as JSON.
    #[arg(long)]
    json: bool,
}

/// Something on the list failed; the list itself was printed.
#[derive(Debug, thiserror::Error)]
#[error("{0} of {1} failed")]
pub struct Failed(usize, usize);

/// Prints the list, and is an error where something on it failed.
fn tell(items: &[Item], form: &Form) -> anyhow::Result<()> {
    let count = |verdict| items.iter().filter(|item| item.verdict == verdict).count();
    let failed = count(Verdict::Fail);
    if form.json {
        let list = serde_json::json!({ "ok": failed == 0, "items": items });
        println!("{}", serde_json::to_string_pretty(&list)?);
    } else {
        print!("{}", rendered(items));
        println!(
            "{} passed, {} to look at, {failed} failed, {} skipped",
            count(Verdict::Pass),
            count(Verdict::Warn),
            count(Verdict::Skip),
        );
    }
    if failed > 0 {
        return Err(Failed(failed, items.len()).into());
    }
    Ok(())
}

fn rendered(items: &[Item]) -> String {
    let wide = items
        .iter()
        .map(|item| item.name.chars().count())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for item in items {
        let mark = match item.verdict {
            Verdict::Pass => "pass",
            Verdict::Warn => "WARN",
            Verdict::Fail => "FAIL",
            Verdict::Skip => "skip",
        };
        let found: String = item.found.chars().filter(|c| !c.is_control()).collect();
        let _ = writeln!(text, "{mark}  {:wide$}  {found}", item.name);
        if let Some(remedy) = &item.remedy {
            let _ = writeln!(text, "      {:wide$}  -> {remedy}", "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Item, rendered};

    #[test]
    fn a_list_says_what_to_do_where_something_is_wrong() {
        let items = [
            Item::pass("server", "answers in 2 ms"),
            Item::fail("disk", "91 % used", "make room"),
        ];
        assert_eq!(
            rendered(&items),
            "pass  server  answers in 2 ms\nFAIL  disk    91 % used\n              -> make room\n"
        );
    }
}
