//! In which line of a text something stands.

use super::Fault;
use serde_json::Value as Json;

/// The line of an offset, from 1.
pub(super) fn line_of_offset(text: &str, offset: usize) -> usize {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// Finds the lines of faults in a JSON text.
pub(super) fn in_json(text: &str, faults: Vec<Fault>) -> Vec<Fault> {
    faults
        .into_iter()
        .map(|mut fault| {
            fault.line = fault.line.or_else(|| Some(json_line(text, &fault.path)));
            fault
        })
        .collect()
}

/// The line where a path begins, or where the nearest of its parents does.
fn json_line(text: &str, path: &str) -> usize {
    let mut at = 0;
    for part in parts(path) {
        let found = match part {
            Part::Key(key) => enter_key(text, at, key),
            Part::Place(place) => enter_item(text, at, place),
        };
        match found {
            Some(next) => at = next,
            None => break,
        }
    }
    let skipped = text[at..].len() - text[at..].trim_start().len();
    line_of_offset(text, at + skipped)
}

enum Part<'a> {
    Key(&'a str),
    Place(usize),
}

fn parts(path: &str) -> impl Iterator<Item = Part<'_>> {
    path.split(['.', '['])
        .filter(|part| !part.is_empty())
        .map(|part| {
            match part
                .strip_suffix(']')
                .and_then(|number| number.parse().ok())
            {
                Some(place) => Part::Place(place),
                None => Part::Key(part),
            }
        })
}

/// The length of the JSON value at the start of a text.
fn value_length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// Where the value of a key begins, in the object that begins at `at`.
fn enter_key(text: &str, at: usize, key: &str) -> Option<usize> {
    let mut at = at + text[at..].find('{')? + 1;
    loop {
        at += text[at..].find('"')?;
        let length = value_length(&text[at..])?;
        let found = serde_json::from_str::<String>(&text[at..at + length]).ok()?;
        at += length;
        at += text[at..].find(':')? + 1;
        if found == key {
            return Some(at);
        }
        at += value_length(&text[at..])?;
        let rest = text[at..].trim_start();
        if !rest.starts_with(',') {
            return None;
        }
    }
}

/// Where an item of the list that begins at `at` begins; a single object counts as a list of one.
fn enter_item(text: &str, at: usize, place: usize) -> Option<usize> {
    let start = at + (text[at..].len() - text[at..].trim_start().len());
    if text[start..].starts_with('{') {
        return (place == 0).then_some(start);
    }
    let mut at = start + text[start..].find('[')? + 1;
    for _ in 0..place {
        at += value_length(&text[at..])?;
        at += text[at..].find(',')? + 1;
    }
    Some(at)
}

/// Finds the lines of faults in a TOML text.
pub(super) fn in_toml(text: &str, faults: Vec<Fault>) -> Vec<Fault> {
    let root = toml::de::DeTable::parse(text).ok();
    faults
        .into_iter()
        .map(|mut fault| {
            let offset = root
                .as_ref()
                .map_or(0, |root| toml_offset(root, &fault.path));
            fault.line = fault.line.or_else(|| Some(line_of_offset(text, offset)));
            fault
        })
        .collect()
}

fn toml_offset(root: &toml::Spanned<toml::de::DeTable<'_>>, path: &str) -> usize {
    use toml::de::DeValue;
    let mut offset = root.span().start;
    let mut table = Some(root.get_ref());
    let mut value: Option<&toml::Spanned<DeValue<'_>>> = None;
    for part in parts(path) {
        let next = match part {
            Part::Key(key) => {
                let inside = match value.map(toml::Spanned::get_ref) {
                    Some(DeValue::Table(inside)) => Some(inside),
                    Some(_) => None,
                    None => table.take(),
                };
                let Some((name, next)) =
                    inside.and_then(|inside| inside.iter().find(|(name, _)| name.get_ref() == key))
                else {
                    break;
                };
                offset = name.span().start;
                next
            }
            Part::Place(place) => match value.map(toml::Spanned::get_ref) {
                Some(DeValue::Array(list)) => match list.get(place) {
                    Some(next) => {
                        offset = next.span().start;
                        next
                    }
                    None => break,
                },
                _ => continue,
            },
        };
        value = Some(next);
    }
    offset
}
