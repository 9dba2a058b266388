//! The house as words: what its things are called, and which of them somebody means.

mod find;
mod gazetteer;
mod kind;

pub use find::{Chunk, Found, Place, Scope};
pub use gazetteer::{Entity, Extra, Gazetteer, Human, Label, Named, Room, Storey, Thing};
