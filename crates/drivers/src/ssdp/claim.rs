//! What a host claims by SSDP, and the descriptions that it points to.

use super::{description::Description, message::Message};
use std::{collections::BTreeSet, net::IpAddr, time::Duration};

/// What a claim may name.
const TARGETS: usize = 64;
/// For how long a claim holds: as it says, within these bounds, or this long where it does not say.
const SHORTEST: u32 = 60;
const LONGEST: u32 = 24 * 3_600;
const USUAL: u32 = 1_800;
/// What says goodbye may be back at once: many do so when they start.
const GRACE: Duration = Duration::from_secs(2);

/// A device or a part of one, as its host announces it.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) targets: BTreeSet<String>,
    pub(super) location: Option<String>,
    pub(super) server: Option<String>,
    pub(super) hue: Option<String>,
    /// Whether it says that it is a root device.
    pub(super) is_root: bool,
    pub(super) nic: u32,
    pub(super) first: Duration,
    pub(super) heard: Duration,
    pub(super) until: Duration,
    /// Why it ends sooner than it said.
    pub(super) cut: Option<&'static str>,
    /// The device that it was found to belong to.
    pub(super) root: Option<String>,
}

impl Claim {
    pub(super) fn new(nic: u32, now: Duration) -> Self {
        Self {
            targets: BTreeSet::new(),
            location: None,
            server: None,
            hue: None,
            is_root: false,
            nic,
            first: now,
            heard: now,
            until: now,
            cut: None,
            root: None,
        }
    }

    /// It is said again.
    pub(super) fn renew(&mut self, message: Message, nic: u32, now: Duration) {
        self.is_root |= message.target == "upnp:rootdevice";
        let target = message.target;
        let says_more = !target.is_empty()
            && target != "upnp:rootdevice"
            && !target.to_ascii_lowercase().starts_with("uuid:");
        if says_more && self.targets.len() < TARGETS {
            self.targets.insert(target);
        }
        self.location = message.location.or(self.location.take());
        self.server = message.server.or(self.server.take());
        self.hue = message.hue.or(self.hue.take());
        self.nic = nic;
        self.heard = now;
        self.cut = None;
        let age = message.max_age.unwrap_or(USUAL).clamp(SHORTEST, LONGEST);
        self.until = now + Duration::from_secs(age.into());
    }

    /// It ends soon.
    pub(super) fn shorten(&mut self, reason: &'static str, now: Duration) {
        if now + GRACE < self.until {
            (self.until, self.cut) = (now + GRACE, Some(reason));
        }
    }
}

/// A description that a claim points to.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) state: State,
    pub(super) asked: Duration,
}

/// How far it was got.
#[derive(Debug)]
pub(super) enum State {
    Wanted,
    Had(Box<Description>),
    Failed(String),
}

/// Something to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetch {
    pub(super) host: IpAddr,
    pub(super) location: String,
    /// The device of which is asked whether it is still there; `None` where its description is wanted.
    pub(super) check: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Fetched {
    Body(Vec<u8>),
    /// The host is there and does not give it, or it was not asked.
    Refused(String),
    /// The host does not answer.
    Dead(String),
}
