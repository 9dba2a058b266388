//! An entry for fuzzing: any bytes as a broker's traffic.

use super::core::{Mqtt, Options};
use model::{DriverCommand, Goal, Order, ReportBody, Value, WishId};
use std::time::Duration;

/// Runs any bytes through the core as a series of messages and orders, and checks what must hold
/// whatever comes: no panic, and only announced properties are reported.
///
/// The bytes are lines; each is `topic`, a blank, `payload`. A line that starts with `!` lets a
/// burst settle, and all devices that are known by then are told something.
///
/// # Panics
/// When one of the checks fails, which is what fuzzing looks for.
pub fn fuzz_messages(data: &[u8]) {
    let mut core = Mqtt::new(Options {
        max_devices: 64,
        max_entities: 32,
        ..Options::default()
    });
    let mut announced: std::collections::HashMap<String, Vec<model::Instance>> =
        std::collections::HashMap::new();
    let mut now = Duration::ZERO;
    let mut lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').take(256).collect();
    lines.push(b"!");
    for line in lines {
        now += Duration::from_secs(1);
        let mut reports = if line.first() == Some(&b'!') {
            let mut reports = core.take_announcements();
            core.take_listening();
            reports.extend(tell_all(&mut core, &announced));
            reports
        } else {
            let space = line
                .iter()
                .position(|byte| *byte == b' ')
                .unwrap_or(line.len());
            let (topic, payload) = line.split_at(space);
            let topic = String::from_utf8_lossy(topic);
            core.on_message(&topic, payload.get(1..).unwrap_or_default(), false, now)
        };
        reports.extend(core.on_time(now));
        for report in reports {
            match report.body {
                ReportBody::Announced(device) => {
                    announced.insert(device.native_id.clone(), device.capabilities);
                }
                ReportBody::Values {
                    native_id,
                    readings,
                } => {
                    let instances = announced.get(&native_id);
                    for reading in readings {
                        let known = instances.into_iter().flatten().any(|instance| {
                            instance.endpoint == reading.path.endpoint
                                && instance.capability == reading.path.capability
                                && instance.property(reading.path.property.name).is_some()
                        });
                        assert!(known, "{native_id} reports {} unannounced", reading.path);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Wishes something of every writable property and action.
fn tell_all(
    core: &mut Mqtt,
    announced: &std::collections::HashMap<String, Vec<model::Instance>>,
) -> Vec<model::Report> {
    let mut reports = Vec::new();
    for (native_id, instances) in announced {
        for instance in instances {
            let values = instance.properties.iter().flat_map(|shape| {
                [
                    Value::Bool(true),
                    Value::Number(42.0),
                    Value::Text("heat".to_owned()),
                ]
                .map(|value| Goal::Target {
                    values: vec![(shape.name.clone(), value)],
                })
            });
            let actions = instance.actions.iter().map(|command| Goal::Action {
                command: command.clone(),
            });
            for goal in values.chain(actions) {
                let answer = core.on_order(&Order::Command(DriverCommand {
                    wish: WishId::new(),
                    native_id: native_id.clone(),
                    endpoint: instance.endpoint,
                    capability: instance.capability.name.to_owned(),
                    goal,
                }));
                assert_eq!(
                    answer.delivers.is_some(),
                    answer.reports.is_empty(),
                    "a command is either sent or refused"
                );
                reports.extend(answer.reports);
            }
        }
    }
    reports
}
