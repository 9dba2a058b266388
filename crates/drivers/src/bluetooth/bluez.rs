//! BlueZ over D-Bus: what it knows, what it says, and the little that it is told. All I/O.

use super::advert::Props;
use futures_util::{StreamExt, stream};
use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroUsize,
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use zbus::{
    Connection, MatchRule, MessageStream, OwnedObjectPath, OwnedVariant, Variant,
    connection::Builder,
    message::{Message, Type},
};

const BLUEZ: &str = "org.bluez";
const ADAPTER: &str = "org.bluez.Adapter1";
const DEVICE: &str = "org.bluez.Device1";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const MANAGER: &str = "org.freedesktop.DBus.ObjectManager";
const BUS: &str = "org.freedesktop.DBus";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// Signals that wait.
const WAITING: usize = 256;
/// Entries of an advert, and bytes of one.
const ENTRIES: usize = 16;
const LONGEST: usize = 254;

type Values = HashMap<String, OwnedVariant>;
type Interfaces = HashMap<String, Values>;

/// Something that BlueZ says.
#[derive(Debug)]
pub(super) enum News {
    /// A device, or what changed of it.
    Device {
        path: String,
        props: Props,
        is_whole: bool,
    },
    /// BlueZ forgets a device.
    DeviceGone { path: String },
    /// An adapter, or what changed of it.
    Adapter {
        path: String,
        powered: Option<bool>,
        discovering: Option<bool>,
    },
    /// An adapter is gone.
    AdapterGone { path: String },
    /// BlueZ came, or went.
    Running(bool),
    /// More was said than was listened to.
    Lost,
}

/// A connection to the bus where BlueZ is, or will be.
#[derive(Debug)]
pub(super) struct BlueZ {
    connection: Connection,
    pub(super) news: mpsc::Receiver<News>,
    pump: JoinHandle<()>,
    pub(super) is_running: bool,
}

impl BlueZ {
    /// Connects to the bus, and listens to what BlueZ says on it.
    pub(super) async fn connect(bus: Option<&str>) -> Result<Self, String> {
        let connect = async {
            let builder = match bus {
                Some(address) => Builder::address(address),
                None => Builder::system(),
            };
            let connection = builder.method_timeout(PATIENCE).build().await?;
            let most = NonZeroUsize::new(WAITING);
            let signals = MatchRule::builder()
                .msg_type(Type::Signal)
                .sender(BLUEZ)
                .build()?;
            let signals = MessageStream::for_match_rule(signals, &connection, most).await?;
            let owners = MatchRule::builder()
                .msg_type(Type::Signal)
                .sender(BUS)
                .interface(BUS)
                .member("NameOwnerChanged")
                .arg(0, BLUEZ)
                .build()?;
            let owners = MessageStream::for_match_rule(owners, &connection, most).await?;
            // Asked without starting it: whether BlueZ runs is the owner's choice.
            let owner = connection
                .call_method(Some(BUS), "/", Some(BUS), "GetNameOwner", &BLUEZ)
                .await;
            let owner = owner
                .ok()
                .and_then(|reply| reply.body().deserialize::<String>().ok());
            Ok::<_, zbus::Error>((connection, signals, owners, owner))
        };
        let (connection, signals, owners, owner) = timeout(PATIENCE * 2, connect)
            .await
            .map_err(|_| "it does not answer".to_owned())?
            .map_err(|error| error.to_string())?;
        let (sender, news) = mpsc::channel(WAITING);
        let is_running = owner.is_some();
        let pump = Pump {
            owner,
            sender,
            has_lost: false,
        };
        Ok(Self {
            connection,
            news,
            pump: tokio::spawn(pump.run(signals, owners)),
            is_running,
        })
    }

    /// All adapters and devices.
    pub(super) async fn objects(&self) -> Result<Vec<News>, String> {
        let reply = self.call("/", MANAGER, "GetManagedObjects", &()).await?;
        let body = reply.body();
        let objects: HashMap<OwnedObjectPath, Interfaces> =
            body.deserialize().map_err(|error| error.to_string())?;
        let all = objects.into_iter();
        Ok(all
            .flat_map(|(path, interfaces)| added(path.as_str(), interfaces))
            .collect())
    }

    /// All that is known of one device.
    pub(super) async fn device(&self, path: &str) -> Result<Props, String> {
        let reply = self.call(path, PROPERTIES, "GetAll", &DEVICE).await?;
        let body = reply.body();
        let values: Values = body.deserialize().map_err(|error| error.to_string())?;
        Ok(props(&values))
    }

    /// Lets an adapter listen for adverts.
    pub(super) async fn start(&self, adapter: &str) -> Result<(), String> {
        let filter = HashMap::from([
            ("Transport", Variant::from("le")),
            ("DuplicateData", Variant::from(true)),
        ]);
        self.call(adapter, ADAPTER, "SetDiscoveryFilter", &filter)
            .await?;
        match self.call(adapter, ADAPTER, "StartDiscovery", &()).await {
            Err(fault) if !fault.contains("InProgress") => Err(fault),
            _ => Ok(()),
        }
    }

    /// Lets it rest.
    pub(super) async fn stop(&self, adapter: &str) {
        // Gone or resting already: there is nothing left to do.
        let _ = self.call(adapter, ADAPTER, "StopDiscovery", &()).await;
    }

    async fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Message, String>
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        self.connection
            .call_method(Some(BLUEZ), path, Some(interface), method, body)
            .await
            .map_err(|error| error.to_string())
    }
}

impl Drop for BlueZ {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

/// Takes signals off the bus, always: while they are not taken, no answer comes either.
struct Pump {
    /// Who BlueZ is now: what others say in its name is not believed.
    owner: Option<String>,
    sender: mpsc::Sender<News>,
    has_lost: bool,
}

impl Pump {
    async fn run(mut self, signals: MessageStream, owners: MessageStream) {
        let mut all = stream::select(signals, owners);
        while let Some(message) = all.next().await {
            let Ok(message) = message else { continue };
            if self.has_lost && self.sender.try_send(News::Lost).is_ok() {
                self.has_lost = false;
            }
            for news in self.read(&message) {
                match self.sender.try_send(news) {
                    Ok(()) => {}
                    Err(mpsc::error::TrySendError::Full(_)) => self.has_lost = true,
                    Err(mpsc::error::TrySendError::Closed(_)) => return,
                }
            }
        }
    }

    fn read(&mut self, message: &Message) -> Vec<News> {
        let header = message.header();
        let (Some(member), Some(sender)) = (header.member(), header.sender()) else {
            return Vec::new();
        };
        let (member, sender, body) = (member.as_str(), sender.as_str(), message.body());
        if member == "NameOwnerChanged" && sender == BUS {
            let Ok((_, _, owner)) = body.deserialize::<(String, String, String)>() else {
                return Vec::new();
            };
            let is_running = !owner.is_empty();
            self.owner = is_running.then_some(owner);
            return vec![News::Running(is_running)];
        }
        if self.owner.as_deref() != Some(sender) {
            return Vec::new();
        }
        match member {
            "InterfacesAdded" => match body.deserialize::<(OwnedObjectPath, Interfaces)>() {
                Ok((path, interfaces)) => added(path.as_str(), interfaces),
                Err(_) => Vec::new(),
            },
            "InterfacesRemoved" => match body.deserialize::<(OwnedObjectPath, Vec<String>)>() {
                Ok((path, interfaces)) => removed(path.as_str(), &interfaces),
                Err(_) => Vec::new(),
            },
            "PropertiesChanged" => {
                let changed = body.deserialize::<(String, Values, Vec<String>)>();
                match (changed, header.path()) {
                    (Ok((interface, values, _)), Some(path)) => {
                        changes(path.as_str(), &interface, &values, false)
                            .into_iter()
                            .collect()
                    }
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }
}

fn added(path: &str, interfaces: Interfaces) -> Vec<News> {
    let all = interfaces.iter();
    all.filter_map(|(name, values)| changes(path, name, values, true))
        .collect()
}

fn removed(path: &str, interfaces: &[String]) -> Vec<News> {
    let news = |name: &String| match name.as_str() {
        ADAPTER => Some(News::AdapterGone {
            path: path.to_owned(),
        }),
        DEVICE => Some(News::DeviceGone {
            path: path.to_owned(),
        }),
        _ => None,
    };
    interfaces.iter().filter_map(news).collect()
}

fn changes(path: &str, interface: &str, values: &Values, is_whole: bool) -> Option<News> {
    let path = path.to_owned();
    match interface {
        ADAPTER => Some(News::Adapter {
            path,
            powered: values.get("Powered").and_then(|value| truth(value)),
            discovering: values.get("Discovering").and_then(|value| truth(value)),
        }),
        DEVICE => Some(News::Device {
            path,
            props: props(values),
            is_whole,
        }),
        _ => None,
    }
}

/// What is used of a device's properties; what is of another type than it should be is left out.
fn props(values: &Values) -> Props {
    let get = |name: &str| values.get(name).map(|value| plain(value));
    Props {
        address: get("Address").and_then(text),
        is_random: get("AddressType")
            .and_then(text)
            .map(|kind| kind == "random"),
        name: get("Name").and_then(text),
        rssi: get("RSSI").and_then(|value| match value {
            Variant::I16(number) => Some(*number),
            _ => None,
        }),
        services: get("UUIDs").and_then(|value| match value {
            Variant::Array(all) => {
                Some(all.inner().iter().take(ENTRIES).filter_map(text).collect())
            }
            _ => None,
        }),
        service_data: get("ServiceData").and_then(|value| entries(value, text)),
        maker_data: get("ManufacturerData").and_then(|value| {
            entries(value, |key| match key {
                Variant::U16(number) => Some(*number),
                _ => None,
            })
        }),
    }
}

/// A dictionary of bytes.
fn entries<K: Ord>(
    value: &Variant<'_>,
    key: impl Fn(&Variant<'_>) -> Option<K>,
) -> Option<BTreeMap<K, Vec<u8>>> {
    let Variant::Dict(all) = value else {
        return None;
    };
    let all = all.iter().take(ENTRIES);
    Some(
        all.filter_map(|(name, bytes)| Some((key(plain(name))?, octets(plain(bytes))?)))
            .collect(),
    )
}

fn octets(value: &Variant<'_>) -> Option<Vec<u8>> {
    let Variant::Array(all) = value else {
        return None;
    };
    let octet = |value: &Variant<'_>| match value {
        Variant::U8(octet) => Some(*octet),
        _ => None,
    };
    all.inner().iter().take(LONGEST + 1).map(octet).collect()
}

fn text(value: &Variant<'_>) -> Option<String> {
    match plain(value) {
        Variant::Str(text) => Some(text.as_str().chars().take(256).collect()),
        _ => None,
    }
}

fn truth(value: &Variant<'_>) -> Option<bool> {
    match plain(value) {
        Variant::Bool(truth) => Some(*truth),
        _ => None,
    }
}

/// What is in a variant that holds one.
fn plain<'a, 'v>(mut value: &'a Variant<'v>) -> &'a Variant<'v> {
    while let Variant::Variant(inner) = value {
        value = inner;
    }
    value
}
