//! What a driver is, what it has to speak with, and what it claims of itself.

use crate::Credentials;
use model::{Order, Report};
use std::{future::Future, pin::Pin};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// A driver's life: it ends with `Ok` when it was told to stop, and with an error when it broke.
pub type Running = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// Why a driver broke, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

/// Speaks one protocol. It is made anew for every start, so that nothing of a broken life stays.
pub trait Driver: Send {
    /// Runs until `link.stop` is cancelled. Trouble of its peer is its own to heal and to report
    /// as degraded; it breaks only where nothing but a new start can help.
    fn run(self: Box<Self>, link: Link) -> Running;
}

/// What a driver has to speak with.
#[derive(Debug)]
pub struct Link {
    /// Towards the house. Bounded: a slow house slows its drivers down.
    pub reports: mpsc::Sender<Report>,
    /// From the house.
    pub orders: mpsc::Receiver<Order>,
    /// When to end.
    pub stop: CancellationToken,
    /// Where it keeps secrets, such as pairing keys.
    pub credentials: Credentials,
}

/// How a driver is made, each time that it starts.
pub struct Factory {
    /// What it claims.
    pub manifest: &'static Manifest,
    /// Makes one.
    pub make: Box<dyn Fn() -> Box<dyn Driver> + Send + Sync>,
    /// What it is given to keep secrets in.
    pub credentials: Credentials,
    /// It begins anew when this changes: what it is made from is another.
    pub anew: Option<watch::Receiver<u64>>,
}

impl Factory {
    /// A factory.
    pub fn new(
        manifest: &'static Manifest,
        make: impl Fn() -> Box<dyn Driver> + Send + Sync + 'static,
    ) -> Self {
        Self {
            manifest,
            make: Box::new(make),
            credentials: Credentials::default(),
            anew: None,
        }
    }

    /// The same with a place for secrets.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// The same, beginning anew whenever `anew` changes.
    #[must_use]
    pub fn renewed_by(mut self, anew: watch::Receiver<u64>) -> Self {
        self.anew = Some(anew);
        self
    }
}

/// What a driver claims of itself.
#[derive(Debug)]
pub struct Manifest {
    /// Its name: in keys of devices, in logs, in metrics.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it keeps to; every [`Rule`] stands once.
    pub quality: &'static [(Rule, Quality)],
}

/// How a driver stands to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// It keeps to it, and a test shows it.
    Done,
    /// It does not, for this reason.
    Exempt(&'static str),
}

/// What a good driver does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Its codec is free of I/O and replayable.
    PureCodec,
    /// Its codec takes any bytes without a panic, shown by fuzzing.
    Fuzzed,
    /// Its devices keep their native ids over restarts.
    StableIds,
    /// Devices say whether they answer.
    Connectivity,
    /// It heals by itself when its peer comes back.
    Reconnects,
    /// It bounds what a single device may send.
    FloodGuard,
    /// Devices can be added by hand.
    Manual,
    /// It finds devices by itself.
    Discovery,
    /// It was tested against a peer that is not ours.
    RealPeer,
    /// No secret of its settings is ever shown.
    Secrets,
}

impl Rule {
    /// Every rule.
    pub const ALL: &'static [Self] = &[
        Self::PureCodec,
        Self::Fuzzed,
        Self::StableIds,
        Self::Connectivity,
        Self::Reconnects,
        Self::FloodGuard,
        Self::Manual,
        Self::Discovery,
        Self::RealPeer,
        Self::Secrets,
    ];
}
