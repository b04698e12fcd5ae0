//! Latchkey beside what else one could put there, with 1,000 keys: each surface, with keys that are good, not in memory, unknown
//! and mistyped. All servers run at once and are asked by turns.

use crate::{
    Effort, Outcome,
    contenders::{Contender, Keys},
    cores::Cores,
    database::Engine,
    load::{CONNECTIONS, Case, Surface},
    report::{Report, Section, number, ratio},
    turns::{Rounds, Turn, by_turns},
};
use reqwest::Client;
use std::path::Path;

const KEYS: u32 = 1_000;
/// Requests a second of the bare server that Latchkey reaches at least.
const LEAST_SPEED: f64 = 0.85;
/// p99 and processor time a request, in times of the bare server's, at most.
const MOST_COST: f64 = 1.3;
/// Refusals a second of the bare server's static ones, at least.
const LEAST_REFUSALS: f64 = 0.9;
/// Requests a second in times of better-auth's, at least.
const LEAST_BETTER_AUTH: f64 = 50.0;

const LATCHKEY: &str = "Latchkey";
const MISSES: &str = "Latchkey, not in memory";
const BARE: &str = "bare, map";
const BARE_SQLITE: &str = "bare, SQLite";
const BARE_POSTGRES: &str = "bare, PostgreSQL";
const NGINX: &str = "nginx, map";
const BETTER_AUTH: &str = "better-auth";

/// One comparison: what is asked, and whom, in the order of the table. The first is Latchkey, and ratios are to the second.
struct Row {
    surface: Surface,
    case: Case,
    said: &'static str,
    who: &'static [&'static str],
}

const ROWS: [Row; 9] = [
    Row {
        surface: Surface::Me,
        case: Case::Good,
        said: "good",
        who: &[LATCHKEY, BARE, MISSES, BARE_SQLITE, BARE_POSTGRES, NGINX, BETTER_AUTH],
    },
    Row {
        surface: Surface::ForwardAuth,
        case: Case::Good,
        said: "good",
        who: &[LATCHKEY, BARE, MISSES, BARE_SQLITE, BARE_POSTGRES, NGINX],
    },
    Row {
        surface: Surface::Verify,
        case: Case::Good,
        said: "good",
        who: &[LATCHKEY, BARE, MISSES, BARE_SQLITE, BARE_POSTGRES, BETTER_AUTH],
    },
    Row { surface: Surface::Me, case: Case::Unknown, said: "unknown id", who: &[LATCHKEY, BARE] },
    Row { surface: Surface::ForwardAuth, case: Case::Unknown, said: "unknown id", who: &[LATCHKEY, BARE] },
    Row { surface: Surface::Verify, case: Case::Unknown, said: "unknown id", who: &[LATCHKEY, BARE] },
    Row { surface: Surface::Me, case: Case::Junk, said: "bad checksum", who: &[LATCHKEY, BARE] },
    Row { surface: Surface::ForwardAuth, case: Case::Junk, said: "bad checksum", who: &[LATCHKEY, BARE] },
    Row { surface: Surface::Verify, case: Case::Junk, said: "bad checksum", who: &[LATCHKEY, BARE] },
];

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, effort: Effort, report: &mut Report) -> Outcome<()> {
    let mut section = Section::new(
        "Beside other servers",
        [
            "request",
            "key",
            "server",
            "requests/s",
            "lowest–highest",
            "p50 ms",
            "p99 ms",
            "µs of CPU",
            "core busy",
            "× bare",
        ],
    );
    say(&mut section, effort);
    let mut contenders = Vec::new();
    let done = async {
        start(program, cores, &mut contenders, &mut section).await?;
        for row in &ROWS {
            one_row(row, &contenders, effort, &mut section, report).await?;
        }
        sizes(&contenders, &mut section).await?;
        misses(&contenders, &mut section).await
    };
    let done: Outcome<()> = done.await;
    // Their databases are dropped whatever came of it.
    for contender in contenders {
        contender.remove().await?;
    }
    done?;
    report.add(section);
    Ok(())
}

fn say(section: &mut Section, effort: Effort) {
    section.say(format!(
        "Each server is one process on the same core, with {} keys; wrk keeps {CONNECTIONS} connections open from another core, \
         each with one request under way, and every request carries a key chosen at random. {} rounds of {} s, by turns, each \
         begun when the server before was idle again: the median of every column. “µs of CPU” is the server process's \
         processor time a request, whatever it does besides: Latchkey counts every use of a key and writes it into its \
         database, the bare server and nginx write nothing.",
        number(f64::from(KEYS), 0),
        effort.rounds,
        effort.seconds
    ));
    section.say(
        "**Latchkey** is `latchkey serve` on SQLite as it comes, its log in a file at the usual level, and all keys' records in \
         memory. **Latchkey, not in memory** is another one with `LATCHKEY_CACHED_KEYS=1` and a database of its own: nearly \
         every key asked about is read from SQLite; a gateway key, which comes with every request, stays in memory (below \
         stands how many look-ups went to the database). **bare** is an axum server with a router and nothing else. It \
         reads the same headers (and for the verify call the same body), takes each key apart, hashes its secret with SHA-256 \
         and looks the hash up: in a map in memory, or with one `SELECT` by primary key in a table of its own through sqlx, \
         on SQLite (WAL) or PostgreSQL, whose own processes are neither pinned nor counted. For forward auth it does \
         that with two keys, as Latchkey does with a gateway key, and for the verify call too. Its answers have \
         Latchkey's status and the same fields; Latchkey's have some headers more, which it leaves out (request id, \
         security; sizes below). It judges neither expiry, owner, plan, addresses nor rate, and records nothing. A key with a bad \
         checksum at `GET /api/me` stands beside the bare server's `GET /static`, which answers the same 401 without looking at \
         the request; in all other rows the bare server does its look-up. **nginx** is one process with the keys in the clear \
         in a `map` and the answers in its configuration: it compares, and hashes nothing."
            .into(),
    );
    section.say(
        "**better-auth** is its API-key plugin on SQLite (better-sqlite3, WAL) with ten keys made through its API, its own rate \
         limit off and else as it comes, behind Node's HTTP server: one process. Either request calls `verifyApiKey` with one \
         key; it reads the key and writes its last use before it answers. For the verify call it does not ask who asks, so \
         Latchkey does twice as much there."
            .into(),
    );
}

async fn start(
    program: &Path,
    cores: Option<Cores>,
    contenders: &mut Vec<Contender>,
    section: &mut Section,
) -> Outcome<()> {
    eprintln!("beside other servers: starting them");
    let latchkey = Contender::latchkey(LATCHKEY, program, cores, KEYS, &[]).await?;
    let (file, gateway) = (latchkey.keys().to_owned(), latchkey.key.clone());
    contenders.push(latchkey);
    let one = [("LATCHKEY_CACHED_KEYS", "1".to_owned())];
    contenders.push(Contender::latchkey(MISSES, program, cores, KEYS, &one).await?);
    let keys = Keys { file: &file, gateway: &gateway, cores };
    contenders.push(Contender::bare(BARE, &keys, None).await?);
    contenders.push(Contender::bare(BARE_SQLITE, &keys, Some(Engine::Sqlite)).await?);
    if Engine::Postgres.is_here() {
        contenders.push(Contender::bare(BARE_POSTGRES, &keys, Some(Engine::Postgres)).await?);
    } else {
        section.add(Engine::Postgres.left_out());
    }
    match Contender::nginx(NGINX, &keys).await? {
        Some(nginx) => contenders.push(nginx),
        None => section.add("nginx was left out: it is not installed here (`make bench` installs it).".into()),
    }
    match Contender::better_auth(BETTER_AUTH, cores).await? {
        Some(better_auth) => contenders.push(better_auth),
        None => section.add("better-auth was left out: it is not installed here (`make bench` installs it).".into()),
    }
    Ok(())
}

async fn one_row(
    row: &Row,
    contenders: &[Contender],
    effort: Effort,
    section: &mut Section,
    report: &mut Report,
) -> Outcome<()> {
    let Row { surface, case, said, who } = row;
    eprintln!("beside other servers: {}, {said}", surface.name());
    let mut turns = Vec::new();
    for name in *who {
        let Some(contender) = contenders.iter().find(|contender| contender.name == *name) else { continue };
        let case = case_for(name, *surface, *case);
        contender.answer(*surface, case).await?;
        turns.push((*name, Turn { server: &contender.server, load: &contender.load, surface: *surface, case }));
    }
    let (names, turns): (Vec<&str>, Vec<Turn<'_>>) = turns.into_iter().unzip();
    let all = by_turns(&turns, effort).await?;
    let of = |name: &str| names.iter().position(|other| *other == name).map(|at| &all[at]);
    let Some(bare) = of(BARE) else { return Ok(()) };
    for (at, (name, rounds)) in names.iter().zip(&all).enumerate() {
        let (request, key) = if at == 0 { (surface.name(), *said) } else { ("", "") };
        let name = if turns[at].case == Case::Static { "bare, static" } else { name };
        let [speed, span, p50, p99, cost, busy] = rounds.figures();
        let times = ratio(rounds.per_second(), bare.per_second());
        section.row(&[request.into(), key.into(), name.into(), speed, span, p50, p99, cost, busy, times]);
    }
    if let Some(ours) = of(LATCHKEY) {
        reach(row, ours, bare, of(BETTER_AUTH), report);
    }
    Ok(())
}

/// The bare server is not asked to look at junk: refusing without a look is the least that a server can do.
fn case_for(name: &str, surface: Surface, case: Case) -> Case {
    if name == BARE && surface == Surface::Me && case == Case::Junk { Case::Static } else { case }
}

/// Holds a row against what it must reach.
fn reach(row: &Row, ours: &Rounds, bare: &Rounds, better_auth: Option<&Rounds>, report: &mut Report) {
    let name = row.surface.name();
    match (row.surface, row.case) {
        (Surface::Me | Surface::ForwardAuth, Case::Good) => {
            at_least(
                report,
                &format!("{name}, requests/s beside the bare map server"),
                LEAST_SPEED,
                [ours.per_second(), bare.per_second()],
            );
            at_most(report, &format!("{name}, p99 beside it, ms"), [ours.p99(), bare.p99()]);
            at_most(report, &format!("{name}, CPU a request beside it, µs"), [ours.cost(), bare.cost()]);
        }
        (Surface::Me, Case::Junk) => {
            let what = "bad checksum, requests/s beside the bare server's static answer";
            at_least(report, what, LEAST_REFUSALS, [ours.per_second(), bare.per_second()]);
        }
        _ => {}
    }
    if row.case != Case::Good || row.surface == Surface::ForwardAuth {
        return;
    }
    let what = format!("{name}, requests/s beside better-auth");
    match better_auth {
        Some(theirs) => at_least(report, &what, LEAST_BETTER_AUTH, [ours.per_second(), theirs.per_second()]),
        None => report.reach(&what, "≥ 50 ×", "not measured: it is not installed".into(), false),
    }
}

/// Holds a rate against so many times another one.
pub fn at_least(report: &mut Report, what: &str, least: f64, [ours, theirs]: [f64; 2]) {
    let measured = format!("{} × ({} : {})", ratio(ours, theirs), number(ours, 0), number(theirs, 0));
    report.reach(what, &format!("≥ {least} ×"), measured, theirs > 0.0 && ours / theirs >= least);
}

fn at_most(report: &mut Report, what: &str, [ours, theirs]: [f64; 2]) {
    let measured = format!("{} × ({} : {})", ratio(ours, theirs), number(ours, 2), number(theirs, 2));
    report.reach(what, &format!("≤ {MOST_COST} ×"), measured, theirs > 0.0 && ours / theirs <= MOST_COST);
}

/// The bytes of the answers that are compared.
async fn sizes(contenders: &[Contender], section: &mut Section) -> Outcome<()> {
    for row in &ROWS {
        let mut said = Vec::new();
        for name in row.who.iter().filter(|name| ![MISSES, BARE_SQLITE, BARE_POSTGRES].contains(name)) {
            if let Some(contender) = contenders.iter().find(|contender| contender.name == *name) {
                let size = contender.answer(row.surface, case_for(name, row.surface, row.case)).await?;
                said.push(format!("{name} {size}"));
            }
        }
        section.add(format!(
            "Bytes of the answer, head + body: {}, {}: {}.",
            row.surface.name(),
            row.said,
            said.join("; ")
        ));
    }
    Ok(())
}

/// How many look-ups of the Latchkey without memory went to its database, by its own metrics.
async fn misses(contenders: &[Contender], section: &mut Section) -> Outcome<()> {
    for name in [LATCHKEY, MISSES] {
        let Some(contender) = contenders.iter().find(|contender| contender.name == name) else { continue };
        let http: Client = crate::client::http()?;
        let metrics = http.get(format!("{}/metrics", contender.server.url)).send().await?.error_for_status()?;
        let text = metrics.text().await?;
        let share = from_database(&text).ok_or("the metrics do not tell where records came from")?;
        section
            .add(format!("{name}: {} % of its look-ups went to the database (its metrics).", number(share * 100.0, 2)));
        for (said, count) in contender.server.complaints() {
            section.add(format!("{name}: its log complained {count} ×: “{said}”"));
        }
    }
    Ok(())
}

/// The share of look-ups that the database answered.
fn from_database(metrics: &str) -> Option<f64> {
    let of = |from: &str| {
        let begin = format!("latchkey_record_lookups_total{{from=\"{from}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(begin.as_str()))?.trim().parse::<f64>().ok()
    };
    let (memory, database) = (of("memory")?, of("database")?);
    Some(database / (memory + database).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_misses() {
        let metrics = "# HELP latchkey_record_lookups_total Keys\n\
                       latchkey_record_lookups_total{from=\"memory\"} 30\n\
                       latchkey_record_lookups_total{from=\"database\"} 10\n";
        assert_eq!(from_database(metrics).map(|share| number(share, 2)).as_deref(), Some("0.25"));
        assert_eq!(from_database("latchkey_up 1\n"), None);
    }

    #[test]
    fn rows_are_held_against_their_targets() {
        let mut report = Report::begin(Vec::new());
        at_least(&mut report, "fast", 0.85, [850.0, 1_000.0]);
        at_least(&mut report, "slow", 0.85, [849.0, 1_000.0]);
        at_most(&mut report, "cheap", [1.3, 1.0]);
        at_most(&mut report, "dear", [1.31, 1.0]);
        at_most(&mut report, "nothing measured", [0.0, 0.0]);
        let text = report.markdown();
        for row in [
            "| fast | ≥ 0.85 × | 0.85 × (850 : 1,000) | yes |",
            "| slow | ≥ 0.85 × | 0.85 × (849 : 1,000) | NO |",
            "| cheap | ≤ 1.3 × | 1.30 × (1.30 : 1.00) | yes |",
            "| dear | ≤ 1.3 × | 1.31 × (1.31 : 1.00) | NO |",
        ] {
            assert!(text.contains(row), "{text}");
        }
        assert!(text.contains("| nothing measured | ≤ 1.3 × |") && text.contains("| NO |"), "{text}");
    }

    #[test]
    fn only_the_bare_server_answers_junk_without_a_look() {
        assert_eq!(case_for(BARE, Surface::Me, Case::Junk), Case::Static);
        assert_eq!(case_for(LATCHKEY, Surface::Me, Case::Junk), Case::Junk);
        assert_eq!(case_for(BARE, Surface::Verify, Case::Junk), Case::Junk);
    }
}
