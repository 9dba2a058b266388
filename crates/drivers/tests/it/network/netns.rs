//! A link of its own for a test: two network namespaces, joined by a pair of virtual interfaces.
//!
//! The test binary runs itself once more in the namespace of the house; peers run in that of the
//! devices. Nothing can leave either.

use crate::support::{program, skipped};
use std::{
    future::Future,
    net::Ipv4Addr,
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// Which namespaces the test binary was started for.
const VARIABLE: &str = "DRIVERS_TEST_NETNS";

/// The address of the house, and of its other, wicked neighbours: all on its own interface.
pub(crate) const HOUSE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
pub(crate) const WICKED: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 66);
/// The interface of the house.
pub(crate) const NIC: &str = "vs0";

/// The two namespaces; they end with the value, and what runs in them as well.
struct Pair {
    devices: String,
    house: String,
}

impl Pair {
    /// Makes them, or says why that cannot be.
    fn new() -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cons{}x{number}", std::process::id());
        let pair = Self {
            devices: format!("{name}d"),
            house: format!("{name}h"),
        };
        let (d, h) = (pair.devices.as_str(), pair.house.as_str());
        ip(&format!("netns add {d}"))?;
        ip(&format!("netns add {h}"))?;
        ip(&format!(
            "link add vd0 netns {d} type veth peer name {NIC} netns {h}"
        ))?;
        for (space, nic, addresses) in [
            (d, "vd0", vec!["10.77.0.1/24"]),
            (h, NIC, vec!["10.77.0.2/24", "10.77.0.66/24"]),
        ] {
            ip(&format!("-n {space} link set lo up"))?;
            for address in addresses {
                ip(&format!("-n {space} addr add {address} brd + dev {nic}"))?;
            }
            ip(&format!("-n {space} link set {nic} up"))?;
            ip(&format!("-n {space} route add default dev {nic}"))?;
        }
        Ok(pair)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for space in [&self.devices, &self.house] {
            let all = Command::new("ip").args(["netns", "pids", space]).output();
            let all = all.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
            for pid in all.unwrap_or_default().split_whitespace() {
                let _ = Command::new("kill").args(["-9", pid]).status();
            }
            let _ = ip(&format!("netns del {space}"));
        }
    }
}

/// Runs `ip`.
fn ip(arguments: &str) -> Result<(), String> {
    let arguments = arguments.split(' ');
    let output = Command::new("ip").args(arguments).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// The link, as a test in the namespace of the house sees it.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    devices: String,
    house: String,
}

impl Link {
    /// A command that will run among the devices.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.devices, program]);
        command
    }

    /// Changes something of the devices' namespace.
    pub(crate) fn at_devices(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.devices)).unwrap();
    }

    /// Changes something of the house's namespace.
    pub(crate) fn at_house(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.house)).unwrap();
    }

    /// Takes the house's cable out, or puts it back.
    pub(crate) fn plug(&self, is_in: bool) {
        let way = if is_in { "up" } else { "down" };
        self.at_devices(&format!("link set vd0 {way}"));
        if is_in {
            // An interface that goes down takes its routes along.
            let _ = ip(&format!("-n {} route add default dev vd0", self.devices));
        }
    }
}

/// Runs a test on a link of its own. `name` is the test's own, by which the binary finds it again;
/// `programs` are those that it needs.
pub(crate) fn on_a_link<F: Future<Output = ()>>(
    name: &str,
    programs: &[&str],
    test: impl FnOnce(Link) -> F,
) {
    if let Ok(spaces) = std::env::var(VARIABLE) {
        let (devices, house) = spaces.split_once(' ').unwrap();
        let link = Link {
            devices: devices.to_owned(),
            house: house.to_owned(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(test(link));
    }
    for needed in programs.iter().chain(&["ip"]) {
        if program(needed).is_none() {
            return skipped(&format!("{needed} is not installed"));
        }
    }
    let pair = match Pair::new() {
        Ok(pair) => pair,
        Err(fault) => {
            return skipped(&format!("network namespaces cannot be made here: {fault}"));
        }
    };
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("ip")
        .args(["netns", "exec", &pair.house])
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(VARIABLE, format!("{} {}", pair.devices, pair.house))
        .output()
        .unwrap();
    let (said, told) = (
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr),
    );
    assert!(
        status.success() && said.contains("1 passed"),
        "{name} failed in its namespace:\n{said}\n{told}"
    );
}

/// A program that runs among the devices; it ends with the value.
pub(crate) struct Peer(Child);

impl Peer {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null());
        Self(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    /// Ends it as its user would, so that it can say goodbye.
    pub(crate) fn end(mut self) {
        let pid = self.0.id().to_string();
        let _ = Command::new("kill").arg(pid).status();
        self.0.wait().unwrap();
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
