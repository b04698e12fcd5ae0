//! Calls of a tool, directly and through Latchkey by turns: what both ways have in common, and the load on them.

use super::{
    session::{ECHO, Session, call},
    upstreams::Upstream,
};
use crate::{
    Effort, Outcome,
    load::{Round, Wrk},
    process::Server,
    report::{median, number},
    turns::Rounds,
};
use reqwest::Client;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The headers of a load's requests, for the script that makes them.
pub const HEADERS: &str = "BENCH_HEADERS";
/// Their body.
pub const BODY: &str = "BENCH_BODY";

/// A way to an upstream.
pub struct Way<'a> {
    /// Where it begins.
    pub url: String,
    /// With a key; an upstream that is asked directly does not look at it.
    pub key: &'a str,
    latchkey: &'a Server,
    upstream: &'a Server,
}

/// Directly, and through the gateway.
pub fn ways<'a>(upstream: &'a Upstream, latchkey: &'a Server, key: &'a str) -> [Way<'a>; 2] {
    both([upstream.url.clone(), through(latchkey, upstream)], upstream, latchkey, key)
}

/// The two ways that begin at these addresses: at the upstream's own, and at Latchkey's.
pub fn both<'a>(urls: [String; 2], upstream: &'a Upstream, latchkey: &'a Server, key: &'a str) -> [Way<'a>; 2] {
    urls.map(|url| Way { url, key, latchkey, upstream: &upstream.server })
}

/// The address of an upstream at Latchkey.
pub fn through(latchkey: &Server, upstream: &Upstream) -> String {
    format!("{}/mcp-connect/{}", latchkey.url, upstream.slug)
}

impl Way<'_> {
    /// Waits until nobody has anything left to do.
    async fn settle(&self) -> Outcome<()> {
        self.latchkey.settle().await?;
        self.upstream.settle().await
    }

    /// A round, with the seconds of processor time that Latchkey and the upstream took for it.
    pub async fn taking(&self, round: impl Future<Output = Outcome<Round>>) -> Outcome<Taken> {
        let before = self.processor()?;
        let round = round.await?;
        let after = self.processor()?;
        Ok((round, [after[0] - before[0], after[1] - before[1]]))
    }

    /// Their seconds so far.
    fn processor(&self) -> Outcome<[f64; 2]> {
        Ok([self.latchkey.processor()?, self.upstream.processor()?])
    }
}

/// A round, and the seconds of processor time of Latchkey and of the upstream.
pub type Taken = (Round, [f64; 2]);

/// The rounds of one way.
#[derive(Default)]
pub struct Measured {
    /// With the processor time of both processes.
    pub rounds: Rounds,
    /// Microseconds of Latchkey's processor time a call.
    own: Vec<f64>,
}

impl Measured {
    fn take(&mut self, (round, [latchkey, upstream]): Taken) {
        self.own.push(latchkey / round.requests * 1e6);
        self.rounds.take(round, round.requests, latchkey + upstream);
    }

    /// What Latchkey took of the processor, in microseconds a call.
    pub fn own(&self) -> String {
        number(median(self.own.clone()), 1)
    }
}

/// Rounds of both ways by turns, each begun when everybody is idle. What comes first is to warm up.
pub async fn by_turns(
    ways: &[Way<'_>; 2],
    effort: Effort,
    round: impl AsyncFn(&Way<'_>, u32) -> Outcome<Taken>,
) -> Outcome<[Measured; 2]> {
    let mut all = [Measured::default(), Measured::default()];
    let round = async |way: &Way<'_>, seconds| {
        let done = round(way, seconds).await;
        done.map_err(|error| format!("{error}: upstream: {}", way.upstream.last_words()))
    };
    for way in ways {
        round(way, 1).await?;
        way.settle().await?;
    }
    for _ in 0..effort.rounds {
        for (way, measured) in ways.iter().zip(&mut all) {
            measured.take(round(way, effort.seconds).await?);
            way.settle().await?;
        }
    }
    Ok(all)
}

/// Calls as fast as they are answered.
pub struct Calls {
    script: PathBuf,
    core: Option<u32>,
    http: Client,
}

impl Calls {
    /// Lays wrk's script into that folder.
    pub fn prepare(folder: &Path, core: Option<u32>, http: Client) -> Outcome<Self> {
        let script = folder.join("calls.lua");
        fs::write(&script, concat!(include_str!("calls.lua"), include_str!("../done.lua")))?;
        Ok(Self { script, core, http })
    }

    /// One round in a session of its own; an error if a call fails, or is answered wrongly before or after the load.
    pub async fn round(&self, way: &Way<'_>, connections: u32, seconds: u32) -> Outcome<Taken> {
        let http = &self.http;
        let session = Session::begin(http, &way.url, way.key).await?;
        session.call(http, ECHO, 0).await?;
        let round = self.load(way, "tools/call", connections, seconds, (session.headers(), call(ECHO, "%d"))).await?;
        session.call(http, ECHO, 0).await?;
        session.end(http).await?;
        Ok(round)
    }

    /// One round of the same request over and over: headers, one a line, and a body, in which `%d` is its number.
    pub async fn load(
        &self,
        way: &Way<'_>,
        what: &'static str,
        connections: u32,
        seconds: u32,
        (headers, body): (String, String),
    ) -> Outcome<Taken> {
        let wrk = Wrk { core: self.core, script: &self.script, url: &way.url, connections, seconds };
        let settings = [(HEADERS, headers.into()), (BODY, body.into()), ("BENCH_STATUS", "200".into())];
        way.taking(wrk.run(what, settings)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_latchkey() {
        let mut measured = Measured::default();
        for (requests, latchkey) in [(1_000.0, 0.2), (2_000.0, 0.2), (1_000.0, 0.3)] {
            let round = Round { requests, per_second: requests, p50: 0.5, p99: 1.0, seconds: 1.0 };
            measured.take((round, [latchkey, 0.5]));
        }
        assert_eq!(measured.own(), "200.0");
        assert_eq!(measured.rounds.figures()[4], "700.0", "both");
    }

    /// The script has one `%d`, and what it stands in is JSON once it is a number.
    #[test]
    fn the_scripts_message() {
        let message = call(ECHO, "%d");
        assert_eq!(message.matches('%').count(), 1);
        let message: serde_json::Value = serde_json::from_str(&message.replace("%d", "10000")).unwrap();
        assert_eq!((&message["id"], &message["params"]["name"]), (&10_000.into(), &ECHO.into()));
    }
}
