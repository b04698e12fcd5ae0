//! The log of requests: its page with a thousand and with a million of them, on each engine, and what verifying keeps of its
//! speed while old ones are deleted.

mod forgetting;

use crate::{
    Outcome,
    client::Browser,
    cores::Cores,
    database::{AnyConnection, Database, Engine, either},
    engines::on_each,
    latchkey,
    report::{Report, Section, number, ratio},
    rows,
    seed::{Wanted, seed},
    times::{MOST, by_turns},
};
use server::Clock;
use sqlx::Connection;
use std::{path::Path, time::Duration};

const PLACES: [Wanted; 2] =
    [Wanted { slug: "few", keys: 50, lived_in: true }, Wanted { slug: "many", keys: 50, lived_in: true }];
const SIZES: [u32; 2] = [1_000, 1_000_000];
/// What each page may be asked for altogether.
const MOST_TIME: Duration = Duration::from_secs(3);
/// The page as it opens, in its middle, and as its filters change it.
const VIEWS: [(&str, &str); 5] = [
    ("as it opens", ""),
    ("in the middle", "after="),
    ("refused", "answer=refused"),
    ("one model", "model=gpt-4.1"),
    ("no such model", "model=none"),
];

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, times: u32, report: &mut Report) -> Outcome<()> {
    let mut section = Section::new(
        "Log of requests with a thousand and with a million",
        ["engine", "page", "rows of 1,000", "median ms", "p95 ms", "rows of 1,000,000", "median ms", "p95 ms", "ratio"],
    );
    section.say(format!(
        "`GET /w/{{workspace}}/logs` by a signed-in administrator, {times} times each or for {} seconds, by turns; two workspaces \
         of one database with 50 keys each. A page has at most 50 requests; one that is narrowed looks through a bounded \
         stretch of the log and says how far it looked.",
        MOST_TIME.as_secs()
    ));
    on_each("log of requests", &mut section, async |engine, database, section| {
        one_engine(engine, database, (program, cores), times, section, report).await
    })
    .await?;
    report.add(section);
    forgetting::measure(program, cores, report).await
}

async fn one_engine(
    engine: Engine,
    database: &Database,
    (program, cores): (&Path, Option<Cores>),
    times: u32,
    section: &mut Section,
    report: &mut Report,
) -> Outcome<()> {
    let seeded = seed(database, &PLACES).await?;
    let mut connection = database.connect().await?;
    let mut middles = Vec::new();
    for (place, size) in PLACES.iter().zip(SIZES) {
        rows::uses(&mut connection, place.slug, size, Clock::system().now()).await?;
        middles.push(middle(&mut connection, place.slug, size).await?);
    }
    rows::settle(&mut connection).await?;
    either!(connection, on => on.close().await)?;
    let server = latchkey::serve(program, database, cores).await?;
    let browser = Browser::sign_in(&server, &seeded.password).await?;
    let mut most = (0.0, String::new());
    for (at, (view, query)) in VIEWS.iter().enumerate() {
        let path = |place: usize| {
            let after = if query.ends_with('=') { middles[place].as_str() } else { "" };
            format!("/w/{}/logs?{query}{after}", PLACES[place].slug)
        };
        let paths = [path(0), path(1)];
        let [few, many] = by_turns(paths.each_ref().map(|path| (&browser, path.as_str())), times, MOST_TIME).await?;
        let factor = many.median() / few.median();
        if factor > most.0 {
            most = (
                factor,
                format!(
                    "{} × ({}: {} and {} ms)",
                    number(factor, 2),
                    view,
                    number(many.median(), 2),
                    number(few.median(), 2)
                ),
            );
        }
        let engine = if at == 0 { engine.name() } else { "" };
        let ([few_median, few_p95], [many_median, many_p95]) = (few.milliseconds(), many.milliseconds());
        section.row(&[
            engine.into(),
            (*view).into(),
            few.rows(),
            few_median,
            few_p95,
            many.rows(),
            many_median,
            many_p95,
            ratio(many.median(), few.median()),
        ]);
    }
    let what = format!("log of a million requests, beside one of a thousand, on {}", engine.name());
    report.reach(&what, &format!("<= {MOST} ×"), most.1, most.0 <= MOST);
    for (said, count) in server.complaints() {
        section.add(format!("The log complained {count} ×: “{said}”"));
    }
    server.stop().await
}

/// Where the page in the middle begins, as its address says it.
async fn middle(connection: &mut AnyConnection, slug: &str, size: u32) -> Outcome<String> {
    let sql = "SELECT CAST(e.at AS TEXT) || '.' || CAST(e.id AS TEXT) FROM usage_events e
         JOIN workspaces w ON w.id = e.workspace_id WHERE w.slug = $1 ORDER BY e.at DESC, e.id DESC LIMIT 1 OFFSET $2";
    let (cursor,): (String,) = either!(connection, on => {
        sqlx::query_as(sql).bind(slug).bind(i64::from(size / 2)).fetch_one(on).await?
    });
    Ok(cursor)
}
