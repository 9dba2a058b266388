//! Scenes and webhooks on the wire.

use super::{At, BatchResult, Scalar};
use automation::engine;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Scenes, by slug.
#[derive(Debug, Serialize, ToSchema)]
pub struct SceneList {
    /// The scenes.
    pub scenes: Vec<Scene>,
}

/// A scene: a named set of values to bring back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scene {
    /// Its unique, stable, readable name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What it sets.
    pub settings: Vec<SceneSetting>,
}

/// What a scene sets at one device.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SceneSetting {
    /// The device's slug, alias or name.
    pub device: String,
    /// On which endpoint of it; 1 is the main one.
    #[serde(default = "main_endpoint")]
    pub endpoint: u16,
    /// Values by property, such as `{"OnOff.on_off": true}`.
    #[schema(value_type = Object)]
    pub set: BTreeMap<String, Scalar>,
}

const fn main_endpoint() -> u16 {
    1
}

/// A scene as it is written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SceneDocument {
    /// What people call it.
    pub name: String,
    /// Its readable name; made of the name where it is left out.
    #[serde(default)]
    pub slug: Option<String>,
    /// What it sets: 1 to 1,000 settings.
    pub settings: Vec<SceneSetting>,
}

/// Of what a scene shall be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptureScene {
    /// What people shall call it.
    pub name: String,
    /// Everything in this area, by id or slug.
    #[serde(default)]
    pub area: Option<String>,
    /// These devices, by id, slug or alias.
    #[serde(default)]
    pub devices: Vec<String>,
    /// Whether it may take the place of a scene that is called so already.
    #[serde(default)]
    pub replace: bool,
}

/// What became of bringing a scene back.
#[derive(Debug, Serialize, ToSchema)]
pub struct SceneApplied {
    /// One for each setting, in order: a wish, or why there is none.
    pub results: Vec<BatchResult>,
}

impl From<&engine::Scene> for Scene {
    fn from(scene: &engine::Scene) -> Self {
        let setting = |setting: &engine::SceneSetting| SceneSetting {
            device: setting.device.clone(),
            endpoint: setting.endpoint,
            set: setting
                .values
                .iter()
                .map(|(name, value)| {
                    let name = format!("{}.{name}", setting.capability.name);
                    (name, Scalar::from(value))
                })
                .collect(),
        };
        Self {
            slug: scene.slug.to_string(),
            name: scene.name.clone(),
            settings: scene.settings.iter().map(setting).collect(),
        }
    }
}

/// Webhooks, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookList {
    /// The webhooks.
    pub webhooks: Vec<Webhook>,
}

/// A webhook: what an outside program may call.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook {
    /// Its name; rules listen to it with `{ webhook = "name" }`.
    pub name: String,
    /// Where it is called, with POST and its secret in the header `X-Webhook-Secret`.
    pub path: String,
    /// When it was last called since the house started; null where it was not.
    pub last_called: Option<At>,
    /// The rules that listen to it, by slug.
    pub rules: Vec<String>,
}

/// A webhook that shall be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Its name: 1 to 64 of a-z, 0-9, _ and -.
    pub name: String,
    /// Whether one that is there already gets another secret; the old one no longer works then.
    #[serde(default)]
    pub renew: bool,
}

/// A webhook that was made. This is the only time that its secret is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookMade {
    /// Its name.
    pub name: String,
    /// Where it is called, with POST.
    pub path: String,
    /// The header that its secret belongs into.
    pub header: &'static str,
    /// Its secret. Only a hash of it is kept.
    pub secret: String,
}

/// A webhook was called.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookCalled {
    /// Whether any rule listens to it.
    pub listens: bool,
}
