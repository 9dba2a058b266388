//! From text to a document: every fault at once, each with its place and a remedy.

use super::{
    Document, Fault, Given, Mode, OnRestart, Parameter, ParameterKind, ScenarioSlug, Span,
    condition, handwritten, locate, step, trigger,
};
use model::{Unit, Value};
use serde_json::{Map, Value as Json};
use std::cell::RefCell;

/// The longest document.
const TEXT_MAX: usize = 256 * 1024;

/// The longest text inside.
const STRING_MAX: usize = 2_000;

/// The most entries of one list.
const LIST_MAX: usize = 200;

/// The most faults that are told at once.
const FAULTS: usize = 20;

/// Reads a TOML document.
///
/// # Errors
/// Every fault of it, with its line.
pub fn read_toml(text: &str) -> Result<Document, Vec<Fault>> {
    short_enough(text)?;
    from_toml(text, read_value)
}

/// Reads a scene from TOML.
///
/// # Errors
/// Every fault of it, with its line.
pub fn read_scene_toml(text: &str) -> Result<crate::engine::Scene, Vec<Fault>> {
    short_enough(text)?;
    from_toml(text, crate::engine::Scene::read)
}

/// Reads a bundle from TOML.
///
/// # Errors
/// Every fault of it, with its line.
pub fn read_bundle_toml(text: &str) -> Result<super::Bundle, Vec<Fault>> {
    from_toml(text, super::Bundle::read)
}

fn from_toml<T>(
    text: &str,
    read: impl Fn(&Json) -> Result<T, Vec<Fault>>,
) -> Result<T, Vec<Fault>> {
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .map(|span| locate::line_of_offset(text, span.start));
        vec![Fault {
            path: String::new(),
            line,
            message: format!("it is no TOML: {}", error.message()),
            expected: "a TOML document, see docs/guide/automation.md".into(),
        }]
    })?;
    let json = serde_json::to_value(table).map_err(|error| {
        vec![Fault::at(
            "",
            error.to_string(),
            "plain texts, numbers and truths",
        )]
    })?;
    read(&json).map_err(|faults| locate::in_toml(text, faults))
}

/// Reads a JSON document.
///
/// # Errors
/// Every fault of it, with its line.
pub fn read_json(text: &str) -> Result<Document, Vec<Fault>> {
    short_enough(text)?;
    let json: Json = serde_json::from_str(text).map_err(|error| {
        vec![Fault {
            path: String::new(),
            // The end of a text may lie behind its last line.
            line: Some(error.line().clamp(1, text.lines().count().max(1))),
            message: format!("it is no JSON: {error}"),
            expected: "a JSON object, see GET /api/automation/schema".into(),
        }]
    })?;
    read_value(&json).map_err(|faults| locate::in_json(text, faults))
}

fn short_enough(text: &str) -> Result<(), Vec<Fault>> {
    if text.len() <= TEXT_MAX {
        return Ok(());
    }
    let message = format!("it is {} bytes long", text.len());
    Err(vec![Fault {
        line: Some(1),
        ..Fault::at("", message, format!("at most {TEXT_MAX}"))
    }])
}

/// Reads a document that is parsed already.
///
/// # Errors
/// Every fault of it; lines are not known here.
pub fn read_value(json: &Json) -> Result<Document, Vec<Fault>> {
    let rewritten = handwritten::rewritten(json)?;
    let faults = RefCell::new(Vec::new());
    let document = match rewritten.as_object() {
        Some(map) => Some(document(Fields::new(map, String::new(), &faults))),
        None => {
            faults.borrow_mut().push(Fault::at(
                "",
                "it is not an object",
                "an object with a name",
            ));
            None
        }
    };
    let mut faults = faults.into_inner();
    faults.truncate(FAULTS);
    document.filter(|_| faults.is_empty()).ok_or(faults)
}

fn document(mut fields: Fields<'_>) -> Document {
    let name = fields.required_text("name");
    let slug = match fields.text("slug") {
        Some(text) => ScenarioSlug::parse(&text).unwrap_or_else(|| {
            fields.fault_at(
                "slug",
                format!("`{}` is none", short(&text)),
                "1 to 64 of a-z, 0-9 and -, such as `evening-arrival`",
            );
            ScenarioSlug::from_name(&name)
        }),
        None => ScenarioSlug::from_name(&name),
    };
    let most = fields.number("most", 1.0, 100.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 100"
    )]
    let most = most.map_or(10, |most| most as u32);
    let modes = [
        ("skip", Mode::Skip),
        ("restart", Mode::Restart),
        ("queue", Mode::Queue(most)),
        ("parallel", Mode::Parallel(most)),
    ];
    let restarts = [("end", OnRestart::End), ("resume", OnRestart::Resume)];
    let document = Document {
        slug,
        description: fields.text("description").unwrap_or_default(),
        enabled: fields.truth("enabled").unwrap_or(true),
        saves_energy: fields.truth("saves_energy").unwrap_or(false),
        area: fields.text("area"),
        mode: fields.one_of("mode", &modes).unwrap_or_default(),
        on_restart: fields.one_of("on_restart", &restarts).unwrap_or_default(),
        parameters: fields.list("parameters", parameter),
        when: fields.list("when", trigger::read),
        condition: condition::all(fields.list("if", condition::read)),
        then: fields.list("then", step::read),
        name,
    };
    if document.then.is_empty() {
        fields.fault_at("then", "it does nothing", "at least one step");
    }
    fields.finish();
    document
}

fn parameter(mut fields: Fields<'_>) -> Parameter {
    let name = fields.required_text("name");
    let kind = fields.text("kind");
    let (from, to) = (fields.any_number("from"), fields.any_number("to"));
    let words = fields.texts("one_of");
    let kind = match kind.as_deref() {
        _ if !words.is_empty() => ParameterKind::OneOf(words),
        Some("bool") => ParameterKind::Bool,
        Some("number") => ParameterKind::Number(
            from.unwrap_or(f64::NEG_INFINITY),
            to.unwrap_or(f64::INFINITY),
        ),
        Some("text") => ParameterKind::Text,
        _ => {
            fields.fault_at(
                "kind",
                "it does not say what it takes",
                "bool, number or text; or `one_of`",
            );
            ParameterKind::Text
        }
    };
    let default = fields.value("default");
    let parameter = Parameter {
        name,
        description: fields.text("description").unwrap_or_default(),
        kind,
        default,
    };
    if let Some(default) = &parameter.default
        && let Err(expected) = parameter.kind.accepts(default)
    {
        fields.fault_at("default", format!("it cannot be {default}"), expected);
    }
    fields.finish();
    parameter
}

impl ParameterKind {
    /// Whether it takes a value.
    ///
    /// # Errors
    /// What it takes instead, in words.
    pub fn accepts(&self, value: &Value) -> Result<(), String> {
        let (fits, expected) = match (self, value) {
            (Self::Bool, Value::Bool(_)) | (Self::Text, Value::Text(_)) => return Ok(()),
            (Self::Number(from, to), Value::Number(number)) => (
                (*from..=*to).contains(number),
                format!("a number from {from} to {to}"),
            ),
            (Self::OneOf(words), Value::Text(word)) => {
                (words.contains(word), format!("one of {}", words.join(", ")))
            }
            (Self::Bool, _) => (false, "true or false".into()),
            (Self::Number(from, to), _) => (false, format!("a number from {from} to {to}")),
            (Self::OneOf(words), _) => (false, format!("one of {}", words.join(", "))),
            (Self::Text, _) => (false, "a text".into()),
        };
        if fits { Ok(()) } else { Err(expected) }
    }
}

/// The entries of one object, each taken once; what is left over at the end is a fault.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Json>,
    path: String,
    taken: Vec<&'static str>,
    faults: &'a RefCell<Vec<Fault>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        map: &'a Map<String, Json>,
        path: String,
        faults: &'a RefCell<Vec<Fault>>,
    ) -> Self {
        Self {
            map,
            path,
            taken: Vec::new(),
            faults,
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn fault(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    pub(super) fn fault_at(
        &self,
        key: &str,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.fault(Fault::at(self.sub(key), message, expected));
    }

    fn sub(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    fn take(&mut self, key: &'static str) -> Option<&'a Json> {
        self.taken.push(key);
        self.map.get(key).filter(|json| !json.is_null())
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let json = self.take(key)?;
        match json.as_str() {
            Some(text) if text.len() <= STRING_MAX => Some(text.to_owned()),
            Some(_) => {
                self.fault_at(key, "it is too long", format!("at most {STRING_MAX} bytes"));
                None
            }
            None => {
                self.fault_at(key, format!("it is {}", shown(json)), "a text");
                None
            }
        }
    }

    pub(super) fn required_text(&mut self, key: &'static str) -> String {
        let text = self.text(key).unwrap_or_default();
        // What is no text, or too long for one, has been told already.
        let untold = match self.map.get(key) {
            None | Some(Json::Null) => true,
            Some(Json::String(text)) => text.len() <= STRING_MAX,
            Some(_) => false,
        };
        if text.trim().is_empty() && untold {
            self.fault_at(key, "it is missing", "a text");
        }
        text
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        match self.take(key) {
            None => Vec::new(),
            Some(Json::String(one)) => vec![one.clone()],
            Some(Json::Array(many)) if many.len() <= LIST_MAX => {
                let texts: Vec<_> = many
                    .iter()
                    .filter_map(Json::as_str)
                    .map(str::to_owned)
                    .collect();
                if texts.len() < many.len() {
                    self.fault_at(key, "not all of it are texts", "a list of texts");
                }
                texts
            }
            Some(other) => {
                self.fault_at(key, format!("it is {}", shown(other)), "a list of texts");
                Vec::new()
            }
        }
    }

    pub(super) fn truth(&mut self, key: &'static str) -> Option<bool> {
        let json = self.take(key)?;
        let truth = json.as_bool();
        if truth.is_none() {
            self.fault_at(key, format!("it is {}", shown(json)), "true or false");
        }
        truth
    }

    pub(super) fn any_number(&mut self, key: &'static str) -> Option<f64> {
        self.number(key, f64::NEG_INFINITY, f64::INFINITY)
    }

    pub(super) fn number(&mut self, key: &'static str, from: f64, to: f64) -> Option<f64> {
        let json = self.take(key)?;
        let number = json.as_f64().filter(|number| (from..=to).contains(number));
        if number.is_none() {
            let expected = if from.is_finite() || to.is_finite() {
                format!("a number from {from} to {to}")
            } else {
                "a number".to_owned()
            };
            self.fault_at(key, format!("it is {}", shown(json)), expected);
        }
        number
    }

    pub(super) fn value(&mut self, key: &'static str) -> Option<Value> {
        let json = self.take(key)?;
        let value = value(json);
        if value.is_none() {
            self.fault_at(
                key,
                format!("it is {}", shown(json)),
                "true, false, a number or a text",
            );
        }
        value
    }

    /// A value: plain, measured in a unit (`"70 °F"`), or a parameter's (`"$brightness"`).
    pub(super) fn given(&mut self, key: &'static str) -> Option<Given> {
        let json = self.take(key)?;
        let given = given(json);
        if given.is_none() {
            self.fault_at(
                key,
                format!("it is {}", shown(json)),
                "true, false, a number, a text, a number with its unit such as \"21 °C\", or \"$parameter\"",
            );
        }
        given
    }

    /// An object whose values are [`Given`].
    pub(super) fn givens(&mut self, key: &'static str) -> Vec<(String, Given)> {
        match self.take(key) {
            None => Vec::new(),
            Some(Json::Object(map)) if map.len() <= LIST_MAX => {
                let mut all = Vec::new();
                for (name, json) in map {
                    match given(json) {
                        Some(given) => all.push((name.clone(), given)),
                        None => self.fault_at(
                            &format!("{key}.{name}"),
                            format!("it is {}", shown(json)),
                            "true, false, a number, a text or \"$parameter\"",
                        ),
                    }
                }
                all
            }
            Some(other) => {
                self.fault_at(
                    key,
                    format!("it is {}", shown(other)),
                    "an object of names and values",
                );
                Vec::new()
            }
        }
    }

    pub(super) fn span(&mut self, key: &'static str) -> Option<Span> {
        let json = self.take(key)?;
        let span = match json {
            Json::String(text) => Span::parse(text),
            Json::Number(number) => number
                .as_i64()
                .filter(|seconds| seconds.abs() <= super::text::LONGEST)
                .map(Span),
            _ => None,
        };
        if span.is_none() {
            self.fault_at(
                key,
                format!("it is {}", shown(json)),
                "a span of time such as 30s, 5min or 1h 30min, or seconds; at most 366 days",
            );
        }
        span
    }

    /// One of the words that `parse` knows.
    pub(super) fn word<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        words: impl Fn() -> Vec<String>,
    ) -> Option<T> {
        let text = self.text(key)?;
        let found = parse(&text);
        if found.is_none() {
            let words = words();
            let near = nearest(&text, words.iter().map(String::as_str));
            let near = near.map(|near| format!(" (`{near}`?)")).unwrap_or_default();
            let expected = format!("one of {}{near}", words.join(", "));
            self.fault_at(key, format!("`{}` is not known", short(&text)), expected);
        }
        found
    }

    /// One of these words.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let parse = |text: &str| {
            words
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, it)| *it)
        };
        self.word(key, parse, || {
            words.iter().map(|(word, _)| (*word).to_owned()).collect()
        })
    }

    /// A list of objects; a single object counts as a list of one.
    pub(super) fn list<T>(&mut self, key: &'static str, read: impl Fn(Fields<'_>) -> T) -> Vec<T> {
        let path = self.sub(key);
        let one = |json: &Json, path: String| -> Option<T> {
            let Some(map) = json.as_object() else {
                self.fault(Fault::at(
                    path,
                    format!("it is {}", shown(json)),
                    "an object",
                ));
                return None;
            };
            Some(read(Fields::new(map, path, self.faults)))
        };
        let items = match self.map.get(key) {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(many)) if many.len() > LIST_MAX => {
                self.fault_at(
                    key,
                    format!("it has {} entries", many.len()),
                    format!("at most {LIST_MAX}"),
                );
                Vec::new()
            }
            Some(Json::Array(many)) => many
                .iter()
                .enumerate()
                .filter_map(|(place, json)| one(json, format!("{path}[{place}]")))
                .collect(),
            Some(json) => one(json, path).into_iter().collect(),
        };
        self.taken.push(key);
        items
    }

    /// A list of lists of objects.
    pub(super) fn lists<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(Fields<'_>) -> T,
    ) -> Vec<Vec<T>> {
        let path = self.sub(key);
        let Some(json) = self.take(key) else {
            return Vec::new();
        };
        let Some(branches) = json.as_array().filter(|all| all.len() <= LIST_MAX) else {
            self.fault_at(
                key,
                format!("it is {}", shown(json)),
                "a list of lists of steps",
            );
            return Vec::new();
        };
        let mut all = Vec::new();
        for (place, branch) in branches.iter().enumerate() {
            let here = format!("{path}[{place}]");
            let mut steps = Vec::new();
            match branch {
                Json::Array(items) if items.len() <= LIST_MAX => {
                    for (number, item) in items.iter().enumerate() {
                        let here = format!("{here}[{number}]");
                        match item.as_object() {
                            Some(map) => steps.push(read(Fields::new(map, here, self.faults))),
                            None => self.fault(Fault::at(
                                here,
                                format!("it is {}", shown(item)),
                                "an object",
                            )),
                        }
                    }
                }
                Json::Object(map) => steps.push(read(Fields::new(map, here, self.faults))),
                other => self.fault(Fault::at(
                    here,
                    format!("it is {}", shown(other)),
                    "a list of steps",
                )),
            }
            all.push(steps);
        }
        all
    }

    /// What was not taken is not known.
    pub(super) fn finish(self) {
        for key in self.map.keys() {
            if !self.taken.contains(&key.as_str()) {
                let mut known = self.taken.clone();
                known.sort_unstable();
                known.dedup();
                let near = nearest(key, known.iter().copied());
                let expected = match near {
                    Some(near) => format!("`{near}`?"),
                    None => format!("some of {}", known.join(", ")),
                };
                self.fault_at(key, "it is not known here", expected);
            }
        }
    }
}

/// A plain value.
pub(super) fn value(json: &Json) -> Option<Value> {
    match json {
        Json::Bool(truth) => Some(Value::Bool(*truth)),
        Json::Number(number) => number.as_f64().filter(|n| n.is_finite()).map(Value::Number),
        Json::String(text) if text.len() <= STRING_MAX => Some(Value::Text(text.as_str().into())),
        _ => None,
    }
}

fn given(json: &Json) -> Option<Given> {
    if let Json::String(text) = json {
        if let Some(name) = text.strip_prefix('$') {
            return Some(Given::Parameter(name.to_owned()));
        }
        let digits = text
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        if let (Ok(number), Some(unit)) = (number.parse::<f64>(), Unit::parse(unit))
            && number.is_finite()
        {
            return Some(Given::Measured(number, unit));
        }
    }
    value(json).map(Given::Value)
}

/// What was found, in few words.
pub(super) fn shown(json: &Json) -> String {
    match json {
        Json::Null => "nothing".into(),
        Json::String(text) => format!("`{}`", short(text)),
        Json::Array(_) => "a list".into(),
        Json::Object(_) => "an object".into(),
        other => other.to_string(),
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// The known word that differs least, where it differs little.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let far = (word.chars().count() / 3).max(1);
    known
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance. Words here are short.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
