//! How long the first event of a stream takes, one call at a time: a process of its own on the load's core, which the bench
//! starts as `bench first-event`; prints the line that wrk's script prints.

use super::{
    calls::{BODY, HEADERS, Taken, Way},
    session::{STREAM, Session, call},
    wire::Wire,
};
use crate::{Outcome, cores::pinned, load::read, report::percentile};
use clap::Args;
use reqwest::Client;
use std::{env, time::Instant};

/// Calls a second at most: each stream pauses for 20 ms.
const CALLS_A_SECOND: u32 = 40;

/// Where, and how often.
#[derive(Args, Clone, Debug)]
pub struct FirstEvent {
    /// The server
    #[arg(long)]
    pub url: String,
    /// Calls, one after another on one connection
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub calls: u32,
}

/// Calls, and prints what came of it.
pub async fn run(asked: FirstEvent) -> Outcome<()> {
    let mut wire = Wire::connect(&asked.url).await?;
    let request = wire.request("POST", &env::var(HEADERS)?, &env::var(BODY)?);
    let begun = Instant::now();
    let mut times = Vec::new();
    for _ in 0..asked.calls {
        let sent = Instant::now();
        wire.first_event(&request).await?;
        times.push(sent.elapsed().as_secs_f64() * 1e6);
        wire.end().await?;
    }
    let (p50, p99) = (percentile(times.clone(), 50), percentile(times.clone(), 99));
    println!("bench {} {} {p50:.0} {p99:.0} 0", times.len(), begun.elapsed().as_micros());
    Ok(())
}

/// One round of it.
pub async fn round(http: &Client, way: &Way<'_>, core: Option<u32>, seconds: u32) -> Outcome<Taken> {
    let session = Session::begin(http, &way.url, way.key).await?;
    session.call(http, STREAM, 0).await?;
    let round = ask(way, core, seconds, session.headers(), call(STREAM, "1")).await?;
    session.end(http).await?;
    Ok(round)
}

/// One round of a request with these headers, one a line, that is answered by a stream.
pub async fn ask(way: &Way<'_>, core: Option<u32>, seconds: u32, headers: String, body: String) -> Outcome<Taken> {
    let mut command = pinned(core, env::current_exe()?);
    command.args(["first-event", "--url", &way.url, "--calls", &(seconds * CALLS_A_SECOND).to_string()]);
    command.env(HEADERS, headers).env(BODY, body).kill_on_drop(true);
    let asked = async {
        let output = command.output().await?;
        let told = String::from_utf8_lossy(&output.stderr);
        let (round, _) = read(&String::from_utf8_lossy(&output.stdout))
            .ok_or_else(|| format!("the first events of {}: {}", way.url, told.trim()))?;
        Ok(round)
    };
    way.taking(asked).await
}
