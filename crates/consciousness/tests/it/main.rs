//! The program as its users meet it.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod accounts;
mod edges;
mod export;
mod feelings;
mod generated;
mod german;
mod grafana;
mod household;
mod language;
mod logs;
mod mcp;
mod messages;
mod monitoring;
mod nothing_leaves;
mod operate;
mod operator;
mod stories;
mod sudden;
mod support;
mod walk;
mod worries;
mod zigbee;
