//! Everything that speaks to devices: which drivers there are here, as the settings say, and the
//! broker of our own.

use crate::place::Place;
use crate::secrets;
use crate::settings::Settings;
use automation::sun::Location;
use drivers::broker::{self, Broker};
use drivers::{
    Backoff, Factory, Interfaces, Supervisor, bluetooth, dhcp, home_assistant, mdns, mqtt, network,
    ssdp, weather,
};
use jiff::tz::TimeZone;
use model::Searcher;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use twin::Running;
use vault::Vault;

/// The machine's own network interface.
const LOOPBACK: &str = "lo";

/// Every driver of this program.
pub(crate) const PROTOCOLS: [&str; 8] = [
    mqtt::NAME,
    mdns::NAME,
    ssdp::NAME,
    dhcp::NAME,
    bluetooth::NAME,
    network::NAME,
    home_assistant::NAME,
    weather::NAME,
];

/// The drivers that look around, and the settings that switch them on.
const FINDERS: [(&str, &str); 4] = [
    (mdns::NAME, "ENABLE_MDNS"),
    (ssdp::NAME, "ENABLE_UPNP"),
    (dhcp::NAME, "ENABLE_DHCP"),
    (bluetooth::NAME, "ENABLE_BLUETOOTH"),
];

/// Why a finder does not search here; `None` where it does. What a simulated house has, stands on
/// loopback: what is around the machine itself is looked at only where somebody asks for it.
fn why_not(settings: &Settings, name: &str, setting: &str, simulated: bool) -> Option<String> {
    let is_real = name == dhcp::NAME || name == bluetooth::NAME;
    if settings.text(setting) != "true" {
        Some(format!("{setting} is false"))
    } else if simulated && is_real && !settings.is_given(setting) {
        Some(format!(
            "a simulated house has none; {setting}=true looks around the machine itself"
        ))
    } else {
        None
    }
}

/// The protocols that search for devices, and why those that do not here don't.
pub(crate) fn searchers(settings: &Settings, simulated: bool) -> Vec<Searcher> {
    let searcher = |protocol: &str, disabled: Option<String>| Searcher {
        protocol: protocol.to_owned(),
        disabled,
    };
    let finders = FINDERS
        .iter()
        .map(|(name, setting)| searcher(name, why_not(settings, name, setting, simulated)));
    let mirror = settings.text("HA_URL").is_empty();
    let mirror = mirror.then(|| "HA_URL is not set".to_owned());
    std::iter::once(searcher(mqtt::NAME, None))
        .chain(finders)
        .chain([searcher(home_assistant::NAME, mirror)])
        .collect()
}

/// Where the house is, and when, as far as a driver needs to know that.
#[derive(Debug, Clone)]
pub(crate) struct Where {
    pub(crate) location: Option<Location>,
    pub(crate) zone: TimeZone,
    /// The address of the simulator, once it has started.
    pub(crate) simulator: watch::Receiver<Option<String>>,
}

/// Who tells the weather; nobody, unless the household agreed that the house's rough place leaves it. In
/// a simulated house the simulator does.
fn weather(
    settings: &Settings,
    simulated: bool,
    place: Where,
) -> anyhow::Result<Option<weather::Settings>> {
    let here = place.location.map(|location| weather::Place {
        latitude: location.latitude,
        longitude: location.longitude,
    });
    if simulated
        && !settings.is_given("WEATHER_PROVIDER")
        && let Some(here) = here
    {
        return Ok(Some(weather::Settings::beside(
            place.simulator,
            here,
            place.zone,
        )));
    }
    let get = |name: &str| Some(settings.text(name).to_owned());
    weather::Settings::read(get, here, place.zone).map_err(faults)
}

/// The drivers that the settings ask for.
pub(crate) fn drivers(
    settings: &Settings,
    vault: &Vault,
    broker: Option<&Broker>,
    simulated: bool,
    place: Where,
) -> anyhow::Result<Vec<Factory>> {
    let get = |name: &str| Some(settings.text(name).to_owned());
    let mqtt = mqtt::Settings::read(get, broker.map(Broker::address)).map_err(faults)?;
    let mut factories = vec![
        by_mqtt(mqtt, settings, vault),
        network::factory(network::Settings::default(), Vec::new()),
    ];
    let mut interfaces = Interfaces::parse(settings.text("DISCOVERY_INTERFACES"));
    if simulated && interfaces == Interfaces::All {
        interfaces = Interfaces::Named(vec![LOOPBACK.to_owned()]);
    }
    for (name, setting) in FINDERS {
        if why_not(settings, name, setting, simulated).is_some() {
            continue;
        }
        let interfaces = interfaces.clone();
        factories.push(match setting {
            "ENABLE_MDNS" => mdns::factory(mdns::Settings { interfaces }),
            "ENABLE_UPNP" => ssdp::factory(ssdp::Settings { interfaces }),
            "ENABLE_DHCP" => dhcp::factory(dhcp::Settings::new(
                interfaces,
                settings.text("DHCP_LEASE_FILES"),
            )),
            _ => bluetooth::factory(bluetooth::Settings::default()),
        });
    }
    if let Some(mirror) = home_assistant::Settings::read(get).map_err(faults)? {
        factories.push(by_mirror(mirror, settings, vault));
    }
    if let Some(weather) = weather(settings, simulated, place)? {
        factories.push(weather::factory(weather));
    }
    let with_credentials = |factory: Factory| {
        let credentials = secrets::of_driver(factory.manifest.name, vault);
        factory.with_credentials(credentials)
    };
    Ok(factories.into_iter().map(with_credentials).collect())
}

/// Judges the settings of the drivers and of our own broker. Where the household says that the house stands
/// is in its database; whether the weather has a place is judged with that.
///
/// # Errors
/// With all that is wrong.
pub(crate) fn judge(
    settings: &Settings,
    location: Option<Location>,
    zone: TimeZone,
) -> anyhow::Result<()> {
    let get = |name: &str| Some(settings.text(name).to_owned());
    let is_ours = settings.text("MQTT_URL").is_empty();
    let own = is_ours.then(|| mqtt::Address::plain("localhost", 0));
    let mut wrong = Vec::new();
    wrong.extend(mqtt::Settings::read(get, own).err());
    if is_ours {
        wrong.extend(broker::Config::read(get, None).err());
    }
    wrong.extend(home_assistant::Settings::read(get).err());
    let (latitude, longitude) = location.map_or((0.0, 0.0), |it| (it.latitude, it.longitude));
    let somewhere = weather::Place {
        latitude,
        longitude,
    };
    wrong.extend(weather::Settings::read(get, Some(somewhere), zone).err());
    if wrong.is_empty() {
        return Ok(());
    }
    Err(faults(wrong.into_iter().flatten().collect()))
}

/// The household's broker, with the password that the vault has at each start of the driver.
fn by_mqtt(mqtt: mqtt::Settings, settings: &Settings, vault: &Vault) -> Factory {
    if secrets::idle(settings, "MQTT_PASSWORD").is_some() {
        return mqtt::factory(mqtt, Vec::new());
    }
    let renewed = renewed(mqtt, settings, vault);
    mqtt::factory_by(renewed, Vec::new()).renewed_by(followed(vault, "MQTT_PASSWORD"))
}

/// A broker with the password that the vault has at the moment when it is asked.
pub(crate) fn renewed(
    mqtt: mqtt::Settings,
    settings: &Settings,
    vault: &Vault,
) -> impl Fn() -> mqtt::Settings + Send + Sync + 'static {
    let (settings, house) = (settings.clone(), vault.clone());
    move || {
        let mut now = mqtt.clone();
        let get = |name: &str| {
            Some(match name {
                "MQTT_PASSWORD" => secrets::current(&house, &settings, name),
                _ => settings.text(name).to_owned(),
            })
        };
        // Our own broker is in no setting.
        if let Ok(read) = mqtt::Settings::read(get, None) {
            now.address.password = read.address.password;
        }
        now
    }
}

/// The mirror, with the token that the vault has at each start of the driver.
fn by_mirror(mirror: home_assistant::Settings, settings: &Settings, vault: &Vault) -> Factory {
    let (settings, house) = (settings.clone(), vault.clone());
    let renewed = move || home_assistant::Settings {
        token: drivers::Secret::new(secrets::current(&house, &settings, "HA_TOKEN")),
        ..mirror.clone()
    };
    home_assistant::factory_by(renewed).renewed_by(followed(vault, "HA_TOKEN"))
}

/// Tells when what the vault has for a setting is another.
fn followed(vault: &Vault, name: &'static str) -> watch::Receiver<u64> {
    secrets::live(vault, &[name]);
    let (told, heard) = watch::channel(0);
    let (vault, mut changes) = (vault.clone(), vault.changes());
    tokio::spawn(async move {
        let mut before = vault.secret(name);
        while changes.changed().await.is_ok() {
            let now = vault.secret(name);
            if now != before && now.is_some() {
                told.send_modify(|number| *number += 1);
            }
            before = now;
        }
    });
    heard
}

/// Starts them, and brings what they say to the house.
pub(crate) fn start(
    factories: Vec<Factory>,
    running: &Running,
    orders: mpsc::Receiver<(String, model::Order)>,
    stop: CancellationToken,
) -> Supervisor {
    let reports = running.handle.reports();
    Supervisor::start(factories, reports, orders, stop, Backoff::default())
}

/// Our own broker, unless another one is named. Beside a simulated house it takes any free port, so
/// that it never meets a broker that the machine has.
pub(crate) async fn start_broker(
    settings: &Settings,
    place: &Place,
    simulated: bool,
) -> anyhow::Result<Option<Broker>> {
    if !settings.text("MQTT_URL").is_empty() {
        return Ok(None);
    }
    let get = |name: &str| {
        let any = simulated && name == "BROKER_PORT" && !settings.is_given(name);
        Some(if any {
            "0".to_owned()
        } else {
            settings.text(name).to_owned()
        })
    };
    // A simulated house says everything anew at each start; nothing of another one must linger.
    let folder = (!simulated).then(|| place.broker_folder());
    let config = broker::Config::read(get, folder).map_err(faults)?;
    Ok(Some(Broker::start(config).await?))
}

fn faults(faults: Vec<drivers::Fault>) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("settings are wrong:\n  {}", lines.join("\n  "))
}
