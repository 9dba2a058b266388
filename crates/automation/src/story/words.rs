//! The words of a line: separated by blanks, in quotation marks where blanks are part of one.

use super::{Wrong, wrong};
use model::{Path, Unit, Value};

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether some of it stood in quotation marks.
    pub(super) quoted: bool,
}

/// The words of a line, without the comment at its end.
pub(super) fn words(line: &str) -> Result<Vec<Word>, Wrong> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut within = false;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let blank = letter.is_whitespace() && !within;
        if letter == '#' && !within && word.is_none() {
            break;
        }
        if blank {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word {
            text: String::new(),
            quoted: false,
        });
        match letter {
            '"' => {
                within = !within;
                word.quoted = true;
            }
            '\\' if within => match letters.next() {
                Some('n') => word.text.push('\n'),
                Some(other) => word.text.push(other),
                None => {}
            },
            other => word.text.push(other),
        }
    }
    if within {
        return Err(wrong("a quotation mark is not closed", "a second one"));
    }
    words.extend(word);
    Ok(words)
}

/// A value: true, false, a number, a text; `unknown` is none.
pub(super) fn value(word: &Word) -> Option<Value> {
    if word.quoted {
        return Some(Value::Text(word.text.as_str().into()));
    }
    match word.text.as_str() {
        "unknown" => None,
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        text => Some(match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Number(number),
            _ => Value::Text(text.into()),
        }),
    }
}

/// A value and perhaps its unit: `70 °F`.
pub(super) fn measured(words: &[Word]) -> Result<(Option<Value>, Option<Unit>), Wrong> {
    match words {
        [one] => Ok((value(one), None)),
        [one, unit] => match Unit::parse(&unit.text) {
            Some(unit) => Ok((value(one), Some(unit))),
            None => Err(wrong(
                format!("`{}` is no unit", unit.text),
                "a unit such as °C, W or %",
            )),
        },
        [] => Err(wrong("there is no value", "a value after `=`")),
        [_, _, more, ..] => Err(wrong(
            format!("`{}` is too much", more.text),
            "a value, and perhaps its unit; a text of several words stands in quotation marks",
        )),
    }
}

/// A property: `OnOff.on_off`, or on another endpoint `2:OnOff.on_off`.
pub(super) fn path(text: &str) -> Result<Path, Wrong> {
    crate::document::parse_path(text)
        .map_err(|expected| wrong(format!("`{text}` is no property"), expected))
}

/// What is given to a run: `guest_count=12 music_preference="soft jazz"`.
pub(super) fn arguments(words: &[Word]) -> Result<crate::document::Arguments, Wrong> {
    let mut arguments = crate::document::Arguments::new();
    for word in words {
        let given = word.text.split_once('=').and_then(|(name, given)| {
            let given = Word {
                text: given.to_owned(),
                quoted: word.quoted,
            };
            Some((name.to_owned(), value(&given)?))
        });
        let Some((name, value)) = given else {
            return Err(wrong(
                format!("`{}` gives nothing", word.text),
                "parameters such as guest_count=12",
            ));
        };
        arguments.insert(name, value);
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_and_quotation_marks() {
        let read = |line: &str| -> Vec<String> {
            let all = words(line).unwrap_or_else(|wrong| panic!("{wrong:?}"));
            all.into_iter().map(|word| word.text).collect()
        };
        assert_eq!(read("  a  b=\"c d\" # e"), ["a", "b=c d"]);
        assert_eq!(
            read(r#"told "it is \"so\" # 1""#),
            ["told", "it is \"so\" # 1"]
        );
        assert_eq!(read("“אור” \"\""), ["“אור”", ""]);
        assert!(words("told \"so").is_err());
    }
}
