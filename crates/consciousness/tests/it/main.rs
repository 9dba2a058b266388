//! The program as its users meet it.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod accounts;
mod backup;
mod backup_sent;
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
mod warnings;
mod worries;
mod zigbee;
