//! Opening a SQLite database: made if it is not there, brought up to date, and guarded against a restore. Where it can only
//! be read, it is opened for that: keys are then checked as ever, and every change is refused.

use crate::{
    Error,
    applied::{self, Applied},
    db::Db,
};
use rustix::fs::{Access, access};
use sqlx::{
    SqliteConnection, SqlitePool,
    migrate::Migrator,
    pool::PoolConnectionMetadata,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    ffi::OsString,
    fs::{self, File, Metadata},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The changes of the tables, in order.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Readers beside the one writer.
const READERS: u32 = 8;
/// What each of them keeps of the file, in KiB (SQLite takes a negative number so), where 2,000 is SQLite's own choice: what a
/// reader reads, the next one reads anew, and the kernel holds it for all.
const READERS_CACHE: &str = "-512";

/// Opens a database of this machine.
pub(crate) async fn open(path: &Path) -> Result<Db, Error> {
    if is_read_only(path) {
        return open_read_only(path).await;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged change is on the disk: a revocation must not be undone by a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10));
    let in_use = locked(in_use_file(path), File::lock_shared).await?;
    // Password hashes are nobody else's business. SQLite gives its -wal and -shm files the same mode.
    match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    // sqlx locks migrations on PostgreSQL only. The lock file lets the command line start beside a starting server.
    let lock = locked(path.with_extension("lock"), File::lock).await?;
    let writer = writers()
        // After a failure (a full disk) SQLite rolls back by itself, and sqlx goes on counting a transaction that is over:
        // such a connection would refuse to begin another one.
        .before_acquire(|connection, _| {
            let usable = !sqlx::Connection::is_in_transaction(connection);
            Box::pin(async move { Ok(usable) })
        })
        .connect_with(options.clone())
        .await?;
    MIGRATIONS.run(&writer).await?;
    drop(lock);
    let options = options.read_only(true).pragma("cache_size", READERS_CACHE);
    let readers = readers().connect_with(options).await?;
    Ok(Db::Sqlite { readers, writer, _in_use: Some(Arc::new(in_use)) })
}

fn writers() -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(30))
}

fn readers() -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(Duration::from_secs(5))
}

/// The file that everybody who has the database open holds a shared lock on, and a restore an exclusive one.
pub(crate) fn in_use_file(path: &Path) -> PathBuf {
    path.with_extension("open")
}

/// A file with a lock on it, made if it is not there.
async fn locked(file: PathBuf, lock: fn(&File) -> io::Result<()>) -> Result<File, Error> {
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(file)?;
    let locking = tokio::task::spawn_blocking(move || lock(&file).map(|()| file));
    Ok(locking.await.map_err(io::Error::other)??)
}

/// One of the files that SQLite keeps beside a database: `-wal` or `-shm`.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Whether there is a database that this process cannot write: its file, or the folder, where SQLite puts files of its own.
fn is_read_only(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    path.is_file() && (access(path, Access::WRITE_OK).is_err() || access(folder, Access::WRITE_OK).is_err())
}

async fn open_read_only(path: &Path) -> Result<Db, Error> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(Duration::from_secs(10));
    // The lock file may be there from before.
    let in_use = File::open(in_use_file(path)).ok().filter(|file| file.try_lock_shared().is_ok()).map(Arc::new);
    let plain = readers().connect_with(options.clone()).await;
    let (readers, writer) = match plain {
        Ok(readers) if is_readable(&readers).await => (readers, writers().connect_with(options).await?),
        // SQLite cannot make the -wal and -shm files that it reads a database through: it has to be told that nobody writes.
        _ => {
            let options = options.immutable(true);
            let readers = while_untouched(readers(), path).connect_with(options.clone()).await?;
            (readers, while_untouched(writers(), path).connect_with(options).await?)
        }
    };
    let applied = applied(&readers).await?;
    if !applied.is_current() {
        return Err(Error::Outdated);
    }
    tracing::warn!(file = %path.display(), "the database is read-only: keys are checked, every change is refused");
    Ok(Db::Sqlite { readers, writer, _in_use: in_use })
}

async fn is_readable(pool: &SqlitePool) -> bool {
    sqlx::query("SELECT COUNT(*) FROM sqlite_schema").fetch_one(pool).await.is_ok()
}

/// Believing that nobody writes, SQLite would not see what another user's process writes all the same, such as a revocation.
/// So each use of a connection looks whether the file is as it was when the connection was opened, and nobody passes while it
/// is being written.
fn while_untouched(pool: SqlitePoolOptions, path: &Path) -> SqlitePoolOptions {
    let (before, after) = (Arc::new(path.to_owned()), Arc::new(path.to_owned()));
    pool.before_acquire(move |_: &mut SqliteConnection, about: PoolConnectionMetadata| {
        let path = Arc::clone(&before);
        Box::pin(async move {
            not_being_written(&path)?;
            let changed = fs::metadata(&*path).and_then(|file| file.modified()).map_err(sqlx::Error::Io)?;
            // File times have a grain: what was opened about then is opened again.
            Ok(opened(about.age).is_some_and(|opened| changed + Duration::from_secs(1) < opened))
        })
    })
    .after_connect(move |_, _| {
        let path = Arc::clone(&after);
        Box::pin(async move { not_being_written(&path) })
    })
}

#[expect(clippy::disallowed_methods, reason = "compared with a file's time, which the machine's clock has set")]
fn opened(age: Duration) -> Option<SystemTime> {
    SystemTime::now().checked_sub(age)
}

fn not_being_written(path: &Path) -> Result<(), sqlx::Error> {
    let written = fs::metadata(beside(path, "-wal")).is_ok_and(|file: Metadata| file.len() > 0);
    if written { Err(sqlx::Error::Io(io::Error::other(Error::Overtaken))) } else { Ok(()) }
}

/// The changes that a database has had.
pub(crate) async fn applied(database: impl sqlx::SqliteExecutor<'_>) -> Result<Applied, Error> {
    Ok(Applied::new(sqlx::query_as(applied::SQL).fetch_all(database).await?, &MIGRATIONS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection;

    async fn pragma(pool: &SqlitePool, name: &'static str) -> i64 {
        sqlx::query_scalar(name).fetch_one(pool).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_acknowledged_is_synced_and_the_file_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latchkey.db");
        let Db::Sqlite { writer, .. } = open(&path).await.unwrap() else { panic!("it is SQLite") };
        assert_eq!(pragma(&writer, "PRAGMA synchronous").await, 2, "FULL");
        assert_eq!(pragma(&writer, "PRAGMA foreign_keys").await, 1);
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&writer).await.unwrap();
        assert_eq!(mode, "wal");
        for file in [&path, &beside(&path, "-wal"), &in_use_file(&path)] {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(file).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
    }

    #[tokio::test]
    async fn a_writer_whose_transaction_is_lost_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let Db::Sqlite { writer, .. } = open(&folder.path().join("latchkey.db")).await.unwrap() else {
            panic!("it is SQLite")
        };
        let mut lost = writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
        // What SQLite does by itself when the disk is full.
        sqlx::query("ROLLBACK").execute(&mut *lost).await.unwrap();
        assert!(lost.rollback().await.is_err());
        let again = writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
        assert!(again.is_in_transaction());
        again.rollback().await.unwrap();
    }
}
