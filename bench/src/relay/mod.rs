//! The model relay beside its provider: chats directly and through `/v1/chat/completions`, the first token of a stream, and what
//! a thousand open streams take of the memory. Called by `bench --only relay`.

mod bare;
mod capped;
mod guarded;
mod memory;

pub use bare::serve;

use crate::{
    Effort, Outcome,
    beside::at_least,
    client,
    cores::Cores,
    database::{Database, Engine},
    gateway::{
        calls::{Calls, Measured, Way, both, by_turns},
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
const SPEED: &str = "model relay: small chats/s of a mock of OpenAI's API, beside itself";
const TOKEN: &str = "model relay: p50 of a stream's first token";

/// The two ways that are put beside each other.
const DIRECT: [&str; 2] = ["direct", "through Latchkey"];

/// What is asked for again and again: `%d` is the call's number.
#[derive(Clone, Copy)]
struct Call<'a> {
    says: &'a str,
    streams: bool,
}

/// A Latchkey before the provider, and keys for its model.
struct House {
    latchkey: Server,
    keys: Vec<String>,
    database: Database,
}

impl House {
    /// With so many keys, with which something is done before it starts.
    async fn open(
        program: &Path,
        cores: Option<Cores>,
        provider: &Upstream,
        engine: Engine,
        keys: u32,
        prepare: impl AsyncFnOnce(&Database, &[String]) -> Outcome<()>,
    ) -> Outcome<Self> {
        let database = Database::fresh(engine).await?;
        let wanted = Wanted { slug: WORKSPACE, keys: 1 + keys, lived_in: false };
        let keys = seed::seed(&database, &[wanted]).await?.keys.concat().split_off(1);
        seed::provide(&database, WORKSPACE, &provider.url, MODEL).await?;
        prepare(&database, &keys).await?;
        let settings = [("LATCHKEY_ALLOW_PRIVATE_UPSTREAMS", "true".to_owned())];
        let latchkey = latchkey::serve_with(program, &database, cores, &settings, "server.log").await?;
        Ok(Self { latchkey, keys, database })
    }

    fn url(&self) -> String {
        format!("{}/v1/chat/completions", self.latchkey.url)
    }

    /// Directly, and through Latchkey.
    fn ways<'a>(&'a self, provider: &'a Upstream) -> [Way<'a>; 2] {
        both([format!("{}/chat/completions", provider.url), self.url()], provider, &self.latchkey, &self.keys[0])
    }

    async fn chats(&self, cores: Option<Cores>, effort: Effort, provider: &Upstream) -> Outcome<[Measured; 2]> {
        eprintln!("model relay: small chats with {}", provider.name);
        self.load(cores, effort, &self.ways(provider), Call { says: "Number %d.", streams: false }).await
    }

    async fn load(
        &self,
        cores: Option<Cores>,
        effort: Effort,
        ways: &[Way<'_>; 2],
        call: Call<'_>,
    ) -> Outcome<[Measured; 2]> {
        let core = cores.map(|cores| cores.load);
        let calls = Calls::prepare(self.database.folder(), core, client::http()?)?;
        let round = async |way: &Way<'_>, seconds| {
            let chat = chat(way.key, call.says, call.streams);
            calls.load(way, "chat/completions", CONNECTIONS, seconds, chat).await
        };
        by_turns(ways, effort, round).await
    }

    async fn tokens(&self, cores: Option<Cores>, effort: Effort, provider: &Upstream) -> Outcome<[Measured; 2]> {
        eprintln!("model relay: first tokens");
        let core = cores.map(|cores| cores.load);
        let streamed = async |way: &Way<'_>, seconds| {
            let (headers, body) = chat(way.key, "Say something.", true);
            first_event::ask(way, core, seconds, headers, body).await
        };
        by_turns(&self.ways(provider), effort, streamed).await
    }

    async fn close(self, section: &mut Section) -> Outcome<()> {
        for (said, count) in self.latchkey.complaints() {
            section.add(format!("Latchkey's log complained {count} ×: “{said}”"));
        }
        self.latchkey.stop().await?;
        self.database.remove().await
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
    let heads = ["asked for", "provider", "way", "a second", "p50 ms", "p99 ms", "µs of CPU", "µs of Latchkey", "×"];
    let mut section = Section::new("Model relay", heads);
    section.say(format!(
        "A small chat by the same requests directly and through `/v1/chat/completions`. **aimock** is CopilotKit's mock of OpenAI's \
         API for tests (npm, pinned), as it comes; **bare** is an axum server that answers in OpenAI's form and does nothing \
         else. Either shares the server's core with Latchkey, as the MCP servers above do. Latchkey is `latchkey serve` on \
         SQLite; the model has a price, the key no spend cap, and each call is judged, counted, its usage read and written \
         down. “Twenty rules” is a key under a guardrail of every built-in detector, four patterns and nine words, both ways, \
         of which none finds anything, beside one under none: with the small chat, and with one whose prompt and answer are 4 KiB, \
         whole and in a stream of its words: of ordinary prose, and of near-hits, where every line has what is nearly a card, an \
         account or an address. “With a spend cap” is one key \
         with a cap, beside one without: before each call its largest cost is held, and after it settled, both on the disk. wrk keeps {CONNECTIONS} connections open, each with one call \
         under way. “First token” is one connection with one streamed chat under way: the time is from sending it to the first \
         byte of its first event's data. {} rounds of {} s of each way, by turns: the median of every column.",
        effort.rounds, effort.seconds
    ));
    match Upstream::mock_provider(cores).await? {
        Some(provider) => {
            let house = House::open(program, cores, &provider, Engine::Sqlite, 1, async |_, _| Ok(())).await?;
            let loaded = house.chats(cores, effort, &provider).await?;
            tell(&mut section, "small chat", &provider, &DIRECT, &loaded);
            at_least(report, SPEED, LEAST_SPEED, [1, 0].map(|way: usize| loaded[way].rounds.per_second()));
            house.close(&mut section).await?;
        }
        None => section.add("aimock is not installed here: its rows are left out".into()),
    }
    let provider = Upstream::provider(cores).await?;
    let guarded = async |database: &Database, keys: &[String]| seed::guard(database, WORKSPACE, &keys[1]).await;
    let house = House::open(program, cores, &provider, Engine::Sqlite, 2, guarded).await?;
    tell(&mut section, "small chat", &provider, &DIRECT, &house.chats(cores, effort, &provider).await?);
    guarded::measure(&house, cores, effort, &provider, (report, &mut section)).await?;
    let tokens = house.tokens(cores, effort, &provider).await?;
    tell(&mut section, "first token", &provider, &DIRECT, &tokens);
    later(report, TOKEN, MOST_TOKEN, &tokens);
    house.close(&mut section).await?;
    capped::measure(program, cores, effort, &provider, &mut section).await?;
    report.add(section);
    memory::measure(program, cores, &provider, report).await
}

/// The rows of two ways.
fn tell(section: &mut Section, asked: &str, provider: &Upstream, ways: &[&str; 2], measured: &[Measured; 2]) {
    for (at, (name, way)) in ways.iter().zip(measured).enumerate() {
        let [speed, _, _, _, cost, _] = way.rounds.figures();
        let (asked, provider) = if at == 0 { (asked, provider.name) } else { Default::default() };
        let times = ratio(measured[1].rounds.per_second(), measured[0].rounds.per_second());
        let own = if *name == DIRECT[0] { String::new() } else { way.own() };
        let times = if at == 0 { String::new() } else { times };
        let [p50, p99] = [way.rounds.p50(), way.rounds.p99()].map(|figure| number(figure, 3));
        section.row(&[asked.into(), provider.into(), (*name).into(), speed, p50, p99, cost, own, times]);
    }
}
