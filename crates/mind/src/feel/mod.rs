//! Feelings, computed: evidence becomes named factors, factors become a valence that is their sum.
//!
//! valence = baseline + Σ weight × g(evidence). What saturates does so inside a g, and the weights
//! cannot add up to more than there is room for, so that nothing is cut off at the end and the parts
//! of the sum are its explanation. Only the word for the feeling remembers what it was.

pub mod formula;
pub mod table;

pub mod sum;
pub mod word;

pub mod recorded;
pub mod replay;

mod label;
mod page;

#[cfg(test)]
mod properties;

pub use label::Label;
pub use page::reference_page;
