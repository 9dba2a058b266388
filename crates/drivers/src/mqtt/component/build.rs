//! The tool with which a component's file puts an entity together.

use crate::convention::label;
use crate::mqtt::{
    availability::Availability,
    config::Config,
    entity::{Entity, Field, Input, Meaning, Output, Part, Read, Write},
    template::{Engine, Template},
};
use model::{Capability, Instance, PropertyShape, Slug};
use std::time::Duration;

/// An entity in the making.
pub(super) struct Build<'a> {
    pub(super) config: &'a Config,
    pub(super) engine: &'a mut Engine,
    pub(super) entity: Entity,
}

/// Which keys of the message name the topics and templates of a property.
pub(super) struct Keys {
    state: Vec<String>,
    template: Vec<String>,
    command: String,
    command_template: String,
}

impl Keys {
    /// `x_state_topic`, `x_value_template`, `x_command_topic`, ...; without a prefix the plain ones.
    pub(super) fn of(prefix: &str) -> Self {
        let with = |tail: &str| match prefix {
            "" => tail.to_owned(),
            prefix => format!("{prefix}_{tail}"),
        };
        Self {
            state: vec![with("state_topic"), with("topic")],
            template: vec![
                with("value_template"),
                with("state_template"),
                with("state_value_template"),
                with("template"),
            ],
            command: with("command_topic"),
            command_template: with("command_template"),
        }
    }

    /// Keys that don't follow the rule; empty means none.
    pub(super) fn named(
        state: &str,
        template: &str,
        command: &str,
        command_template: &str,
    ) -> Self {
        Self {
            state: vec![state.to_owned()],
            template: vec![template.to_owned()],
            command: command.to_owned(),
            command_template: command_template.to_owned(),
        }
    }
}

impl<'a> Build<'a> {
    pub(super) fn new(
        component: &str,
        config: &'a Config,
        unique: String,
        engine: &'a mut Engine,
    ) -> Result<Self, String> {
        let hint = config
            .text("default_entity_id")
            .map(|id| id.rsplit('.').next().unwrap_or_default().to_owned())
            .or_else(|| config.text("object_id"));
        let entity = Entity {
            component: component.to_owned(),
            // Without a name an entity is called by its class; with null it bears its device's.
            name: match config.text("device_class") {
                Some(class) if !config.has("name") => titled(&class),
                _ => config.label("name"),
            },
            main: config.json("name").is_none()
                && (config.has("name") || !config.has("device_class")),
            slug: hint
                .as_deref()
                .map(|hint| Slug::from_name(hint, ""))
                .filter(|slug| !slug.as_str().is_empty())
                .map(|slug| slug.to_string()),
            unique,
            side: config.text("entity_category").is_some(),
            class: config.text("device_class"),
            parts: Vec::new(),
            inputs: Vec::new(),
            output: Output::Fields(Vec::new()),
            availability: Availability::read(config, engine)?,
            expire_after: seconds(config, "expire_after"),
            off_after: seconds(config, "off_delay"),
            retain: config.flag("retain"),
            fault: None,
        };
        Ok(Self {
            config,
            engine,
            entity,
        })
    }

    /// The entity; an error where nothing came of its message.
    pub(super) fn finish(mut self) -> Result<Entity, String> {
        let is_empty = |part: &Part| {
            part.instance.properties.is_empty()
                && part.instance.actions.is_empty()
                && part.instance.events.is_empty()
        };
        if self.entity.parts.iter().all(is_empty) {
            Err(format!(
                "a {} needs a `state_topic` or a `command_topic`",
                self.entity.component
            ))
        } else {
            self.entity.shrink_to_fit();
            Ok(self.entity)
        }
    }

    /// A capability without properties yet.
    pub(super) fn part(&mut self, capability: &'static Capability) -> usize {
        self.entity.parts.push(Part {
            instance: Instance::of(capability, []),
            merge: None,
            keyed: None,
            label: None,
        });
        self.entity.parts.len() - 1
    }

    /// A capability beside the main one, with a name of its own.
    pub(super) fn side_part(&mut self, capability: &'static Capability, label: &str) -> usize {
        let part = self.part(capability);
        self.entity.parts[part].label = Some(label.to_owned());
        part
    }

    /// A template of the message.
    pub(super) fn template(&mut self, key: &str) -> Result<Option<Template>, String> {
        self.config.template(key, self.engine)
    }

    /// The first template of the message among some keys.
    fn first_template(&mut self, keys: &[String]) -> Result<Option<Template>, String> {
        for key in keys {
            if let Some(template) = self.template(key)? {
                return Ok(Some(template));
            }
        }
        Ok(None)
    }

    /// A property, as far as the message has topics for it; `None` where it has none.
    pub(super) fn property(
        &mut self,
        part: usize,
        name: &'static str,
        keys: &Keys,
        read: Read,
        write: Option<Write>,
    ) -> Result<Option<&mut PropertyShape>, String> {
        let mut state = None;
        for key in &keys.state {
            state = state.or(self.config.topic(key)?);
        }
        let template = self.first_template(&keys.template)?;
        let command = match write {
            Some(write) => self
                .config
                .topic(&keys.command)?
                .map(|topic| (topic, write)),
            None => None,
        };
        if state.is_none() && command.is_none() {
            return Ok(None);
        }
        let reports = state.is_some();
        if let Some(topic) = state {
            self.read(part, name, topic, template, read);
        }
        let writable = command.is_some();
        if let Some((topic, write)) = command {
            let template = self.template(&keys.command_template)?;
            self.field(part, name, topic, template, write);
        }
        Ok(self.shape(part, name, reports, writable))
    }

    /// A value that comes from a topic; the shape is the caller's.
    pub(super) fn read(
        &mut self,
        part: usize,
        name: &str,
        topic: String,
        template: Option<Template>,
        read: Read,
    ) {
        let capability = self.entity.parts[part].instance.capability;
        if let Some(property) = capability.property(name) {
            self.input(
                topic,
                template,
                Meaning::Value {
                    part,
                    property,
                    read,
                },
            );
        }
    }

    /// Something else that comes from a topic.
    pub(super) fn input(&mut self, topic: String, template: Option<Template>, meaning: Meaning) {
        self.entity.inputs.push(Input {
            topic: topic.into(),
            template,
            meaning,
        });
    }

    /// Something that is written; the shape is the caller's.
    pub(super) fn field(
        &mut self,
        part: usize,
        name: &str,
        topic: String,
        template: Option<Template>,
        write: Write,
    ) {
        let field = Field {
            part,
            name: name.to_owned(),
            topic,
            template,
            write,
        };
        match &mut self.entity.output {
            Output::Fields(fields) => fields.push(field),
            Output::Light(light) => light.fields.push(field),
        }
    }

    /// The shape of a property, made where it is not there yet.
    pub(super) fn shape(
        &mut self,
        part: usize,
        name: &str,
        reports: bool,
        writable: bool,
    ) -> Option<&mut PropertyShape> {
        let instance = &mut self.entity.parts[part].instance;
        let property = instance.capability.property(name)?;
        let at = instance
            .properties
            .iter()
            .position(|shape| shape.name == name)
            .unwrap_or_else(|| {
                instance.properties.push(PropertyShape {
                    reports: false,
                    writable: false,
                    ..PropertyShape::of(property)
                });
                instance.properties.len() - 1
            });
        let shape = &mut instance.properties[at];
        shape.reports |= reports;
        shape.writable |= writable && property.is_writable();
        Some(shape)
    }

    /// An action with a fixed payload, where the message has a topic for it.
    pub(super) fn action(
        &mut self,
        part: usize,
        name: &'static str,
        topic: &str,
        template: &str,
        payload: String,
    ) -> Result<(), String> {
        let Some(topic) = self.config.topic(topic)? else {
            return Ok(());
        };
        let template = self.template(template)?;
        self.field(part, name, topic, template, Write::Fixed(payload));
        self.entity.parts[part]
            .instance
            .actions
            .push(name.to_owned());
        Ok(())
    }

    /// A choice of the device's own words.
    pub(super) fn choice(
        &mut self,
        label: Option<&str>,
        keys: &Keys,
        words: Vec<String>,
    ) -> Result<(), String> {
        let part = match label {
            Some(label) => self.side_part(&model::capability::MODE_SELECT, label),
            None => self.part(&model::capability::MODE_SELECT),
        };
        if let Some(shape) = self.property(part, "mode", keys, Read::Text, Some(Write::Text))? {
            shape.values = Some(words);
        }
        Ok(())
    }
}

/// A time of the message in seconds.
fn seconds(config: &Config, key: &str) -> Option<Duration> {
    config
        .number(key)
        .filter(|seconds| *seconds > 0.0 && *seconds < 1e9)
        .map(Duration::from_secs_f64)
}

/// `carbon_dioxide` as people write it.
fn titled(class: &str) -> Option<String> {
    let text = class.replace('_', " ");
    let mut characters = text.chars();
    let first = characters.next()?.to_uppercase();
    label(&first.chain(characters).collect::<String>())
}
