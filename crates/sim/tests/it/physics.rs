//! The physics is plausible whatever happens, and the same for everybody.

use crate::{number, sample, value, world};
use proptest::prelude::*;
use sim::{World, weather::WeatherEvent};

/// A room with nothing but what a test adds.
fn bare(devices: &str) -> World {
    let text = format!(
        r#"
name = "Bare"
[location]
latitude = 52.0
longitude = 5.0
timezone = "UTC"
[[areas]]
slug = "room"
name = "Room"
volume = 50
temperature = 20
windows = [{{ slug = "pane", area = 2.0, facing = "south" }}]
{devices}
"#
    );
    let file = sim::file::parse(&text, false).unwrap_or_else(|faults| panic!("{faults:?}"));
    World::new(file, "2026-01-15T00:00:00Z".parse().unwrap(), None)
}

const HEATER: &str = r#"
[[devices]]
slug = "heater"
name = "Heater"
kind = "thermostat"
area = "room"
options = { heats = 2000 }
"#;

#[test]
fn heating_warms_a_room() {
    let (mut cold, mut warm) = (bare(HEATER), bare(HEATER));
    cold.touch(0, "system_mode", &"off".into()).unwrap();
    warm.touch(0, "heating_setpoint", &24.0.into()).unwrap();
    cold.step(4.0 * 3_600.0);
    warm.step(4.0 * 3_600.0);
    assert!(warm.rooms[0].temperature > cold.rooms[0].temperature + 3.0);
    assert!(
        (warm.rooms[0].temperature - 24.0).abs() < 1.0,
        "{}",
        warm.rooms[0].temperature
    );
    assert_eq!(value(&cold, "heater", "running_state"), "off".into());
}

#[test]
fn a_closed_window_keeps_the_warmth() {
    let (mut closed, mut open) = (bare(""), bare(""));
    open.rooms[0].windows[0].open = 1.0;
    closed.step(3_600.0);
    open.step(3_600.0);
    assert!(closed.rooms[0].temperature > open.rooms[0].temperature + 2.0);
    assert!(open.rooms[0].co2 <= closed.rooms[0].co2 + 1.0);
}

#[test]
fn blinds_keep_the_sun_out() {
    let blinds =
        "[[devices]]\nslug = \"blinds\"\nname = \"Blinds\"\nkind = \"cover\"\narea = \"room\"\n";
    let (mut up, mut down) = (bare(blinds), bare(blinds));
    down.touch(0, "position", &0.0.into()).unwrap();
    up.step(13.0 * 3_600.0);
    down.step(13.0 * 3_600.0);
    assert!(up.rooms[0].temperature > down.rooms[0].temperature);
    assert!(up.rooms[0].lux > down.rooms[0].lux);
}

#[test]
fn nothing_shines_below_the_horizon() {
    let mut world = world("family.toml", "2026-06-01T00:00:00Z");
    let mut nights = 0;
    for _ in 0..48 {
        world.step(1_800.0);
        if world.weather.sun.elevation <= 0.0 {
            nights += 1;
            assert_eq!(number(&world, "solar", "power"), 0.0, "at {}", world.now);
        }
    }
    assert!(nights > 8);
    assert!(number(&world, "solar", "energy_exported") > 9_876.5);
}

#[test]
fn the_meter_is_the_sum_of_the_house() {
    let mut world = world("family.toml", "2026-04-10T05:00:00Z");
    for _ in 0..200 {
        world.step(300.0);
        let sum: f64 = world.devices.iter().map(|device| device.watts).sum();
        let meter = number(&world, "house_meter", "power");
        let base = world.file.electricity.base_load;
        assert!(
            (meter - sum - base).abs() < 0.5,
            "{meter} W, but {sum} W + {base} W"
        );
    }
}

#[test]
fn the_cabin_lives_without_a_grid() {
    let mut world = world("off-grid.toml", "2026-01-05T00:00:00Z");
    let mut dark = 0;
    for _ in 0..(14 * 24) {
        world.step(3_600.0);
        assert!(number(&world, "cabin_meter", "energy_imported") == 0.0);
        dark += usize::from(!world.supplied);
    }
    assert_eq!(dark, 0, "the generator did not keep the lights on");
    assert!(number(&world, "generator", "energy_exported") > 0.0);
}

#[test]
fn weather_can_be_called_up() {
    let start = "2026-07-10T10:00:00Z";
    let calm = {
        let mut world = world("studio.toml", start);
        world.step(3_600.0 * 3.0);
        world.weather
    };
    let called = |event| {
        let mut world = world("studio.toml", start);
        world.call_weather(event);
        world.step(3_600.0 * 3.0);
        world.weather
    };
    assert!(called(WeatherEvent::Storm).wind > calm.wind + 10.0);
    assert!(called(WeatherEvent::Storm).rain > 3.0);
    assert!(called(WeatherEvent::HeatWave).temperature > calm.temperature + 8.0);
    assert!(called(WeatherEvent::Frost).temperature < 0.0);
    let mut world = world("studio.toml", start);
    world.call_weather(WeatherEvent::Storm);
    world.step(3_600.0);
    world.call_weather(WeatherEvent::Clear);
    assert!(world.weather_event().is_none());
}

/// However long the steps are: who comes home disarms before the alarm goes off.
#[test]
fn nobody_sets_the_alarm_off_by_coming_home() {
    for step in [5.0, 30.0, 300.0] {
        let mut house = world("family.toml", "2026-04-10T05:00:00Z");
        let (mut armed, mut off) = (0, 0);
        for _ in 0..(3.0 * 86_400.0 / step) as usize {
            for message in house.step(step) {
                if message.topic.contains("alarm_panel") {
                    armed += usize::from(message.payload.contains("armed_away"));
                    off += usize::from(message.payload.contains("triggered"));
                }
            }
        }
        assert!(armed > 0, "nobody went out");
        assert_eq!(off, 0, "in steps of {step} s");
    }
}

#[test]
fn the_same_steps_give_the_same_messages() {
    let run = |seed| {
        let mut world = World::new(
            sample("family.toml"),
            "2026-03-02T05:00:00Z".parse().unwrap(),
            seed,
        );
        (0..40).flat_map(|_| world.step(977.3)).collect::<Vec<_>>()
    };
    let (one, two, other) = (run(None), run(None), run(Some(99)));
    assert!(one.len() > 200, "{}", one.len());
    assert_eq!(one, two);
    assert_ne!(one, other);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever the season, the steps and the disasters: temperatures are those of a house, meters
    /// never count back, charges stay between empty and full.
    #[test]
    fn a_house_stays_a_house(
        day in 0_i64..365,
        seed in 0_u64..1_000,
        steps in proptest::collection::vec((1.0_f64..7_200.0, 0_u8..12), 20..60),
        name in proptest::sample::select(vec!["studio.toml", "family.toml", "off-grid.toml"]),
    ) {
        let start = jiff::Timestamp::from_second(1_767_225_600 + day * 86_400).unwrap();
        let mut world = World::new(sample(name), start, Some(seed));
        let mut before: Vec<Vec<f64>> = Vec::new();
        for (seconds, event) in steps {
            match event {
                0 => world.call_weather(WeatherEvent::Storm),
                1 => world.call_weather(WeatherEvent::Frost),
                2 => world.call_weather(WeatherEvent::HeatWave),
                3 => world.cut_power(true),
                4 => world.cut_power(false),
                _ => {}
            }
            world.step(seconds);
            for room in &world.rooms {
                prop_assert!((-45.0..60.0).contains(&room.temperature), "{}: {} °C", room.slug, room.temperature);
                prop_assert!((3.0..=100.0).contains(&room.humidity()), "{}: {} %", room.slug, room.humidity());
                prop_assert!((300.0..9_000.0).contains(&room.co2), "{}: {} ppm", room.slug, room.co2);
                prop_assert!(room.lux >= 0.0);
            }
            let counters: Vec<Vec<f64>> = world.devices.iter().map(|device| {
                ["energy_imported", "energy_exported", "rain_total"].iter()
                    .filter_map(|name| device.slot(name)).filter_map(|slot| slot.value.as_number()).collect()
            }).collect();
            for (before, now) in before.iter().flatten().zip(counters.iter().flatten()) {
                prop_assert!(now >= before, "a meter counted back from {before} to {now}");
            }
            before = counters;
            for device in &world.devices {
                for slot in &device.slots {
                    prop_assert!(slot.accept(&slot.value).is_ok(), "{}.{} is {:?}", device.slug, slot.name, slot.value);
                }
            }
        }
    }
}
