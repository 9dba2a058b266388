//! How an interview takes words apart and puts them together.

use super::control::OTHERS;
use super::lexicon::Lexicon;
use super::read::Room;
use super::state::Mention;
use crate::lang::Language;
use crate::text::{self, folded};

/// The longest name.
pub(super) const NAME: usize = 60;

/// The part of a message behind one of these beginnings; all of it where it has none.
pub(super) fn after_any<'m>(message: &'m str, begins: &[&str]) -> &'m str {
    let message = message.trim();
    let lower = message.to_ascii_lowercase();
    begins
        .iter()
        .find_map(|begin| lower.starts_with(begin).then(|| &message[begin.len()..]))
        .unwrap_or(message)
}

pub(super) fn split_at_word<'m>(message: &'m str, words: &[&str]) -> Option<(&'m str, &'m str)> {
    let lower = message.to_ascii_lowercase();
    words.iter().find_map(|word| {
        let at = lower.find(word)?;
        Some((message.get(..at)?, message.get(at + word.len()..)?))
    })
}

pub(super) fn cleaned(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text.trim()
        .trim_matches(|c: char| {
            matches!(
                c,
                '"' | '“' | '”' | '.' | '!' | ',' | ';' | ':' | '«' | '»' | '„'
            ) || c.is_whitespace()
        })
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn without_article(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    ["the ", "a ", "an ", "my ", "our "]
        .iter()
        .find_map(|article| lower.starts_with(article).then(|| &text[article.len()..]))
        .unwrap_or(text)
}

/// A sentence about where something is, or what to keep in mind: “the stopcock is under the sink”.
pub(super) fn noted(message: &str, bare: &str) -> Option<String> {
    for begin in [
        "note that ",
        "remember that ",
        "note: ",
        "remember: ",
        "remember ",
        "note ",
    ] {
        let lower = message.trim().to_ascii_lowercase();
        if lower.starts_with(begin) {
            let text = cleaned(&message.trim()[begin.len()..]);
            return (!text.is_empty()).then(|| sentence(&text));
        }
    }
    let places = [
        " is under ",
        " is behind ",
        " is in ",
        " is inside ",
        " is next to ",
        " is above ",
        " is below ",
        " is on ",
        " is at ",
        " is beside ",
        " are in ",
        " are under ",
        " are behind ",
        " are on ",
        " hangs ",
        " stands in ",
        " stands next to ",
        " is near ",
    ];
    let begins = bare.starts_with("the ") || bare.starts_with("our ") || bare.starts_with("my ");
    (begins && places.iter().any(|place| bare.contains(place))).then(|| sentence(&cleaned(message)))
}

/// Names of areas in a list: “the Snug, Casa Grande and the Nook”.
pub(super) fn names(message: &str) -> Option<Vec<String>> {
    let message = cleaned(message);
    let parts = message
        .split([',', ';', '\n'])
        .flat_map(|part| part.split(" and "))
        .map(|part| without_article(part.trim()).trim())
        .filter(|part| !part.is_empty());
    let mut names = Vec::new();
    for part in parts {
        let part = part.strip_prefix("and ").unwrap_or(part);
        let part = without_article(part);
        let words: Vec<&str> = part.split(' ').collect();
        let is_name = words.len() <= 3
            && part.chars().count() <= NAME
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '\'' | '’' | '-'))
            && part.chars().any(char::is_alphabetic)
            && !words.iter().any(|word| {
                OTHERS.contains(&folded(word).as_str())
                    || matches!(
                        folded(word).as_str(),
                        "i" | "you"
                            | "we"
                            | "it"
                            | "not"
                            | "and"
                            | "the"
                            | "previous"
                            | "instructions"
                    )
            });
        if !is_name {
            return None;
        }
        names.push(capital(part));
    }
    (!names.is_empty() && names.len() <= 20).then_some(names)
}

/// Whether the first area is where the way leads to, and not from: “there are doors to the kitchen …”.
pub(super) fn led_to(message: &str, rooms: &[Room]) -> bool {
    let Some(first) = rooms.first() else {
        return false;
    };
    let text = text::read(message, Language::english());
    text.tokens[..first.at.min(text.tokens.len())]
        .iter()
        .rev()
        .find(|token| {
            !matches!(
                token.text.as_str(),
                "the" | "a" | "an" | "my" | "our" | "big" | "small"
            )
        })
        .is_some_and(|token| {
            matches!(
                token.text.as_str(),
                "to" | "into" | "onto" | "with" | "reach" | "reaches" | "one"
            )
        })
}

/// “the kitchen”; what is somebody's has no article.
pub(crate) fn the(name: &str) -> String {
    let named = name.contains("'s ") || name.contains("’s ") || folded(name).starts_with("the ");
    let last = name.rsplit(' ').next().unwrap_or_default();
    let common = Lexicon::get().room(&folded(name)).is_some()
        || Lexicon::get().room(&folded(last)).is_some();
    if named {
        name.to_owned()
    } else if common && !last.chars().all(|c| c.is_ascii_digit()) {
        let mut letters = name.chars();
        let first: String = letters
            .next()
            .map(|c| c.to_lowercase().collect())
            .unwrap_or_default();
        let second_upper = letters.clone().next().is_some_and(char::is_uppercase);
        if second_upper {
            format!("the {name}")
        } else {
            format!("the {first}{}", letters.as_str())
        }
    } else {
        name.to_owned()
    }
}

pub(super) fn decapital(text: &str, is_made: bool) -> String {
    if is_made {
        return text.to_owned();
    }
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .map(|c| c.to_lowercase().collect())
        .unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

pub(super) fn is_are(names: &[String], one: &str, many: &str) -> String {
    format!(
        "{} {}",
        listed(names),
        if names.len() == 1 { one } else { many }
    )
}

pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

pub(super) fn few(names: &[String]) -> String {
    const SHOWN: usize = 8;
    if names.len() > SHOWN {
        format!(
            "{} and {} more",
            names[..SHOWN - 1].join(", "),
            names.len() + 1 - SHOWN
        )
    } else {
        listed(names)
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

pub(super) fn sentence(text: &str) -> String {
    format!("{}.", capital(text).trim_end_matches('.'))
}

pub(super) fn slug(text: &str) -> String {
    let plain: String = folded(text)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    plain
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
        .chars()
        .take(80)
        .collect()
}

/// Whether several things are meant.
pub(super) fn is_many(mention: &Mention) -> bool {
    mention.count.map_or_else(
        || {
            let last = mention.text.rsplit(' ').next().unwrap_or_default();
            text::stem(&folded(last)) != folded(last) && !folded(last).ends_with("ss")
        },
        |count| count > 1,
    )
}

/// “2 Hue lights”, “a Nest thermostat”.
pub(super) fn worded(mention: &Mention) -> String {
    match mention.count {
        Some(count) if count > 1 => format!("{count} {}", mention.text),
        _ if is_many(mention) => mention.text.clone(),
        _ => {
            let vowel = mention
                .text
                .chars()
                .next()
                .is_some_and(|c| "aeiouAEIOU".contains(c));
            let article = if vowel { "an" } else { "a" };
            format!(
                "{article} {}",
                decapital(&mention.text, mention.maker.is_some())
            )
        }
    }
}
