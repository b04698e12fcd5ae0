//! The model relay beside its provider: chats directly and through `/v1/chat/completions`, the first token of a stream, and what
//! a thousand open streams take of the memory. Called by `bench --only relay`.

mod bare;
mod memory;

pub use bare::serve;

use crate::{
    Effort, Outcome,
    beside::at_least,
    client,
    cores::Cores,
    database::{Database, Engine},
    gateway::{
        calls::{Calls, Way, both, by_turns},
        first_event, more_files,
        tables::later,
        upstreams::Upstream,
    },
    latchkey,
    load::CONNECTIONS,
    process::Server,
    report::{Report, Section, number, ratio},
    seed::{self, Wanted},
};
use std::path::Path;

const WORKSPACE: &str = "bench";
const MODEL: &str = "bare";
/// Calls a second of the provider that the relay reaches at least.
const LEAST_SPEED: f64 = 0.6;
/// The most that a stream's first token may come later, in milliseconds.
const MOST_TOKEN: f64 = 2.0;
const SPEED: &str = "model relay: small chats/s, beside the provider itself";
const TOKEN: &str = "model relay: p50 of a stream's first token";

/// A Latchkey before the provider, and keys for its model.
struct House {
    latchkey: Server,
    keys: Vec<String>,
    database: Database,
}

impl House {
    async fn open(program: &Path, cores: Option<Cores>, provider: &Upstream, keys: u32) -> Outcome<Self> {
        let database = Database::fresh(Engine::Sqlite).await?;
        let wanted = Wanted { slug: WORKSPACE, keys: 1 + keys, lived_in: false };
        let keys = seed::seed(&database, &[wanted]).await?.keys.concat().split_off(1);
        seed::provide(&database, WORKSPACE, &provider.url, MODEL).await?;
        let settings = [("LATCHKEY_ALLOW_PRIVATE_UPSTREAMS", "true".to_owned())];
        let latchkey = latchkey::serve_with(program, &database, cores, &settings, "server.log").await?;
        Ok(Self { latchkey, keys, database })
    }

    fn url(&self) -> String {
        format!("{}/v1/chat/completions", self.latchkey.url)
    }
}

/// A chat of one message: headers, one a line, and the body.
fn chat(key: &str, says: &str, streams: bool) -> (String, String) {
    let headers = format!("authorization: Bearer {key}\ncontent-type: application/json\n");
    let messages = format!(r#"[{{"role":"user","content":"{says}"}}]"#);
    (headers, format!(r#"{{"model":"{MODEL}","stream":{streams},"max_tokens":100,"messages":{messages}}}"#))
}

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, effort: Effort, report: &mut Report) -> Outcome<()> {
    more_files();
    let provider = Upstream::provider(cores).await?;
    let house = House::open(program, cores, &provider, 1).await?;
    let core = cores.map(|cores| cores.load);
    let key = house.keys.first().ok_or("no keys")?;
    let calls = Calls::prepare(house.database.folder(), core, client::http()?)?;
    let ways = both([format!("{}/chat/completions", provider.url), house.url()], &provider, &house.latchkey, key);
    eprintln!("model relay: small chats");
    let small = async |way: &Way<'_>, seconds| {
        calls.load(way, "chat/completions", CONNECTIONS, seconds, chat(key, "Number %d.", false)).await
    };
    let loaded = by_turns(&ways, effort, small).await?;
    eprintln!("model relay: first tokens");
    let streamed = async |way: &Way<'_>, seconds| {
        let (headers, body) = chat(key, "Say something.", true);
        first_event::ask(way, core, seconds, headers, body).await
    };
    let tokens = by_turns(&ways, effort, streamed).await?;

    let heads = ["asked for", "way", "a second", "p50 ms", "p99 ms", "µs of CPU", "µs of Latchkey", "× direct"];
    let mut section = Section::new("Model relay", heads);
    section.say(format!(
        "A small chat by the same requests directly and through `/v1/chat/completions`, to an axum server that answers in \
         OpenAI's form and does nothing else; it and Latchkey share the server's core, as the MCP servers above do. \
         Latchkey is `latchkey serve` on SQLite; the model has a price, the key no spend cap, and each call is judged, \
         counted, its usage read and written down. wrk keeps {CONNECTIONS} connections open, each with one call under way. \
         “First token” is one connection with one streamed chat under way: the time is from sending it to the first byte of \
         its first event's data. {} rounds of {} s of each way, by turns: the median of every column.",
        effort.rounds, effort.seconds
    ));
    for (asked, measured) in [("small chat", &loaded), ("first token", &tokens)] {
        for (at, way) in measured.iter().enumerate() {
            let [speed, _, _, _, cost, _] = way.rounds.figures();
            let (asked, name) = if at == 0 { (asked, "direct") } else { ("", "through Latchkey") };
            let times = ratio(measured[1].rounds.per_second(), measured[0].rounds.per_second());
            let (own, times) = if at == 0 { Default::default() } else { (way.own(), times) };
            let milliseconds = [way.rounds.p50(), way.rounds.p99()].map(|figure| number(figure, 3));
            let [p50, p99] = milliseconds;
            section.row(&[asked.into(), name.into(), speed, p50, p99, cost, own, times]);
        }
    }
    let [direct, through] = [&loaded[0], &loaded[1]].map(|way| way.rounds.per_second());
    at_least(report, SPEED, LEAST_SPEED, [through, direct]);
    later(report, TOKEN, MOST_TOKEN, &tokens);
    for (said, count) in house.latchkey.complaints() {
        section.add(format!("Latchkey's log complained {count} ×: “{said}”"));
    }
    report.add(section);
    house.latchkey.stop().await?;
    memory::measure(program, cores, &provider, report).await
}
