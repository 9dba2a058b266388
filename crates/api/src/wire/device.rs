//! A device on the wire: its twin, shaped for programs and for the page.

use super::{At, Cause, Scalar, Who};
use model::capability::Effect;
use model::{Access, Command, Instance, Kind, Path, Property as Table, PropertyShape, Safety};
use serde::Serialize;
use twin::{DeviceTwin, PropertyTwin, Snapshot};
use utoipa::ToSchema;
use uuid::Uuid;

/// A device with all that is known of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Device {
    /// Its id.
    pub id: Uuid,
    /// Its unique, stable, readable name.
    #[schema(example = "main_thermostat")]
    pub slug: String,
    /// Other names that mean it.
    pub aliases: Vec<String>,
    /// What people call it.
    pub name: String,
    /// What it is, such as `light`.
    pub kind: String,
    /// Where it stands.
    pub area: Option<AreaRef>,
    /// Who made it, as it says itself.
    pub manufacturer: Option<String>,
    /// Its model, as it says itself.
    pub model: Option<String>,
    /// The driver that speaks to it.
    #[schema(example = "mqtt")]
    pub protocol: String,
    /// What the driver calls it.
    pub native_id: String,
    /// The device through which it is reached.
    pub via: Option<Uuid>,
    /// `online`, `offline` or `unknown`.
    pub connectivity: &'static str,
    /// Since when.
    pub connectivity_since: Option<At>,
    /// How that is known.
    pub connectivity_reason: Option<String>,
    /// When it was first seen.
    pub first_seen: At,
    /// When it was last heard of.
    pub last_seen: Option<At>,
    /// What it can do, and what is known.
    pub capabilities: Vec<Capability>,
}

/// An area, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaRef {
    /// Its id.
    pub id: Uuid,
    /// Its readable name.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// A capability as this device has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Capability {
    /// On which endpoint; 1 is the main one.
    pub endpoint: u16,
    /// Its name, such as `OnOff`.
    #[schema(example = "OnOff")]
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What this one is called on the device, where it has several of a kind.
    pub label: Option<String>,
    /// What it knows.
    pub properties: Vec<Property>,
    /// What it can be told; besides, every writable property takes the command `set`.
    pub commands: Vec<CommandForm>,
    /// What may happen at it.
    pub events: Vec<String>,
}

/// A property with its limits and both halves of its twin.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Property {
    /// Its name within the capability.
    pub name: &'static str,
    /// Its address on the device: `OnOff.on_off`, or `2:OnOff.on_off` on endpoint 2.
    #[schema(example = "OnOff.on_off")]
    pub path: String,
    /// For people.
    pub title: &'static str,
    /// `boolean`, `number`, `enum` or `text`.
    pub r#type: &'static str,
    /// The unit of its numbers.
    pub unit: Option<String>,
    /// The lowest number that it takes.
    pub min: Option<f64>,
    /// The highest number that it takes.
    pub max: Option<f64>,
    /// The finest difference that means anything.
    pub step: Option<f64>,
    /// The words of an enum.
    pub values: Option<Vec<String>>,
    /// Whether it can be wished for.
    pub writable: bool,
    /// What writing it takes: `free`, `confirm` (a yes), `never` (a yes of a person, and never by a
    /// program).
    pub safety: &'static str,
    /// What the device said; null where that is not known.
    pub reported: Option<Reported>,
    /// What somebody wants and has not got yet.
    pub desired: Option<Desired>,
}

/// What a device said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reported {
    /// The value.
    pub value: Scalar,
    /// When it last said so.
    pub at: At,
    /// When the value became this one.
    pub since: At,
    /// Whether it is from before the last restart and was not said again.
    pub stale: bool,
    /// Who caused it.
    pub cause: Cause,
}

/// What somebody wants.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Desired {
    /// The wanted value.
    pub value: Scalar,
    /// Since when.
    pub at: At,
    /// The wish behind it.
    pub wish: Uuid,
    /// Who wants it.
    pub who: Who,
}

/// A command and what it takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommandForm {
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it takes to send it: `free`, `confirm` or `never`.
    pub safety: &'static str,
    /// Its arguments.
    pub args: Vec<Argument>,
}

/// An argument of a command.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// `boolean`, `number`, `enum` or `text`.
    pub r#type: &'static str,
    /// The unit of its numbers.
    pub unit: Option<String>,
    /// The lowest number.
    pub min: Option<f64>,
    /// The highest number.
    pub max: Option<f64>,
    /// The finest difference that means anything.
    pub step: Option<f64>,
    /// The words of an enum.
    pub values: Option<Vec<String>>,
    /// Whether it must be there.
    pub required: bool,
}

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
            manufacturer: device.manufacturer.clone(),
            model: device.model.clone(),
            protocol: device.key.driver.clone(),
            native_id: device.key.native_id.clone(),
            via,
            connectivity: twin.connectivity.as_str(),
            connectivity_since: Some(twin.connectivity_since.into()),
            connectivity_reason: twin.connectivity_reason.clone(),
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
            let (reported, desired) = halves(twin.properties.get(&path));
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
