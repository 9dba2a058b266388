//! Commands to plugs that answer at once.

use crate::figures::{Figure, figure};
use crate::home::{Home, Kind, command_topic, slug, state_topic};
use crate::http::Http;
use crate::mqtt;
use crate::stats::{median, milliseconds, percentile};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// So many that none gets more than the door lets pass within ten seconds.
const PLUGS: usize = 320;
const COMMANDS: usize = 3_200;

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for plugs in [PLUGS, PLUGS * 10] {
        let home = Home::of(plugs, Kind::Plug).await?;
        let address = home.broker.address;
        // Connected before anybody asks it: what comes before its subscription is lost.
        let (sender, receiver) = mqtt::connect(address, "bench-plugs", &["bench/+/set"])?;
        std::thread::spawn(move || echo(sender, receiver));
        let mut own =
            milliseconds(&tokio::task::spawn_blocking(move || round_trips(address)).await??);
        let own = median(&mut own);
        if plugs == PLUGS {
            figures.push(figure("the device's own time over MQTT, p50", own, "ms"));
            figures.push(figure(
                "a commit that waits for this disk, p50",
                median(&mut milliseconds(&syncs(home.folder.path())?)),
                "ms",
            ));
        }
        for connections in [1, 32] {
            // The door forgets within ten seconds what each plug was asked.
            tokio::time::sleep(Duration::from_secs(11)).await;
            let before = home.server.cpu()?;
            let tasks: Vec<_> = (0..connections)
                .map(|at| {
                    let server = home.server.address;
                    tokio::spawn(command(server, at, connections))
                })
                .collect();
            let mut all = Vec::new();
            for task in tasks {
                all.extend(task.await??);
            }
            let cpu =
                (home.server.cpu()? - before).as_secs_f64() * 1e6 / crate::stats::count(all.len());
            let mut took = milliseconds(&all);
            let who = format!("{connections} connections, {plugs} plugs");
            let beyond = figure(
                format!("beyond the device's own time, p50, {who}"),
                median(&mut took) - own,
                "ms",
            );
            figures.extend([
                if plugs == PLUGS {
                    beyond.at_most(1.0)
                } else {
                    beyond
                },
                figure(
                    format!("the same, p99, {who}"),
                    percentile(&mut took, 0.99) - own,
                    "ms",
                ),
                figure(format!("CPU a command, {who}"), cpu, "µs"),
            ]);
        }
    }
    Ok(figures)
}

/// The devices: each command is answered with the state that it asks for.
pub(super) fn echo(mut sender: mqtt::Sender, mut receiver: mqtt::Receiver) -> anyhow::Result<()> {
    loop {
        let message = receiver.next()?;
        if let Some(topic) = message.topic.strip_suffix("/set") {
            sender.publish(topic, &message.payload, false)?;
            sender.flush()?;
        }
    }
}

/// How long a plug takes to answer who speaks to it directly.
fn round_trips(address: SocketAddr) -> anyhow::Result<Vec<Duration>> {
    // Beyond the home, so that the server has no part in it.
    let plug = 1_000_000;
    let topic = state_topic(plug);
    let (mut sender, mut receiver) = mqtt::connect(address, "bench-directly", &[topic.as_str()])?;
    (0..2_000)
        .map(|_| {
            let began = Instant::now();
            sender.publish(&command_topic(plug), b"ON", false)?;
            sender.flush()?;
            receiver.next()?;
            Ok(began.elapsed())
        })
        .collect()
}

/// How long this disk takes for a page and a half: what is acknowledged is durable first.
fn syncs(folder: &std::path::Path) -> anyhow::Result<Vec<Duration>> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(folder.join("sync"))?;
    (0..300)
        .map(|_| {
            let began = Instant::now();
            file.write_all(&[0; 6_144])?;
            file.sync_data()?;
            Ok(began.elapsed())
        })
        .collect()
}

/// One client: switches its own plugs on and off, and waits each time until they have.
async fn command(server: SocketAddr, own: usize, clients: usize) -> anyhow::Result<Vec<Duration>> {
    let mut http = Http::connect(server).await?;
    let plugs = PLUGS / clients;
    let mut all = Vec::new();
    for at in 0..COMMANDS / clients {
        let plug = own * plugs + at % plugs;
        let word = if (at / plugs).is_multiple_of(2) {
            "on"
        } else {
            "off"
        };
        let body = format!("{{\"capability\":\"OnOff\",\"command\":\"{word}\"}}");
        let path = format!("/api/devices/{}/commands?wait=settled", slug(plug));
        let began = Instant::now();
        let answer = http.post(&path, &body).await?;
        all.push(began.elapsed());
        anyhow::ensure!(
            answer.status == 200,
            "{path}: {} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
    }
    Ok(all)
}
