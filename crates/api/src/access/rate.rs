//! How much somebody may ask: a bucket an account or an address, refilled evenly. Pure; time is a
//! parameter.

use model::{AccountId, SessionId, TokenId};
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// How many buckets there are; full ones are not kept.
const BUCKETS: usize = 20_000;

/// Whose a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    /// The operator on the machine itself.
    Operator,
    /// An account, from wherever.
    Account(AccountId),
    /// A program to which somebody gave access.
    Program(SessionId),
    /// A long-lived token.
    Token(TokenId),
    /// Nobody that is known, at an address.
    Address(Option<IpAddr>),
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Duration,
}

/// The buckets.
#[derive(Debug)]
pub(crate) struct Rates {
    a_minute: f64,
    buckets: HashMap<Whose, Bucket>,
}

impl Rates {
    /// Buckets for so many requests a minute.
    pub(crate) fn new(a_minute: u32) -> Self {
        Self {
            a_minute: f64::from(a_minute.max(1)),
            buckets: HashMap::new(),
        }
    }

    /// Takes one request, or says after how long there is room for one.
    pub(crate) fn take(&mut self, whose: Whose, now: Duration) -> Result<(), Duration> {
        let most = self.a_minute;
        if self.buckets.len() >= BUCKETS && !self.buckets.contains_key(&whose) {
            self.make_room(now);
        }
        let bucket = self.buckets.entry(whose).or_insert(Bucket {
            left: most,
            at: now,
        });
        bucket.left = filled(bucket, most, now);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - bucket.left) * 60.0 / most))
        }
    }

    /// Full buckets say nothing and go; where all are in use, the one that was used longest ago.
    fn make_room(&mut self, now: Duration) {
        let most = self.a_minute;
        self.buckets
            .retain(|_, bucket| filled(bucket, most, now) < most);
        if self.buckets.len() >= BUCKETS {
            let oldest = self
                .buckets
                .iter()
                .min_by_key(|(_, bucket)| bucket.at)
                .map(|(whose, _)| *whose);
            oldest.map(|whose| self.buckets.remove(&whose));
        }
    }
}

fn filled(bucket: &Bucket, most: f64, now: Duration) -> f64 {
    let since = now.saturating_sub(bucket.at).as_secs_f64();
    (bucket.left + since * most / 60.0).min(most)
}

#[cfg(test)]
mod tests {
    use super::{BUCKETS, Rates, Whose};
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    fn at(number: u32) -> Whose {
        Whose::Address(Some(IpAddr::V4(Ipv4Addr::from(number))))
    }

    #[test]
    fn a_bucket_empties_and_fills_and_is_ones_own() {
        let mut rates = Rates::new(60);
        let second = Duration::from_secs;
        for _ in 0..60 {
            assert!(rates.take(at(1), second(0)).is_ok());
        }
        let wait = rates.take(at(1), second(0)).unwrap_err();
        assert!(wait <= second(1) && !wait.is_zero());
        assert!(rates.take(at(2), second(0)).is_ok());
        assert!(rates.take(at(1), second(1)).is_ok());
        assert!(rates.take(at(1), second(1)).is_err());
    }

    #[test]
    fn a_flood_of_addresses_takes_no_more_room() {
        let mut rates = Rates::new(60);
        for number in 0..(BUCKETS as u32 + 1_000) {
            assert!(
                rates
                    .take(at(number), Duration::from_millis(number.into()))
                    .is_ok()
            );
        }
        assert!(rates.buckets.len() <= BUCKETS);
    }
}
