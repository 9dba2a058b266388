//! Components that are one property or one action.

use super::build::{Build, Keys};
use crate::{
    convention::ALARM_STATES,
    mqtt::entity::{Meaning, Read, Write},
};
use model::{Value, capability};

type Done = Result<(), String>;

pub(super) fn switch(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let (on, off) = (
        config.word("payload_on", "ON"),
        config.word("payload_off", "OFF"),
    );
    let read = Read::truth(config.word("state_on", &on), config.word("state_off", &off));
    let part = build.part(&capability::ON_OFF);
    build.property(
        part,
        "on_off",
        &Keys::of(""),
        read,
        Some(Write::truth(on, off)),
    )?;
    Ok(())
}

/// A siren takes JSON where it has no template of its own.
pub(super) fn siren(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let (on, off) = (
        config.word("payload_on", "ON"),
        config.word("payload_off", "OFF"),
    );
    let as_json = |state: &str| serde_json::json!({ "state": state }).to_string();
    let (state_on, state_off) = (config.word("state_on", &on), config.word("state_off", &off));
    let read = Read::Words {
        words: vec![
            (as_json(&state_on), true.into()),
            (as_json(&state_off), false.into()),
            (state_on, true.into()),
            (state_off, false.into()),
        ],
        others: false,
    };
    let write = if config.has("command_template") {
        Write::truth(on, off)
    } else {
        Write::truth(as_json(&on), as_json(&off))
    };
    let part = build.part(&capability::ON_OFF);
    build.property(part, "on_off", &Keys::of(""), read, Some(write))?;
    Ok(())
}

/// A button or a scene.
pub(super) fn trigger(build: &mut Build<'_>, payload: &str, default: &str) -> Done {
    let payload = build.config.word(payload, default);
    let part = build.part(&capability::TRIGGER);
    build.action(
        part,
        "activate",
        "command_topic",
        "command_template",
        payload,
    )
}

pub(super) fn number(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let (min, max, step) = (
        config.number("min").unwrap_or(1.0),
        config.number("max").unwrap_or(100.0),
        config.number("step").unwrap_or(1.0),
    );
    let unit = config.label("unit_of_measurement");
    let part = build.part(&capability::NUMBER_SETTING);
    let shape = build.property(
        part,
        "value",
        &Keys::of(""),
        Read::number(None),
        Some(Write::number()),
    )?;
    if let Some(shape) = shape {
        (shape.min, shape.max, shape.step) = (Some(min), Some(max), Some(step));
        shape.unit = unit;
    }
    Ok(())
}

pub(super) fn select(build: &mut Build<'_>) -> Done {
    let words = build.config.words("options");
    build.choice(None, &Keys::of(""), words)
}

pub(super) fn text(build: &mut Build<'_>) -> Done {
    let part = build.part(&capability::TEXT_SETTING);
    build.property(part, "text", &Keys::of(""), Read::Text, Some(Write::Text))?;
    Ok(())
}

/// Which version runs, and which could.
pub(super) fn update(build: &mut Build<'_>) -> Done {
    let part = build.part(&capability::TEXT_SETTING);
    if let Some(topic) = build.config.topic("state_topic")? {
        let template = build.template("value_template")?;
        // Devices send either the version or JSON with several; the last step picks what is
        // installed, and says what is newer.
        build.input(topic, template, Meaning::Update { part });
        build.shape(part, "text", true, false);
    }
    if build.config.has("payload_install") {
        let payload = build.config.word("payload_install", "");
        let install = build.side_part(&capability::TRIGGER, "Install update");
        build.action(
            install,
            "activate",
            "command_topic",
            "command_template",
            payload,
        )?;
    }
    Ok(())
}

/// A camera or an image: that it is there, and where its picture is, never the picture.
pub(super) fn picture(build: &mut Build<'_>) -> Done {
    let part = build.part(&capability::TEXT_SETTING);
    match build.config.topic("url_topic")? {
        Some(topic) => {
            let template = build.template("url_template")?;
            build.read(part, "text", topic, template, Read::Text);
            build.shape(part, "text", true, false);
        }
        None => {
            build.shape(part, "text", false, false);
        }
    }
    Ok(())
}

pub(super) fn tracker(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let topic = config
        .topic("state_topic")?
        .ok_or("a device_tracker needs a `state_topic`")?;
    let (home, away) = (
        config.word("payload_home", "home"),
        config.word("payload_not_home", "not_home"),
    );
    let template = build.template("value_template")?;
    let part = build.part(&capability::PRESENCE);
    build.input(topic, template, Meaning::Location { part, home, away });
    build.shape(part, "home", true, false);
    build.shape(part, "location", true, false);
    Ok(())
}

pub(super) fn lock(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let text = |word: &str| Value::from(word);
    let mut words = Vec::new();
    for (key, default, ours) in [
        ("state_locked", "LOCKED", "locked"),
        ("state_unlocked", "UNLOCKED", "unlocked"),
        ("state_locking", "LOCKING", "locking"),
        ("state_unlocking", "UNLOCKING", "unlocking"),
        ("state_jammed", "JAMMED", "jammed"),
        ("state_open", "OPEN", "open"),
    ] {
        words.push((config.word(key, default), text(ours)));
    }
    let mut takes = vec![
        (text("locked"), config.word("payload_lock", "LOCK")),
        (text("unlocked"), config.word("payload_unlock", "UNLOCK")),
    ];
    if config.has("payload_open") {
        takes.push((text("open"), config.word("payload_open", "OPEN")));
    }
    let part = build.part(&capability::DOOR_LOCK);
    build.property(
        part,
        "lock_state",
        &Keys::of(""),
        Read::Words {
            words,
            others: false,
        },
        Some(Write::Words(takes)),
    )?;
    Ok(())
}

pub(super) fn alarm(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let words = ALARM_STATES
        .iter()
        .map(|word| ((*word).to_owned(), Value::from(*word)))
        .collect();
    let features = config.words("supported_features");
    let mut takes = vec![(
        Value::from("disarmed"),
        config.word("payload_disarm", "DISARM"),
    )];
    for (feature, key, default, ours) in [
        ("arm_home", "payload_arm_home", "ARM_HOME", "armed_home"),
        ("arm_away", "payload_arm_away", "ARM_AWAY", "armed_away"),
        ("arm_night", "payload_arm_night", "ARM_NIGHT", "armed_night"),
        (
            "arm_vacation",
            "payload_arm_vacation",
            "ARM_VACATION",
            "armed_vacation",
        ),
    ] {
        if features.is_empty() || features.iter().any(|known| known == feature) {
            takes.push((Value::from(ours), config.word(key, default)));
        }
    }
    let part = build.part(&capability::SECURITY_ALARM);
    build.property(
        part,
        "alarm_state",
        &Keys::of(""),
        Read::Words {
            words,
            others: false,
        },
        Some(Write::Words(takes)),
    )?;
    Ok(())
}
