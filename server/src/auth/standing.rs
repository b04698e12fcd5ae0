//! An answer that goes on after its request was judged: whether whoever asked is still signed in. Asked again and again by the
//! console's streams.

use super::{Caller, sessions::UserSession};
use crate::{Client, Error, Latchkey};
use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use domain::id::UserId;

/// A session that an answer goes on for.
pub struct Standing {
    asked: Caller,
    user: UserId,
    /// As its row is called; empty if the browser is only just told of another name.
    session: String,
    address: String,
}

impl Standing {
    /// The caller as of the request.
    #[must_use]
    pub fn asked(&self) -> &Caller {
        &self.asked
    }

    /// Who is signed in.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// The caller as of now. [`Error::Unauthenticated`] once the session has ended or goes on under another name: the browser
    /// then asks by that.
    pub async fn caller(&self) -> Result<Caller, Error> {
        let latchkey = self.asked.latchkey();
        let session = latchkey.store.session(&self.session, latchkey.now()).await?.ok_or(Error::Unauthenticated)?;
        if session.user.as_ref() != Some(&self.user) {
            return Err(Error::Unauthenticated);
        }
        let found = latchkey.store.session_user(&self.user).await?.map(|(user, _)| user);
        let user = found.filter(|user| user.active).ok_or(Error::Unauthenticated)?;
        Ok(Caller::new(latchkey, user, self.address.clone()))
    }
}

impl<S> FromRequestParts<S> for Standing
where
    S: Send + Sync,
    Latchkey: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let asked = Caller::from_request_parts(parts, state).await?;
        let session = UserSession::of(parts).ok_or(Error::Unauthenticated)?.stored_id();
        let user = asked.user_id().cloned().ok_or(Error::Unauthenticated)?;
        Ok(Self { asked, user, session, address: Client::of(&parts.extensions).address() })
    }
}
