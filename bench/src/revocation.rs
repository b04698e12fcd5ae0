//! How long it takes until the end of a key is acknowledged, when one instance serves and when three do on one PostgreSQL
//! database: an administrator disables key after key in the console, beside a light load.

use crate::{
    Outcome,
    client::{self, Browser},
    database::{Database, Engine},
    latchkey,
    process::Server,
    report::{Report, Section, number, percentile},
    seed::{Wanted, seed},
};
use reqwest::Client;
use std::{path::Path, time::Duration};
use tokio::time::interval;

/// Keys disabled with one instance, and as many with three.
const DISABLED: u32 = 200;
/// Keys of the load.
const USED: u32 = 200;
/// Between two requests of the load.
const EVERY: Duration = Duration::from_millis(5);
/// The most that the 99th percentile may be higher with three instances, in milliseconds.
const MOST_MORE: f64 = 20.0;
const SLUG: &str = "bench";

/// Measures it.
pub async fn measure(program: &Path, rounds: u32, report: &mut Report) -> Outcome<()> {
    let mut section = Section::new("Revocation acknowledged", ["instances", "p50 ms", "p99 ms", "highest ms"]);
    section.say(format!(
        "{DISABLED} keys disabled one after another with one instance of `latchkey serve` on PostgreSQL, and {DISABLED} with \
         three, in {rounds} rounds by turns: from the console's `POST /console/disable_key` to its acknowledgement, which \
         means that no instance accepts the key any more. Before, each instance has answered a request with the key; \
         afterwards each is asked again, and has to refuse it. Beside that, 200 requests a second with other keys, spread \
         over the instances. Nothing is bound to a core: instances, database and bench share them."
    ));
    if Engine::Postgres.is_here() {
        eprintln!("revocation");
        let database = Database::fresh(Engine::Postgres).await?;
        let done = on(&database, program, rounds).await;
        database.remove().await?;
        tell(done?, &mut section, report);
    } else {
        section.add(Engine::Postgres.left_out());
    }
    report.add(section);
    Ok(())
}

fn tell(times: [Vec<f64>; 2], section: &mut Section, report: &mut Report) {
    let at = times.map(|times| [50, 99, 100].map(|part| percentile(times.clone(), part)));
    for (instances, figures) in ["1", "3"].into_iter().zip(&at) {
        let [p50, p99, highest] = figures.map(|figure| number(figure, 1));
        section.row(&[instances.into(), p50, p99, highest]);
    }
    let [p50, p99] = [0, 1].map(|figure| at[1][figure] - at[0][figure]);
    section.row(&["difference".into(), number(p50, 1), number(p99, 1), String::new()]);
    report.reach(
        "revocation with three instances, beside one, p99",
        "<= 20 ms more",
        format!("{} ms more ({} and {} ms)", number(p99, 1), number(at[1][1], 1), number(at[0][1], 1)),
        p99 <= MOST_MORE,
    );
}

/// The milliseconds of every acknowledgement, with one instance and with three.
async fn on(database: &Database, program: &Path, rounds: u32) -> Outcome<[Vec<f64>; 2]> {
    let each = DISABLED.div_ceil(rounds);
    let wanted = Wanted { slug: SLUG, keys: 1 + USED + 2 * each * rounds, lived_in: false };
    let seeded = seed(database, &[wanted]).await?;
    let keys = seeded.keys.concat();
    let (used, ending) = keys.split_at(usize::try_from(1 + USED)?);
    let mut ending = ending.chunks(usize::try_from(each)?);
    let mut more = || ending.next().ok_or("too few keys");
    let mut times = [Vec::new(), Vec::new()];
    let first = latchkey::serve(program, database, None).await?;
    let browser = Browser::sign_in(&first, &seeded.password).await?;
    for _ in 0..rounds {
        times[0].extend(disable(&browser, &[&first], used, more()?).await?);
        let second = latchkey::serve_with(program, database, None, &[], "second.log").await?;
        let third = latchkey::serve_with(program, database, None, &[], "third.log").await?;
        times[1].extend(disable(&browser, &[&first, &second, &third], used, more()?).await?);
        second.stop().await?;
        third.stop().await?;
    }
    first.stop().await?;
    Ok(times)
}

/// Disables keys beside the load.
async fn disable(browser: &Browser, instances: &[&Server], used: &[String], ending: &[String]) -> Outcome<Vec<f64>> {
    for instance in instances {
        instance.settle().await?;
    }
    let http = client::http()?;
    let work = async {
        let mut times = Vec::new();
        for key in ending {
            let id = id(key).ok_or("a key without an id")?;
            answers(&http, instances, key, "").await?;
            times.push(browser.act("disable_key", &[("workspace", SLUG), ("key", id)]).await?);
            answers(&http, instances, key, "KEY_DISABLED").await?;
        }
        Ok(times)
    };
    tokio::select! {
        done = work => done,
        failed = load(&http, instances, used) => Err(failed),
    }
}

/// Goes on until it fails.
async fn load(http: &Client, instances: &[&Server], used: &[String]) -> Box<dyn std::error::Error + Send + Sync> {
    let mut ticks = interval(EVERY);
    for (key, instance) in used.iter().cycle().zip(instances.iter().cycle()) {
        ticks.tick().await;
        if let Err(error) = answers(http, &[instance], key, "").await {
            return error;
        }
    }
    "no keys to use".into()
}

/// That each instance says this to the key: a refusal's code, or nothing if it is accepted.
async fn answers(http: &Client, instances: &[&Server], key: &str, wanted: &str) -> Outcome<()> {
    for instance in instances {
        let answer = http.get(format!("{}/api/me", instance.url)).bearer_auth(key).send().await?;
        let answer: serde_json::Value = answer.json().await?;
        let code = answer["error"]["code"].as_str().unwrap_or_default();
        if code != wanted {
            return Err(format!("an instance said “{code}” where “{wanted}” was to be said").into());
        }
    }
    Ok(())
}

/// The public id of a plain key.
fn id(key: &str) -> Option<&str> {
    key.split('_').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_of_the_99th_percentiles() {
        assert_eq!(id("lk_ABCDEFGH_secret123456"), Some("ABCDEFGH"));
        let mut report = Report::begin(Vec::new());
        let mut section = Section::new("Revocation", ["instances", "p50 ms", "p99 ms", "highest ms"]);
        let one: Vec<f64> = (1..=100).map(f64::from).collect();
        tell([one.clone(), one.iter().map(|time| time + 20.5).collect()], &mut section, &mut report);
        assert!(report.markdown().contains("| <= 20 ms more | 20.5 ms more (119.5 and 99.0 ms) | NO |"));
    }
}
