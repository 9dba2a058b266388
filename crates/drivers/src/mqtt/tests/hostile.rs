//! What strangers may send: too much, too deep, twice, and nonsense.

use super::Story;
use crate::mqtt::{Options, fuzz_messages};
use model::ReportBody;
use std::time::Instant;

#[test]
fn a_hundred_thousand_devices_are_counted_not_kept() {
    let mut story = Story::with(Options {
        max_devices: 1_000,
        ..Options::default()
    });
    story.config(
        "switch/known",
        r#"{"name":null,"uniq_id":"k","cmd_t":"k/set","stat_t":"k","dev":{"ids":["known"]}}"#,
    );
    let began = Instant::now();
    for at in 0..100_000 {
        let config =
            format!(r#"{{"uniq_id":"n{at}","stat_t":"n/{at}","dev":{{"ids":["n{at}"]}}}}"#);
        story.message(&format!("homeassistant/sensor/n{at}/config"), &config);
    }
    assert_eq!(story.core.device_count(), 1_000);
    let trouble = story.core.trouble().expect("trouble");
    assert!(
        trouble.starts_with("99001 announcements beyond 1000 devices"),
        "{trouble}"
    );
    assert!(trouble.contains("the first was n999;"), "{trouble}");
    // The known one is as live as before, and may change.
    assert_eq!(
        story.message("k", "ON"),
        "known online\nknown OnOff.on_off = on\n"
    );
    assert!(story.config("switch/known", r#"{"name":null,"uniq_id":"k","cmd_t":"k/set","dev":{"ids":["known"],"name":"Lamp"}}"#).contains("Lamp"));
    // Far from a bound on speed: only that it is no matter of minutes.
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn a_device_with_endless_entities_keeps_its_first() {
    let mut story = Story::new();
    for at in 0..1_000 {
        let config = format!(r#"{{"uniq_id":"n{at}","stat_t":"n/{at}","dev":{{"ids":["d"]}}}}"#);
        story.message(&format!("homeassistant/sensor/n{at}/config"), &config);
    }
    let count = story
        .core
        .take_announcements()
        .iter()
        .find_map(|report| match &report.body {
            ReportBody::Announced(device) => Some(device.capabilities.len()),
            _ => None,
        });
    assert_eq!(count, Some(256));
    assert!(story.core.trouble().is_some());
}

#[test]
fn the_second_of_two_with_one_id_is_left_out() {
    let mut story = Story::new();
    let config = r#"{"uniq_id":"same","cmd_t":"a","dev":{"ids":["d"],"name":"D"}}"#;
    let first = story.config("switch/one", config);
    assert!(first.contains("OnOff"));
    assert_eq!(story.config("switch/two", config), "");
    // And taking the second away does not take the first.
    assert_eq!(story.config("switch/two", ""), "");
    assert_eq!(story.wish("d", "OnOff.on_off = true"), "> a ON\n");
}

#[test]
fn nonsense_is_refused_and_what_was_there_stays() {
    let mut story = Story::new();
    story.config("sensor/ok", r#"{"name":null,"uniq_id":"ok","stat_t":"t","dev_cla":"temperature","unit_of_meas":"°C","dev":{"ids":["ok"]}}"#);
    let deep = format!(
        r#"{{"stat_t":"t","x":{}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let long = format!(r#"{{"stat_t":"{}"}}"#, "t".repeat(10_000));
    let huge = format!(r#"{{"stat_t":"t","name":"{}"}}"#, "n".repeat(10_000_000));
    for config in [
        "",
        "x",
        "[]",
        "{}",
        "null",
        "5",
        r#"{"stat_t":5}"#,
        r#"{"stat_t":"a/+/b"}"#,
        r##"{"stat_t":"#"}"##,
        r#"{"stat_t":"$SYS/x"}"#,
        r#"{"stat_t":"t","val_tpl":"{{"}"#,
        r#"{"device":5,"stat_t":""}"#,
        deep.as_str(),
        long.as_str(),
        huge.as_str(),
    ] {
        assert_eq!(story.config("sensor/bad", config), "", "{config:.60}");
    }
    for payload in ["x", "", "1e999", "NaN", "{\"a\":1}"] {
        assert_eq!(
            story.message("t", payload).replace("ok online\n", ""),
            if payload == "NaN" {
                "ok TemperatureMeasurement.temperature = unknown°C\n"
            } else {
                ""
            },
            "{payload}"
        );
    }
    let raw = story.core.on_message("t", &[0xff, 0xfe], false, story.now);
    assert!(raw.is_empty());
    assert_eq!(story.core.device_count(), 1);
    assert_eq!(
        story.message("t", "5"),
        "ok TemperatureMeasurement.temperature = 5°C\n"
    );
}

#[test]
fn once_broken_stays_mended() {
    for data in [
        &b"homeassistant/light/x/config {\"schema\":\"json\",\"cmd_t\":\"c\",\"stat_t\":\"s\",\"brightness\":true,\"bri_scl\":0}\n!\ns {\"brightness\":1e308}"[..],
        b"homeassistant/fan/x/config {\"pct_cmd_t\":\"c\",\"spd_rng_max\":-9,\"spd_rng_min\":1e300}\n!",
        b"homeassistant/cover/x/config {\"pos_t\":\"p\",\"pos_open\":5,\"pos_clsd\":5}\n!\np 5",
        b"tasmota/discovery/m/config {\"t\":\"x\",\"rl\":[3,3,2,1]}\ntasmota/discovery/m/sensors {\"sn\":{\"a'\":{\"b\":1}}}\n!",
    ] {
        fuzz_messages(data);
    }
}
