//! Backup and restore of a SQLite database, for `latchkey backup` and `latchkey restore`. They work on files and take no
//! grant: nobody can call them but the operator, who could copy the files too, and there may be nothing to ask for a role.

use crate::{Clock, Config, sealing};
use std::path::{Path, PathBuf};
use store::{BackupError, DatabaseUrl};

pub use store::Holdings;

/// Why there is no backup, or why it was not restored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `PostgreSQL` has tools of its own.
    #[error("the database is PostgreSQL, which has tools of its own: {0}")]
    Postgres(&'static str),
    /// The file or the database is in the way, broken, foreign or in use.
    #[error("{0}")]
    Files(#[from] BackupError),
}

/// A master key that a database's kept secrets need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// Its id, which tells nothing about it.
    pub id: String,
    /// The secrets that it opens.
    pub secrets: i64,
    /// Whether it is in the master key file of this installation.
    pub at_hand: bool,
}

/// What was copied.
#[derive(Clone, Debug)]
pub struct Copied {
    /// What the copy holds.
    pub holdings: Holdings,
    /// The master keys that its kept secrets need; they are not in it.
    pub needs: Vec<Needed>,
    /// Where the database lies that was there before a restore.
    pub before: Option<PathBuf>,
}

/// Copies the database into a file, beside a running server.
pub async fn backup(config: &Config, to: &Path, force: bool) -> Result<Copied, Error> {
    let file = file(config, "pg_dump makes a backup while Latchkey runs (docs/operating.md, Backups)")?;
    let holdings = store::backup(file, to, force).await?;
    Ok(Copied { needs: needs(config, &holdings), holdings, before: None })
}

/// Puts a backup in the database's place; the one that was there stays beside it.
pub async fn restore(config: &Config, from: &Path, force: bool, clock: &Clock) -> Result<Copied, Error> {
    let file = file(config, "pg_restore puts a backup back while no instance runs (docs/operating.md, Backups)")?;
    let moment = clock.now().rfc3339().replace(':', "");
    let done = store::restore(from, file, force, &moment).await?;
    Ok(Copied { needs: needs(config, &done.holdings), holdings: done.holdings, before: done.before })
}

fn file<'a>(config: &'a Config, otherwise: &'static str) -> Result<&'a Path, Error> {
    match &config.database {
        DatabaseUrl::Sqlite(path) => Ok(path),
        DatabaseUrl::Postgres(_) => Err(Error::Postgres(otherwise)),
    }
}

fn needs(config: &Config, holdings: &Holdings) -> Vec<Needed> {
    let ring = sealing::ids_at_hand(&config.master_key_file);
    let needed =
        |(id, secrets): &(String, i64)| Needed { id: id.clone(), secrets: *secrets, at_hand: ring.contains(id) };
    holdings.sealed.iter().map(needed).collect()
}
