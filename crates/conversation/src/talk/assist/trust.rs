//! Whether something that a model wants done is done at once, or the person is asked first.
//!
//! A model reads what others wrote: names of devices, notes, what the web says. It may have been talked
//! into something. So its word alone never opens, unlocks or disarms anything, and what the person's own
//! words do not point at waits for their yes. Pure: words and deeds go in.

use crate::act::Op;
use crate::house::{Gazetteer, Thing};
use crate::lang::{Language, Noun, Small, Tag};
use crate::text;
use crate::understand::Deed;
use std::collections::HashSet;

/// At so many devices at once the person is asked.
const MANY: usize = 12;

/// What is known of who wants something done.
#[derive(Debug, Clone)]
pub(crate) enum Asker {
    /// A person, by way of a model.
    Person(Words),
    /// A program, by its own call.
    Program,
}

/// What a person said lately.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    /// The words of names in it, by their numbers.
    names: HashSet<u32>,
    /// The plain words.
    plain: HashSet<String>,
    /// The kinds of things in it.
    nouns: HashSet<Noun>,
    /// Whether everything was meant.
    everything: bool,
    /// Whether it wants something done, and asks not only for words.
    wishes: bool,
    /// Where the person is.
    area: Option<u32>,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is done.
    Now,
    /// The person is asked first, because of this.
    First(&'static str),
}

impl Words {
    /// Of what was said now, and just before.
    pub(crate) fn of(
        message: &str,
        before: &[String],
        area: Option<u32>,
        house: &Gazetteer,
        language: &Language,
    ) -> Self {
        let mut words = Self {
            wishes: wishes(message, language),
            area,
            ..Self::default()
        };
        for said in before.iter().map(String::as_str).chain([message]) {
            let read = text::read(said, language);
            let mut found = Vec::new();
            for at in 0..read.tokens.len() {
                let token = &read.tokens[at];
                words.names.extend(house.word(token));
                words.plain.insert(text::stem(&token.text).into_owned());
                language.phrases(&read.tokens[at..], &mut found);
                for tag in found.iter().flat_map(|(_, tags)| tags.iter()) {
                    match tag {
                        Tag::Noun(Noun::Everything, _) | Tag::Small(Small::All | Small::House) => {
                            words.everything = true;
                        }
                        Tag::Noun(noun, _) => {
                            words.nouns.insert(*noun);
                        }
                        _ => {}
                    }
                }
            }
        }
        words
    }

    fn points_at(&self, thing: &Thing, house: &Gazetteer, language: &Language) -> bool {
        let said = |word: &u32| self.names.contains(word);
        let kind = self.nouns.iter().any(|noun| {
            !matches!(noun, Noun::Device | Noun::Room | Noun::Floor | Noun::Person)
                && thing.is(*noun)
        });
        self.everything
            || kind
            || thing.names.iter().any(|name| name.words.iter().any(said))
            || self.area.is_some() && self.area == thing.area
            || thing.area.is_some_and(|area| {
                let room = &house.rooms[area as usize].name;
                text::name_words(room, language)
                    .iter()
                    .any(|word| self.plain.contains(&*text::stem(word)))
            })
    }

    fn names_it(&self, name: &str, language: &Language) -> bool {
        text::name_words(name, language)
            .iter()
            .any(|word| word.len() > 2 && self.plain.contains(&*text::stem(word)))
    }
}

/// How a message begins that only wants to be told something, however politely.
const TELL: &[&str] = &[
    "read",
    "tell",
    "show",
    "list",
    "explain",
    "describe",
    "summarise",
    "summarize",
    "look",
    "check",
    "find",
    "translate",
    "lies",
    "zeig",
    "sag",
];

/// How a question begins.
const ASK: &[&str] = &[
    "what", "which", "who", "whose", "why", "when", "where", "how", "is", "are", "was", "were",
    "does", "do", "did", "has", "have", "welche", "wer", "warum", "wann", "wo", "wie", "ist",
    "sind",
];

/// Whether a message wants something done.
fn wishes(message: &str, language: &Language) -> bool {
    let read = text::read(message, language);
    let words: Vec<&str> = read
        .tokens
        .iter()
        .map(|token| token.text.as_str())
        .collect();
    let polite = matches!(
        words[..],
        ["can" | "could" | "would" | "will", "you" | "we", ..]
            | ["please", ..]
            | ["kannst", "du", ..]
    );
    let courtesy = [
        "can", "could", "would", "will", "kannst", "you", "we", "please", "du",
    ];
    let first = words
        .iter()
        .find(|word| !polite || !courtesy.contains(word))
        .copied()
        .unwrap_or_default();
    let told = TELL.contains(&first) || !polite && ASK.contains(&first);
    !told && (polite || !read.asks)
}

/// What becomes of deeds. `critical` says whether a deed opens, unlocks or disarms by the house's tables.
pub(crate) fn judge(
    asker: &Asker,
    deeds: &[Deed],
    house: &Gazetteer,
    language: &Language,
    critical: &dyn Fn(&Op, &Thing) -> bool,
) -> Verdict {
    let mut devices = 0;
    for deed in deeds {
        match deed {
            Deed::Devices { op, things, .. } => {
                devices += things.len();
                for thing in things
                    .iter()
                    .filter_map(|id| house.by_id(*id))
                    .map(|at| house.thing(at))
                {
                    let way_in = [Noun::Door, Noun::Gate, Noun::Garage]
                        .iter()
                        .any(|it| thing.is(*it));
                    if critical(op, thing)
                        || matches!(op, Op::Unlock | Op::Disarm)
                        || matches!(
                            op,
                            Op::Open | Op::Water | Op::Toggle | Op::Set(..) | Op::Step(..)
                        ) && way_in
                    {
                        return Verdict::First("it opens, unlocks or disarms something");
                    }
                }
            }
            Deed::Mode(_) => return Verdict::First("it changes the mode of the house"),
            Deed::Run { .. } | Deed::End { .. } | Deed::Scene { .. } => {}
        }
    }
    if devices > MANY {
        return Verdict::First("it concerns many devices at once");
    }
    let Asker::Person(words) = asker else {
        return Verdict::Now;
    };
    if !words.wishes {
        return Verdict::First("the person only asked something");
    }
    let meant = deeds.iter().all(|deed| match deed {
        Deed::Devices { things, .. } => things.iter().all(|id| {
            house
                .by_id(*id)
                .is_some_and(|at| words.points_at(house.thing(at), house, language))
        }),
        Deed::Run { scenario, .. } | Deed::End { scenario } => {
            named(&house.scenarios, scenario).is_some_and(|name| words.names_it(name, language))
        }
        Deed::Scene { scene } => {
            named(&house.scenes, scene).is_some_and(|name| words.names_it(name, language))
        }
        Deed::Mode(_) => false,
    });
    if meant {
        Verdict::Now
    } else {
        Verdict::First("the person's own words do not name it")
    }
}

fn named<'a>(all: &'a [crate::house::Named], slug: &str) -> Option<&'a str> {
    all.iter()
        .find(|named| named.slug == slug)
        .map(|named| named.name.as_str())
}

/// Whether the person's words ask for something to be kept.
pub(crate) fn wants_kept(message: &str) -> bool {
    let folded = text::folded(message);
    [
        "remember",
        "note",
        "don't forget",
        "do not forget",
        "keep in mind",
        "write down",
        "merk",
    ]
    .iter()
    .any(|sign| folded.contains(sign))
}

/// Whether words claim that something was done in the house.
pub(crate) fn claims(answer: &str) -> bool {
    let folded = text::folded(answer).replace('’', "'");
    let done = [
        "turned",
        "switched",
        "locked",
        "unlocked",
        "opened",
        "closed",
        "set ",
        "started",
        "stopped",
        "dimmed",
        "activated",
        "disarmed",
        "armed",
        "raised",
        "lowered",
        "changed",
        "adjusted",
        "scheduled",
        "created",
    ];
    ["i've ", "i have ", "i just ", "i ", "we've "]
        .iter()
        .any(|start| {
            done.iter().any(|verb| {
                folded.match_indices(start).any(|(at, _)| {
                    let before = folded[..at].chars().next_back();
                    let rest = folded[at + start.len()..]
                        .trim_start_matches("now ")
                        .trim_start_matches("just ");
                    before.is_none_or(|c| !c.is_alphanumeric()) && rest.starts_with(verb)
                })
            })
        })
}

#[cfg(test)]
mod tests {
    use super::{claims, wants_kept, wishes};
    use crate::lang::Language;

    #[test]
    fn questions_want_nothing_done() {
        let english = Language::english();
        for said in [
            "It is too dark in here",
            "make it cosy",
            "Could you make it a bit cosier?",
            "can we have some light please?",
            "please get the hall ready",
        ] {
            assert!(wishes(said, english), "{said}");
        }
        for said in [
            "What does the note on the boiler say?",
            "Read me the note",
            "could you tell me what the note says?",
            "Is it cosy?",
            "tell me about the lamp",
            "the lamp?",
        ] {
            assert!(!wishes(said, english), "{said}");
        }
    }

    #[test]
    fn claims_are_noticed() {
        for said in [
            "I've turned off the lights.",
            "Done. I have unlocked the door",
            "I turned it on",
            "I’ve now set it to 20 °C",
        ] {
            assert!(claims(said), "{said}");
        }
        for said in [
            "The lamp was turned on at 7.",
            "I would turn it off.",
            "Anna opened it.",
            "I cannot do that.",
        ] {
            assert!(!claims(said), "{said}");
        }
    }

    #[test]
    fn what_is_to_be_kept_is_asked_for() {
        assert!(wants_kept("Please remember where the stopcock is"));
        assert!(!wants_kept("where is the stopcock?"));
    }
}
