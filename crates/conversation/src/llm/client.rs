//! Asks a model: within its time, its budget and its tries.

use super::pace::{FIRST, Pace};
use super::{
    Budget, Dialect, Failure, Malformed, Provider, Reply, Request, anthropic, openai, sse::Lines,
};
use crate::telemetry;
use outbound::{Allowed, Fault, Incoming, Limits, Outbound};
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How long a connection may take: who is not there must not keep a person waiting.
const CONNECT: Duration = Duration::from_millis(1_200);

/// Failures that may pass are tried again only within this time.
const AGAIN: Duration = Duration::from_millis(1_200);

/// How often a request is tried.
const TRIES: u32 = 3;

/// The largest answer on the wire, in bytes.
const LARGEST: usize = 2 * 1024 * 1024;

/// How long a provider may take to list its models.
const PROBE: Duration = Duration::from_secs(4);

/// A model that can be asked.
#[derive(Debug)]
pub struct Client {
    provider: Provider,
    outbound: Outbound,
    budget: Budget,
    time: Duration,
    known: Arc<Mutex<Known>>,
}

/// How the last requests went.
#[derive(Debug)]
struct Known {
    in_a_row: u32,
    until: Option<(Instant, &'static str)>,
    pace: Pace,
}

impl Known {
    const fn is_well(&mut self) {
        self.in_a_row = 0;
        self.until = None;
    }
}

/// A request whose answer has not begun; to drop it ends the request.
struct Opening(JoinHandle<Result<Opened, Failure>>);

/// The beginning of an answer: its head, and its first bytes.
type Opened = (Incoming, Option<Vec<u8>>);

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How a provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It answers, and takes the key.
    Ok,
    /// It does not.
    Ill(Failure),
}

/// What would be sent, to the letter; only the key is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Where to.
    pub url: String,
    /// With these heads.
    pub heads: Vec<(&'static str, &'static str)>,
    /// This.
    pub body: Json,
}

enum Assembly {
    OpenAi(openai::Assembly),
    Anthropic(anthropic::Assembly),
}

impl Client {
    /// A client for a provider. A whole turn with it may take `time`.
    ///
    /// # Errors
    /// When its address cannot be used, or no HTTP client can be made.
    pub fn new(provider: Provider, budget: Budget, time: Duration) -> Result<Self, Fault> {
        let host = outbound::host(&provider.base).ok_or_else(|| Fault::BadUrl {
            url: provider.base.chars().take(200).collect(),
            why: "it names no host; expected one such as http://127.0.0.1:11434/v1".to_owned(),
        })?;
        telemetry::model_ready(&provider);
        let outbound = Outbound::outside_within([Allowed::named(host)], CONNECT)?;
        Ok(Self {
            outbound: outbound.with_limits(Limits {
                time,
                body: LARGEST,
            }),
            provider,
            budget,
            time,
            known: Arc::new(Mutex::new(Known {
                in_a_row: 0,
                until: None,
                pace: Pace::new(FIRST),
            })),
        })
    }

    /// The same with another wait for the first byte of an answer.
    #[must_use]
    pub fn with_patience(self, first: Duration) -> Self {
        lock(&self.known).pace = Pace::new(first);
        self
    }

    /// Takes another key from now on, and asks again where it rested because of the old one.
    pub fn take_key(&self, text: &str) {
        if let Some(key) = &self.provider.key
            && key.replace(text)
        {
            lock(&self.known).is_well();
        }
    }

    /// Whom it asks.
    #[must_use]
    pub const fn provider(&self) -> &Provider {
        &self.provider
    }

    /// What it may cost, and did.
    #[must_use]
    pub const fn budget(&self) -> &Budget {
        &self.budget
    }

    /// How long a whole turn may take.
    #[must_use]
    pub const fn time(&self) -> Duration {
        self.time
    }

    /// What would be sent.
    #[must_use]
    pub fn outgoing(&self, request: &Request) -> Outgoing {
        let model = &self.provider.model;
        let body = match self.provider.dialect {
            Dialect::OpenAi => openai::body(model, request, self.provider.name == "openai"),
            Dialect::Anthropic => anthropic::body(model, request),
        };
        Outgoing {
            url: self.provider.url(),
            heads: self.provider.heads(),
            body,
        }
    }

    /// Asks it. `words` hears the words of the answer as they come. To drop the future ends the request.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn ask(
        &self,
        request: &Request,
        deadline: Instant,
        words: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Reply, Failure> {
        self.resting()?;
        let began = Instant::now();
        let outgoing = self.outgoing(request);
        let body = outgoing.body.to_string();
        let mut tries = 0;
        let asked = loop {
            tries += 1;
            let mut heard = false;
            let mut hear = |text: &str| {
                heard = true;
                words(text);
            };
            let once = self
                .once(&outgoing, &body, request.most, deadline, &mut hear)
                .await;
            match once {
                // What was said already is not said twice.
                Err(failure) if failure.may_pass() && !heard && tries < TRIES => {
                    let pause = match &failure {
                        Failure::TooOften(Some(wait)) => *wait,
                        // 150, 450 ms, and a little apart from what others do.
                        _ => Duration::from_millis(150 * 3_u64.pow(tries - 1) + jitter()),
                    };
                    let now = Instant::now();
                    if now + pause > deadline || now + pause > began + AGAIN {
                        break Err(failure);
                    }
                    telemetry::model_again(&self.provider, failure.kind());
                    sleep(pause).await;
                }
                once => break once,
            }
        };
        self.learn(asked.as_ref().err());
        let usage = asked.as_ref().ok().and_then(|reply| reply.usage);
        telemetry::model_asked(&self.provider, began.elapsed(), usage, asked.as_ref().err());
        asked
    }

    async fn once(
        &self,
        outgoing: &Outgoing,
        body: &str,
        most: u32,
        deadline: Instant,
        words: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Reply, Failure> {
        // About four letters a token; the provider says afterwards how many there really were.
        let input = body.len() as u64 / 4;
        if !self.budget.take(input, 0).await {
            return Err(Failure::Spent);
        }
        let mut said = 0;
        let mut count = |text: &str| {
            said += text.len() as u64 / 4 + 1;
            words(text);
        };
        let answered = timeout_at(deadline, self.exchange(outgoing, body, &mut count)).await;
        let answered = answered.unwrap_or(Err(Failure::Slow));
        let real = match &answered {
            Ok(reply) => reply.usage.unwrap_or((input, said)),
            // Nobody asks money for what was refused.
            Err(
                Failure::Unreachable(_) | Failure::Key | Failure::TooOften(_) | Failure::Status(_),
            ) => (0, 0),
            Err(_) => (input, said.max(u64::from(most) / 8)),
        };
        self.budget.settle((input, 0), real).await;
        answered
    }

    async fn exchange(
        &self,
        outgoing: &Outgoing,
        body: &str,
        words: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Reply, Failure> {
        let (mut incoming, mut first) = self.begun(outgoing, body).await?;
        let mut lines = Lines::default();
        let mut assembly = match self.provider.dialect {
            Dialect::OpenAi => Assembly::OpenAi(openai::Assembly::default()),
            Dialect::Anthropic => Assembly::Anthropic(anthropic::Assembly::default()),
        };
        loop {
            let next = match first.take() {
                Some(first) => Some(first),
                None => piece(&mut incoming).await?,
            };
            let Some(piece) = next else { break };
            for data in lines.take(&piece)? {
                let text = match &mut assembly {
                    Assembly::OpenAi(assembly) => assembly.take(&data)?,
                    Assembly::Anthropic(assembly) => assembly.take(&data)?,
                };
                if let Some(text) = text {
                    words(&text);
                }
            }
        }
        if let Some(whole) = lines.whole() {
            match &mut assembly {
                Assembly::OpenAi(assembly) => assembly.whole(whole)?,
                Assembly::Anthropic(assembly) => assembly.whole(whole)?,
            }
        }
        let reply = match assembly {
            Assembly::OpenAi(assembly) => assembly.done(),
            Assembly::Anthropic(assembly) => assembly.done(),
        };
        let reply = reply.ok_or(Failure::Cut)?;
        if reply.text.trim().is_empty() && reply.calls.is_empty() {
            return Err(Malformed::Empty.into());
        }
        Ok(reply)
    }

    /// Asks, and waits for the beginning of the answer: as long as this provider is known to need.
    async fn begun(&self, outgoing: &Outgoing, body: &str) -> Result<Opened, Failure> {
        let (outbound, provider) = (self.outbound.clone(), self.provider.clone());
        let (url, heads) = (outgoing.url.clone(), outgoing.heads.clone());
        let body = body.as_bytes().to_vec();
        let asked = Instant::now();
        let mut opening = Opening(tokio::spawn(async move {
            let secret = provider.secret();
            let mut all: Vec<(&str, &str)> = heads;
            if let Some((name, value)) = &secret {
                all.push((name, value));
            }
            let mut incoming = outbound.open(&url, &all, Some(body)).await.map_err(fault)?;
            status(incoming.status, incoming.wait)?;
            let first = piece(&mut incoming).await?;
            Ok((incoming, first))
        }));
        let patience = lock(&self.known).pace.patience().min(self.time);
        match timeout(patience, &mut opening.0).await {
            Ok(Ok(Ok(opened))) => {
                lock(&self.known).pace.began_after(asked.elapsed());
                Ok(opened)
            }
            Ok(Ok(Err(failure))) => Err(failure),
            Ok(Err(_)) => Err(Failure::Cut),
            Err(_) if patience < self.time => {
                self.wait_on(opening, asked);
                Err(Failure::Mute(patience))
            }
            Err(_) => Err(Failure::Slow),
        }
    }

    /// Waits on behind the person's back, only to learn whether a provider is slow or not there. What it
    /// says is not heard.
    fn wait_on(&self, mut opening: Opening, asked: Instant) {
        let (known, until) = (Arc::clone(&self.known), asked + self.time);
        tokio::spawn(async move {
            let came = timeout_at(until, &mut opening.0).await;
            let mut known = lock(&known);
            match came {
                Ok(Ok(Ok(_))) => {
                    known.pace.began_after(asked.elapsed());
                    known.is_well();
                }
                _ => known.pace.never_began(),
            }
        });
    }

    /// Whether it is there and takes the key. It costs nothing and says nothing of the house.
    pub async fn health(&self) -> Health {
        let secret = self.provider.secret();
        let mut heads: Vec<(&str, &str)> = self.provider.heads();
        if let Some((name, value)) = &secret {
            heads.push((name, value));
        }
        let url = self.provider.models_url();
        let asked = tokio::time::timeout(PROBE, self.outbound.open(&url, &heads, None)).await;
        let found = match asked {
            Err(_) => Err(Failure::Slow),
            Ok(Err(error)) => Err(fault(error)),
            Ok(Ok(incoming)) => match incoming.status {
                // A server that lists no models may answer all the same.
                404 | 405 => Ok(()),
                other => status(other, incoming.wait),
            },
        };
        match found {
            Ok(()) => Health::Ok,
            Err(failure) => Health::Ill(failure),
        }
    }

    fn resting(&self) -> Result<(), Failure> {
        match lock(&self.known).until {
            Some((until, kind)) if Instant::now() < until => Err(Failure::Resting(kind)),
            _ => Ok(()),
        }
    }

    fn learn(&self, failure: Option<&Failure>) {
        let mut known = lock(&self.known);
        match failure {
            None => known.is_well(),
            Some(failure) => {
                known.in_a_row += 1;
                let pause = failure.rest(known.in_a_row);
                if !pause.is_zero() {
                    known.until = Some((Instant::now() + pause, failure.kind()));
                }
            }
        }
    }
}

fn lock(known: &Mutex<Known>) -> std::sync::MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next bytes; a connection that breaks now is an answer that broke off.
async fn piece(incoming: &mut Incoming) -> Result<Option<Vec<u8>>, Failure> {
    match incoming.piece().await {
        Ok(piece) => Ok(piece),
        Err(Fault::Unreachable { .. }) => Err(Failure::Cut),
        Err(other) => Err(fault(other)),
    }
}

fn status(status: u16, wait: Option<Duration>) -> Result<(), Failure> {
    match status {
        200..=299 => Ok(()),
        401 | 403 => Err(Failure::Key),
        429 | 529 => Err(Failure::TooOften(wait)),
        other => Err(Failure::Status(other)),
    }
}

fn fault(fault: Fault) -> Failure {
    match fault {
        Fault::TooSlow { .. } => Failure::Slow,
        Fault::TooLarge { .. } => Malformed::TooMuch.into(),
        other => Failure::Unreachable(other.to_string()),
    }
}

/// Some milliseconds, so that not all come at once.
fn jitter() -> u64 {
    rand::random_range(0..50)
}
