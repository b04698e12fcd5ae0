//! Puts load on a server with wrk: one thread on the load's core, 32 connections kept open, each with one request under way.
//! wrk rather than a loop of our own, because in C it loads a server with a fraction of the processor a Rust client needs:
//! the server is the bottleneck, not the load.

use crate::{
    Outcome,
    cores::{Cores, pinned},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Connections, each with one request under way.
pub const CONNECTIONS: u32 = 32;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// `GET /api/me`.
    Me,
    /// `POST /api/v1/verify`.
    Verify,
}

impl Surface {
    /// Method and path.
    pub fn name(self) -> &'static str {
        match self {
            Self::Me => "GET /api/me",
            Self::Verify => "POST /api/v1/verify",
        }
    }

    /// Keys that one request presents, each of which is a use.
    pub fn uses(self) -> f64 {
        match self {
            Self::Me => 1.0,
            Self::Verify => 2.0,
        }
    }
}

/// The load's script and keys.
pub struct Load {
    script: PathBuf,
    keys: PathBuf,
    gateway: String,
    core: Option<u32>,
}

/// One round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    /// Requests that were answered.
    pub requests: f64,
    /// How many of them a second.
    pub per_second: f64,
    /// The median, in milliseconds.
    pub p50: f64,
    /// The 99th percentile, in milliseconds.
    pub p99: f64,
    /// The seconds that it took.
    pub seconds: f64,
}

impl Load {
    /// Lays the script beside the keys' file. The first key is the gateway key.
    pub fn prepare(folder: &Path, keys: &Path, gateway: &str, cores: Option<Cores>) -> Outcome<Self> {
        let script = folder.join("load.lua");
        fs::write(&script, include_str!("load.lua"))?;
        Ok(Self { script, keys: keys.to_owned(), gateway: gateway.to_owned(), core: cores.map(|cores| cores.load) })
    }

    /// One round; an error if any request failed. The same `seed` asks for the same keys in the same order.
    pub async fn run(&self, url: &str, surface: Surface, seconds: u32, seed: u32) -> Outcome<Round> {
        let mut command = pinned(self.core, "wrk");
        command.args(["-t1", "--timeout", "10s", "-c", &CONNECTIONS.to_string(), "-d", &format!("{seconds}s"), "-s"]);
        command.arg(&self.script).arg(url).kill_on_drop(true);
        command.env("BENCH_KEYS", &self.keys).env("BENCH_SEED", seed.to_string()).env_remove("BENCH_GATEWAY");
        if surface == Surface::Verify {
            command.env("BENCH_GATEWAY", &self.gateway);
        }
        let output = command.output().await.map_err(|error| format!("wrk, the load tool: {error}; install it"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let (round, failed) = read(&said).ok_or_else(|| {
            let told = String::from_utf8_lossy(&output.stderr);
            format!("wrk did not run: {}", told.lines().chain(said.lines()).next().unwrap_or("it said nothing"))
        })?;
        if failed > 0.0 {
            return Err(format!("{failed} requests of {} failed under load on {url}", surface.name()).into());
        }
        Ok(round)
    }
}

/// The round and the failures, from the script's last line.
fn read(said: &str) -> Option<(Round, f64)> {
    let line = said.lines().rev().find_map(|line| line.strip_prefix("bench "))?;
    let numbers = line.split(' ').map(str::parse::<f64>).collect::<Result<Vec<_>, _>>().ok()?;
    let [requests, microseconds, p50, p99, failed] = *numbers.as_slice() else { return None };
    let seconds = microseconds / 1e6;
    Some((Round { requests, per_second: requests / seconds, p50: p50 / 1e3, p99: p99 / 1e3, seconds }, failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_line() {
        let round = Round { requests: 1000.0, per_second: 500.0, p50: 1.5, p99: 20.0, seconds: 2.0 };
        assert_eq!(read("Running 2s test\n\nbench 1000 2000000 1500 20000 3\n"), Some((round, 3.0)));
        assert_eq!(read("unable to connect"), None);
    }
}
