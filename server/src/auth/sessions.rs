//! Console sessions: tower-sessions over our own table, which the account page's list needs anyway. The table holds the
//! hash of the cookie's value, so a copy of it opens nothing.

use super::Caller;
use crate::{Client, Error, Latchkey};
use async_trait::async_trait;
use axum::http::request::Parts;
use domain::{
    id::UserId,
    key::sha256,
    time::{MINUTE, Timestamp},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use store::{StoredSession, User};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store,
};

/// A session ends after that many days without a request.
const IDLE_DAYS: i64 = 7;
const USER: &str = "user";
const SEEN: &str = "seen";
/// The stamp of the user's roles that the session last saw: see `store`'s `role_stamp`.
const ROLES: &str = "roles";
/// Whether another session has taken its place.
const SUPERSEDED: &str = "superseded";
/// Milliseconds for which the old id of a session still opens, where the browser had more than one request under way: each of
/// these would otherwise be sent to sign in, and take the new cookie away.
const GRACE: i64 = 10_000;

#[derive(Clone, Serialize, Deserialize)]
struct Seen {
    at: Timestamp,
    address: String,
    agent: String,
}

/// The layer that reads and writes the session cookie.
#[must_use]
pub fn session_layer(latchkey: &Latchkey) -> SessionManagerLayer<SessionRows> {
    let https = latchkey.is_https();
    SessionManagerLayer::new(SessionRows(latchkey.clone()))
        .with_name(if https { "__Host-latchkey_session" } else { "latchkey_session" })
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::days(IDLE_DAYS)))
}

/// The session of one request, seen from sign-in.
pub(crate) struct UserSession(Session);

impl UserSession {
    pub(crate) fn of(parts: &Parts) -> Option<Self> {
        parts.extensions.get::<Session>().cloned().map(Self)
    }

    /// The user who is signed in, as long as they may be.
    pub(super) async fn user(&self, latchkey: &Latchkey) -> Result<Option<User>, Error> {
        match self.0.get::<UserId>(USER).await.map_err(unavailable)? {
            Some(id) => {
                let found = latchkey.store.session_user(&id).await?.filter(|(user, _)| user.active);
                let Some((user, stamp)) = found else { return Ok(None) };
                self.follow_roles(latchkey, stamp).await?;
                Ok(Some(user))
            }
            None => Ok(None),
        }
    }

    /// Gives the session a new id once a role of its user was changed: whoever knew the id of the lesser role knows nothing.
    /// Only the browser's own next request can bring it the new id, so that is when it is made.
    async fn follow_roles(&self, latchkey: &Latchkey, stamp: i64) -> Result<(), Error> {
        let seen = self.0.get::<i64>(ROLES).await.map_err(unavailable)?.unwrap_or_default();
        let superseded = self.0.get::<bool>(SUPERSEDED).await.map_err(unavailable)?.unwrap_or_default();
        if seen == stamp || superseded {
            return Ok(());
        }
        if latchkey.store.supersede_session(&self.stored_id(), latchkey.now().plus(GRACE)).await? {
            self.0.cycle_id().await.map_err(unavailable)?;
            self.0.insert(ROLES, stamp).await.map_err(unavailable)?;
        }
        Ok(())
    }

    /// Notes where the session is used from, at most once a minute: a write on every request would be a waste.
    pub(super) async fn seen(&self, latchkey: &Latchkey, client: &Client) -> Result<(), Error> {
        let now = latchkey.now();
        let last = self.0.get::<Seen>(SEEN).await.map_err(unavailable)?;
        let due = last.is_none_or(|seen| now.since(seen.at) >= MINUTE);
        // Writing to a session answers with its cookie: the old id must not take the place of the new one.
        if due && !self.is_superseded(latchkey).await? {
            let seen = Seen { at: now, address: client.address(), agent: client.agent.to_string() };
            self.0.insert(SEEN, seen).await.map_err(unavailable)?;
        }
        Ok(())
    }

    async fn is_superseded(&self, latchkey: &Latchkey) -> Result<bool, Error> {
        let found = latchkey.store.session(&self.stored_id(), latchkey.now()).await?;
        Ok(found.is_some_and(|session| session.superseded))
    }

    /// Signs a user in, under a new id: whoever knew the old one knows nothing.
    pub(super) async fn begin(&self, latchkey: &Latchkey, client: &Client, user: &UserId) -> Result<(), Error> {
        self.0.cycle_id().await.map_err(unavailable)?;
        self.0.insert(USER, user).await.map_err(unavailable)?;
        self.0.insert(ROLES, latchkey.store.role_stamp(user).await?).await.map_err(unavailable)?;
        let seen = Seen { at: latchkey.now(), address: client.address(), agent: client.agent.to_string() };
        self.0.insert(SEEN, seen).await.map_err(unavailable)?;
        // The layer would write it after the answer, when it is too late to say that it could not.
        let saved = self.0.save().await.map_err(unavailable);
        if saved.is_err() {
            self.0.clear().await;
        }
        saved
    }

    /// Gives the session a new id.
    pub(super) async fn renew(&self) -> Result<(), Error> {
        self.0.cycle_id().await.map_err(unavailable)
    }

    /// Ends the session.
    pub(super) async fn end(&self) -> Result<(), Error> {
        self.0.flush().await.map_err(unavailable)
    }

    /// Who is signed in, as the session says: whether they still may be is the gate's matter.
    pub(crate) async fn user_id(&self) -> Option<UserId> {
        self.0.get(USER).await.ok().flatten()
    }

    /// The name of its row; empty where it is not written yet under its new one.
    pub(super) fn stored_id(&self) -> String {
        self.0.id().as_ref().map(stored_id).unwrap_or_default()
    }
}

fn unavailable(error: tower_sessions::session::Error) -> Error {
    tracing::error!(%error, "the session store failed");
    match error {
        tower_sessions::session::Error::Store(session_store::Error::Backend(what)) => {
            // tower-sessions carries words alone.
            let is = |error: &store::Error| error.to_string() == what;
            [store::Error::Full, store::Error::ReadOnly].into_iter().find(is).map_or(Error::Unavailable, Error::from)
        }
        _ => Error::Unavailable,
    }
}

fn stored_id(id: &Id) -> String {
    use std::fmt::Write;
    sha256(&id.to_string()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A session on the account page.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// Names it in the "sign out" form; not the cookie's value.
    pub id: String,
    /// From where it was last seen.
    pub address: String,
    /// By what it was last seen.
    pub agent: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
    /// The one that asks.
    pub current: bool,
}

/// The caller's sessions, the last seen first.
pub async fn sessions(caller: &Caller, parts: &Parts) -> Result<Vec<SessionView>, Error> {
    let latchkey = caller.latchkey();
    let user = caller.user_id().ok_or(Error::Unauthenticated)?;
    let current = UserSession::of(parts).map(|session| session.stored_id()).unwrap_or_default();
    let rows = latchkey.store.sessions_of(user, latchkey.now()).await?;
    let view = |row: StoredSession| SessionView {
        current: row.id == current,
        id: row.id,
        address: row.address,
        agent: row.agent,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Ends one of the caller's sessions.
pub async fn sign_out_other(caller: &Caller, session: &str) -> Result<(), Error> {
    let user = caller.user_id().ok_or(Error::Unauthenticated)?;
    Ok(caller.latchkey().store.delete_session_of(user, session).await?)
}

/// Ends all of the caller's sessions but the one that asks.
pub async fn sign_out_others(caller: &Caller, parts: &Parts) -> Result<(), Error> {
    let user = caller.user_id().ok_or(Error::Unauthenticated)?;
    let keep = UserSession::of(parts).map(|session| session.stored_id()).unwrap_or_default();
    Ok(caller.latchkey().store.delete_other_sessions(user, &keep).await?)
}

/// tower-sessions' view of the sessions table.
#[derive(Clone)]
pub struct SessionRows(Latchkey);

impl std::fmt::Debug for SessionRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionRows")
    }
}

impl SessionRows {
    fn row(&self, record: &Record) -> StoredSession {
        let now = self.0.now();
        let read = |name: &str| record.data.get(name).cloned();
        let seen: Option<Seen> = read(SEEN).and_then(|value| serde_json::from_value(value).ok());
        StoredSession {
            id: stored_id(&record.id),
            user: read(USER).and_then(|value| serde_json::from_value(value).ok()),
            data: serde_json::to_string(&record.data).unwrap_or_default(),
            address: seen.as_ref().map(|seen| seen.address.clone()).unwrap_or_default(),
            agent: seen.as_ref().map(|seen| seen.agent.clone()).unwrap_or_default(),
            created_at: now,
            last_seen_at: seen.map_or(now, |seen| seen.at),
            expires_at: Timestamp(record.expiry_date.unix_timestamp().saturating_mul(1_000)),
            superseded: false,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn backend(error: store::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for SessionRows {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        loop {
            match self.0.store.insert_session(&self.row(record)).await {
                Err(store::Error::Taken) => record.id = Id::default(),
                done => return done.map_err(backend),
            }
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        match self.0.store.update_session(&self.row(record)).await {
            // What is lost is from where the session was last seen. Whoever is signed in goes on reading.
            Err(error @ (store::Error::Full | store::Error::ReadOnly)) => {
                tracing::warn!(%error, "where a session was seen is not kept");
                Ok(())
            }
            done => done.map_err(backend),
        }
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let found = self.0.store.session(&stored_id(id), self.0.now()).await.map_err(backend)?;
        Ok(found.and_then(|row| {
            let mut data: HashMap<String, Value> = serde_json::from_str(&row.data).ok()?;
            if row.superseded {
                data.insert(SUPERSEDED.into(), true.into());
            }
            Some(Record {
                id: *id,
                data,
                expiry_date: OffsetDateTime::from_unix_timestamp(row.expires_at.0.div_euclid(1_000)).ok()?,
            })
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.store.delete_session(&stored_id(id)).await.map_err(backend)
    }
}
