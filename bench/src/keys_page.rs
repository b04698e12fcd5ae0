//! The keys page with 50, 10,000 and 100,000 keys in the workspace, on each engine: all workspaces in one database, asked for by
//! turns by one signed-in person.

use crate::{
    Outcome,
    client::Browser,
    cores::Cores,
    database::{Database, Engine},
    engines::on_each,
    latchkey,
    report::{Report, Section, number, ratio},
    seed::{Wanted, seed},
    times::{HEADS, by_turns, verdict},
};
use std::{path::Path, time::Duration};

const PLACES: [Wanted; 3] = [
    Wanted { slug: "few", keys: 50, lived_in: true },
    Wanted { slug: "many", keys: 10_000, lived_in: true },
    Wanted { slug: "vast", keys: 100_000, lived_in: true },
];
/// The most that the page may take with most keys, in times of the one with fewest.
const MOST_VAST: f64 = 1.5;
/// The page as it opens, and as its toolbar changes it.
const VIEWS: [(&str, &str); 4] =
    [("as it opens", ""), ("by name", "?sort=name"), ("by expiry", "?sort=expires"), ("search “0042”", "?q=0042")];

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, times: u32, report: &mut Report) -> Outcome<()> {
    let mut section = Section::new("Keys page", HEADS);
    section.say(format!(
        "`GET /w/{{workspace}}/keys` by a signed-in administrator, from the request's first byte to the page's last over a \
         kept loopback connection, {times} times each, by turns; three workspaces of one database, a fifth of whose keys are \
         disabled or have expired. A page shows at most 50 keys that are enabled and 10 that are not, so those with many keys \
         have 60 rows to render and the one with few has 50."
    ));
    on_each("keys page", &mut section, async |engine, database, section| {
        one_engine(engine, database, (program, cores), times, section, report).await
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
    report: &mut Report,
) -> Outcome<()> {
    let seeded = seed(database, &PLACES).await?;
    let server = latchkey::serve(program, database, cores).await?;
    let browser = Browser::sign_in(&server, &seeded.password).await?;
    for (number_of_view, (view, query)) in VIEWS.iter().enumerate() {
        let paths = PLACES.map(|place| format!("/w/{}/keys{query}", place.slug));
        let asked = paths.each_ref().map(|path| (&browser, path.as_str()));
        let measured = by_turns(asked, times, Duration::MAX).await?;
        let few = measured[0].median();
        for (size, (place, times)) in PLACES.iter().zip(&measured).enumerate() {
            let shown = if number_of_view + size == 0 { engine.name() } else { "" };
            let (view, factor) = if size == 0 { (*view, String::new()) } else { ("", ratio(times.median(), few)) };
            section.row(&times.row(shown, view, place.keys, factor));
        }
        if number_of_view == 0 {
            let [many, vast] = [1, 2].map(|size| measured[size].median() / few);
            section.add(format!(
                "{}: the page with 10,000 keys takes {} × the time of the one with 50: {}.",
                engine.name(),
                number(many, 2),
                verdict(many)
            ));
            report.reach(
                &format!("keys page with 100,000 keys, beside one with 50, on {}", engine.name()),
                "<= 1.5 ×",
                format!("{} × ({} and {} ms)", number(vast, 2), number(measured[2].median(), 2), number(few, 2)),
                vast <= MOST_VAST,
            );
        }
    }
    for (said, count) in server.complaints() {
        section.add(format!("The log complained {count} ×: “{said}”"));
    }
    Ok(())
}
