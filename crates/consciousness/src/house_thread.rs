//! The thread on which the house lives: its drivers, its loop and its rules.
//!
//! A change passes through some tasks one after the other, from the socket to the rules. On one thread
//! each of them is simply next; on several a task often wakes a sleeping thread first, and that costs
//! many times what the change itself does. None of them computes for long, and what waits for the disk
//! or for people runs elsewhere.

use anyhow::Context as _;
use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The thread; it ends with the value.
pub(crate) struct HouseThread {
    handle: Handle,
    _end: DropGuard,
}

impl HouseThread {
    /// Starts it.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .context("the house's own thread cannot be set up")?;
        let handle = runtime.handle().clone();
        let end = CancellationToken::new();
        let ended = end.clone();
        std::thread::Builder::new()
            .name("household".to_owned())
            .spawn(move || runtime.block_on(ended.cancelled()))
            .context("the house's own thread cannot be started")?;
        Ok(Self {
            handle,
            _end: end.drop_guard(),
        })
    }

    /// Does something at once; the tasks that it begins live on the thread.
    pub(crate) fn begin<T>(&self, work: impl FnOnce() -> T) -> T {
        let _there = self.handle.enter();
        work()
    }

    /// Does something on the thread, and so do the tasks that it begins.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = anyhow::Result<T>> + Send + 'static,
    ) -> anyhow::Result<T> {
        self.handle.spawn(work).await.context("it broke")?
    }
}
