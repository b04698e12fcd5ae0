//! The console over a real listening server, as a browser without script (and a script) would speak to it.

#![expect(clippy::unwrap_used, reason = "what a test can't do fails the test")]

mod administration;
mod api;
mod components;
mod forms;
mod lifecycle;
mod notices;
mod people;
mod records;
mod security;
mod table;
mod world;
