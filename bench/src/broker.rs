//! A real Mosquitto on a free port.

use anyhow::Context as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A broker that runs; ended when it is dropped.
pub(crate) struct Broker {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl Broker {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let address = free_port()?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("mosquitto.conf");
        // It must not drop for its own reasons what a burst holds.
        let config = format!(
            "listener {} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\nlog_dest none\n",
            address.port()
        );
        std::fs::write(&file, config)?;
        let child = Command::new("mosquitto")
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("mosquitto cannot be started; tests/needs installs it")?;
        let broker = Self {
            child,
            address,
            _folder: folder,
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            anyhow::ensure!(Instant::now() < deadline, "mosquitto does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(broker)
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://{}", self.address)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that nobody listens on.
pub(crate) fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}
