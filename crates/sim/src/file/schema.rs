//! The JSON schema of a house file, so that an editor can help while one is written.

use super::Kind;
use serde_json::{Value, json};

/// The schema; the committed `houses/house.schema.json` is exactly this.
#[must_use]
pub fn schema() -> Value {
    let slug = json!({"type": "string", "pattern": "^[a-z0-9_]{1,64}$"});
    let number = json!({"type": "number"});
    let truth = json!({"type": "boolean"});
    let text = json!({"type": "string"});
    let time = json!({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"});
    let object = |required: &[&str], properties: Value| {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": required,
            "properties": properties,
        })
    };
    let routine = object(
        &["wake", "sleep"],
        json!({"wake": time, "leave": time, "return": time, "sleep": time}),
    );
    let window = object(
        &["slug", "area", "facing"],
        json!({"slug": slug, "area": {"type": "number", "minimum": 0.1, "maximum": 100}, "facing": {"enum":
            ["north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west"]}}),
    );
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.words().word).collect();
    let per_kind: Vec<Value> = Kind::ALL
        .iter()
        .map(|kind| {
            json!({
                "if": {"properties": {"kind": {"const": kind.words().word}}},
                "then": {"properties": {"options": {"propertyNames": {"enum": kind.words().options}}}},
            })
        })
        .collect();
    let options = object(
        &[],
        json!({
            "dimmable": truth, "white": truth, "color": truth, "watts": number, "lumens": number,
            "heats": number, "cools": number, "cop": number, "tilt": truth, "class": text,
            "window": slug, "travel": number, "person": slug, "precise": truth, "appliance":
            {"enum": super::kind::CURVES.iter().map(|(name, _)| *name).collect::<Vec<_>>()},
            "curve": {"type": "array", "minItems": 1, "items": {"type": "array", "items": number, "minItems": 2, "maxItems": 2}},
            "modes": {"type": "array", "items": text}, "max_watts": number, "capacity": number,
        }),
    );
    let mut device = object(
        &["slug", "name", "kind"],
        json!({
            "slug": slug, "name": text, "kind": {"enum": kinds}, "area": slug,
            "aliases": {"type": "array", "items": text}, "manufacturer": text, "model": text,
            "battery": truth,
            "start": {"type": "object", "additionalProperties": {"type": ["boolean", "number", "string"]}},
            "limits": {"type": "object", "additionalProperties":
                {"type": "array", "items": number, "minItems": 2, "maxItems": 2}},
            "options": options,
        }),
    );
    device["allOf"] = per_kind.into();
    let area = object(
        &["slug", "name"],
        json!({
            "slug": slug, "name": text, "floor": slug, "outside": truth,
            "volume": {"type": "number", "minimum": 2, "maximum": 5000},
            "insulation": {"enum": ["poor", "average", "good", "passive"]},
            "outer_wall": number, "temperature": number,
            "neighbours": {"type": "array", "items": slug},
            "windows": {"type": "array", "items": window},
        }),
    );
    let person = object(
        &["slug", "name", "bedroom", "weekday"],
        json!({
            "slug": slug, "name": text, "bedroom": slug, "dayroom": slug, "weekday": routine,
            "weekend": routine, "variation": {"type": "number", "minimum": 0, "maximum": 120},
        }),
    );
    let mut house = object(
        &["name", "location", "areas"],
        json!({
            "name": text,
            "seed": {"type": "integer", "minimum": 0},
            "start": {"type": "string", "format": "date-time"},
            "location": object(&["latitude", "longitude", "timezone"], json!({
                "latitude": {"type": "number", "minimum": -85, "maximum": 85},
                "longitude": {"type": "number", "minimum": -180, "maximum": 180},
                "timezone": text,
            })),
            "climate": object(&[], json!({"annual_mean": number, "annual_swing": number, "daily_swing": number})),
            "electricity": object(&[], json!({"grid": truth, "base_load": number, "backup": truth})),
            "floors": {"type": "array", "items": object(&["slug", "name"], json!({"slug": slug, "name": text, "level": {"type": "integer"}}))},
            "areas": {"type": "array", "minItems": 1, "items": area},
            "people": {"type": "array", "items": person},
            "devices": {"type": "array", "items": device},
        }),
    );
    house["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    house["title"] = "A house for the simulator".into();
    house
}
