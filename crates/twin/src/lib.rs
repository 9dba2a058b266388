//! The live house: registry, inbox, reported and desired, the door, the loop, snapshots.
