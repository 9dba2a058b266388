//! Whether two sightings are of one thing.

use model::{Discovery, Identity, Sighting};
use std::{collections::BTreeSet, net::IpAddr};

/// Where it answers now.
pub(super) fn addresses(thing: &Discovery) -> BTreeSet<IpAddr> {
    let present = thing.sightings.iter().filter(|seen| seen.present);
    present
        .flat_map(|seen| seen.sighting.addresses.iter().copied())
        .collect()
}

fn macs(identities: &[Identity]) -> impl Iterator<Item = &String> {
    identities.iter().filter_map(|identity| match identity {
        Identity::Mac(mac) => Some(mac),
        _ => None,
    })
}

fn identities(thing: &Discovery) -> impl Iterator<Item = &Identity> {
    thing
        .sightings
        .iter()
        .flat_map(|seen| &seen.sighting.identities)
}

/// Whether both have hardware addresses and none in common.
pub(super) fn contradicts(thing: &Discovery, sighting: &Sighting) -> bool {
    let all = thing
        .sightings
        .iter()
        .flat_map(|seen| macs(&seen.sighting.identities));
    differ(all.collect(), macs(&sighting.identities).collect())
}

fn differ(one: BTreeSet<&String>, other: BTreeSet<&String>) -> bool {
    !one.is_empty() && !other.is_empty() && one.is_disjoint(&other)
}

/// Whether what a protocol calls the same is another thing now.
pub(super) fn is_replaced(thing: &Discovery, driver: &str, sighting: &Sighting) -> bool {
    let others = thing
        .sightings
        .iter()
        .filter(|seen| !(seen.protocol == driver && seen.sighting.native_id == sighting.native_id));
    let old = thing
        .sightings
        .iter()
        .find(|seen| seen.protocol == driver && seen.sighting.native_id == sighting.native_id);
    let old = old.map(|seen| seen.sighting.identities.as_slice());
    let all: BTreeSet<_> = others
        .flat_map(|seen| macs(&seen.sighting.identities))
        .chain(macs(old.unwrap_or_default()))
        .collect();
    differ(all, macs(&sighting.identities).collect())
}

/// Whether they share what only one thing has.
pub(super) fn shares_identity(thing: &Discovery, sighting: &Sighting) -> bool {
    let mut strong = sighting.identities.iter().filter(|one| one.is_strong());
    strong.any(|one| identities(thing).any(|other| other == one))
}

/// Whether the network reaches both at one place now.
pub(super) fn shares_place(thing: &Discovery, sighting: &Sighting) -> bool {
    let here = addresses(thing);
    let usable = |address: &&IpAddr| !address.is_loopback() && !address.is_unspecified();
    if sighting
        .addresses
        .iter()
        .filter(usable)
        .any(|address| here.contains(address))
    {
        return true;
    }
    // One name at two places is two things: factory names repeat.
    let elsewhere = !here.is_empty() && !sighting.addresses.is_empty();
    let mut names = sighting.identities.iter().filter(|one| !one.is_strong());
    !elsewhere && names.any(|one| identities(thing).any(|other| other == one))
}
