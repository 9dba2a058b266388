//! A message bus of our own, and on it a mock of BlueZ that is not ours (python-dbusmock).

use crate::support::{PATIENCE, program, skipped};
use std::{
    collections::HashMap,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use zbus::{Connection, Variant, connection::Builder};

/// Debian's own Python, for which Debian's dbusmock is.
const PYTHON: &str = "/usr/bin/python3";
const BTHOME: &str = "0000fcd2-0000-1000-8000-00805f9b34fb";

/// A message bus; it ends with the value.
pub(crate) struct Bus {
    daemon: Child,
    folder: tempfile::TempDir,
}

/// BlueZ on it; it ends with the value.
pub(crate) struct Mock {
    child: Child,
    connection: Connection,
}

impl Bus {
    /// Starts one; `None` where what is needed is not installed.
    pub(crate) fn start() -> Option<Self> {
        let has_mock = Command::new(PYTHON)
            .args(["-c", "import dbusmock, dbus"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !has_mock || program("dbus-daemon").is_none() {
            skipped("dbus-daemon or python3-dbusmock is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bus");
        let daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--nosyslog"])
            .arg(format!("--address=unix:path={}", path.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while std::os::unix::net::UnixStream::connect(&path).is_err() {
            assert!(began.elapsed() < PATIENCE, "dbus-daemon does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { daemon, folder })
    }

    pub(crate) fn address(&self) -> String {
        format!("unix:path={}", self.path().display())
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("bus")
    }

    /// Starts the mock, without an adapter.
    pub(crate) async fn bluez(&self) -> Mock {
        let child = Command::new(PYTHON)
            .args(["-m", "dbusmock", "--system", "--template", "bluez5"])
            .env("DBUS_SYSTEM_BUS_ADDRESS", self.address())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let connection = Builder::address(self.address().as_str())
            .build()
            .await
            .unwrap();
        let mock = Mock { child, connection };
        let began = Instant::now();
        loop {
            let all = mock.call(
                "/",
                "org.freedesktop.DBus.ObjectManager",
                "GetManagedObjects",
                &(),
            );
            if all.await.is_ok() {
                return mock;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "the mock of BlueZ does not start"
            );
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Mock {
    async fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> zbus::Result<zbus::message::Message>
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let bluez = Some("org.bluez");
        self.connection
            .call_method(bluez, path, Some(interface), method, body)
            .await
    }

    pub(crate) async fn add_adapter(&self) {
        self.call("/", "org.bluez.Mock", "AddAdapter", &("hci0", "house"))
            .await
            .unwrap();
    }

    pub(crate) async fn remove_adapter(&self) {
        self.call("/", "org.bluez.Mock", "RemoveAdapterWithDevices", &"hci0")
            .await
            .unwrap();
    }

    /// A device that BlueZ hears, for the first time or again.
    pub(crate) async fn add_device(&self, address: &str, name: &str) {
        let body = ("hci0", address, name);
        if self
            .call("/", "org.bluez.Mock", "AddDevice", &body)
            .await
            .is_err()
        {
            let path = format!("/org/bluez/hci0/dev_{}", address.replace(':', "_"));
            self.set(&path, "org.bluez.Device1", "RSSI", Variant::from(-60_i16))
                .await;
        }
    }

    /// Whether the adapter listens.
    pub(crate) async fn is_listening(&self) -> bool {
        let body = ("org.bluez.Adapter1", "Discovering");
        let reply = self
            .call(
                "/org/bluez/hci0",
                "org.freedesktop.DBus.Properties",
                "Get",
                &body,
            )
            .await
            .unwrap();
        let body = reply.body();
        let value: Variant<'_> = body.deserialize().unwrap();
        value == Variant::from(true)
    }

    /// A property of an object changes.
    pub(crate) async fn set(&self, path: &str, interface: &str, name: &str, value: Variant<'_>) {
        let body = (interface, name, value);
        self.call(path, "org.freedesktop.DBus.Properties", "Set", &body)
            .await
            .unwrap();
    }

    /// A device advertises BTHome.
    pub(crate) async fn advertise(&self, address: &str, data: &[u8]) {
        let path = format!("/org/bluez/hci0/dev_{}", address.replace(':', "_"));
        let data = HashMap::from([(BTHOME, Variant::from(data.to_vec()))]);
        self.set(
            &path,
            "org.bluez.Device1",
            "ServiceData",
            Variant::from(data),
        )
        .await;
    }
}
