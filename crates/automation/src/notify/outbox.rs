//! The outbox: messages in, tries with growing pauses, outcomes out.

use super::{Message, NotSent, Quiet, Way};
use crate::telemetry;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use jiff::tz::TimeZone;
use model::{Cause, Event, EventBody, Grant, Request, RequestBody, RunId, Timestamp, Who};
use serde_json::json;
use std::time::Duration;
use store::{KeptMessage, Record, Store, StoreError};
use tokio::time::Instant;
use twin::{Delivery, Handle, Subscription};

/// Messages that wait, by all ways together. What finds no room is dropped, and said to be.
const MOST: usize = 1_000;

/// Messages that are on their way at once.
const AT_ONCE: usize = 8;

/// How often a message is tried.
const TRIES: u32 = 6;

/// Each pause is so many times as long as the one before.
const GROWTH: u32 = 4;

/// The longest that is slept without a look at the clock, which may have been set or sped up.
const NAP: Duration = Duration::from_secs(1);

/// How the outbox works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the house is: quiet hours are in its time.
    pub zone: TimeZone,
    /// When only what is urgent goes out.
    pub quiet: Option<Quiet>,
    /// The pause before the second try; with the default of ten seconds the last of the six is
    /// made about an hour after the first.
    pub pause: Duration,
}

impl Options {
    /// With the usual pauses.
    #[must_use]
    pub const fn new(zone: TimeZone, quiet: Option<Quiet>) -> Self {
        Self {
            zone,
            quiet,
            pause: Duration::from_secs(10),
        }
    }
}

/// Sends what runs tell people, until the stream of events ends. What waits then is sent after the
/// next start.
///
/// # Errors
/// When what waited cannot be read.
pub async fn run(
    house: Handle,
    store: Store,
    ways: Vec<Way>,
    options: Options,
    mut events: Subscription,
) -> Result<(), StoreError> {
    let mut outbox = Outbox {
        house,
        store,
        ways,
        options,
        waiting: Vec::new(),
        on_the_way: FuturesUnordered::new(),
    };
    outbox.take_up().await?;
    loop {
        outbox.send_due();
        let nap = outbox.nap();
        tokio::select! {
            biased;
            delivery = events.recv() => match delivery {
                Some(Delivery::Events(batch)) => {
                    for event in batch.iter() {
                        outbox.take(event).await;
                    }
                }
                Some(Delivery::Missed { from, to }) => telemetry::missed(from, to),
                None => return Ok(()),
            },
            Some((letter, result)) = outbox.on_the_way.next(), if !outbox.on_the_way.is_empty() => {
                outbox.settle(letter, result).await;
            }
            () = tokio::time::sleep(nap) => {}
        }
    }
}

/// A message by one way.
struct Letter {
    kept: KeptMessage,
    message: Message,
    tried_at: Instant,
}

type Sent = (Letter, Result<(), NotSent>);

struct Outbox {
    house: Handle,
    store: Store,
    ways: Vec<Way>,
    options: Options,
    waiting: Vec<Letter>,
    on_the_way: FuturesUnordered<BoxFuture<'static, Sent>>,
}

impl Outbox {
    /// Takes up what waited when the house went down.
    async fn take_up(&mut self) -> Result<(), StoreError> {
        for mut kept in self.store.messages_waiting().await? {
            let message = decoded(&kept);
            if self.ways.iter().any(|way| way.channel == kept.channel) {
                self.waiting.push(Letter {
                    kept,
                    message,
                    tried_at: Instant::now(),
                });
            } else {
                "gave_up".clone_into(&mut kept.state);
                "this way is no longer set up".clone_into(&mut kept.note);
                self.keep_and_tell(&kept).await;
            }
        }
        Ok(())
    }

    /// A run tells people something: a letter for every way.
    async fn take(&mut self, event: &Event) {
        let (run, title, message, urgent) = match &event.body {
            EventBody::Notified {
                run,
                title,
                message,
                urgent,
            } => (*run, title.clone(), message, *urgent),
            // What the house says by itself goes out as well; whoever hears it can answer on the page.
            EventBody::OpeningChanged {
                conversation,
                text,
                urgent,
                state,
                ..
            } if state == "open" => (RunId::from_uuid(conversation.uuid()), None, text, *urgent),
            _ => return,
        };
        let message = Message {
            id: format!("{}-{}", self.house_name(), event.position),
            at: event.at,
            run,
            title,
            text: message.clone(),
            urgent,
        };
        for channel in self.ways.iter().map(|way| way.channel).collect::<Vec<_>>() {
            let mut kept = KeptMessage {
                id: message.id.clone(),
                channel: channel.to_owned(),
                run: message.run,
                state: "waiting".to_owned(),
                attempts: 0,
                note: "it is on its way".to_owned(),
                at: message.at,
                body: json!({"title": message.title, "text": message.text, "urgent": message.urgent}),
            };
            if self.waiting.len() + self.on_the_way.len() >= MOST {
                "dropped".clone_into(&mut kept.state);
                kept.note = format!("{MOST} messages wait already");
                self.keep_and_tell(&kept).await;
                continue;
            }
            match self.quiet_until(&message) {
                Some(until) => {
                    let clock = self.options.zone.to_datetime(until).strftime("%H:%M");
                    kept.note = format!("quiet hours until {clock}");
                    self.keep_and_tell(&kept).await;
                }
                None => self.keep(&kept).await,
            }
            self.waiting.push(Letter {
                kept,
                message: message.clone(),
                tried_at: Instant::now(),
            });
        }
    }

    /// Which house it is, so that two do not use the same ids.
    fn house_name(&self) -> String {
        let id = self.store.house().to_string();
        id.chars().take(8).collect()
    }

    /// Until when a message has to wait for quiet hours.
    fn quiet_until(&self, message: &Message) -> Option<Timestamp> {
        let quiet = self.options.quiet.filter(|_| !message.urgent)?;
        quiet.until(self.house.clock().now().house, &self.options.zone)
    }

    /// Sends what is due.
    fn send_due(&mut self) {
        let now = Instant::now();
        let mut place = 0;
        while place < self.waiting.len() && self.on_the_way.len() < AT_ONCE {
            let letter = &self.waiting[place];
            if letter.tried_at > now || self.quiet_until(&letter.message).is_some() {
                place += 1;
                continue;
            }
            let mut letter = self.waiting.remove(place);
            let way = self
                .ways
                .iter()
                .find(|way| way.channel == letter.kept.channel);
            let Some(way) = way else {
                continue;
            };
            letter.kept.attempts += 1;
            let sending = (way.send)(letter.message.clone());
            self.on_the_way
                .push(Box::pin(async move { (letter, sending.await) }));
        }
    }

    fn nap(&self) -> Duration {
        let now = Instant::now();
        let next = self.waiting.iter().map(|letter| letter.tried_at).min();
        match next {
            // What is due and not sent waits for room, or for quiet hours to end.
            Some(at) if at <= now => NAP,
            Some(at) => (at - now).min(NAP),
            None => Duration::from_secs(3_600),
        }
    }

    async fn settle(&mut self, mut letter: Letter, result: Result<(), NotSent>) {
        let attempts = letter.kept.attempts;
        let state = match &result {
            Ok(()) => "sent",
            Err(fault) if fault.again && attempts < TRIES => "waiting",
            Err(_) => "gave_up",
        };
        state.clone_into(&mut letter.kept.state);
        let tries = if attempts == 1 { "try" } else { "tries" };
        letter.kept.note = match result {
            Ok(()) => format!("it was taken after {attempts} {tries}"),
            Err(fault) => format!("{} ({attempts} {tries})", fault.why),
        };
        telemetry::message(&letter.kept.channel, state, &letter.kept.note);
        if state == "waiting" {
            self.keep(&letter.kept).await;
            let pause = self.options.pause * GROWTH.pow(attempts - 1);
            letter.tried_at = Instant::now() + pause;
            self.waiting.push(letter);
        } else {
            self.keep_and_tell(&letter.kept).await;
        }
    }

    async fn keep(&mut self, kept: &KeptMessage) {
        let record = Record::Message(Box::new(kept.clone()));
        if let Err(error) = self.store.keep(vec![record]).await {
            telemetry::not_kept(&error);
        }
    }

    async fn keep_and_tell(&mut self, kept: &KeptMessage) {
        self.keep(kept).await;
        let note = EventBody::MessageDelivered {
            run: kept.run,
            channel: kept.channel.clone(),
            state: kept.state.clone(),
            attempts: kept.attempts,
            note: kept.note.clone(),
        };
        let mut request = Request::new(
            Grant::house(),
            RequestBody::Tell {
                note: Box::new(note),
            },
        );
        request.cause = Cause::first(Who::House);
        drop(self.house.request(request).await);
    }
}

/// A message as it was kept.
fn decoded(kept: &KeptMessage) -> Message {
    Message {
        id: kept.id.clone(),
        at: kept.at,
        run: kept.run,
        title: kept.body["title"].as_str().map(str::to_owned),
        text: kept.body["text"].as_str().unwrap_or_default().to_owned(),
        urgent: kept.body["urgent"] == true,
    }
}
