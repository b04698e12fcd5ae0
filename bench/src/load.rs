//! Puts load on a server with wrk: one thread on the load's core, 32 connections kept open, each with one request under way.
//! wrk rather than a loop of our own, because in C it loads a server with a fraction of the processor a Rust client needs:
//! the server is the bottleneck, not the load.

use crate::{
    Outcome,
    cores::{Cores, pinned},
};
use domain::key::{PlainKey, Prefix};
use server::Random;
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// Connections, each with one request under way.
pub const CONNECTIONS: u32 = 32;

/// Where it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// `GET /api/me`.
    Me,
    /// `POST /api/v1/verify`.
    Verify,
    /// `GET /api/v1/forward-auth`.
    ForwardAuth,
}

/// With which keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Keys that are good.
    Good,
    /// Keys that were never made, their checksums right.
    Unknown,
    /// Keys whose checksum is wrong.
    Junk,
    /// The same, asked of the bare server's path that answers 401 without a look.
    Static,
}

impl Surface {
    /// Method and path.
    pub fn name(self) -> &'static str {
        match self {
            Self::Me => "GET /api/me",
            Self::Verify => "POST /api/v1/verify",
            Self::ForwardAuth => "GET /api/v1/forward-auth",
        }
    }

    /// The status that is right; a bad key in question is no bad question.
    pub fn status(self, case: Case) -> u16 {
        match (self, case) {
            (Self::Me, Case::Good) | (Self::Verify, _) => 200,
            (Self::ForwardAuth, Case::Good) => 204,
            _ => 401,
        }
    }

    /// Good keys that one request presents, each of which is a use. Who asks about another key shows one.
    pub fn uses(self, case: Case) -> f64 {
        let asking = if self == Self::Me { 0.0 } else { 1.0 };
        asking + if case == Case::Good { 1.0 } else { 0.0 }
    }

    /// Its word in the script.
    fn word(self, case: Case) -> &'static str {
        match self {
            _ if case == Case::Static => "static",
            Self::Me => "me",
            Self::Verify => "verify",
            Self::ForwardAuth => "forward-auth",
        }
    }
}

/// The load's script and keys.
pub struct Load {
    script: PathBuf,
    keys: PathBuf,
    unknown: PathBuf,
    junk: PathBuf,
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
        fs::write(&script, concat!(include_str!("load.lua"), include_str!("done.lua")))?;
        let (unknown, junk) = (folder.join("unknown"), folder.join("junk"));
        let made_up: Vec<String> = (0..1_000).map(|_| made_up()).collect();
        fs::write(&unknown, made_up.join("\n"))?;
        let bent = |key: &String| key.split_at(key.len() - 1).0.to_owned() + if key.ends_with('0') { "1" } else { "0" };
        fs::write(&junk, made_up.iter().map(bent).collect::<Vec<_>>().join("\n"))?;
        Ok(Self {
            script,
            unknown,
            junk,
            keys: keys.to_owned(),
            gateway: gateway.to_owned(),
            core: cores.map(|cores| cores.load),
        })
    }

    /// One round; an error if any request failed. The same `seed` asks for the same keys in the same order.
    pub async fn run(&self, url: &str, surface: Surface, case: Case, seconds: u32, seed: u32) -> Outcome<Round> {
        let wrk = Wrk { core: self.core, script: &self.script, url, connections: CONNECTIONS, seconds };
        let settings: [(&str, OsString); 5] = [
            ("BENCH_KEYS", self.keys(case).into()),
            ("BENCH_SEED", seed.to_string().into()),
            ("BENCH_GATEWAY", (&self.gateway).into()),
            ("BENCH_ASK", surface.word(case).into()),
            ("BENCH_STATUS", surface.status(case).to_string().into()),
        ];
        wrk.run(surface.name(), settings).await
    }

    /// Load at a rate on `GET /api/me`, from as many connections of its own; an error if any request failed.
    pub async fn paced(&self, url: &str, case: Case, rate: u32, seconds: u32) -> Outcome<Round> {
        let mut command = pinned(self.core, env::current_exe()?);
        command.args(["paced", "--status", &Surface::Me.status(case).to_string(), "--url", url]);
        command.arg("--keys").arg(self.keys(case)).kill_on_drop(true);
        command.args(["--connections", &CONNECTIONS.to_string(), "--rate", &rate.to_string()]);
        command.args(["--requests", &rate.saturating_mul(seconds).to_string()]);
        let output = command.output().await?;
        let (round, failed) = read(&String::from_utf8_lossy(&output.stdout))
            .ok_or_else(|| format!("the paced load: {}", String::from_utf8_lossy(&output.stderr).trim()))?;
        if failed > 0.0 {
            return Err(format!("{failed} paced requests failed on {url}").into());
        }
        Ok(round)
    }

    /// The file of the keys that such requests carry.
    pub fn keys(&self, case: Case) -> &Path {
        match case {
            Case::Good => &self.keys,
            Case::Unknown => &self.unknown,
            Case::Junk | Case::Static => &self.junk,
        }
    }
}

/// A run of wrk: one thread, connections kept open.
pub struct Wrk<'a> {
    /// Where it runs.
    pub core: Option<u32>,
    /// What it asks; `done.lua` stands at its end.
    pub script: &'a Path,
    /// The server, and the path where the script names none.
    pub url: &'a str,
    /// Each has one request under way.
    pub connections: u32,
    /// For so long.
    pub seconds: u32,
}

impl Wrk<'_> {
    /// One round, with what the script reads of its environment; an error if any of these requests failed.
    pub async fn run<const N: usize>(&self, requests: &str, settings: [(&str, OsString); N]) -> Outcome<Round> {
        let Self { core, script, url, connections, seconds } = self;
        let mut command = pinned(*core, "wrk");
        command.args(["-t1", "--timeout", "10s", "-c", &connections.to_string(), "-d", &format!("{seconds}s"), "-s"]);
        command.arg(script).arg(url).envs(settings).kill_on_drop(true);
        let output = command.output().await.map_err(|error| format!("wrk, the load tool: {error}; install it"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let (round, failed) = read(&said).ok_or_else(|| {
            let told = String::from_utf8_lossy(&output.stderr);
            format!("wrk did not run: {}", told.lines().chain(said.lines()).next().unwrap_or("it said nothing"))
        })?;
        if failed > 0.0 {
            return Err(format!("{failed} requests of {requests} failed under load on {url}").into());
        }
        Ok(round)
    }
}

/// A key that was never made.
fn made_up() -> String {
    Random::system().with(|rng| PlainKey::generate(&Prefix::default(), rng)).expose().to_owned()
}

/// The round and the failures, from the script's last line.
pub fn read(said: &str) -> Option<(Round, f64)> {
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
    fn only_a_bad_key_of_ones_own_is_refused() {
        assert_eq!(Surface::Me.status(Case::Good), 200);
        assert_eq!(Surface::Me.status(Case::Unknown), 401);
        assert_eq!(Surface::Verify.status(Case::Junk), 200);
        assert_eq!(Surface::ForwardAuth.status(Case::Good), 204);
        assert_eq!(Surface::ForwardAuth.status(Case::Junk), 401);
        let uses = |surface: Surface| [Case::Good, Case::Junk].map(|case| format!("{}", surface.uses(case)));
        assert_eq!(uses(Surface::Me), ["1", "0"]);
        assert_eq!(uses(Surface::ForwardAuth), ["2", "1"]);
        assert_eq!(Surface::Me.word(Case::Static), "static");
    }

    #[test]
    fn the_scripts_line() {
        let round = Round { requests: 1000.0, per_second: 500.0, p50: 1.5, p99: 20.0, seconds: 2.0 };
        assert_eq!(read("Running 2s test\n\nbench 1000 2000000 1500 20000 3\n"), Some((round, 3.0)));
        assert_eq!(read("unable to connect"), None);
    }
}
