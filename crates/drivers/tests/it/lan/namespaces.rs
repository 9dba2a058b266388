//! A network of our own: the house, a router with a bridge, and a device, each in a namespace.
//!
//! A test that needs it runs twice: the first time it makes the namespaces and starts itself again
//! within the house's; the second time it is the test. So no thread ever changes its namespace.

use crate::support::{program, skipped};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Which test runs in which namespaces, for the process within.
const WITHIN: &str = "LAN_NAMESPACES";

/// The house's interface and address, and the router's address.
pub(crate) const HOUSE: &str = "house0";
pub(crate) const HOUSE_ADDRESS: &str = "10.77.0.2";
pub(crate) const ROUTER_ADDRESS: &str = "10.77.0.1";
/// The device's interface.
pub(crate) const DEVICE: &str = "device0";

/// The three namespaces.
pub(crate) struct Lan {
    id: String,
    is_owner: bool,
}

/// A program that runs in a namespace; it ends with the value.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

/// Whoever runs a test within.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {
    Root,
    Nobody,
}

/// The namespaces for the test of this name: within them it returns them, outside it runs the test
/// there and returns `None`.
pub(crate) fn within(test: &str, user: User) -> Option<Lan> {
    if let Ok(id) = std::env::var(WITHIN) {
        return Some(Lan {
            id,
            is_owner: false,
        });
    }
    for needed in ["ip", "busybox", "dnsmasq", "setpriv"] {
        if program(needed).is_none() {
            skipped(&format!("{needed} is not installed"));
            return None;
        }
    }
    let lan = match Lan::make() {
        Ok(lan) => lan,
        Err(why) => {
            skipped(&format!("no network namespaces can be made here: {why}"));
            return None;
        }
    };
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &lan.name("h")]);
    if user == User::Nobody {
        command.args([
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
        ]);
        command.args(["--bounding-set=-all", "--inh-caps=-all"]);
    }
    let output = command
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(WITHIN, &lan.id)
        .output()
        .unwrap();
    drop(lan);
    if !output.status.success() {
        // Set off, so that whoever counts the results counts them once.
        for line in [output.stdout, output.stderr]
            .concat()
            .split(|byte| *byte == b'\n')
        {
            eprintln!("| {}", String::from_utf8_lossy(line));
        }
        panic!("{test} failed within its namespaces");
    }
    None
}

impl Lan {
    fn make() -> Result<Self, String> {
        // Tests of one process run side by side.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let lan = Self {
            id: format!("{}x{number}", std::process::id()),
            is_owner: true,
        };
        for part in ["h", "r", "d"] {
            lan.try_ip(&["netns", "add", &lan.name(part)])?;
        }
        for part in ["h", "r", "d"] {
            lan.try_ip(&["-n", &lan.name(part), "link", "set", "lo", "up"])?;
        }
        lan.ip("r", &["link", "add", "br0", "type", "bridge"]);
        for (part, name, port) in [("h", HOUSE, "port0"), ("d", DEVICE, "port1")] {
            lan.plug(part, name, port);
        }
        lan.ip(
            "r",
            &[
                "addr",
                "add",
                &format!("{ROUTER_ADDRESS}/24"),
                "brd",
                "+",
                "dev",
                "br0",
            ],
        );
        lan.ip("r", &["link", "set", "br0", "up"]);
        lan.address("h", HOUSE, HOUSE_ADDRESS);
        Ok(lan)
    }

    /// Joins a namespace to the bridge.
    pub(crate) fn plug(&self, part: &str, name: &str, port: &str) {
        let peer = self.name(part);
        self.ip(
            "r",
            &[
                "link", "add", port, "type", "veth", "peer", "name", name, "netns", &peer,
            ],
        );
        self.ip("r", &["link", "set", port, "master", "br0"]);
        self.ip("r", &["link", "set", port, "up"]);
        self.ip(part, &["link", "set", name, "up"]);
    }

    /// Gives an interface an address, and lets the kernel ask soon after who answers.
    pub(crate) fn address(&self, part: &str, name: &str, address: &str) {
        self.ip(part, &["addr", "flush", "dev", name]);
        self.ip(
            part,
            &[
                "addr",
                "add",
                &format!("{address}/24"),
                "brd",
                "+",
                "dev",
                name,
            ],
        );
        let neigh = format!("net.ipv4.neigh.{name}");
        for (key, value) in [
            ("base_reachable_time_ms", "1000"),
            ("delay_first_probe_time", "1"),
        ] {
            self.run(
                part,
                &[
                    "busybox",
                    "sysctl",
                    "-q",
                    "-w",
                    &format!("{neigh}.{key}={value}"),
                ],
            );
        }
    }

    /// Gives the device a hardware address.
    pub(crate) fn hardware(&self, mac: &str) {
        self.ip("d", &["link", "set", DEVICE, "down"]);
        self.ip("d", &["link", "set", DEVICE, "address", mac]);
        self.ip("d", &["link", "set", DEVICE, "up"]);
    }

    /// Lets the device speak to the house, until it is answered.
    pub(crate) fn device_speaks(&self) {
        let ping = ["busybox", "ping", "-c", "1", "-W", "1", HOUSE_ADDRESS];
        let is_answered = (0..20).any(|_| self.command("d", &ping).status().unwrap().success());
        assert!(is_answered, "the device does not reach the house");
    }

    pub(crate) fn name(&self, part: &str) -> String {
        format!("lan{}{part}", self.id)
    }

    /// A program in one of the namespaces.
    pub(crate) fn command(&self, part: &str, line: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name(part)]).args(line);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Runs one that has to succeed.
    pub(crate) fn run(&self, part: &str, line: &[&str]) {
        let output = self
            .command(part, line)
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line:?}: {said}");
    }

    /// Starts one that runs on.
    pub(crate) fn start(&self, part: &str, line: &[&str]) -> Running {
        // Not through a wrapper, so that ending it ends the program itself.
        Running(
            self.command(part, line)
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    /// Something about a namespace's interfaces.
    pub(crate) fn ip(&self, part: &str, line: &[&str]) {
        let name = self.name(part);
        let line: Vec<_> = ["-n", &name].iter().chain(line).copied().collect();
        self.try_ip(&line).unwrap();
    }

    fn try_ip(&self, line: &[&str]) -> Result<(), String> {
        let output = Command::new("ip")
            .args(line)
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(())
        } else {
            Err(format!(
                "ip {line:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            ))
        }
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        if !self.is_owner {
            return;
        }
        for part in ["h", "r", "d"] {
            let name = self.name(part);
            // What a failed test left running there.
            let pids = Command::new("ip").args(["netns", "pids", &name]).output();
            let pids = pids.map(|output| output.stdout).unwrap_or_default();
            for pid in String::from_utf8_lossy(&pids).split_whitespace() {
                let _ = Command::new("kill").args(["-9", pid]).status();
            }
            let _ = Command::new("ip")
                .args(["netns", "del", &name])
                .stderr(Stdio::null())
                .status();
        }
    }
}
