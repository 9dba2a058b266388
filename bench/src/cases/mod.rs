//! What is measured, a file a case.

mod backup;
mod commands;
mod disk;
mod history;
mod ingest;
mod live;
mod logins;
mod mind;
mod reads;
mod rules;
mod spoken;
mod start;
mod twin;

use crate::figures::Figure;
use std::{future::Future, pin::Pin};

/// One thing that is measured.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn() -> Running,
}

type Running = Pin<Box<dyn Future<Output = anyhow::Result<Vec<Figure>>>>>;

/// Every case, in the order in which they run.
pub(crate) const ALL: &[Case] = &[
    Case {
        name: "start",
        about: "start-up to a good /health, and memory at rest",
        run: || Box::pin(start::run()),
    },
    Case {
        name: "twin",
        about: "the twin alone, in process, on one core",
        run: || Box::pin(twin::run()),
    },
    Case {
        name: "mind",
        about: "a turn of the mind, and a year of a simulated house",
        run: || Box::pin(mind::run()),
    },
    Case {
        name: "ingest",
        about: "MQTT to the database, through Mosquitto",
        run: || Box::pin(ingest::run()),
    },
    Case {
        name: "reads",
        about: "reading the states of 100 devices over HTTP",
        run: || Box::pin(reads::run()),
    },
    Case {
        name: "commands",
        about: "a command over MQTT until it is settled",
        run: || Box::pin(commands::run()),
    },
    Case {
        name: "spoken",
        about: "sentences over HTTP, without a language model",
        run: || Box::pin(spoken::run()),
    },
    Case {
        name: "rules",
        about: "a trigger over MQTT to its command, a storm, ten thousand rules, a rehearsal over a month",
        run: || Box::pin(rules::run()),
    },
    Case {
        name: "live",
        about: "a change from its publisher to 50 WebSocket readers",
        run: || Box::pin(live::run()),
    },
    Case {
        name: "logins",
        about: "two hundred sign-ins a second, and what others notice of it",
        run: || Box::pin(logins::run()),
    },
    Case {
        name: "history",
        about: "24 hours of a property with 10,000 samples, among many",
        run: || Box::pin(history::run()),
    },
    Case {
        name: "backup",
        about: "a backup of ten million samples, beside a server that is asked meanwhile",
        run: || Box::pin(backup::run()),
    },
    Case {
        name: "disk",
        about: "bytes on disk a change, before and after compaction, as the simulated family causes them",
        run: || Box::pin(disk::run()),
    },
];
