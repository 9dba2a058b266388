//! Samples that are not fresh any more are folded into chunks, where they cost a byte or two each.

use crate::calendar::plus;
use model::Timestamp;
use store::{Store, StoreError};

/// What is younger stays as it was written, readable with `sqlite3` alone.
const FRESH: i64 = 10 * 60 * 1_000_000;

/// House time between two rounds: with [`FRESH`], a sample is in a chunk within a quarter of an hour.
const ROUND: i64 = 5 * 60 * 1_000_000;

/// Whether a round is due, after the last at house time `last`.
pub(crate) fn is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    // A clock that was put back does not keep it waiting.
    last.is_none_or(|last| now < last || now >= plus(last, ROUND))
}

/// Folds all samples into chunks that are older than ten minutes, as of house time `now`. Returns
/// how many.
///
/// # Errors
/// When the database cannot be written. What was done stays done.
pub async fn compact(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    store.compact(plus(now, -FRESH)).await
}

#[cfg(test)]
mod tests {
    use super::is_due;
    use model::Timestamp;

    #[test]
    fn a_round_comes_every_five_minutes_of_house_time() {
        let at = |minutes: i64| Timestamp::from_second(1_760_000_000 + minutes * 60).unwrap();
        for (last, now, due) in [
            (None, 0, true),
            (Some(0), 4, false),
            (Some(0), 5, true),
            (Some(0), 600, true),
            (Some(600), 0, true),
        ] {
            assert_eq!(is_due(last.map(at), at(now)), due, "{last:?} {now}");
        }
    }
}
