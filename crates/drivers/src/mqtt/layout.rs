//! What a device says of itself, from its discovery messages.

use super::{config::DeviceInfo, entity::Entity};
use crate::convention::{kind, label};
use model::{Announcement, Instance};
use std::sync::Arc;

/// What a device says of itself.
pub(super) fn announcement(
    native_id: &str,
    info: &DeviceInfo,
    entities: &[Arc<Entity>],
    instances: Vec<Instance>,
) -> Announcement {
    let name = info
        .name
        .clone()
        .or_else(|| entities.iter().find_map(|entity| entity.name.clone()))
        .or_else(|| label(native_id))
        .unwrap_or_else(|| "Device".to_owned());
    Announcement {
        native_id: native_id.to_owned(),
        name,
        slug: slug(info, entities),
        kind: kind(info.model.as_deref(), entities, &instances),
        manufacturer: info.manufacturer.clone(),
        model: info.model.clone(),
        via: info.via.clone(),
        area: info.area.clone(),
        capabilities: instances,
        adopt: false,
        manual: None,
    }
}

/// The readable name that the entities suggest for their device: that of the entity that bears the
/// device's own name, or of the only one, or the words with which all of theirs begin
/// (`hall_climate` of `hall_climate_temperature` and `hall_climate_battery`).
fn slug(info: &DeviceInfo, entities: &[Arc<Entity>]) -> Option<String> {
    let unnamed = entities
        .iter()
        .filter(|entity| entity.main)
        .find_map(|entity| entity.slug.as_deref());
    if let Some(slug) = unnamed {
        return Some(slug.to_owned());
    }
    let slugs: Vec<&str> = entities
        .iter()
        .filter_map(|entity| entity.slug.as_deref())
        .collect();
    match slugs.as_slice() {
        [] => None,
        [one] => (entities.len() == 1 || info.ids.is_empty()).then(|| (*one).to_owned()),
        [first, others @ ..] => {
            let words: Vec<&str> = first.split('_').collect();
            let common = (1..=words.len())
                .rev()
                .map(|count| words[..count].join("_"))
                .find(|head| {
                    others.iter().all(|other| {
                        other
                            .strip_prefix(head.as_str())
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
                    })
                });
            common.filter(|head| !head.is_empty())
        }
    }
}
