//! The log: on stderr, as text or as one JSON object a line. A server tells what it does; a command only what goes wrong
//! behind its own one line.

use crate::{config::LogForm, failure::Failure};
use std::{
    env,
    io::{self, IsTerminal},
};
use tracing_subscriber::EnvFilter;

/// Starts it.
pub fn start(form: LogForm, serving: bool) -> Result<(), Failure> {
    let usual = if serving { "info,sqlx=warn" } else { "error" };
    let wanted = env::var("RUST_LOG").ok().filter(|text| !text.trim().is_empty());
    let filter = EnvFilter::try_new(without_rmcp(wanted.as_deref().unwrap_or(usual)))
        .map_err(|_| Failure::usage("RUST_LOG: give levels such as info,sqlx=warn"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match form {
        LogForm::Text => log.with_ansi(io::stderr().is_terminal()).try_init(),
        LogForm::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure::doing("the log", error))
}

/// rmcp tells whole addresses of MCP servers, which may hold a credential, and what servers and clients say to each other: it
/// is heard only by who names it. What is wrong with a server, Latchkey says itself.
fn without_rmcp(levels: &str) -> String {
    if levels.contains("rmcp") { levels.to_owned() } else { format!("{levels},rmcp=off") }
}
