//! Blinds, garage doors and valves: things that open by so much.

use super::build::{Build, Keys};
use crate::mqtt::entity::{Read, Write};
use model::{Value, capability};

type Done = Result<(), String>;

/// A position of the device from `closed` to `open`, as a percentage.
fn span(build: &Build<'_>, closed: (&str, f64), open: (&str, f64)) -> (Read, Write) {
    let closed = build.config.number(closed.0).unwrap_or(closed.1);
    let open = build.config.number(open.0).unwrap_or(open.1);
    let scale = if (open - closed).abs() < f64::EPSILON {
        1.0
    } else {
        100.0 / (open - closed)
    };
    let read = Read::Number {
        scale,
        offset: closed,
        unit: None,
    };
    let write = Write::Number {
        scale,
        offset: closed,
        whole: true,
    };
    (read, write)
}

/// The payload for that key; `None` where the message says null: the device cannot do it.
fn payload(build: &Build<'_>, key: &str, default: &str) -> Option<String> {
    if build.config.has(key) && build.config.json(key).is_none() {
        None
    } else {
        Some(build.config.word(key, default))
    }
}

pub(super) fn cover(build: &mut Build<'_>) -> Done {
    let part = build.part(&capability::WINDOW_COVERING);
    let (read, write) = span(build, ("position_closed", 0.0), ("position_open", 100.0));
    let has_position = build.config.has("position_topic");
    let keys = Keys::named(
        "position_topic",
        "position_template",
        "set_position_topic",
        "set_position_template",
    );
    build.property(part, "position", &keys, read, Some(write))?;

    if let Some(topic) = build.config.topic("state_topic")? {
        let template = build.template("value_template")?;
        let word = |key: &str, default: &str| build.config.word(key, default);
        let (open, closed) = (word("state_open", "open"), word("state_closed", "closed"));
        let stopped = word("state_stopped", "stopped");
        let motion = vec![
            (word("state_opening", "opening"), Value::from("opening")),
            (word("state_closing", "closing"), Value::from("closing")),
            (stopped, "stopped".into()),
            (open.clone(), "stopped".into()),
            (closed.clone(), "stopped".into()),
        ];
        build.read(
            part,
            "motion",
            topic.clone(),
            template.clone(),
            Read::Words {
                words: motion,
                others: false,
            },
        );
        build.shape(part, "motion", true, false);
        if !has_position {
            let ends = vec![(open, Value::Number(100.0)), (closed, Value::Number(0.0))];
            let read = Read::Words {
                words: ends,
                others: false,
            };
            build.read(part, "position", topic, template, read);
            build.shape(part, "position", true, false);
        }
    }
    if build.config.topic("command_topic")?.is_some() {
        ends(build, part, "position", 100.0, 0.0)?;
        if let Some(stop) = payload(build, "payload_stop", "STOP") {
            build.action(part, "stop", "command_topic", "", stop)?;
        }
    }

    let (read, write) = span(build, ("tilt_min", 0.0), ("tilt_max", 100.0));
    let keys = Keys::named(
        "tilt_status_topic",
        "tilt_status_template",
        "tilt_command_topic",
        "tilt_command_template",
    );
    build.property(part, "tilt", &keys, read, Some(write))?;
    Ok(())
}

/// Opening and closing by words, where there is no topic for a position.
fn ends(build: &mut Build<'_>, part: usize, name: &'static str, open: f64, closed: f64) -> Done {
    let is_writable = build.entity.parts[part]
        .instance
        .property(name)
        .is_some_and(|shape| shape.writable);
    let Some(topic) = build.config.topic("command_topic")? else {
        return Ok(());
    };
    if is_writable {
        return Ok(());
    }
    let mut words = Vec::new();
    if let Some(text) = payload(build, "payload_open", "OPEN") {
        words.push((Value::Number(open), text));
    }
    if let Some(text) = payload(build, "payload_close", "CLOSE") {
        words.push((Value::Number(closed), text));
    }
    build.field(part, name, topic, None, Write::Words(words));
    if let Some(shape) = build.shape(part, name, false, true) {
        shape.step = Some(100.0);
    }
    Ok(())
}

pub(super) fn valve(build: &mut Build<'_>) -> Done {
    let part = build.part(&capability::VALVE);
    let Some(command) = build.config.topic("command_topic")? else {
        return Err("a valve needs a `command_topic`".to_owned());
    };
    let state = build.config.topic("state_topic")?;
    let template = build.template("value_template")?;
    let command_template = build.template("command_template")?;
    let (read, write) = span(build, ("position_closed", 0.0), ("position_open", 100.0));
    if build.config.flag("reports_position") {
        // One number says both how far it is open and whether it is.
        if let Some(topic) = &state {
            build.read(
                part,
                "position",
                topic.clone(),
                template.clone(),
                read.clone(),
            );
            build.input(
                topic.clone(),
                template,
                crate::mqtt::entity::Meaning::IsOpen { part, read },
            );
        }
        build.field(
            part,
            "position",
            command.clone(),
            command_template.clone(),
            write.clone(),
        );
        build.shape(part, "position", state.is_some(), true);
        let Write::Number { scale, offset, .. } = write else {
            return Ok(());
        };
        let at = |percent: f64| format!("{}", (percent / scale + offset).round());
        let words = Write::truth(at(100.0), at(0.0));
        build.field(part, "open", command, command_template, words);
        build.shape(part, "open", state.is_some(), true);
    } else {
        let (open, closed) = (
            build.config.word("state_open", "open"),
            build.config.word("state_closed", "closed"),
        );
        if let Some(topic) = state.clone() {
            build.read(part, "open", topic, template, Read::truth(open, closed));
        }
        let words = Write::truth(
            build.config.word("payload_open", "OPEN"),
            build.config.word("payload_close", "CLOSE"),
        );
        build.field(part, "open", command, command_template, words);
        build.shape(part, "open", state.is_some(), true);
    }
    Ok(())
}
