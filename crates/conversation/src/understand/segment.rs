//! A sentence cut into phrases of the lexicon and names of the house.

use crate::house::{Entity, Gazetteer};
use crate::lang::{Language, Small, Tag};
use crate::text::Token;

/// A piece of a sentence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seg<'a> {
    /// Its first word.
    pub(crate) from: usize,
    /// The word after its last.
    pub(crate) to: usize,
    /// What it means in the lexicon.
    pub(crate) tags: &'a [Tag],
    /// What is called so, in full.
    pub(crate) entities: &'a [Entity],
    /// How it is read here.
    pub(crate) view: View,
}

/// How a piece is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// As a phrase of the lexicon.
    Word,
    /// As part of a name.
    Name,
    /// As a number.
    Number,
    /// As nothing that is known.
    Unknown,
}

impl Seg<'_> {
    pub(crate) fn is(&self, small: Small) -> bool {
        self.view == View::Word && self.tags.contains(&Tag::Small(small))
    }
}

/// All that can be read at each word, best first.
#[derive(Debug)]
pub(crate) struct Lattice<'a> {
    options: Vec<Vec<Seg<'a>>>,
}

/// Another reading at one place.
pub(crate) type Turn = (usize, usize);

impl<'a> Lattice<'a> {
    pub(crate) fn new(
        tokens: &[Token],
        words: &[Option<u32>],
        house: &'a Gazetteer,
        language: &'a Language,
    ) -> Self {
        let mut phrases = Vec::new();
        let mut names = Vec::new();
        let options = (0..tokens.len()).map(|at| {
            language.phrases(&tokens[at..], &mut phrases);
            house.names(&tokens[at..], &words[at..], &mut names);
            let mut here: Vec<Seg<'a>> = Vec::with_capacity(4);
            let longest = phrases
                .last()
                .map_or(0, |it| it.0)
                .max(names.last().map_or(0, |it| it.0))
                .max(1);
            for length in (1..=longest).rev() {
                let tags = phrases
                    .iter()
                    .find(|it| it.0 == length)
                    .map_or(&[][..], |it| it.1);
                let entities = names
                    .iter()
                    .find(|it| it.0 == length)
                    .map_or(&[][..], |it| it.1);
                let to = at + length;
                let seg = |view| Seg {
                    from: at,
                    to,
                    tags,
                    entities,
                    view,
                };
                // In “Haustür”, which is read in two parts, the first is not the whole house.
                let next = tokens.get(at + 1);
                let in_compound = next.is_some_and(|next| next.start == tokens[at].start);
                let whole = Tag::Small(Small::House);
                let tags = if in_compound && length == 1 && tags.contains(&whole) {
                    &[][..]
                } else {
                    tags
                };
                let seg = |view| Seg { tags, ..seg(view) };
                let is_noun = |tag: &Tag| matches!(tag, Tag::Noun(..));
                let has_noun = tags.iter().any(is_noun);
                let is_function = tags.iter().any(|tag| !is_noun(tag));
                let is_part = length == 1 && words[at].is_some();
                let is_number = length == 1 && tokens[at].number.is_some();
                let is_name = !entities.is_empty() || has_noun || is_part;
                // What was named before goes on: “the lamp two”, “the heating”.
                let follows = at > 0 && tokens[at].gap == crate::text::Gap::Blank && {
                    let before = &tokens[at - 1];
                    words[at - 1].is_some() && !language.knows(&before.text)
                        || is_article(before, language)
                };
                // “the temperature”, “the weather” where some sensor has the word in its name.
                let is_quantity = length == 1
                    && entities.is_empty()
                    && tags.iter().any(|tag| matches!(tag, Tag::Attr(_)))
                    && !has_noun;
                let follows = follows && !is_quantity;
                let name_first = (length > 1 && !entities.is_empty()) || !is_function || follows;
                if is_name && name_first && !(is_number && !follows && entities.is_empty()) {
                    here.push(seg(View::Name));
                }
                if is_number {
                    here.push(seg(View::Number));
                }
                if is_function {
                    here.push(seg(View::Word));
                }
                if is_name && !here.iter().any(|it| it.view == View::Name && it.to == to) {
                    here.push(seg(View::Name));
                }
            }
            if here.is_empty() {
                here.push(Seg {
                    from: at,
                    to: at + 1,
                    tags: &[],
                    entities: &[],
                    view: View::Unknown,
                });
            }
            here
        });
        Self {
            options: options.collect(),
        }
    }

    /// The sentence read in the best way, but otherwise at these places.
    pub(crate) fn cut(&self, turns: &[Turn]) -> Vec<Seg<'a>> {
        let mut segs = Vec::with_capacity(self.options.len());
        let mut at = 0;
        while at < self.options.len() {
            let option = turns
                .iter()
                .find(|turn| turn.0 == at)
                .map_or(0, |turn| turn.1);
            let here = &self.options[at];
            let seg = here[option.min(here.len() - 1)];
            at = seg.to;
            segs.push(seg);
        }
        segs
    }

    /// Kinds and places within a name of several words.
    pub(crate) fn within(&self, from: usize, to: usize) -> impl Iterator<Item = &Seg<'a>> {
        self.options
            .get(from..to)
            .into_iter()
            .flatten()
            .flatten()
            .filter(move |seg| seg.to <= to && (seg.from, seg.to) != (from, to))
    }

    /// The places of a cut at which it could be read otherwise.
    pub(crate) fn turns(&self, segs: &[Seg<'_>]) -> Vec<Turn> {
        let mut turns = Vec::new();
        for seg in segs {
            for option in 1..self.options[seg.from].len() {
                turns.push((seg.from, option));
            }
        }
        turns
    }
}

fn is_article(token: &Token, language: &Language) -> bool {
    let mut found = Vec::new();
    language.phrases(std::slice::from_ref(token), &mut found);
    found
        .iter()
        .any(|(_, tags)| tags.contains(&Tag::Small(Small::Article)))
}
