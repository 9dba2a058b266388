//! Room for connections: a bounded number at once, and when all places are taken the one that has asked for
//! nothing for the longest time gives up its place.
//!
//! Without that, silent connections would keep everybody out until their time is over. What is under way, with
//! its answer, is never cut off for a newcomer; when every place has such, the newcomer waits for the
//! first that is done.

use axum::body::Body;
use axum::response::Response;
use hyper::body::{Bytes, Frame, SizeHint};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// The places, and who sits idly in one.
#[derive(Debug)]
pub(crate) struct Crowd {
    room: Arc<Semaphore>,
    /// Who asks for nothing now, in the order in which that began.
    idle: Mutex<BTreeMap<u64, CancellationToken>>,
    next: AtomicU64,
    /// Somebody asks for nothing any more.
    rested: Notify,
}

impl Crowd {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            room: Arc::new(Semaphore::new(most)),
            idle: Mutex::default(),
            next: AtomicU64::new(0),
            rested: Notify::new(),
        })
    }

    fn idle(&self) -> MutexGuard<'_, BTreeMap<u64, CancellationToken>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more; `true` where another had to give up its own.
    pub(crate) async fn enter(self: &Arc<Self>) -> Option<(Arc<Seat>, bool)> {
        let mut crowded = false;
        let place = loop {
            if let Ok(place) = Arc::clone(&self.room).try_acquire_owned() {
                break place;
            }
            // The semaphore is never closed; should it be, nobody is let in.
            let place = Arc::clone(&self.room).acquire_owned();
            let longest = self.idle().pop_first();
            if let Some((_, longest)) = longest {
                crowded = true;
                longest.cancel();
                break place.await.ok()?;
            }
            tokio::select! {
                place = place => break place.ok()?,
                () = self.rested.notified() => {}
            }
        };
        let seat = Arc::new(Seat {
            crowd: Arc::clone(self),
            leave: CancellationToken::new(),
            since: AtomicU64::new(0),
            _place: place,
        });
        seat.rest();
        Some((seat, crowded))
    }
}

/// The place of one connection.
#[derive(Debug)]
pub(crate) struct Seat {
    crowd: Arc<Crowd>,
    leave: CancellationToken,
    /// Its key among the idle.
    since: AtomicU64,
    _place: OwnedSemaphorePermit,
}

impl Seat {
    /// Cancelled when somebody else needs the place.
    pub(crate) fn leave(&self) -> &CancellationToken {
        &self.leave
    }

    fn rest(&self) {
        let since = self.crowd.next.fetch_add(1, Ordering::Relaxed);
        self.since.store(since, Ordering::Relaxed);
        self.crowd.idle().insert(since, self.leave.clone());
        self.crowd.rested.notify_one();
    }

    /// A request is under way, until what is returned is dropped.
    pub(crate) fn work(self: &Arc<Self>) -> Work {
        self.crowd
            .idle()
            .remove(&self.since.load(Ordering::Relaxed));
        Work(Arc::clone(self))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.crowd
            .idle()
            .remove(&self.since.load(Ordering::Relaxed));
    }
}

/// A request that is under way.
#[derive(Debug)]
pub(crate) struct Work(Arc<Seat>);

impl Work {
    /// An answer with which the work ends when it is sent, or given up.
    pub(crate) fn until_sent(self, answer: Response) -> Response {
        answer.map(|body| Body::new(Sent { body, _work: self }))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.rest();
    }
}

/// The body of an answer, and what ends with it.
struct Sent {
    body: Body,
    _work: Work,
}

impl hyper::body::Body for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::Crowd;
    use axum::body::Body;
    use axum::response::Response;

    #[tokio::test]
    async fn who_is_idle_longest_leaves_and_who_works_stays() {
        let crowd = Crowd::new(2);
        let (first, crowded) = crowd.enter().await.unwrap();
        assert!(!crowded);
        let (second, _) = crowd.enter().await.unwrap();
        // The first is asked something, and so the second has been idle for longer.
        let answer = first.work().until_sent(Response::new(Body::from("well")));
        assert_eq!(hyper::body::Body::size_hint(answer.body()).exact(), Some(4));
        let entering = tokio::spawn({
            let crowd = crowd.clone();
            async move { crowd.enter().await.unwrap() }
        });
        second.leave().cancelled().await;
        assert!(!first.leave().is_cancelled());
        drop(second);
        let (third, crowded) = entering.await.unwrap();
        assert!(crowded);
        // Now both work: nobody has to leave, and the next one waits.
        let work = third.work();
        let entering = tokio::spawn({
            let crowd = crowd.clone();
            async move { crowd.enter().await.unwrap() }
        });
        tokio::task::yield_now().await;
        assert!(!entering.is_finished());
        // Whoever is done first makes room.
        drop(answer);
        first.leave().cancelled().await;
        drop(first);
        let (_, crowded) = entering.await.unwrap();
        assert!(crowded);
        assert!(!third.leave().is_cancelled());
        drop(work);
        drop(third);
        assert!(crowd.idle().is_empty());
    }
}
