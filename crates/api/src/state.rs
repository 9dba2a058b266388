//! What every handler can reach.

use crate::access::{Access, Rates};
use crate::health::HealthBoard;
use crate::live::Hub;
use crate::metrics::{Metrics, Scraper};
use crate::settings::Limits;
use crate::sweep::{Kind, Sweeps};
use crate::{telemetry, wire};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// What the API stands in front of.
#[derive(Clone)]
pub struct House {
    /// Who may sign in, and who is.
    pub auth: auth::Auth,
    /// Credentials of devices and services.
    pub vault: vault::Vault,
    /// The running house.
    pub handle: twin::Handle,
    /// Scenarios and rules.
    pub automation: automation::run::Automation,
    /// The conversation.
    pub conversation: conversation::Conversation,
    /// What the house was told and learned.
    pub memory: mind::memory::Memory,
    /// What its past says.
    pub insights: mind::insights::Insights,
    /// Of what people want to be alarmed.
    pub alerts: mind::alerts::Alerts,
    /// How the house is, and why.
    pub mind: mind::Mind,
    /// Where it and its past are kept.
    pub store: store::Store,
    /// Where the house is: days begin at its midnight.
    pub zone: jiff::tz::TimeZone,
    /// How long ago the twin's loop last turned.
    pub pulse: Arc<dyn Fn() -> Duration + Send + Sync>,
    /// Begins a backup in the background; `false` where one is under way.
    pub backup: Arc<dyn Fn() -> bool + Send + Sync>,
    /// How its parts are. Others may put parts of their own on the board.
    pub health: HealthBoard,
    /// The process's recorder.
    pub metrics: Metrics,
    /// What runs here.
    pub about: About,
}

/// What runs here.
#[derive(Debug, Clone)]
pub struct About {
    /// The simulator's page, where there is one.
    pub simulator_url: Option<String>,
    /// The server's version.
    pub version: String,
    /// The commit that it was built from; `unknown` where nobody said.
    pub commit: String,
    /// The file of the database, for the disk that it is on.
    pub database: std::path::PathBuf,
}

/// The state of the router.
pub(crate) struct App {
    pub(crate) house: House,
    pub(crate) hub: Arc<Hub>,
    pub(crate) scraper: Scraper,
    pub(crate) limits: Limits,
    /// How much everybody may still ask.
    pub(crate) rates: Mutex<Rates>,
    pub(crate) started: Instant,
    /// Who feels around on this server.
    pub(crate) sweeps: Mutex<Sweeps>,
    /// Room for WebSockets.
    pub(crate) sockets: Arc<Semaphore>,
    pub(crate) sockets_at_work: tokio_util::task::TaskTracker,
    pub(crate) stop: tokio_util::sync::CancellationToken,
    /// The OpenAPI document, as it is served.
    pub(crate) document: Arc<str>,
}

impl App {
    /// A path was asked for that does not exist.
    pub(crate) fn missing(&self, from: IpAddr, path: &str) {
        let mut sweeps = self.sweeps.lock().unwrap_or_else(PoisonError::into_inner);
        if sweeps.missing(from, path, Instant::now()) {
            self.swept(Kind::Paths, from);
        }
    }

    /// A connection ended that asked nothing.
    pub(crate) fn silent(&self, from: IpAddr) {
        let mut sweeps = self.sweeps.lock().unwrap_or_else(PoisonError::into_inner);
        if sweeps.silent(from, Instant::now()) {
            self.swept(Kind::Connections, from);
        }
    }

    /// A request was refused.
    pub(crate) fn refused(&self, from: IpAddr) {
        let mut sweeps = self.sweeps.lock().unwrap_or_else(PoisonError::into_inner);
        if sweeps.refused(from, Instant::now()) {
            self.swept(Kind::Refusals, from);
        }
    }

    /// How the house or its server works was changed.
    pub(crate) fn setting_changed(&self, me: &auth::Principal, access: &Access, what: &str) {
        let place = access.client().place();
        let kind = auth::EventKind::SettingChanged;
        let event = auth::SecurityEvent::new(kind, &me.name, &place, what);
        self.house.auth.note(event);
    }

    fn swept(&self, kind: Kind, from: IpAddr) {
        let event = match kind {
            Kind::Paths | Kind::Connections => {
                telemetry::swept(kind);
                auth::EventKind::Swept
            }
            // Somebody whose session ended is no scan of the network.
            Kind::Refusals => auth::EventKind::UnusualRequests,
        };
        let client = auth::Client {
            address: Some(from),
            agent: String::new(),
        };
        let event = auth::SecurityEvent::new(event, "", &client.place(), kind.says());
        self.house.auth.note(event);
    }
}

/// The state as handlers take it.
pub(crate) type Shared = Arc<App>;

impl House {
    /// The time zone in effect, by its IANA name; one that has none by what it is from UTC now.
    pub(crate) fn zone_name(&self) -> String {
        let now = self.handle.clock().now().house;
        let offset = || self.zone.to_offset(now).to_string();
        self.zone.iana_name().map_or_else(offset, str::to_owned)
    }

    /// The house as the wire has it for everybody. Where the simulator is, is told to who may know it.
    pub(crate) fn wire(&self) -> wire::House {
        let clock = self.handle.clock();
        wire::House {
            name: self.conversation.household().name().to_string(),
            time: clock.now().house.into(),
            timezone: self.zone_name(),
            simulated: clock.is_simulated(),
            pace: clock.pace(),
            simulator_url: None,
            version: self.about.version.clone(),
        }
    }
}
