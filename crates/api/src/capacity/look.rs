//! One look at what the server needs.

use crate::metrics::reading::histograms;
use store::{CapacityCounts, CapacityDay};

/// Above this share of its limit the memory counts as full.
pub(crate) const FULL: f64 = 0.8;
/// A request, a query, a search that takes longer counts as slow, in seconds. Each is a bucket's bound.
const SLOW_REQUEST: f64 = 2.0;
const SLOW_QUERY: f64 = 0.1;
const SLOW_SCAN: f64 = 30.0;

/// What the metrics have counted since the server started.
pub(crate) fn counted(text: &str) -> CapacityCounts {
    let sum = |family: &str, bound: f64| {
        let all = histograms(text, family, &[]);
        let all = all.into_values().next().unwrap_or_default();
        (whole(all.count), whole(all.above(bound)))
    };
    let (requests, requests_slow) = sum("consciousness_request_duration_seconds", SLOW_REQUEST);
    let (queries, queries_slow) = sum("consciousness_database_query_duration_seconds", SLOW_QUERY);
    let (scans, scans_slow) = sum("consciousness_discovery_duration_seconds", SLOW_SCAN);
    CapacityCounts {
        looks: 0,
        looks_full: 0,
        requests,
        requests_slow,
        queries,
        queries_slow,
        scans,
        scans_slow,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count"
)]
fn whole(count: f64) -> u64 {
    count.max(0.0).round() as u64
}

/// What comes to the day: the facts of now, and what was counted since `before`.
pub(crate) fn look(facts: CapacityDay, now: CapacityCounts, before: CapacityCounts) -> CapacityDay {
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let full = match (facts.memory_bytes, facts.memory_limit_bytes) {
        (Some(used), Some(limit)) if limit > 0 => Some(used as f64 / limit as f64 > FULL),
        _ => None,
    };
    CapacityDay {
        counts: CapacityCounts {
            looks: 1,
            looks_full: u64::from(full == Some(true)),
            requests: now.requests.saturating_sub(before.requests),
            requests_slow: now.requests_slow.saturating_sub(before.requests_slow),
            queries: now.queries.saturating_sub(before.queries),
            queries_slow: now.queries_slow.saturating_sub(before.queries_slow),
            scans: now.scans.saturating_sub(before.scans),
            scans_slow: now.scans_slow.saturating_sub(before.scans_slow),
        },
        ..facts
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, look};
    use store::{CapacityCounts, CapacityDay};

    #[test]
    fn only_what_is_new_comes_to_the_day() {
        let text = "consciousness_request_duration_seconds_bucket{route=\"/a\",le=\"2\"} 9\n\
            consciousness_request_duration_seconds_bucket{route=\"/b\",le=\"2\"} 1\n\
            consciousness_request_duration_seconds_count{route=\"/a\"} 10\n\
            consciousness_request_duration_seconds_count{route=\"/b\"} 3\n\
            consciousness_database_query_duration_seconds_bucket{op=\"read\",le=\"0.1\"} 40\n\
            consciousness_database_query_duration_seconds_count{op=\"read\"} 41\n";
        let now = counted(text);
        assert_eq!((now.requests, now.requests_slow), (13, 3));
        assert_eq!((now.queries, now.queries_slow, now.scans), (41, 1, 0));
        let before = CapacityCounts {
            requests: 10,
            requests_slow: 3,
            ..CapacityCounts::default()
        };
        let facts = |used| CapacityDay {
            memory_bytes: used,
            memory_limit_bytes: Some(1_000),
            ..CapacityDay::default()
        };
        let one = look(facts(Some(801)), now, before);
        assert_eq!((one.counts.requests, one.counts.requests_slow), (3, 0));
        assert_eq!((one.counts.looks, one.counts.looks_full), (1, 1));
        assert_eq!(look(facts(Some(800)), now, before).counts.looks_full, 0);
        let unknown = look(facts(None), now, before).counts;
        assert_eq!((unknown.looks, unknown.looks_full), (1, 0));
    }
}
