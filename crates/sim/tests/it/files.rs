//! What a house file may not say, and how that is told.

use expect_test::{Expect, expect};
use sim::file::parse;

const GOOD: &str = r#"name = "Test"

[location]
latitude = 50.0
longitude = 8.0
timezone = "Europe/Berlin"

[[areas]]
slug = "room"
name = "Room"
volume = 40

[[devices]]
slug = "lamp"
name = "Lamp"
kind = "light"
area = "room"
"#;

fn check(text: &str, json: bool, expected: Expect) {
    let faults = match parse(text, json) {
        Ok(_) => "no fault".to_owned(),
        Err(faults) => {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            lines.join("\n")
        }
    };
    expected.assert_eq(&faults);
}

fn with(from: &str, to: &str, expected: Expect) {
    assert!(GOOD.contains(from), "{from}");
    check(&GOOD.replace(from, to), false, expected);
}

#[test]
fn a_small_house_is_enough() {
    check(GOOD, false, expect!["no fault"]);
}

#[test]
fn malformed_files_name_their_line() {
    with(
        "latitude = 50.0",
        "latitude = ",
        expect!["line 4: string values must be quoted; expected literal string"],
    );
    with(
        "latitude = 50.0",
        "latitude = \"north\"",
        expect![[r#"line 4: invalid type: string "north"; expected a number"#]],
    );
    with(
        "name = \"Lamp\"",
        "name = \"Lamp\"\ncolour = \"red\"",
        expect![
            "line 16: unknown field `colour`; expected one of `slug`, `name`, `kind`, `area`, `aliases`, `manufacturer`, `model`, `battery`, `start`, `limits`, `options`"
        ],
    );
    with(
        "kind = \"light\"",
        "kind = \"lite\"",
        expect![
            "line 16: unknown variant `lite`; expected one of `light`, `switch`, `outlet`, `thermostat`, `lock`, `cover`, `fan`, `valve`, `media_player`, `button`, `contact`, `motion`, `tracker`, `climate`, `soil`, `leak`, `barrier`, `smoke`, `air`, `meter`, `solar`, `battery`, `generator`, `charger`, `alarm`, `weather`, `appliance`, `display`"
        ],
    );
    check(
        "{\"name\": \"x\",\n \"areas\": 3}",
        true,
        expect!["line 2: invalid type: integer `3`; expected a list"],
    );
}

#[test]
fn what_cannot_be_names_line_field_and_what_would_be_right() {
    with(
        "Europe/Berlin",
        "Europe/Atlantis",
        expect![
            "line 6: location.timezone: `Europe/Atlantis` is no time zone; expected an IANA name such as Europe/Berlin"
        ],
    );
    with(
        "latitude = 50.0",
        "latitude = 500.0",
        expect!["line 4: location.latitude: 500 is out of range; expected -85 to 85 degrees"],
    );
    with(
        "volume = 40",
        "",
        expect![
            "line 9: areas.room.volume: a room needs a volume; expected m³, such as 40, or outside = true"
        ],
    );
    with(
        "volume = 40",
        "volume = 40\nneighbours = [\"cellar\"]",
        expect!["line 12: areas.room.neighbours: there is no area `cellar`; expected one of room"],
    );
    with(
        "area = \"room\"",
        "area = \"attic\"",
        expect!["line 17: devices.lamp.area: there is no area `attic`; expected one of room"],
    );
    with(
        "area = \"room\"",
        "area = \"room\"\noptions = { heats = 300 }",
        expect![
            "line 18: devices.lamp.heats: `heats` means nothing here; expected one of dimmable, white, color, watts, lumens for a light"
        ],
    );
    with(
        "area = \"room\"",
        "area = \"room\"\nstart = { on_off = 7 }",
        expect!["line 18: devices.lamp.on_off: `on_off` cannot be 7; expected true or false"],
    );
    with(
        "area = \"room\"",
        "area = \"room\"\nstart = { loudness = 7 }",
        expect![
            "line 18: devices.lamp.loudness: start names `loudness`, which this device does not have; expected one of on_off, linkquality"
        ],
    );
    with(
        "kind = \"light\"",
        "kind = \"tracker\"",
        expect![[
            r#"line 14: devices.lamp.person: a tracker belongs to a person; expected options = { person = "..." }"#
        ]],
    );
}

#[test]
fn all_faults_are_listed_at_once() {
    let twice = format!(
        "{GOOD}\n[[devices]]\nslug = \"lamp\"\nname = \"Other\"\nkind = \"thermostat\"\nlimits = {{ heating_setpoint = [28, 7] }}\n"
    );
    check(
        &twice,
        false,
        expect![[r#"
        line 14: devices.lamp.slug: `lamp` stands twice; expected a slug that nothing else in this list has
        line 23: devices.lamp.heating_setpoint: [28, 7] is empty; expected [least, most] within what the kind allows"#]],
    );
}

#[test]
fn people_have_sensible_days() {
    let person = |routine: &str| {
        format!(
            "{GOOD}\n[[people]]\nslug = \"ann\"\nname = \"Ann\"\nbedroom = \"room\"\nweekday = {routine}\n"
        )
    };
    check(
        &person(r#"{ wake = "7am", sleep = "23:00" }"#),
        false,
        expect![[
            r#"line 23: people.ann.weekday: wake = "7am" is no time of day; expected hours and minutes such as "06:45""#
        ]],
    );
    check(
        &person(r#"{ wake = "07:00", leave = "08:00", sleep = "23:00" }"#),
        false,
        expect![
            "line 23: people.ann.weekday: leave and return belong together; expected both of them, or neither"
        ],
    );
}
