//! The data plane under load: Latchkey on SQLite and the bare server by turns, with 1,000 and with 100,000 keys. Each round
//! begins when both are idle; the median of the rounds is told.

use crate::{
    Effort, Outcome, client,
    cores::{Cores, pinned},
    database::{Database, Engine, either},
    latchkey,
    load::{CONNECTIONS, Load, Round, Surface},
    memory::Memory,
    process::Server,
    report::{Report, Section, median, number, ratio},
    seed::{Wanted, seed},
};
use reqwest::Client;
use std::{env, fs, path::Path, time::Instant};

const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];
/// With as many keys only one surface is measured.
const VAST: u32 = 1_000_000;

/// The two servers side by side.
struct Pair {
    latchkey: Server,
    bare: Server,
    load: Load,
    keys: u32,
}

/// The rounds of one server, with the processor time and the memory that they took.
#[derive(Default)]
struct Rounds {
    measured: Vec<Round>,
    busy: Vec<f64>,
    /// Microseconds of processor time a request.
    cost: Vec<f64>,
    memory: f64,
}

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, effort: Effort, report: &mut Report) -> Outcome<()> {
    let mut section = Section::new(
        "Data plane",
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
        "`latchkey serve` on SQLite, its log written to a file at the usual level, beside a bare axum server that reads the \
         header, takes the key apart, hashes its secret with SHA-256 and looks it up in a map in memory. wrk keeps \
         {CONNECTIONS} connections open, each with one request under way; every request carries a key chosen at random among \
         all. {} rounds of {} s on each server, by turns, each begun when both were idle: the median of every column, the \
         ratio is Latchkey ÷ bare. Before the rounds the keys were presented once, as the table of memory says, \
         so that their records are held (with a million keys, LATCHKEY_CACHED_KEYS is above that). “µs of CPU” is the server's processor time a request, its writing of uses included. An unknown id and a \
         bad checksum are to be refused; for the latter the bare server answers 401 without a look. “Core busy” is the server's own: where it is well below 100 %, the load was the limit, or another \
         program was at work. Memory is what is resident after the rounds.",
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
        check(&client::http()?, server, &gateway).await?;
    }
    memory.fill(&pair.latchkey, &seeded.keys.concat(), report).await?;
    let mut sent = f64::from(keys);
    let surfaces = [Surface::Me, Surface::ForwardAuth, Surface::Verify, Surface::Unknown, Surface::Junk];
    for surface in surfaces.into_iter().take(if keys < VAST { surfaces.len() } else { 1 }) {
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
        let (mut ours, mut theirs) = (Rounds::default(), Rounds::default());
        let mut uses = 0.0;
        for server in [&self.latchkey, &self.bare] {
            let warm = self.load.run(&server.url, self.is_bare(server), surface, 1, 0).await?;
            uses += if server.url == self.latchkey.url { warm.requests * surface.uses() } else { 0.0 };
        }
        for round in 1..=effort.rounds {
            let turns = [(&self.latchkey, &mut ours), (&self.bare, &mut theirs)];
            for (server, rounds) in turns {
                self.latchkey.settle().await?;
                self.bare.settle().await?;
                let before = server.processor()?;
                let bare = self.is_bare(server);
                let measured = self.load.run(&server.url, bare, surface, effort.seconds, round).await?;
                let took = server.processor()? - before;
                rounds.busy.push(took / measured.seconds);
                rounds.cost.push(took / measured.requests * 1e6);
                rounds.measured.push(measured);
                rounds.memory = server.memory()?;
            }
        }
        uses += ours.measured.iter().map(|round| round.requests).sum::<f64>() * surface.uses();
        self.tell(surface, &ours, &theirs, section);
        Ok(uses)
    }

    fn is_bare(&self, server: &Server) -> bool {
        server.url == self.bare.url
    }

    fn tell(&self, surface: Surface, ours: &Rounds, theirs: &Rounds, section: &mut Section) {
        let keys = number(f64::from(self.keys), 0);
        section.row(&ours.row(surface.name(), &keys, "Latchkey"));
        section.row(&theirs.row("", "", "bare"));
        section.row(&[
            String::new(),
            String::new(),
            "ratio".into(),
            ratio(ours.of(|round| round.per_second), theirs.of(|round| round.per_second)),
            String::new(),
            ratio(ours.of(|round| round.p50), theirs.of(|round| round.p50)),
            ratio(ours.of(|round| round.p99), theirs.of(|round| round.p99)),
            ratio(median(ours.cost.clone()), median(theirs.cost.clone())),
            String::new(),
            ratio(ours.memory, theirs.memory),
        ]);
    }
}

impl Rounds {
    fn of(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        median(self.measured.iter().map(figure).collect())
    }

    fn row(&self, request: &str, keys: &str, server: &str) -> [String; 10] {
        let speeds = || self.measured.iter().map(|round| round.per_second);
        let (lowest, highest) = (speeds().fold(f64::MAX, f64::min), speeds().fold(0.0, f64::max));
        [
            request.into(),
            keys.into(),
            server.into(),
            number(self.of(|round| round.per_second), 0),
            format!("{}–{}", number(lowest, 0), number(highest, 0)),
            number(self.of(|round| round.p50), 2),
            number(self.of(|round| round.p99), 2),
            number(median(self.cost.clone()), 1),
            format!("{} %", number(median(self.busy.clone()) * 100.0, 0)),
            number(self.memory, 0),
        ]
    }
}

/// Both surfaces answer rightly before they are loaded: a fast refusal is no achievement.
async fn check(http: &Client, server: &Server, key: &str) -> Outcome<()> {
    let me = http.get(format!("{}/api/me", server.url)).bearer_auth(key).send().await?;
    me.error_for_status()?;
    let body = serde_json::json!({"key": key});
    let verify = http.post(format!("{}/api/v1/verify", server.url)).bearer_auth(key).json(&body).send().await?;
    let answer: serde_json::Value = verify.error_for_status()?.json().await?;
    if answer["valid"] != true {
        return Err(format!("{} takes a good key for a bad one", server.url).into());
    }
    Ok(())
}
