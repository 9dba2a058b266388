//! Vacuum cleaners and lawn mowers: what they do, and an action for each order.

use super::build::{Build, Keys};
use crate::{convention::label, mqtt::entity::Read};
use model::capability;

type Done = Result<(), String>;

pub(super) fn vacuum(build: &mut Build<'_>) -> Done {
    let states = ["cleaning", "docked", "paused", "idle", "returning", "error"];
    if let Some(topic) = build.config.topic("state_topic")? {
        let template = build.engine.read("{{ value_json.state }}")?;
        state(build, topic, Some(template), &states);
        let battery = build.engine.read("{{ value_json.battery_level }}")?;
        let topic = build.config.topic("state_topic")?.unwrap_or_default();
        // Not every robot sends it; its property appears where the message says so.
        if build
            .config
            .words("supported_features")
            .iter()
            .any(|f| f == "battery")
        {
            let part = build.part(&capability::POWER_SOURCE);
            build.entity.parts[part].merge = Some("measured".to_owned());
            build.read(part, "battery", topic, Some(battery), Read::number(None));
            build.shape(part, "battery", true, false);
        }
    }
    let features = build.config.words("supported_features");
    for (feature, key, default, title) in [
        ("start", "payload_start", "start", "Start"),
        ("pause", "payload_pause", "pause", "Pause"),
        ("stop", "payload_stop", "stop", "Stop"),
        (
            "return_home",
            "payload_return_to_base",
            "return_to_base",
            "Return to the dock",
        ),
        (
            "clean_spot",
            "payload_clean_spot",
            "clean_spot",
            "Clean this spot",
        ),
        ("locate", "payload_locate", "locate", "Locate"),
    ] {
        // What the convention takes for granted when nothing is listed.
        let by_default = matches!(feature, "start" | "stop" | "return_home" | "clean_spot");
        if features.iter().any(|known| known == feature) || features.is_empty() && by_default {
            let payload = build.config.word(key, default);
            let part = build.side_part(&capability::TRIGGER, title);
            build.action(part, "activate", "command_topic", "", payload)?;
        }
    }
    let speeds = build.config.words("fan_speed_list");
    if !speeds.is_empty() {
        let keys = Keys::named("", "", "set_fan_speed_topic", "");
        build.choice(Some("Suction"), &keys, speeds)?;
    }
    Ok(())
}

pub(super) fn mower(build: &mut Build<'_>) -> Done {
    if let Some(topic) = build.config.topic("activity_state_topic")? {
        let template = build.template("activity_value_template")?;
        state(
            build,
            topic,
            template,
            &["mowing", "paused", "docked", "returning", "error"],
        );
    }
    for (prefix, title) in [
        ("start_mowing", "Start mowing"),
        ("pause", "Pause"),
        ("dock", "Return to the dock"),
    ] {
        let part = build.side_part(&capability::TRIGGER, title);
        build.action(
            part,
            "activate",
            &format!("{prefix}_command_topic"),
            &format!("{prefix}_command_template"),
            prefix.to_owned(),
        )?;
    }
    Ok(())
}

fn state(
    build: &mut Build<'_>,
    topic: String,
    template: Option<crate::mqtt::template::Template>,
    words: &[&str],
) {
    let part = build.part(&capability::MODE_SELECT);
    build.entity.parts[part].label = label("State");
    build.read(part, "mode", topic, template, Read::Text);
    if let Some(shape) = build.shape(part, "mode", true, false) {
        shape.values = Some(words.iter().map(|word| (*word).to_owned()).collect());
    }
}
