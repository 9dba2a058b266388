//! Requests to real servers on loopback that behave badly.

mod inside;
mod outside;
mod server;
