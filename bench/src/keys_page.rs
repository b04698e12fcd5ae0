//! The keys page with 50 and with 10,000 keys in the workspace, on each engine: both workspaces in one database, asked for by
//! turns by one signed-in person.

use crate::{
    Outcome,
    client::Browser,
    cores::Cores,
    database::{Database, Engine},
    latchkey,
    report::{Report, Section, median, number, percentile, ratio},
    seed::{Wanted, seed},
};
use std::path::Path;

/// The most that the page with many keys may take, in times of the one with few (issue 2, "Must hold").
const MOST: f64 = 3.0;
const FEW: Wanted = Wanted { slug: "few", keys: 50, lived_in: true };
const MANY: Wanted = Wanted { slug: "many", keys: 10_000, lived_in: true };
/// The page as it opens, and as its toolbar changes it.
const VIEWS: [(&str, &str); 4] =
    [("as it opens", ""), ("by name", "?sort=name"), ("by expiry", "?sort=expires"), ("search “0042”", "?q=0042")];

/// What one page took, again and again.
#[derive(Default)]
struct Times {
    milliseconds: Vec<f64>,
    bytes: f64,
    rows: usize,
}

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, times: u32, report: &mut Report) -> Outcome<()> {
    let mut section =
        Section::new("Keys page", ["engine", "page", "keys", "rows", "HTML KiB", "median ms", "p95 ms", "ratio"]);
    section.say(format!(
        "`GET /w/{{workspace}}/keys` by a signed-in administrator, from the request's first byte to the page's last over a \
         kept loopback connection, {times} times each, by turns; two workspaces of one database, a fifth of whose keys are \
         disabled or have expired. A page shows at most 50 keys of each of its two sections, so the one with many keys has \
         twice the rows to render."
    ));
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if engine.is_here() {
            eprintln!("keys page: {}", engine.name());
            one_engine(engine, program, cores, times, &mut section).await?;
        } else {
            section.add(format!(
                "{} was left out: there is none here (install it, or name a server in LATCHKEY_TEST_POSTGRES).",
                engine.name()
            ));
        }
    }
    report.add(section);
    Ok(())
}

async fn one_engine(
    engine: Engine,
    program: &Path,
    cores: Option<Cores>,
    times: u32,
    section: &mut Section,
) -> Outcome<()> {
    let database = Database::fresh(engine).await?;
    let done = async {
        let seeded = seed(&database, &[FEW, MANY]).await?;
        let server = latchkey::serve(program, &database, cores).await?;
        let browser = Browser::sign_in(&server, &seeded.password).await?;
        for (number_of_view, (view, query)) in VIEWS.iter().enumerate() {
            let [few, many] = by_turns(&browser, query, times).await?;
            let factor = many.median() / few.median();
            let shown = if number_of_view == 0 { engine.name() } else { "" };
            section.row(&few.row(shown, view, FEW.keys, String::new()));
            section.row(&many.row("", "", MANY.keys, ratio(many.median(), few.median())));
            if number_of_view == 0 {
                let verdict = if factor <= MOST { "at most 3 × holds" } else { "at most 3 × DOES NOT HOLD" };
                section.add(format!(
                    "{}: the page with 10,000 keys takes {} × the time of the one with 50: {verdict}.",
                    engine.name(),
                    number(factor, 2)
                ));
            }
        }
        for (said, count) in server.complaints() {
            section.add(format!("The log complained {count} ×: “{said}”"));
        }
        Ok(())
    };
    // Its database is dropped whatever came of it.
    let done: Outcome<()> = done.await;
    database.remove().await?;
    done
}

async fn by_turns(browser: &Browser, query: &str, times: u32) -> Outcome<[Times; 2]> {
    let mut both = [Times::default(), Times::default()];
    for turn in 0..times + 10 {
        for (place, measured) in [FEW, MANY].iter().zip(&mut both) {
            let page = browser.page(&format!("/w/{}/keys{query}", place.slug)).await?;
            // The first ones are for warming up.
            if turn >= 10 {
                measured.milliseconds.push(page.milliseconds);
                measured.rows = page.html.matches("class=\"key-row\"").count();
                measured.bytes = f64::from(u32::try_from(page.html.len())?);
            }
        }
    }
    Ok(both)
}

impl Times {
    fn median(&self) -> f64 {
        median(self.milliseconds.clone())
    }

    fn row(&self, engine: &str, view: &str, keys: u32, ratio: String) -> [String; 8] {
        [
            engine.into(),
            view.into(),
            number(f64::from(keys), 0),
            self.rows.to_string(),
            number(self.bytes / 1024.0, 0),
            number(self.median(), 2),
            number(percentile(self.milliseconds.clone(), 95), 2),
            ratio,
        ]
    }
}
