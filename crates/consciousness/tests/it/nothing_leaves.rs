//! What leaves the machine, counted where it would have to pass: the server lives in a network of its
//! own whose only way out is a wire into nothing.

use crate::support::{has, lines_of, program};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How long it is watched; with the weather switched on the first packet takes a fraction of that.
const WATCHED: Duration = Duration::from_secs(4);

/// A server in a network of its own.
struct Alone {
    server: Child,
    /// Where its database and log are.
    _folder: tempfile::TempDir,
}

impl Alone {
    /// Starts one with these settings; `None` where the machine gives no such network.
    fn start(settings: &[(&str, &str)]) -> Option<Self> {
        if !has("unshare") || !has("ip") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let network = "ip link set lo up && ip link add way type veth peer name out \
             && for it in way out; do echo 1 > /proc/sys/net/ipv6/conf/$it/disable_ipv6; done \
             && ip addr add 192.0.2.2/24 dev way && ip link set way up && ip link set out up \
             && ip route add default via 192.0.2.1 \
             && ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev way || { echo no network; exit 1; }";
        let inside = program(folder.path(), &["serve"], settings);
        let mut command = std::process::Command::new("unshare");
        command
            .args([
                "-Urn",
                "sh",
                "-c",
                &format!("{network}; exec \"$0\" \"$@\""),
            ])
            .arg(inside.get_program())
            .args(inside.get_args())
            .current_dir(folder.path())
            .env_clear();
        for (name, value) in inside.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        let mut server = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = lines_of(server.stdout.take().unwrap());
        let ready = loop {
            match lines.recv_timeout(crate::support::PATIENCE) {
                Ok(line) if line.starts_with("Consciousness is ready") => break true,
                Ok(line) if line == "no network" => break false,
                Ok(_) => {}
                Err(_) => break false,
            }
        };
        if !ready {
            let _ = server.kill();
            let _ = server.wait();
            assert!(std::env::var_os("CI").is_none(), "no network of its own");
            eprintln!("SKIPPED: this machine gives no network of its own");
            return None;
        }
        Some(Self {
            server,
            _folder: folder,
        })
    }

    /// The packets that went out so far.
    fn gone(&self) -> u64 {
        let table = std::fs::read_to_string(format!("/proc/{}/net/dev", self.server.id())).unwrap();
        let row = table
            .lines()
            .find_map(|line| line.trim().strip_prefix("way:"))
            .unwrap();
        row.split_whitespace().nth(9).unwrap().parse().unwrap()
    }

    /// The packets that went out by the time that one did, or that nothing more is awaited.
    fn watch(&self, until: impl Fn(u64) -> bool, longest: Duration) -> u64 {
        let began = Instant::now();
        loop {
            let gone = self.gone();
            if until(gone) || began.elapsed() > longest {
                return gone;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn by_default_nothing_leaves_the_house() {
    let Some(house) = Alone::start(&[]) else {
        return;
    };
    assert_eq!(house.watch(|gone| gone > 0, WATCHED), 0);
}

#[test]
fn a_place_alone_is_told_to_nobody() {
    let place = [("HOUSE_LATITUDE", "52.37"), ("HOUSE_LONGITUDE", "4.9")];
    let Some(house) = Alone::start(&place) else {
        return;
    };
    assert_eq!(house.watch(|gone| gone > 0, WATCHED), 0);
}

#[test]
fn a_language_model_that_is_switched_off_is_asked_nothing() {
    let keys = [
        ("OPENAI_API_KEY", "sk-a"),
        ("ANTHROPIC_API_KEY", "sk-b"),
        ("LLM_PROVIDER", "none"),
    ];
    let Some(house) = Alone::start(&keys) else {
        return;
    };
    assert_eq!(house.watch(|gone| gone > 0, WATCHED), 0);
}

#[test]
fn what_the_household_agreed_to_is_seen_leaving() {
    let agreed = [
        ("HOUSE_LATITUDE", "52.37"),
        ("HOUSE_LONGITUDE", "4.9"),
        ("WEATHER_PROVIDER", "open-meteo"),
        ("WEATHER_URL", "http://9.9.9.9"),
    ];
    let Some(house) = Alone::start(&agreed) else {
        return;
    };
    let gone = house.watch(|gone| gone > 0, crate::support::PATIENCE);
    assert!(gone > 0, "the count would see it");
}
