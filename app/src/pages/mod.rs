//! The console's pages: one file each. Every page asks for its grant, loads what it shows through one use-case, and renders.

mod account;
mod admin;
mod api;
mod app;
mod audit;
mod connect;
#[cfg(debug_assertions)]
mod dev;
mod failed;
mod guardrails;
mod home;
mod invite;
mod keys;
mod load;
mod login;
mod logs;
mod members;
mod models;
mod policies;
mod servers;
mod settings;
mod setup;
mod usage;

pub use app::App;
pub use logs::{Reading, SAMPLE_PAGE, log_row};
