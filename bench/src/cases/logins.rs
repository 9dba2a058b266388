//! Sign-ins, two hundred a second: what others notice of it. Hashing passwords is made to be slow.

use crate::broker::Broker;
use crate::figures::{Figure, figure};
use crate::http::Http;
use crate::server::Server;
use crate::stats::{count, milliseconds, percentile};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const A_SECOND: u64 = 200;
const LASTS: Duration = Duration::from_secs(10);
/// How often `/health` is asked meanwhile.
const EVERY: Duration = Duration::from_millis(5);
/// Connections that the sign-ins come over.
const CALLERS: u64 = 50;

/// What is sent, at each caller's turn.
type Login = fn(turn: u64) -> (String, &'static str);

const STORMS: &[(&str, Login)] = &[
    ("the right password", |_| {
        ("anna".to_owned(), "a long and good one")
    }),
    ("a wrong one, always another name", |turn| {
        (format!("somebody-{turn}"), "a wrong one, but long")
    }),
];

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let broker = Broker::start()?;
    let server = Server::start(folder.path(), &broker.url()).await?;
    let owner = serde_json::json!({"name": "anna", "password": "a long and good one"});
    let made = server
        .http()
        .await?
        .post("/api/auth/owner", &owner.to_string())
        .await?;
    anyhow::ensure!(made.status < 300, "no owner was made: {}", made.status);
    let mut figures = Vec::new();
    for (name, login) in STORMS {
        let until = Instant::now() + LASTS;
        let callers: Vec<_> = (0..CALLERS)
            .map(|at| tokio::spawn(storm(server.address, *login, at, until)))
            .collect();
        let mut took = health(server.address, until).await?;
        let (mut sent, mut signed_in) = (0, 0);
        for caller in callers {
            let (all, good) = caller.await??;
            sent += all;
            signed_in += good;
        }
        figures.extend([
            figure(
                format!("sign-ins a second, {name}"),
                count(sent) / LASTS.as_secs_f64(),
                "a second",
            ),
            figure(
                format!("of these let in, {name}"),
                count(signed_in) / LASTS.as_secs_f64(),
                "a second",
            ),
            figure(
                format!("GET /health meanwhile, p99, {name}"),
                percentile(&mut took, 0.99),
                "ms",
            )
            .at_most(20.0),
        ]);
    }
    Ok(figures)
}

/// One caller: signs in at its turns; how often it did, and how often it was let in.
async fn storm(
    server: SocketAddr,
    login: Login,
    at: u64,
    until: Instant,
) -> anyhow::Result<(usize, usize)> {
    let mut http = Http::connect(server).await?;
    let mut tick = tokio::time::interval(
        Duration::from_secs(1) * u32::try_from(CALLERS)? / u32::try_from(A_SECOND)?,
    );
    let (mut sent, mut signed_in) = (0, 0);
    for turn in 0.. {
        tick.tick().await;
        if Instant::now() > until {
            break;
        }
        let (name, password) = login(turn * CALLERS + at);
        let body = serde_json::json!({"name": name, "password": password, "client": "program"});
        let answer = http.post("/api/auth/login", &body.to_string()).await?;
        anyhow::ensure!(
            [200, 401, 429].contains(&answer.status),
            "a sign-in was answered with {}",
            answer.status
        );
        sent += 1;
        signed_in += usize::from(answer.status == 200);
    }
    Ok((sent, signed_in))
}

/// How long `/health` takes, in milliseconds.
async fn health(server: SocketAddr, until: Instant) -> anyhow::Result<Vec<f64>> {
    let mut http = Http::connect(server).await?;
    let mut tick = tokio::time::interval(EVERY);
    let mut all = Vec::new();
    while Instant::now() < until {
        tick.tick().await;
        let began = Instant::now();
        let answer = http.get("/health").await?;
        anyhow::ensure!(answer.status == 200, "/health: {}", answer.status);
        all.push(began.elapsed());
    }
    Ok(milliseconds(&all))
}
