//! The program as its users meet it.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod accounts;
mod apply;
mod backup;
mod backup_sent;
mod conformance;
mod edges;
mod encrypted;
mod export;
mod feelings;
mod full;
mod generated;
mod german;
mod grafana;
mod hostile;
mod household;
mod injection;
mod language;
mod logs;
mod mcp;
mod messages;
mod monitoring;
mod nothing_leaves;
mod operate;
mod operator;
mod soak;
mod spoken;
mod stories;
mod sudden;
mod support;
mod switch;
mod torture;
mod walk;
mod warnings;
mod worries;
mod zigbee;
