//! Asks, within bounds.

use crate::{Fault, resolver::Guarded};
use reqwest::{
    Client, Response, Url,
    redirect::{Attempt, Policy},
};
use std::{
    collections::BTreeSet,
    error::Error,
    future::Future,
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit},
    time::{Instant, timeout, timeout_at},
};

/// Requests to hosts inside that are under way at a time, over the whole process.
static INSIDE: Semaphore = Semaphore::const_new(8);
/// How long a request to a host inside waits for its turn.
const TURN: Duration = Duration::from_secs(10);
/// Requests of one client of the outside that are under way at a time.
const OUTSIDE: usize = 8;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Redirects that are followed within one host.
const REDIRECTS: usize = 5;
/// Headers of an answer.
const HEADERS: usize = 100;
/// The longest header that is understood, in bytes.
const VALIDATOR: usize = 512;

/// How long a request may take, and how large its answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the first step to the last byte.
    pub time: Duration,
    /// Of the answer's body, in bytes.
    pub body: usize,
}

impl Limits {
    /// For services of the outside.
    pub const OUTSIDE: Self = Self {
        time: Duration::from_secs(20),
        body: 4 * 1024 * 1024,
    };
    /// For hosts inside that nobody vouches for.
    pub const INSIDE: Self = Self {
        time: Duration::from_secs(5),
        body: 256 * 1024,
    };
}

/// A host that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    host: String,
    is_named: bool,
}

impl Allowed {
    /// A service of the internet. It is refused where its name leads to an address inside.
    pub fn outside(host: impl Into<String>) -> Self {
        Self::new(host.into(), false)
    }

    /// A host that a person put into a setting, by name or by address. It may be inside.
    pub fn named(host: impl Into<String>) -> Self {
        Self::new(host.into(), true)
    }

    fn new(host: String, is_named: bool) -> Self {
        Self {
            host: bare(&host),
            is_named,
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The type of the body, as the server says.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What an earlier answer said of itself, so that it need not come twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// Its entity tag.
    pub etag: Option<String>,
    /// When it was last changed, as the server writes that.
    pub last_modified: Option<String>,
}

/// What came back to whoever has an earlier answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fresh {
    /// The earlier answer still holds.
    Unchanged {
        /// How long this one may be kept.
        keep: Option<Duration>,
    },
    /// There is another one.
    New {
        /// It.
        answer: Answer,
        /// What it says of itself.
        validators: Validators,
        /// How long it may be kept.
        keep: Option<Duration>,
    },
    /// The server has too much to do (429 or 503), and wants to be left alone.
    Later {
        /// The HTTP status.
        status: u16,
        /// For how long, where it says so in seconds.
        wait: Option<Duration>,
    },
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Put it there.
    Put,
    /// Take it.
    Post,
    /// Remove it.
    Delete,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What came back for what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The answer.
    pub answer: Answer,
    /// What the server calls what it has now.
    pub etag: Option<String>,
}

/// An answer that is read as it comes, whatever its status. While it is held it counts as a request that
/// is under way; to drop it ends the request.
#[derive(Debug)]
pub struct Incoming {
    /// The HTTP status.
    pub status: u16,
    /// How long the server wants to be left alone, where it says so in seconds.
    pub wait: Option<Duration>,
    response: Response,
    host: String,
    read: usize,
    limits: Limits,
    until: Instant,
    _turn: Turn,
}

#[derive(Debug)]
#[expect(dead_code, reason = "it is held, not read")]
enum Turn {
    Outside(OwnedSemaphorePermit),
    Host(SemaphorePermit<'static>),
}

impl Incoming {
    /// The next bytes; `None` where the answer has ended.
    ///
    /// # Errors
    /// [`Fault`] says what broke it off: the connection, its time or its size.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let next = match timeout_at(self.until, self.response.chunk()).await {
            Ok(next) => next.map_err(|error| fault_of(&error, &self.host))?,
            Err(_) => {
                return Err(Fault::TooSlow {
                    host: self.host.clone(),
                    within: self.limits.time,
                });
            }
        };
        let Some(chunk) = next else {
            return Ok(None);
        };
        self.read += chunk.len();
        if self.read > self.limits.body {
            return Err(Fault::TooLarge {
                host: self.host.clone(),
                most: self.limits.body,
            });
        }
        Ok(Some(chunk.to_vec()))
    }

    /// All that is left of it.
    ///
    /// # Errors
    /// [`Fault`] says what broke it off.
    pub async fn rest(&mut self) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await? {
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

/// Who may be asked, and how.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: Client,
    who: Who,
    limits: Limits,
}

#[derive(Debug, Clone)]
enum Who {
    /// These hosts.
    Outside {
        allowed: Arc<BTreeSet<String>>,
        guard: Guarded,
        turns: Arc<Semaphore>,
    },
    /// This host inside, by its address.
    Host(IpAddr),
}

impl Outbound {
    /// Asks services that a setting names, and no other host.
    ///
    /// # Errors
    /// When no client can be made, such as without the system's certificates.
    pub fn outside(hosts: impl IntoIterator<Item = Allowed>) -> Result<Self, Fault> {
        Self::outside_within(hosts, CONNECT)
    }

    /// The same, where nobody waits longer than this for a connection.
    ///
    /// # Errors
    /// When no client can be made, such as without the system's certificates.
    pub fn outside_within(
        hosts: impl IntoIterator<Item = Allowed>,
        connect: Duration,
    ) -> Result<Self, Fault> {
        let (mut allowed, mut named) = (BTreeSet::new(), BTreeSet::new());
        for host in hosts {
            if host.is_named {
                named.insert(host.host.clone());
            }
            allowed.insert(host.host);
        }
        let guard = Guarded {
            named: Arc::new(named),
        };
        let client = builder()
            .connect_timeout(connect)
            .redirect(Policy::custom(within_host))
            .dns_resolver(guard.clone())
            .build()
            .map_err(|error| Fault::Client(chain(&error)))?;
        Ok(Self {
            client,
            who: Who::Outside {
                allowed: Arc::new(allowed),
                guard,
                turns: Arc::new(Semaphore::new(OUTSIDE)),
            },
            limits: Limits::OUTSIDE,
        })
    }

    /// Asks exactly one host inside, by plain HTTP, because it announced something.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn on_host(address: IpAddr) -> Result<Self, Fault> {
        static CLIENT: OnceLock<Result<Client, Fault>> = OnceLock::new();
        let client = CLIENT.get_or_init(|| {
            builder()
                // Nothing here is asked by TLS: no certificates are needed.
                .tls_certs_only([])
                .redirect(Policy::none())
                .pool_max_idle_per_host(0)
                .build()
                .map_err(|error| Fault::Client(chain(&error)))
        });
        Ok(Self {
            client: client.clone()?,
            who: Who::Host(address),
            limits: Limits::INSIDE,
        })
    }

    /// The same with other bounds.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Gets what is at an address.
    ///
    /// # Errors
    /// [`Fault`] says why there is no answer that could be used.
    pub async fn get(&self, url: &str) -> Result<Answer, Fault> {
        let (url, host) = self.judged(url)?;
        self.in_turn(&host, self.fetch(url, &host)).await
    }

    /// Posts a body to an address.
    ///
    /// # Errors
    /// [`Fault`] says why it was not taken, as far as that is known.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, Fault> {
        let (url, host) = self.judged(url)?;
        let mut request = self.client.post(url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let asking = async {
            let sent = request.send().await;
            let response = sent.map_err(|error| fault_of(&error, &host))?;
            self.read(response, &host).await
        };
        self.in_turn(&host, asking).await
    }

    /// Sends a body to a storage, or asks it to remove something.
    ///
    /// # Errors
    /// [`Fault`] says why it was not done, as far as that is known.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Sent, Fault> {
        let (url, host) = self.judged(url)?;
        let mut request = match method {
            Method::Put => self.client.put(url),
            Method::Post => self.client.post(url),
            Method::Delete => self.client.delete(url),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let asking = async {
            let sent = request.body(body).send().await;
            let response = sent.map_err(|error| fault_of(&error, &host))?;
            let etag = response.headers().get("etag");
            let etag = etag.and_then(|tag| tag.to_str().ok());
            let etag = etag.filter(|tag| tag.len() <= VALIDATOR).map(str::to_owned);
            let answer = self.read(response, &host).await?;
            Ok(Sent { answer, etag })
        };
        self.in_turn(&host, asking).await
    }

    /// Gets what is at an address, unless it is what was there before. A server that is overloaded is
    /// no fault: it says when to come back.
    ///
    /// # Errors
    /// [`Fault`] says why there is no answer that could be used.
    pub async fn get_fresh(&self, url: &str, known: &Validators) -> Result<Fresh, Fault> {
        let (url, host) = self.judged(url)?;
        self.in_turn(&host, self.fetch_fresh(url, &host, known))
            .await
    }

    /// Sends JSON to an address. A redirect is followed within its host alone.
    ///
    /// # Errors
    /// [`Fault`] says why it was not taken.
    pub async fn post_json(&self, url: &str, body: Vec<u8>) -> Result<Answer, Fault> {
        let (url, host) = self.judged(url)?;
        let sending = async {
            let request = self.client.post(url.clone());
            let request = request
                .header("content-type", "application/json")
                .body(body);
            let sent = request.send().await;
            let response = sent.map_err(|error| fault_of(&error, &host))?;
            self.read(response, &host).await
        };
        self.in_turn(&host, sending).await
    }

    /// Asks, and gives the answer as it comes, whatever its status. With a body it posts, and otherwise
    /// it gets. A redirect to another host is refused as everywhere.
    ///
    /// # Errors
    /// [`Fault`] says why there is no answer.
    pub async fn open(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Incoming, Fault> {
        let (url, host) = self.judged(url)?;
        let until = Instant::now() + self.limits.time;
        let waited = match &self.who {
            Who::Outside { turns, .. } => {
                let turn = timeout_at(until, Arc::clone(turns).acquire_owned()).await;
                turn.ok().and_then(Result::ok).map(Turn::Outside)
            }
            Who::Host(_) => {
                let turn = timeout(TURN, INSIDE.acquire()).await;
                turn.ok().and_then(Result::ok).map(Turn::Host)
            }
        };
        let Some(turn) = waited else {
            return Err(Fault::Busy { host });
        };
        let mut request = match body {
            Some(body) => self.client.post(url).body(body),
            None => self.client.get(url),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match timeout_at(until, request.send()).await {
            Ok(sent) => sent.map_err(|error| fault_of(&error, &host))?,
            Err(_) => {
                return Err(Fault::TooSlow {
                    host,
                    within: self.limits.time,
                });
            }
        };
        let header = |name: &str| response.headers().get(name)?.to_str().ok();
        if response.status().is_redirection() {
            let to = short(header("location").unwrap_or("nowhere"));
            return Err(Fault::Redirected { host, to });
        }
        Ok(Incoming {
            status: response.status().as_u16(),
            wait: header("retry-after").and_then(seconds),
            response,
            host,
            read: 0,
            limits: self.limits,
            until,
            _turn: turn,
        })
    }

    /// An address that may be asked, and its host.
    fn judged(&self, url: &str) -> Result<(Url, String), Fault> {
        let url = self.judge(url)?;
        let host = bare(url.host_str().unwrap_or_default());
        Ok((url, host))
    }

    /// Waits for a turn, and no longer than may be for the answer.
    async fn in_turn<T>(
        &self,
        host: &str,
        asking: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let host = host.to_owned();
        let (turns, wait) = match &self.who {
            Who::Outside { turns, .. } => (turns.as_ref(), self.limits.time),
            Who::Host(_) => (&INSIDE, TURN),
        };
        let turn = timeout(wait, turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Fault::Busy { host });
        };
        let within = self.limits.time;
        match timeout(within, asking).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::TooSlow { host, within }),
        }
    }

    /// Whether an address may be asked at all.
    fn judge(&self, text: &str) -> Result<Url, Fault> {
        let bad = |why: &str| Fault::BadUrl {
            url: short(text),
            why: why.to_owned(),
        };
        let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
        let host = bare(url.host_str().ok_or_else(|| bad("it names no host"))?);
        let literal: Option<IpAddr> = host.parse().ok();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("it carries a user name or a password"));
        }
        match &self.who {
            Who::Host(address) => {
                if url.scheme() != "http" {
                    return Err(bad("a host inside is asked by http:// only"));
                }
                if literal != Some(*address) {
                    return Err(Fault::NotAllowed {
                        host: short(&host),
                        allowed: address.to_string(),
                    });
                }
            }
            Who::Outside { allowed, guard, .. } => {
                if !matches!(url.scheme(), "http" | "https") {
                    return Err(bad("only http:// and https:// can be asked"));
                }
                if !allowed.contains(&host) {
                    let all: Vec<_> = allowed.iter().map(String::as_str).collect();
                    return Err(Fault::NotAllowed {
                        host: short(&host),
                        allowed: all.join(", "),
                    });
                }
                // A literal is not resolved, so that it is judged here.
                if let Some(address) = literal {
                    guard.judge(&host, SocketAddr::new(address, 0))?;
                }
            }
        }
        Ok(url)
    }

    async fn fetch(&self, url: Url, host: &str) -> Result<Answer, Fault> {
        let sent = self.client.get(url).send().await;
        self.read(sent.map_err(|error| fault_of(&error, host))?, host)
            .await
    }

    async fn fetch_fresh(&self, url: Url, host: &str, known: &Validators) -> Result<Fresh, Fault> {
        let mut request = self.client.get(url);
        for (name, value) in [
            ("if-none-match", &known.etag),
            ("if-modified-since", &known.last_modified),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let sent = request.send().await;
        let response = sent.map_err(|error| fault_of(&error, host))?;
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            (value.len() <= VALIDATOR).then(|| value.to_owned())
        };
        let keep = header("cache-control").and_then(|text| max_age(&text));
        match response.status().as_u16() {
            304 => Ok(Fresh::Unchanged { keep }),
            status @ (429 | 503) => Ok(Fresh::Later {
                status,
                wait: header("retry-after").and_then(|text| seconds(&text)),
            }),
            _ => {
                let validators = Validators {
                    etag: header("etag"),
                    last_modified: header("last-modified"),
                };
                let answer = self.read(response, host).await?;
                Ok(Fresh::New {
                    answer,
                    validators,
                    keep,
                })
            }
        }
    }

    /// Reads an answer within its bounds.
    async fn read(&self, mut response: Response, host: &str) -> Result<Answer, Fault> {
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get("location");
            let to = to.and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
            return Err(Fault::Redirected {
                host: host.to_owned(),
                to: short(to),
            });
        }
        if !status.is_success() {
            return Err(Fault::Status {
                host: host.to_owned(),
                status: status.as_u16(),
            });
        }
        let most = self.limits.body;
        let too_large = || Fault::TooLarge {
            host: host.to_owned(),
            most,
        };
        let claimed = response.content_length().unwrap_or(0);
        if usize::try_from(claimed).map_or(true, |claimed| claimed > most) {
            return Err(too_large());
        }
        let content_type = response.headers().get("content-type");
        let content_type = content_type
            .and_then(|text| text.to_str().ok())
            .map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| fault_of(&error, host))?
        {
            if body.len() + chunk.len() > most {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { content_type, body })
    }
}

/// The host of an address, as an allow-list takes it.
#[must_use]
pub fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(bare)
}

/// What every client has.
fn builder() -> reqwest::ClientBuilder {
    // The programs install one; a client that is made without any would panic.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may have been quicker, and that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    Client::builder()
        .no_proxy()
        .referer(false)
        .http1_max_headers(HEADERS)
        .connect_timeout(CONNECT)
        .user_agent("consciousness")
}

/// Follows a redirect only within its host, and never from TLS to plain text.
fn within_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let (to, from) = (attempt.url(), attempt.previous().last());
    let stays = from.is_some_and(|from| {
        from.host() == to.host()
            && from.port_or_known_default() == to.port_or_known_default()
            && from.scheme() == to.scheme()
    });
    if stays && attempt.previous().len() <= REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// A host as it is compared: in lower case, without brackets and the root's dot, an address in its one
/// way of being written.
fn bare(host: &str) -> String {
    let host = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .trim_end_matches('.')
        .to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => host,
    }
}

/// Words from outside, fit to be shown.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The seconds that a `Cache-Control` header lets an answer be kept.
fn max_age(cache_control: &str) -> Option<Duration> {
    cache_control
        .split(',')
        .find_map(|part| seconds(part.trim().strip_prefix("max-age=")?))
}

/// A whole number of seconds, at most a year.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: u64 = text.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(366 * 86_400)))
}

/// What went wrong, in the words of this crate.
fn fault_of(error: &reqwest::Error, host: &str) -> Fault {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(one) = cause {
        if let Some(fault) = one.downcast_ref::<Fault>() {
            return fault.clone();
        }
        cause = one.source();
    }
    Fault::Unreachable {
        host: host.to_owned(),
        why: chain(error),
    }
}

/// An error with its causes, the last of which says most.
fn chain(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    short(&last.to_string())
}
