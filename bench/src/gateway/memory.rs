//! What the gateway keeps in memory: after calls, and with streams that are open.

use super::{
    House,
    calls::through,
    session::{ECHO, STREAM, Session},
    upstreams::Upstream,
    wire::Wire,
};
use crate::{
    Outcome, client,
    cores::Cores,
    report::{Report, Section, number},
};
use reqwest::Client;
use std::{error::Error, ops::Range, path::Path, sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::sleep};

/// Calls before anything counts.
const WARM: usize = 1_000;
/// Calls after which nothing may be left.
const CALLS: usize = 10_000;
/// The most that they may leave, in MB of 1,000,000 bytes.
const MOST_LEFT: f64 = 2.0;
/// Streams that are open at once.
const STREAMS: usize = 1_000;
/// The most that they may take.
const MOST_STREAMS: f64 = 30.0;
/// How long they stay before what they take is read.
const STAY: Duration = Duration::from_secs(3);
/// Calls under way at a time.
const UNDER_WAY: usize = 8;
/// One call of so many is answered by a stream.
const A_STREAM_IN: usize = 10;

/// Resident bytes of Latchkey.
struct Resident {
    /// After the first calls.
    rest: f64,
    /// After many more.
    called: f64,
    /// With open streams.
    open: f64,
    /// When they are closed.
    closed: f64,
}

/// Measures a Latchkey of its own.
pub async fn measure(program: &Path, cores: Option<Cores>, bare: &Upstream, report: &mut Report) -> Outcome<()> {
    eprintln!("MCP gateway: memory");
    let house = House::open(program, cores, &[bare]).await?;
    let (latchkey, url, http) = (&house.latchkey, through(&house.latchkey, bare), client::http()?);
    let resident = async || {
        bare.server.settle().await?;
        latchkey.settle().await?;
        latchkey.resident()
    };
    let mut sessions = Vec::new();
    for key in &house.keys {
        sessions.push(Session::begin(&http, &url, key).await?);
    }
    let sessions: Arc<[Session]> = sessions.into();
    call(&http, &sessions, 0..WARM).await?;
    let rest = resident().await?;
    call(&http, &sessions, WARM..WARM + CALLS).await?;
    let called = resident().await?;
    let mut streams = Vec::with_capacity(STREAMS);
    for session in sessions.iter().cycle().take(STREAMS) {
        let mut wire = Wire::connect(&url).await?;
        let request = wire.request("GET", &session.headers(), "");
        wire.first_event(&request).await?;
        streams.push(wire);
    }
    // Each is looked at twice a second, for its key: there is always a little to do.
    sleep(STAY).await;
    let open = latchkey.resident()?;
    let still = streams.iter().filter(|wire| wire.is_open()).count();
    if still < STREAMS {
        return Err(format!("of {STREAMS} streams {still} stayed open").into());
    }
    drop(streams);
    let closed = resident().await?;
    let mut section = Section::new("MCP gateway: memory", ["Latchkey", "resident MB", "above rest MB"]);
    section.say(format!(
        "Resident memory of `latchkey serve` on SQLite (MB of 1,000,000 bytes), before the bare server, each time when all \
         that it had to write is written (with open streams, {} s after the last was opened). Calls come {UNDER_WAY} at a \
         time, with {} keys; every {A_STREAM_IN}th is answered by a stream. The open streams are `GET` requests of the \
         same keys, a connection each: an event has come on each of them, and nothing since.",
        STAY.as_secs(),
        sessions.len()
    ));
    tell(&Resident { rest, called, open, closed }, &mut section, report);
    for (said, count) in latchkey.complaints() {
        section.add(format!("Its log complained {count} ×: “{said}”"));
    }
    report.add(section);
    Ok(())
}

/// Makes the calls of these numbers, several at a time, each in the conversation of a key.
async fn call(http: &Client, sessions: &Arc<[Session]>, numbers: Range<usize>) -> Outcome<()> {
    let mut callers = JoinSet::new();
    for first in 0..UNDER_WAY {
        let (http, sessions) = (http.clone(), Arc::clone(sessions));
        let mine = numbers.clone().skip(first).step_by(UNDER_WAY);
        callers.spawn(async move {
            for number in mine {
                let tool = if number % A_STREAM_IN == 0 { STREAM } else { ECHO };
                sessions[number % sessions.len()].call(&http, tool, number).await?;
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(())
}

fn tell(resident: &Resident, section: &mut Section, report: &mut Report) {
    let Resident { rest, called, open, closed } = *resident;
    let megabytes = |bytes: f64| number(bytes / 1e6, 1);
    let states = [
        ("at rest, after 1,000 calls", rest),
        ("after 10,000 calls more", called),
        ("with 1,000 open streams", open),
        ("when they are closed", closed),
    ];
    for (state, bytes) in states {
        section.row(&[state.into(), megabytes(bytes), megabytes(bytes - rest)]);
    }
    for (what, most, bytes) in [
        ("MCP gateway: memory that 10,000 calls leave", MOST_LEFT, called),
        ("MCP gateway: memory of 1,000 open streams", MOST_STREAMS, open),
    ] {
        let more = bytes - rest;
        let measured = format!("{} MB more ({} and {} MB)", megabytes(more), megabytes(bytes), megabytes(rest));
        report.reach(what, &format!("<= {most} MB above rest"), measured, more / 1e6 <= most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grew_is_counted_from_rest() {
        let mut report = Report::begin(Vec::new());
        let mut section = Section::new("Memory", ["Latchkey", "resident MB", "above rest MB"]);
        tell(&Resident { rest: 30e6, called: 32e6, open: 60.1e6, closed: 33e6 }, &mut section, &mut report);
        report.add(section);
        let text = report.markdown();
        for row in [
            "| <= 2 MB above rest | 2.0 MB more (32.0 and 30.0 MB) | yes |",
            "| <= 30 MB above rest | 30.1 MB more (60.1 and 30.0 MB) | NO |",
            "| at rest, after 1,000 calls | 30.0 | 0.0 |",
            "| when they are closed | 33.0 | 3.0 |",
        ] {
            assert!(text.contains(row), "{text}");
        }
        assert_eq!((WARM, CALLS, STREAMS), (1_000, 10_000, 1_000), "as the rows say");
    }
}
