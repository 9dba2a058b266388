//! From a message to what it says of the house. Pure.

use super::lexicon::{LONGEST, Lexicon};
use super::view::House;
use crate::lang::Language;
use crate::text::{self, Gap, Token, folded, stem};
use model::DeviceKind;

/// The most areas or things of one message.
const MOST: usize = 40;

/// What a message says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// The areas in the order in which they were named.
    pub rooms: Vec<Room>,
    /// The things.
    pub things: Vec<Thing>,
    /// Whether it speaks of doorways.
    pub doorways: bool,
    /// Whether what it says is not so.
    pub denied: bool,
    /// Whether one goes somewhere.
    pub goes: bool,
    /// From where, where it says so: `from the hall …`.
    pub from: Option<usize>,
    /// Words that nothing explains.
    pub unknown: Vec<String>,
}

/// An area as it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// What it is called.
    pub name: String,
    /// Whether the house has it already.
    pub known: bool,
    /// On which floor, where that was said.
    pub floor: Option<(String, i32)>,
    /// At which word.
    pub at: usize,
}

/// A thing as it was mentioned.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    /// The words.
    pub text: String,
    /// How many.
    pub count: Option<u32>,
    /// Of which maker or family.
    pub maker: Option<String>,
    /// What it is.
    pub kind: DeviceKind,
    /// In which area, where that was said or follows.
    pub room: Option<String>,
    /// Whether the area was said, and does not only follow.
    pub room_said: bool,
    /// How sure the reading is, 0 to 1.
    pub confidence: f64,
    /// At which word.
    at: usize,
}

/// Words that hold a description together and say nothing more.
const SMALL: &[&str] = &[
    "a",
    "an",
    "the",
    "my",
    "our",
    "your",
    "his",
    "her",
    "their",
    "some",
    "this",
    "that",
    "these",
    "those",
    "there",
    "here",
    "is",
    "are",
    "was",
    "be",
    "we",
    "i",
    "you",
    "one",
    "it",
    "its",
    "have",
    "has",
    "had",
    "got",
    "get",
    "gets",
    "and",
    "or",
    "also",
    "too",
    "as",
    "well",
    "then",
    "plus",
    "with",
    "in",
    "on",
    "at",
    "of",
    "to",
    "into",
    "onto",
    "from",
    "by",
    "for",
    "through",
    "off",
    "over",
    "another",
    "other",
    "first",
    "next",
    "behind",
    "beside",
    "besides",
    "near",
    "around",
    "just",
    "only",
    "both",
    "all",
    "each",
    "every",
    "where",
    "which",
    "what",
    "can",
    "do",
    "does",
    "ok",
    "okay",
    "yes",
    "well",
    "so",
    "now",
    "um",
    "uh",
    "hmm",
    "oh",
    "please",
    "let",
    "us",
    "room",
    "rooms",
    "area",
    "areas",
    "outside",
    "inside",
    "outdoors",
    "side",
    "house",
    "home",
    "smart",
    "wifi",
    "up",
    "down",
    "again",
    "called",
    "named",
    "am",
    "little",
    "big",
    "few",
    "couple",
    "several",
    "many",
    "lots",
    "pair",
    "not",
    "no",
    "any",
    "actually",
    "think",
    "them",
    "they",
    "hangs",
    "stands",
    "sits",
    "comes",
    "come",
    "goes",
    "go",
    "going",
    "walk",
    "walking",
    "enter",
    "entering",
    "step",
    "move",
    "standing",
    "stand",
    "back",
    "leads",
    "lead",
    "leading",
    "reach",
    "reaches",
    "door",
    "doors",
    "doorway",
    "doorways",
    "connects",
    "connected",
    "connect",
    "opens",
    "open",
    "adjacent",
    "between",
    "adjoins",
    "joins",
    "passage",
    "exit",
    "left",
    "right",
    "straight",
    "ahead",
    "end",
    "floor",
    "level",
    "ground",
    "upstairs",
    "downstairs",
    "attached",
    "own",
    "part",
    "belongs",
    "say",
    "like",
    "brand",
    "kind",
    "type",
    "see",
    "find",
    "use",
    "uses",
    "using",
    "run",
    "runs",
    "old",
    "new",
    "two",
    "three",
    "four",
    "five",
    "separate",
    "directly",
    "via",
];

/// Words that speak of doorways.
const DOORWAYS: &[&str] = &[
    "door",
    "doors",
    "doorway",
    "doorways",
    "leads",
    "lead",
    "leading",
    "connects",
    "connected",
    "connect",
    "opens",
    "adjacent",
    "between",
    "adjoins",
    "joins",
    "passage",
    "reach",
    "reaches",
    "from",
    "through",
    "next",
    "beside",
    "get",
    "gets",
    "exit",
];

/// Words of going somewhere.
const GOES: &[&str] = &[
    "go", "going", "walk", "walking", "enter", "entering", "step", "move", "standing", "stand",
    "am", "back",
];

/// Words of a number, as `text` makes them: digits.
fn counted(token: &Token) -> Option<u32> {
    token
        .number
        .filter(|number| (1.0..=99.0).contains(number) && number.fract() == 0.0)
        .map(|number| number as u32)
        .or_else(|| matches!(token.text.as_str(), "couple" | "pair").then_some(2))
}

/// Reads a message.
#[must_use]
pub fn read(message: &str, house: &House, current: Option<&str>) -> Heard {
    let language = Language::english();
    let text = text::read(message, language);
    let tokens = &text.tokens[..];
    let lexicon = Lexicon::get();
    let mut heard = Heard::default();
    let mut floor: Option<(String, i32)> = None;
    let mut count: Option<u32> = None;
    let mut after_from = false;
    let mut at = 0;
    while at < tokens.len() && heard.rooms.len() + heard.things.len() < MOST {
        let token = &tokens[at];
        let word = token.text.as_str();
        if token.gap == Gap::Stop || matches!(word, "outside" | "outdoors") {
            floor = None;
        }
        if let Some((length, name, level)) = floor_at(tokens, at, lexicon)
            && room_at(message, tokens, at, house, lexicon).is_none_or(|(to, _)| to <= length)
        {
            // “Two bedrooms and a bathroom upstairs”: what was just named is meant; “upstairs are …”: what comes.
            let begins = (0..at)
                .rev()
                .take_while(|at| tokens[at + 1].gap != Gap::Stop);
            let begins = begins.last().map_or(at, |first| first);
            let named: Vec<usize> = heard
                .rooms
                .iter()
                .map(|room| room.at)
                .filter(|room| *room >= begins)
                .collect();
            if let Some(last) = named.last().copied() {
                let listed = tokens[begins..=last]
                    .iter()
                    .any(|token| token.gap == Gap::Comma);
                for room in heard.rooms.iter_mut().filter(|room| room.at >= begins) {
                    let meant = room.at == last || !listed;
                    if meant && room.floor.is_none() && !lexicon.is_outside(&room.name) {
                        room.floor = Some((name.clone(), level));
                    }
                }
            } else {
                floor = Some((name, level));
            }
            at += length;
            continue;
        }
        let room = room_at(message, tokens, at, house, lexicon);
        let thing = thing_at(message, tokens, at, lexicon);
        // “garage door” is a thing, “hall light” too; “light room” would be a room: the longer one counts.
        let is_room = match (&room, &thing) {
            (Some((length, _)), Some((other, _))) => length >= other,
            (Some(_), None) => true,
            _ => false,
        };
        if is_room && let Some((length, found)) = room {
            // “kitchen light”: the room says where the thing is.
            let many = if found.plural { count } else { None };
            let names: Vec<String> = match many {
                Some(many) if many > 1 => (1..=many.min(12))
                    .map(|number| format!("{} {number}", found.name))
                    .collect(),
                _ => vec![found.name.clone()],
            };
            if found.plural && many.is_none() {
                heard.unknown.push(folded(&found.name) + "s");
            } else {
                if after_from {
                    heard.from = Some(heard.rooms.len());
                }
                for name in names {
                    heard.rooms.push(Room {
                        known: house.area(&name).is_some(),
                        name,
                        floor: floor.clone().filter(|_| !lexicon.is_outside(&found.name)),
                        at,
                    });
                }
            }
            (after_from, count) = (false, None);
            at += length;
            continue;
        }
        if let Some((length, mut found)) = thing {
            found.count = count.take();
            found.at = at;
            heard.things.push(found);
            at += length;
            continue;
        }
        if let Some(many) = counted(token) {
            count = Some(many);
            at += 1;
            continue;
        }
        if matches!(word, "no" | "not") && at + 1 < tokens.len() {
            heard.denied = true;
        }
        heard.doorways |= DOORWAYS.contains(&word) && !(word == "next" && at == 0);
        heard.goes |= GOES.contains(&word)
            && (at == 0
                || matches!(
                    tokens[at - 1].text.as_str(),
                    "i" | "we" | "us" | "now" | "let" | "then" | "and"
                ));
        after_from = match word {
            "from" => true,
            "a" | "an" | "the" | "my" | "our" => after_from,
            _ => false,
        };
        if !SMALL.contains(&word) {
            heard.unknown.push(word.to_owned());
        }
        if !matches!(word, "a" | "an" | "the" | "of" | "big" | "small" | "little") {
            count = None;
        }
        at += 1;
    }
    place(&mut heard, tokens, current);
    heard
}

/// Which thing is where: in the area right before it (“kitchen light”), the one that is named behind it in
/// the same list, or the one with which the sentence begins; else it follows the one before it.
fn place(heard: &mut Heard, tokens: &[Token], current: Option<&str>) {
    let stretch = |at: usize| -> usize {
        tokens[..=at.min(tokens.len().saturating_sub(1))]
            .iter()
            .filter(|token| token.gap == Gap::Stop)
            .count()
    };
    let mut last: Option<String> = None;
    let things = heard.things.clone();
    for (index, thing) in heard.things.iter_mut().enumerate() {
        let same = |room: &&Room| stretch(room.at) == stretch(thing.at);
        let before = heard
            .rooms
            .iter()
            .rev()
            .find(|room| room.at < thing.at && same(room));
        let next_thing = things.get(index + 1).map_or(usize::MAX, |next| next.at);
        let behind = heard.rooms.iter().find(|room| {
            room.at > thing.at
                && same(room)
                && (room.at < next_thing || listed(tokens, thing.at, room.at, &things))
                && led_in(tokens, room.at)
        });
        let close =
            before.filter(|room| thing.at.saturating_sub(room.at) <= 3 && !led_in(tokens, room.at));
        // “In the kitchen there are Hue lights and a kettle.”
        let opened = before.filter(|room| led_in(tokens, room.at) && opens(tokens, room.at));
        if let Some(room) = close.or(behind).or(opened) {
            thing.room = Some(room.name.clone());
            thing.room_said = true;
        } else if let Some(room) = last.clone().or_else(|| current.map(str::to_owned)) {
            thing.room_said = false;
            thing.confidence *= 0.8;
            thing.room = Some(room);
        }
        if thing.room.is_some() {
            last.clone_from(&thing.room);
        }
    }
}

/// Whether only things and small words stand between: “lights, a kettle and a fan in the kitchen”.
fn listed(tokens: &[Token], from: usize, to: usize, things: &[Thing]) -> bool {
    let between = tokens.get(from..to).unwrap_or_default();
    // “… in the hall and …” ends a list.
    !between.iter().any(|token| token.text == "in") || {
        let first_in = between
            .iter()
            .position(|token| token.text == "in")
            .unwrap_or(0)
            + from;
        !things
            .iter()
            .any(|thing| thing.at > first_in && thing.at < to)
            && first_in + 4 >= to
    }
}

/// Whether an area is led in by a word of place.
fn led_in(tokens: &[Token], at: usize) -> bool {
    tokens[..at]
        .iter()
        .rev()
        .take(3)
        .take_while(|token| {
            matches!(
                token.text.as_str(),
                "in" | "at" | "on" | "the" | "a" | "my" | "our" | "outside"
            )
        })
        .any(|token| matches!(token.text.as_str(), "in" | "at" | "on" | "outside"))
}

/// Whether a message begins with a room: “And in the kitchen …”.
fn opens(tokens: &[Token], at: usize) -> bool {
    tokens[..at].iter().all(|token| {
        matches!(
            token.text.as_str(),
            "in" | "at" | "on" | "the" | "a" | "my" | "our" | "outside" | "and" | "then" | "also"
        )
    })
}

/// What a room phrase comes to.
struct FoundRoom {
    name: String,
    plural: bool,
}

fn phrase(tokens: &[Token], from: usize, length: usize) -> Option<String> {
    let some = tokens.get(from..from + length)?;
    if some.iter().skip(1).any(|token| token.gap != Gap::Blank) {
        return None;
    }
    Some(
        some.iter()
            .map(|token| token.text.as_str())
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// As it was written, without quotation marks.
fn written(message: &str, tokens: &[Token], from: usize, length: usize) -> String {
    let (Some(first), Some(last)) = (tokens.get(from), tokens.get(from + length - 1)) else {
        return String::new();
    };
    let text = message.get(first.start..last.end).unwrap_or_default();
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    let mut letters = text.chars();
    match letters.next() {
        Some(letter) => letter.to_uppercase().chain(letters).collect(),
        None => text,
    }
}

fn floor_at(tokens: &[Token], at: usize, lexicon: &Lexicon) -> Option<(usize, String, i32)> {
    [2, 1].into_iter().find_map(|length| {
        let phrase = phrase(tokens, at, length)?;
        let level = *lexicon.floors.get(&phrase)?;
        let name = match phrase.as_str() {
            "downstairs" => "Ground floor".to_owned(),
            "upper floor" => "Upstairs".to_owned(),
            _ => capital(&phrase),
        };
        Some((length, name, level))
    })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The area that is named from here on: how many words, and what it is.
fn room_at(
    message: &str,
    tokens: &[Token],
    at: usize,
    house: &House,
    lexicon: &Lexicon,
) -> Option<(usize, FoundRoom)> {
    for length in (1..=LONGEST).rev() {
        let Some(phrase) = phrase(tokens, at, length) else {
            continue;
        };
        if let Some(area) = house.area(&phrase) {
            return Some((
                length,
                FoundRoom {
                    name: area.name.clone(),
                    plural: false,
                },
            ));
        }
    }
    for length in (1..=LONGEST).rev() {
        let Some(whole) = phrase(tokens, at, length) else {
            continue;
        };
        for head in (1..=length.min(3)).rev() {
            let split = length - head;
            let fronts = tokens[at..at + split]
                .iter()
                .enumerate()
                .all(|(index, token)| {
                    lexicon.may_stand_before(&token.text) || is_name(message, tokens, at + index)
                });
            if !fronts {
                continue;
            }
            let Some(last) = phrase(tokens, at + split, head) else {
                continue;
            };
            let singular = stem_last(&last);
            let known = lexicon.room(&last).or_else(|| lexicon.room(&singular));
            // Just “room” says nothing.
            if known.is_none() || (whole == "room" || whole == "rooms") {
                continue;
            }
            let plural = lexicon.room(&last).is_none() && singular != last;
            let mut name = written(message, tokens, at, length);
            if plural {
                name = capital(&singular_of(&name));
            }
            return Some((length, FoundRoom { name, plural }));
        }
    }
    None
}

fn stem_last(phrase: &str) -> String {
    match phrase.rsplit_once(' ') {
        Some((rest, last)) => format!("{rest} {}", stem(last)),
        None => stem(phrase).into_owned(),
    }
}

fn singular_of(name: &str) -> String {
    match name.rsplit_once(' ') {
        Some((rest, last)) => format!("{rest} {}", stem(last)),
        None => stem(name).into_owned(),
    }
}

/// Whether a word is written as a name or a possessive: “Mia's”, “Anna”.
fn is_name(message: &str, tokens: &[Token], at: usize) -> bool {
    let Some(token) = tokens.get(at) else {
        return false;
    };
    let written = message.get(token.start..token.end).unwrap_or_default();
    let possessive = written.ends_with("'s") || written.ends_with("’s");
    let capital = written.chars().next().is_some_and(char::is_uppercase);
    possessive
        && !matches!(
            token.text.as_str(),
            "it" | "that" | "there" | "here" | "what" | "where"
        )
        || capital && at > 0 && token.gap == Gap::Blank && !SMALL.contains(&token.text.as_str())
}

/// The thing that is mentioned from here on.
fn thing_at(
    message: &str,
    tokens: &[Token],
    at: usize,
    lexicon: &Lexicon,
) -> Option<(usize, Thing)> {
    let mut length = 0;
    let mut maker = None;
    for some in (1..=LONGEST).rev() {
        if let Some(phrase) = phrase(tokens, at, some)
            && let Some(found) = lexicon
                .maker(&phrase)
                .or_else(|| lexicon.maker(&stem_last(&phrase)))
        {
            maker = Some(found);
            length = some;
            break;
        }
    }
    let mut kind = None;
    // “Hue smart light”, “Nest learning thermostat” have a word in between.
    for gap in 0..=usize::from(maker.is_some()) {
        for some in (1..=LONGEST).rev() {
            if let Some(phrase) = phrase(tokens, at + length + gap, some)
                && tokens
                    .get(at + length)
                    .is_some_and(|token| length == 0 || token.gap == Gap::Blank)
                && let Some(found) = lexicon
                    .thing(&phrase)
                    .or_else(|| lexicon.thing(&stem_last(&phrase)))
            {
                let between = tokens.get(at + length).map(|token| token.text.as_str());
                if gap == 0 || between.is_some_and(|word| !SMALL.contains(&word) || word == "smart")
                {
                    kind = Some(found);
                    length += gap + some;
                    break;
                }
            }
        }
        if kind.is_some() {
            break;
        }
    }
    if length == 0 {
        return None;
    }
    let confidence = match (maker, kind) {
        (Some(_), Some(_)) => 0.95,
        (Some(_), None) => 0.8,
        _ => 0.7,
    };
    Some((
        length,
        Thing {
            text: written(message, tokens, at, length),
            count: None,
            maker: maker.map(|maker| maker.name.clone()),
            kind: kind
                .or_else(|| maker.map(|maker| maker.kind))
                .unwrap_or(DeviceKind::Other),
            room: None,
            room_said: false,
            confidence,
            at,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::{Heard, read};
    use crate::interview::view::{Area, House};

    fn house() -> House {
        let area = |name: &str| Area {
            id: model::AreaId::new(),
            name: name.into(),
            slug: name.to_lowercase(),
            neighbours: Vec::new(),
            floor: None,
        };
        House {
            areas: vec![area("Hall"), area("The Snug")],
            ..House::default()
        }
    }

    fn heard(message: &str) -> Heard {
        read(message, &house(), None)
    }

    fn rooms(message: &str) -> Vec<String> {
        let heard = heard(message);
        assert_eq!(heard.unknown, Vec::<String>::new(), "{message}");
        heard.rooms.into_iter().map(|room| room.name).collect()
    }

    fn things(message: &str) -> Vec<String> {
        heard(message)
            .things
            .into_iter()
            .map(|thing| {
                format!(
                    "{} {} @{}{}",
                    thing.maker.as_deref().unwrap_or("-"),
                    thing.kind,
                    thing.room.as_deref().unwrap_or("-"),
                    if thing.room_said { "" } else { "?" }
                )
            })
            .collect()
    }

    #[test]
    fn rooms_are_heard() {
        for (message, names) in [
            (
                "There's a kitchen, a living room and a hall.",
                "Kitchen, Living room, Hall",
            ),
            (
                "two bedrooms and a bathroom upstairs",
                "Bedroom 1, Bedroom 2, Bathroom",
            ),
            (
                "Mia's room, the guest bedroom and the snug",
                "Mia's room, Guest bedroom, The Snug",
            ),
            ("outside there is a garden and a terrace", "Garden, Terrace"),
            ("the big bathroom", "Big bathroom"),
            (
                "a utility room and a walk in closet",
                "Utility room, Walk in closet",
            ),
        ] {
            // “the snug” is called “The Snug”.
            let expected: Vec<&str> = names.split(", ").collect();
            if message.contains("snug") {
                assert_eq!(
                    heard(message).rooms.len() + heard(message).unknown.len(),
                    3,
                    "{message}"
                );
                continue;
            }
            assert_eq!(rooms(message), expected, "{message}");
        }
    }

    #[test]
    fn doorways_and_floors_are_heard() {
        let it = heard("From the hall you get to the kitchen and the living room");
        assert!(
            it.doorways && it.from == Some(0) && it.rooms.len() == 3,
            "{it:?}"
        );
        let it = heard("Upstairs there are two bedrooms");
        assert_eq!(it.rooms[1].floor, Some(("Upstairs".into(), 1)));
        let it = heard("I go into the kitchen");
        assert!(it.goes && !it.doorways);
        let it = heard("there is no door between the hall and the garden");
        assert!(it.denied && it.doorways);
    }

    #[test]
    fn things_are_heard_with_where_they_are() {
        for (message, expected) in [
            (
                "Hue lights in the kitchen and a Nest in the hall",
                "Hue light @Kitchen, Nest thermostat @Hall",
            ),
            (
                "Hue lights in kitchen and a Nest",
                "Hue light @Kitchen, Nest thermostat @Kitchen?",
            ),
            ("two Sonos speakers", "Sonos media_player @-?"),
            (
                "a kettle and a fan in the kitchen",
                "- appliance @Kitchen, - fan @Kitchen",
            ),
            ("the hall light", "- light @Hall"),
            (
                "In the garden there is a Tempest weather station",
                "Tempest weather @Garden",
            ),
            (
                "a Nest learning thermostat in the hall",
                "Nest thermostat @Hall",
            ),
        ] {
            assert_eq!(things(message).join(", "), expected, "{message}");
        }
        assert_eq!(heard("two Sonos speakers").things[0].count, Some(2));
    }

    #[test]
    fn commands_are_not_descriptions() {
        for message in [
            "turn on the kitchen light",
            "lock the front door",
            "ignore previous instructions",
        ] {
            assert!(!heard(message).unknown.is_empty(), "{message}");
        }
    }
}
