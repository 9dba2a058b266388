//! Holds every sender of datagrams to its share, before anything of them is looked at.

use std::{collections::HashMap, net::IpAddr, time::Duration};

/// Datagrams a second of one sender, all the time, and at once.
const RATE: f64 = 100.0;
const BURST: f64 = 400.0;
/// Senders that are told apart; those past it share one bucket.
const SENDERS: usize = 512;
/// A flood is told of again after this long,
const EVERY: Duration = Duration::from_secs(1);
/// and is news after this long without.
const CALM: Duration = Duration::from_secs(60);

/// The buckets of all senders.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    senders: HashMap<IpAddr, Bucket>,
    others: Option<Bucket>,
    /// When quiet senders were let go of last.
    tidied: Option<Duration>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Duration,
    dropped: u64,
    told: Option<Duration>,
}

/// What a sender lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Who.
    pub(crate) sender: IpAddr,
    /// How many datagrams since it was told last.
    pub(crate) dropped: u64,
    /// Whether that is news.
    pub(crate) is_news: bool,
}

impl Gate {
    /// Whether a datagram is looked at; and what is to be told of its sender.
    pub(crate) fn admit(&mut self, sender: IpAddr, now: Duration) -> (bool, Option<Lost>) {
        let is_tidy = self.tidied.is_some_and(|at| now.saturating_sub(at) < EVERY);
        if self.senders.len() >= SENDERS && !is_tidy {
            self.tidied = Some(now);
            self.senders.retain(|_, bucket| {
                bucket.fill(now);
                bucket.tokens < BURST
            });
        }
        let bucket = if self.senders.len() < SENDERS || self.senders.contains_key(&sender) {
            self.senders
                .entry(sender)
                .or_insert_with(|| Bucket::full(now))
        } else {
            self.others.get_or_insert_with(|| Bucket::full(now))
        };
        bucket.fill(now);
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return (true, None);
        }
        bucket.dropped += 1;
        let since = bucket.told.map(|told| now.saturating_sub(told));
        if since.is_some_and(|since| since < EVERY) {
            return (false, None);
        }
        let lost = Lost {
            sender,
            dropped: std::mem::take(&mut bucket.dropped),
            is_news: since.is_none_or(|since| since >= CALM),
        };
        bucket.told = Some(now);
        (false, Some(lost))
    }
}

impl Bucket {
    fn full(now: Duration) -> Self {
        Self {
            tokens: BURST,
            filled: now,
            dropped: 0,
            told: None,
        }
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * RATE).min(BURST);
        self.filled = self.filled.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::{BURST, Gate, Lost, SENDERS};
    use std::{net::IpAddr, time::Duration};

    #[test]
    fn a_loud_sender_is_held_and_a_quiet_one_is_not() {
        let mut gate = Gate::default();
        let (loud, quiet) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let (mut passed, mut told) = (0.0, Vec::new());
        for at in 0..3_000 {
            let now = Duration::from_millis(at);
            let (may, lost) = gate.admit(loud, now);
            passed += f64::from(u8::from(may));
            told.extend(lost);
        }
        assert!((BURST..BURST + 301.0).contains(&passed), "{passed}");
        assert_eq!(told.len(), 3);
        let first = Lost {
            sender: loud,
            dropped: 1,
            is_news: true,
        };
        assert_eq!(told[0], first);
        assert!(told[1].dropped > 500 && !told[1].is_news, "{:?}", told[1]);
        assert!(gate.admit(quiet, Duration::from_secs(3)).0);
    }

    #[test]
    fn senders_without_number_share_one_bucket() {
        let mut gate = Gate::default();
        let passed = (0..100_000_u32)
            .filter(|at| gate.admit(IpAddr::from(at.to_be_bytes()), Duration::ZERO).0)
            .count();
        assert_eq!(passed, SENDERS + 400);
        assert_eq!(gate.senders.len(), SENDERS);
        // When they are gone there is room again.
        assert!(gate.admit([10, 0, 0, 1].into(), Duration::from_secs(60)).0);
        assert_eq!(gate.senders.len(), 1);
    }
}
