//! A copy of a SQLite database in one file, made while others write it, and what stands in such a file. Called by `server`
//! for `latchkey backup`; `restore` checks files by the same means.

use crate::{
    Error,
    applied::Applied,
    sqlite::{self, beside},
};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs::{self, File},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// The tables that keep sealed secrets, each with the change of the tables since which it does.
const SEALED: [(i64, &str); 3] = [
    (2, "SELECT sealed_by AS id, 1 AS secrets FROM keys WHERE sealed IS NOT NULL AND sealed_by IS NOT NULL UNION ALL "),
    (12, "SELECT sealed_by, 1 FROM servers WHERE sealed IS NOT NULL UNION ALL "),
    (15, "SELECT sealed_by, 1 FROM providers WHERE sealed IS NOT NULL UNION ALL "),
];

/// Why a database was not copied or put back. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no database to copy.
    #[error("there is no database at {}", .0.display())]
    NoDatabase(PathBuf),
    /// A file is in the way.
    #[error("{} is there already; --force takes its place", .0.display())]
    Exists(PathBuf),
    /// It is a database of something else, or none.
    #[error("{} is not a Latchkey database", .0.display())]
    Foreign(PathBuf),
    /// It is broken.
    #[error("{} is damaged: {what}", .file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What SQLite says of it.
        what: String,
    },
    /// It is in use, so that a part of it lies in another file.
    #[error("{} is a database in use, not a backup: its -wal file lies beside it; copy it with latchkey backup", .0.display())]
    Live(PathBuf),
    /// It was made by a later version.
    #[error("{} was made by a version of Latchkey that this one does not know; use that version or a later one", .0.display())]
    Newer(PathBuf),
    /// Somebody has the database open.
    #[error("the database is in use: stop the server, and whatever else has it open, first")]
    InUse,
    /// A file could not be read or written.
    #[error("{}: {error}", .file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The database failed.
    #[error("{0}")]
    Store(#[from] Error),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What a database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// The last change of the tables that it has had.
    pub version: i64,
    /// Users.
    pub users: i64,
    /// Workspaces.
    pub workspaces: i64,
    /// Keys that are not deleted.
    pub keys: i64,
    /// The ids of the master keys that it needs, each with the number of kept secrets that it opens.
    pub sealed: Vec<(String, i64)>,
    /// The file's size.
    pub bytes: u64,
}

/// Copies the database into a file of mode 0600: all of it as it was at one moment. Others read and write it meanwhile. The
/// file appears under its name when it has been read back, found whole, and is on the disk.
pub async fn backup(database: &Path, to: &Path, force: bool) -> Result<Holdings, BackupError> {
    if !database.is_file() {
        return Err(BackupError::NoDatabase(database.into()));
    }
    if same_file(database, to) || (!force && fs::symlink_metadata(to).is_ok()) {
        return Err(BackupError::Exists(to.into()));
    }
    let partial = beside(to, &format!(".{}.partial", std::process::id()));
    let copied = copy(database, &partial).await;
    let done = match copied {
        Ok(holdings) => publish(&partial, to, force).map(|()| holdings),
        Err(error) => Err(error),
    };
    if done.is_err() {
        // What is half a backup is none.
        let _ = fs::remove_file(&partial);
    }
    done
}

async fn copy(database: &Path, partial: &Path) -> Result<Holdings, BackupError> {
    let made = File::options().write(true).create_new(true).mode(0o600).open(partial).map_err(at(partial))?;
    let options = SqliteConnectOptions::new().filename(database).read_only(true).busy_timeout(Duration::from_secs(10));
    let mut source = open(&options, database).await?;
    let name = partial.to_str().ok_or_else(|| at(partial)(io::Error::other("the path is not UTF-8")))?;
    // Of one moment, since it is one read transaction; in WAL mode that holds up no writer. SQLite takes an empty file as
    // if there were none, so that it keeps its mode.
    let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut source).await;
    source.close().await?;
    copied.map_err(|error| match Error::from(error) {
        Error::Full => at(partial)(io::Error::other("the disk is full or fails")),
        other => other.into(),
    })?;
    let (_, holdings) = inspect(partial).await?;
    made.sync_all().map_err(at(partial))?;
    Ok(holdings)
}

async fn open(options: &SqliteConnectOptions, file: &Path) -> Result<SqliteConnection, BackupError> {
    let opened = SqliteConnection::connect_with(options).await;
    opened.map_err(|error| broken(error, file))
}

/// Moves a finished file under its name, for good: the folder's entry is on the disk when this returns.
fn publish(partial: &Path, to: &Path, force: bool) -> Result<(), BackupError> {
    let flags = if force { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
    match renameat_with(CWD, partial, CWD, to, flags) {
        Ok(()) => {}
        Err(rustix::io::Errno::EXIST) => return Err(BackupError::Exists(to.into())),
        // A file system that cannot do both in one step.
        Err(rustix::io::Errno::INVAL) if fs::symlink_metadata(to).is_err() => {
            fs::rename(partial, to).map_err(at(to))?;
        }
        Err(error) => return Err(at(to)(error.into())),
    }
    sync_folder(to)
}

/// Makes the names in a file's folder lasting.
pub(crate) fn sync_folder(file: &Path) -> Result<(), BackupError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Checks a file that nobody writes: whole, a Latchkey database, of a version that is known; and says what it holds.
pub(crate) async fn inspect(file: &Path) -> Result<(Applied, Holdings), BackupError> {
    let bytes = fs::metadata(file).map_err(at(file))?.len();
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    let mut copy = open(&options, file).await?;
    let foreign = |error: sqlx::Error| match broken(error, file) {
        // There are no such tables.
        BackupError::Store(_) => BackupError::Foreign(file.into()),
        other => other,
    };
    let applied = sqlite::applied(&mut copy).await.map_err(|error| match error {
        Error::Database(error) => foreign(error),
        other => other.into(),
    })?;
    if !applied.is_known() {
        return Err(BackupError::Newer(file.into()));
    }
    let damaged = |what: String| BackupError::Damaged { file: file.into(), what };
    let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut copy)
        .await
        .map_err(|error| broken(error, file))?;
    if found != "ok" {
        return Err(damaged(found));
    }
    if sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut copy).await?.is_some() {
        return Err(damaged("a row refers to one that is not there".into()));
    }
    let (users, workspaces, keys): (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM workspaces),
                (SELECT COUNT(*) FROM keys WHERE deleted_at IS NULL)",
    )
    .fetch_one(&mut copy)
    .await
    .map_err(foreign)?;
    let sealed = sealed(&mut copy, applied.version()).await?;
    copy.close().await?;
    let version = applied.version();
    Ok((applied, Holdings { version, users, workspaces, keys, sealed, bytes }))
}

async fn sealed(copy: &mut SqliteConnection, version: i64) -> Result<Vec<(String, i64)>, BackupError> {
    let tables: String = SEALED.iter().filter(|(since, _)| *since <= version).map(|(_, table)| *table).collect();
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    // The one in force is needed even if nothing is sealed under it yet: new secrets will be.
    let sql = format!(
        "SELECT id, SUM(secrets) FROM ({tables} SELECT value, 0 FROM installation WHERE name = 'master_key')
         GROUP BY id ORDER BY id"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(copy).await?)
}

/// A file that SQLite cannot make sense of: `SQLITE_CORRUPT` (11) and `SQLITE_NOTADB` (26) of <https://sqlite.org/rescode.html>.
pub(crate) fn broken(error: sqlx::Error, file: &Path) -> BackupError {
    match crate::error::sqlite_code(&error).map(|code| code & 0xff) {
        Some(11) => BackupError::Damaged { file: file.into(), what: error.to_string() },
        Some(26) => BackupError::Foreign(file.into()),
        _ => error.into(),
    }
}

pub(crate) fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

pub(crate) fn at(file: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let file = file.to_owned();
    move |error| BackupError::File { file, error }
}
