//! From a device's twin and its tables to the wire.

use super::At;
use super::device::{
    AreaRef, Argument, Capability, CommandForm, Desired, Device, Property, Reported,
};
use model::capability::Effect;
use model::{Access, Command, Instance, Kind, Path, Property as Table, PropertyShape, Safety};
use twin::{DeviceTwin, PropertyTwin, Snapshot};

impl Device {
    /// A device as `snapshot` has it.
    #[must_use]
    pub fn of(twin: &DeviceTwin, snapshot: &Snapshot) -> Self {
        let device = &twin.device;
        let via = device.via.as_ref().and_then(|native_id| {
            let key = model::Key {
                driver: device.key.driver.clone(),
                native_id: native_id.clone(),
            };
            Some(snapshot.device_by_key(&key)?.device.id.uuid())
        });
        Self {
            id: device.id.uuid(),
            slug: device.slug.to_string(),
            aliases: device.aliases.clone(),
            name: device.name.clone(),
            kind: device.kind.as_str().to_owned(),
            area: device
                .area
                .and_then(|area| Some(AreaRef::of(snapshot.areas.get(&area)?))),
            serves: device
                .serves
                .iter()
                .filter_map(|area| Some(AreaRef::of(snapshot.areas.get(area)?)))
                .collect(),
            manufacturer: device.manufacturer.clone(),
            model: device.model.clone(),
            protocol: device.key.driver.clone(),
            native_id: device.key.native_id.clone(),
            via,
            connectivity: twin.connectivity.as_str(),
            connectivity_since: Some(twin.connectivity_since.into()),
            connectivity_reason: twin.connectivity_reason.clone(),
            preferences: device.preferences.into(),
            first_seen: device.first_seen.into(),
            last_seen: twin.last_seen.map(At),
            capabilities: device
                .capabilities
                .iter()
                .map(|instance| Capability::of(instance, twin))
                .collect(),
        }
    }
}

impl AreaRef {
    /// An area, in short.
    #[must_use]
    pub fn of(area: &model::Area) -> Self {
        Self {
            id: area.id.uuid(),
            slug: area.slug.to_string(),
            name: area.name.clone(),
        }
    }
}

impl Capability {
    fn of(instance: &Instance, twin: &DeviceTwin) -> Self {
        let property = |shape: &PropertyShape| {
            let path = instance.path(&shape.name)?;
            let (reported, desired) = halves(twin.properties.get(path));
            Some(Property::of(path, shape, reported, desired))
        };
        Self {
            endpoint: instance.endpoint,
            name: instance.capability.name,
            title: instance.capability.title,
            label: instance.label.clone(),
            properties: instance.properties.iter().filter_map(property).collect(),
            commands: instance
                .commands()
                .map(|command| CommandForm::of(command, instance))
                .collect(),
            events: instance.events.clone(),
        }
    }
}

/// Both halves of a property's twin. A device that said that it does not know is not known.
pub(crate) fn halves(twin: Option<&PropertyTwin>) -> (Option<Reported>, Option<Desired>) {
    let Some(twin) = twin else {
        return (None, None);
    };
    let reported = twin.reported.as_ref().and_then(|reported| {
        Some(Reported {
            value: reported.value.as_ref()?.into(),
            at: reported.at.into(),
            since: reported.since.into(),
            stale: reported.stale,
            cause: (&reported.cause).into(),
        })
    });
    let desired = twin.desired.as_ref().map(|desired| Desired {
        value: (&desired.value).into(),
        at: desired.at.into(),
        wish: desired.wish.uuid(),
        who: (&desired.who).into(),
    });
    (reported, desired)
}

impl Property {
    fn of(
        path: Path,
        shape: &PropertyShape,
        reported: Option<Reported>,
        desired: Option<Desired>,
    ) -> Self {
        let table = path.property;
        let limits = Bounds::of(table, shape);
        Self {
            name: table.name,
            path: path.to_string(),
            title: table.title,
            r#type: type_word(table.kind),
            unit: limits.unit,
            min: limits.min,
            max: limits.max,
            step: limits.step,
            values: limits.values,
            writable: shape.writable && matches!(table.access, Access::ReadWrite),
            safety: safety_word(table.safety),
            reported,
            desired,
        }
    }
}

impl CommandForm {
    fn of(command: &'static Command, instance: &Instance) -> Self {
        let args = command.arguments.iter().filter_map(|argument| {
            let table = instance.capability.property(argument.property)?;
            let limits = Bounds::of(table, instance.property(argument.property)?);
            Some(Argument {
                name: argument.name,
                r#type: type_word(table.kind),
                unit: limits.unit,
                min: limits.min,
                max: limits.max,
                step: limits.step,
                values: limits.values,
                required: true,
            })
        });
        Self {
            name: command.name,
            title: command.title,
            safety: safety_word(safety_of(command, instance)),
            args: args.collect(),
        }
    }
}

/// The most that any part of a command asks for.
fn safety_of(command: &Command, instance: &Instance) -> Safety {
    let table = |name: &str| instance.capability.property(name);
    let fixed: &[_] = match &command.effect {
        Effect::Sets(values) => values,
        Effect::Action => &[],
    };
    let fixed = fixed
        .iter()
        .filter_map(|(name, value)| Some(table(name)?.safety_of(&value.value())));
    let given = command
        .arguments
        .iter()
        .filter_map(|argument| Some(table(argument.property)?.safety));
    fixed
        .chain(given)
        .fold(Safety::Free, |most, safety| match (most, safety) {
            (Safety::Never, _) | (_, Safety::Never) => Safety::Never,
            (Safety::Confirm, _) | (_, Safety::Confirm) => Safety::Confirm,
            _ => Safety::Free,
        })
}

/// What a property takes, where there is a bound at all.
struct Bounds {
    unit: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    step: Option<f64>,
    values: Option<Vec<String>>,
}

impl Bounds {
    fn of(table: &Table, shape: &PropertyShape) -> Self {
        let (min, max) = shape.limits(table);
        let number = matches!(table.kind, Kind::Number);
        let some = |bound: f64| (number && bound.is_finite()).then_some(bound);
        Self {
            unit: table
                .unit
                .map(|unit| unit.symbol().to_owned())
                .or_else(|| shape.unit.clone()),
            min: some(min),
            max: some(max),
            step: some(shape.step.unwrap_or(table.step)).filter(|step| *step > 0.0),
            values: matches!(table.kind, Kind::Enum(_)).then(|| shape.words(table)),
        }
    }
}

const fn type_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "boolean",
        Kind::Number => "number",
        Kind::Enum(_) => "enum",
        Kind::Text => "text",
    }
}

const fn safety_word(safety: Safety) -> &'static str {
    match safety {
        Safety::Free => "free",
        Safety::Confirm => "confirm",
        Safety::Never => "never",
    }
}
