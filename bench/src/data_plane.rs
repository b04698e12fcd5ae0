//! The data plane under load by the number of keys: Latchkey on SQLite and the bare server by turns. Each round begins when both
//! are idle; the median of the rounds is told.

use crate::{
    Effort, Outcome,
    cores::{Cores, pinned},
    database::{Database, Engine, either},
    latchkey,
    load::{CONNECTIONS, Case, Load, Surface},
    memory::Memory,
    probe,
    process::Server,
    report::{Report, Section, number, ratio},
    seed::{Wanted, seed},
    turns::{Rounds, Turn, by_turns},
};
use std::{env, fs, path::Path, time::Instant};

const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];
/// With as many keys all surfaces are measured; [`crate::beside`] does it with few.
const THOROUGH: u32 = 100_000;
/// With as many keys there have to be more records in memory than Latchkey keeps by itself.
const VAST: u32 = 1_000_000;

/// The two servers side by side.
struct Pair {
    latchkey: Server,
    bare: Server,
    load: Load,
    keys: u32,
}

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, effort: Effort, report: &mut Report) -> Outcome<()> {
    let mut section = Section::new(
        "Data plane by the number of keys",
        [
            "request",
            "keys",
            "server",
            "requests/s",
            "lowest–highest",
            "p50 ms",
            "p99 ms",
            "µs of CPU",
            "core busy",
            "memory MiB",
        ],
    );
    section.say(format!(
        "The same two by the number of keys: `latchkey serve` on SQLite, its log written to a file at the usual level, beside \
         the bare server with a map in memory. wrk keeps {CONNECTIONS} connections open, each with one request under way; \
         every request carries a key chosen at random among all. {} rounds of {} s on each server, by turns, each begun when \
         the other was idle again: the median of every column, the ratio is Latchkey ÷ bare. “µs of CPU” is the server's \
         processor time a request, its writing of uses included. Before the rounds the keys were presented once, as the \
         table of memory says, so that their records are held (with a million keys, LATCHKEY_CACHED_KEYS is above that). “Core busy” is the server's own: where it is well below \
         100 %, the load was the limit, or another program was at work. Memory is what is resident after the rounds.",
        effort.rounds, effort.seconds
    ));
    let mut memory = Memory::begin(program, cores, report).await?;
    for keys in SIZES {
        eprintln!("data plane: {} keys", number(f64::from(keys), 0));
        one_size(program, cores, effort, keys, &mut section, &mut memory, report).await?;
    }
    report.add(section);
    report.add(memory.told());
    Ok(())
}

async fn one_size(
    program: &Path,
    cores: Option<Cores>,
    effort: Effort,
    keys: u32,
    section: &mut Section,
    memory: &mut Memory,
    report: &mut Report,
) -> Outcome<()> {
    let database = Database::fresh(Engine::Sqlite).await?;
    let begun = Instant::now();
    let seeded = seed(&database, &[Wanted { slug: "bench", keys, lived_in: false }]).await?;
    eprintln!("seeded in {:.1} s", begun.elapsed().as_secs_f64());
    let file = database.folder().join("keys");
    fs::write(&file, seeded.keys.concat().join("\n"))?;
    let gateway = seeded.keys.concat().into_iter().next().ok_or("no keys")?;

    let mut bare = pinned(cores.map(|cores| cores.server), env::current_exe()?);
    bare.arg("bare").arg(&file);
    let pair = Pair {
        latchkey: latchkey::serve_with(program, &database, cores, &settings(keys), "server.log").await?,
        bare: Server::start(bare, &database.folder().join("bare.log")).await?,
        load: Load::prepare(database.folder(), &file, &gateway, cores)?,
        keys,
    };
    for server in [&pair.latchkey, &pair.bare] {
        probe::ask(&server.url, Surface::Me, Case::Good, &gateway, &gateway).await?;
    }
    memory.fill(&pair.latchkey, &seeded.keys.concat(), report).await?;
    let mut sent = f64::from(keys);
    let surfaces: &[Surface] =
        if keys == THOROUGH { &[Surface::Me, Surface::ForwardAuth, Surface::Verify] } else { &[Surface::Me] };
    for surface in surfaces.iter().copied() {
        sent += pair.surface(surface, effort, section).await?;
    }
    pair.latchkey.settle().await?;
    let mut connection = database.connect().await?;
    let (written,): (i64,) = either!(&mut connection, on =>
        sqlx::query_as("SELECT COUNT(*) FROM usage_events").fetch_one(on).await)?;
    section.add(format!(
        "With {} keys: {} uses of a key under load, of which {} % stand in the usage log (more than its \
         budget of {} a second is counted and not listed, by design).",
        number(f64::from(keys), 0),
        number(sent, 0),
        // What was under way when a round ended was used and not counted.
        number((f64::from(u32::try_from(written)?) / sent * 100.0).min(100.0), 1),
        number(f64::from(server::USAGE_EVENTS_PER_SECOND), 0),
    ));
    for (said, count) in pair.latchkey.complaints() {
        section.add(format!("Its log complained {count} ×: “{said}”"));
    }
    Ok(())
}

/// Room for more keys than it has by itself, where there are more.
fn settings(keys: u32) -> Vec<(&'static str, String)> {
    if keys < VAST { Vec::new() } else { vec![("LATCHKEY_CACHED_KEYS", (keys + keys / 10).to_string())] }
}

impl Pair {
    /// All rounds of one surface; answers how often Latchkey was shown a key.
    async fn surface(&self, surface: Surface, effort: Effort, section: &mut Section) -> Outcome<f64> {
        let turn = |server| Turn { server, load: &self.load, surface, case: Case::Good };
        let all = by_turns(&[turn(&self.latchkey), turn(&self.bare)], effort).await?;
        let [ours, theirs] = all.as_slice() else { return Ok(0.0) };
        let keys = number(f64::from(self.keys), 0);
        section.row(&row(ours, surface.name(), &keys, "Latchkey"));
        section.row(&row(theirs, "", "", "bare"));
        section.row(&[
            String::new(),
            String::new(),
            "ratio".into(),
            ratio(ours.per_second(), theirs.per_second()),
            String::new(),
            ratio(ours.p50(), theirs.p50()),
            ratio(ours.p99(), theirs.p99()),
            ratio(ours.cost(), theirs.cost()),
            String::new(),
            ratio(ours.memory, theirs.memory),
        ]);
        Ok(ours.requests * surface.uses(Case::Good))
    }
}

fn row(rounds: &Rounds, request: &str, keys: &str, server: &str) -> [String; 10] {
    let [speed, span, p50, p99, cost, busy] = rounds.figures();
    let memory = number(rounds.memory, 0);
    [request.into(), keys.into(), server.into(), speed, span, p50, p99, cost, busy, memory]
}
