//! How fast the product is.
//!
//! The released program is started as its operator starts it, in a folder of its own, beside a real
//! Mosquitto where MQTT is measured, and spoken to from outside. Its CPU time and memory are read
//! from `/proc`: what the load generators cost is not counted. `bench/RESULTS.md` has the figures;
//! each case replaces its own section there, what stands between the sections is written by hand.
//!
//! `make bench` runs everything; `cargo run --release -p bench -- ingest reads` runs two cases.

mod broker;
mod cases;
mod figures;
mod home;
mod http;
mod machine;
mod mqtt;
mod server;
mod stats;

use anyhow::Context as _;

fn main() -> anyhow::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let unknown = wanted
        .iter()
        .find(|name| !cases::ALL.iter().any(|case| case.name == **name));
    if let Some(name) = unknown {
        let names: Vec<_> = cases::ALL.iter().map(|case| case.name).collect();
        anyhow::bail!("there is no case `{name}`; expected {}", names.join(", "));
    }
    server::program()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut missed = 0;
    for case in cases::ALL {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == case.name) {
            continue;
        }
        println!("\n== {}: {}", case.name, case.about);
        let load = machine::load();
        let figures = runtime
            .block_on((case.run)())
            .with_context(|| format!("the case {} broke", case.name))?;
        missed += figures.iter().filter(|figure| figure.missed()).count();
        figures::write(case.name, case.about, &figures, &load)?;
    }
    println!("\n{missed} targets missed; the figures are in bench/RESULTS.md");
    Ok(())
}
