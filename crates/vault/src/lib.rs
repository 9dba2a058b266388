//! Credentials of devices and services, encrypted in a file of their own.
//!
//! One file beside the database holds every entry, sealed as a whole: not even the names can be read
//! without the key, and the key is never beside it. Who asks gets names; the secret itself is given to
//! the part that needs it and to nothing that people or programs read.
//!
//! **Entry types:** [`Vault`] (the handle: listing, putting, removing, rotating), [`Key`] (what it is
//! sealed with), [`Secret`] (what is never shown), [`Slot`] (a setting that an entry can give),
//! [`seal`] and [`open`] (also for what others keep encrypted), [`pack`] and [`unpack`] (secrets in a
//! backup, under a passphrase).
//!
//! **Invariants**
//! - The file is replaced by one rename: whoever is killed half-way leaves the old one or the new one.
//! - What cannot be opened is never written over.
//! - Every change reads the file anew under a lock: two processes lose nothing of each other, and who
//!   holds a key that is the file's no more is told so.
//! - A vault that is closed is no fault of the house: it runs without these credentials and says so.
//!
//! **Deliberately not here:** where the key comes from, which settings take an entry (`consciousness`),
//! and who may ask (`api`).

mod entry;
mod file;
mod handle;
mod key;
mod packed;
mod sealed;

pub use entry::{Check, Effect, Entry, Secret, Slot, fault_of_name};
pub use file::Closed;
pub use handle::{Vault, VaultError};
pub use key::{Key, weakness};
pub use packed::{fault_of_passphrase, pack, unpack};
pub use sealed::{open, random, seal};
