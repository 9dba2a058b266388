//! Lists of devices, their edits, and the inbox.

use super::{At, Device, Patch, place};
use crate::ApiError;
use model::DeviceKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

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
        })
    }
}

/// A thing that was found and is not ours.
#[derive(Debug, Serialize, ToSchema)]
pub struct Discovery {
    /// Its id.
    pub id: Uuid,
    /// The driver that found it.
    pub protocol: String,
    /// What the driver calls it.
    pub native_id: String,
    /// What it calls itself.
    pub name: String,
    /// What it is, as far as one can tell.
    pub kind: &'static str,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// When it was first seen.
    pub first_seen: At,
    /// When it was last seen.
    pub last_seen: At,
    /// `new`, `ignored` or `adopted`.
    pub state: &'static str,
    /// The area in which it thinks it stands.
    pub suggested_area: Option<String>,
    /// What it can do.
    pub capabilities: Vec<String>,
}

impl From<&model::Discovery> for Discovery {
    fn from(discovery: &model::Discovery) -> Self {
        let found = &discovery.announcement;
        let mut capabilities: Vec<String> = Vec::new();
        for instance in &found.capabilities {
            if !capabilities
                .iter()
                .any(|name| name == instance.capability.name)
            {
                capabilities.push(instance.capability.name.to_owned());
            }
        }
        Self {
            id: discovery.id.uuid(),
            protocol: discovery.key.driver.clone(),
            native_id: discovery.key.native_id.clone(),
            name: found.name.clone(),
            kind: found.kind.as_str(),
            manufacturer: found.manufacturer.clone(),
            model: found.model.clone(),
            first_seen: discovery.first_seen.into(),
            last_seen: discovery.last_seen.into(),
            state: discovery.state.as_str(),
            suggested_area: found.area.clone(),
            capabilities,
        }
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

/// A device that a person describes. Which further fields there are, its driver says.
#[derive(Debug, ToSchema)]
pub struct Manual {
    /// What people shall call it.
    #[schema(example = "Garage lamp")]
    pub name: String,
    /// The driver that shall speak to it.
    #[schema(example = "mqtt")]
    pub protocol: String,
    /// What the driver shall call it, where the driver does not know by itself.
    pub native_id: Option<String>,
    /// Where it is reached, in the driver's own form.
    pub address: Option<String>,
}
