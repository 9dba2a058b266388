//! Messages through Mosquitto into the twin and the database.

use crate::figures::{Figure, figure};
use crate::home::{Home, Kind, payload, slug, state_topic};
use crate::server::cpu;
use crate::stats::{count, median, milliseconds, percentile};
use crate::{http::Http, mqtt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SENSORS: usize = 200;
const BURST: usize = 50_000;
/// Messages of the paced part, and how many of them in a second.
const PACED: usize = 20_000;
const RATE: u32 = 2_000;

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let home = Home::of(SENSORS, Kind::Sensor).await?;
    let burst = burst(&home, SENSORS, 0).await?;
    figures.extend([
        figure(
            format!("CPU a change, burst of {BURST} over {SENSORS} sensors"),
            burst.cpu,
            "µs",
        )
        .at_most(10.0)
        .against("617 µs"),
        figure("changes lost", burst.lost, "").at_most(0.0),
        figure("changes a second until recorded", burst.rate, "a second"),
        figure("bytes of the database a change, burst", burst.bytes, "B"),
    ]);
    let mut reads = read_during(&home).await?;
    figures.push(figure(
        "reads during a burst, p50",
        median(&mut reads),
        "ms",
    ));
    figures.push(
        figure(
            "reads during a burst, p99",
            percentile(&mut reads, 0.99),
            "ms",
        )
        .at_most(20.0)
        .against("1,100 ms"),
    );
    let (server, floor) = paced(&home).await?;
    figures.extend([
        figure(
            format!("CPU a change, singly at {RATE} a second"),
            server,
            "µs",
        ),
        figure("CPU a message of `mosquitto_sub` beside it", floor, "µs"),
        figure(
            "the server against `mosquitto_sub`",
            server / floor,
            "times",
        )
        .at_most(1.7),
    ]);
    drop(home);
    let large = Home::of(SENSORS * 10, Kind::Sensor).await?;
    let large = self::burst(&large, SENSORS * 10, 0).await?;
    figures.extend([
        figure("CPU a change with ten times the sensors", large.cpu, "µs"),
        figure("changes lost with ten times the sensors", large.lost, "").at_most(0.0),
    ]);
    Ok(figures)
}

struct Burst {
    cpu: f64,
    lost: f64,
    rate: f64,
    bytes: f64,
}

/// Publishes a burst as fast as the broker takes it, and waits until all is recorded.
async fn burst(home: &Home, sensors: usize, round: usize) -> anyhow::Result<Burst> {
    let server = &home.server;
    let idle = server.idle().await?;
    let size = size(home)?;
    let (before, began) = (server.cpu()?, Instant::now());
    let known = home.began_with();
    publish(home, sensors, BURST, round, None)?;
    let wanted = known + u64::try_from(BURST)?;
    let recorded = server.recorded(wanted).await?;
    let wall = began.elapsed().as_secs_f64();
    // What follows from the last group, such as statistics, is part of the price.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let used = (server.cpu()? - before).as_secs_f64() - idle * (wall + 1.0);
    let lost = wanted.saturating_sub(recorded);
    Ok(Burst {
        cpu: used * 1e6 / count(BURST),
        lost: count(usize::try_from(lost)?),
        rate: count(BURST) / wall,
        bytes: (self::size(home)? - size) / count(BURST),
    })
}

/// The bytes of the database without its log, which is as large as the last group.
fn size(home: &Home) -> anyhow::Result<f64> {
    let output = Command::new("sqlite3")
        .arg("-readonly")
        .arg(home.database())
        .arg("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}

/// How long reads of one device take while a burst comes in, in milliseconds.
async fn read_during(home: &Home) -> anyhow::Result<Vec<f64>> {
    let mut http = home.server.http().await?;
    let topics: Vec<_> = (0..SENSORS).map(state_topic).collect();
    let address = home.broker.address;
    let burst = std::thread::spawn(move || publish_to(address, &topics, BURST, 1, None));
    let mut reads = Vec::new();
    let wanted = home.began_with() + 2 * u64::try_from(BURST)?;
    let recorded = home.server.recorded(wanted);
    tokio::pin!(recorded);
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(1)) => reads.push(read(&mut http, reads.len()).await?),
            count = &mut recorded => {
                anyhow::ensure!(count? >= wanted, "changes were lost while somebody read");
                break;
            }
        }
    }
    burst
        .join()
        .map_err(|_| anyhow::anyhow!("the publisher broke"))??;
    Ok(milliseconds(&reads))
}

async fn read(http: &mut Http, at: usize) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let path = format!("/api/devices/{}", slug(at % SENSORS));
    let answer = http.get(&path).await?;
    anyhow::ensure!(answer.status == 200, "{path}: {}", answer.status);
    Ok(began.elapsed())
}

/// CPU a message of the server and of `mosquitto_sub`, in microseconds.
async fn paced(home: &Home) -> anyhow::Result<(f64, f64)> {
    let idle = home.server.idle().await?;
    let sub = Subscriber::start(home)?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = (home.server.cpu()?, cpu(sub.0.id())?);
    let began = Instant::now();
    let topics: Vec<_> = (0..SENSORS).map(state_topic).collect();
    let address = home.broker.address;
    let every = Duration::from_secs(1) / RATE;
    let task =
        tokio::task::spawn_blocking(move || publish_to(address, &topics, PACED, 2, Some(every)));
    task.await??;
    let wanted = home.began_with() + 2 * u64::try_from(BURST)? + u64::try_from(PACED)?;
    let recorded = home.server.recorded(wanted).await?;
    anyhow::ensure!(
        recorded >= wanted,
        "{} of the paced changes were lost",
        wanted - recorded
    );
    let server =
        (home.server.cpu()? - before.0).as_secs_f64() - idle * began.elapsed().as_secs_f64();
    let floor = (cpu(sub.0.id())? - before.1).as_secs_f64();
    Ok((server * 1e6 / count(PACED), floor * 1e6 / count(PACED)))
}

/// `mosquitto_sub` on the same topics.
struct Subscriber(Child);

impl Subscriber {
    fn start(home: &Home) -> anyhow::Result<Self> {
        let port = home.broker.address.port().to_string();
        let child = Command::new("mosquitto_sub")
            .args(["-h", "127.0.0.1", "-p", &port, "-t", "bench/#"])
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn publish(
    home: &Home,
    sensors: usize,
    messages: usize,
    round: usize,
    every: Option<Duration>,
) -> anyhow::Result<()> {
    let topics: Vec<_> = (0..sensors).map(state_topic).collect();
    publish_to(home.broker.address, &topics, messages, round, every)
}

/// Publishes messages one sensor after the other; no sensor says the same twice in a row.
fn publish_to(
    address: std::net::SocketAddr,
    topics: &[String],
    messages: usize,
    round: usize,
    every: Option<Duration>,
) -> anyhow::Result<()> {
    let (mut sender, _) = mqtt::connect(address, &format!("bench-burst-{round}"), &[])?;
    let began = Instant::now();
    let sensors = topics.len();
    for message in 0..messages {
        let step = u32::try_from(message / sensors + round * 7)?;
        let value = 20.0 + f64::from(step % 500) / 100.0 + f64::from(u32::try_from(round)?) * 0.001;
        sender.publish(&topics[message % sensors], payload(value).as_bytes(), false)?;
        if let Some(every) = every {
            sender.flush()?;
            let due = every * u32::try_from(message)?;
            std::thread::sleep(due.saturating_sub(began.elapsed()));
        }
    }
    sender.flush()
}
