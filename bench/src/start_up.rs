//! How long a start takes, from the process's first moment to the first request with a key that is answered: with one key
//! and with many, by turns.

use crate::{
    Outcome, client,
    cores::Cores,
    database::{Database, Engine},
    latchkey,
    report::{Report, Section, median, number},
    seed::{Wanted, seed},
};
use reqwest::Client;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;

const SIZES: [u32; 2] = [1, 100_000];
/// The most that it may take longer with many keys, in milliseconds.
const MOST_MORE: f64 = 300.0;
/// The longest wait for a good answer.
const LONGEST: Duration = Duration::from_secs(30);

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, starts: u32, report: &mut Report) -> Outcome<()> {
    eprintln!("start-up");
    let mut section = Section::new("Start-up", ["keys", "median ms", "lowest–highest"]);
    section.say(format!(
        "From starting the process `latchkey serve` on SQLite to the first 200 of `GET /api/me` with a key: {starts} starts of \
         each, by turns, each on a database whose server was stopped in order. “None” has the key alone that asks."
    ));
    let http = client::http()?;
    let mut places = Vec::new();
    for keys in SIZES {
        let database = Database::fresh(Engine::Sqlite).await?;
        let seeded = seed(&database, &[Wanted { slug: "bench", keys, lived_in: false }]).await?;
        places.push((database, seeded.keys.concat().pop().ok_or("no keys")?, Vec::new()));
    }
    // The first start of each settles its database and its files; it does not count.
    for start in 0..=starts {
        for (database, key, times) in &mut places {
            let took = one_start(program, database, cores, &http, key).await?;
            if start > 0 {
                times.push(took);
            }
        }
    }
    let mut medians = Vec::new();
    for (keys, (_, _, times)) in SIZES.into_iter().zip(places) {
        let (lowest, highest) =
            (times.iter().copied().fold(f64::MAX, f64::min), times.iter().copied().fold(0.0, f64::max));
        let keys = if keys == 1 { "none".into() } else { number(f64::from(keys), 0) };
        medians.push(median(times));
        let spread = format!("{}–{}", number(lowest, 0), number(highest, 0));
        section.row(&[keys, number(medians[medians.len() - 1], 0), spread]);
    }
    let more = medians[1] - medians[0];
    section.add(format!("With 100,000 keys it takes {} ms more.", number(more, 0)));
    report.reach(
        "start with 100,000 keys, beside one with none",
        "<= 300 ms more",
        format!("{} ms more", number(more, 0)),
        more <= MOST_MORE,
    );
    report.add(section);
    Ok(())
}

async fn one_start(
    program: &Path,
    database: &Database,
    cores: Option<Cores>,
    http: &Client,
    key: &str,
) -> Outcome<f64> {
    let begun = Instant::now();
    let server = latchkey::serve(program, database, cores).await?;
    loop {
        let answer = http.get(format!("{}/api/me", server.url)).bearer_auth(key).send().await;
        match answer.and_then(reqwest::Response::error_for_status) {
            Ok(_) => break,
            Err(error) if begun.elapsed() > LONGEST => return Err(error.into()),
            Err(_) => sleep(Duration::from_millis(1)).await,
        }
    }
    let took = begun.elapsed().as_secs_f64() * 1e3;
    server.stop().await?;
    Ok(took)
}
