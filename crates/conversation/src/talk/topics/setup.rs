//! What the set-up was earlier, and what changed of it.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, words};
use crate::text;
use crate::time::{self, Past};
use crate::understand::Dialogue;
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};
use serde_json::Value as Json;
use store::Version;

/// How many changes one answer tells.
const TOLD: usize = 6;

/// How many changes are counted.
const COUNTED: usize = 200;

impl Turn<'_> {
    /// “What changed in the set-up since Monday?”
    pub(super) async fn setup_changes(&self) -> Answer {
        let (from, to, when) = self.spoken_stretch(true).unwrap_or_else(|| {
            let week = self.now - SignedDuration::from_hours(7 * 24);
            (week, self.now, "in the last week".to_owned())
        });
        let store = &self.wires.store;
        let found = async {
            let began = store.configuration_began().await?;
            let found = history::configuration_changes(store, (from, to), None, COUNTED).await?;
            Ok::<_, store::StoreError>((began, found))
        };
        let (began, (changes, next)) = match found.await {
            Ok(found) => found,
            Err(error) => return cannot_read(&error),
        };
        let before = match began > from {
            true => format!(" What the set-up was is only known {}.", self.since(began)),
            false => String::new(),
        };
        if changes.is_empty() {
            return Answer::of(
                "setup.changes",
                format!("Nothing changed in the set-up {when}.{before}"),
            )
            .slot("count", 0);
        }
        let lines: Vec<String> = changes
            .iter()
            .take(TOLD)
            .map(|change| {
                format!(
                    "{} ({}): {} ({})",
                    change.name,
                    words::moment(change.at, self.now, &self.wires.zone),
                    change.what.join(", "),
                    change.cause.who
                )
            })
            .collect();
        let more = match changes.len().saturating_sub(TOLD) {
            0 => String::new(),
            // There may be others that were not counted.
            more if next.is_some() => format!(" And at least {more} more."),
            more => format!(" And {more} more."),
        };
        let text = format!(
            "What changed in the set-up {when}: {}.{more}{before}",
            lines.join("; ")
        );
        let mut answer = Answer::of("setup.changes", text).slot("count", changes.len());
        answer.evidence = changes
            .iter()
            .take(20)
            .map(|change| Evidence {
                kind: "configuration",
                device: (change.part == "device")
                    .then(|| change.id.parse().ok())
                    .flatten(),
                name: change.name.clone(),
                at: Some(change.at),
                text: Some(change.what.join(", ")),
                ..Evidence::default()
            })
            .collect();
        answer
    }

    /// “What was the bedroom lamp called last month?”, “where was the fan in May?”
    pub(super) async fn setup_was(&self, said: &str, next: &mut Dialogue) -> Answer {
        let found = self.devices_called(said, next);
        let area = self.snapshot.areas.values().find(|area| {
            text::folded(&area.name) == text::folded(said) || area.slug.as_str() == said
        });
        let (part, id, name) = match (&found[..], area) {
            (_, Some(area)) => ("area", area.id.to_string(), area.name.clone()),
            ([device], None) => ("device", device.to_string(), self.name(*device)),
            ([], None) => {
                let text = format!(
                    "Nothing is called “{said}” now. Ask me what changed in the set-up to find it by what it is called."
                );
                return Answer::of("setup.was", text)
                    .suggesting(["What changed in the set-up?".into()]);
            }
            (several, None) => {
                let names: Vec<String> = several.iter().map(|id| self.name(*id)).collect();
                let text = format!(
                    "That could be {}. Say which one.",
                    words::listed(&names, 6).replace(" and ", " or ")
                );
                return Answer::of("clarify", text);
            }
        };
        if let [device] = found[..] {
            next.last = vec![device];
        }
        let store = &self.wires.store;
        let read = async {
            let began = store.configuration_began().await?;
            Ok::<_, store::StoreError>((began, store.configuration_of(part, &id).await?))
        };
        let (began, versions) = match read.await {
            Ok(read) => read,
            Err(error) => return cannot_read(&error),
        };
        let (from, to, when) =
            self.spoken_stretch(false)
                .unwrap_or((Timestamp::MIN, self.now, "before".to_owned()));
        if to < began {
            let text = format!(
                "I do not know that: what the set-up was is only known {}.",
                self.since(began)
            );
            return Answer::of("setup.was", text);
        }
        let called = names_within(&versions, from, to);
        let evidence = versions.iter().rev().take(20).map(|version| Evidence {
            kind: "configuration",
            name: name_of(version).unwrap_or_default(),
            at: Some(version.at),
            ..Evidence::default()
        });
        let text = match &called[..] {
            [] => format!("{name} was not there {when}."),
            [one] if *one == name => format!("It was called {name} {when}, as now."),
            [one] => format!("It was called {one} {when}; it is called {name} now."),
            several => format!(
                "It was called {} {when}; it is called {name} now.",
                several.join(", then ")
            ),
        };
        let mut answer = Answer::of("setup.was", text);
        answer.evidence = evidence.collect();
        answer
    }

    fn since(&self, at: Timestamp) -> String {
        let local = self.wires.zone.to_datetime(at);
        format!("since {}", local.strftime("%-d %B %Y, %H:%M"))
    }

    /// The stretch of the past that the message names. `since` a day lasts until now.
    fn spoken_stretch(&self, since: bool) -> Option<(Timestamp, Timestamp, String)> {
        let tokens = text::read(self.message, self.language).tokens;
        let folded: Vec<&str> = tokens.iter().map(|token| &*token.text).collect();
        let has = |words: &[&str]| folded.windows(words.len()).any(|window| window == words);
        let zone = &self.wires.zone;
        let today = zone.to_datetime(self.now).date();
        let midnight = |date: Date| {
            date.to_zoned_datetime(zone.clone())
                .ok()
                .map(|moment| moment.timestamp())
        };
        let span = |from: Date, to: Date, name: &str| {
            Some((midnight(from)?, midnight(to)?, name.to_owned()))
        };
        let month = today.first_of_month();
        let monday = today
            .checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days())
            .ok()?;
        let tomorrow = today.tomorrow().ok()?;
        let open = has(&["since"]) || has(&["seit"]);
        let found = if has(&["last", "month"]) || has(&["letzten", "monat"]) {
            span(month.checked_sub(1.month()).ok()?, month, "last month")
        } else if has(&["this", "month"]) || has(&["diesen", "monat"]) {
            span(month, tomorrow, "this month")
        } else if has(&["last", "week"]) || has(&["letzte", "woche"]) {
            span(monday.checked_sub(7.days()).ok()?, monday, "last week")
        } else if has(&["this", "week"]) || has(&["diese", "woche"]) {
            span(monday, tomorrow, "this week")
        } else if has(&["last", "year"]) || has(&["letztes", "jahr"]) {
            let year = today.first_of_year();
            span(year.checked_sub(1.year()).ok()?, year, "last year")
        } else {
            let (_, when) = time::take(&tokens, self.language, false, &[]);
            when.past.and_then(|past: Past| self.stretch(past))
        };
        let (from, to, name) = found?;
        if since && open {
            let name = words::moment(from, self.now, zone);
            return Some((
                from,
                self.now,
                format!(
                    "since {}",
                    name.trim_start_matches("at ").trim_start_matches("on ")
                ),
            ));
        }
        Some((
            from,
            to.min(self.now),
            name.trim_end_matches(',').to_owned(),
        ))
    }
}

fn cannot_read(error: &store::StoreError) -> Answer {
    Answer::of(
        "setup",
        format!("I cannot read what the set-up was: {error}."),
    )
}

fn name_of(version: &Version) -> Option<String> {
    version
        .body
        .as_ref()?
        .get("name")
        .and_then(Json::as_str)
        .map(str::to_owned)
}

/// The names that held in a stretch of time, the oldest first.
fn names_within(versions: &[Version], from: Timestamp, to: Timestamp) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, version) in versions.iter().enumerate() {
        let ends = versions.get(at + 1).map_or(Timestamp::MAX, |next| next.at);
        if version.at >= to || ends <= from {
            continue;
        }
        if let Some(name) = name_of(version)
            && names.last() != Some(&name)
        {
            names.push(name);
        }
    }
    names
}
