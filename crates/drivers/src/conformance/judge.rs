//! What always holds of what a driver says.

use model::{About, DeviceKind, Identity, Instance, Reading, Sighting};

/// The longest native id that keeps its meaning in the house.
const LONGEST_ID: usize = 256;

/// Readings name only what was announced, in its shape.
pub(crate) fn readings(
    native_id: &str,
    instances: &[Instance],
    readings: &[Reading],
) -> Result<(), String> {
    for reading in readings {
        instances
            .iter()
            .find(|instance| {
                instance.endpoint == reading.path.endpoint
                    && instance.capability == reading.path.capability
            })
            .and_then(|instance| instance.property(reading.path.property.name))
            .ok_or_else(|| {
                format!(
                    "{native_id} reports {}, which was not announced",
                    reading.path
                )
            })?;
        if let Some(value) = &reading.value {
            let property = reading.path.property;
            property
                .accept_report(value, reading.unit)
                .map_err(|fault| format!("{native_id} {}: {fault}", reading.path))?;
        }
    }
    Ok(())
}

/// A sighting has an id, well-formed identities, and clues that say what they rest on.
pub(crate) fn sighting(sighting: &Sighting) -> Result<(), String> {
    let id = &sighting.native_id;
    if id.is_empty() || id.chars().count() > LONGEST_ID {
        return Err(format!(
            "a sighting with an empty or endless id: {sighting:?}"
        ));
    }
    if sighting.name.as_ref().is_some_and(String::is_empty) {
        return Err(format!("{id} has an empty name"));
    }
    if let Some(wrong) = sighting.identities.iter().find(|one| !is_well_formed(one)) {
        return Err(format!("{id} has a malformed identity: {wrong:?}"));
    }
    if sighting
        .addresses
        .iter()
        .any(|one| one.is_unspecified() || one.is_multicast())
    {
        return Err(format!(
            "{id} is said to answer at an address that is nobody's: {:?}",
            sighting.addresses
        ));
    }
    for clue in &sighting.clues {
        let names_a_kind = clue.about != About::Kind || DeviceKind::parse(&clue.value).is_some();
        let is_weighed = clue.weight > 0.0 && clue.weight < 1.0;
        if !names_a_kind || !is_weighed || clue.value.is_empty() || clue.evidence.is_empty() {
            return Err(format!("{id} has a clue that says nothing: {clue:?}"));
        }
    }
    Ok(())
}

fn is_well_formed(identity: &Identity) -> bool {
    let is_hex = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    match identity {
        Identity::Mac(mac) => {
            mac.split(':').count() == 6
                && mac.split(':').all(|pair| pair.len() == 2 && is_hex(pair))
        }
        Identity::Uuid(uuid) => !uuid.is_empty() && *uuid == uuid.to_lowercase(),
        Identity::Serial(serial) => serial
            .split_once(':')
            .is_some_and(|(whose, number)| !whose.is_empty() && !number.is_empty()),
        Identity::Hostname(name) => {
            !name.is_empty() && *name == name.to_lowercase() && !name.contains('.')
        }
    }
}
