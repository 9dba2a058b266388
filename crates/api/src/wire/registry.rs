//! Lists of devices, their edits, and how they become ours.

use super::{Device, Patch, place};
use crate::ApiError;
use model::DeviceKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of devices.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceList {
    /// The devices, oldest first.
    pub devices: Vec<Device>,
    /// The cursor of the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An edit of a device; what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceEdit {
    /// What people call it.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub name: Patch<String>,
    /// Its readable name.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub slug: Patch<String>,
    /// Id or slug of the area in which it stands; null for none.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub area: Patch<String>,
    /// Other names that mean it.
    #[schema(value_type = Option<Vec<String>>)]
    #[serde(default)]
    pub aliases: Patch<Vec<String>>,
    /// What it is, such as `light`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub kind: Patch<DeviceKind>,
}

impl TryFrom<DeviceEdit> for model::DeviceEdit {
    type Error = ApiError;

    fn try_from(edit: DeviceEdit) -> Result<Self, ApiError> {
        Ok(Self {
            name: edit.name.required("name")?,
            slug: place::slug(edit.slug)?,
            area: place::reference(edit.area),
            aliases: edit.aliases.required("aliases")?,
            kind: edit.kind.required("kind")?,
            preferences: model::Change::Keep,
        })
    }
}

/// How a found thing shall become ours.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Adopt {
    /// With this name; its own where it is left out.
    #[serde(default)]
    pub name: Option<String>,
    /// In this area, by id or slug.
    #[serde(default)]
    pub area: Option<String>,
}

/// A device that a person describes: with `protocol`, for that driver, which says which further
/// fields there are; or without, by `ip` or `host` and `type`, for the driver `network`.
#[derive(Debug, ToSchema)]
pub struct Manual {
    /// What people shall call it. May be left out without `protocol`.
    #[schema(example = "Garage lamp")]
    pub name: Option<String>,
    /// The driver that shall speak to it.
    #[schema(example = "mqtt")]
    pub protocol: Option<String>,
    /// What the driver shall call it, where the driver does not know by itself.
    pub native_id: Option<String>,
    /// Where it is reached, in the driver's own form.
    pub address: Option<String>,
    /// Its address in the network.
    #[schema(example = "192.0.2.17")]
    pub ip: Option<String>,
    /// Its name in the network, instead of `ip`.
    #[schema(example = "printer.local")]
    pub host: Option<String>,
    /// What it is.
    #[schema(example = "printer")]
    pub r#type: Option<String>,
    /// The port at which it answers.
    pub port: Option<u16>,
}
