//! Whether the house still fits on its machine: how fast what it needs grows, when the disk is full, and
//! the signs that it has outgrown what it has.
//!
//! `look` reads what there is now and what was counted since the look before; `run` keeps that once a
//! minute, added to its day; `report` reckons from the days. Reckoning is pure.
//!
//! **Invariants**
//! - A trend needs [`report::NEEDS`] days; before that it is unknown, and says how many are missing.
//! - Days are those of the machine's wall clock in UTC: a simulated house's time says nothing about its
//!   machine.

mod look;
mod report;
mod run;

pub(crate) use report::{DAYS, report, warnings};
pub(crate) use run::{PART, run, today};
