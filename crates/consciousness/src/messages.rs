//! The ways by which what a scenario tells people leaves the house, as the settings say.

use crate::devices;
use crate::settings::Settings;
use anyhow::Context as _;
use automation::notify::{self, Message, NotSent, Options, Plan, Way};
use drivers::{broker::Broker, mqtt};
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::task::JoinHandle;
use twin::{Handle, Subscription};
use vault::Vault;

/// How many batches of events may wait for the outbox.
pub(crate) const QUEUE: usize = 4_096;

/// Judges the settings that are about it.
///
/// # Errors
/// With what is wrong.
pub(crate) fn judge(settings: &Settings) -> anyhow::Result<()> {
    let plan = Plan::read(|name| settings.text(name).to_owned()).map_err(wrong)?;
    notify::ways(&plan).map(drop).map_err(wrong)
}

/// Starts the outbox; it ends with the stream of events. Where nothing is set up nothing runs, and
/// what people are told is on the page alone.
pub(crate) fn begin(
    settings: &Settings,
    vault: &Vault,
    broker: Option<&Broker>,
    house: Handle,
    store: Store,
    zone: TimeZone,
    events: Subscription,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let plan = Plan::read(|name| settings.text(name).to_owned()).map_err(wrong)?;
    let mut ways = notify::ways(&plan).map_err(wrong)?;
    if let Some(topic) = plan.mqtt.clone() {
        let get = |name: &str| Some(settings.text(name).to_owned());
        let broker = mqtt::Settings::read(get, broker.map(Broker::address));
        let broker = broker.ok().context("NOTIFY_MQTT_TOPIC needs a broker")?;
        ways.push(by_mqtt(devices::renewed(broker, settings, vault), topic));
    }
    if ways.is_empty() {
        return Ok(None);
    }
    let options = Options::new(zone, plan.quiet);
    let running = notify::run(house, store, ways, options, events);
    Ok(Some(tokio::spawn(async move {
        if let Err(error) = running.await {
            tracing::error!(%error, "messages are not sent: what waited cannot be read");
        }
    })))
}

/// Each message has a connection of its own, with the password of that moment.
fn by_mqtt(broker: impl Fn() -> mqtt::Settings + Send + Sync + 'static, topic: String) -> Way {
    let send = move |message: Message| {
        let (broker, topic) = (broker(), topic.clone());
        let send = async move {
            let payload = message.to_json().to_string().into_bytes();
            let sent = mqtt::publish_once(&broker, &topic, payload).await;
            sent.map_err(|why| NotSent { why, again: true })
        };
        Box::pin(send) as notify::Sending
    };
    Way {
        channel: "mqtt",
        send: Arc::new(send),
    }
}

/// How long the outbox may take to end; what waits is kept.
pub(crate) const END: Duration = Duration::from_secs(5);

fn wrong(faults: Vec<String>) -> anyhow::Error {
    anyhow::anyhow!("settings are wrong:\n  {}", faults.join("\n  "))
}
