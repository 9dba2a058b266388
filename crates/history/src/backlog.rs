//! Groups that wait to be written: kept in memory within bounds while the disk takes nothing.

use crate::telemetry;
use model::Timestamp;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use store::{Group, Store, StoreError};
use tokio::time::Instant;

/// How many rows may wait. Past this they are given up, and a gap says so.
const ROWS: usize = 100_000;

/// The longest pause between two tries.
const PAUSE: Duration = Duration::from_secs(30);

/// Groups that wait to be written, in order.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    groups: VecDeque<Arc<Group>>,
    rows: usize,
    limit: Option<usize>,
    tries: u32,
    not_before: Option<Instant>,
    /// The house time up to which everything is written.
    pub(crate) written: Option<Timestamp>,
}

impl Backlog {
    /// One that gives up sooner, for tests.
    #[cfg(test)]
    pub(crate) fn of(limit: usize) -> Self {
        Self {
            limit: Some(limit),
            ..Self::default()
        }
    }

    /// Adds a group.
    pub(crate) fn push(&mut self, group: Group) {
        self.rows += group.rows();
        self.groups.push_back(Arc::new(group));
    }

    /// Whether the last try failed.
    pub(crate) const fn is_failing(&self) -> bool {
        self.tries > 0
    }

    /// Writes what waits, unless the pause after a failure is not over.
    pub(crate) async fn write(&mut self, store: &Store) -> Result<(), StoreError> {
        if self.not_before.is_some_and(|then| Instant::now() < then) {
            return Ok(());
        }
        self.write_now(store).await
    }

    /// Writes what waits.
    pub(crate) async fn write_now(&mut self, store: &Store) -> Result<(), StoreError> {
        while let Some(group) = self.groups.front() {
            if let Err(error) = store.record(Arc::clone(group)).await {
                self.tries += 1;
                let pause = Duration::from_secs(1 << self.tries.min(5)).min(PAUSE);
                self.not_before = Some(Instant::now() + pause);
                telemetry::not_written(&error, self.rows, pause);
                telemetry::backlog(self.rows);
                return Err(error);
            }
            telemetry::written(group.rows(), &group.gaps);
            self.rows -= group.rows();
            self.written = group.until.or(self.written);
            self.tries = 0;
            self.not_before = None;
            self.groups.pop_front();
        }
        telemetry::backlog(0);
        Ok(())
    }

    /// Where too much waits: forgets it, and gives back since when it is missing and how many rows.
    /// Gaps among it are kept.
    pub(crate) fn give_up(&mut self) -> Option<(Option<Timestamp>, usize)> {
        if self.rows <= self.limit.unwrap_or(ROWS) {
            return None;
        }
        let rows = self.rows;
        let gaps: Vec<_> = self
            .groups
            .drain(..)
            .flat_map(|group| group.gaps.clone())
            .collect();
        self.rows = gaps.len();
        if !gaps.is_empty() {
            self.groups.push_back(Arc::new(Group {
                gaps,
                ..Group::default()
            }));
        }
        Some((self.written, rows))
    }
}

#[cfg(test)]
mod tests {
    use super::Backlog;
    use model::{DeviceId, Timestamp};
    use store::{Gap, GapReason, Group, Location, Sample, Store, StoreError};

    fn group(seconds: i64, rows: i64) -> Group {
        let device = DeviceId::new();
        let path = "OnOff.on_off".parse().unwrap();
        let at = |n| Timestamp::from_second(1_760_000_000 + n).unwrap();
        let samples = (0..rows)
            .map(|n| Sample {
                device,
                path,
                at: at(seconds + n),
                value: Some(true.into()),
            })
            .collect();
        let gaps = vec![Gap {
            from: at(seconds),
            to: at(seconds),
            reason: GapReason::FellBehind,
            detail: String::new(),
        }];
        Group {
            samples,
            gaps,
            until: Some(at(seconds + rows)),
            ..Group::default()
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_waited_for_within_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::file(folder.path().join("c.db"));
        let (store, _) = Store::open(&location).await.unwrap();
        store.load().await.unwrap();
        let mut backlog = Backlog::of(35_000);
        backlog.push(group(0, 10));
        backlog.write(&store).await.unwrap();
        let written = backlog.written;
        store.limit_pages(60).await.unwrap();
        backlog.push(group(100, 30_000));
        assert!(matches!(
            backlog.write(&store).await,
            Err(StoreError::Full(_))
        ));
        assert!(backlog.is_failing() && backlog.give_up().is_none());
        // The next try waits for its time; meanwhile more comes, until it is too much.
        backlog.push(group(50_000, 10_000));
        backlog.write(&store).await.unwrap();
        assert_eq!(backlog.give_up(), Some((written, 40_002)));
        assert!(backlog.give_up().is_none());
        store.limit_pages(1_000_000).await.unwrap();
        backlog.write_now(&store).await.unwrap();
        assert!(!backlog.is_failing());
        assert_eq!(store.count_samples().await.unwrap(), 10);
        let gaps = store
            .gaps(Timestamp::UNIX_EPOCH, Timestamp::MAX)
            .await
            .unwrap();
        assert_eq!(gaps.len(), 3, "gaps are never given up");
    }
}
