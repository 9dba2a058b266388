//! A stranger's words, made fit to be kept and shown.

use crate::registry::tamed_name;
use model::{Clue, Fact, Sighting};

/// How much of a sighting is kept.
const FACTS: usize = 48;
const IDENTITIES: usize = 16;
const ADDRESSES: usize = 16;
const CLUES: usize = 48;
const TEXT: usize = 256;

/// Cuts a sighting down to what is kept.
pub(super) fn tamed(mut sighting: Sighting) -> Sighting {
    sighting.native_id = tamed_text(&sighting.native_id);
    sighting.name = sighting
        .name
        .map(|name| tamed_name(&name, ""))
        .filter(|name| !name.is_empty());
    sighting.identities.truncate(IDENTITIES);
    sighting.addresses.truncate(ADDRESSES);
    sighting.facts.truncate(FACTS);
    sighting.clues.truncate(CLUES);
    for Fact { name, value } in &mut sighting.facts {
        *name = tamed_text(name);
        *value = tamed_text(value);
    }
    for Clue {
        value, evidence, ..
    } in &mut sighting.clues
    {
        *value = tamed_text(value);
        *evidence = tamed_text(evidence);
    }
    sighting
}

/// A text without control characters, not endless.
pub(super) fn tamed_text(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(TEXT)
        .collect()
}
