//! Lists of devices, their edits, and how they become ours.

use super::{Device, Patch, place};
use crate::ApiError;
use model::{DeviceKind, Priority};
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
    /// Ids or slugs of the areas that it works for, wherever it stands: those that a furnace heats.
    #[schema(value_type = Option<Vec<String>>)]
    #[serde(default)]
    pub serves: Patch<Vec<String>>,
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
            serves: match edit.serves.required("serves")? {
                model::Change::Keep => model::Change::Keep,
                model::Change::Set(areas) => {
                    model::Change::Set(areas.into_iter().map(model::Reference).collect())
                }
            },
            aliases: edit.aliases.required("aliases")?,
            kind: edit.kind.required("kind")?,
            preferences: model::Change::Keep,
        })
    }
}

/// How a device wants to be treated by what runs by itself.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Preferences {
    /// Whether rules may change it. What a person asks for is always done.
    pub auto_adjust: bool,
    /// Whether the household's habits with it may be learned.
    pub learning_enabled: bool,
    /// `low`, `normal` or `high`: what saves energy never switches off what has `high`.
    pub priority: &'static str,
    /// Whether rules leave alone for two hours what a person set.
    pub override_protection: bool,
}

impl From<model::Preferences> for Preferences {
    fn from(preferences: model::Preferences) -> Self {
        Self {
            auto_adjust: preferences.auto_adjust,
            learning_enabled: preferences.learning_enabled,
            priority: preferences.priority.as_str(),
            override_protection: preferences.override_protection,
        }
    }
}

/// How a device shall be treated; what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PreferencesEdit {
    /// Whether rules may change it.
    pub auto_adjust: Option<bool>,
    /// Whether the household's habits with it may be learned.
    pub learning_enabled: Option<bool>,
    /// `low`, `normal` or `high`.
    #[schema(value_type = Option<String>)]
    pub priority: Option<Priority>,
    /// Whether rules leave alone for two hours what a person set.
    pub override_protection: Option<bool>,
}

impl PreferencesEdit {
    /// The preferences that it makes of these.
    pub(crate) fn over(self, old: model::Preferences) -> model::Preferences {
        model::Preferences {
            auto_adjust: self.auto_adjust.unwrap_or(old.auto_adjust),
            learning_enabled: self.learning_enabled.unwrap_or(old.learning_enabled),
            priority: self.priority.unwrap_or(old.priority),
            override_protection: self.override_protection.unwrap_or(old.override_protection),
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
