//! The keys page with 50 and with 10,000 keys in the workspace, on each engine: both workspaces in one database, asked for by
//! turns by one signed-in person.

use crate::{
    Outcome,
    client::Browser,
    cores::Cores,
    database::{Database, Engine},
    latchkey,
    report::{Report, Section, number, ratio},
    seed::{Wanted, seed},
    times::{Times, by_turns, verdict},
};
use std::{path::Path, time::Duration};

const FEW: Wanted = Wanted { slug: "few", keys: 50, lived_in: true };
const MANY: Wanted = Wanted { slug: "many", keys: 10_000, lived_in: true };
/// The page as it opens, and as its toolbar changes it.
const VIEWS: [(&str, &str); 4] =
    [("as it opens", ""), ("by name", "?sort=name"), ("by expiry", "?sort=expires"), ("search “0042”", "?q=0042")];

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
            section.add(engine.left_out());
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
            let [few_path, many_path] = [FEW, MANY].map(|place| format!("/w/{}/keys{query}", place.slug));
            let asked = [(&browser, few_path.as_str()), (&browser, many_path.as_str())];
            let [few, many] = by_turns(asked, times, Duration::MAX).await?;
            let factor = many.median() / few.median();
            let shown = if number_of_view == 0 { engine.name() } else { "" };
            section.row(&row(&few, shown, view, FEW.keys, String::new()));
            section.row(&row(&many, "", "", MANY.keys, ratio(many.median(), few.median())));
            if number_of_view == 0 {
                section.add(format!(
                    "{}: the page with 10,000 keys takes {} × the time of the one with 50: {}.",
                    engine.name(),
                    number(factor, 2),
                    verdict(factor)
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

fn row(times: &Times, engine: &str, view: &str, keys: u32, ratio: String) -> [String; 8] {
    let [median, p95] = times.milliseconds();
    let keys = number(f64::from(keys), 0);
    [engine.into(), view.into(), keys, times.rows(), times.kibibytes(), median, p95, ratio]
}
