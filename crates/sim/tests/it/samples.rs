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
