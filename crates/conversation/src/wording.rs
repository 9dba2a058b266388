//! An answer in another language than the one in which the house thinks: what is said in English is made
//! of sentences with slots, and a language's file (`lang/XX.say.toml`) has each of them a second time, in
//! its own words and its own order. An answer comes out whole in that language, or whole in English, and
//! says which of the two; never half of it.

use crate::lang::Language;
use crate::talk::Answer;
use std::collections::HashMap;
use std::sync::LazyLock;
use toml::{Table, Value};

/// The longest answer that is put into another language, in bytes.
const LONGEST: usize = 6_000;

/// How many steps that may take.
const WORK: u32 = 400_000;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    /// Something of a kind; where a template has two of a kind, they have numbers.
    Slot(String),
}

#[derive(Debug)]
struct Template {
    english: Vec<Piece>,
    own: Vec<Piece>,
}

/// The sentences of a language, by their kind.
#[derive(Debug, Default)]
pub(crate) struct Wording {
    kinds: HashMap<String, Vec<Template>>,
    months: Vec<(String, String)>,
    and: String,
    or: String,
    more: String,
    decimal: Option<char>,
}

static WORDINGS: LazyLock<HashMap<&'static str, Wording>> =
    LazyLock::new(|| HashMap::from([("de", Wording::load(include_str!("lang/de.say.toml")))]));

/// What can be said in a text: the names that stand in it as they are.
struct Said<'a> {
    wording: &'a Wording,
    text: &'a str,
    names: Vec<&'a str>,
    known: HashMap<(String, usize), Vec<(usize, String)>>,
    work: u32,
}

fn pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(from) = rest.find('{') {
        let Some(to) = rest[from..].find('}') else {
            break;
        };
        if from > 0 {
            pieces.push(Piece::Text(rest[..from].to_owned()));
        }
        pieces.push(Piece::Slot(rest[from + 1..from + to].to_owned()));
        rest = &rest[from + to + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    pieces
}

impl Wording {
    fn load(file: &str) -> Self {
        let table: Table = file.parse().unwrap_or_default();
        let text = |key: &str| {
            table
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let mut wording = Self {
            and: text("and"),
            or: text("or"),
            more: text("more"),
            decimal: text("decimal").chars().next(),
            ..Self::default()
        };
        for (kind, templates) in &table {
            let Some(templates) = templates.as_table() else {
                continue;
            };
            let pairs = templates.iter();
            let pairs = pairs.filter_map(|(english, own)| Some((english, own.as_str()?)));
            if kind == "month" {
                wording.months = pairs
                    .map(|(one, own)| (one.clone(), own.to_owned()))
                    .collect();
                continue;
            }
            let mut list: Vec<Template> = pairs
                .map(|(english, own)| Template {
                    english: pieces(english),
                    own: pieces(own),
                })
                .collect();
            // What says most comes first.
            let literal = |template: &Template| -> usize {
                let text = template.english.iter().map(|piece| match piece {
                    Piece::Text(text) => text.len(),
                    Piece::Slot(_) => 0,
                });
                text.sum()
            };
            list.sort_by_key(|template| std::cmp::Reverse(literal(template)));
            wording.kinds.insert(kind.clone(), list);
        }
        wording
    }
}

impl Said<'_> {
    /// Where something of this kind ends that begins here, and what it is in the other language.
    fn ends(&mut self, kind: &str, at: usize) -> Vec<(usize, String)> {
        if let Some(known) = self.known.get(&(kind.to_owned(), at)) {
            return known.clone();
        }
        // Nothing is made of itself.
        self.known.insert((kind.to_owned(), at), Vec::new());
        let found = self.look(kind, at);
        self.known.insert((kind.to_owned(), at), found.clone());
        found
    }

    fn look(&mut self, kind: &str, at: usize) -> Vec<(usize, String)> {
        if self.work == 0 {
            return Vec::new();
        }
        self.work -= 1;
        let text = self.text;
        let rest = &text[at..];
        if let Some(kind) = kind.strip_prefix("list:") {
            return self.list(kind, at);
        }
        if let Some(kind) = kind.strip_prefix("cap:") {
            return self.capital(kind, at);
        }
        match kind {
            "name" => {
                let mut found = Vec::new();
                for name in self.names.iter().filter(|name| rest.starts_with(**name)) {
                    found.push((at + name.len(), (*name).to_owned()));
                    // “Lamp (Hall)”, where two are called the same.
                    let room = rest[name.len()..].strip_prefix(" (").and_then(|rest| {
                        let room = self.names.iter().find(|room| rest.starts_with(**room))?;
                        rest[room.len()..].starts_with(')').then_some(room)
                    });
                    if let Some(room) = room {
                        let both = format!("{name} ({room})");
                        found.push((at + both.len(), both));
                    }
                }
                found
            }
            "names" => self.list("name", at),
            "int" => digits(rest, false)
                .map(|length| (at + length, rest[..length].to_owned()))
                .into_iter()
                .collect(),
            "number" => digits(rest, true)
                .map(|length| {
                    let mut number = rest[..length].to_owned();
                    if let Some(point) = self.wording.decimal {
                        number = number.replace('.', &point.to_string());
                    }
                    (at + length, number)
                })
                .into_iter()
                .collect(),
            "clock" => {
                let bytes = rest.as_bytes();
                let is = bytes.len() >= 5
                    && bytes[2] == b':'
                    && [0, 1, 3, 4].iter().all(|at| bytes[*at].is_ascii_digit());
                if is {
                    vec![(at + 5, rest[..5].to_owned())]
                } else {
                    Vec::new()
                }
            }
            "month" => {
                let months = self.wording.months.iter();
                let mut months = months.filter(|(month, _)| rest.starts_with(month.as_str()));
                let month = months.next();
                month
                    .map(|(month, own)| (at + month.len(), own.clone()))
                    .into_iter()
                    .collect()
            }
            _ => self.templates(kind, at),
        }
    }

    fn templates(&mut self, kind: &str, at: usize) -> Vec<(usize, String)> {
        let wording = self.wording;
        let mut found: Vec<(usize, String)> = Vec::new();
        for template in wording
            .kinds
            .get(kind)
            .map(Vec::as_slice)
            .unwrap_or_default()
        {
            if let Some(Piece::Text(text)) = template.english.first()
                && !self.text[at..].starts_with(text.as_str())
            {
                continue;
            }
            for (end, slots) in self.fit(&template.english, at) {
                if found.iter().any(|known| known.0 == end) {
                    continue;
                }
                let own = template.own.iter().map(|piece| match piece {
                    Piece::Text(text) => text.as_str(),
                    Piece::Slot(slot) => slots
                        .iter()
                        .find(|(name, _)| name == slot)
                        .map_or("", |(_, own)| own.as_str()),
                });
                found.push((end, own.collect()));
            }
        }
        found
    }

    /// Where a template ends that begins here, and what its slots are.
    fn fit(&mut self, template: &[Piece], at: usize) -> Vec<(usize, Vec<(String, String)>)> {
        let mut here: Vec<(usize, Vec<(String, String)>)> = vec![(at, Vec::new())];
        for (index, piece) in template.iter().enumerate() {
            let mut next: Vec<(usize, Vec<(String, String)>)> = Vec::new();
            for (at, slots) in here {
                match piece {
                    Piece::Text(text) => {
                        if self.text[at..].starts_with(text.as_str()) {
                            next.push((at + text.len(), slots));
                        }
                    }
                    Piece::Slot(slot) => {
                        let kind = slot.split('#').next().unwrap_or(slot);
                        let ends = if kind == "text" {
                            self.free(at, template.get(index + 1))
                        } else {
                            self.ends(kind, at)
                        };
                        for (end, own) in ends {
                            if next.iter().all(|known| known.0 != end) {
                                let mut slots = slots.clone();
                                slots.push((slot.clone(), own));
                                next.push((end, slots));
                            }
                        }
                    }
                }
            }
            if next.is_empty() || self.work == 0 {
                return Vec::new();
            }
            here = next;
        }
        here
    }

    /// Words that stay as they are, up to what follows them.
    fn free(&mut self, at: usize, next: Option<&Piece>) -> Vec<(usize, String)> {
        let rest = &self.text[at..];
        let same = |length: usize| (at + length, rest[..length].to_owned());
        match next {
            Some(Piece::Text(next)) => rest
                .match_indices(next.as_str())
                .filter(|(length, _)| *length > 0)
                // What stands in quotation marks ends with them.
                .take(if next.starts_with('”') { 1 } else { 8 })
                .map(|(length, _)| same(length))
                .collect(),
            _ if rest.is_empty() => Vec::new(),
            _ => vec![same(rest.len())],
        }
    }

    /// “A, B and C”, “A or B”, “A, B and 3 more”.
    fn list(&mut self, kind: &str, at: usize) -> Vec<(usize, String)> {
        let (and, or, more) = (
            format!(" {} ", self.wording.and),
            format!(" {} ", self.wording.or),
            self.wording.more.clone(),
        );
        let mut found: Vec<(usize, String)> = Vec::new();
        let mut open = self.ends(kind, at);
        let mut rounds = 0;
        while !open.is_empty() && rounds < 60 {
            rounds += 1;
            let mut longer = Vec::new();
            for (end, own) in open {
                let rest = &self.text[end..];
                for (join, own_join, last) in [
                    (", ", ", ", false),
                    (" and ", and.as_str(), true),
                    (" or ", or.as_str(), true),
                ] {
                    let Some(after) = rest.strip_prefix(join) else {
                        continue;
                    };
                    if last
                        && let Some(length) = digits(after, false)
                        && after[length..].starts_with(" more")
                    {
                        let to = end + join.len() + length + " more".len();
                        found.push((to, format!("{own}{own_join}{} {more}", &after[..length])));
                    }
                    for (to, next) in self.ends(kind, end + join.len()) {
                        let both = (to, format!("{own}{own_join}{next}"));
                        if last {
                            found.push(both);
                        } else {
                            longer.push(both);
                        }
                    }
                }
                found.push((end, own));
            }
            open = longer;
        }
        found
    }

    /// Something with a capital letter at its beginning.
    fn capital(&mut self, kind: &str, at: usize) -> Vec<(usize, String)> {
        let rest = &self.text[at..];
        let Some(first) = rest.chars().next() else {
            return Vec::new();
        };
        let mut found = self.ends(kind, at);
        let small: String = first.to_lowercase().collect();
        if small.len() == first.len_utf8() && !rest.starts_with(&small) {
            let text = format!("{small}{}", &rest[first.len_utf8()..]);
            let mut inner = Said {
                wording: self.wording,
                text: &text,
                names: self
                    .names
                    .iter()
                    .copied()
                    .filter(|name| text.contains(name))
                    .collect(),
                known: HashMap::new(),
                work: self.work,
            };
            let ends = inner.ends(kind, 0);
            self.work = inner.work;
            found.extend(ends.into_iter().map(|(end, own)| (at + end, own)));
        }
        found
            .into_iter()
            .map(|(end, own)| (end, capital(&own)))
            .collect()
    }

    /// The whole text as sentences.
    fn whole(&mut self, kind: &str) -> Option<String> {
        let mut reached: Vec<(usize, String)> = vec![(0, String::new())];
        while let Some((at, own)) = reached.pop() {
            let mut ends = self.ends(kind, at);
            ends.sort_by_key(|(end, _)| *end);
            for (end, said) in ends {
                let own = format!("{own}{}", capital(&said));
                let rest = &self.text[end..];
                if rest.is_empty() {
                    return Some(own);
                }
                let blank = rest.len() - rest.trim_start_matches([' ', '\n']).len();
                if blank > 0 && blank < rest.len() {
                    reached.push((end + blank, format!("{own}{}", &rest[..blank])));
                }
            }
            if self.work == 0 || reached.len() > 64 {
                return None;
            }
        }
        None
    }
}

/// The length of a number that stands here.
fn digits(text: &str, parts: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let minus = usize::from(bytes.first() == Some(&b'-'));
    let whole = bytes[minus..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if whole == 0 {
        return None;
    }
    let mut length = minus + whole;
    if parts && bytes.get(length) == Some(&b'.') {
        let rest = bytes[length + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if rest > 0 {
            length += 1 + rest;
        }
    }
    Some(length)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// One text in the other language; nothing where some of it has no words there.
fn put(wording: &Wording, kind: &str, text: &str, names: &[String]) -> Option<String> {
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let names = names.iter().map(String::as_str);
    let mut said = Said {
        wording,
        text,
        names: names
            .filter(|name| !name.is_empty() && text.contains(name))
            .collect(),
        known: HashMap::new(),
        work: WORK,
    };
    said.whole(kind)
}

/// Puts a short text, such as what is being done, into a language where it has words for it.
pub(crate) fn part(text: String, language: &Language, kind: &str, names: &[String]) -> String {
    let wording = WORDINGS.get(language.code.as_str());
    wording
        .and_then(|wording| put(wording, kind, &text, names))
        .unwrap_or(text)
}

/// Puts an answer into a language, where all of it has words there; it says in which it is. The names are those
/// that stay as they are.
#[must_use]
pub(crate) fn spoken(
    mut answer: Answer,
    language: &Language,
    names: impl FnOnce() -> Vec<String>,
) -> Answer {
    let english = Language::english();
    english.code.clone_into(&mut answer.language);
    let Some(wording) = WORDINGS.get(language.code.as_str()) else {
        return answer;
    };
    let names = &names();
    let Some(response) = put(wording, "sentence", &answer.response, names) else {
        tracing::debug!(language = %language.code, "an answer has no words in this language");
        return answer;
    };
    language.code.clone_into(&mut answer.language);
    answer.response = response;
    let offer = |text: &String| {
        put(wording, "offer", text, names).or_else(|| names.contains(text).then(|| text.clone()))
    };
    if let Some(pending) = &mut answer.pending {
        // A question was the answer itself, or stood at its end.
        pending.question = put(wording, "sentence", &pending.question, names)
            .unwrap_or_else(|| answer.response.clone());
        for choice in &mut pending.choices {
            if let Some(own) = offer(choice) {
                *choice = own;
            }
        }
    }
    // What could be said next is said in the same language, or not offered.
    answer.suggestions = answer.suggestions.iter().filter_map(offer).collect();
    for row in &mut answer.evidence {
        if let Some(own) = row
            .text
            .as_ref()
            .and_then(|text| put(wording, "row", text, names))
        {
            row.text = Some(own);
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::{WORDINGS, part, put, spoken};
    use crate::lang::Language;
    use crate::talk::Answer;

    fn names() -> Vec<String> {
        ["Stehlampe", "Leselampe", "Bad", "Haustür", "Klima", "Anna"]
            .map(str::to_owned)
            .to_vec()
    }

    #[test]
    fn sentences_come_out_in_german() {
        let german = &WORDINGS["de"];
        for (english, own) in [
            (
                "I turned on Stehlampe and Leselampe.",
                "Ich habe Stehlampe und Leselampe eingeschaltet.",
            ),
            (
                "I set Klima to 21.5 °C. I could not turn off Leselampe: it was refused.",
                "Ich habe Klima auf 21,5 °C gestellt. Ich konnte nicht Leselampe ausschalten: es wurde abgelehnt.",
            ),
            ("Shall I unlock Haustür?", "Soll ich Haustür aufschließen?"),
            (
                "Which one: Stehlampe, Leselampe or Klima?",
                "Welches davon: Stehlampe, Leselampe oder Klima?",
            ),
            (
                "It is 21 °C in Bad (temperature of Klima).",
                "In Bad sind es 21 °C (Temperatur von Klima).",
            ),
            (
                "3 of 12 lights are on: Stehlampe, Leselampe and 1 more.",
                "3 von 12 Lichtern sind an: Stehlampe, Leselampe und 1 weitere.",
            ),
            (
                "Haustür was last open yesterday at 18:02, for 2 hours and 5 minutes.",
                "Haustür war zuletzt offen gestern um 18:02, 2 Stunden und 5 Minuten lang.",
            ),
            (
                "Stehlampe is on since 18:02 because Anna asked for it.",
                "Stehlampe ist an seit 18:02 Uhr, weil Anna es so wollte.",
            ),
            (
                "I feel content: all 12 devices answer and two rooms are comfortable (Bad 22 °C, Haustür 21 °C). I sense 97 % of the house freshly.",
                "Ich fühle mich zufrieden: alle 12 Geräte antworten und in zwei Räumen ist es angenehm (Bad 22 °C, Haustür 21 °C). Ich spüre 97 % des Hauses frisch.",
            ),
        ] {
            assert_eq!(
                put(german, "sentence", english, &names()).as_deref(),
                Some(own),
                "{english}"
            );
        }
    }

    #[test]
    fn an_answer_is_never_half_of_two_languages() {
        let german = Language::find("de").unwrap();
        let known = "I turned on Stehlampe.";
        for rest in [
            " And something that nobody put into German.",
            " I turned on A device of no house.",
        ] {
            let english = format!("{known}{rest}");
            let answer = spoken(Answer::of("command", english.clone()), german, names);
            assert_eq!(
                (answer.language.as_str(), &answer.response),
                ("en", &english)
            );
        }
        let answer = Answer::of("confirm", "Shall I unlock Haustür?")
            .asking("confirm", vec!["Yes".into(), "No".into()])
            .suggesting(["Something else".into()]);
        let answer = spoken(answer, german, names);
        assert_eq!(answer.language, "de");
        assert_eq!(answer.pending.unwrap().choices, ["Ja", "Nein"]);
        assert_eq!(answer.suggestions, ["Ja", "Nein"]);
        let doing = part("turn on Leselampe".into(), german, "list:todo", &names());
        assert_eq!(doing, "Leselampe einschalten");
    }

    #[test]
    fn every_slot_that_is_said_is_there_and_of_a_kind() {
        let own = ["name", "names", "int", "number", "clock", "month", "text"];
        for (code, wording) in WORDINGS.iter() {
            for template in wording.kinds.values().flatten() {
                let slots = template
                    .own
                    .iter()
                    .filter(|one| matches!(one, super::Piece::Slot(_)));
                for slot in slots {
                    assert!(template.english.contains(slot), "{code}: {template:?}");
                }
                for piece in &template.english {
                    let super::Piece::Slot(slot) = piece else {
                        continue;
                    };
                    let kind = slot.split('#').next().unwrap();
                    let kind = kind.rsplit(':').next().unwrap();
                    let known = own.contains(&kind) || wording.kinds.contains_key(kind);
                    assert!(known, "{code}: nothing is of the kind {kind}");
                }
            }
        }
    }

    #[test]
    fn rubbish_costs_little() {
        let german = Language::find("de").unwrap();
        let began = std::time::Instant::now();
        for text in [
            "Anna, ".repeat(900),
            "“".repeat(1_500),
            "I set Bad to ".repeat(400),
        ] {
            let answer = spoken(Answer::of("x", text.clone()), german, names);
            assert_eq!((answer.language.as_str(), answer.response), ("en", text));
        }
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }
}
