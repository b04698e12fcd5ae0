//! The console over a real listening server, as a browser without script (and a script) would speak to it.

#![expect(clippy::unwrap_used, reason = "what a test can't do fails the test")]

mod administration;
mod api;
mod components;
mod connect;
mod for_urls;
mod forms;
mod guardrails;
mod lifecycle;
mod live;
mod logs;
mod long_forms;
mod mcp;
mod models;
mod notices;
mod people;
mod records;
mod samples;
mod scope;
mod sections;
mod security;
mod servers;
mod table;
mod usage;
mod world;
