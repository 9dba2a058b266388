//! `consciousness mind replay`: feelings over recorded events, without a house. JSON lines in, a line
//! out for every question.

use super::recorded::{Felt, Kind, Past, Recorded};
use super::table::BASELINE;
use model::Unit;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{self, BufRead, Write};
use std::sync::Arc;

/// The longest line that is read, in bytes.
const LINE: usize = 64 * 1_024;

/// The earliest and latest time that means anything, in seconds since 1970.
const TIMES: (f64, f64) = (-1e10, 1e11);

/// A line of the input.
#[derive(Debug, Deserialize)]
struct Line {
    ask: Option<f64>,
    id: Option<Value>,
    ts: Option<f64>,
    kind: Option<String>,
    entity: Option<String>,
    value: Option<Value>,
    unit: Option<String>,
}

/// An answer.
#[derive(Debug, Serialize)]
struct Answer {
    valence: f64,
    arousal: f64,
    label: &'static str,
    confidence: f64,
    baseline: f64,
    because: Vec<Because>,
}

#[derive(Debug, Serialize)]
struct Because {
    factor: &'static str,
    contribution: f64,
    evidence: Vec<Arc<str>>,
}

/// What a line says.
enum Said {
    Event(Recorded),
    Question(i64),
}

/// Reads events and questions until the input ends, and answers each question at once, from what came
/// before it. A line that cannot be used is told of on `notes` and left out; how many there were.
///
/// # Errors
/// When reading or writing fails.
pub fn replay(
    input: &mut impl BufRead,
    output: &mut impl Write,
    notes: &mut impl Write,
) -> io::Result<u64> {
    let mut past = Past::default();
    let (mut number, mut left_out) = (0_u64, 0_u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = io::Read::take(&mut *input, LINE as u64).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(left_out);
        }
        number += 1;
        let whole = line.ends_with(b"\n") || read < LINE;
        if !whole {
            skip_line(input)?;
        }
        if whole && line.trim_ascii().is_empty() {
            continue;
        }
        let said = if whole {
            said(&line)
        } else {
            Err(format!(
                "it is longer than {LINE} bytes; expected one event or question"
            ))
        };
        match said {
            Ok(Said::Event(event)) => past.record(event),
            Ok(Said::Question(at)) => {
                serde_json::to_writer(&mut *output, &answer(past.feel(at)))?;
                output.write_all(b"\n")?;
                output.flush()?;
            }
            Err(wrong) => {
                left_out += 1;
                writeln!(notes, "line {number} is left out: {wrong}")?;
            }
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let read = end.map_or(buffer.len(), |end| end + 1);
        let done = end.is_some() || read == 0;
        input.consume(read);
        if done {
            return Ok(());
        }
    }
}

fn said(line: &[u8]) -> Result<Said, String> {
    let line: Line = serde_json::from_slice(line).map_err(|error| {
        format!("{error}; expected {{\"ask\": seconds}} or an event with id, ts, kind, entity, value and unit")
    })?;
    if let Some(ask) = line.ask {
        return Ok(Said::Question(micros(ask, "ask")?));
    }
    let missing = |what: &str| {
        format!("`{what}` is missing; expected an event with id, ts, kind, entity, value and unit")
    };
    let id: Arc<str> = match line.id.ok_or_else(|| missing("id"))? {
        Value::String(text) => text.into(),
        Value::Number(number) => number.to_string().into(),
        other => return Err(format!("`id` is {other}; expected a text")),
    };
    let at = micros(line.ts.ok_or_else(|| missing("ts"))?, "ts")?;
    let kind = line.kind.ok_or_else(|| missing("kind"))?;
    let kind = Kind::parse(&kind).ok_or_else(|| {
        format!(
            "the kind `{}` is not known; expected temperature, co2, power, online, fault, action, \
             feedback or anomaly",
            kind.chars().take(40).collect::<String>()
        )
    })?;
    let value = line.value.ok_or_else(|| missing("value"))?;
    let value = canonical(kind, &value, line.unit.as_deref())?;
    Ok(Said::Event(Recorded {
        id,
        at,
        kind,
        entity: line.entity.unwrap_or_default().into(),
        value,
    }))
}

fn micros(seconds: f64, name: &str) -> Result<i64, String> {
    if !(TIMES.0..=TIMES.1).contains(&seconds) {
        return Err(format!(
            "`{name}` is {seconds}; expected seconds since 1970"
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    Ok((seconds * 1e6).round() as i64)
}

/// A value in the canonical unit of its kind: °C, ppm, W; truths as 1 and 0.
fn canonical(kind: Kind, value: &Value, unit: Option<&str>) -> Result<f64, String> {
    let wanted = match kind {
        Kind::Temperature => Some(Unit::Celsius),
        Kind::Co2 => Some(Unit::PartsPerMillion),
        Kind::Power => Some(Unit::Watt),
        _ => None,
    };
    let Some(wanted) = wanted else {
        let number = match value {
            Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
            other => other.as_f64(),
        };
        let number = number
            .ok_or_else(|| format!("the value {value} is neither true, false nor a number"))?;
        // A task that failed and a complaint are the contrary of one that succeeded and of praise.
        let contrary =
            matches!(kind, Kind::Action | Kind::Feedback) && *value == Value::Bool(false);
        return Ok(match kind {
            Kind::Action if number <= 0.0 => -1.0,
            Kind::Feedback if contrary => -1.0,
            Kind::Feedback => number.clamp(-1.0, 1.0),
            Kind::Anomaly => number.clamp(0.0, 1.0),
            // Something is so, or it is not.
            _ => f64::from(u8::from(number > 0.0)),
        });
    };
    let number = value
        .as_f64()
        .ok_or_else(|| format!("the value {value} is not a number"))?;
    let unit = match unit {
        Some(text) => Unit::parse(text).ok_or_else(|| {
            format!(
                "the unit `{}` is not known",
                text.chars().take(20).collect::<String>()
            )
        })?,
        None if kind == Kind::Temperature => {
            return Err(
                "a temperature without a unit says nothing; expected \"C\" or \"F\"".to_owned(),
            );
        }
        None => wanted,
    };
    let converted = unit.convert(number, wanted).ok_or_else(|| {
        format!(
            "{} does not measure what {} measures",
            unit.symbol(),
            wanted.symbol()
        )
    })?;
    // So that 68 °F are 20 °C to the last digit.
    Ok((converted * 1e6).round() / 1e6)
}

fn answer(felt: Felt) -> Answer {
    let because = felt.sum.parts.into_iter().map(|part| Because {
        factor: part.name,
        contribution: part.contribution,
        evidence: part.evidence,
    });
    Answer {
        valence: felt.sum.valence,
        arousal: felt.sum.arousal,
        label: felt.label.as_str(),
        confidence: felt.confidence,
        baseline: BASELINE,
        because: because.collect(),
    }
}
