//! Every list of the console with 100 and with 100,000 rows, on each engine: two installations side by side, asked for by
//! turns by their administrator, the list's first page and one in its middle.

mod lists;

use crate::{
    Outcome,
    client::Browser,
    cores::Cores,
    database::{Database, Engine, either},
    engines::on_each,
    latchkey,
    process::Server,
    report::{Report, Section, number},
    rows,
    seed::{Wanted, seed},
    times::{by_turns, verdict},
};
use lists::{LISTS, Listed, SLUG};
use server::Clock;
use sqlx::Connection;
use std::{path::Path, time::Duration};

const SIZES: [u32; 2] = [100, 100_000];
/// What each page may be asked for altogether: with all of them on both engines, a minute and a half.
const MOST_TIME: Duration = Duration::from_secs(3);

/// An installation that runs, and somebody signed in there.
struct Place {
    server: Server,
    browser: Browser,
    /// Each list's first page, and one in its middle.
    paths: Vec<[String; 2]>,
}

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, times: u32, report: &mut Report) -> Outcome<()> {
    let mut section = Section::new(
        "Lists with 100 and with 100,000 rows",
        [
            "engine",
            "list",
            "page",
            "rows of 100",
            "median ms",
            "p95 ms",
            "rows of 100,000",
            "median ms",
            "p95 ms",
            "ratio",
        ],
    );
    section.say(format!(
        "Two installations, each with one workspace that everybody is a member of: 100 keys, members, changes and workspaces \
         in one, 100,000 of each in the other. Both serve at once, and an administrator asks them by turns, {times} times or \
         for {} seconds: for a list's first page, and for the page after the row in its middle, which it finds by its keyset. \
         Of 100 rows, the page in the middle begins where a whole page is left. A keys page has 50 rows of enabled keys and 10 of \
         others; a fifth of the keys are disabled or have expired.",
        MOST_TIME.as_secs()
    ));
    on_each("lists", &mut section, async |engine, database, section| {
        // Each size has a database of its own.
        let other = Database::fresh(engine).await?;
        let done = one_engine(engine, [database, &other], (program, cores), times, section).await;
        other.remove().await?;
        done
    })
    .await?;
    report.add(section);
    Ok(())
}

async fn one_engine(
    engine: Engine,
    databases: [&Database; 2],
    (program, cores): (&Path, Option<Cores>),
    times: u32,
    section: &mut Section,
) -> Outcome<()> {
    let few = Place::open(databases[0], SIZES[0], program, cores).await?;
    let many = Place::open(databases[1], SIZES[1], program, cores).await?;
    for (at, list) in LISTS.iter().enumerate() {
        let mut factors = [0.0; 2];
        for (page, factor) in factors.iter_mut().enumerate() {
            let asked = [(&few.browser, few.paths[at][page].as_str()), (&many.browser, &many.paths[at][page])];
            let [few, many] = by_turns(asked, times, MOST_TIME).await?;
            *factor = many.median() / few.median();
            let ([few_median, few_p95], [many_median, many_p95]) = (few.milliseconds(), many.milliseconds());
            section.row(&[
                if at + page == 0 { engine.name().into() } else { String::new() },
                if page == 0 { list.path() } else { String::new() },
                ["first", "in the middle"][page].into(),
                few.rows(),
                few_median,
                few_p95,
                many.rows(),
                many_median,
                many_p95,
                number(*factor, 2),
            ]);
        }
        section.add(format!(
                "{}, `{}`: with 100,000 rows the first page takes {} × the time of the one with 100, a page in the middle {} ×: {}.",
                engine.name(),
                list.path(),
                number(factors[0], 2),
                number(factors[1], 2),
                verdict(factors[0].max(factors[1]))
            ));
    }
    for (said, count) in few.server.complaints().into_iter().chain(many.server.complaints()) {
        section.add(format!("The log complained {count} ×: “{said}”"));
    }
    Ok(())
}

impl Place {
    async fn open(database: &Database, size: u32, program: &Path, cores: Option<Cores>) -> Outcome<Self> {
        let seeded = seed(database, &[Wanted { slug: SLUG, keys: 1, lived_in: true }]).await?;
        let now = Clock::system().now();
        let mut connection = database.connect().await?;
        // The gateway key, its owner and the workspace are one of each already.
        rows::people(&mut connection, SLUG, size - 1, now).await?;
        rows::keys(&mut connection, SLUG, size - 1, now).await?;
        rows::changes(&mut connection, SLUG, size, now).await?;
        rows::workspaces(&mut connection, SLUG, size - 1).await?;
        rows::settle(&mut connection).await?;
        let mut middles = Vec::new();
        for list in &LISTS {
            middles.push(list.middle(&mut connection).await?);
        }
        either!(connection, on => on.close().await)?;
        let server = latchkey::serve(program, database, cores).await?;
        let browser = Browser::sign_in(&server, &seeded.password).await?;
        let mut paths = Vec::new();
        for (list, middle) in LISTS.iter().zip(middles) {
            let path = list.path();
            let in_the_middle = list.path_after(&middle)?;
            shows(&browser, &in_the_middle, &middle).await?;
            paths.push([path, in_the_middle]);
        }
        Ok(Self { server, browser, paths })
    }
}

/// That a page in the middle is one: an address that makes no sense would show the first, which is another thing to measure.
async fn shows(browser: &Browser, path: &str, middle: &[Listed]) -> Outcome<()> {
    let html = browser.page(path).await?.html;
    // Before that lies the switcher, with workspaces of its own.
    let (_, html) = html.split_once("id=\"main\"").ok_or_else(|| format!("{path} has no main part"))?;
    match middle.iter().find(|row| html.contains(&row.before) || !html.contains(&row.next)) {
        Some(row) => Err(format!("{path} does not begin with “{}”", row.next).into()),
        None => Ok(()),
    }
}
