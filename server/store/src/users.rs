//! Users: who may sign in.

use crate::{
    AuditEvent, Changed, Error, Store,
    audit::audit,
    changes::write_change,
    db::{read, write},
};
use domain::{id::UserId, time::Timestamp};

/// A person who may sign in.
#[derive(Clone, Debug)]
pub struct User {
    /// Names the user.
    pub id: UserId,
    /// Lower case; unique.
    pub email: String,
    /// What the console calls the person.
    pub name: String,
    /// May do everything in every workspace.
    pub instance_admin: bool,
    /// May sign in; their keys work.
    pub active: bool,
    /// Since when.
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    email: String,
    name: String,
    instance_admin: bool,
    active: bool,
    created_at: i64,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: UserId::from_text(row.id),
            email: row.email,
            name: row.name,
            instance_admin: row.instance_admin,
            active: row.active,
            created_at: Timestamp(row.created_at),
        }
    }
}

#[derive(sqlx::FromRow)]
struct WithPassword {
    password_hash: String,
    #[sqlx(flatten)]
    user: Row,
}

#[derive(sqlx::FromRow)]
struct WithStamp {
    role_changed_at: i64,
    #[sqlx(flatten)]
    user: Row,
}

/// Writes a user inside the transaction `$tx`.
macro_rules! insert_user {
    ($tx:ident, $user:expr, $password_hash:expr) => {{
        let user: &$crate::User = $user;
        sqlx::query(
            "INSERT INTO users (id, email, name, name_folded, password_hash, instance_admin, active, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(user.id.as_str())
        .bind(&user.email)
        .bind(&user.name)
        .bind(user.name.to_lowercase())
        .bind($password_hash)
        .bind(user.instance_admin)
        .bind(user.active)
        .bind(user.created_at.0)
        .execute(&mut *$tx)
        .await
        .map_err($crate::Error::or_taken)?
    }};
}

/// Takes the lock on a user's row: PostgreSQL makes the next writer wait here; SQLite has one writer anyway. Whoever takes
/// several takes them in the order of their ids, or two writers would wait for each other.
macro_rules! lock_user {
    ($tx:ident, $user:expr) => {
        sqlx::query("UPDATE users SET active = active WHERE id = $1").bind($user).execute(&mut *$tx).await?
    };
}

/// Takes the lock on every administrator's row and on one user's, so that parallel changes pass one by one; says whether the
/// user is the last active administrator of the installation.
macro_rules! lock_administrators {
    ($tx:ident, $user:expr) => {{
        let locked: Vec<(String,)> =
            sqlx::query_as("SELECT id FROM users WHERE instance_admin = TRUE OR id = $1 ORDER BY id")
                .bind($user.as_str())
                .fetch_all(&mut *$tx)
                .await?;
        for (id,) in &locked {
            lock_user!($tx, id);
        }
        let admins: Vec<(String,)> =
            sqlx::query_as("SELECT id FROM users WHERE instance_admin = TRUE AND active = TRUE LIMIT 2")
                .fetch_all(&mut *$tx)
                .await?;
        admins.len() == 1 && admins[0].0 == $user.as_str()
    }};
}

/// Notes that what a user may do has changed. The stamp differs from the one before even within a millisecond: sessions
/// compare it, and take a new id when it moved.
macro_rules! stamp_role {
    ($tx:ident, $user:expr, $at:expr) => {
        sqlx::query(
            "UPDATE users SET role_changed_at = CASE WHEN role_changed_at < $1 THEN $1 ELSE role_changed_at + 1 END
             WHERE id = $2",
        )
        .bind($at.0)
        .bind($user.as_str())
        .execute(&mut *$tx)
        .await?
    };
}
pub(crate) use {insert_user, lock_user, stamp_role};

impl Store {
    /// Adds a user; [`Error::Taken`] if the e-mail is.
    pub async fn insert_user(&self, user: &User, password_hash: &str, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            insert_user!(tx, user, password_hash);
            audit!(tx, event);
            Ok(())
        })
    }

    /// The user of an e-mail (lower case) with the password's hash.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<(User, String)>, Error> {
        let row: Option<WithPassword> = read!(self, pool => sqlx::query_as(
            "SELECT id, email, name, instance_admin, active, created_at, password_hash FROM users WHERE email = $1",
        )
        .bind(email)
        .fetch_optional(pool)
        .await)?;
        Ok(row.map(|row| (row.user.into(), row.password_hash)))
    }

    /// A user by id.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(
            "SELECT id, email, name, instance_admin, active, created_at FROM users WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(pool)
        .await)?;
        Ok(row.map(User::from))
    }

    /// All users by e-mail, for the command line.
    pub async fn users(&self) -> Result<Vec<User>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT id, email, name, instance_admin, active, created_at FROM users ORDER BY email",
        )
        .fetch_all(pool)
        .await)?;
        Ok(rows.into_iter().map(User::from).collect())
    }

    /// The first users by e-mail, for a choice of one.
    pub async fn first_users(&self, most: i64) -> Result<Vec<User>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT id, email, name, instance_admin, active, created_at FROM users ORDER BY email LIMIT $1",
        )
        .bind(most)
        .fetch_all(pool)
        .await)?;
        Ok(rows.into_iter().map(User::from).collect())
    }

    /// Whether somebody administers the installation.
    pub async fn has_instance_admin(&self) -> Result<bool, Error> {
        let row: Option<(i64,)> = read!(self, pool => sqlx::query_as(
            "SELECT created_at FROM users WHERE instance_admin = TRUE AND active = TRUE LIMIT 1",
        )
        .fetch_optional(pool)
        .await)?;
        Ok(row.is_some())
    }

    /// Gives a user another name; [`Error::NotFound`] if there is no such user.
    pub async fn rename_user(&self, user: &UserId, name: &str, event: &AuditEvent) -> Result<(), Error> {
        write_change!(self, Changed::Owner(user.clone()), tx => {
            let done = sqlx::query("UPDATE users SET name = $1, name_folded = $2 WHERE id = $3")
                .bind(name).bind(name.to_lowercase()).bind(user.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Gives a user another e-mail (lower case); [`Error::Taken`] if it is another's, [`Error::NotFound`] if there is no such
    /// user. Sessions stay: they hold the user's id.
    pub async fn set_user_email(&self, user: &UserId, email: &str, event: &AuditEvent) -> Result<(), Error> {
        write_change!(self, Changed::Owner(user.clone()), tx => {
            let done = sqlx::query("UPDATE users SET email = $1 WHERE id = $2")
                .bind(email).bind(user.as_str()).execute(&mut *tx).await.map_err(Error::or_taken)?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Replaces a password and ends every session of the user but `keep` (a stored session id; empty for none).
    /// [`Error::NotFound`] if there is no such user.
    pub async fn set_password(
        &self,
        user: &UserId,
        password_hash: &str,
        keep: &str,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write!(self, tx => {
            let done = sqlx::query("UPDATE users SET password_hash = $1 WHERE id = $2")
                .bind(password_hash).bind(user.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id <> $2")
                .bind(user.as_str()).bind(keep).execute(&mut *tx).await?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// What moves with every change of a user's role, anywhere: sessions compare it.
    pub async fn role_stamp(&self, user: &UserId) -> Result<i64, Error> {
        let row: Option<(i64,)> = read!(self, pool => sqlx::query_as("SELECT role_changed_at FROM users WHERE id = $1")
            .bind(user.as_str()).fetch_optional(pool).await)?;
        Ok(row.map_or(0, |(stamp,)| stamp))
    }

    /// A user by id, with the stamp of their roles: what a session asks for on every request.
    pub async fn session_user(&self, id: &UserId) -> Result<Option<(User, i64)>, Error> {
        let row: Option<WithStamp> = read!(self, pool => sqlx::query_as(
            "SELECT id, email, name, instance_admin, active, created_at, role_changed_at FROM users WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(pool)
        .await)?;
        Ok(row.map(|row| (row.user.into(), row.role_changed_at)))
    }

    /// Lets a user in, or out: without access their sessions end at once.
    /// [`Error::LastAdministrator`] if this would leave the installation without an administrator;
    /// [`Error::NotFound`] if there is no such user.
    pub async fn set_user_active(&self, user: &UserId, active: bool, event: &AuditEvent) -> Result<(), Error> {
        write_change!(self, Changed::Owner(user.clone()), tx => {
            let is_last = lock_administrators!(tx, user);
            if !active && is_last {
                return Err(Error::LastAdministrator);
            }
            let done = sqlx::query("UPDATE users SET active = $1 WHERE id = $2")
                .bind(active).bind(user.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            if !active {
                sqlx::query("DELETE FROM sessions WHERE user_id = $1").bind(user.as_str()).execute(&mut *tx).await?;
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Makes a user an administrator of the installation, or an ordinary user.
    /// [`Error::LastAdministrator`] if this would leave the installation without an administrator;
    /// [`Error::NotFound`] if there is no such user.
    pub async fn set_instance_admin(&self, user: &UserId, admin: bool, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            let is_last = lock_administrators!(tx, user);
            if !admin && is_last {
                return Err(Error::LastAdministrator);
            }
            let done = sqlx::query("UPDATE users SET instance_admin = $1 WHERE id = $2")
                .bind(admin).bind(user.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            stamp_role!(tx, user, event.at);
            audit!(tx, event);
            Ok(())
        })
    }
}
