//! A bound on what one device may send, so that the others stay live.
//!
//! Each device has a bucket of tokens. While it lasts, messages pass. Past it only the latest
//! payload of each topic is kept, and handed on as tokens come back: the last value always
//! arrives, the ones between do not. What was overwritten is counted.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

/// How much one device may send.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Messages a second, all the time.
    pub rate: f64,
    /// Messages at once.
    pub burst: f64,
    /// Topics of which the latest payload is kept.
    pub topics: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate: 200.0,
            burst: 1_000.0,
            topics: 1_024,
        }
    }
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admit {
    /// It is handed on.
    Pass,
    /// It waits for a token, or gave way to a later one.
    Held,
}

/// The buckets of all devices.
#[derive(Debug, Default)]
pub struct Guard {
    limits: Limits,
    buckets: HashMap<Arc<str>, Bucket>,
    /// Those that have something waiting or to be told of.
    busy: HashSet<Arc<str>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Duration,
    held: HashMap<Box<str>, Vec<u8>>,
    /// The topics in the order in which they shall be handed on.
    order: VecDeque<Box<str>>,
    dropped: u64,
    told: Option<Duration>,
}

/// How much may wait of one device.
const HELD_BYTES: usize = 1024 * 1024;

impl Guard {
    /// A guard with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Judges a message of a device. `now` is the time since any fixed moment.
    pub fn admit(
        &mut self,
        device: &Arc<str>,
        topic: &str,
        payload: &[u8],
        now: Duration,
    ) -> Admit {
        let limits = self.limits;
        let bucket = self.buckets.entry(Arc::clone(device)).or_insert(Bucket {
            tokens: limits.burst,
            filled: now,
            held: HashMap::new(),
            order: VecDeque::new(),
            dropped: 0,
            told: None,
        });
        bucket.fill(&limits, now);
        // While something waits, nothing may overtake it.
        if bucket.order.is_empty() && bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Admit::Pass;
        }
        let others: usize = bucket
            .held
            .iter()
            .filter(|(held, _)| held.as_ref() != topic)
            .map(|(_, payload)| payload.len())
            .sum();
        if others + payload.len() > HELD_BYTES {
            bucket.dropped += 1;
        } else if let Some(kept) = bucket.held.get_mut(topic) {
            kept.clear();
            kept.extend_from_slice(payload);
            bucket.dropped += 1;
        } else if bucket.held.len() < limits.topics {
            bucket.held.insert(topic.into(), payload.to_vec());
            bucket.order.push_back(topic.into());
        } else {
            bucket.dropped += 1;
        }
        self.busy.insert(Arc::clone(device));
        Admit::Held
    }

    /// What waited and may be handed on now.
    pub fn release(&mut self, now: Duration) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        for device in &self.busy {
            let Some(bucket) = self.buckets.get_mut(device) else {
                continue;
            };
            bucket.fill(&self.limits, now);
            while bucket.tokens >= 1.0 {
                let Some(topic) = bucket.order.pop_front() else {
                    break;
                };
                bucket.tokens -= 1.0;
                if let Some(payload) = bucket.held.remove(&topic) {
                    all.push((topic.into(), payload));
                }
            }
        }
        all
    }

    /// The devices that lost messages, how many, and whether that is news; each at most once a
    /// second.
    pub fn floods(&mut self, now: Duration) -> Vec<(Arc<str>, u64, bool)> {
        const EVERY: Duration = Duration::from_secs(1);
        const CALM: Duration = Duration::from_secs(60);
        let mut all = Vec::new();
        for device in &self.busy {
            let Some(bucket) = self.buckets.get_mut(device) else {
                continue;
            };
            let since = bucket.told.map(|told| now.saturating_sub(told));
            if bucket.dropped > 0 && since.is_none_or(|since| since >= EVERY) {
                let is_news = since.is_none_or(|since| since >= CALM);
                all.push((Arc::clone(device), bucket.dropped, is_news));
                bucket.dropped = 0;
                bucket.told = Some(now);
            }
        }
        let buckets = &self.buckets;
        self.busy.retain(|device| {
            buckets
                .get(device)
                .is_some_and(|bucket| !bucket.order.is_empty() || bucket.dropped > 0)
        });
        all
    }

    /// Whether something waits.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Lets go of the buckets of devices that are gone or quiet. To be called now and then.
    pub fn tidy(&mut self, now: Duration) {
        let (limits, busy) = (self.limits, &self.busy);
        self.buckets.retain(|device, bucket| {
            bucket.fill(&limits, now);
            busy.contains(device) || bucket.tokens < limits.burst
        });
    }
}

impl Bucket {
    fn fill(&mut self, limits: &Limits, now: Duration) {
        let passed = now.saturating_sub(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * limits.rate).min(limits.burst);
        self.filled = self.filled.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::{Admit, Guard, Limits};
    use std::{sync::Arc, time::Duration};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_loud_device_is_held_and_a_quiet_one_is_not() {
        let mut guard = Guard::new(Limits {
            rate: 10.0,
            burst: 20.0,
            topics: 2,
        });
        let (loud, quiet): (Arc<str>, Arc<str>) = ("loud".into(), "quiet".into());
        let passed = (0_u32..1_000)
            .filter(|at| {
                guard.admit(&loud, "loud/a", &at.to_be_bytes(), Duration::ZERO) == Admit::Pass
            })
            .count();
        assert_eq!(passed, 20);
        assert_eq!(
            guard.admit(&quiet, "quiet/a", b"1", Duration::ZERO),
            Admit::Pass
        );
        assert_eq!(
            guard.floods(Duration::ZERO),
            [(Arc::clone(&loud), 979, true)]
        );
        // The latest value arrives, once there is a token for it.
        assert_eq!(guard.release(Duration::ZERO), []);
        let latest = 999_u32.to_be_bytes().to_vec();
        assert_eq!(guard.release(SECOND), [("loud/a".to_owned(), latest)]);
        assert_eq!(guard.admit(&loud, "loud/a", b"x", SECOND), Admit::Pass);
        guard.floods(SECOND);
        assert!(!guard.is_busy());
    }

    #[test]
    fn a_flood_is_told_once_a_second_and_is_news_once() {
        let mut guard = Guard::new(Limits {
            rate: 1.0,
            burst: 1.0,
            topics: 1,
        });
        let loud: Arc<str> = "loud".into();
        let mut told = Vec::new();
        for tenth in 0..35 {
            let now = Duration::from_millis(tenth * 100);
            for _ in 0..10 {
                guard.admit(&loud, "t", b"x", now);
            }
            guard.release(now);
            told.extend(guard.floods(now).into_iter().map(|(_, _, news)| news));
        }
        assert_eq!(told, [true, false, false, false]);
    }

    #[test]
    fn quiet_devices_cost_nothing() {
        let mut guard = Guard::new(Limits::default());
        for at in 0..1_000 {
            guard.admit(&format!("{at}").into(), "t", b"x", Duration::ZERO);
        }
        guard.tidy(SECOND);
        assert_eq!(guard.buckets.len(), 0);
    }
}
