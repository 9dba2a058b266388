//! The clock over stdin and stdout, for a server that started the simulator: one JSON object a line.

use crate::House;
use serde::Deserialize;
use std::{
    io::{BufRead, Write},
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What may come in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    hold: bool,
}

/// Says when the page is there, then the clock at every change and each second; takes holds.
/// Ends, and stops everything, when stdin closes.
pub(crate) async fn speak(house: House, url: String, stop: CancellationToken) {
    let (lines, mut heard) = mpsc::channel::<String>(64);
    // A thread of its own: a read from stdin cannot be cancelled and must not hold up the end.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    if say(&serde_json::json!({"ready": {"url": url}})).is_err() {
        stop.cancel();
        return;
    }
    let mut clock = house.clock();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            line = heard.recv() => match line {
                None => break,
                Some(line) => hear(&house, &line),
            },
            changed = clock.changed() => {
                if changed.is_err() {
                    break;
                }
            }
            _ = second.tick() => {}
        }
        let (now, pace) = house.look(|world, clock| (world.now, clock.pace()));
        if say(&serde_json::json!({"clock": {"now": now, "pace": pace}})).is_err() {
            break;
        }
    }
    stop.cancel();
}

fn hear(house: &House, line: &str) {
    match serde_json::from_str::<Line>(line) {
        Ok(line) => house.with(|_, clock| clock.hold(line.hold)),
        Err(error) => {
            tracing::warn!(%error, "stdin: expected {{\"hold\": true}} or {{\"hold\": false}}");
        }
    }
}

fn say(json: &serde_json::Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{json}")?;
    out.flush()
}
