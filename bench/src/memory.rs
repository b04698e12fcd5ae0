//! The memory that Latchkey takes: at rest, and for each key whose record it holds. Called by the measurement of the data
//! plane, which runs servers with few and with many keys anyway.

use crate::{
    Outcome,
    cores::Cores,
    database::{Database, Engine},
    each, latchkey,
    process::Server,
    report::{Report, Section, number},
    seed::{Wanted, seed},
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const FEW: u32 = 100;
/// The number of keys for which a key's memory is held against its target.
const MANY: u32 = 100_000;
/// The most at rest, in MB of 1,000,000 bytes.
const MOST_AT_REST: f64 = 40.0;
/// The most for each cached key, in bytes.
const MOST_A_KEY: f64 = 600.0;
/// The longest that keys are presented: of a million, as many as come in it.
const LONGEST: Duration = Duration::from_mins(1);

/// The table.
pub struct Memory(Section);

impl Memory {
    /// Begins with a server of a hundred keys.
    pub async fn begin(program: &Path, cores: Option<Cores>, report: &mut Report) -> Outcome<Self> {
        let mut section =
            Section::new("Memory", ["keys", "at rest MB", "cached keys", "with them MB", "bytes a cached key"]);
        section.say(
            "Resident memory of `latchkey serve` on SQLite (MB of 1,000,000 bytes): when it has started and is idle, and \
             when every key (of a million, as many as come in a minute) was presented once at `GET /api/me` and all that it had to write is written. The difference, \
             divided by the keys, is what a cached key takes, whatever else grew meanwhile included."
                .into(),
        );
        let mut memory = Self(section);
        let database = Database::fresh(Engine::Sqlite).await?;
        let seeded = seed(&database, &[Wanted { slug: "bench", keys: FEW, lived_in: false }]).await?;
        let server = latchkey::serve(program, &database, cores).await?;
        memory.fill(&server, &seeded.keys.concat(), report).await?;
        server.stop().await?;
        Ok(memory)
    }

    /// Measures a server that has just started; it holds all these keys afterwards.
    pub async fn fill(&mut self, server: &Server, keys: &[String], report: &mut Report) -> Outcome<()> {
        server.settle().await?;
        let before = server.resident()?;
        let begun = Instant::now();
        let presented = each::present(&server.url, keys, LONGEST).await?;
        eprintln!("memory: {presented} keys presented in {:.1} s", begun.elapsed().as_secs_f64());
        server.settle().await?;
        let after = server.resident()?;
        let many = u32::try_from(keys.len())?;
        let cached = f64::from(u32::try_from(presented)?);
        let each = (after - before) / cached;
        let megabytes = |bytes: f64| number(bytes / 1e6, 1);
        // With a hundred, what else grew is all there is to see.
        let shown = if many > FEW { number(each, 0) } else { String::new() };
        self.0.row(&[number(f64::from(many), 0), megabytes(before), number(cached, 0), megabytes(after), shown]);
        eprintln!("memory: {} MB, then {} MB: {} bytes a key", megabytes(before), megabytes(after), number(each, 0));
        if many == FEW {
            let (what, target) = ("memory at rest with 100 keys", "<= 40 MB");
            report.reach(what, target, format!("{} MB", megabytes(after)), after / 1e6 <= MOST_AT_REST);
        }
        if many == MANY {
            let (what, target) = ("memory of a cached key, of 100,000", "<= 600 bytes");
            report.reach(what, target, format!("{} bytes", number(each, 0)), each <= MOST_A_KEY);
        }
        Ok(())
    }

    /// The table as it came to be.
    pub fn told(self) -> Section {
        self.0
    }
}
