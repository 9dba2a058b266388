//! The driver bluetooth, against a mock of BlueZ that is not ours.

use super::{
    bluez::{Bus, Mock},
    fact,
};
use crate::support::House;
use drivers::{
    Factory,
    bluetooth::{self, Settings},
    conformance::{FinderPeer, Step, check_finder},
};
use model::{Connectivity, Order, ReportBody, Searched, Sighting, Value};
use zbus::Variant;

const SENSOR: &str = "A4:C1:38:11:22:33";
const ID: &str = "a4:c1:38:11:22:33";

fn factory(bus: &str) -> Factory {
    bluetooth::factory(Settings {
        bus: Some(bus.to_owned()),
    })
}

async fn unavailable(house: &mut House, because: &str) {
    let request = house.scan("bluetooth").await;
    match house.scanned(request).await {
        Searched::Unavailable { reason } => assert!(reason.contains(because), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn without_a_bus_it_says_so() {
    let mut house = House::with(factory("unix:path=/nonexistent/bus"));
    house
        .degraded("message bus (D-Bus) cannot be reached")
        .await;
    unavailable(&mut house, "D-Bus").await;
    house.end().await;
}

#[tokio::test]
async fn it_comes_alive_with_bluez_and_its_adapter() {
    let Some(bus) = Bus::start() else { return };
    let mut house = House::with(factory(&bus.address()));
    house.degraded("BlueZ is not running").await;
    unavailable(&mut house, "BlueZ is not running").await;
    let bluez = bus.bluez().await;
    house.degraded("there is no Bluetooth adapter").await;
    unavailable(&mut house, "there is no Bluetooth adapter").await;
    bluez.add_adapter().await;
    house.running().await;
    assert!(bluez.is_listening().await);
    bluez
        .set(
            "/org/bluez/hci0",
            "org.bluez.Adapter1",
            "Powered",
            Variant::from(false),
        )
        .await;
    house.degraded("switched off").await;
    bluez
        .set(
            "/org/bluez/hci0",
            "org.bluez.Adapter1",
            "Powered",
            Variant::from(true),
        )
        .await;
    house.running().await;
    bluez.remove_adapter().await;
    house.degraded("there is no Bluetooth adapter").await;
    bluez.add_adapter().await;
    house.running().await;
    drop(bluez);
    house.degraded("BlueZ is not running").await;
    // When it comes back, it has to be asked to listen again.
    let bluez = bus.bluez().await;
    bluez.add_adapter().await;
    house.running().await;
    house.end().await;
    assert!(
        !bluez.is_listening().await,
        "the adapter is left to rest at the end"
    );
}

#[tokio::test]
async fn a_bthome_sensor_is_found_and_says_its_values() {
    let Some(bus) = Bus::start() else { return };
    let bluez = bus.bluez().await;
    bluez.add_adapter().await;
    let mut house = House::with(factory(&bus.address()));
    house.running().await;
    bluez.add_device(SENSOR, "ATC_112233").await;
    let seen = house.sighted(ID, "to be seen", |_| true).await;
    assert_eq!(seen.name.as_deref(), Some("ATC_112233"));
    // 21.5 degrees and 45 %, battery 97 %.
    bluez
        .advertise(
            SENSOR,
            &[0x40, 0x00, 1, 0x01, 97, 0x02, 0x66, 0x08, 0x03, 0x94, 0x11],
        )
        .await;
    let device = house
        .until("the sensor to be announced", |body| match body {
            ReportBody::Announced(device) if device.native_id == ID => Some(device.clone()),
            _ => None,
        })
        .await;
    assert!(!device.adopt);
    assert_eq!(device.capabilities.len(), 3);
    house
        .until("the sensor to be there", |body| match body {
            ReportBody::Connectivity {
                native_id,
                connectivity,
                ..
            } if native_id == ID => (*connectivity == Connectivity::Online).then_some(()),
            _ => None,
        })
        .await;
    for at in 0..5_u8 {
        let celsius = 2_200_i16 + i16::from(at) * 10;
        let [low, high] = celsius.to_le_bytes();
        bluez
            .advertise(SENSOR, &[0x40, 0x00, at + 2, 0x02, low, high])
            .await;
        let wanted = Some(Value::Number(f64::from(celsius) / 100.0));
        house
            .value(ID, "TemperatureMeasurement.temperature", wanted)
            .await;
    }
    // A press, once, however often its packet is repeated.
    for number in [40, 40, 40, 41] {
        bluez
            .advertise(SENSOR, &[0x44, 0x00, number, 0x3a, number - 39])
            .await;
    }
    let mut presses = Vec::new();
    while presses.last().is_none_or(|event| event != "double_press") {
        let event = house.until("a press", |body| match body {
            ReportBody::DeviceEvent { event, .. } => Some(event.clone()),
            _ => None,
        });
        presses.push(event.await);
    }
    assert_eq!(presses, ["press", "double_press"]);
    // It became ours: all is said again.
    house
        .tell(
            "bluetooth",
            Order::Watch {
                native_id: ID.to_owned(),
            },
        )
        .await;
    house
        .value(
            ID,
            "TemperatureMeasurement.temperature",
            Some(Value::Number(22.4)),
        )
        .await;
    let request = house.scan("bluetooth").await;
    house
        .sighted(ID, "to be found", |thing| !thing.clues.is_empty())
        .await;
    assert_eq!(
        house.scanned(request).await,
        Searched::Completed { found: 1 }
    );
    house.end().await;
}

#[tokio::test]
async fn garbage_and_passing_phones_change_nothing() {
    let Some(bus) = Bus::start() else { return };
    let bluez = bus.bluez().await;
    bluez.add_adapter().await;
    // Heard before we came.
    bluez.add_device(SENSOR, "ATC_112233").await;
    let mut house = House::with(factory(&bus.address()));
    house.sighted(ID, "to be seen", |_| true).await;
    hostile(&bluez).await;
    let phone = "54:C1:38:00:00:01";
    let path = format!("/org/bluez/hci0/dev_{}", phone.replace(':', "_"));
    bluez.add_device(phone, "").await;
    bluez
        .set(
            &path,
            "org.bluez.Device1",
            "AddressType",
            Variant::from("random"),
        )
        .await;
    bluez
        .set(&path, "org.bluez.Device1", "RSSI", Variant::from(-50_i16))
        .await;
    bluez.advertise(phone, &[0x40, 0x01, 50]).await;
    bluez
        .advertise(SENSOR, &[0x41, 1, 2, 3, 4, 5, 6, 7, 8])
        .await;
    let encrypted = house.sighted(ID, "to be encrypted", |thing| {
        fact(thing, "bthome.encrypted").is_some()
    });
    encrypted.await;
    bluez.advertise(SENSOR, &[0x40, 0x01, 55]).await;
    house
        .value(ID, "PowerSource.battery", Some(Value::Number(55.0)))
        .await;
    let request = house.scan("bluetooth").await;
    assert_eq!(
        house.scanned(request).await,
        Searched::Completed { found: 1 }
    );
    house.end().await;
}

/// What no sound device says.
async fn hostile(bluez: &Mock) {
    let path = format!("/org/bluez/hci0/dev_{}", SENSOR.replace(':', "_"));
    let junk: [&[u8]; 8] = [
        &[],
        &[0x40],
        &[0x40, 0xff, 1, 2, 3],
        &[0x40, 0x02],
        &[0x40, 0x21, 7],
        &[0x40, 0x53, 200, b'x'],
        &[0x20, 1, 2],
        &[0x40; 400],
    ];
    for data in junk {
        bluez.advertise(SENSOR, data).await;
    }
    for (name, value) in [
        ("Name", Variant::from("\u{1}\u{202e}x")),
        ("RSSI", Variant::from("loud")),
        ("ServiceData", Variant::from(7_u32)),
        ("ManufacturerData", Variant::from(vec!["x", "y"])),
        ("UUIDs", Variant::from(true)),
        ("Address", Variant::from("not an address at all")),
        ("Address", Variant::from(SENSOR)),
        ("Name", Variant::from("ATC_112233")),
    ] {
        bluez.set(&path, "org.bluez.Device1", name, value).await;
    }
}

/// Something with a name, for the kit.
struct Speaker(Mock);

impl FinderPeer for Speaker {
    fn appear(&mut self) -> Step<'_> {
        Box::pin(async { self.0.add_device(SENSOR, "ATC_112233").await })
    }

    fn is_it(&self, sighting: &Sighting) -> bool {
        sighting.native_id == ID
    }

    fn hostile(&mut self) -> Step<'_> {
        Box::pin(async {
            let path = format!("/org/bluez/hci0/dev_{}", SENSOR.replace(':', "_"));
            // Nothing that would be BTHome: then it would be announced as well.
            for (name, value) in [
                ("RSSI", Variant::from("loud")),
                ("ManufacturerData", Variant::from(vec!["x", "y"])),
                ("UUIDs", Variant::from(true)),
                ("ServiceData", Variant::from(7_u32)),
            ] {
                self.0.set(&path, "org.bluez.Device1", name, value).await;
            }
            self.0.advertise(SENSOR, &[0x20; 400]).await;
        })
    }

    fn vanish(&mut self) -> Option<Step<'_>> {
        // Silence means something after half an hour alone.
        None
    }

    fn leave(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(async { self.0.remove_adapter().await }))
    }

    fn come_back(&mut self) -> Step<'_> {
        Box::pin(async {
            self.0.add_adapter().await;
            self.0.add_device(SENSOR, "ATC_112233").await;
        })
    }
}

#[tokio::test]
async fn the_driver_passes_the_kit() {
    let Some(bus) = Bus::start() else { return };
    let bluez = bus.bluez().await;
    bluez.add_adapter().await;
    let address = bus.address();
    let mut speaker = Speaker(bluez);
    assert_eq!(
        check_finder(|| factory(&address), &mut speaker).await,
        Ok(())
    );
}
