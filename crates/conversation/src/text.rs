//! What somebody wrote, as plain words: lower case, without accents and punctuation, numbers as
//! digits, contractions written out. Every word remembers where it stood.

use crate::lang::{self, Language};
use std::borrow::Cow;

/// The longest message that is read, in bytes.
pub const LONGEST: usize = 4_000;

/// The most words that are looked at.
const WORDS: usize = 80;

/// What stands before a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gap {
    /// A blank, or nothing.
    #[default]
    Blank,
    /// A comma or the like.
    Comma,
    /// The end of a sentence.
    Stop,
}

/// A plain word.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// As it is compared.
    pub text: String,
    /// Where it begins in the message, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What stands before it.
    pub gap: Gap,
    /// Whether it stands in quotation marks.
    pub quoted: bool,
    /// Its value, where it is a number.
    pub number: Option<f64>,
}

impl Token {
    fn new(text: impl Into<String>, start: usize, end: usize) -> Self {
        Self {
            text: text.into(),
            start,
            end,
            gap: Gap::Blank,
            quoted: false,
            number: None,
        }
    }
}

/// A message as plain words.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Text {
    /// The words.
    pub tokens: Vec<Token>,
    /// Whether it ends with a question mark.
    pub asks: bool,
}

/// Reads a message.
#[must_use]
pub fn read(message: &str, language: &Language) -> Text {
    let mut words = split(message);
    words.truncate(WORDS);
    let mut tokens = Vec::with_capacity(words.len() + 4);
    for word in words {
        expand(word, language, &mut tokens);
    }
    count(&mut tokens, language);
    lang::regular(&mut tokens, language);
    let asks = message
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '!' | '"' | '”' | ')' | '.'))
        .ends_with(['?', '？']);
    Text { tokens, asks }
}

/// The plain words of a name, such as a device's.
#[must_use]
pub fn name_words(name: &str, language: &Language) -> Vec<String> {
    let text = read(name, language);
    text.tokens.into_iter().map(|token| token.text).collect()
}

/// An English word without the ending of a plural.
#[must_use]
pub fn stem(word: &str) -> Cow<'_, str> {
    Language::english().stems().stem(word)
}

/// Lower case without accents.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    fold_into(text, &mut plain);
    plain
}

fn fold_into(text: &str, plain: &mut String) {
    for letter in text.chars() {
        if letter.is_ascii() {
            plain.push(letter.to_ascii_lowercase());
            continue;
        }
        for letter in letter.to_lowercase() {
            match letter {
                'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => plain.push('a'),
                'ç' | 'ć' | 'č' => plain.push('c'),
                'ď' | 'đ' | 'ð' => plain.push('d'),
                'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'ė' => plain.push('e'),
                'ğ' => plain.push('g'),
                'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => plain.push('i'),
                'ł' | 'ľ' => plain.push('l'),
                'ñ' | 'ń' | 'ň' => plain.push('n'),
                'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => plain.push('o'),
                'ř' => plain.push('r'),
                'ś' | 'š' | 'ş' | 'ș' => plain.push('s'),
                'ť' | 'ț' | 'ţ' => plain.push('t'),
                'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => plain.push('u'),
                'ý' | 'ÿ' => plain.push('y'),
                'ź' | 'ż' | 'ž' => plain.push('z'),
                'ß' => plain.push_str("ss"),
                'æ' => plain.push_str("ae"),
                'œ' => plain.push_str("oe"),
                '\u{300}'..='\u{36f}' => {}
                other => plain.push(other),
            }
        }
    }
}

/// The words as they stand, folded.
fn split(message: &str) -> Vec<Token> {
    let mut words: Vec<Token> = Vec::new();
    let mut gap = Gap::Blank;
    let mut quoted = false;
    let mut open: Option<(usize, usize)> = None;
    let letters: Vec<(usize, char)> = message.char_indices().take(LONGEST).collect();
    let end_of = |index: usize| letters.get(index).map_or(message.len(), |(at, _)| *at);
    for (index, &(at, letter)) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before].1);
        let after = letters.get(index + 1).map(|(_, letter)| *letter);
        let digits =
            before.is_some_and(|c| c.is_ascii_digit()) && after.is_some_and(|c| c.is_ascii_digit());
        let inside = match letter {
            '\'' | '’' | 'ʼ' => {
                before.is_some_and(char::is_alphanumeric)
                    && after.is_some_and(char::is_alphanumeric)
            }
            '.' | ':' => digits,
            ',' => digits,
            '\u{300}'..='\u{36f}' => true,
            _ => letter.is_alphanumeric(),
        };
        if inside {
            let (from, _) = *open.get_or_insert((at, 0));
            open = Some((from, end_of(index + 1)));
            continue;
        }
        let mut close = |open: &mut Option<(usize, usize)>, gap: &mut Gap| {
            if let Some((from, to)) = open.take() {
                let mut plain = String::with_capacity(to - from);
                fold_into(&message[from..to], &mut plain);
                let plain = plain.replace(['’', 'ʼ'], "'");
                let mut word = Token::new(plain, from, to);
                word.gap = std::mem::take(gap);
                word.quoted = quoted;
                words.push(word);
            }
        };
        close(&mut open, &mut gap);
        match letter {
            ',' | ';' | '–' | '—' | '(' | ')' => gap = Gap::Comma,
            '.' | '!' | '?' | '\n' | '？' | '。' => gap = Gap::Stop,
            ':' if before.is_some_and(char::is_alphabetic) => gap = Gap::Comma,
            '"' | '“' | '”' | '„' | '«' | '»' => quoted = !quoted,
            '%' | '°' | '&' | '℃' | '℉' => {
                let mut word = Token::new(letter.to_lowercase().to_string(), at, end_of(index + 1));
                word.quoted = quoted;
                words.push(word);
            }
            // A minus belongs to a number only where it cannot be a hyphen.
            '-' | '−'
                if after.is_some_and(|c| c.is_ascii_digit())
                    && before.is_none_or(char::is_whitespace) =>
            {
                open = Some((at, end_of(index + 1)));
            }
            _ => {}
        }
    }
    if let Some((from, to)) = open {
        let mut plain = String::with_capacity(to - from);
        fold_into(&message[from..to], &mut plain);
        let mut word = Token::new(plain.replace(['’', 'ʼ'], "'"), from, to);
        word.gap = gap;
        word.quoted = quoted;
        words.push(word);
    }
    words
}

/// Contractions, possessives, and numbers with their unit written on.
fn expand(mut word: Token, language: &Language, tokens: &mut Vec<Token>) {
    language.forms().fold(&mut word.text);
    let push = |text: &str, tokens: &mut Vec<Token>, first: &mut bool| {
        let mut token = Token::new(text, word.start, word.end);
        token.quoted = word.quoted;
        if std::mem::take(first) {
            token.gap = word.gap;
        }
        token.number = number(text);
        tokens.push(token);
    };
    let mut first = true;
    if let Some(long) = language.contraction(&word.text) {
        for part in long.split(' ') {
            push(part, tokens, &mut first);
        }
        return;
    }
    let text = word
        .text
        .strip_suffix("'s")
        .or_else(|| word.text.strip_suffix('\''))
        .unwrap_or(&word.text);
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | ':' | '-')))
        .unwrap_or(text.len());
    if digits > 0 && digits < text.len() && text.as_bytes()[0] != b'-'
        || text.starts_with('-') && digits > 1
    {
        let (figure, unit) = text.split_at(digits);
        if unit.is_empty() || language.is_unit(unit) {
            push(&plain_number(figure), tokens, &mut first);
            if !unit.is_empty() {
                push(unit, tokens, &mut first);
            }
            return;
        }
    }
    if digits == text.len() && !text.is_empty() {
        push(&plain_number(text), tokens, &mut first);
        return;
    }
    for part in text.split('\'') {
        if !part.is_empty() {
            push(part, tokens, &mut first);
        }
    }
}

/// Digits with a point; times of the day stay as they are.
fn plain_number(text: &str) -> String {
    let text = text.trim_end_matches([',', '.', ':']);
    if text.contains(':') {
        return text.to_owned();
    }
    // One comma with one or two digits behind it is a decimal comma; others set off thousands.
    match text.rsplit_once(',') {
        Some((whole, rest)) if rest.len() <= 2 && !whole.contains(',') => format!("{whole}.{rest}"),
        Some(_) => text.replace(',', ""),
        None => text.to_owned(),
    }
}

fn number(text: &str) -> Option<f64> {
    let first = text.bytes().find(|byte| *byte != b'-')?;
    if !first.is_ascii_digit() {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Words for numbers become digits: “twenty one” 21, “two hundred” 200.
fn count(tokens: &mut Vec<Token>, language: &Language) {
    let forms = language.forms();
    let mut read = 0;
    let mut written = 0;
    while read < tokens.len() {
        let word = |at: usize| {
            let token: &Token = tokens.get(at)?;
            let next = tokens.get(at + 1).map(|next| next.text.as_str());
            let one = || next.is_some() && forms.is_one(&token.text, next);
            language
                .number(&token.text)
                .or_else(|| one().then_some(1.0))
        };
        let Some(value) = word(read) else {
            tokens.swap(written, read);
            read += 1;
            written += 1;
            continue;
        };
        let mut total = value;
        let mut last = read;
        if (20.0..100.0).contains(&value) && value % 10.0 == 0.0 {
            let unit = word(last + 1).or_else(|| {
                tokens
                    .get(last + 1)
                    .filter(|token| forms.is_one(&token.text, None))
                    .map(|_| 1.0)
            });
            if let Some(unit) = unit.filter(|unit| (1.0..10.0).contains(unit)) {
                total += unit;
                last += 1;
            }
        }
        if let Some(factor) = word(last + 1).filter(|factor| *factor >= 100.0 && total < 100.0) {
            total *= factor;
            last += 1;
            if let Some(rest) = word(last + 1).filter(|rest| *rest < 100.0) {
                total += rest;
                last += 1;
            }
        }
        let (start, gap, quoted) = (tokens[read].start, tokens[read].gap, tokens[read].quoted);
        let mut token = Token::new(total.to_string(), start, tokens[last].end);
        (token.gap, token.quoted, token.number) = (gap, quoted, Some(total));
        tokens[written] = token;
        written += 1;
        read = last + 1;
    }
    tokens.truncate(written);
    // “minus five”
    let mut at = 0;
    while at + 1 < tokens.len() {
        if tokens[at].text == forms.minus
            && let Some(value) = tokens[at + 1].number
            && at > 0
        {
            let token = &mut tokens[at + 1];
            (token.number, token.text) = (Some(-value), format!("-{}", token.text));
            tokens.remove(at);
        }
        at += 1;
    }
    // “eighteen and a half”
    let half = forms.and_half.len();
    let mut at = 1;
    while half > 0 && at + half <= tokens.len() {
        let behind = &tokens[at..at + half];
        if let Some(whole) = tokens[at - 1].number.filter(|it| it.fract() == 0.0)
            && behind.iter().map(|token| &token.text).eq(&forms.and_half)
        {
            let (value, end) = (whole + 0.5, behind[half - 1].end);
            let token = &mut tokens[at - 1];
            (token.number, token.end, token.text) = (Some(value), end, value.to_string());
            tokens.drain(at..at + half);
        }
        at += 1;
    }
    // “twenty one point five”
    let mut at = 1;
    while at + 1 < tokens.len() {
        let parts = (
            tokens[at - 1].number,
            tokens[at].text.as_str(),
            tokens[at + 1].number,
        );
        if let (Some(whole), point, Some(part)) = parts
            && point == forms.point
            && (0.0..10.0).contains(&part)
        {
            let value = whole + part / 10.0;
            let end = tokens[at + 1].end;
            let token = &mut tokens[at - 1];
            (token.number, token.end, token.text) = (Some(value), end, value.to_string());
            tokens.drain(at..at + 2);
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gap, read, stem};
    use crate::lang::Language;

    fn words(message: &str) -> String {
        let text = read(message, Language::english());
        let words: Vec<_> = text
            .tokens
            .iter()
            .map(|token| match token.gap {
                Gap::Blank => token.text.clone(),
                Gap::Comma => format!(", {}", token.text),
                Gap::Stop => format!(". {}", token.text),
            })
            .collect();
        words.join(" ")
    }

    #[test]
    fn words_come_out_plain() {
        for (message, plain) in [
            (
                "Turn ON the Café-lamp, please!",
                "turn on the cafe lamp , please",
            ),
            ("What's Mia's room at?", "what is mia room at"),
            ("set it to 21,5°C", "set it to 21.5 ° c"),
            ("at 6:30 dim to 20%", "at 6:30 dim to 20 %"),
            ("twenty one degrees", "21 degrees"),
            ("two hundred and five", "200 and 5"),
            ("2700K", "2700 k"),
            ("-5 degrees", "-5 degrees"),
            ("hall_light on", "hall light on"),
            ("it is twenty-one point five", "it is 21.5"),
            ("don't", "do not"),
        ] {
            assert_eq!(words(message), plain, "{message}");
        }
    }

    #[test]
    fn nothing_makes_it_panic() {
        for message in [
            "",
            "\u{0}\u{1}",
            "💡💡",
            "'''",
            "%%%",
            "-",
            "--5--",
            "1:2:3:4",
            "½",
            "e\u{301}",
            "9".repeat(500).as_str(),
        ] {
            let _ = read(message, Language::english());
        }
    }

    #[test]
    fn plurals_lose_their_ending() {
        for (word, root) in [
            ("lights", "light"),
            ("switches", "switch"),
            ("batteries", "battery"),
            ("glass", "glass"),
            ("gas", "gas"),
            ("blinds", "blind"),
        ] {
            assert_eq!(stem(word), root);
        }
    }
}
