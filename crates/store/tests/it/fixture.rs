//! Things to keep.

use model::{
    Area, AreaId, Cause, CauseId, Device, DeviceId, DeviceKind, Event, EventBody, Floor, FloorId,
    Goal, Instance, Key, Path, Position, RequestId, Timestamp, Value, Who, Wish, WishId, WishState,
    capability,
};
use store::{Kept, KeptValue, Location, Record, Sample, Store};
use tempfile::TempDir;

/// A folder with a database in it.
pub(crate) struct Folder {
    pub(crate) dir: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.dir.path().join("consciousness.db")
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&Location::file(self.file())).await.unwrap().0
    }

    /// Opened and leading.
    pub(crate) async fn lead(&self) -> (Store, Kept) {
        let store = self.open().await;
        let kept = store.load().await.unwrap();
        (store, kept)
    }
}

/// So many seconds after a fixed moment.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + seconds).unwrap()
}

pub(crate) fn path(text: &str) -> Path {
    text.parse().unwrap()
}

pub(crate) fn floor() -> Floor {
    Floor {
        id: FloorId::new(),
        slug: "ground".parse().unwrap(),
        name: "Ground".to_owned(),
        level: 0,
    }
}

pub(crate) fn area(slug: &str, floor: Option<FloorId>) -> Area {
    Area {
        id: AreaId::new(),
        slug: slug.parse().unwrap(),
        name: slug.to_uppercase(),
        floor,
        neighbours: Vec::new(),
    }
}

pub(crate) fn lamp(slug: &str, area: Option<AreaId>) -> Device {
    Device {
        id: DeviceId::new(),
        slug: slug.parse().unwrap(),
        aliases: vec!["Leselampe".to_owned()],
        key: Key {
            driver: "mqtt".to_owned(),
            native_id: format!("0x{slug}"),
        },
        via: Some("bridge".to_owned()),
        area,
        serves: area.into_iter().collect(),
        name: slug.replace('_', " "),
        named_by_person: true,
        kind: DeviceKind::Light,
        manufacturer: Some("Acme".to_owned()),
        model: None,
        capabilities: vec![
            Instance::full(&capability::ON_OFF).action("toggle"),
            Instance::full(&capability::LEVEL_CONTROL).on(2),
        ],
        manual: Some(serde_json::json!({"topic": "lamp"})),
        preferences: model::Preferences::default(),
        first_seen: at(0),
    }
}

pub(crate) fn wish(device: DeviceId, made: i64) -> Wish {
    Wish {
        id: WishId::new(),
        request: RequestId::new(),
        device,
        endpoint: 1,
        capability: "OnOff".to_owned(),
        command: "on".to_owned(),
        goal: Goal::Target {
            values: vec![("on_off".to_owned(), true.into())],
        },
        state: WishState::Pending,
        note: None,
        cause: Cause::first(Who::Operator),
        made_at: at(made),
        ended_at: None,
    }
}

pub(crate) fn ended(mut wish: Wish, state: WishState, when: i64) -> Wish {
    wish.state = state;
    wish.ended_at = Some(at(when));
    wish
}

pub(crate) fn event(epoch: u64, seq: u64, cause: Cause, body: EventBody) -> Event {
    let seconds = i64::try_from(seq).unwrap();
    Event {
        position: Position { epoch, seq },
        at: at(seconds),
        cause,
        body,
    }
}

pub(crate) fn started() -> EventBody {
    EventBody::HouseStarted { clean: true }
}

pub(crate) fn pressed(device: DeviceId) -> EventBody {
    EventBody::DeviceEvent {
        device,
        endpoint: 1,
        capability: "Button".to_owned(),
        event: "press".to_owned(),
    }
}

pub(crate) fn value(device: DeviceId, text: &str, value: Option<Value>, seconds: i64) -> KeptValue {
    KeptValue {
        device,
        path: path(text),
        value,
        at: at(seconds),
        since: at(seconds),
        cause: Cause {
            id: CauseId::new(),
            parent: Some(CauseId::new()),
            who: Who::House,
        },
    }
}

pub(crate) fn sample(device: DeviceId, text: &str, value: Option<Value>, seconds: i64) -> Sample {
    Sample {
        device,
        path: path(text),
        at: at(seconds),
        value,
    }
}

pub(crate) fn record(device: &Device) -> Record {
    Record::Device(Box::new(device.clone()))
}
