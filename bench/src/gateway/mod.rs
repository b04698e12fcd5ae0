//! The MCP gateway beside its upstreams: calls of a tool directly and through `/mcp-connect/{server}`, the first event of a
//! stream, and what all of it takes of the memory. Called by `bench --only gateway`.

mod bare;
pub mod calls;
pub mod first_event;
mod memory;
mod session;
pub mod tables;
pub mod upstreams;
pub mod wire;

pub use bare::{PAUSE, serve};
pub use first_event::{FirstEvent, run};

use crate::{
    Effort, Outcome,
    beside::at_least,
    client,
    cores::Cores,
    database::{Database, Engine},
    latchkey,
    load::CONNECTIONS,
    process::Server,
    report::Report,
    seed::{self, Wanted},
};
use calls::{Calls, by_turns, ways};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::Path;
use tables::{Tables, later, target};
use upstreams::Upstream;

/// Keys that call, beside the workspace's gateway key.
const KEYS: u32 = 10;
const WORKSPACE: &str = "bench";
/// Calls a second of the upstream that the gateway reaches at least.
const LEAST_SPEED: f64 = 0.6;
/// The most that a call may take longer, in milliseconds.
const MOST_CALL: f64 = 1.0;
/// The most that a stream's first event may come later, in milliseconds.
const MOST_EVENT: f64 = 2.0;
const NOT_HERE: &str = "not measured: it is not installed";

const SPEED: &str = "MCP gateway: calls/s of the reference server, beside itself";
const CALL: &str = "MCP gateway: p50 of a call of the reference server, one at a time";
const EVENT: &str = "MCP gateway: p50 of a stream's first event";

/// A Latchkey before upstreams, and keys that may use them.
struct House {
    latchkey: Server,
    keys: Vec<String>,
    database: Database,
}

impl House {
    /// On SQLite, as it comes, but for addresses of this machine being allowed.
    async fn open(program: &Path, cores: Option<Cores>, upstreams: &[&Upstream]) -> Outcome<Self> {
        let database = Database::fresh(Engine::Sqlite).await?;
        let wanted = Wanted { slug: WORKSPACE, keys: 1 + KEYS, lived_in: false };
        let keys = seed::seed(&database, &[wanted]).await?.keys.concat().split_off(1);
        let all: Vec<_> = upstreams.iter().map(|upstream| (upstream.slug, &*upstream.url)).collect();
        seed::register(&database, WORKSPACE, &all).await?;
        let settings = [("LATCHKEY_ALLOW_PRIVATE_UPSTREAMS", "true".to_owned())];
        let latchkey = latchkey::serve_with(program, &database, cores, &settings, "server.log").await?;
        Ok(Self { latchkey, keys, database })
    }
}

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, effort: Effort, report: &mut Report) -> Outcome<()> {
    more_files();
    let bare = Upstream::bare(cores).await?;
    let reference = Upstream::reference(cores).await?;
    let mut tables = Tables::begin(effort, cores);
    if reference.is_none() {
        tables
            .load
            .add("The reference server was left out: it is not installed here (`make bench` installs it).".into());
        report.reach(SPEED, &format!("≥ {LEAST_SPEED} ×"), NOT_HERE.into(), false);
        report.reach(CALL, &target(MOST_CALL), NOT_HERE.into(), false);
    }
    let upstreams: Vec<&Upstream> = reference.iter().chain([&bare]).collect();
    let house = House::open(program, cores, &upstreams).await?;
    let core = cores.map(|cores| cores.load);
    let http = client::http()?;
    let key = house.keys.first().ok_or("no keys")?;
    let calls = Calls::prepare(house.database.folder(), core, http.clone())?;
    for upstream in upstreams {
        eprintln!("MCP gateway: calls of the {} server", upstream.name);
        let ways = ways(upstream, &house.latchkey, key);
        let loaded = by_turns(&ways, effort, async |way, seconds| calls.round(way, CONNECTIONS, seconds).await).await?;
        tables.loaded(upstream.name, &loaded);
        let single = by_turns(&ways, effort, async |way, seconds| calls.round(way, 1, seconds).await).await?;
        tables.single(upstream.name, "call", &single);
        if upstream.slug != bare.slug {
            let [direct, through] = [&loaded[0], &loaded[1]].map(|way| way.rounds.per_second());
            at_least(report, SPEED, LEAST_SPEED, [through, direct]);
            later(report, CALL, MOST_CALL, &single);
        }
    }
    eprintln!("MCP gateway: first events of streams");
    let ways = ways(&bare, &house.latchkey, key);
    let round = async |way: &calls::Way<'_>, seconds| first_event::round(&http, way, core, seconds).await;
    let events = by_turns(&ways, effort, round).await?;
    tables.single(bare.name, "first event of a stream", &events);
    later(report, EVENT, MOST_EVENT, &events);
    for (said, count) in house.latchkey.complaints() {
        tables.load.add(format!("Latchkey's log complained {count} ×: “{said}”"));
    }
    report.add(tables.load);
    report.add(tables.single);
    house.latchkey.stop().await?;
    memory::measure(program, cores, &bare, report).await
}

/// A thousand streams are three thousand open files; their servers inherit what is allowed here. Where it is too few,
/// opening them says so.
pub fn more_files() {
    let allowed = getrlimit(Resource::Nofile).maximum;
    let _ = setrlimit(Resource::Nofile, Rlimit { current: allowed, maximum: allowed });
}
