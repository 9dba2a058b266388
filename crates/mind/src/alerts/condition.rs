//! Conditions: read, judged, and what they speak of.
//!
//! The grammar is that of the Common Expression Language (<https://cel.dev>); of what it can say, only
//! comparisons, arithmetic, `&&`, `||`, `!`, `a ? b : c` and the functions here are taken, which is checked when
//! a rule is written. So the work of a condition is the number of its signs, and it can reach nothing else.
//! Logic has three values: `false && unknown` is false, `true && unknown` unknown.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};
use std::collections::BTreeSet;

/// The longest condition, in bytes, and how deep it may be.
const LONGEST: usize = 500;
const DEEPEST: usize = 40;
/// Things that a condition may speak of.
const MOST: usize = 16;

/// Something that a condition speaks of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// A metric of the house, by its name.
    House(String),
    /// A property of a device, as they are written.
    Value(String, String),
    /// What is usual of it at this hour.
    Usual(String, String),
    /// A metric of the server, summed up over its series.
    Server(String),
    /// What is usual of a metric of the house.
    Baseline(String),
}

impl Reference {
    /// How people write it.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::House(name) => name.clone(),
            Self::Value(device, path) => format!("value(\"{device}\", \"{path}\")"),
            Self::Usual(device, path) => format!("usual(\"{device}\", \"{path}\")"),
            Self::Server(name) => format!("metric(\"{name}\")"),
            Self::Baseline(name) => format!("baseline of {name}"),
        }
    }
}

/// A value within a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    Truth(bool),
    Number(f64),
    Word(String),
    Unknown,
}

/// A condition that was understood.
#[derive(Debug, Clone)]
pub struct Condition {
    text: String,
    expression: IdedExpr,
    references: BTreeSet<Reference>,
    /// What `baseline` means.
    baseline: Option<Reference>,
}

impl Condition {
    /// Reads a condition. `has_baseline` says of which metrics of the house something is usual; the others
    /// of `metrics` are known all the same.
    ///
    /// # Errors
    /// Why it cannot be one, for people.
    pub fn read(text: &str, metrics: &[(&str, bool)]) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("it is empty; for example `energy_usage > baseline * 1.5`".to_owned());
        }
        if text.len() > LONGEST {
            return Err(format!("it has {} bytes; at most {LONGEST}", text.len()));
        }
        let depth = text.bytes().filter(|byte| b"([!-".contains(byte)).count();
        if depth > DEEPEST {
            return Err(format!("it has more than {DEEPEST} brackets and signs"));
        }
        let program = cel::Program::compile(text).map_err(|errors| {
            let first = errors.to_string();
            first
                .lines()
                .next()
                .unwrap_or("it cannot be read")
                .to_owned()
        })?;
        let mut condition = Self {
            text: text.to_owned(),
            expression: program.expression().clone(),
            references: BTreeSet::new(),
            baseline: None,
        };
        let mut found = Found {
            metrics,
            references: BTreeSet::new(),
            speaks_of_baseline: false,
        };
        found.walk(&condition.expression.expr, 0)?;
        condition.references = found.references;
        if found.speaks_of_baseline {
            condition.baseline = Some(baseline(&condition.references, metrics)?);
            condition.references.extend(condition.baseline.clone());
        }
        if condition.references.is_empty() {
            return Err("it speaks of nothing that could change".to_owned());
        }
        if condition.references.len() > MOST {
            return Err(format!("it speaks of more than {MOST} things"));
        }
        Ok(condition)
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it speaks of.
    #[must_use]
    pub const fn references(&self) -> &BTreeSet<Reference> {
        &self.references
    }

    /// Whether it holds; `None` where that is not known, or it is neither true nor false.
    pub(super) fn holds(&self, know: &dyn Fn(&Reference) -> Known) -> Option<bool> {
        match self.judge(&self.expression.expr, know) {
            Known::Truth(truth) => Some(truth),
            _ => None,
        }
    }

    fn judge(&self, expression: &Expr, know: &dyn Fn(&Reference) -> Known) -> Known {
        match expression {
            Expr::Literal(literal) => value(literal),
            Expr::Ident(name) if name == "baseline" => {
                self.baseline.as_ref().map_or(Known::Unknown, know)
            }
            Expr::Ident(name) => know(&Reference::House(name.clone())),
            Expr::Call(call) => {
                if let Some(reference) = reference(&call.func_name, &call.args) {
                    return know(&reference);
                }
                let argument = |index: usize| {
                    call.args
                        .get(index)
                        .map_or(Known::Unknown, |argument| self.judge(&argument.expr, know))
                };
                operate(&call.func_name, argument)
            }
            _ => Known::Unknown,
        }
    }
}

/// What a condition speaks of, while it is read.
struct Found<'a> {
    metrics: &'a [(&'a str, bool)],
    references: BTreeSet<Reference>,
    speaks_of_baseline: bool,
}

impl Found<'_> {
    fn walk(&mut self, expression: &Expr, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        match expression {
            Expr::Literal(LiteralValue::Bytes(_)) => Err("bytes mean nothing here".to_owned()),
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) if name == "baseline" => {
                self.speaks_of_baseline = true;
                Ok(())
            }
            Expr::Ident(name) => {
                if !self.metrics.iter().any(|(known, _)| known == name) {
                    let names: Vec<&str> = self.metrics.iter().map(|(name, _)| *name).collect();
                    let shown: String = name.chars().take(60).collect();
                    return Err(format!(
                        "`{shown}` is not known; expected one of {}, baseline, or value(\"device\", \"Capability.property\")",
                        names.join(", ")
                    ));
                }
                self.references.insert(Reference::House(name.clone()));
                Ok(())
            }
            Expr::Call(call) if call.target.is_none() => {
                if let Some(reference) = reference(&call.func_name, &call.args) {
                    self.references.insert(reference);
                    return Ok(());
                }
                let known = OPERATORS
                    .iter()
                    .any(|(name, count)| *name == call.func_name && *count == call.args.len());
                if !known {
                    let shown: String = call.func_name.chars().take(60).collect();
                    return Err(format!(
                        "`{shown}` cannot be used here; expected comparisons, arithmetic, &&, ||, !, ?:, \
                         value(\"device\", \"property\"), usual(\"device\", \"property\") or metric(\"name\"), with their texts written out"
                    ));
                }
                call.args
                    .iter()
                    .try_for_each(|argument| self.walk(&argument.expr, depth + 1))
            }
            _ => Err(
                "lists, maps, fields and loops cannot be used here; expected comparisons of numbers"
                    .to_owned(),
            ),
        }
    }
}

/// Every operator that is understood, and how many arguments it takes.
const OPERATORS: [(&str, usize); 15] = [
    (operators::CONDITIONAL, 3),
    (operators::LOGICAL_AND, 2),
    (operators::LOGICAL_OR, 2),
    (operators::LOGICAL_NOT, 1),
    (operators::ADD, 2),
    (operators::SUBSTRACT, 2),
    (operators::MULTIPLY, 2),
    (operators::DIVIDE, 2),
    (operators::NEGATE, 1),
    (operators::EQUALS, 2),
    (operators::NOT_EQUALS, 2),
    (operators::GREATER, 2),
    (operators::GREATER_EQUALS, 2),
    (operators::LESS, 2),
    (operators::LESS_EQUALS, 2),
];

/// What `baseline` means: the usual of the one thing that a condition speaks of.
fn baseline(
    references: &BTreeSet<Reference>,
    metrics: &[(&str, bool)],
) -> Result<Reference, String> {
    let spoken: Vec<&Reference> = references
        .iter()
        .filter(|one| matches!(one, Reference::House(_) | Reference::Value(..)))
        .collect();
    match spoken.as_slice() {
        [Reference::House(name)] => {
            let has = metrics.iter().any(|(known, has)| known == name && *has);
            if has {
                Ok(Reference::Baseline(name.clone()))
            } else {
                Err(format!("nothing is usual of `{name}`: it is not recorded"))
            }
        }
        [Reference::Value(device, path)] => {
            Ok(Reference::Usual(device.clone(), path.clone()))
        }
        _ => Err(
            "`baseline` is what is usual of the one thing that the condition speaks of; expected exactly \
             one, or usual(\"device\", \"property\")"
                .to_owned(),
        ),
    }
}

/// What a call of one of the functions speaks of; `None` for anything else.
fn reference(function: &str, arguments: &[IdedExpr]) -> Option<Reference> {
    let text = |index: usize| match &arguments.get(index)?.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    };
    match (function, arguments.len()) {
        ("value", 2) => Some(Reference::Value(text(0)?, text(1)?)),
        ("usual", 2) => Some(Reference::Usual(text(0)?, text(1)?)),
        ("metric", 1) => Some(Reference::Server(text(0)?)),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "people write small numbers")]
fn value(literal: &LiteralValue) -> Known {
    match literal {
        LiteralValue::Boolean(truth) => Known::Truth(*truth.inner()),
        LiteralValue::Double(number) => Known::Number(*number.inner()),
        LiteralValue::Int(number) => Known::Number(*number.inner() as f64),
        LiteralValue::UInt(number) => Known::Number(*number.inner() as f64),
        LiteralValue::String(word) => Known::Word(word.inner().to_owned()),
        LiteralValue::Bytes(_) | LiteralValue::Null => Known::Unknown,
    }
}

fn operate(name: &str, argument: impl Fn(usize) -> Known) -> Known {
    let truth = |index| match argument(index) {
        Known::Truth(truth) => Some(truth),
        _ => None,
    };
    let of = |truth: Option<bool>| truth.map_or(Known::Unknown, Known::Truth);
    match name {
        operators::LOGICAL_AND => of(match (truth(0), truth(1)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }),
        operators::LOGICAL_OR => of(match (truth(0), truth(1)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }),
        operators::LOGICAL_NOT => of(truth(0).map(|truth| !truth)),
        operators::CONDITIONAL => match truth(0) {
            Some(true) => argument(1),
            Some(false) => argument(2),
            None => Known::Unknown,
        },
        operators::NEGATE => match argument(0) {
            Known::Number(number) => Known::Number(-number),
            _ => Known::Unknown,
        },
        _ => compare(name, &argument(0), &argument(1)),
    }
}

fn compare(name: &str, left: &Known, right: &Known) -> Known {
    match (left, right) {
        (Known::Number(left), Known::Number(right)) => {
            let number = match name {
                operators::ADD => left + right,
                operators::SUBSTRACT => left - right,
                operators::MULTIPLY => left * right,
                operators::DIVIDE => left / right,
                _ => {
                    return Known::Truth(match name {
                        operators::EQUALS => (left - right).abs() < 1e-9,
                        operators::NOT_EQUALS => (left - right).abs() >= 1e-9,
                        operators::GREATER => left > right,
                        operators::GREATER_EQUALS => left >= right,
                        operators::LESS => left < right,
                        operators::LESS_EQUALS => left <= right,
                        _ => return Known::Unknown,
                    });
                }
            };
            // A division by nothing says nothing.
            if number.is_finite() {
                Known::Number(number)
            } else {
                Known::Unknown
            }
        }
        (Known::Truth(left), Known::Truth(right)) => same(name, left == right),
        (Known::Word(left), Known::Word(right)) => same(name, left == right),
        _ => Known::Unknown,
    }
}

fn same(name: &str, equal: bool) -> Known {
    match name {
        operators::EQUALS => Known::Truth(equal),
        operators::NOT_EQUALS => Known::Truth(!equal),
        _ => Known::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Known, Reference};

    const METRICS: [(&str, bool); 3] = [
        ("energy_usage", true),
        ("power_usage", true),
        ("doors_open", false),
    ];

    fn holds(text: &str, energy: Option<f64>, usual: Option<f64>) -> Option<bool> {
        let number = |value: Option<f64>| value.map_or(Known::Unknown, Known::Number);
        Condition::read(text, &METRICS)
            .unwrap_or_else(|fault| panic!("{text}: {fault}"))
            .holds(&|reference| match reference {
                Reference::House(name) if name == "energy_usage" => number(energy),
                Reference::House(_) => Known::Number(2.0),
                Reference::Baseline(_) => number(usual),
                Reference::Value(device, _) if device == "front_door" => {
                    Known::Word("locked".to_owned())
                }
                Reference::Value(..) => Known::Truth(true),
                Reference::Usual(..) | Reference::Server(_) => Known::Number(3.0),
            })
    }

    #[test]
    fn conditions_hold_or_do_not_or_nobody_knows() {
        for (text, expected) in [
            ("energy_usage > baseline * 1.5", Some(true)),
            ("energy_usage > baseline * 2", Some(false)),
            ("energy_usage - baseline >= 6", Some(true)),
            ("-energy_usage < 0 && !(doors_open == 1)", Some(true)),
            ("doors_open > 1 ? energy_usage > 9 : false", Some(true)),
            (
                "value('front_door', 'DoorLock.lock_state') != 'locked'",
                Some(false),
            ),
            ("value('window', 'Contact.open') == true", Some(true)),
            ("value('window', 'Contact.open')", Some(true)),
            ("metric('x') == 3 || energy_usage / 0 > 1", Some(true)),
            ("energy_usage / 0 > 1", None),
            ("energy_usage > 'much'", None),
            ("energy_usage", None),
        ] {
            assert_eq!(holds(text, Some(14.0), Some(8.0)), expected, "{text}");
        }
        let text = "energy_usage > baseline * 1.5";
        assert_eq!(holds(text, None, Some(8.0)), None);
        assert_eq!(holds(text, Some(14.0), None), None);
        assert_eq!(
            holds("energy_usage > 1 && doors_open > 5", None, None),
            Some(false)
        );
        assert_eq!(
            holds("energy_usage > 1 || doors_open > 1", None, None),
            Some(true)
        );
    }

    #[test]
    fn what_is_no_condition_is_refused_with_the_reason() {
        let deep = format!("{}energy_usage{}", "(".repeat(200), ")".repeat(200));
        let long = format!("energy_usage > {}", "1".repeat(600));
        for (text, word) in [
            ("", "empty"),
            ("energy_usage >", ""),
            ("energy_use > 1", "energy_usage"),
            ("doors_open > baseline", "not recorded"),
            ("energy_usage > power_usage + baseline", "exactly"),
            ("1 > 2", "nothing that could change"),
            ("[1, 2].exists(x, x > energy_usage)", "loops"),
            (
                "'x'.matches('(a+)+$') || energy_usage > 1",
                "cannot be used",
            ),
            ("size('x') > energy_usage", "size"),
            ("value(device, 'x') > 1", "value"),
            ("energy_usage.x > 1", "fields"),
            (deep.as_str(), "brackets"),
            (long.as_str(), "bytes"),
        ] {
            let fault = Condition::read(text, &METRICS).expect_err(text);
            assert!(fault.contains(word), "{text}: {fault}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "[a-z_0-9 ()<>=!&|?:*+/.,'\"\\[\\]-]{0,120}") {
            if let Ok(condition) = Condition::read(&text, &METRICS) {
                condition.holds(&|_| Known::Unknown);
                condition.holds(&|_| Known::Number(1.0));
            }
        }
    }
}
