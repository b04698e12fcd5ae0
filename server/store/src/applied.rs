//! Which changes of its tables a database has had, compared with those that this program knows. Asked where they can't just
//! be made: the database can only be read, or is a file that a restore will put in its place.

use sqlx::migrate::Migrator;
use std::collections::HashMap;

/// The rows that [`Applied::new`] takes; sqlx keeps them, alike on both engines.
pub(crate) const SQL: &str = "SELECT version, checksum, success FROM _sqlx_migrations";

/// The changes of the tables that a database has had.
pub(crate) struct Applied {
    had: HashMap<i64, Vec<u8>>,
    known: &'static Migrator,
}

impl Applied {
    /// From the rows of [`SQL`]. A change that failed halfway is none that is known.
    pub fn new(rows: Vec<(i64, Vec<u8>, bool)>, known: &'static Migrator) -> Self {
        let checked = |(version, sum, done)| (version, if done { sum } else { Vec::new() });
        Self { had: rows.into_iter().map(checked).collect(), known }
    }

    /// The last one.
    pub fn version(&self) -> i64 {
        self.had.keys().copied().max().unwrap_or_default()
    }

    /// Whether this program knows each of them.
    pub fn is_known(&self) -> bool {
        let known: HashMap<i64, &[u8]> = self.known.iter().map(|one| (one.version, &*one.checksum)).collect();
        self.had.iter().all(|(version, checksum)| known.get(version) == Some(&&**checksum))
    }

    /// Whether they are exactly those that this program knows.
    pub fn is_current(&self) -> bool {
        self.is_known() && self.had.len() == self.known.iter().count()
    }
}
