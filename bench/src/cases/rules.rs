//! Rules: from a trigger over MQTT to the command that it causes, what ten thousand of them cost, and
//! how long a rehearsal over a month takes.

use crate::figures::{Figure, figure};
use crate::home::{Home, Kind, command_topic, slug, state_topic};
use crate::http::Http;
use crate::mqtt;
use crate::server::{PATIENCE, Server};
use crate::stats::{count, median, milliseconds, percentile};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Rules, each with a plug that sets it off and a plug that it switches.
const PAIRS: usize = 160;

/// How often each is set off: a rule that runs more than sixty times a minute is held back.
const ROUNDS: usize = 12;

/// Changes that go with each: of the trigger there and back, and of the plug that obeys.
const CHANGES_EACH: usize = 4;

/// How long the changes are apart where no command is waited for.
const ALONE: Duration = Duration::from_micros(700);

/// How long triggers storm, and how many come in a second.
const STORM: (Duration, u32) = (Duration::from_secs(10), 10_000);

/// Many rules.
const MANY: usize = 10_000;

/// Changes that no rule listens to.
const CHANGES: usize = 20_000;

/// Days that are rehearsed over.
const DAYS: u32 = 30;

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = triggers().await?;
    figures.extend(storm().await?);
    figures.extend(many().await?);
    figures.extend(rehearsal().await?);
    Ok(figures)
}

/// A plug says that it is on, and another is told to go on.
async fn triggers() -> anyhow::Result<Vec<Figure>> {
    let home = Home::of(PAIRS * 2, Kind::Plug).await?;
    let address = home.broker.address;
    let own = tokio::task::spawn_blocking(move || hops(address)).await??;
    let mut own = milliseconds(&own);
    // The same changes while nothing listens to them: what is left is the rule's.
    let (_, changes) = measured(&home, false).await?;
    let rules: Vec<_> = (0..PAIRS)
        .map(|pair| {
            json!({"name": format!("Pair {pair}"),
                "when": [{"property": "OnOff.on_off", "device": slug(pair), "to": true}],
                "then": [{"do": "turn_on", "device": slug(PAIRS + pair)}]})
        })
        .collect();
    import(&home.server, &rules).await?;
    let (took, cpu) = measured(&home, true).await?;
    let mut all = milliseconds(&took);
    let own_median = median(&mut own);
    let each = |cpu: f64| cpu * 1e6 / count(took.len());
    let change = each(changes) / count(CHANGES_EACH);
    Ok(vec![
        figure(
            "the broker's own time for both messages, p50",
            own_median,
            "ms",
        ),
        figure(
            "a trigger over MQTT to its command, beyond the broker's own time, p50",
            median(&mut all) - own_median,
            "ms",
        )
        .at_most(0.3)
        .against("2.7 ms"),
        figure(
            "the same, p99",
            percentile(&mut all, 0.99) - percentile(&mut own, 0.99),
            "ms",
        )
        .at_most(2.0)
        .against("15.9 ms"),
        figure(
            "CPU each: the trigger's own change, the rule, its command and what is kept of them",
            each(cpu - changes) + change,
            "µs",
        )
        .at_most(60.0)
        .against("3.9 ms"),
        figure("of that, the change alone, singly", change, "µs"),
    ])
}

/// Sets every rule off, again and again: how long each command took to come, and the CPU time of it
/// all in seconds. Without rules there are only the changes.
async fn measured(home: &Home, rules: bool) -> anyhow::Result<(Vec<Duration>, f64)> {
    let idle = home.server.idle().await?;
    let (mut took, mut cpu) = (Vec::new(), 0.0);
    let name = if rules {
        "bench-rules"
    } else {
        "bench-changes"
    };
    let (mut sender, mut receiver) = mqtt::connect(home.broker.address, name, &["bench/+/set"])?;
    for round in 0..ROUNDS {
        let (began, before) = (Instant::now(), home.server.busy()?);
        let mut some;
        (sender, receiver, some) = tokio::task::spawn_blocking(move || {
            let some = once(&mut sender, &mut receiver, rules)?;
            anyhow::Ok((sender, receiver, some))
        })
        .await??;
        // What is kept of the last ones belongs to them, too.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let used = (home.server.busy()? - before).as_secs_f64();
        // The first round warms up.
        if round > 0 {
            took.append(&mut some);
            cpu += used - idle * began.elapsed().as_secs_f64();
        }
        // The door forgets within ten seconds what each plug was asked.
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    Ok((took, cpu))
}

/// What the broker takes for two messages, one after the other.
fn hops(address: SocketAddr) -> anyhow::Result<Vec<Duration>> {
    std::thread::spawn(move || -> anyhow::Result<()> {
        let (mut sender, mut receiver) = mqtt::connect(address, "bench-echo", &["beyond/there"])?;
        loop {
            let message = receiver.next()?;
            sender.publish("beyond/back", &message.payload, false)?;
            sender.flush()?;
        }
    });
    let (mut sender, mut receiver) = mqtt::connect(address, "bench-hops", &["beyond/back"])?;
    // The other one listens once it answers.
    std::thread::sleep(Duration::from_millis(200));
    (0..2_000)
        .map(|_| {
            let began = Instant::now();
            sender.publish("beyond/there", b"ON", false)?;
            sender.flush()?;
            receiver.next()?;
            Ok(began.elapsed())
        })
        .collect()
}

/// Sets every rule off once; how long each command took to come.
fn once(
    sender: &mut mqtt::Sender,
    receiver: &mut mqtt::Receiver,
    rules: bool,
) -> anyhow::Result<Vec<Duration>> {
    let mut took = Vec::new();
    for pair in 0..PAIRS {
        let (cause, effect) = (state_topic(pair), PAIRS + pair);
        let began = Instant::now();
        sender.publish(&cause, b"ON", false)?;
        sender.flush()?;
        if rules {
            while receiver.next()?.topic != command_topic(effect) {}
        }
        took.push(began.elapsed());
        if !rules {
            std::thread::sleep(ALONE);
        }
        // The plug obeys, and both go off again.
        for (topic, word) in [
            (state_topic(effect), b"ON".as_slice()),
            (state_topic(effect), b"OFF"),
            (cause, b"OFF"),
        ] {
            sender.publish(&topic, word, false)?;
        }
        sender.flush()?;
    }
    Ok(took)
}

/// Ten thousand triggers a second, and how others fare meanwhile.
async fn storm() -> anyhow::Result<Vec<Figure>> {
    const STORMING: usize = 100;
    let home = Home::of(STORMING + 2, Kind::Plug).await?;
    let rules: Vec<_> = (0..=STORMING)
        .map(|pair| {
            json!({"name": format!("Storm {pair}"), "mode": "parallel",
                "when": [{"property": "OnOff.on_off", "device": slug(pair), "to": true}],
                "then": [{"do": "turn_on", "device": slug(STORMING + 1)}]})
        })
        .collect();
    import(&home.server, &rules).await?;
    let (address, before) = (home.broker.address, home.server.memory()?);
    let blows = tokio::task::spawn_blocking(move || -> anyhow::Result<u64> {
        let (mut sender, _) = mqtt::connect(address, "bench-storm", &[])?;
        let (began, mut sent) = (Instant::now(), 0_u64);
        // Every other message sets a rule off.
        let wanted = f64::from(STORM.1) * 2.0;
        while began.elapsed() < STORM.0 {
            while count(usize::try_from(sent)?) < began.elapsed().as_secs_f64() * wanted {
                let pair = usize::try_from(sent / 2)? % STORMING;
                let word: &[u8] = if sent % 2 == 0 { b"ON" } else { b"OFF" };
                sender.publish(&state_topic(pair), word, false)?;
                sent += 1;
            }
            sender.flush()?;
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(sent / 2)
    });
    let (mut http, mut took, mut most) = (home.server.http().await?, Vec::new(), before);
    while !blows.is_finished() {
        let began = Instant::now();
        let answer = http.get("/api/devices?limit=100").await?;
        took.push(began.elapsed());
        anyhow::ensure!(answer.status == 200, "{}", answer.status);
        most = most.max(home.server.memory()?);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let triggers = blows.await??;
    let mut took = milliseconds(&took);
    Ok(vec![
        figure(
            format!("triggers in {} s of storm", STORM.0.as_secs()),
            count(usize::try_from(triggers)?),
            "",
        ),
        figure(
            "a read by somebody else meanwhile, p50",
            median(&mut took),
            "ms",
        ),
        figure("the same, p99", percentile(&mut took, 0.99), "ms"),
        figure("memory more, at the most", (most - before) / 1e6, "MB"),
    ])
}

/// A change that no rule listens to, with ten rules and with ten thousand.
async fn many() -> anyhow::Result<Vec<Figure>> {
    let home = Home::of(200, Kind::Sensor).await?;
    let rule = |number: usize| {
        json!({"name": format!("Rule {number}"),
            "when": [{"property": "TemperatureMeasurement.temperature", "device": slug(number % 100), "above": 1000}],
            "then": [{"notify": "It is hot."}]})
    };
    import(&home.server, &(0..10).map(rule).collect::<Vec<_>>()).await?;
    unrelated(&home).await?;
    let (few, memory) = (unrelated(&home).await?, home.server.memory()?);
    import(&home.server, &(10..MANY).map(rule).collect::<Vec<_>>()).await?;
    let home = home.restart().await?;
    unrelated(&home).await?;
    let (many, with_many) = (unrelated(&home).await?, home.server.memory()?);
    Ok(vec![
        figure(
            "CPU of a change that no rule listens to, 10 rules",
            few,
            "µs",
        ),
        figure(
            format!("the same with {MANY} rules: more"),
            many - few,
            "µs",
        )
        .at_most(2.0),
        figure(
            format!("memory a rule, {MANY} rules, after a restart"),
            (with_many - memory) / count(MANY - 10) / 1_000.0,
            "kB",
        )
        .at_most(3.0),
    ])
}

/// CPU of a change of the sensors that no rule names.
async fn unrelated(home: &Home) -> anyhow::Result<f64> {
    let address = home.broker.address;
    let idle = home.server.idle().await?;
    let (began, before) = (Instant::now(), home.server.cpu()?);
    tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
        let (mut sender, _) = mqtt::connect(address, "bench-burst", &[])?;
        for change in 0..CHANGES {
            let value = 10.0 + count(change % 200) / 10.0 + count(change / 100 % 7) / 100.0;
            sender.publish(
                &state_topic(100 + change % 100),
                crate::home::payload(value).as_bytes(),
                false,
            )?;
        }
        sender.flush()
    })
    .await??;
    // Until it rests again.
    let mut last = home.server.cpu()?;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = home.server.cpu()?;
        if (now - last).as_secs_f64() < 0.02 || began.elapsed() > PATIENCE {
            break;
        }
        last = now;
    }
    let cpu = (home.server.cpu()? - before).as_secs_f64() - idle * began.elapsed().as_secs_f64();
    Ok(cpu * 1e6 / count(CHANGES))
}

/// A rule over a month of the family house's past.
async fn rehearsal() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let server = Server::simulated(folder.path(), "family", DAYS).await?;
    let mut http = server.http().await?;
    let devices = get(&mut http, "/api/devices?limit=500").await?;
    let with = |capability: &str| -> anyhow::Result<String> {
        let all = devices["devices"].as_array().context("no devices")?;
        let found = all.iter().find(|device| {
            let all = device["capabilities"].as_array();
            all.is_some_and(|all| all.iter().any(|one| one["name"] == capability))
        });
        let found = found.with_context(|| format!("the house has no {capability}"))?;
        Ok(found["slug"].as_str().unwrap_or_default().to_owned())
    };
    let rule = json!({"days": DAYS, "document": {"name": "Motion light",
        "when": [{"property": "OccupancySensing.occupied", "device": with("OccupancySensing")?, "to": true}],
        "if": [{"sun": "down"}],
        "then": [{"do": "turn_on", "kind": "light", "area": "living_room"}]}});
    let mut took = Vec::new();
    let mut runs = 0;
    for _ in 0..20 {
        let began = Instant::now();
        let answer = http
            .post("/api/scenarios/rehearse", &rule.to_string())
            .await?;
        took.push(began.elapsed());
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        anyhow::ensure!(answer.status == 200, "{}: {text}", answer.status);
        let told: Value = serde_json::from_str(&text)?;
        runs = told["replayed"]["happened"].as_u64().unwrap_or(0);
    }
    let mut took = milliseconds(&took);
    let what =
        format!("rehearsing a rule over {DAYS} days of the family house ({runs} values), p50");
    Ok(vec![
        figure(what, median(&mut took), "ms").at_most(300.0),
        figure("the same, slowest of 20", percentile(&mut took, 1.0), "ms"),
    ])
}

async fn get(http: &mut Http, path: &str) -> anyhow::Result<Value> {
    let answer = http.get(path).await?;
    anyhow::ensure!(answer.status == 200, "{path}: {}", answer.status);
    Ok(serde_json::from_slice(&answer.body)?)
}

/// Adds rules, some hundred at a time.
async fn import(server: &Server, rules: &[Value]) -> anyhow::Result<()> {
    let mut http = server.http().await?;
    for some in rules.chunks(100) {
        let body = json!({"scenarios": some}).to_string();
        let answer = http.post("/api/automation/import", &body).await?;
        anyhow::ensure!(
            answer.status == 200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
    }
    Ok(())
}
