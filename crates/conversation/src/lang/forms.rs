//! How a language forms its words: endings, compounds, verbs of two parts, numbers in one word.
//! What holds for a language stands under `[features]` and `[separable]` in its file; nothing here
//! knows of any one language.

use super::{Language, Small, Tag};
use crate::text::{Gap, Token};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use toml::{Table, Value};

/// The fewest letters of each part of a compound.
const PART: usize = 3;

/// The longest word that is taken for a compound.
const LONGEST: usize = 40;

/// How words lose their endings.
#[derive(Debug, Default)]
pub struct Stems {
    /// An ending, what stands instead of it, and the fewest letters before it. The first that fits
    /// counts.
    rules: Vec<(String, String, usize)>,
    /// The fewest letters of a word that has an ending at all.
    least: usize,
    /// Whether a word with such an ending is a plural.
    plural: bool,
}

impl Stems {
    /// The word without its ending.
    #[must_use]
    pub fn stem<'a>(&self, word: &'a str) -> Cow<'a, str> {
        if word.len() < self.least || !word.is_ascii() {
            return Cow::Borrowed(word);
        }
        for (ending, instead, least) in &self.rules {
            let Some(root) = word
                .strip_suffix(ending.as_str())
                .filter(|root| root.len() >= *least)
            else {
                continue;
            };
            if let Some(kept) = ending.strip_prefix(instead.as_str()) {
                return Cow::Borrowed(&word[..word.len() - kept.len()]);
            }
            return Cow::Owned(format!("{root}{instead}"));
        }
        Cow::Borrowed(word)
    }

    /// Whether the ending of a word makes it a plural.
    #[must_use]
    pub fn is_plural(&self, word: &str) -> bool {
        self.plural && *self.stem(word) != *word
    }
}

/// How a language forms its words.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    pub(super) stems: Arc<Stems>,
    /// Two letters that are written for one: “ue” for “ü”, after none of some letters.
    digraphs: Vec<(String, char)>,
    digraphs_not_after: String,
    /// An ending and what stands instead of it in the plural; the first that fits counts.
    plurals: Vec<(String, String)>,
    /// The ending of a day that is meant again and again.
    pub(crate) repeated: String,
    /// Words for 1 that are articles as well.
    ones: HashSet<String>,
    /// Words behind which such a word is a number.
    counted: HashSet<String>,
    pub(crate) point: String,
    /// What stands behind a number for a half more, in words.
    pub(crate) and_half: Vec<String>,
    pub(crate) minus: String,
    /// What joins ones and tens in one word.
    joined: Option<String>,
    /// The ending of a number and a half.
    half_ending: Option<String>,
    hundred: Option<String>,
    /// Whether “half eight” is half an hour before eight.
    pub(crate) half_before: bool,
    /// Whether a verb may stand at the end of its clause.
    pub(crate) verb_final: bool,
    /// Whether minutes follow the word for the hour.
    pub(crate) minutes_after_hour: bool,
    /// Whether the language's file is read.
    ready: bool,
    compounds: bool,
    /// Words that compounds end with.
    heads: HashSet<String>,
    /// Forms of verbs, and their infinitives.
    verbs: HashMap<String, String>,
    particles: Vec<String>,
    infix: Option<String>,
    /// What stands at the end of a clause for something else.
    finals: HashMap<String, String>,
    /// Articles that stand for something by themselves, and the pronoun that they are read as.
    alone: HashSet<String>,
    /// Nouns that mean all there is of it where a place is said: “das Licht im Wohnzimmer”.
    mass: HashSet<String>,
    /// Before these a noun with one form for both numbers is a plural.
    plural_articles: HashSet<String>,
    pronoun: Option<String>,
    /// Sections whose words take endings, and these.
    pub(super) inflected: HashSet<String>,
    pub(super) inflections: Vec<String>,
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn pairs(value: Option<&Value>) -> Vec<(String, String, usize)> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_array)
        .filter_map(|pair| {
            let text = |at: usize| pair.get(at).and_then(Value::as_str).map(str::to_owned);
            let least = pair.get(2).and_then(Value::as_integer).unwrap_or(0);
            Some((text(0)?, text(1)?, usize::try_from(least).unwrap_or(0)))
        })
        .collect()
}

impl Forms {
    /// Reads what a language's file says.
    pub(super) fn read(table: &Table) -> Self {
        let empty = Table::new();
        let section = |name: &str| table.get(name).and_then(Value::as_table).unwrap_or(&empty);
        let features = section("features");
        let text = |name: &str| {
            features
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let is = |name: &str| features.get(name).and_then(Value::as_bool) == Some(true);
        let mut forms = Self {
            stems: Arc::new(Stems {
                rules: pairs(features.get("stems")),
                least: features
                    .get("stem_least")
                    .and_then(Value::as_integer)
                    .and_then(|least| usize::try_from(least).ok())
                    .unwrap_or(usize::MAX),
                plural: is("plural_by_ending"),
            }),
            digraphs_not_after: text("digraphs_not_after").unwrap_or_default(),
            plurals: pairs(features.get("plurals"))
                .into_iter()
                .map(|(ending, instead, _)| (ending, instead))
                .collect(),
            repeated: text("repeated_ending").unwrap_or_default(),
            point: text("point").unwrap_or_default(),
            and_half: text("and_half")
                .map(|words| words.split(' ').map(str::to_owned).collect())
                .unwrap_or_default(),
            minus: text("minus").unwrap_or_default(),
            half_ending: text("half_ending"),
            hundred: text("hundred"),
            half_before: is("half_before"),
            verb_final: is("verb_final"),
            minutes_after_hour: is("minutes_after_hour"),
            compounds: is("compounds"),
            ..Self::default()
        };
        for pair in strings(features.get("digraphs")) {
            if let Some(letter) = pair.chars().next() {
                forms.digraphs.push((pair.to_owned(), letter));
            }
        }
        let joined = text("joined_numbers");
        forms.joined = joined;
        let set = |forms: &Self, value: Option<&Value>| -> HashSet<String> {
            strings(value).map(|word| forms.folded(word)).collect()
        };
        forms.ones = set(&forms, features.get("ones"));
        forms.counted = set(&forms, features.get("counted"));
        forms.alone = set(&forms, features.get("articles_alone"));
        forms.mass = set(&forms, features.get("mass_nouns"));
        forms.plural_articles = set(&forms, features.get("plural_articles"));
        forms.pronoun = text("pronoun").map(|word| forms.folded(&word));
        let inflected = features.get("inflected").and_then(Value::as_table);
        if let Some(inflected) = inflected {
            forms.inflected = strings(inflected.get("sections"))
                .map(str::to_owned)
                .collect();
            forms.inflections = strings(inflected.get("endings"))
                .map(str::to_owned)
                .collect();
        }
        let separable = section("separable");
        forms.infix = separable
            .get("infix")
            .and_then(Value::as_str)
            .map(str::to_owned);
        forms.particles = strings(separable.get("particles"))
            .map(|word| forms.folded(word))
            .collect();
        // The longer one first: “herunter” before “her”.
        forms
            .particles
            .sort_by_key(|particle| std::cmp::Reverse(particle.len()));
        let finals = separable.get("finals").and_then(Value::as_table);
        for (word, instead) in finals.into_iter().flatten() {
            let instead = forms.folded(instead.as_str().unwrap_or_default());
            let word = forms.folded(word);
            forms.finals.insert(word, instead);
        }
        let verbs = separable.get("verbs").and_then(Value::as_table);
        for (infinitive, all) in verbs.into_iter().flatten() {
            let infinitive = forms.folded(infinitive);
            for form in strings(Some(all)) {
                let form = forms.folded(form);
                forms.verbs.insert(form, infinitive.clone());
            }
            forms.verbs.insert(infinitive.clone(), infinitive);
        }
        forms
    }

    /// Words that compounds end with; until they are known, none is taken apart.
    pub(super) fn set_heads(&mut self, heads: HashSet<String>) {
        self.ready = true;
        if self.compounds {
            self.heads = heads;
        }
    }

    /// Lower case without accents, two letters that stand for one as that one.
    pub(crate) fn folded(&self, word: &str) -> String {
        let mut word = crate::text::folded(word);
        self.fold(&mut word);
        word
    }

    /// Two letters that stand for one as that one.
    pub(crate) fn fold(&self, word: &mut String) {
        if self.digraphs.is_empty()
            || !self
                .digraphs
                .iter()
                .any(|(pair, _)| word.contains(pair.as_str()))
        {
            return;
        }
        let mut plain = String::with_capacity(word.len());
        let mut rest = word.as_str();
        while let Some(letter) = rest.chars().next() {
            let before = plain.chars().next_back();
            let open = before.is_none_or(|before| !self.digraphs_not_after.contains(before));
            let pair = self
                .digraphs
                .iter()
                .find(|(pair, _)| open && rest.starts_with(pair.as_str()));
            if let Some((pair, letter)) = pair {
                plain.push(*letter);
                rest = &rest[pair.len()..];
            } else {
                plain.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
        *word = plain;
    }

    /// The plural that a rule makes, where the language makes it so.
    pub(super) fn plural(&self, phrase: &str) -> Option<String> {
        self.plurals.iter().find_map(|(ending, instead)| {
            let root = phrase.strip_suffix(ending.as_str())?;
            Some(format!("{root}{instead}"))
        })
    }

    /// Whether a noun with one form for both numbers is a plural behind this word.
    pub(crate) fn is_plural_article(&self, word: &str) -> bool {
        self.plural_articles.contains(word)
    }

    /// Whether a noun means all there is of it where a place is said.
    pub(crate) fn is_mass(&self, word: &str) -> bool {
        self.mass.contains(word)
    }

    /// Whether this is a form of a verb of two parts.
    pub(super) fn is_verb(&self, word: &str) -> bool {
        self.verbs.contains_key(word)
    }

    /// Whether its compounds are taken apart.
    pub(crate) const fn has_compounds(&self) -> bool {
        self.compounds
    }

    /// Whether its plurals are words of the lexicon, and not made by endings.
    pub(crate) fn has_own_plurals(&self) -> bool {
        !self.stems.plural
    }

    /// Whether a word means 1 before that word, or behind a ten where nothing follows.
    pub(crate) fn is_one(&self, word: &str, next: Option<&str>) -> bool {
        self.ones.contains(word) && next.is_none_or(|next| self.counted.contains(next))
    }

    /// A number that is written in one word.
    pub(super) fn number(&self, word: &str, known: &HashMap<String, f64>) -> Option<f64> {
        let joined = self.joined.as_deref()?;
        if word.len() < 6 || word.len() > LONGEST {
            return None;
        }
        let one = |word: &str| {
            let value = known.get(word).copied();
            value.or_else(|| self.ones.contains(word).then_some(1.0))
        };
        if let Some(rest) = self
            .half_ending
            .as_deref()
            .and_then(|half| word.strip_suffix(half))
        {
            return one(rest).map(|value| value + 0.5);
        }
        if let Some((count, rest)) = self.hundred.as_deref().and_then(|it| word.split_once(it)) {
            let count = if count.is_empty() { 1.0 } else { one(count)? };
            let rest = rest.strip_prefix(joined).unwrap_or(rest);
            let rest = match rest {
                "" => 0.0,
                rest => known
                    .get(rest)
                    .copied()
                    .or_else(|| self.number(rest, known))?,
            };
            return (count < 10.0 && rest < 100.0).then_some(count * 100.0 + rest);
        }
        word.match_indices(joined).find_map(|(at, _)| {
            let unit = one(&word[..at]).filter(|unit| (1.0..10.0).contains(unit))?;
            let ten = known.get(&word[at + joined.len()..]).copied()?;
            let is_ten = (20.0..100.0).contains(&ten) && ten % 10.0 == 0.0;
            is_ten.then_some(unit + ten)
        })
    }
}

/// Brings the words of a sentence into the form in which the lexicon has them.
pub(crate) fn regular(tokens: &mut Vec<Token>, language: &Language) {
    let forms = language.forms();
    // What stands in the language's own file is taken as it stands.
    if !forms.ready {
        return;
    }
    if !forms.verbs.is_empty() {
        joined_verbs(tokens, language);
    }
    if let Some(pronoun) = &forms.pronoun {
        for at in 0..tokens.len() {
            if forms.alone.contains(&tokens[at].text) && stands_alone(tokens, at, language) {
                tokens[at].text.clone_from(pronoun);
            }
        }
    }
    if !forms.heads.is_empty() {
        let whole = std::mem::take(tokens);
        for token in whole {
            match parts(&token.text, language) {
                Some(parts) if token.number.is_none() => {
                    for (index, part) in parts.into_iter().enumerate() {
                        let gap = if index == 0 { token.gap } else { Gap::Blank };
                        tokens.push(Token {
                            text: part,
                            gap,
                            ..token.clone()
                        });
                    }
                }
                _ => tokens.push(token),
            }
        }
    }
}

/// The parts of a compound, by what it ends with.
fn parts(word: &str, language: &Language) -> Option<Vec<String>> {
    if word.len() < 2 * PART || word.len() > LONGEST || language.knows(word) {
        return None;
    }
    let at = (PART..=word.len() - PART)
        .filter(|at| word.is_char_boundary(*at))
        .find(|at| language.forms().heads.contains(&word[*at..]))?;
    let (front, head) = word.split_at(at);
    let mut all = parts(front, language).unwrap_or_else(|| vec![front.to_owned()]);
    all.push(head.to_owned());
    Some(all)
}

fn tags_of<'l>(token: &Token, language: &'l Language) -> &'l [Tag] {
    language.meanings(&token.text)
}

fn is_small(token: &Token, some: &[Small], language: &Language) -> bool {
    tags_of(token, language)
        .iter()
        .any(|tag| matches!(tag, Tag::Small(small) if some.contains(small)))
}

/// Whether a clause ends before this word: there is none, something sets it off, or a word that joins
/// clauses, says where or when, or says nothing.
fn ends_before(tokens: &[Token], at: usize, language: &Language) -> bool {
    use Small::{And, Except, Filler, Here, If, In, Or, There, Too};
    let Some(next) = tokens.get(at) else {
        return true;
    };
    if next.gap != Gap::Blank {
        return true;
    }
    if next.number.is_some() || is_small(next, &[Small::Article], language) {
        return false;
    }
    is_small(next, &[And, Or, Except, Filler, Too, If], language)
        // “Um viertel vor acht”: what is a preposition as well is one before a place or a time.
        || at.checked_sub(1).is_none_or(|before| !is_preposition(&tokens[before], language))
            && (is_small(next, &[In, Here, There], language)
                || !language.hours(&next.text).is_empty())
}

/// Whether a word can say where, when or to what.
fn is_preposition(token: &Token, language: &Language) -> bool {
    is_small(token, &[Small::In, Small::To, Small::By], language)
        || !language.hours(&token.text).is_empty()
}

/// Whether an article has nothing that it belongs to.
fn stands_alone(tokens: &[Token], at: usize, language: &Language) -> bool {
    use Small::{And, In, Not, Of, Or, Too};
    let Some(next) = tokens.get(at + 1) else {
        return at > 0;
    };
    next.gap != Gap::Blank
        || is_small(next, &[And, In, Not, Of, Or, Too], language)
            && !is_small(next, &[Small::Article], language)
}

/// Verbs of two parts become one word: “schalte … ein” and “einzuschalten” both “einschalten”.
fn joined_verbs(tokens: &mut Vec<Token>, language: &Language) {
    let forms = language.forms();
    for token in tokens.iter_mut() {
        if language.knows(&token.text) {
            continue;
        }
        let whole = forms.particles.iter().find_map(|particle| {
            let rest = token.text.strip_prefix(particle.as_str())?;
            let infix = forms.infix.as_deref();
            let inner = infix.and_then(|infix| rest.strip_prefix(infix));
            let verb = forms
                .verbs
                .get(rest)
                .or_else(|| inner.and_then(|rest| forms.verbs.get(rest)))?;
            let whole = format!("{particle}{verb}");
            language.knows(&whole).then_some(whole)
        });
        if let Some(whole) = whole {
            token.text = whole;
        }
    }
    let mut at = 0;
    while at < tokens.len() {
        let Some(verb) = forms.verbs.get(&tokens[at].text) else {
            at += 1;
            continue;
        };
        let mut here = at + 1;
        let mut found = None;
        while here < tokens.len() {
            let token = &tokens[here];
            if token.gap == Gap::Stop || forms.verbs.contains_key(&token.text) {
                break;
            }
            if is_small(token, &[Small::If], language) && token.gap != Gap::Blank {
                break;
            }
            // “Auf hoch” is a value, and no part of the verb.
            let value = here > at + 1 && is_small(&tokens[here - 1], &[Small::To], language);
            if forms.particles.contains(&token.text)
                && !value
                && ends_before(tokens, here + 1, language)
            {
                let whole = format!("{}{verb}", token.text);
                if language.knows(&whole) {
                    found = Some((here, whole));
                    break;
                }
            }
            here += 1;
        }
        if let Some((here, whole)) = found {
            tokens[at].text = whole;
            // What set off the particle sets off what follows it.
            let gap = tokens[here].gap;
            tokens.remove(here);
            if let Some(next) = tokens.get_mut(here).filter(|next| next.gap == Gap::Blank) {
                next.gap = gap;
            }
        }
        at += 1;
    }
    for at in 0..tokens.len() {
        if let Some(instead) = forms.finals.get(&tokens[at].text)
            && ends_before(tokens, at + 1, language)
        {
            tokens[at].text.clone_from(instead);
        }
    }
}
