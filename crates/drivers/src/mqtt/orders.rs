//! Orders of the house: what is published for them, or why nothing can be.

use super::{
    core::{Answer, Listen, Mqtt, report},
    entity::{Entity, Output, Publish},
};
use model::{DriverCommand, Goal, Order, ReportBody};
use std::sync::Arc;

impl Mqtt {
    /// What carrying out an order takes. Nothing is sent yet, and nothing is promised.
    pub fn on_order(&mut self, order: &Order) -> Answer {
        match order {
            Order::Command(command) => match self.command(command) {
                Ok(publishes) => Answer {
                    publishes,
                    delivers: Some(command.wish),
                    ..Answer::default()
                },
                Err(reason) => Answer {
                    reports: vec![report(ReportBody::Failed {
                        wish: command.wish,
                        reason,
                    })],
                    ..Answer::default()
                },
            },
            Order::Scan { request } => Answer {
                scan: true,
                search: Some(*request),
                ..Answer::default()
            },
            Order::AddManual {
                request,
                description,
            } => {
                let result = self.add_manual(description);
                let mut reports = self.take_announcements();
                reports.push(report(ReportBody::OrderDone {
                    request: *request,
                    result,
                }));
                Answer {
                    reports,
                    ..Answer::default()
                }
            }
            Order::Watch { native_id } => self.watch(native_id),
            Order::Forget { native_id } => Answer {
                publishes: self.forget(native_id),
                ..Answer::default()
            },
        }
    }

    /// Says again whether a device answers, and has what the broker keeps of it sent again. One that
    /// is not known (any more) is looked for.
    fn watch(&mut self, native_id: &str) -> Answer {
        let native_id: Arc<str> = native_id.into();
        let Some(device) = self.devices.get_mut(&native_id) else {
            let topics = self.discovery_topics();
            self.listen.extend(
                topics
                    .into_iter()
                    .map(|topic| Listen::Subscribe(topic.into())),
            );
            return Answer {
                scan: true,
                ..Answer::default()
            };
        };
        let reports = device
            .say_connectivity(&native_id)
            .map(report)
            .into_iter()
            .collect();
        self.listen
            .extend(device.topics().cloned().map(Listen::Subscribe));
        Answer {
            reports,
            ..Answer::default()
        }
    }

    /// Lets go of a device. On the household's own broker its kept announcements are cleared, as
    /// Home Assistant does: else it would be back after the next restart. On a broker of others
    /// nothing is touched; there it waits in the inbox again.
    fn forget(&mut self, native_id: &str) -> Vec<Publish> {
        let native_id: Arc<str> = native_id.into();
        let Some(device) = self.devices.get(&native_id) else {
            return Vec::new();
        };
        let is_manual = device.manual.is_some();
        let mut topics: Vec<Arc<str>> = device
            .entities
            .keys()
            .map(|(topic, _)| Arc::clone(topic))
            .collect();
        topics.dedup();
        self.remove_device(&native_id);
        for topic in &topics {
            self.remove_config(topic);
        }
        self.dirty.remove(&native_id);
        if is_manual || !self.options.adopt {
            return Vec::new();
        }
        topics
            .iter()
            .map(|topic| Publish {
                topic: topic.to_string(),
                payload: String::new(),
                retain: true,
            })
            .collect()
    }

    fn command(&mut self, command: &DriverCommand) -> Result<Vec<Publish>, String> {
        let device = self
            .devices
            .get(command.native_id.as_str())
            .ok_or("the device has not announced itself on the broker")?;
        // One capability may be several entities (a power and a voltage): each value goes to the
        // one that takes it, and values of one entity go together, as a colour's hue and saturation.
        let mut goals: Vec<(Arc<Entity>, usize, super::entity::Memory, Goal)> = Vec::new();
        let mut add = |name: &str, goal: Goal| -> Result<(), String> {
            let (entity, part, memory) = device
                .owner(command.endpoint, &command.capability, |entity, part| {
                    takes(entity, part, name)
                })
                .ok_or_else(|| {
                    format!(
                        "the device takes no `{name}` of {} on endpoint {}",
                        command.capability, command.endpoint
                    )
                })?;
            let known = goals
                .iter_mut()
                .find(|(other, at, ..)| Arc::ptr_eq(other, entity) && *at == part);
            match (known, goal) {
                (Some((.., Goal::Target { values })), Goal::Target { values: more }) => {
                    values.extend(more)
                }
                (_, goal) => goals.push((Arc::clone(entity), part, memory.clone(), goal)),
            }
            Ok(())
        };
        match &command.goal {
            Goal::Action { command } => add(
                command,
                Goal::Action {
                    command: command.clone(),
                },
            )?,
            Goal::Target { values } => {
                for (name, value) in values {
                    let values = vec![(name.clone(), value.clone())];
                    add(name, Goal::Target { values })?;
                }
            }
        }
        let mut publishes = Vec::new();
        for (entity, part, memory, goal) in goals {
            publishes.extend(entity.write(part, &goal, &mut self.engine, &memory)?);
        }
        if publishes.is_empty() {
            return Err("there is nothing to send for that".to_owned());
        }
        Ok(publishes)
    }
}

/// Whether an entity's part can be told that.
fn takes(entity: &Entity, part: usize, name: &str) -> bool {
    let fields = match &entity.output {
        Output::Light(light) if light.has(part) => {
            return entity.parts[part]
                .instance
                .property(name)
                .is_some_and(|shape| shape.writable);
        }
        Output::Light(light) => &light.fields,
        Output::Fields(fields) => fields,
    };
    fields
        .iter()
        .any(|field| field.part == part && field.name == name)
}
