//! A small house to test with: a lamp, a lock, a blind and a wall switch that only listens.

use model::{
    Announcement, CommandRequest, Connectivity, DeviceKind, Grant, HouseId, Instance, Now, Path,
    Reading, Report, ReportBody, Request, RequestBody, Timestamp, Value, Wish, capability,
};
use std::time::Duration;
use store::{Kept, Record};
use twin::{Answer, Effects, House, Input, Limits, Refusal};

pub(crate) const DRIVER: &str = "mqtt";

pub(crate) fn nothing_kept() -> Kept {
    Kept {
        house: HouseId::new(),
        epoch: 1,
        clean: true,
        mode: "home".into(),
        floors: vec![],
        areas: vec![],
        people: vec![],
        devices: vec![],
        last_seen: vec![],
        discoveries: vec![],
        values: vec![],
        pending: vec![],
        outcomes: vec![],
        constraints: vec![],
        refusals: vec![],
        last_kept: None,
    }
}

pub(crate) fn announcement(
    native_id: &str,
    kind: DeviceKind,
    capabilities: Vec<Instance>,
) -> Announcement {
    Announcement {
        native_id: native_id.into(),
        name: native_id.into(),
        slug: Some(native_id.into()),
        kind,
        manufacturer: None,
        model: None,
        via: None,
        area: Some("Hall".into()),
        capabilities,
        adopt: true,
        manual: None,
    }
}

/// A house with its own clock and a memory of all that followed.
pub(crate) struct Fixture {
    pub(crate) house: House,
    pub(crate) seconds: u64,
    pub(crate) kept: Vec<Record>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let (house, _) = House::restore(nothing_kept(), Limits::default(), at(0));
        let mut fixture = Self {
            house,
            seconds: 0,
            kept: vec![],
        };
        let mut blind_switch = Instance::full(&capability::ON_OFF);
        blind_switch.properties[0].reports = false;
        let lamp = vec![
            Instance::full(&capability::ON_OFF).action("toggle"),
            Instance::full(&capability::LEVEL_CONTROL),
        ];
        for (id, kind, capabilities) in [
            ("lamp", DeviceKind::Light, lamp),
            (
                "door",
                DeviceKind::Lock,
                vec![Instance::full(&capability::DOOR_LOCK)],
            ),
            (
                "blind",
                DeviceKind::Cover,
                vec![Instance::full(&capability::WINDOW_COVERING).action("stop")],
            ),
            ("mute", DeviceKind::Switch, vec![blind_switch]),
        ] {
            let announced = ReportBody::Announced(Box::new(announcement(id, kind, capabilities)));
            fixture.report(announced);
            fixture.connect(id, Connectivity::Online);
        }
        fixture
    }

    pub(crate) fn now(&self) -> Now {
        at(self.seconds)
    }

    pub(crate) fn apply(&mut self, input: Input) -> Effects {
        let now = self.now();
        let effects = self.house.apply(input, now);
        self.kept.extend(effects.keep.iter().cloned());
        effects
    }

    pub(crate) fn report(&mut self, body: ReportBody) -> Effects {
        self.apply(Input::Report(Report {
            driver: DRIVER.into(),
            body,
        }))
    }

    pub(crate) fn connect(&mut self, id: &str, connectivity: Connectivity) -> Effects {
        self.report(ReportBody::Connectivity {
            native_id: id.into(),
            connectivity,
            reason: None,
        })
    }

    pub(crate) fn reports(&mut self, id: &str, path: &str, value: impl Into<Value>) -> Effects {
        let reading = Reading::new(path.parse().unwrap(), value);
        self.report(ReportBody::Values {
            native_id: id.into(),
            readings: vec![reading],
        })
    }

    pub(crate) fn ask(
        &mut self,
        grant: Grant,
        command: CommandRequest,
    ) -> (Effects, Result<Wish, Refusal>) {
        let request = Request::new(grant, RequestBody::Command(command));
        self.request(request)
    }

    pub(crate) fn request(&mut self, request: Request) -> (Effects, Result<Wish, Refusal>) {
        let mut effects = self.apply(Input::Request(Box::new(request)));
        let (_, answer) = effects
            .answer
            .take()
            .expect("a command is answered at once");
        let answer = answer.map(|answer| match answer {
            Answer::Wish(wish) => Wish::clone(&wish),
            other => panic!("a command led to {other:?}"),
        });
        (effects, answer)
    }

    pub(crate) fn command(
        &mut self,
        device: &str,
        capability: &str,
        command: &str,
    ) -> (Effects, Result<Wish, Refusal>) {
        self.ask(Grant::operator(), told(device, capability, command))
    }

    pub(crate) fn wait(&mut self, seconds: u64) -> Effects {
        self.seconds += seconds;
        self.apply(Input::Tick)
    }

    pub(crate) fn value(&self, device: &str, path: &str) -> Option<Value> {
        let path: Path = path.parse().unwrap();
        self.house
            .snapshot()
            .device(device)
            .unwrap()
            .value(path)
            .cloned()
    }

    pub(crate) fn wish(&self, wish: &Wish) -> Wish {
        Wish::clone(&self.house.snapshot().wishes[&wish.id])
    }

    /// The same house after a restart: from what was kept, and what was last reported.
    pub(crate) fn restart(&mut self) -> Effects {
        let mut kept = nothing_kept();
        let snapshot = self.house.snapshot().clone();
        kept.epoch = snapshot.position.epoch + 1;
        kept.clean = false;
        for twin in snapshot.devices.values() {
            for (path, property) in twin.properties.iter() {
                if let Some(reported) = &property.reported {
                    kept.values.push(store::KeptValue {
                        device: twin.device.id,
                        path,
                        value: reported.value.clone(),
                        at: reported.at,
                        since: reported.since,
                        cause: reported.cause.clone(),
                    });
                }
            }
        }
        let mut wishes = std::collections::BTreeMap::new();
        for record in &self.kept {
            match record {
                Record::Device(device) => {
                    kept.devices.retain(|known| known.id != device.id);
                    kept.devices.push((**device).clone());
                }
                Record::Area(area) => {
                    kept.areas.retain(|known| known.id != area.id);
                    kept.areas.push(area.clone());
                }
                Record::Constraint(constraint) => {
                    kept.constraints
                        .retain(|known| known.slug != constraint.slug);
                    kept.constraints.push((**constraint).clone());
                }
                Record::ConstraintGone(slug) => {
                    kept.constraints.retain(|known| known.slug != *slug);
                }
                Record::Wish(wish) => {
                    wishes.insert(wish.id, (**wish).clone());
                }
                _ => {}
            }
        }
        kept.pending = wishes
            .into_values()
            .filter(|wish| wish.state == model::WishState::Pending)
            .collect();
        let now = self.now();
        let (house, effects) = House::restore(kept, Limits::default(), now);
        self.house = house;
        self.kept.extend(effects.keep.iter().cloned());
        effects
    }
}

pub(crate) fn at(seconds: u64) -> Now {
    let start: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    Now::new(
        start + Duration::from_secs(seconds),
        Duration::from_secs(seconds),
    )
}

pub(crate) fn told(device: &str, capability: &str, command: &str) -> CommandRequest {
    CommandRequest {
        device: device.into(),
        endpoint: None,
        capability: capability.into(),
        command: command.into(),
        args: vec![],
        confirmed: false,
    }
}
