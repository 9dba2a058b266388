//! From text to a story: every fault at once, each with its line and a remedy.

use super::entry::Entry;
use super::setup::Setup;
use super::words::words;
use super::{Part, Story, When, Wrong, entry, fault, setup, wrong};
use crate::document::{Fault, ScenarioSlug, Span, read_toml};
use crate::engine::{Scene, SceneSetting};
use jiff::civil::{DateTime, Time};

/// The longest story.
const TEXT_MAX: usize = 256 * 1024;

/// The most faults that are told at once.
const FAULTS: usize = 20;

/// What a line that is not indented begins with.
const HEADS: &str =
    "`story`, `house`, `scenario`, `scene`, or a moment such as 20:00, 2026-11-23 20:00 or +5min";

/// A line that is not indented, and the indented ones under it.
struct Block<'a> {
    number: usize,
    head: &'a str,
    body: Vec<(usize, &'a str)>,
}

/// Reads a story.
///
/// # Errors
/// Every fault of it, with its line.
pub fn read(text: &str) -> Result<Story, Vec<Fault>> {
    if text.len() > TEXT_MAX {
        let message = format!("it is {} bytes long", text.len());
        return Err(vec![fault(1, message, format!("at most {TEXT_MAX}"))]);
    }
    let mut faults = Vec::new();
    let mut story = Story {
        title: String::new(),
        house: None,
        setup: Vec::new(),
        parts: Vec::new(),
    };
    for block in blocks(text, &mut faults) {
        let head = block.head.trim();
        let (first, rest) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
        match first {
            "story" => story.title = rest.trim().to_owned(),
            "house" => {
                story.house = house_file(block.number, rest, &mut faults);
                story.setup.extend(setup_lines(&block.body, &mut faults));
            }
            "scenario" => scenario(&block, &mut story, &mut faults),
            "scene" => scene(&block, rest, &mut story, &mut faults),
            _ if head.starts_with(|c: char| c.is_ascii_digit() || c == '+') => {
                moment(&block, &mut story, &mut faults);
            }
            _ => faults.push(fault(
                block.number,
                format!("a line cannot begin with `{first}`"),
                HEADS,
            )),
        }
    }
    if story.title.is_empty() {
        faults.push(fault(
            1,
            "it has no title",
            "a line such as `story The evening light`",
        ));
    }
    if !has_expectation(&story) && faults.is_empty() {
        faults.push(fault(
            1,
            "it expects nothing",
            "at least one line that begins with `expect`",
        ));
    }
    faults.truncate(FAULTS);
    if faults.is_empty() {
        Ok(story)
    } else {
        Err(faults)
    }
}

fn has_expectation(story: &Story) -> bool {
    let expects = |part: &Part| match part {
        Part::Entry { entry, .. } => entry.expects(),
        _ => false,
    };
    story.parts.iter().any(|(_, part)| expects(part))
}

fn blocks<'a>(text: &'a str, faults: &mut Vec<Fault>) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let number = place + 1;
        let indented = line.starts_with([' ', '\t']);
        match blocks.last_mut() {
            // Inside a scenario a comment or an empty line is a line of its document.
            Some(block) if indented || line.trim().is_empty() => block.body.push((number, line)),
            _ if line.trim().is_empty() || line.starts_with('#') => {}
            None if indented => {
                faults.push(fault(number, "an indented line belongs to nothing", HEADS))
            }
            _ => blocks.push(Block {
                number,
                head: line,
                body: Vec::new(),
            }),
        }
    }
    blocks
}

fn house_file(number: usize, rest: &str, faults: &mut Vec<Fault>) -> Option<(usize, String)> {
    match words(rest).as_deref() {
        Ok([]) => None,
        Ok([file]) => Some((number, file.text.clone())),
        _ => {
            let expected = "nothing after `house`, or a file such as small.house or family.toml";
            faults.push(fault(number, "that is no file", expected));
            None
        }
    }
}

/// The lines of a house: of a story, or of a file of its own.
pub(super) fn setup_lines(lines: &[(usize, &str)], faults: &mut Vec<Fault>) -> Vec<(usize, Setup)> {
    let mut all = Vec::new();
    for &(number, line) in lines {
        let read = words(line).and_then(|words| match &words[..] {
            [] => Ok(None),
            words => setup::read(words).map(Some),
        });
        match read {
            Ok(found) => all.extend(found.map(|found| (number, found))),
            Err((message, expected)) => faults.push(fault(number, message, expected)),
        }
    }
    all
}

fn scenario(block: &Block<'_>, story: &mut Story, faults: &mut Vec<Fault>) {
    let first = block
        .body
        .first()
        .map_or(block.number, |(number, _)| *number);
    let mut toml = String::new();
    for (_, line) in &block.body {
        toml.push_str(line);
        toml.push('\n');
    }
    match read_toml(&toml) {
        Ok(document) => {
            let part = Part::Scenario(Box::new(document));
            story.parts.push((block.number, part));
        }
        Err(wrong) => faults.extend(wrong.into_iter().map(|one| Fault {
            line: one.line.map(|line| first + line - 1),
            ..one
        })),
    }
}

fn scene(block: &Block<'_>, name: &str, story: &mut Story, faults: &mut Vec<Fault>) {
    let name = name.trim().trim_matches('"');
    if name.is_empty() {
        faults.push(fault(
            block.number,
            "the scene has no name",
            "a line such as `scene Movie night`",
        ));
        return;
    }
    let mut settings: Vec<SceneSetting> = Vec::new();
    for &(number, line) in &block.body {
        let read = words(line).and_then(|words| match &words[..] {
            [] => Ok(None),
            words => entry::read(words).map(Some),
        });
        match read {
            Ok(None) => {}
            Ok(Some(Entry::Report {
                device,
                path,
                value: Some(value),
                unit: None,
            })) => settings.push(SceneSetting {
                device,
                endpoint: path.endpoint,
                capability: path.capability,
                values: vec![(path.property.name.to_owned(), value)],
            }),
            Ok(Some(_)) => faults.push(fault(
                number,
                "a scene only sets values",
                "a line such as `hall_lamp OnOff.on_off = true`",
            )),
            Err((message, expected)) => faults.push(fault(number, message, expected)),
        }
    }
    let scene = Scene {
        name: name.to_owned(),
        slug: ScenarioSlug::from_name(name),
        settings,
    };
    story.parts.push((block.number, Part::Scene(scene)));
}

fn moment(block: &Block<'_>, story: &mut Story, faults: &mut Vec<Fault>) {
    let (when, rest) = match when(block.head) {
        Ok(found) => found,
        Err((message, expected)) => {
            faults.push(fault(block.number, message, expected));
            return;
        }
    };
    story.parts.push((block.number, Part::Moment(when)));
    let lines = std::iter::once((block.number, rest)).chain(block.body.iter().copied());
    for (number, line) in lines {
        let read = words(line).and_then(|words| match &words[..] {
            [] => Ok(None),
            words => entry::read(words).map(Some),
        });
        match read {
            Ok(None) => {}
            Ok(Some(entry)) => {
                let text = line.trim().to_owned();
                story.parts.push((number, Part::Entry { entry, text }));
            }
            Err((message, expected)) => faults.push(fault(number, message, expected)),
        }
    }
}

/// A moment, and what stands behind it in the line.
fn when(line: &str) -> Result<(When, &str), Wrong> {
    let expected = "a moment such as 20:00, 2026-11-23 20:00, 2026-11-23T19:00Z or +5min";
    let line = line.trim();
    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let no_moment = || wrong(format!("`{first}` is no moment"), expected);
    if let Some(span) = first.strip_prefix('+') {
        let span = Span::parse(span).ok_or_else(no_moment)?;
        return Ok((When::Later(span.0), rest));
    }
    if first.contains('T') {
        let exact = first.parse().map_err(|_| no_moment())?;
        return Ok((When::Exact(exact), rest));
    }
    if first.contains('-') {
        let rest = rest.trim_start();
        let (clock, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let date = date_time(first, clock).ok_or_else(no_moment)?;
        return Ok((When::Date(date), rest));
    }
    let time = time(first).ok_or_else(no_moment)?;
    Ok((When::Clock(time), rest))
}

fn time(text: &str) -> Option<Time> {
    let clock = crate::document::Clock::parse(text)?;
    Time::midnight()
        .checked_add(jiff::SignedDuration::from_secs(clock.0.into()))
        .ok()
}

/// A date and a time of the house's clock.
pub(super) fn date_time(date: &str, clock: &str) -> Option<DateTime> {
    let date: jiff::civil::Date = date.parse().ok()?;
    Some(date.to_datetime(time(clock)?))
}
