//! What the house is told of a UPnP device.

use super::{
    claim::{Claim, Document, State},
    identify::{self, Known},
};
use model::{Fact, ReportBody, Sighting};
use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
};

/// Facts and clues that the house keeps of a sighting.
const FACTS: usize = 48;
const CLUES: usize = 48;

/// A device.
#[derive(Debug)]
pub(super) struct Thing {
    pub(super) native_id: String,
    /// What the house was told.
    pub(super) told: Option<Sighting>,
}

impl Thing {
    /// What was told of it, once more.
    pub(super) fn again(&self) -> Option<ReportBody> {
        let told = self.told.clone()?;
        Some(ReportBody::Sighted(Box::new(told)))
    }
}

/// What the house is told of the device of a host, from all that it announces.
pub(super) fn sighting(
    host: IpAddr,
    uuid: &str,
    native_id: &str,
    claims: &[(&String, &Claim)],
    documents: &HashMap<(IpAddr, String), Document>,
) -> Sighting {
    let own = claims.iter().find(|(name, _)| *name == uuid);
    let own = own.or(claims.first()).map(|(_, claim)| *claim);
    let location = own.and_then(|claim| claim.location.as_deref());
    let server = own.and_then(|claim| claim.server.as_deref());
    let document = location.and_then(|location| documents.get(&(host, location.to_owned())));
    let (description, missing) = match (document.map(|it| &it.state), location) {
        (Some(State::Had(description)), _) => (Some(description.as_ref()), None),
        (Some(State::Failed(why)), _) => (None, Some(format!("not read: {why}"))),
        (Some(State::Wanted) | None, Some(_)) => (None, Some("not read yet".to_owned())),
        (_, None) => (
            None,
            Some("not read: the device does not say where it is".to_owned()),
        ),
    };
    let targets: BTreeSet<_> = claims
        .iter()
        .flat_map(|(_, claim)| &claim.targets)
        .collect();
    let targets: Vec<String> = targets.into_iter().cloned().collect();
    let known = Known {
        uuid,
        targets: &targets,
        server,
        hue: claims.iter().find_map(|(_, claim)| claim.hue.as_deref()),
        description,
    };
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: Option<&str>| {
        facts.extend(value.map(|value| Fact::new(name, value)));
    };
    fact("description", missing.as_deref());
    if let Some(it) = description {
        fact("friendly_name", it.friendly_name.as_deref());
        fact("device_type", it.device_type.as_deref());
        fact("manufacturer", it.manufacturer.as_deref());
        fact("model_name", it.model_name.as_deref());
        fact("model_number", it.model_number.as_deref());
        fact("model_description", it.model_description.as_deref());
        fact("serial_number", it.serial_number.as_deref());
        fact("presentation", it.presentation.as_deref());
    }
    fact("server", server);
    fact("location", location);
    if let Some(it) = description {
        for part in &it.parts {
            fact("part", Some(part));
        }
        for service in &it.services {
            fact("service", Some(service));
        }
    }
    let described = description.map_or(&[][..], |it| &it.services);
    for target in targets.iter().filter(|one| !described.contains(one)) {
        fact("announces", Some(target));
    }
    facts.truncate(FACTS);
    let mut clues = identify::clues(known);
    clues.truncate(CLUES);
    Sighting {
        native_id: native_id.to_owned(),
        name: description.and_then(|it| it.friendly_name.clone()),
        identities: identify::identities(known),
        addresses: vec![host],
        facts,
        clues,
    }
}
