//! The deltas sent last, for clients that come back.

use super::delta::Delta;
use model::Position;
use std::collections::VecDeque;

/// How many deltas are kept for who comes back, and how many bytes of them.
const RING: usize = 8_192;
const RING_BYTES: usize = 4 * 1024 * 1024;
/// What was sent last.
pub(super) struct Recent {
    /// Covers every event up to here.
    pub(super) last: Position,
    ring: VecDeque<Delta>,
    bytes: usize,
}

/// How a client begins.
pub(crate) enum Start {
    /// It goes on from where it was.
    Resume { from: Position, deltas: Vec<Delta> },
    /// It needs everything.
    Snapshot,
}

impl Recent {
    /// Nothing was sent yet; what comes goes on after `last`.
    pub(super) const fn new(last: Position) -> Self {
        Self {
            last,
            ring: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Forgets all: from here on a client can only go on from `last`.
    pub(super) fn restart(&mut self, last: Position) {
        *self = Self::new(last);
    }

    /// Adds a delta; the oldest go when there are too many.
    pub(super) fn push(&mut self, delta: Delta) {
        self.last = delta.last;
        self.bytes += delta.len();
        self.ring.push_back(delta);
        while self.ring.len() > RING || self.bytes > RING_BYTES {
            let Some(oldest) = self.ring.pop_front() else {
                break;
            };
            self.bytes -= oldest.len();
        }
    }

    /// What came after `from`, where all of it is still here.
    pub(super) fn since(&self, from: Position) -> Start {
        let reaches = self
            .ring
            .front()
            .is_some_and(|delta| delta.first <= from.seq + 1);
        // A client that took a snapshot may be ahead of the deltas; then nothing is missing.
        if !reaches && from.seq < self.last.seq {
            return Start::Snapshot;
        }
        let after = self.ring.iter().filter(|delta| delta.last.seq > from.seq);
        let deltas = after.cloned().collect();
        Start::Resume { from, deltas }
    }
}

#[cfg(test)]
mod tests {
    use super::{Delta, Recent, Start};
    use crate::access::Place;
    use crate::live::changes::Placed;
    use crate::wire::Change;
    use model::Position;

    fn at(seq: u64) -> Position {
        Position { epoch: 1, seq }
    }

    /// A delta of one change, about so many bytes long.
    fn delta(first: u64, last: u64, length: usize) -> Delta {
        let constraint = "x".repeat(length);
        let change = Change::ConstraintRemoved { constraint };
        Delta::write(
            at(first),
            at(last),
            vec![Placed::new(Place::House, change)],
            false,
        )
        .unwrap()
    }

    /// The last events of the deltas that a client at `seq` gets; `None` for a snapshot.
    fn missed(recent: &Recent, seq: u64) -> Option<Vec<u64>> {
        match recent.since(at(seq)) {
            Start::Resume { deltas, .. } => {
                Some(deltas.iter().map(|delta| delta.last.seq).collect())
            }
            Start::Snapshot => None,
        }
    }

    #[test]
    fn who_comes_back_gets_what_it_missed_or_everything() {
        let mut recent = Recent::new(at(10));
        assert_eq!(missed(&recent, 10), Some(vec![]));
        assert_eq!(missed(&recent, 9), None, "what was before is not known");
        recent.push(delta(11, 13, 1));
        recent.push(delta(14, 14, 1));
        assert_eq!(missed(&recent, 10), Some(vec![13, 14]));
        assert_eq!(missed(&recent, 12), Some(vec![13, 14]), "within a delta");
        assert_eq!(missed(&recent, 13), Some(vec![14]));
        assert_eq!(
            missed(&recent, 15),
            Some(vec![]),
            "ahead of the deltas, by a snapshot"
        );
        assert_eq!(missed(&recent, 9), None);
        recent.restart(at(20));
        assert_eq!(missed(&recent, 14), None, "a gap");
    }

    #[test]
    fn it_is_bounded() {
        let mut recent = Recent::new(at(0));
        for seq in 1..=10_000 {
            recent.push(delta(seq, seq, 2_000));
        }
        assert!(recent.ring.len() <= super::RING && recent.bytes <= super::RING_BYTES);
        assert_eq!(missed(&recent, 1), None);
        assert_eq!(missed(&recent, 9_999), Some(vec![10_000]));
    }
}
