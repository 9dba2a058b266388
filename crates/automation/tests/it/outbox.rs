//! Messages that leave the house: sent once, tried again, held back in quiet hours, kept over a restart.

use automation::document::Clock as OfDay;
use automation::notify::{Message, NotSent, Options, Quiet, Way, run};
use futures_util::FutureExt as _;
use jiff::tz::TimeZone;
use model::{Cause, EventBody, Grant, Request, RequestBody, RunId, Timestamp, Who};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{KeptMessage, Location, Store};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use twin::{Bus, Clock, Handle, Limits, Wires};

/// A house, and an outbox with one way whose answers are given.
struct Post {
    house: Handle,
    store: Store,
    sent: mpsc::UnboundedReceiver<Message>,
    stop: CancellationToken,
    outbox: tokio::task::JoinHandle<()>,
    twin: tokio::task::JoinHandle<()>,
}

type Answers = Arc<Mutex<VecDeque<Result<(), NotSent>>>>;

fn again(why: &str) -> Result<(), NotSent> {
    Err(NotSent {
        why: why.into(),
        again: true,
    })
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Post {
    /// Opens the house of a folder; what is sent is answered so, and then taken.
    async fn open(
        folder: &tempfile::TempDir,
        clock: &Clock,
        answers: Vec<Result<(), NotSent>>,
        quiet: Option<Quiet>,
    ) -> Self {
        let location = Location::file(folder.path().join("house.db"));
        let (store, _) = Store::open(&location).await.unwrap();
        let kept = store.load().await.unwrap();
        let (house, start) = twin::House::restore(kept, Limits::default(), clock.now());
        let stop = CancellationToken::new();
        let (orders, _orders) = mpsc::channel(16);
        let wires = Wires {
            orders,
            clock: clock.clone(),
            store: store.clone(),
            bus: Bus::new(),
        };
        let running = twin::run(house, twin::House::started(start), wires, stop.clone());
        let handle = running.handle.clone();
        let (_, events) = handle.subscribe("messages", 256);
        let (told, sent) = mpsc::unbounded_channel();
        let answers: Answers = Arc::new(Mutex::new(answers.into()));
        let send = move |message: Message| {
            told.send(message).unwrap();
            let answer = answers.lock().unwrap().pop_front().unwrap_or(Ok(()));
            async move { answer }.boxed()
        };
        let way = Way {
            channel: "webhook",
            send: Arc::new(send),
        };
        let options = Options {
            pause: Duration::from_millis(1),
            ..Options::new(TimeZone::UTC, quiet)
        };
        let (house, kept_in) = (handle.clone(), store.clone());
        let outbox = tokio::spawn(async move {
            run(house, kept_in, vec![way], options, events)
                .await
                .unwrap();
        });
        Self {
            house: handle,
            store,
            sent,
            stop,
            outbox,
            twin: running.task,
        }
    }

    /// A run tells people something.
    async fn tells(&self, run: RunId, text: &str, urgent: bool) {
        let note = Box::new(EventBody::Notified {
            run,
            title: None,
            message: text.into(),
            urgent,
        });
        let mut request = Request::new(Grant::house(), RequestBody::Tell { note });
        request.cause = Cause::first(Who::House);
        self.house.request(request).await.unwrap();
    }

    /// What became of what a run said, once it is so.
    async fn until(&self, run: RunId, state: &str) -> KeptMessage {
        let waiting = async {
            loop {
                let kept = self.store.messages_of(&[run]).await.unwrap();
                if let Some(kept) = kept.into_iter().find(|kept| kept.state == state) {
                    return kept;
                }
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
        waited.unwrap_or_else(|_| panic!("it never became {state}"))
    }

    async fn close(self) {
        self.stop.cancel();
        self.twin.await.unwrap();
        drop(self.house);
        self.outbox.await.unwrap();
    }
}

#[tokio::test]
async fn a_message_is_sent_once_and_tried_again_with_the_same_id() {
    let folder = tempfile::tempdir().unwrap();
    let answers = vec![again("it is down"), again("it is still down"), Ok(())];
    let mut post = Post::open(&folder, &Clock::wall(), answers, None).await;
    let run = RunId::new();
    post.tells(run, "Hello", false).await;
    let kept = post.until(run, "sent").await;
    assert_eq!(
        (kept.attempts, kept.note.as_str()),
        (3, "it was taken after 3 tries")
    );
    let mut ids = Vec::new();
    while let Ok(message) = post.sent.try_recv() {
        ids.push(message.id);
    }
    assert_eq!(ids, [kept.id.as_str(); 3], "the receiver can tell a repeat");
    post.close().await;
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_tried_again_and_what_stays_down_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let lasting = NotSent {
        why: "it answers with status 410".into(),
        again: false,
    };
    let mut answers = vec![Err(lasting)];
    answers.extend(std::iter::repeat_n(again("it is down"), 6));
    let post = Post::open(&folder, &Clock::wall(), answers, None).await;
    let (first, second) = (RunId::new(), RunId::new());
    post.tells(first, "One", false).await;
    let kept = post.until(first, "gave_up").await;
    assert_eq!(
        (kept.attempts, kept.note.as_str()),
        (1, "it answers with status 410 (1 try)")
    );
    post.tells(second, "Two", false).await;
    let kept = post.until(second, "gave_up").await;
    assert_eq!(
        (kept.attempts, kept.note.as_str()),
        (6, "it is down (6 tries)")
    );
    post.close().await;
}

#[tokio::test]
async fn quiet_hours_hold_back_what_is_not_urgent_also_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = Quiet {
        from: OfDay::parse("22:00").unwrap(),
        to: OfDay::parse("07:00").unwrap(),
    };
    let clock = Clock::wall();
    clock.simulate(at("2026-11-23T23:00:00Z"), 1.0);
    let mut post = Post::open(&folder, &clock, vec![], Some(quiet)).await;
    let (waits, urgent) = (RunId::new(), RunId::new());
    post.tells(waits, "The washing is done", false).await;
    post.tells(urgent, "Water in the cellar", true).await;
    let kept = post.until(urgent, "sent").await;
    assert_eq!(kept.attempts, 1);
    let first = post.sent.recv().await.unwrap();
    assert_eq!(first.text, "Water in the cellar");
    let kept = post.until(waits, "waiting").await;
    assert_eq!(
        (kept.attempts, kept.note.as_str()),
        (0, "quiet hours until 07:00")
    );
    let id = kept.id;
    post.close().await;

    // The house restarts in the night, and then the morning comes.
    clock.simulate(at("2026-11-24T06:59:00Z"), 1.0);
    let mut post = Post::open(&folder, &clock, vec![], Some(quiet)).await;
    let kept = post.until(waits, "waiting").await;
    assert_eq!(kept.attempts, 0);
    assert!(post.sent.try_recv().is_err(), "it is still night");
    clock.simulate(at("2026-11-24T07:00:01Z"), 1.0);
    let sent = post.sent.recv().await.unwrap();
    assert_eq!((sent.text.as_str(), sent.id), ("The washing is done", id));
    assert_eq!(post.until(waits, "sent").await.attempts, 1);
    post.close().await;
}
