//! Verifying while the log forgets: requests a second with a key before old requests are deleted, and meanwhile.

use crate::{
    Outcome,
    cores::Cores,
    database::{AnyConnection, Database, Engine, either},
    engines::on_each,
    latchkey,
    load::{Case, Load, Round, Surface},
    report::{Report, Section, median, number, ratio},
    rows,
    seed::{Wanted, seed},
};
use domain::time::DAY;
use server::Clock;
use sqlx::Connection;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;

const KEYS: u32 = 1_000;
/// Requests that are to be deleted: enough for as long as it is looked at.
const OLD: u32 = 300_000;
/// Rounds before and meanwhile, and their seconds. Those before fit into the ten seconds after the start in which nothing is
/// deleted yet.
const ROUNDS: u32 = 3;
const SECONDS: u32 = 2;
/// What verifying keeps of its speed at least.
const LEAST: f64 = 0.8;
/// The longest that the first deletion is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, report: &mut Report) -> Outcome<()> {
    let heads = ["engine", "", "requests/s", "p50 ms", "p99 ms", "× before"];
    let mut section = Section::new("Verifying while old requests are deleted", heads);
    section.say(format!(
        "`GET /api/me` with {KEYS} keys, as fast as it is answered, on an installation whose log has {} requests that are \
         older than it keeps them: {ROUNDS} rounds of {SECONDS} s before the first of them are deleted (ten seconds after the \
         start), and as many while that goes on; the medians.",
        number(f64::from(OLD), 0),
    ));
    on_each("verifying while the log forgets", &mut section, async |engine, database, section| {
        one_engine(engine, database, (program, cores), section, report).await
    })
    .await?;
    report.add(section);
    Ok(())
}

async fn one_engine(
    engine: Engine,
    database: &Database,
    (program, cores): (&Path, Option<Cores>),
    section: &mut Section,
    report: &mut Report,
) -> Outcome<()> {
    let seeded = seed(database, &[Wanted { slug: "bench", keys: KEYS, lived_in: false }]).await?;
    let keys = seeded.keys.concat();
    let mut connection = database.connect().await?;
    let long_ago = Clock::system().now().plus(-100 * DAY);
    rows::uses(&mut connection, "bench", OLD, long_ago).await?;
    rows::settle(&mut connection).await?;
    let file = database.folder().join("keys");
    fs::write(&file, keys.join("\n"))?;
    let load = Load::prepare(database.folder(), &file, keys.first().ok_or("no keys")?, cores)?;
    let server = latchkey::serve(program, database, cores).await?;
    let rounds = async |rounds: &mut Vec<Round>| -> Outcome<()> {
        for seed in 0..ROUNDS {
            rounds.push(load.run(&server.url, Surface::Me, Case::Good, SECONDS, seed).await?);
        }
        Ok(())
    };
    load.run(&server.url, Surface::Me, Case::Good, 1, 0).await?;
    let (mut before, mut meanwhile) = (Vec::new(), Vec::new());
    rounds(&mut before).await?;
    if old(&mut connection, long_ago.0).await? < i64::from(OLD) {
        return Err("old requests were deleted before that was to be measured".into());
    }
    let begun = Instant::now();
    while old(&mut connection, long_ago.0).await? == i64::from(OLD) {
        if begun.elapsed() > PATIENCE {
            return Err("no old request is deleted".into());
        }
        sleep(Duration::from_millis(100)).await;
    }
    rounds(&mut meanwhile).await?;
    let left = old(&mut connection, long_ago.0).await?;
    if left == 0 {
        return Err("all old requests were deleted before that was measured".into());
    }
    either!(connection, on => on.close().await)?;
    let speed = |rounds: &[Round]| median(rounds.iter().map(|round| round.per_second).collect());
    for (at, measured) in [&before, &meanwhile].into_iter().enumerate() {
        let figure = |figure: fn(&Round) -> f64| number(median(measured.iter().map(figure).collect()), 2);
        section.row(&[
            if at == 0 { engine.name().into() } else { String::new() },
            ["before", "meanwhile"][at].into(),
            number(speed(measured), 0),
            figure(|round| round.p50),
            figure(|round| round.p99),
            if at == 0 { String::new() } else { ratio(speed(measured), speed(&before)) },
        ]);
    }
    section.add(format!("{}: {} of them were deleted by the end.", engine.name(), i64::from(OLD) - left));
    let (meanwhile, before) = (speed(&meanwhile), speed(&before));
    report.reach(
        &format!("GET /api/me while old requests are deleted, requests/s beside without, on {}", engine.name()),
        &format!("≥ {LEAST} ×"),
        format!("{} × ({} : {})", ratio(meanwhile, before), number(meanwhile, 0), number(before, 0)),
        meanwhile / before >= LEAST,
    );
    for (said, count) in server.complaints() {
        section.add(format!("The log complained {count} ×: “{said}”"));
    }
    server.stop().await
}

/// How many of the requests that are older than kept are there.
async fn old(connection: &mut AnyConnection, before: i64) -> Outcome<i64> {
    let sql = "SELECT COUNT(*) FROM usage_events WHERE at <= $1";
    let (count,): (i64,) = either!(connection, on => sqlx::query_as(sql).bind(before).fetch_one(on).await?);
    Ok(count)
}
