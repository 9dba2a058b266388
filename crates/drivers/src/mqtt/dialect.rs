//! What Home Assistant adds to Jinja, as far as discovery messages use it.

use jiff::{Timestamp, tz::TimeZone};
use minijinja::{Environment, Error, ErrorKind, Value, value::Rest};

pub(super) fn add(environment: &mut Environment<'static>) {
    environment.add_filter("float", float);
    environment.add_filter("int", int);
    environment.add_filter("round", round);
    environment.add_filter("iif", iif);
    environment.add_filter("is_defined", |value: Value| value);
    environment.add_filter("from_json", from_json);
    environment.add_filter("to_json", to_json);
    environment.add_filter("is_number", is_number);
    environment.add_filter("multiply", |value: Value, by: f64| {
        number(&value).map_or(Value::UNDEFINED, |number| Value::from(number * by))
    });
    environment.add_filter("add", |value: Value, by: f64| {
        number(&value).map_or(Value::UNDEFINED, |number| Value::from(number + by))
    });
    environment.add_filter("bitwise_and", |value: i64, by: i64| value & by);
    environment.add_filter("bitwise_or", |value: i64, by: i64| value | by);
    environment.add_filter("timestamp_utc", |value: f64| written(value, "%FT%T+00:00"));
    environment.add_filter("timestamp_local", |value: f64| {
        written(value, "%FT%T+00:00")
    });
    environment.add_filter(
        "timestamp_custom",
        |value: f64, format: String, _: Rest<Value>| written(value, &format),
    );
    environment.add_filter("as_timestamp", as_timestamp);
    environment.add_function("float", float);
    environment.add_function("int", int);
    environment.add_function("iif", iif);
    environment.add_function("as_timestamp", as_timestamp);
    environment.add_function("is_number", is_number);
    environment.add_test("is_number", is_number);
}

/// A number, or the number that a text spells.
fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some(text) => text.trim().parse().ok(),
        None if value.kind() == minijinja::value::ValueKind::Bool => {
            Some(f64::from(u8::from(value.is_true())))
        }
        None => f64::try_from(value.clone()).ok(),
    }
    .filter(|number: &f64| number.is_finite())
}

fn or(default: Option<Value>, value: &Value, wanted: &str) -> Result<Value, Error> {
    default.ok_or_else(|| {
        let shown: String = value.to_string().chars().take(40).collect();
        Error::new(
            ErrorKind::InvalidOperation,
            format!("`{shown}` is not {wanted}"),
        )
    })
}

fn float(value: Value, default: Option<Value>) -> Result<Value, Error> {
    match number(&value) {
        Some(number) => Ok(Value::from(number)),
        None => or(default, &value, "a number"),
    }
}

fn int(value: Value, default: Option<Value>) -> Result<Value, Error> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturating is what is wanted of a number out of range"
    )]
    match number(&value) {
        Some(number) => Ok(Value::from(number.trunc() as i64)),
        None => or(default, &value, "a whole number"),
    }
}

fn round(
    value: Value,
    precision: Option<i32>,
    method: Option<String>,
    default: Option<Value>,
) -> Result<Value, Error> {
    let Some(number) = number(&value) else {
        return or(default, &value, "a number");
    };
    let precision = precision.unwrap_or(0).clamp(-12, 12);
    let scale = 10_f64.powi(precision);
    let scaled = number * scale;
    let rounded = match method.as_deref() {
        Some("ceil") => scaled.ceil(),
        Some("floor") => scaled.floor(),
        Some("half") => return Ok(Value::from((number * 2.0).round() / 2.0)),
        _ => scaled.round(),
    } / scale;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a rounded number beyond 2^63 does not occur"
    )]
    Ok(if precision <= 0 {
        Value::from(rounded as i64)
    } else {
        Value::from(rounded)
    })
}

fn iif(value: Value, yes: Option<Value>, no: Option<Value>, none: Option<Value>) -> Value {
    if value.is_none() && none.is_some() {
        return none.unwrap_or_default();
    }
    if value.is_true() {
        yes.unwrap_or_else(|| Value::from(true))
    } else {
        no.unwrap_or_else(|| Value::from(false))
    }
}

fn from_json(text: &str) -> Result<Value, Error> {
    serde_json::from_str::<serde_json::Value>(text)
        .map(|json| minijinja::value::Serde(json).into())
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "the text is not JSON"))
}

fn to_json(value: Value) -> Result<String, Error> {
    serde_json::to_string(&value)
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "this cannot be JSON"))
}

fn is_number(value: Value) -> bool {
    number(&value).is_some()
}

fn written(seconds: f64, format: &str) -> Result<String, Error> {
    let wrong = |_| Error::new(ErrorKind::InvalidOperation, "this is not a time");
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and is checked next"
    )]
    let time = Timestamp::from_second(seconds as i64).map_err(wrong)?;
    jiff::fmt::strtime::format(format, &time.to_zoned_datetime(TimeZone::UTC)).map_err(wrong)
}

fn as_timestamp(value: Value, default: Option<Value>) -> Result<Value, Error> {
    if let Some(number) = number(&value) {
        return Ok(Value::from(number));
    }
    match value
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok())
    {
        Some(time) => Ok(Value::from(time.as_second())),
        None => or(default, &value, "a time"),
    }
}
