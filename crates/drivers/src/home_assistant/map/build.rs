//! The tool with which a domain's file puts an entity together.

use super::{
    About,
    entity::{Entity, Input, Output, Parse, Read, View, Write},
};
use crate::convention::Part;
use model::{Capability, Instance, PropertyShape, Unit, capability};

/// An entity in the making.
pub(super) struct Build<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) entity: Entity,
    /// Whether what it reports of what can be set is a mere assumption.
    assumed: bool,
}

impl<'a> Build<'a> {
    pub(super) fn new(domain: &'static str, about: &About, view: &'a View<'a>) -> Self {
        Self {
            view,
            entity: Entity {
                id: about.id.clone(),
                domain,
                name: about.name.clone(),
                main: about.main,
                unique: about.unique.clone(),
                side: about.side,
                class: view.text("device_class").map(str::to_owned),
                parts: Vec::new(),
                inputs: Vec::new(),
                outputs: Vec::new(),
                button: None,
            },
            assumed: view.flag("assumed_state") == Some(true),
        }
    }

    /// The entity; `None` where nothing came of it.
    pub(super) fn finish(mut self) -> Option<Entity> {
        if self.assumed {
            // Nobody knows it: a wish ends with its delivery, and the value stays unknown.
            for part in &mut self.entity.parts {
                for shape in &mut part.instance.properties {
                    shape.reports &= !shape.writable;
                }
            }
        }
        let parts = &self.entity.parts;
        self.entity.inputs.retain(|input| {
            let shape = parts[input.part].instance.property(input.property.name);
            shape.is_some_and(|shape| shape.reports)
        });
        let is_full = |part: &Part| {
            let instance = &part.instance;
            !(instance.properties.is_empty()
                && instance.actions.is_empty()
                && instance.events.is_empty())
        };
        (self.entity.parts.iter().any(is_full)).then_some(self.entity)
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

    /// A measurement; those of different quantities are one capability.
    pub(super) fn measured(
        &mut self,
        capability: &'static Capability,
        property: &'static str,
        read: Read,
    ) {
        let part = self.part(capability);
        self.entity.parts[part].merge = Some("measured".to_owned());
        self.read(part, property, read);
    }

    /// A property that is reported.
    pub(super) fn read(
        &mut self,
        part: usize,
        property: &'static str,
        read: Read,
    ) -> &mut PropertyShape {
        let known = self.entity.parts[part].instance.capability.at(1, property);
        self.entity.inputs.push(Input {
            part,
            property: known.property,
            read,
        });
        let shape = self.shape(part, property);
        shape.reports = true;
        shape
    }

    /// A property that can be wished.
    pub(super) fn write(
        &mut self,
        part: usize,
        property: &'static str,
        write: Write,
    ) -> &mut PropertyShape {
        self.entity.outputs.push(Output {
            part,
            name: property,
            write,
        });
        let shape = self.shape(part, property);
        shape.writable = true;
        shape
    }

    /// A part of which one call carries all values; which of them can be wished is said besides.
    pub(super) fn whole(&mut self, part: usize, write: Write) {
        self.entity.outputs.push(Output {
            part,
            name: "",
            write,
        });
    }

    /// The shape of a property, made where it is not there yet.
    pub(super) fn shape(&mut self, part: usize, property: &'static str) -> &mut PropertyShape {
        let instance = &mut self.entity.parts[part].instance;
        let known = instance.capability.at(1, property).property;
        let at = instance
            .properties
            .iter()
            .position(|shape| shape.name == property)
            .unwrap_or_else(|| {
                instance.properties.push(PropertyShape {
                    reports: false,
                    writable: false,
                    ..PropertyShape::of(known)
                });
                instance.properties.len() - 1
            });
        &mut instance.properties[at]
    }

    /// An action of the table.
    pub(super) fn action(&mut self, part: usize, name: &'static str, service: &'static str) {
        self.entity.outputs.push(Output {
            part,
            name,
            write: Write::Press(service),
        });
        self.entity.parts[part]
            .instance
            .actions
            .push(name.to_owned());
    }

    /// A choice of the device's own words beside what it is; nothing where it lists none.
    pub(super) fn choice(
        &mut self,
        label: &str,
        attribute: &'static str,
        words: Vec<String>,
        service: &'static str,
        key: &'static str,
    ) {
        if words.is_empty() {
            return;
        }
        let part = self.side_part(&capability::MODE_SELECT, label);
        self.read(part, "mode", Read::Attribute(attribute, Parse::Text));
        self.write(part, "mode", Write::Plain(service, key)).values = Some(words);
    }

    /// The reading of a temperature that names no unit.
    pub(super) fn degrees(&self) -> Parse {
        Parse::Number(1.0, Some(self.view.temperature))
    }

    /// A temperature among the attributes, in °C.
    pub(super) fn celsius(&self, name: &str) -> Option<f64> {
        let number = self.view.number(name)?;
        let celsius = self.view.temperature.convert(number, Unit::Celsius)?;
        Some((celsius * 100.0).round() / 100.0)
    }
}
