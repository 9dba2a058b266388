//! What follows from how a thing is seen: what it is called, what it seems to be, whether it is there,
//! and what of that is news.

use super::{NETWORK, same::addresses};
use model::{Announcement, Connectivity, DeviceKind, Discovery, DiscoveryId, Guess, Opinion};
use std::{collections::BTreeSet, net::IpAddr};

/// Whose name of a thing is best, if several give one.
const NAMERS: [&str; 4] = ["mdns", "ssdp", "bluetooth", "dhcp"];

/// Draws all conclusions from a thing's sightings.
pub(super) fn conclude(thing: &mut Discovery) {
    thing.presence = if thing.sightings.iter().any(|seen| seen.present) {
        Connectivity::Online
    } else {
        Connectivity::Offline
    };
    let clues = thing.sightings.iter().flat_map(|seen| &seen.sighting.clues);
    thing.guess = Guess::from_clues(clues);
    if thing.key.driver != NETWORK {
        return;
    }
    // Nobody speaks to it: what it seems to be is all that can be said of it.
    let value = |opinion: &Option<Opinion>| opinion.as_ref().map(|it| it.value.clone());
    let (what, brand) = (value(&thing.guess.what), value(&thing.guess.brand));
    thing.announcement.kind = thing.guess.device_kind();
    thing.announcement.model = value(&thing.guess.model);
    thing.announcement.name = given_name(thing).unwrap_or_else(|| {
        let kind = what.unwrap_or_else(|| "thing".to_owned());
        let address = thing
            .sightings
            .iter()
            .find_map(|seen| seen.sighting.addresses.first());
        match (&brand, address) {
            (Some(brand), _) => format!("{brand} {kind}"),
            (None, Some(address)) => format!("unknown {kind} at {address}"),
            (None, None) => format!("unknown {kind}"),
        }
    });
    thing.announcement.manufacturer = brand;
}

/// The best of the names that the thing gives itself.
fn given_name(thing: &Discovery) -> Option<String> {
    let place = |protocol: &str| {
        NAMERS
            .iter()
            .position(|namer| *namer == protocol)
            .unwrap_or(NAMERS.len())
    };
    thing
        .sightings
        .iter()
        .filter_map(|seen| Some((place(&seen.protocol), seen.sighting.name.as_ref()?)))
        .min_by_key(|(place, _)| *place)
        .map(|(_, name)| name.clone())
}

/// What there is to tell about a thing that was known.
pub(super) fn news(before: &Discovery, thing: &Discovery) -> Vec<String> {
    let mut news = Vec::new();
    let protocols = |thing: &Discovery| -> BTreeSet<String> {
        let all = thing.sightings.iter();
        all.map(|seen| seen.protocol.clone()).collect()
    };
    for protocol in protocols(thing).difference(&protocols(before)) {
        news.push(format!("{protocol} sees it as well"));
    }
    if let (Some(was), Some(is)) = (given_name(before), given_name(thing))
        && was != is
    {
        news.push(format!("it called itself {was} before"));
    }
    // Where it was when it vanished is no news when it is back.
    let known: BTreeSet<IpAddr> = before
        .sightings
        .iter()
        .flat_map(|seen| seen.sighting.addresses.iter().copied())
        .collect();
    let came: Vec<_> = addresses(thing)
        .difference(&known)
        .map(ToString::to_string)
        .collect();
    if !came.is_empty() {
        news.push(format!("it answers at {}", came.join(", ")));
    }
    let seems = |thing: &Discovery| {
        let opinion = thing.guess.what.as_ref().or(thing.guess.kind.as_ref());
        opinion.map(|opinion| opinion.value.clone())
    };
    if let Some(what) = seems(thing)
        && seems(before).as_ref() != Some(&what)
    {
        news.push(format!("it seems to be: {what}"));
    }
    news
}

/// What is said of a thing for which no driver speaks.
pub(super) fn announcement(id: DiscoveryId) -> Announcement {
    Announcement {
        native_id: id.to_string(),
        name: String::new(),
        slug: None,
        kind: DeviceKind::Other,
        manufacturer: None,
        model: None,
        via: None,
        area: None,
        capabilities: Vec::new(),
        adopt: false,
        manual: None,
    }
}
