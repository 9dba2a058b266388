//! A house of twins that nobody lives in, for a rehearsal.

use crate::constraints::watch::Watch;
use crate::door::Counters;
use crate::{House, Limits, Snapshot};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

impl House {
    /// The house as a snapshot shows it, with nothing under way: no wish waits and no search runs.
    /// What is asked of it goes through the same door, and meets the same safety constraints; what
    /// they count goes on from where it is. Its refusals are no news: they are neither logged nor
    /// measured.
    #[must_use]
    pub fn imagined(snapshot: &Snapshot, limits: Limits) -> Self {
        let mut state = snapshot.clone();
        state.wishes.clear();
        state.pending = 0;
        let wished: Vec<_> = state
            .devices
            .iter()
            .filter(|(_, twin)| twin.properties.iter().any(|(_, it)| it.desired.is_some()))
            .map(|(id, _)| *id)
            .collect();
        for id in wished {
            if let Some(twin) = state.devices.get_mut(&id) {
                Arc::make_mut(twin).properties.forget_wishes();
            }
        }
        Self {
            watch: Watch::of(&state),
            state,
            limits,
            imagined: true,
            pending: BTreeMap::new(),
            pending_of: HashMap::new(),
            ended: VecDeque::new(),
            echoes: Vec::new(),
            counters: Counters::default(),
            outcomes: HashMap::new(),
            outcome_order: VecDeque::new(),
            manual: HashMap::new(),
            search: None,
        }
    }
}
