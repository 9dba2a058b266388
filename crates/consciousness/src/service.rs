//! What a service manager hears and says: ready, well, reload, end ([sd_notify(3)]). Where nobody listens,
//! nothing is said.
//!
//! [sd_notify(3)]: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html

use crate::logs::Logs;
use crate::settings::Settings;
use auth::{Auth, EventKind, SecurityEvent};
use sd_notify::NotifyState;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use twin::{Feature, Features};

/// A loop that has not turned for so long does not work any more.
const STILL: Duration = Duration::from_secs(15);

/// Settings that a reload takes up; the others need a restart.
const LIVE: [&str; 3] = ["DEBUG", "FEATURES_OFF", "LOG_LEVEL"];

/// The features that the settings switch off.
pub(crate) fn off(settings: &Settings) -> Result<Vec<Feature>, String> {
    let names = settings.text("FEATURES_OFF").split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(|name| {
            Feature::named(name).ok_or_else(|| {
                let known: Vec<_> = Feature::ALL.iter().map(|feature| feature.name()).collect();
                format!(
                    "FEATURES_OFF: `{name}` is no feature; expected some of {}, separated by commas",
                    known.join(", ")
                )
            })
        })
        .collect()
}

/// The house can be used.
pub(crate) fn ready(address: &str) {
    say(&[
        NotifyState::Ready,
        NotifyState::Status(&format!("the house is served on {address}")),
    ]);
}

/// Another process still has the house.
pub(crate) fn waiting(process: &str) {
    say(&[NotifyState::Status(&format!(
        "waiting for process {process} to give up the house"
    ))]);
}

/// The house ends.
pub(crate) fn stopping() {
    say(&[NotifyState::Stopping]);
}

fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

/// Tells the service manager that the house lives, as often as it asks for it, and only while its loop
/// turns: a house that hangs is started again.
pub(crate) async fn watchdog(
    pulse: Arc<dyn Fn() -> Duration + Send + Sync>,
    stop: CancellationToken,
) {
    let Some(period) = sd_notify::watchdog_enabled() else {
        return;
    };
    let mut tick = tokio::time::interval(period / 3);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        let still = pulse();
        if still < STILL {
            say(&[NotifyState::Watchdog]);
        } else {
            tracing::error!(
                seconds = still.as_secs(),
                "the house's loop stands still; the service manager will start it again"
            );
        }
    }
}

/// Takes up what may change while the house runs, whenever SIGHUP comes.
pub(crate) struct Reload {
    /// Where `.env` is.
    pub(crate) folder: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) logs: Arc<Logs>,
    pub(crate) features: Features,
    pub(crate) tls: Option<api::Tls>,
    hangup: Signal,
}

impl Reload {
    /// From now on SIGHUP does not end the process.
    pub(crate) fn new(
        folder: PathBuf,
        settings: Settings,
        logs: Arc<Logs>,
        features: Features,
        tls: Option<api::Tls>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            folder,
            settings,
            logs,
            features,
            tls,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    pub(crate) async fn run(mut self, auth: Auth, stop: CancellationToken) {
        while let Some(Some(())) = stop.run_until_cancelled(self.hangup.recv()).await {
            self.again(&auth);
        }
    }

    fn again(&mut self, auth: &Auth) {
        if let Some(Err(error)) = self.tls.as_ref().map(api::Tls::reload) {
            tracing::error!(%error, "the certificate was not read anew; the old one stays");
        }
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            say(&[NotifyState::Reloading, now]);
        }
        match Settings::read(&self.folder) {
            Ok(settings) => {
                let changed = self.settings.differ(&settings);
                self.logs.reload(&settings);
                match off(&settings) {
                    Ok(off) => self.features.follow(off),
                    Err(fault) => {
                        tracing::error!(fault, "reloaded, but not the features that are off")
                    }
                }
                for name in &changed {
                    auth.note(self.told(name, &settings));
                }
                let (live, later): (Vec<_>, Vec<_>) =
                    changed.into_iter().partition(|name| LIVE.contains(name));
                tracing::info!(changed = ?live, "reloaded: log files are opened anew, settings read again");
                if !later.is_empty() {
                    tracing::warn!(settings = ?later, "changed settings apply only after a restart");
                }
                self.settings = settings;
            }
            // The files are rotated all the same; settings stay as they were.
            Err(faults) => {
                self.logs.reload(&self.settings);
                let faults = faults.to_string().replace("\n ", "").replace('\n', " ");
                tracing::error!(
                    faults,
                    "reloaded log files only: the settings are wrong and stay as they were"
                );
            }
        }
        say(&[NotifyState::Ready]);
    }

    /// That a setting is another, as an event of security. Who may end this process may reload it: who it was
    /// is not known.
    fn told(&self, name: &str, now: &Settings) -> SecurityEvent {
        let later = match LIVE.contains(&name) {
            true => "",
            false => ", after a restart",
        };
        let what = format!(
            "{name}: {}, before {}{later} (reload)",
            now.noted(name),
            self.settings.noted(name)
        );
        SecurityEvent::new(EventKind::SettingChanged, "reload", "local", &what)
    }
}
