//! The usage page with 50 and with 10,000 keys that were used every day, on each engine: both workspaces in one database, asked
//! for by turns by one signed-in person.

use crate::{
    Outcome,
    client::Browser,
    cores::Cores,
    database::{Database, Engine, either},
    engines::on_each,
    latchkey,
    report::{Report, Section, number, ratio},
    rows,
    seed::{Wanted, seed},
    times::{HEADS, Times, by_turns},
};
use domain::time::DAY;
use server::{Clock, usage::MOST_DAYS};
use sqlx::Connection;
use std::{path::Path, time::Duration};

const PLACES: [Wanted; 2] =
    [Wanted { slug: "few", keys: 50, lived_in: true }, Wanted { slug: "many", keys: 10_000, lived_in: true }];
/// What each page may be asked for altogether.
const MOST_TIME: Duration = Duration::from_secs(3);

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, times: u32, report: &mut Report) -> Outcome<()> {
    let mut section = Section::new("Usage page", HEADS);
    section.say(format!(
        "`GET /w/{{workspace}}/usage` by a signed-in administrator, {times} times each or for {} seconds, by turns; two \
         workspaces of one database, each of whose keys was used on each of the last {MOST_DAYS} days, a fourth of them for a \
         model. What a key came to on a day is a row that is kept; the page sums them up by day, key, environment, model and member, \
         and shows at most 50 of each and one line for the others. So the larger workspace has 200 × as many rows to be summed \
         up, and about as many to be shown.",
        MOST_TIME.as_secs()
    ));
    on_each("usage page", &mut section, async |engine, database, section| {
        one_engine(engine, database, (program, cores), times, section).await
    })
    .await?;
    report.add(section);
    Ok(())
}

async fn one_engine(
    engine: Engine,
    database: &Database,
    (program, cores): (&Path, Option<Cores>),
    times: u32,
    section: &mut Section,
) -> Outcome<()> {
    let seeded = seed(database, &PLACES).await?;
    let now = Clock::system().now();
    let mut connection = database.connect().await?;
    for place in PLACES {
        rows::days(&mut connection, place.slug, u32::try_from(MOST_DAYS)?, now).await?;
    }
    rows::settle(&mut connection).await?;
    either!(connection, on => on.close().await)?;
    let server = latchkey::serve(program, database, cores).await?;
    let browser = Browser::sign_in(&server, &seeded.password).await?;
    let longest = format!("?from={}&to={}", now.plus(-(MOST_DAYS - 1) * DAY).day(), now.day());
    let views = [
        ("30 days, as it opens".to_owned(), String::new()),
        (format!("{MOST_DAYS} days, the most"), longest.clone()),
        (format!("{MOST_DAYS} days of one key"), format!("{longest}&key=000042")),
    ];
    for (at, (view, query)) in views.iter().enumerate() {
        let paths = PLACES.map(|place| format!("/w/{}/usage{query}", place.slug));
        let measured = by_turns(paths.each_ref().map(|path| (&browser, path.as_str())), times, MOST_TIME).await?;
        let [few, many] = measured.each_ref().map(Times::median);
        let engine = engine.name();
        section.row(&measured[0].row(if at == 0 { engine } else { "" }, view, PLACES[0].keys, String::new()));
        section.row(&measured[1].row("", "", PLACES[1].keys, ratio(many, few)));
        section.add(format!(
            "{engine}, {view}: with 10,000 keys {} × the time of the page with 50 ({} and {} ms).",
            number(many / few, 2),
            number(many, 2),
            number(few, 2)
        ));
    }
    for (said, count) in server.complaints() {
        section.add(format!("The log complained {count} ×: “{said}”"));
    }
    server.stop().await
}
