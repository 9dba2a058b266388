//! What must hold.

use super::decode::Fields;
use super::trigger::{clock, days, mode, path, presence};
use super::{Clock, Daily, Fault, Given, Span, SunEvent, Target, Whose};
use crate::expression::Expression;
use model::{Path, Presence, Unit, Value};

/// Something that holds, or does not, or of which it is not known.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Nothing is asked.
    Always,
    /// All of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// A property compares so.
    Property {
        /// Of which devices.
        target: Target,
        /// Which.
        path: Path,
        /// Whether all of them or at least one must.
        of: Quantifier,
        /// What is compared: the value itself, or what history makes of it.
        quantity: Quantity,
        /// How.
        comparison: Comparison,
    },
    /// The time of the day lies between these; over midnight where the first is the later.
    Time {
        /// From then on.
        after: Option<Clock>,
        /// Until then.
        before: Option<Clock>,
        /// On these days.
        days: Daily,
    },
    /// Somebody is where it says.
    Presence {
        /// Who.
        whose: Whose,
        /// Where.
        is: Presence,
    },
    /// The house is in one of these modes.
    Mode(Vec<String>),
    /// The sun is up (after sunrise) or down (after sunset).
    Sun {
        /// What it did last.
        last: SunEvent,
    },
    /// An expression of the Common Expression Language.
    Expression(Expression),
}

impl Condition {
    /// Whether it may come to hold without anything happening.
    pub(crate) fn changes_with_time(&self) -> bool {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().any(Self::changes_with_time),
            Self::Not(one) => one.changes_with_time(),
            Self::Property { quantity, .. } => *quantity != Quantity::Now,
            Self::Time { .. } | Self::Sun { .. } | Self::Expression(_) => true,
            Self::Always | Self::Presence { .. } | Self::Mode(_) => false,
        }
    }
}

/// Of several devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantifier {
    /// At least one.
    #[default]
    Any,
    /// Every one.
    All,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// The value as it was last reported.
    Now,
    /// What history makes of a stretch of time until now.
    Over(Statistic, Span),
    /// The value in terms of what is usual at this hour: 1.5 is half as much again.
    Baseline,
}

/// What history makes of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The mean, weighted by time.
    Mean,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The increase of a meter.
    Increase,
}

/// The words for them.
pub(super) const STATISTICS: [(&str, Statistic); 4] = [
    ("mean", Statistic::Mean),
    ("min", Statistic::Min),
    ("max", Statistic::Max),
    ("increase", Statistic::Increase),
];

/// How a value compares.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// It is this.
    Is(Given),
    /// It is known and not this.
    IsNot(Given),
    /// It is more.
    Above(Given),
    /// It is as much or more.
    AtLeast(Given),
    /// It is less.
    Below(Given),
    /// It is as much or less.
    AtMost(Given),
    /// It lies between, both included.
    Between(Given, Given),
}

impl Comparison {
    /// Takes one of `is`, `is_not`, `above`, `at_least`, `below`, `at_most`; `at_least` and `at_most`
    /// (or `above` and `below`) together are a range.
    pub(super) fn read(fields: &mut Fields<'_>, path: Path) -> Option<Self> {
        let mut one = |key: &'static str| {
            let given = fields.given(key)?;
            check(fields, key, &given, path);
            Some(given)
        };
        let (is, is_not) = (one("is"), one("is_not"));
        let (above, below) = (one("above"), one("below"));
        let (least, most) = (one("at_least"), one("at_most"));
        let both = usize::from(is.is_some())
            + usize::from(is_not.is_some())
            + usize::from(above.is_some() || least.is_some() || below.is_some() || most.is_some());
        if both > 1 {
            fields.fault(Fault::at(
                fields.path(),
                "it compares in two ways",
                "one of `is`, `is_not`, or limits such as `above` and `below`",
            ));
        }
        match (is, is_not) {
            (Some(given), _) => return Some(Self::Is(given)),
            (None, Some(given)) => return Some(Self::IsNot(given)),
            (None, None) => {}
        }
        match (
            above.clone().or(least.clone()),
            below.clone().or(most.clone()),
        ) {
            (Some(low), Some(high)) => Some(Self::Between(low, high)),
            (Some(given), None) if above.is_some() => Some(Self::Above(given)),
            (Some(given), None) => Some(Self::AtLeast(given)),
            (None, Some(given)) if below.is_some() => Some(Self::Below(given)),
            (None, Some(given)) => Some(Self::AtMost(given)),
            (None, None) => None,
        }
    }

    /// Takes an equality by its key.
    pub(super) fn equal(fields: &mut Fields<'_>, key: &'static str, path: Path) -> Option<Self> {
        let given = fields.given(key)?;
        check(fields, key, &given, path);
        Some(Self::Is(given))
    }
}

/// Whether a value can be one of a property.
fn check(fields: &Fields<'_>, key: &str, given: &Given, path: Path) {
    use model::Kind;
    let (fits, expected) = match (given, path.property.kind) {
        (Given::Parameter(_), _) | (Given::Value(Value::Number(_)), Kind::Number) => return,
        (Given::Measured(_, unit), Kind::Number) => (
            converts(*unit, path),
            format!(
                "a number in {}",
                path.property.unit.map_or("no unit", Unit::symbol)
            ),
        ),
        (Given::Value(Value::Bool(_)), Kind::Bool) | (Given::Value(Value::Text(_)), Kind::Text) => {
            return;
        }
        (Given::Value(Value::Text(word)), Kind::Enum(words)) => {
            let fits = words.is_empty() || words.contains(&&**word);
            (fits, format!("one of {}", words.join(", ")))
        }
        (_, Kind::Number) => (false, "a number".into()),
        (_, Kind::Bool) => (false, "true or false".into()),
        (_, Kind::Enum(words)) => (false, format!("one of {}", words.join(", "))),
        (_, Kind::Text) => (false, "a text".into()),
    };
    if !fits {
        fields.fault_at(key, format!("it cannot be a value of {path}"), expected);
    }
}

/// Whether a unit can be converted into a property's own.
fn converts(unit: Unit, path: Path) -> bool {
    path.property
        .unit
        .is_some_and(|own| unit.convert(0.0, own).is_some())
}

/// Several conditions as one.
pub(super) fn all(mut conditions: Vec<Condition>) -> Condition {
    match conditions.len() {
        0 => Condition::Always,
        1 => conditions.remove(0),
        _ => Condition::All(conditions),
    }
}

const HEADS: &str = "one of `property`, `after`, `before`, `days`, `presence`, `mode`, `sun`, `expression`, \
                     `all`, `any`, `not`";

pub(super) fn read(mut fields: Fields<'_>) -> Condition {
    let condition = if fields.has("all") {
        all(fields.list("all", read))
    } else if fields.has("any") {
        Condition::Any(fields.list("any", read))
    } else if fields.has("not") {
        Condition::Not(Box::new(all(fields.list("not", read))))
    } else if fields.has("property") {
        property(&mut fields)
    } else if fields.has("after") || fields.has("before") || fields.has("days") {
        Condition::Time {
            after: clock(&mut fields, "after"),
            before: clock(&mut fields, "before"),
            days: days(&mut fields),
        }
    } else if fields.has("presence") {
        let (whose, is) = presence(&mut fields);
        Condition::Presence { whose, is }
    } else if fields.has("mode") {
        Condition::Mode(fields.texts("mode").iter().map(|text| mode(text)).collect())
    } else if fields.has("sun") {
        let words = [("up", SunEvent::Sunrise), ("down", SunEvent::Sunset)];
        Condition::Sun {
            last: fields.one_of("sun", &words).unwrap_or(SunEvent::Sunset),
        }
    } else if fields.has("expression") {
        let text = fields.required_text("expression");
        let expected = "an expression such as `reported(\"hall_sensor\", \"Illuminance…\") < 30`";
        Condition::Expression(Expression::read(&text).unwrap_or_else(|fault| {
            if text.trim().is_empty() {
                return Expression::broken(text);
            }
            fields.fault_at("expression", fault, expected);
            Expression::broken(text)
        }))
    } else {
        fields.fault(Fault::at(
            fields.path(),
            "it does not say what must hold",
            HEADS,
        ));
        return Condition::Always;
    };
    fields.finish();
    condition
}

fn property(fields: &mut Fields<'_>) -> Condition {
    let path = path(fields);
    let of = [("any", Quantifier::Any), ("all", Quantifier::All)];
    let of = fields.one_of("of", &of).unwrap_or_default();
    let statistic = fields.one_of("statistic", &STATISTICS);
    let over = fields.span("over");
    let baseline = fields.truth("baseline").unwrap_or(false);
    let quantity = match (statistic, over) {
        (None, None) if baseline => Quantity::Baseline,
        (None, None) => Quantity::Now,
        (statistic, Some(over)) if over.0 > 0 && !baseline => {
            Quantity::Over(statistic.unwrap_or(Statistic::Mean), over)
        }
        _ => {
            fields.fault_at(
                "statistic",
                "it does not fit together",
                "`statistic` with `over`, or `baseline = true`, or neither",
            );
            Quantity::Now
        }
    };
    let comparison = Comparison::read(fields, path).unwrap_or_else(|| {
        if path.property.kind == model::Kind::Bool {
            return Comparison::Is(Given::Value(Value::Bool(true)));
        }
        fields.fault(Fault::at(
            fields.path(),
            "it does not say how to compare",
            "`is`, `is_not`, `above`, `at_least`, `below` or `at_most`",
        ));
        Comparison::Is(Given::Value(Value::Bool(true)))
    });
    Condition::Property {
        target: Target::required(fields),
        path,
        of,
        quantity,
        comparison,
    }
}
