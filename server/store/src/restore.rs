//! Puts a backup in the place of a SQLite database, while nobody has it open. The database that was there stays beside it.
//! Called by `server` for `latchkey restore`.

use crate::{
    backup::{BackupError, Holdings, at, broken, inspect, same_file, sync_folder},
    sqlite::{beside, in_use_file},
};
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What the database holds now.
    pub holdings: Holdings,
    /// Where the database lies that was there before.
    pub before: Option<PathBuf>,
}

/// Puts a backup in the database's place. A database that is there is put aside under a name with `moment` in it, and only
/// if `force` says so.
///
/// The place is never empty in between: a server that starts meanwhile, even after a power cut, finds the old database or the
/// restored one.
pub async fn restore(backup: &Path, database: &Path, force: bool, moment: &str) -> Result<Restored, BackupError> {
    if !backup.is_file() {
        return Err(BackupError::NoDatabase(backup.into()));
    }
    if same_file(backup, database) {
        return Err(BackupError::Exists(database.into()));
    }
    if fs::metadata(beside(backup, "-wal")).is_ok_and(|wal| wal.len() > 0) {
        return Err(BackupError::Live(backup.into()));
    }
    // Held to the end: a server that starts waits.
    let _alone = alone(database)?;
    let there = fs::symlink_metadata(database).is_ok();
    if there && !force {
        return Err(BackupError::Exists(database.into()));
    }
    let partial = beside(database, ".restoring");
    let done = place(backup, &partial, database, there.then_some(moment)).await;
    if done.is_err() {
        let _ = fs::remove_file(&partial);
    }
    done
}

fn alone(database: &Path) -> Result<File, BackupError> {
    let file = in_use_file(database);
    let lock = File::options().create(true).truncate(false).write(true).mode(0o600).open(&file).map_err(at(&file))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(BackupError::InUse),
        Err(TryLockError::Error(error)) => Err(at(&file)(error)),
    }
}

async fn place(backup: &Path, partial: &Path, database: &Path, moment: Option<&str>) -> Result<Restored, BackupError> {
    copy(backup, partial)?;
    // The copy is checked, not the file it was made of: it is what will be used.
    let (_, holdings) = inspect(partial).await.map_err(|error| named(error, backup))?;
    let before = match moment {
        Some(moment) => {
            settle(database).await?;
            let aside = free_name(database, moment);
            put_aside(database, &aside)?;
            Some(aside)
        }
        None => None,
    };
    // They belong to the database that was there, and would be taken for a part of this one.
    for ending in ["-wal", "-shm"] {
        remove(&beside(database, ending))?;
    }
    sync_folder(database)?;
    fs::rename(partial, database).map_err(at(database))?;
    sync_folder(database)?;
    Ok(Restored { holdings, before })
}

fn copy(backup: &Path, partial: &Path) -> Result<(), BackupError> {
    // From a restore that was cut off.
    remove(partial)?;
    let mut from = File::open(backup).map_err(at(backup))?;
    let mut to = File::options().write(true).create_new(true).mode(0o600).open(partial).map_err(at(partial))?;
    io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(at(partial))
}

/// Brings what lies in the -wal file into the database, which takes that nobody has it open: also a program that does not
/// know our lock.
async fn settle(database: &Path) -> Result<(), BackupError> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .journal_mode(SqliteJournalMode::Delete)
        .busy_timeout(Duration::from_secs(1));
    let opened = match SqliteConnection::connect_with(&options).await {
        Ok(connection) => connection.close().await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(()) => Ok(()),
        // https://sqlite.org/rescode.html#busy (5) and #locked (6)
        Err(error) if crate::error::sqlite_code(&error).is_some_and(|code| matches!(code & 0xff, 5 | 6)) => {
            Err(BackupError::InUse)
        }
        // Damaged, which may be the very reason to restore: it is put aside as it is.
        Err(error) => match broken(error, database) {
            BackupError::Damaged { .. } | BackupError::Foreign(_) => Ok(()),
            other => Err(other),
        },
    }
}

/// Where the old database goes: under another name where one lies from the same moment. Nobody else takes it meanwhile.
fn free_name(database: &Path, moment: &str) -> PathBuf {
    let mut aside = beside(database, &format!(".before-restore-{moment}"));
    let mut again = 2;
    while fs::symlink_metadata(&aside).is_ok() {
        aside = beside(database, &format!(".before-restore-{moment}-{again}"));
        again += 1;
    }
    aside
}

/// Gives the old database a second name, with what SQLite keeps beside it.
fn put_aside(database: &Path, aside: &Path) -> Result<(), BackupError> {
    fs::hard_link(database, aside).map_err(at(aside))?;
    for ending in ["-wal", "-shm"] {
        match fs::hard_link(beside(database, ending), beside(aside, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(aside)(error)),
            _ => {}
        }
    }
    Ok(())
}

fn remove(file: &Path) -> Result<(), BackupError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(file)(error)),
        _ => Ok(()),
    }
}

/// The person named the backup, not our copy of it.
fn named(error: BackupError, backup: &Path) -> BackupError {
    match error {
        BackupError::Foreign(_) => BackupError::Foreign(backup.into()),
        BackupError::Newer(_) => BackupError::Newer(backup.into()),
        BackupError::Damaged { what, .. } => BackupError::Damaged { file: backup.into(), what },
        other => other,
    }
}
