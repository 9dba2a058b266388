//! The API from the outside: a real house on a temporary folder, with a driver's end of the wires
//! in the test's hand, spoken to over HTTP and WebSockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod automation;
mod bad_input;
mod capacity;
mod chat;
mod clock_back;
mod configuration;
mod constraints;
mod discovery;
mod documents;
mod editing;
mod features;
mod interview;
mod limits;
mod live;
mod mcp;
mod memory;
mod metrics;
mod mind;
mod models;
mod no_rights;
mod oauth;
mod openings;
mod page;
mod past;
mod personality;
mod place;
mod prepare;
mod provider;
mod questions;
mod rehearsal;
mod rest;
mod rights;
mod rooms;
mod routines;
mod scenes;
mod serves;
mod support;
mod vault;
mod versions;
