//! Feelings, computed: evidence becomes named factors, factors become a valence that is their sum.

mod label;

pub use label::Label;
