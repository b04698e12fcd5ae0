//! What open streams of the relay keep in memory.

use super::{House, bare::FOR_EVER, chat};
use crate::{
    Outcome,
    cores::Cores,
    database::Engine,
    gateway::{upstreams::Upstream, wire::Wire},
    report::{Report, Section, number},
};
use std::{path::Path, time::Duration};
use tokio::time::sleep;

/// Streams that are open at once.
const STREAMS: usize = 1_000;
/// The most that they may take, in MB of 1,000,000 bytes.
const MOST: f64 = 60.0;
/// Chats before anything counts.
const WARM: usize = 200;
/// Keys that ask, by turns.
const KEYS: u32 = 10;
/// How long the streams stay before what they take is read.
const STAY: Duration = Duration::from_secs(3);

/// Measures a Latchkey of its own.
pub async fn measure(program: &Path, cores: Option<Cores>, provider: &Upstream, report: &mut Report) -> Outcome<()> {
    eprintln!("model relay: memory");
    let house = House::open(program, cores, provider, Engine::Sqlite, KEYS, async |_, _| Ok(())).await?;
    let url = house.url();
    let mut warm = Wire::connect(&url).await?;
    for key in house.keys.iter().cycle().take(WARM) {
        let (headers, body) = chat(key, "Say something.", true);
        let request = warm.request("POST", &headers, &body);
        warm.first_event(&request).await?;
        warm.end().await?;
    }
    house.latchkey.settle().await?;
    let rest = house.latchkey.resident()?;
    let mut streams = Vec::with_capacity(STREAMS);
    for key in house.keys.iter().cycle().take(STREAMS) {
        let mut wire = Wire::connect(&url).await?;
        let (headers, body) = chat(key, FOR_EVER, true);
        let request = wire.request("POST", &headers, &body);
        wire.first_event(&request).await?;
        streams.push(wire);
    }
    // Each is looked at twice a second, for its key: there is always a little to do.
    sleep(STAY).await;
    let open = house.latchkey.resident()?;
    let still = streams.iter().filter(|wire| wire.is_open()).count();
    if still < STREAMS {
        return Err(format!("of {STREAMS} streams {still} stayed open").into());
    }
    drop(streams);
    house.latchkey.settle().await?;
    let closed = house.latchkey.resident()?;
    let megabytes = |bytes: f64| number(bytes / 1e6, 1);
    let mut section = Section::new("Model relay: memory", ["Latchkey", "resident MB", "above rest MB"]);
    section.say(format!(
        "Resident memory of `latchkey serve` on SQLite (MB of 1,000,000 bytes), before the same provider, with {KEYS} keys: \
         after {WARM} streamed chats; with {STREAMS} streams open, on each of which one token has come and nothing since, {} s \
         after the last was opened; and when they are closed and all that it had to write is written.",
        STAY.as_secs()
    ));
    for (state, bytes) in [("at rest", rest), ("with 1,000 open streams", open), ("when they are closed", closed)] {
        section.row(&[state.into(), megabytes(bytes), megabytes(bytes - rest)]);
    }
    report.add(section);
    let measured = format!("{} MB more ({} and {} MB)", megabytes(open - rest), megabytes(open), megabytes(rest));
    let what = "model relay: memory of 1,000 open streams";
    report.reach(what, &format!("<= {MOST} MB above rest"), measured, (open - rest) / 1e6 <= MOST);
    house.latchkey.stop().await
}
