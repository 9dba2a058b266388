//! Counts what was not taken of senders that claim too much.

use std::{collections::HashMap, net::IpAddr, time::Duration};

/// Senders of whom it is counted.
const SENDERS: usize = 64;
/// A sender is told of this often, and is news after that long without.
const EVERY: Duration = Duration::from_secs(1);
const CALM: Duration = Duration::from_secs(60);

/// What was not taken, by sender.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    senders: HashMap<IpAddr, (u64, Option<Duration>)>,
}

/// What was not taken of a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) sender: IpAddr,
    /// How much since it was told last.
    pub(crate) count: u64,
    pub(crate) is_news: bool,
}

impl Refusals {
    pub(crate) fn count(&mut self, sender: IpAddr) {
        if self.senders.len() < SENDERS || self.senders.contains_key(&sender) {
            self.senders.entry(sender).or_default().0 += 1;
        }
    }

    /// What is to be told, each sender at most once a second.
    pub(crate) fn due(&mut self, now: Duration) -> Vec<Refused> {
        let mut all = Vec::new();
        self.senders.retain(|sender, (count, told)| {
            let since = told.map(|told| now.saturating_sub(told));
            if *count > 0 && since.is_none_or(|since| since >= EVERY) {
                all.push(Refused {
                    sender: *sender,
                    count: std::mem::take(count),
                    is_news: since.is_none_or(|since| since >= CALM),
                });
                *told = Some(now);
            }
            *count > 0 || told.is_some_and(|told| now.saturating_sub(told) < CALM)
        });
        all
    }
}
