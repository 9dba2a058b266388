//! The sample houses: they are sound, together they show every capability, and the schema is theirs.

use crate::{houses, sample};
use sim::World;
use std::collections::BTreeSet;

const SAMPLES: [&str; 3] = ["studio.toml", "family.toml", "off-grid.toml"];

#[test]
fn together_they_have_every_capability() {
    let mut shown = BTreeSet::new();
    for name in SAMPLES {
        let world = World::new(sample(name), "2026-03-02T06:00:00Z".parse().unwrap(), None);
        for device in &world.devices {
            shown.extend(
                device
                    .capabilities()
                    .iter()
                    .map(|capability| capability.name),
            );
        }
    }
    let missing: Vec<&str> = model::capability::ALL
        .iter()
        .map(|capability| capability.name)
        .filter(|name| !shown.contains(name))
        // A forecast is not of a device: it comes from the weather's own interface.
        .filter(|name| *name != "WeatherForecast")
        .collect();
    assert!(missing.is_empty(), "no sample has {missing:?}");
}

#[test]
fn the_family_has_the_devices_of_the_guide() {
    let family = sample("family.toml");
    for slug in ["main_thermostat", "bedroom_blinds", "coffee_maker"] {
        assert!(
            family
                .devices
                .iter()
                .any(|device| device.slug.as_str() == slug),
            "{slug}"
        );
    }
    assert!(
        (35..=50).contains(&family.devices.len()),
        "{}",
        family.devices.len()
    );
}

#[test]
fn the_committed_schema_is_the_one_of_the_code() {
    let path = houses().join("house.schema.json");
    let current = format!(
        "{}\n",
        serde_json::to_string_pretty(&sim::file::schema()).unwrap()
    );
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == current,
        "run with UPDATE_EXPECT=1 to write {}",
        path.display()
    );
}

#[test]
fn a_house_can_be_written_in_json_too() {
    for name in SAMPLES {
        let house = sample(name);
        let json = serde_json::to_string(&house).unwrap();
        let again = sim::file::parse(&json, true).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(again.devices.len(), house.devices.len());
    }
}

/// The table of kinds, as the reference shows it.
fn kinds() -> String {
    let mut table = "| kind | what it is | values | options |\n|---|---|---|---|\n".to_owned();
    for kind in sim::file::Kind::ALL {
        let words = kind.words();
        let text = format!(
            "name = \"x\"\n[location]\nlatitude = 0\nlongitude = 0\ntimezone = \"UTC\"\n[[areas]]\nslug = \"a\"\nname = \"A\"\nvolume = 40\n[[people]]\nslug = \"p\"\nname = \"P\"\nbedroom = \"a\"\nweekday = {{ wake = \"07:00\", sleep = \"23:00\" }}\n[[devices]]\nslug = \"d\"\nname = \"D\"\nkind = \"{}\"\nbattery = false\noptions = {{ {} }}\n",
            words.word,
            everything(words.options),
        );
        let file = sim::file::parse(&text, false).unwrap_or_else(|faults| panic!("{faults:?}"));
        let world = World::new(file, "2026-03-02T06:00:00Z".parse().unwrap(), None);
        let values: Vec<String> = world.devices[0]
            .slots
            .iter()
            .filter(|slot| slot.name != "linkquality")
            .map(|slot| format!("`{}`", slot.name))
            .collect();
        let options: Vec<String> = words
            .options
            .iter()
            .map(|option| format!("`{option}`"))
            .collect();
        let line = [
            format!("`{}`", words.word),
            words.doc.to_owned(),
            values.join(", "),
            options.join(", "),
        ];
        table.push_str(&format!("| {} |\n", line.join(" | ")));
    }
    table
}

/// Every option that adds values, turned on.
fn everything(options: &[&str]) -> String {
    let given: Vec<&str> = options
        .iter()
        .filter_map(|option| match *option {
            "dimmable" => Some("dimmable = true"),
            "white" => Some("white = true"),
            "color" => Some("color = true"),
            "tilt" => Some("tilt = true"),
            "precise" => Some("precise = true"),
            "cools" => Some("cools = 1000"),
            "person" => Some("person = \"p\""),
            "modes" => Some("modes = [\"one\", \"two\"]"),
            _ => None,
        })
        .collect();
    given.join(", ")
}

#[test]
fn the_reference_lists_every_kind() {
    let path = houses().join("../docs/reference/house-file.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- kinds -->\n").unwrap();
    let (committed, tail) = rest.split_once("<!-- /kinds -->").unwrap();
    let current = kinds();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let text = format!("{head}<!-- kinds -->\n{current}<!-- /kinds -->{tail}");
        std::fs::write(&path, text).unwrap();
    } else {
        assert!(
            committed == current,
            "run with UPDATE_EXPECT=1 to write {}",
            path.display()
        );
    }
}
