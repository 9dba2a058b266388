//! From what is written to the devices that are meant.

use crate::document::Target;
use std::sync::Arc;
use twin::{DeviceTwin, Snapshot};

/// The devices that are meant, and the names that lead nowhere.
#[derive(Debug, Default)]
pub(crate) struct Meant {
    pub(crate) devices: Vec<Arc<DeviceTwin>>,
    pub(crate) unknown: Vec<String>,
}

/// Who is meant in this house, now.
pub(crate) fn meant(target: &Target, house: &Snapshot) -> Meant {
    let mut meant = Meant::default();
    let mut find = |name: &String| {
        let device = device(house, name);
        if device.is_none() {
            meant.unknown.push(format!("no device is called `{name}`"));
        }
        device
    };
    let named: Vec<_> = target.devices.iter().filter_map(&mut find).collect();
    let except: Vec<_> = target
        .except
        .iter()
        .filter_map(&mut find)
        .map(|twin| twin.device.id)
        .collect();
    let mut areas = Vec::new();
    for name in &target.areas {
        match house.area(name) {
            Some(area) => areas.push(area.id),
            None => meant.unknown.push(format!("no area is called `{name}`")),
        }
    }
    let floor = target.floor.as_ref().map(|name| {
        let floor = house.floor(name);
        if floor.is_none() {
            meant.unknown.push(format!("no floor is called `{name}`"));
        }
        floor.map(|floor| floor.id)
    });
    let on_floor = |twin: &DeviceTwin| match floor {
        None => true,
        Some(floor) => {
            let area = twin.device.area.and_then(|area| house.areas.get(&area));
            floor.is_some() && area.is_some_and(|area| area.floor == floor)
        }
    };
    let fits = |twin: &Arc<DeviceTwin>| {
        let device = &twin.device;
        (target.areas.is_empty() || device.area.is_some_and(|area| areas.contains(&area)))
            && target.kind.is_none_or(|kind| device.kind == kind)
            && on_floor(twin)
            && !except.contains(&device.id)
    };
    meant.devices = if target.devices.is_empty() {
        house
            .devices
            .values()
            .filter(|twin| fits(twin))
            .cloned()
            .collect()
    } else {
        named.into_iter().filter(|twin| fits(twin)).collect()
    };
    meant
}

/// The device of an id, slug, alias or name.
pub(crate) fn device(house: &Snapshot, name: &str) -> Option<Arc<DeviceTwin>> {
    house.device(name).cloned().or_else(|| {
        let mut all = house.devices.values();
        all.find(|twin| twin.device.name.eq_ignore_ascii_case(name.trim()))
            .cloned()
    })
}
