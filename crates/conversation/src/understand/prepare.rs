//! A room made ready for something: what is asked of it, and what free words say of that. Pure.

use crate::act::{Amount, Measure, Op};
use crate::lang::{Attr, Language, Small, Tag};
use crate::text::Token;
use model::AreaId;
use std::collections::BTreeMap;

/// What there is to say about a room that is made ready, in the order in which it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// How bright the lights are.
    Light,
    /// In which colour.
    Colour,
    /// Music or not, what, and how loud.
    Music,
    /// How warm it is.
    Heat,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// In which room, where nobody said that.
    Where,
    /// This is asked.
    Asking(Slot),
    /// All was said; shall it be set?
    Shown,
    /// It is set; shall it be kept as a scene?
    Set,
}

/// A room that is made ready for something.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepare {
    /// What for: the name of the scene.
    pub name: String,
    /// The room.
    pub area: Option<AreaId>,
    /// What was said; nothing to do where it stays as it is.
    pub told: BTreeMap<Slot, Vec<Op>>,
    /// Which music, in the words that were said.
    pub music: Option<String>,
    /// How far it is.
    pub stage: Stage,
}

/// What a person's words say of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// By slot.
    pub told: BTreeMap<Slot, Vec<Op>>,
    /// Which music.
    pub music: Option<String>,
    /// Whether all of the words were explained.
    pub whole: bool,
}

/// Reads an answer, or details that were said at once. `asked` is what a bare word is about.
#[must_use]
pub fn heard(tokens: &[Token], asked: Option<Slot>, language: &Language) -> Heard {
    let mut heard = Heard {
        whole: true,
        ..Heard::default()
    };
    let mut from = 0;
    for at in 0..=tokens.len() {
        let ends = tokens
            .get(at)
            .is_none_or(|token| language.rooms().is("and", &token.text) || token.text.is_empty());
        // A comma is no word of its own: what follows it begins apart.
        let breaks = at > from
            && tokens
                .get(at)
                .is_some_and(|token| token.gap != crate::text::Gap::Blank);
        if !ends && !breaks {
            continue;
        }
        if at > from {
            piece(&tokens[from..at], asked, language, &mut heard);
        }
        from = if ends { at + 1 } else { at };
    }
    heard
}

fn piece(tokens: &[Token], asked: Option<Slot>, language: &Language, heard: &mut Heard) {
    let words: Vec<&str> = tokens.iter().map(|token| &*token.text).collect();
    let rooms = language.rooms();
    let any = |key: &str| words.iter().any(|word| rooms.is(key, word));
    let number = tokens.iter().find_map(|token| token.number);
    let degrees = any("degree");
    let music =
        any("music") || asked == Some(Slot::Music) && !any("warm") && !any("cool") && !any("light");
    let mut found = false;
    let amount = |value, unit| Amount { value, unit };
    if music
        && (any("music")
            || number.is_some()
            || any("quiet")
            || any("loud")
            || any("none")
            || any("yes"))
        && !degrees
    {
        found = true;
        if any("none") && number.is_none() {
            heard.told.insert(Slot::Music, vec![Op::Pause]);
        } else {
            let mut ops = vec![Op::Play];
            let volume = number.or(if any("loud") {
                Some(60.0)
            } else if any("quiet") {
                Some(20.0)
            } else {
                None
            });
            if let Some(volume) = volume {
                ops.push(Op::Set(
                    Some(Attr::Volume),
                    amount(volume, Measure::Percent),
                ));
            }
            heard.told.insert(Slot::Music, ops);
            let kinds: Vec<&str> = words
                .iter()
                .copied()
                .filter(|word| rooms.is("music", word) && !rooms.is("any_music", word))
                .collect();
            if !kinds.is_empty() {
                heard.music = Some(kinds.join(" "));
            }
        }
    } else if degrees || asked == Some(Slot::Heat) && number.is_some() {
        if let Some(number) = number {
            found = true;
            let ops = vec![Op::Set(
                Some(Attr::Setpoint),
                amount(number, Measure::Degree),
            )];
            heard.told.insert(Slot::Heat, ops);
        }
    } else {
        let level = number
            .filter(|_| asked != Some(Slot::Heat))
            .or(if any("dark") {
                Some(10.0)
            } else if any("dim") {
                Some(30.0)
            } else if any("half") {
                Some(50.0)
            } else if any("bright") {
                Some(100.0)
            } else {
                None
            });
        if let Some(level) = level.filter(|level| (0.0..=100.0).contains(level)) {
            found = true;
            let op = match level {
                0.0 => Op::Off,
                level => Op::Set(Some(Attr::Level), amount(level, Measure::Percent)),
            };
            heard.told.insert(Slot::Light, vec![op]);
        } else if any("off") {
            found = true;
            heard.told.insert(Slot::Light, vec![Op::Off]);
        }
        let mut phrases = Vec::new();
        let colour = (0..tokens.len()).find_map(|at| {
            language.phrases(&tokens[at..], &mut phrases);
            phrases
                .iter()
                .rev()
                .flat_map(|(_, tags)| tags.iter())
                .find_map(|tag| match tag {
                    Tag::Colour(hue, saturation) => Some(Op::Colour(*hue, *saturation)),
                    Tag::White(kelvin) => Some(Op::White(*kelvin)),
                    _ => None,
                })
        });
        let colour = if any("warm") {
            Some(Op::White(2_700))
        } else if any("cool") {
            Some(Op::White(5_500))
        } else {
            colour.or(any("neutral").then_some(Op::White(4_000)))
        };
        if let Some(colour) = colour {
            found = true;
            heard.told.insert(Slot::Colour, vec![colour]);
        }
    }
    if !found
        && let Some(asked) = asked
        && (any("leave") || rooms.is("as_it_is", &words.join(" ")) || is_no(tokens, language))
    {
        found = true;
        heard.told.insert(asked, Vec::new());
    }
    let known = |word: &&str| rooms.holds(word);
    heard.whole &= found || words.iter().all(known);
}

fn is_no(tokens: &[Token], language: &Language) -> bool {
    let mut found = Vec::new();
    language.phrases(tokens, &mut found);
    found
        .iter()
        .any(|(length, tags)| *length == tokens.len() && tags.contains(&Tag::Small(Small::No)))
}

#[cfg(test)]
mod tests {
    use super::{Slot, heard};
    use crate::act::Op;
    use crate::lang::Language;

    #[test]
    fn short_words_are_answers_and_questions_are_none() {
        let language = Language::english();
        let said = |text: &str| {
            let tokens = crate::text::read(text, language).tokens;
            heard(&tokens, Some(Slot::Light), language)
        };
        for (text, ops) in [("off", vec![Op::Off]), ("as it is", vec![])] {
            let said = said(text);
            assert!(said.whole, "{text}");
            assert_eq!(said.told.get(&Slot::Light), Some(&ops), "{text}");
        }
        let other = said("what time is it?");
        assert!(other.told.is_empty() && !other.whole, "{other:?}");
    }
}
