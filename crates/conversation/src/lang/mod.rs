//! Languages as data: what a phrase means stands in a file, what follows from it in code.

mod events;
mod forms;
mod tag;

pub use events::Events;
pub use forms::Stems;
pub(crate) use forms::{Forms, regular};
pub use tag::{Act, Attr, Hour, HouseMode, Noun, Small, State, Tag, Way, Word};

use crate::text;
use crate::topic::Topics;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};
use toml::{Table, Value};

/// A language, ready to be looked up.
#[derive(Debug)]
pub struct Language {
    /// Its two letters.
    pub code: String,
    /// What it calls itself.
    pub name: String,
    forms: Forms,
    events: Events,
    /// Units that are written onto a number.
    units: HashSet<String>,
    /// Units behind which a number is no hour.
    values: HashSet<String>,
    /// Words of this language by which it is recognised.
    own: HashSet<String>,
    /// Stretches of the past of which figures are asked.
    periods: Events,
    subjects: Events,
    contractions: HashMap<String, String>,
    numbers: HashMap<String, f64>,
    words: HashMap<String, u32>,
    steps: HashMap<(u32, u32), u32>,
    /// What the phrases that end at a node mean.
    means: Vec<Vec<Tag>>,
    synonyms: Vec<Vec<Vec<String>>>,
    outside: Vec<Vec<String>>,
    time: HashMap<String, Vec<Hour>>,
    /// Words that are one edit away from such a text, by the text.
    near: HashMap<String, Vec<u32>>,
    spelled: Vec<String>,
    topics: Topics,
}

/// The languages that are spoken, each from its file; the first is the house's own.
static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    [include_str!("en.toml"), include_str!("de.toml")]
        .into_iter()
        .map(Language::load)
        .collect()
});

impl Language {
    /// English.
    #[must_use]
    pub fn english() -> &'static Self {
        &LANGUAGES[0]
    }

    /// All that are spoken.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &LANGUAGES
    }

    /// Their codes, for people.
    #[must_use]
    pub fn codes() -> String {
        let codes: Vec<&str> = LANGUAGES.iter().map(|one| one.code.as_str()).collect();
        codes.join(" or ")
    }

    /// The language that most words of a message are of; nothing where two have as many.
    #[must_use]
    pub fn recognised(message: &str) -> Option<&'static Self> {
        let words = message
            .split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
            .filter(|word| !word.is_empty() && word.len() < 64)
            .take(60);
        let words: Vec<String> = words.map(text::folded).collect();
        let mut best: Option<(&'static Self, usize)> = None;
        let mut tied = false;
        for language in LANGUAGES.iter() {
            let known = |word: &&String| {
                let mut word = (*word).clone();
                language.forms.fold(&mut word);
                language.own.contains(&word) || language.forms.is_verb(&word)
            };
            let count = words.iter().filter(known).count();
            match best {
                Some((_, most)) if count < most => {}
                Some((_, most)) if count == most => tied = true,
                _ => {
                    best = Some((language, count));
                    tied = false;
                }
            }
        }
        best.filter(|(_, count)| *count > 0 && !tied)
            .map(|(language, _)| language)
    }

    /// The language of that code: `en`, or `en-GB`.
    #[must_use]
    pub fn find(code: &str) -> Option<&'static Self> {
        let short = code.split(['-', '_']).next()?.to_ascii_lowercase();
        LANGUAGES.iter().find(|language| language.code == short)
    }

    /// Reads a language's file. A file that cannot be read is a fault of the build; its tests tell.
    fn load(file: &str) -> Self {
        let table: Table = file.parse().unwrap_or_default();
        let text = |key: &str| {
            table
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or("?")
                .to_owned()
        };
        let forms = Forms::read(&table);
        let mut language = Self {
            code: text("code"),
            name: text("name"),
            events: Events::read(&table, "rule", &forms),
            periods: Events::read(&table, "period", &forms),
            subjects: Events::read(&table, "subject", &forms),
            own: HashSet::new(),
            forms,
            units: HashSet::new(),
            values: HashSet::new(),
            contractions: HashMap::new(),
            numbers: HashMap::new(),
            words: HashMap::new(),
            steps: HashMap::new(),
            means: vec![Vec::new()],
            synonyms: Vec::new(),
            outside: Vec::new(),
            time: HashMap::new(),
            near: HashMap::new(),
            spelled: Vec::new(),
            topics: Topics::default(),
        };
        let section = |name: &str| table.get(name).and_then(Value::as_table);
        let borrowed = section("borrowed").into_iter().flatten();
        for (short, long) in section("contractions")
            .into_iter()
            .flatten()
            .chain(borrowed)
        {
            let long = language.forms.folded(long.as_str().unwrap_or_default());
            let short = language.forms.folded(short);
            language.contractions.insert(short, long);
        }
        for (word, number) in section("numbers").into_iter().flatten() {
            let number = number.as_float().or_else(|| {
                number
                    .as_integer()
                    .map(|it| f64::from(i32::try_from(it).unwrap_or(0)))
            });
            let word = language.forms.folded(word);
            language.numbers.insert(word, number.unwrap_or(0.0));
        }
        let units = |key: &str| -> HashSet<String> {
            let units = section("units").and_then(|units| units.get(key));
            let units = units.and_then(Value::as_array).into_iter().flatten();
            units.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        (language.units, language.values) = (units("written"), units("values"));
        for (key, words) in section("time").into_iter().flatten() {
            let Some(hour) = Hour::parse(key) else {
                continue;
            };
            for word in words
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                let word = language.forms.folded(word);
                language.time.entry(word).or_default().push(hour);
            }
        }
        for (key, patterns) in section("topic").into_iter().flatten() {
            for pattern in patterns
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                let mut pattern = pattern.to_lowercase();
                language.forms.fold(&mut pattern);
                language.topics.add(key, &pattern);
            }
        }
        for (name, phrases) in &table {
            let Some(phrases) = phrases.as_table() else {
                continue;
            };
            for (key, phrases) in phrases {
                language.section(name, key, phrases);
            }
        }
        // Words of whole sentences are words, too: they are not mistaken for mistyped ones.
        let words: Vec<String> = language
            .topics
            .words()
            .into_iter()
            .map(str::to_owned)
            .collect();
        for word in words {
            let next = language.words.len() as u32;
            language.words.entry(word).or_insert(next);
        }
        language.spell();
        // What is borrowed is no sign of the language.
        for short in section("contractions")
            .into_iter()
            .flatten()
            .map(|(short, _)| short)
        {
            let short = language.forms.folded(short);
            language.own.insert(short);
        }
        language.own.extend(language.words.keys().cloned());
        language.own.extend(language.time.keys().cloned());
        language.own.extend(language.numbers.keys().cloned());
        let heads = language.heads();
        language.forms.set_heads(heads);
        if let Some(synonyms) = section("synonyms") {
            let lists = |value: &Value| -> Vec<Vec<String>> {
                let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
                list.iter()
                    .filter_map(Value::as_str)
                    .map(|phrase| text::name_words(phrase, &language))
                    .collect()
            };
            let groups = synonyms
                .get("groups")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let (groups, outside) = (
                groups.iter().map(lists).collect(),
                synonyms.get("outside").map(lists).unwrap_or_default(),
            );
            (language.synonyms, language.outside) = (groups, outside);
        }
        language
    }

    /// The words for kinds of devices, which compounds end with.
    fn heads(&self) -> HashSet<String> {
        let is_kind = |tag: &Tag| {
            matches!(tag, Tag::Noun(noun, _) if !matches!(
                noun,
                Noun::Room | Noun::Floor | Noun::Person | Noun::Everything | Noun::Device
            ))
        };
        let whole = |word: &&String| self.meanings(word).iter().any(is_kind);
        self.words.keys().filter(whole).cloned().collect()
    }

    fn section(&mut self, name: &str, key: &str, phrases: &Value) {
        if name == "colour" {
            let numbers: Vec<i64> = phrases
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_integer)
                .collect();
            let tag = match numbers[..] {
                [hue, saturation] => Tag::Colour(
                    hue.unsigned_abs().min(360) as u16,
                    saturation.clamp(0, 100) as u8,
                ),
                [kelvin] => Tag::White(kelvin.clamp(1_000, 20_000) as u16),
                _ => return,
            };
            self.add(key, tag);
            self.inflect(name, key, tag);
            return;
        }
        let noun = |plural| Noun::parse(key).map(|noun| Tag::Noun(noun, plural));
        let tag = match name {
            "small" => Small::parse(key).map(Tag::Small),
            "act" => Act::parse(key).map(Tag::Act),
            "state" => State::parse(key).map(Tag::State),
            "attr" => Attr::parse(key).map(Tag::Attr),
            "way" => Way::parse(key).map(Tag::Way),
            "word" => Word::parse(key).map(Tag::Word),
            "mode" => HouseMode::parse(key).map(Tag::Mode),
            "noun" => noun(false),
            "plural" => noun(true),
            "more" | "most" => key.rsplit_once('_').and_then(|(attr, way)| {
                let (attr, way) = (Attr::parse(attr)?, Way::parse(way)?);
                Some(if name == "more" {
                    Tag::More(attr, way)
                } else {
                    Tag::Most(attr, way)
                })
            }),
            _ => return,
        };
        debug_assert!(tag.is_some(), "nothing is called {name}.{key}");
        let Some(tag) = tag else { return };
        for phrase in phrases
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            self.add(phrase, tag);
            self.inflect(name, phrase, tag);
            if let (Tag::Noun(noun, false), Some(plural)) = (tag, self.forms.plural(phrase)) {
                self.add(&plural, Tag::Noun(noun, true));
            }
        }
    }

    /// Adds a word with the endings that words of its section take.
    fn inflect(&mut self, section: &str, phrase: &str, tag: Tag) {
        if !self.forms.inflected.contains(section) || phrase.contains(' ') {
            return;
        }
        for ending in self.forms.inflections.clone() {
            let root = match ending.chars().next() {
                Some(first) => phrase.strip_suffix(first).unwrap_or(phrase),
                None => phrase,
            };
            self.add(&format!("{root}{ending}"), tag);
        }
    }

    /// Adds what a phrase means.
    fn add(&mut self, phrase: &str, tag: Tag) {
        let mut node = 0;
        for word in text::name_words(phrase, self) {
            let next = self.words.len() as u32;
            let word = *self.words.entry(word).or_insert(next);
            let fresh = self.means.len() as u32;
            node = *self.steps.entry((node, word)).or_insert(fresh);
            if node == fresh {
                self.means.push(Vec::new());
            }
        }
        let means = &mut self.means[node as usize];
        if node != 0 && !means.contains(&tag) {
            means.push(tag);
        }
    }

    /// Words that may be mistyped, by what is left of them without one letter.
    fn spell(&mut self) {
        let mut spelled: Vec<String> = self
            .words
            .keys()
            .filter(|word| word.len() >= 3 && word.is_ascii())
            .cloned()
            .collect();
        spelled.sort();
        for (index, word) in spelled.iter().enumerate() {
            for rest in crate::spelling::without_one(word) {
                self.near.entry(rest).or_default().push(index as u32);
            }
        }
        self.spelled = spelled;
    }

    /// The words whose rest without a letter is this.
    pub(crate) fn near<'a>(&'a self, rest: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let words = self.near.get(rest).map(Vec::as_slice).unwrap_or_default();
        words
            .iter()
            .map(|word| self.spelled[*word as usize].as_str())
    }

    /// What a contraction stands for.
    #[must_use]
    pub fn contraction(&self, word: &str) -> Option<&str> {
        self.contractions.get(word).map(String::as_str)
    }

    /// The value of a word for a number.
    #[must_use]
    pub fn number(&self, word: &str) -> Option<f64> {
        let plain = self.numbers.get(word).copied();
        plain.or_else(|| self.forms.number(word, &self.numbers))
    }

    /// How its words are formed.
    pub(crate) const fn forms(&self) -> &Forms {
        &self.forms
    }

    /// How its words lose their endings.
    #[must_use]
    pub fn stems(&self) -> &Arc<Stems> {
        &self.forms.stems
    }

    /// Words of the causes of rules.
    #[must_use]
    pub const fn events(&self) -> &Events {
        &self.events
    }

    /// Stretches of the past, as figures are asked of them.
    #[must_use]
    pub const fn periods(&self) -> &Events {
        &self.periods
    }

    /// What figures are asked about.
    #[must_use]
    pub const fn subjects(&self) -> &Events {
        &self.subjects
    }

    /// Whether this is a unit that is written onto numbers.
    #[must_use]
    pub fn is_unit(&self, text: &str) -> bool {
        self.units.contains(text)
    }

    /// Whether a number before this word is no hour.
    #[must_use]
    pub fn is_value(&self, text: &str) -> bool {
        self.values.contains(text)
    }

    /// What one word by itself means.
    #[must_use]
    pub fn meanings(&self, word: &str) -> &[Tag] {
        let node = self
            .words
            .get(word)
            .and_then(|word| self.steps.get(&(0, *word)));
        node.map(|node| self.means[*node as usize].as_slice())
            .unwrap_or_default()
    }

    /// Whether it is a word of the lexicon.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        self.words.contains_key(word)
    }

    /// The phrases that begin here: how many words they have, and what they mean. Longest last.
    pub fn phrases<'a>(&'a self, words: &[text::Token], found: &mut Vec<(usize, &'a [Tag])>) {
        found.clear();
        let mut node = 0;
        for (index, token) in words.iter().enumerate() {
            let Some(word) = self.words.get(&token.text) else {
                break;
            };
            let Some(next) = self.steps.get(&(node, *word)) else {
                break;
            };
            // A phrase does not reach over the end of a sentence or a comma.
            if index > 0 && token.gap != text::Gap::Blank {
                break;
            }
            node = *next;
            let means = &self.means[node as usize];
            if !means.is_empty() {
                found.push((index + 1, means));
            }
        }
    }

    /// Whole sentences.
    #[must_use]
    pub const fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Whether a word is this word of times.
    #[must_use]
    pub fn is_hour(&self, word: &str, hour: Hour) -> bool {
        self.time.get(word).is_some_and(|all| all.contains(&hour))
    }

    /// What a word means in a time.
    #[must_use]
    pub fn hours(&self, word: &str) -> &[Hour] {
        self.time.get(word).map(Vec::as_slice).unwrap_or_default()
    }

    /// The other ways of saying something: groups of names.
    #[must_use]
    pub fn synonyms(&self) -> &[Vec<Vec<String>>] {
        &self.synonyms
    }

    /// Names of what lies outside.
    #[must_use]
    pub fn outside(&self) -> &[Vec<String>] {
        &self.outside
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, Language, Noun, Small, Tag};
    use crate::text;

    #[test]
    fn english_is_read() {
        let english = Language::english();
        assert_eq!(english.code, "en");
        let text = text::read("turn off the lights", english);
        let mut found = Vec::new();
        english.phrases(&text.tokens, &mut found);
        assert!(
            found
                .first()
                .is_some_and(|it| it.1.contains(&Tag::Small(Small::Put)))
        );
        assert!(
            found
                .last()
                .is_some_and(|it| it.0 == 2 && it.1.contains(&Tag::Act(Act::Off)))
        );
        english.phrases(&text.tokens[3..], &mut found);
        assert!(found[0].1.contains(&Tag::Noun(Noun::Light, true)));
    }
}
