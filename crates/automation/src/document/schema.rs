//! The JSON schema of a scenario, so that an editor can help while one is written.
//!
//! It is made of the same tables as the decoder: verbs, capabilities and kinds. The decoder is stricter
//! still: it knows which values a property takes.

use super::condition::STATISTICS;
use crate::{builtin, verb};
use model::{Capability, DeviceKind, capability};
use serde_json::{Map, Value as Json, json};

/// The schema (JSON Schema 2020-12) of a scenario in its full form.
#[must_use]
pub fn schema() -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario or rule of Consciousness",
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "then"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "description": "What people call it."},
            "slug": {"type": "string", "description": "Its unique, stable, readable name; made of the name where it is left out."},
            "description": text("What it is for."),
            "enabled": {"type": "boolean", "default": true, "description": "Whether its triggers count."},
            "saves_energy": {"type": "boolean", "default": false, "description": "Whether it is there to save energy: then it never switches off what has the priority high."},
            "area": text("The area under which it is listed."),
            "mode": {"enum": ["skip", "restart", "queue", "parallel"], "default": "skip", "description": "What a second run does while the first is on."},
            "most": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10, "description": "With queue and parallel: how many."},
            "on_restart": {"enum": ["end", "resume"], "default": "end", "description": "What becomes of a run when the house restarts."},
            "parameters": {"type": "array", "items": {"$ref": "#/$defs/parameter"}},
            "when": list("trigger", "When it runs by itself."),
            "if": list("condition", "What must hold for it to run; all of it."),
            "then": list("step", "What it does, in order."),
        },
        "$defs": {
            "span": {"type": ["string", "number"], "description": "A span of time such as 30s, 5min or 1h 30min, or seconds."},
            "clock": {"type": "string", "description": "A time of the day such as 07:30."},
            "days": {"type": ["string", "array"], "items": {"type": "string"}, "description": "monday to sunday, weekdays, weekend or daily."},
            "value": {"type": ["boolean", "number", "string"], "description": "A value, a number with its unit such as \"50 °F\", or a parameter such as \"$temperature\"."},
            "values": {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}},
            "property": {"type": "string", "description": "A property, with an endpoint where it is not the first: OnOff.on_off, 2:OnOff.on_off.", "examples": properties()},
            "parameter": parameter(),
            "trigger": one_of(&triggers()),
            "condition": one_of(&conditions()),
            "step": one_of(&steps()),
        },
    })
}

fn text(description: &str) -> Json {
    json!({"type": "string", "description": description})
}

fn of(name: &str) -> Json {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A list; one alone counts as a list of one.
fn list(of: &str, description: &str) -> Json {
    let item = json!({"$ref": format!("#/$defs/{of}")});
    json!({"description": description, "anyOf": [item, {"type": "array", "maxItems": 200, "items": item}]})
}

/// A form: the key that it begins with, and what else it takes.
type Form = (&'static str, Json, Vec<(&'static str, Json)>);

/// One of several forms, told apart by the key with which each begins.
fn one_of(forms: &[Form]) -> Json {
    let form = |(head, value, others): &Form| {
        let mut properties = Map::new();
        properties.insert((*head).to_owned(), value.clone());
        for (key, value) in others {
            properties.insert((*key).to_owned(), value.clone());
        }
        json!({"type": "object", "title": head, "required": [head], "additionalProperties": false, "properties": properties})
    };
    json!({"oneOf": forms.iter().map(form).collect::<Vec<_>>()})
}

fn parameter() -> Json {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "description": {"type": "string"},
            "kind": {"enum": ["bool", "number", "text"]},
            "from": {"type": "number"},
            "to": {"type": "number"},
            "one_of": {"type": "array", "items": {"type": "string"}},
            "default": of("value"),
        },
    })
}

/// Who is meant.
fn target() -> Vec<(&'static str, Json)> {
    let names = json!({"type": ["array", "string"], "items": {"type": "string"}});
    let kinds: Vec<_> = DeviceKind::ALL.iter().map(|kind| kind.as_str()).collect();
    vec![
        ("device", text("A device, by slug, alias or name.")),
        ("devices", names.clone()),
        ("area", text("All in this area.")),
        ("areas", names.clone()),
        ("floor", text("All on this floor.")),
        ("kind", json!({"enum": kinds})),
        ("except", names),
        ("everything", json!({"type": "boolean"})),
    ]
}

fn limits() -> Vec<(&'static str, Json)> {
    ["is", "is_not", "above", "at_least", "below", "at_most"]
        .map(|key| (key, of("value")))
        .into()
}

fn with(parts: &[Vec<(&'static str, Json)>]) -> Vec<(&'static str, Json)> {
    parts.iter().flatten().cloned().collect()
}

fn triggers() -> Vec<Form> {
    let hold = || ("for", of("span"));
    let days = || ("days", of("days"));
    let is = || ("is", json!({"enum": ["home", "away"]}));
    let edges = vec![("to", of("value")), ("from", of("value")), hold()];
    vec![
        (
            "property",
            of("property"),
            with(&[target(), limits(), edges]),
        ),
        (
            "event",
            text("What happens at a device, such as a press; any."),
            target(),
        ),
        ("time", of("clock"), vec![days()]),
        ("cron", text("Minute, hour, day, month, weekday."), vec![]),
        (
            "sun",
            json!({"enum": ["sunrise", "sunset"]}),
            vec![("offset", of("span")), days()],
        ),
        (
            "presence",
            text("anyone, nobody or a person."),
            vec![is(), hold()],
        ),
        (
            "connectivity",
            json!({"enum": ["online", "offline"]}),
            with(&[target(), vec![hold()]]),
        ),
        ("note", text("A kind of event of the timeline."), vec![]),
        ("webhook", text("The name of a webhook."), vec![]),
        (
            "scenario",
            text("A scenario that ends."),
            vec![("ended", json!({"enum": ["completed", "failed", "stopped"]}))],
        ),
        (
            "mode",
            text("The mode that the house is put into."),
            vec![hold()],
        ),
        ("start", json!({"const": true}), vec![]),
    ]
}

fn conditions() -> Vec<Form> {
    let statistics: Vec<_> = STATISTICS.iter().map(|(word, _)| word).collect();
    let quantity = vec![
        ("of", json!({"enum": ["any", "all"]})),
        ("statistic", json!({"enum": statistics})),
        ("over", of("span")),
        ("baseline", json!({"type": "boolean"})),
    ];
    let (before, days) = (("before", of("clock")), ("days", of("days")));
    let is = || ("is", json!({"enum": ["home", "away"]}));
    vec![
        ("all", list("condition", "All of them hold."), vec![]),
        ("any", list("condition", "One of them holds."), vec![]),
        ("not", list("condition", "They do not all hold."), vec![]),
        (
            "property",
            of("property"),
            with(&[target(), limits(), quantity]),
        ),
        // Which of the three a time window begins with is told apart by what is left out.
        ("after", of("clock"), vec![before.clone(), days.clone()]),
        ("before", of("clock"), vec![days]),
        ("days", of("days"), vec![]),
        ("presence", text("anyone, nobody or a person."), vec![is()]),
        (
            "mode",
            json!({"type": ["string", "array"], "items": {"type": "string"}}),
            vec![],
        ),
        ("sun", json!({"enum": ["up", "down"]}), vec![]),
        ("expression", text("An expression in CEL."), vec![]),
    ]
}

/// The answers of a question that is no yes or no.
fn choices() -> Json {
    let choice = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 60},
            "then": list("step", "What is done when this is answered."),
        },
    });
    json!({"type": "array", "minItems": 2, "maxItems": 12, "items": choice,
        "description": "Instead of yes and no: the answers among which a person chooses."})
}

fn steps() -> Vec<Form> {
    let delay = || ("delay", of("span"));
    let verbs: Vec<_> = verb::VERBS.iter().map(|verb| verb.word).collect();
    let told = json!({"description": "An everyday word, or a capability's command such as OnOff.on.",
        "anyOf": [{"enum": verbs}, {"type": "string", "pattern": "^[A-Za-z]+[.][a-z_]+$"}]});
    let words = |keys: Vec<(&'static str, Json)>| with(&[keys, vec![delay()]]);
    let branch = json!({"type": "array", "items": of("step")});
    vec![
        (
            "do",
            told,
            with(&[
                target(),
                vec![("value", of("value")), ("args", of("values")), delay()],
            ]),
        ),
        ("set", of("values"), with(&[target(), vec![delay()]])),
        ("scene", text("The slug of a scene."), words(vec![])),
        ("wait", of("span"), words(vec![])),
        (
            "wait_until",
            list("condition", "What is waited for."),
            words(vec![
                ("timeout", of("span")),
                ("required", json!({"type": "boolean"})),
            ]),
        ),
        (
            "if",
            list("condition", "What decides."),
            words(vec![
                ("then", list("step", "When it holds.")),
                ("else", list("step", "When it does not.")),
            ]),
        ),
        (
            "repeat",
            json!({"type": "integer", "minimum": 1, "maximum": 1000}),
            words(vec![
                ("while", list("condition", "As long as this holds.")),
                ("steps", list("step", "What is done.")),
            ]),
        ),
        (
            "parallel",
            json!({"type": "array", "items": branch}),
            words(vec![]),
        ),
        (
            "notify",
            text("What people are told; $name is a parameter's value."),
            words(vec![
                ("title", text("A heading.")),
                ("urgent", json!({"type": "boolean"})),
            ]),
        ),
        (
            "scenario",
            text("The slug of a scenario to run."),
            words(vec![("with", of("values"))]),
        ),
        (
            "mode",
            text("The mode that the house is put into."),
            words(vec![]),
        ),
        (
            "ask",
            text("What a person is asked."),
            words(vec![
                ("person", text("Whom.")),
                ("timeout", of("span")),
                ("yes", list("step", "After a yes.")),
                ("no", list("step", "After a no, or no answer.")),
                ("choices", choices()),
                ("else", list("step", "With choices: after no answer.")),
            ]),
        ),
        ("stop", json!({"const": true}), words(vec![])),
        (
            "builtin",
            json!({"enum": builtin::NAMES}),
            words(vec![
                ("days", of("value")),
                ("simulate_presence", of("value")),
            ]),
        ),
    ]
}

/// Every property that there is.
fn properties() -> Vec<String> {
    let all = |capability: &'static Capability| {
        let names = capability.properties.iter();
        names.map(move |property| format!("{}.{}", capability.name, property.name))
    };
    capability::ALL.iter().flat_map(|it| all(it)).collect()
}
