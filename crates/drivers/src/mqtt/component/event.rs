//! Presses, turns and the like: `event`, `device_automation` and `tag`.

use super::build::Build;
use crate::{
    convention::{label, press},
    mqtt::entity::Meaning,
};
use model::capability;

type Done = Result<(), String>;

pub(super) fn event(build: &mut Build<'_>) -> Done {
    let topic = build
        .config
        .topic("state_topic")?
        .ok_or("an event needs a `state_topic`")?;
    let template = build.template("value_template")?;
    let events = build.config.words("event_types");
    let part = build.part(&capability::BUTTON);
    build.entity.parts[part].instance.events = unique(events.iter().map(|event| press(event)));
    build.input(topic, template, Meaning::EventType { part });
    Ok(())
}

/// A trigger: one payload that means one event. The triggers of one button become one Button.
pub(super) fn automation(build: &mut Build<'_>) -> Done {
    let topic = build
        .config
        .topic("topic")?
        .ok_or("a device_automation needs a `topic`")?;
    let template = build.template("value_template")?;
    let (kind, subtype) = (
        build.config.word("type", ""),
        build.config.word("subtype", ""),
    );
    // zigbee2mqtt calls everything an `action`, and what happened its subtype.
    let (group, happened) = if kind == "action" {
        (kind, press(&subtype))
    } else {
        (subtype, press(&kind))
    };
    let part = build.part(&capability::BUTTON);
    let own = &mut build.entity.parts[part];
    own.merge = Some(group.clone());
    own.label = label(&group.replace('_', " ")).filter(|label| label != "action");
    own.instance.events = vec![happened.clone()];
    let payload = build.config.text("payload");
    build.input(
        topic,
        template,
        Meaning::Press {
            part,
            payload,
            event: happened,
        },
    );
    Ok(())
}

pub(super) fn tag(build: &mut Build<'_>) -> Done {
    let topic = build
        .config
        .topic("topic")?
        .ok_or("a tag needs a `topic`")?;
    let template = build.template("value_template")?;
    let part = build.part(&capability::BUTTON);
    build.entity.parts[part].instance.events = vec!["scanned".to_owned()];
    build.input(
        topic,
        template,
        Meaning::Anything {
            part,
            event: "scanned",
        },
    );
    Ok(())
}

fn unique(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for word in words {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen
}
