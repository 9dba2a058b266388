//! What is to be fetched, so that no host makes us fetch without end.

use super::claim::Fetch;
use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    time::Duration,
};

/// What waits.
const QUEUE: usize = 512;
/// What is under way, altogether and from one host.
const AT_A_TIME: usize = 8;
const OF_HOST: usize = 2;
/// What one host may make us fetch: at once, and a second all the time.
const BURST: f64 = 64.0;
const RATE: f64 = 0.5;
/// Hosts of which that is reckoned.
const HOSTS: usize = 1_024;

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Fetches {
    waiting: VecDeque<Fetch>,
    under_way: HashMap<IpAddr, usize>,
    allowances: HashMap<IpAddr, (f64, Duration)>,
}

impl Fetches {
    /// Puts something into the queue; `false` where its host makes us fetch too much.
    pub(super) fn want(&mut self, fetch: Fetch, now: Duration) -> bool {
        if self.waiting.contains(&fetch) {
            return true;
        }
        if self.waiting.len() >= QUEUE || !self.allow(fetch.host, now) {
            return false;
        }
        self.waiting.push_back(fetch);
        true
    }

    fn allow(&mut self, host: IpAddr, now: Duration) -> bool {
        let left = |(tokens, at): (f64, Duration)| {
            (tokens + now.saturating_sub(at).as_secs_f64() * RATE).min(BURST)
        };
        if self.allowances.len() >= HOSTS && !self.allowances.contains_key(&host) {
            self.allowances.retain(|_, kept| left(*kept) < BURST);
            if self.allowances.len() >= HOSTS {
                return false;
            }
        }
        let kept = self.allowances.entry(host).or_insert((BURST, now));
        let tokens = left(*kept);
        let may = tokens >= 1.0;
        *kept = (if may { tokens - 1.0 } else { tokens }, now);
        may
    }

    /// The next to be fetched now.
    pub(super) fn next(&mut self) -> Option<Fetch> {
        if self.under_way.values().sum::<usize>() >= AT_A_TIME {
            return None;
        }
        let under_way = &self.under_way;
        let of_host = |host: &IpAddr| under_way.get(host).copied().unwrap_or(0);
        let place = self
            .waiting
            .iter()
            .position(|fetch| of_host(&fetch.host) < OF_HOST)?;
        let fetch = self.waiting.remove(place)?;
        *self.under_way.entry(fetch.host).or_default() += 1;
        Some(fetch)
    }

    /// One has ended.
    pub(super) fn ended(&mut self, host: IpAddr) {
        if let Some(count) = self.under_way.get_mut(&host) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(&host);
            }
        }
    }

    /// Whether nothing waits or is under way.
    pub(super) fn are_done(&self) -> bool {
        self.waiting.is_empty() && self.under_way.is_empty()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
