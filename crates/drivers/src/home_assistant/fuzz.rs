//! An entry for fuzzing: any bytes as what a Home Assistant sends.

use super::core::{HomeAssistant, Options};
use model::{DriverCommand, Goal, Instance, Order, Report, ReportBody, Value, WishId};
use std::{collections::HashMap, time::Duration};

/// Runs any bytes through the core as a series of messages and orders, and checks what must hold
/// whatever comes: no panic, only announced properties are reported, every command is answered or sent.
///
/// The bytes are lines, each a message. A line that starts with `!` lets some time pass, and all
/// devices that are known by then are told something; one that starts with `?` is a new connection.
///
/// # Panics
/// When one of the checks fails, which is what fuzzing looks for.
pub fn fuzz_messages(data: &[u8]) {
    let options = Options {
        max_entities: 64,
        ..Options::default()
    };
    let mut core = HomeAssistant::new(&options, crate::Secret::new("token"));
    let mut announced: HashMap<String, Vec<Instance>> = HashMap::new();
    let mut now = Duration::ZERO;
    core.on_open(now);
    let mut lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').take(256).collect();
    lines.push(b"!");
    for line in lines {
        now += Duration::from_millis(200);
        let mut reports = match line.first() {
            Some(b'!') => {
                now += Duration::from_secs(3);
                tell_all(&mut core, &announced, now)
            }
            Some(b'?') => {
                let reports = core
                    .on_lost(model::DriverState::Starting, "a new connection")
                    .reports;
                core.on_open(now);
                reports
            }
            _ => core.on_message(&String::from_utf8_lossy(line), now).reports,
        };
        reports.extend(core.on_time(now).reports);
        for report in reports {
            check(report, &mut announced);
        }
    }
}

fn check(report: Report, announced: &mut HashMap<String, Vec<Instance>>) {
    match report.body {
        ReportBody::Announced(device) => {
            assert!(
                !device.native_id.is_empty() && !device.name.is_empty(),
                "a device has an id and a name"
            );
            announced.insert(device.native_id, device.capabilities);
        }
        ReportBody::Withdrawn { native_id } => {
            announced.remove(&native_id);
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

/// Wishes something of every property and action.
fn tell_all(
    core: &mut HomeAssistant,
    announced: &HashMap<String, Vec<Instance>>,
    now: Duration,
) -> Vec<Report> {
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
                let order = Order::Command(DriverCommand {
                    wish: WishId::new(),
                    native_id: native_id.clone(),
                    endpoint: instance.endpoint,
                    capability: instance.capability.name.to_owned(),
                    goal,
                });
                let step = core.on_order(&order, now);
                assert_ne!(
                    step.send.is_empty(),
                    step.reports.is_empty(),
                    "a command is either sent or refused"
                );
                reports.extend(step.reports);
            }
        }
    }
    reports
}
