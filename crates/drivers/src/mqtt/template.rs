//! Templates of discovery messages: Home Assistant's dialect of Jinja, with bounds.
//!
//! Most templates are a plain `{{ value_json.a.b }}`; those are walked without the engine. The
//! rest is rendered with a budget of fuel that pays for every instruction and every byte, so that
//! neither a loop nor a doubling string can take more than a fixed time and memory.

use super::{dialect, payload::Payload};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};
use std::{collections::HashSet, sync::Arc};

/// The longest template that is taken.
pub(super) const MAX_TEMPLATE: usize = 16 * 1024;
/// The longest text that a template may make.
const MAX_OUTPUT: usize = 64 * 1024;
/// One fuel pays for an instruction or 64 bytes: at most some 1.3 MB a rendering.
const FUEL: u64 = 20_000;
/// Templates kept compiled; past it the store starts anew, so that ever new ones cannot fill memory.
const MAX_COMPILED: usize = 8_192;

/// A template, ready to be used.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Template {
    /// The payload as it is.
    Whole,
    /// A walk into the payload's JSON.
    Walk(Box<[Step]>),
    /// Anything else.
    Jinja(Arc<str>),
}

/// One step of a walk.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// A key of an object.
    Key(Box<str>),
    /// A place in a list.
    Index(usize),
}

/// What a template made of a payload.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rendered {
    /// Nothing: the payload does not speak of it.
    Missing,
    /// The device says that it does not know.
    Null,
    /// A text.
    Text(String),
}

/// Renders templates.
pub(super) struct Engine {
    environment: Environment<'static>,
    compiled: usize,
    /// Templates that ran out of fuel once. They are not tried again: a device must not burn its
    /// whole budget with every message.
    banned: HashSet<Arc<str>>,
}

impl Engine {
    /// An engine with Home Assistant's filters and bounds.
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(32);
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_formatter(|out, state, value| {
            // As Python prints them, since that is what payload_on and the like are compared with.
            match value.kind() {
                minijinja::value::ValueKind::None => Ok(out.write_str("None")?),
                minijinja::value::ValueKind::Bool => {
                    Ok(out.write_str(if value.is_true() { "True" } else { "False" })?)
                }
                _ => minijinja::escape_formatter(out, state, value),
            }
        });
        dialect::add(&mut environment);
        Self {
            environment,
            compiled: 0,
            banned: HashSet::new(),
        }
    }

    /// Reads a template; the text of the error is for people.
    pub(super) fn read(&mut self, text: &str) -> Result<Template, String> {
        if text.len() > MAX_TEMPLATE {
            return Err(format!(
                "the template has {} bytes; at most {MAX_TEMPLATE} are taken",
                text.len()
            ));
        }
        if let Some(walk) = walk(text) {
            return Ok(walk);
        }
        let source: Arc<str> = text.into();
        self.compile(&source).map_err(|error| fault(&error))?;
        Ok(Template::Jinja(source))
    }

    fn compile(&mut self, source: &Arc<str>) -> Result<(), Error> {
        if self.environment.get_template(source).is_ok() {
            return Ok(());
        }
        if self.compiled >= MAX_COMPILED {
            self.environment.clear_templates();
            self.compiled = 0;
            self.banned.clear();
        }
        self.environment
            .add_template_owned(source.to_string(), source.to_string())?;
        self.compiled += 1;
        Ok(())
    }

    /// What `template` makes of a payload that came.
    pub(super) fn render(
        &mut self,
        template: Option<&Template>,
        payload: &Payload<'_>,
    ) -> Result<Rendered, String> {
        match template {
            None | Some(Template::Whole) => Ok(Rendered::Text(payload.text().to_owned())),
            Some(Template::Walk(steps)) => Ok(payload.walk(steps)),
            Some(Template::Jinja(source)) => {
                let context = minijinja::context! {
                    value => payload.text(),
                    value_json => payload.jinja(),
                };
                let text = self.jinja(source, context)?;
                Ok(match text.trim() {
                    "" => Rendered::Missing,
                    "None" => Rendered::Null,
                    trimmed if trimmed.len() == text.len() => Rendered::Text(text),
                    trimmed => Rendered::Text(trimmed.to_owned()),
                })
            }
        }
    }

    /// What `template` makes of named values: the payload of a command.
    pub(super) fn command(
        &mut self,
        template: &Template,
        values: Vec<(&'static str, Value)>,
    ) -> Result<String, String> {
        let named = |name: &str| {
            values
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.to_string())
                .unwrap_or_default()
        };
        match template {
            Template::Whole => Ok(named("value")),
            Template::Walk(_) => Ok(String::new()),
            Template::Jinja(source) => {
                let context = Value::from_pairs(values);
                Ok(self.jinja(source, context)?.trim().to_owned())
            }
        }
    }

    fn jinja(&mut self, source: &Arc<str>, context: Value) -> Result<String, String> {
        if self.banned.contains(source) {
            return Err("the template took too long before and is no longer used".to_owned());
        }
        self.compile(source).map_err(|error| fault(&error))?;
        let text = self
            .environment
            .get_template(source)
            .and_then(|template| template.render(context));
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                if error.kind() == ErrorKind::OutOfFuel {
                    self.banned.insert(Arc::clone(source));
                }
                return Err(fault(&error));
            }
        };
        if text.len() > MAX_OUTPUT {
            return Err(format!(
                "the template made {} bytes; at most {MAX_OUTPUT} are taken",
                text.len()
            ));
        }
        Ok(text)
    }
}

/// An engine's error in one short line.
fn fault(error: &Error) -> String {
    let text = match error.kind() {
        ErrorKind::OutOfFuel => "the template takes too long or makes too much".to_owned(),
        _ => format!("the template is wrong: {error}"),
    };
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

/// `{{ value }}` and `{{ value_json.a['b'][0] }}`; `None` for anything more.
fn walk(text: &str) -> Option<Template> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let mut rest = match inner.strip_prefix("value_json") {
        Some(rest) => rest,
        None if inner == "value" => return Some(Template::Whole),
        None => return None,
    };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(after.len());
            let (name, tail) = after.split_at(end);
            // A name after which a call or a filter comes is not a walk.
            if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                return None;
            }
            steps.push(Step::Key(name.into()));
            rest = tail;
        } else {
            let (inside, tail) = rest.strip_prefix('[')?.split_once(']')?;
            let inside = inside.trim();
            steps.push(match inside.parse() {
                Ok(index) => Step::Index(index),
                Err(_) => {
                    let quote = inside.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
                    let name = inside.strip_prefix(quote)?.strip_suffix(quote)?;
                    if name.contains(['\'', '"', '\\']) {
                        return None;
                    }
                    Step::Key(name.into())
                }
            });
            rest = tail;
        }
    }
    Some(Template::Walk(steps.into()))
}

#[cfg(test)]
mod tests {
    use super::{Engine, Payload, Rendered, Template, walk};

    fn rendered(template: &str, payload: &str) -> String {
        let mut engine = Engine::new();
        let template = match engine.read(template) {
            Ok(template) => template,
            Err(error) => return format!("REFUSED {error}"),
        };
        match engine.render(Some(&template), &Payload::new(payload)) {
            Ok(Rendered::Missing) => "(missing)".to_owned(),
            Ok(Rendered::Null) => "(null)".to_owned(),
            Ok(Rendered::Text(text)) => text,
            Err(error) => format!("ERROR {error}"),
        }
    }

    #[test]
    fn templates_render_as_home_assistant_does() {
        let json = r#"{"t":21.5,"n":null,"b":true,"s":"ON","o":{"x":[1,2]},"text":"7.25","k-k":3}"#;
        for (template, expected) in [
            ("{{ value_json.t }}", "21.5"),
            ("{{value_json['k-k']}}", "3"),
            ("{{ value_json.o.x[1] }}", "2"),
            ("{{ value_json.n }}", "(null)"),
            ("{{ value_json.nothing }}", "(missing)"),
            ("{{ value_json.nothing.deeper }}", "(missing)"),
            ("{{ value_json.b }}", "True"),
            ("{{ value_json.b == true }}", "True"),
            ("{{ value_json.t | round(0) }}", "22"),
            ("{{ value_json.text | float | round(1) }}", "7.3"),
            ("{{ value_json.s | lower }}", "on"),
            ("{{ value_json.nothing | default('x') }}", "x"),
            ("{{ value_json.nothing | float(0) }}", "0"),
            ("{{ iif(value_json.b, 'yes', 'no') }}", "yes"),
            ("{{ (value_json.t * 9 / 5 + 32) | round(1) }}", "70.7"),
            (
                "{% set m = {None: None, 'ON': 'heating'} %}{{ m[value_json.s] }}",
                "heating",
            ),
            ("{% if value_json.s == 'ON' %}1{% else %}0{% endif %}", "1"),
            ("{{ '{\"a\":5}' | from_json | length }}", "1"),
            ("{{ 0 | timestamp_custom('%Y') }}", "1970"),
            (
                "{{ value_json.s | float }}",
                "ERROR the template is wrong: invalid operation: `ON` is not a number (in {{ value_json.s | float }}:1)",
            ),
        ] {
            assert_eq!(rendered(template, json), expected, "{template}");
        }
    }

    #[test]
    fn a_template_cannot_take_more_than_its_share() {
        for template in [
            "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
            "{% set a='x'*1000 %}{% set b=a*1000 %}{% set c=b*1000 %}{{ c }}",
            "{% set ns=namespace(x='xx') %}{% for i in range(60) %}{% set ns.x=ns.x~ns.x %}{% endfor %}{{ ns.x }}",
            "{{ '%1000000000d'|format(1) }}",
            "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
            "{{ range(10000000)|list }}",
            "{{ 2 ** 100000000 }}",
        ] {
            let text = rendered(template, "{}");
            assert!(text.starts_with("ERROR"), "{template}: {text:.80}");
        }
        let deep = format!("{{{{ {}1{} }}}}", "(".repeat(4_000), ")".repeat(4_000));
        assert!(rendered(&deep, "{}").starts_with("REFUSED"));
        assert!(rendered(&"x".repeat(20_000), "{}").starts_with("REFUSED"));
    }

    #[test]
    fn plain_walks_need_no_engine() {
        for (text, is_walk) in [
            ("{{ value }}", true),
            ("{{ value_json }}", true),
            ("{{ value_json.a.b['c'][0] }}", true),
            ("{{ value_json.a | int }}", false),
            ("{{ value_json.a() }}", false),
            ("{{ value_json.a }}{{ value }}", false),
            ("plain", false),
        ] {
            assert_eq!(walk(text).is_some(), is_walk, "{text}");
        }
        assert_eq!(walk("{{ value }}"), Some(Template::Whole));
    }
}
