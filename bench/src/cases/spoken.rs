//! Sentences over HTTP, without a language model: commands to plugs that answer at once, a question, and
//! one that means nothing.

use super::commands::echo;
use crate::figures::{Figure, figure};
use crate::home::{Home, Kind};
use crate::http::Http;
use crate::mqtt;
use crate::stats::{count, milliseconds, percentile};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// So many that none gets more than the door lets pass within ten seconds.
const PLUGS: usize = 320;
const SENTENCES: usize = 1_600;

/// What is said to a plug at its turn.
type Say = fn(plug: usize, round: usize) -> String;

const KINDS: &[(&str, Say)] = &[
    ("a command", |plug, round| {
        let word = if round.is_multiple_of(2) { "on" } else { "off" };
        format!("turn {word} bench {plug}")
    }),
    ("a question", |plug, _| format!("is bench {plug} on?")),
    ("a sentence that means nothing", |plug, _| {
        format!("the frobnicator quuxes bench {plug} sideways")
    }),
];

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for plugs in [PLUGS, PLUGS * 10] {
        let home = Home::of(plugs, Kind::Plug).await?;
        let (sender, receiver) =
            mqtt::connect(home.broker.address, "bench-plugs", &["bench/+/set"])?;
        std::thread::spawn(move || echo(sender, receiver));
        for (name, say) in KINDS {
            for connections in [1, 32] {
                // The door forgets within ten seconds what each plug was asked.
                tokio::time::sleep(Duration::from_secs(11)).await;
                let idle = home.server.idle().await?;
                let (before, began) = (home.server.cpu()?, Instant::now());
                let tasks: Vec<_> = (0..connections)
                    .map(|at| tokio::spawn(speak(home.server.address, *say, at, connections)))
                    .collect();
                let mut all = Vec::new();
                for task in tasks {
                    all.extend(task.await??);
                }
                let wall = began.elapsed().as_secs_f64();
                let used = (home.server.cpu()? - before).as_secs_f64() - idle * wall;
                let mut took = milliseconds(&all);
                let who = format!("{name}, {connections} connections, {plugs} plugs");
                let is_command = name.ends_with("command") && plugs == PLUGS;
                let cpu = figure(format!("CPU, {who}"), used * 1e6 / count(all.len()), "µs");
                let rate = figure(
                    format!("a second, {who}"),
                    count(all.len()) / wall,
                    "a second",
                );
                figures.extend([
                    if is_command {
                        cpu.at_most(300.0).against("17,800 µs")
                    } else if name.ends_with("nothing") {
                        cpu.against("65,000 µs")
                    } else {
                        cpu
                    },
                    // Home Assistant has one thread for it.
                    if is_command && connections == 32 {
                        rate.at_least(2_800.0).against("56 a second")
                    } else {
                        rate
                    },
                    figure(format!("p99, {who}"), percentile(&mut took, 0.99), "ms"),
                ]);
            }
        }
    }
    Ok(figures)
}

/// One person: speaks of its own plugs, and waits for each answer.
async fn speak(
    server: SocketAddr,
    say: Say,
    own: usize,
    people: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut http = Http::connect(server).await?;
    let plugs = PLUGS / people;
    let mut all = Vec::new();
    let mut thread = String::new();
    for at in 0..SENTENCES / people {
        let message = say(own * plugs + at % plugs, at / plugs);
        let body = if thread.is_empty() {
            serde_json::json!({ "message": message })
        } else {
            serde_json::json!({ "message": message, "conversation_id": thread })
        };
        let began = Instant::now();
        let answer = http.post("/api/chat", &body.to_string()).await?;
        all.push(began.elapsed());
        let said = String::from_utf8_lossy(&answer.body);
        anyhow::ensure!(answer.status == 200, "{message}: {} {said}", answer.status);
        let said: serde_json::Value = serde_json::from_str(&said)?;
        thread = said["conversation_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if message.starts_with("turn") {
            let outcome = &said["actions"][0]["outcome"];
            anyhow::ensure!(!outcome.is_null(), "{message}: {said}");
        }
    }
    Ok(all)
}
