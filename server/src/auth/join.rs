//! Accepting an invite: by somebody who is signed in, or by somebody who gets an account with it.

use super::{Caller, sessions::UserSession};
use crate::{Client, Error, Latchkey};
use axum::http::request::Parts;
use domain::{access::Role, field::Fields, id::UserId, key::SecretHash, time::Timestamp, user};
use secrecy::{ExposeSecret, SecretString};
use store::{Newcomer, OpenInvite, User};

/// Why a link opens nothing. One sentence for every reason: a token that was guessed wrong tells nothing.
pub const CLOSED: &str =
    "This invite was used or revoked, or its time is over. Ask whoever sent it to you for another one.";

/// What an invite offers.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The workspace's name.
    pub workspace: String,
    /// Its slug.
    pub slug: String,
    /// As what it lets in.
    pub role: Role,
    /// Who made it.
    pub invited_by: Option<String>,
    /// Until when it is open.
    pub expires_at: Timestamp,
    /// The role that the caller has there already, if that is as high or higher: there is nothing to accept.
    pub already: Option<Role>,
}

/// What somebody without an account fills in.
#[derive(Clone, Debug)]
pub struct Account {
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Their password.
    pub password: SecretString,
}

/// What the invite of a token offers to the caller; `None` if it is not open.
pub async fn offer(latchkey: &Latchkey, caller: Option<&Caller>, token: &str) -> Result<Option<Offer>, Error> {
    let Some(invite) = latchkey.store.invite(&SecretHash::of(token), latchkey.now()).await? else { return Ok(None) };
    let already = match caller.and_then(Caller::user_id) {
        Some(user) => latchkey.store.role(&invite.workspace, user).await?.filter(|role| *role >= invite.role),
        None => None,
    };
    Ok(Some(Offer {
        workspace: invite.workspace_name,
        slug: invite.workspace_slug,
        role: invite.role,
        invited_by: invite.invited_by,
        expires_at: invite.expires_at,
        already,
    }))
}

/// Makes the caller a member; says of which workspace, by slug. Whoever is there already with such a role uses nothing up.
pub async fn accept_invite(caller: &Caller, token: &str) -> Result<String, Error> {
    let latchkey = caller.latchkey();
    let invite = find(latchkey, token).await?;
    let user = caller.user_id().ok_or(Error::Unauthenticated)?;
    if latchkey.store.role(&invite.workspace, user).await?.is_some_and(|role| role >= invite.role) {
        return Ok(invite.workspace_slug);
    }
    let event = caller.event(Some(&invite.workspace), "invite.accept", invite.id.as_str(), caller.email());
    let done = latchkey.store.accept_invite(&invite, Newcomer::User(user), &event).await;
    done.map_err(closed)?;
    Ok(invite.workspace_slug)
}

/// Makes an account, with it a member, and signs the person in; says of which workspace, by slug.
pub async fn join(latchkey: &Latchkey, parts: &Parts, token: &str, account: Account) -> Result<String, Error> {
    let invite = find(latchkey, token).await?;
    let client = Client::of(&parts.extensions);
    let session = UserSession::of(parts).ok_or(Error::Unavailable)?;
    if session.user(latchkey).await?.is_some() {
        let message = "You are signed in: accept the invite as yourself, or sign out first.";
        return Err(Error::Forbidden(message.into()));
    }
    let mut fields = Fields::default();
    let name = fields.take(user::name(&account.name));
    let email = fields.take(user::email(&account.email));
    let fits = fields.take(user::password("password", account.password.expose_secret()));
    let (name, email, ()) = fields.finish((|| Some((name?, email?, fits?)))())?;
    latchkey.throttle.count(&email, &client.address())?;
    let user = User {
        id: latchkey.random.with(|rng| UserId::generate(rng)),
        email,
        name,
        instance_admin: false,
        active: true,
        created_at: latchkey.now(),
    };
    let hash = latchkey.passwords.hash(&account.password).await?;
    let caller = Caller::new(latchkey, user.clone(), client.address());
    let created = caller.event(None, "user.create", user.id.as_str(), &user.email);
    let event = caller.event(Some(&invite.workspace), "invite.accept", invite.id.as_str(), &user.email);
    let done = latchkey.store.accept_invite(&invite, Newcomer::Fresh(&user, &hash, &created), &event).await;
    done.map_err(|error| match error {
        store::Error::Taken => Error::field("email", "There is an account with this e-mail. Sign in to accept."),
        other => closed(other),
    })?;
    session.begin(latchkey, &client, &user.id).await?;
    Ok(invite.workspace_slug)
}

async fn find(latchkey: &Latchkey, token: &str) -> Result<OpenInvite, Error> {
    let found = latchkey.store.invite(&SecretHash::of(token), latchkey.now()).await?;
    found.ok_or_else(|| Error::field("token", CLOSED))
}

fn closed(error: store::Error) -> Error {
    match error {
        store::Error::NotFound => Error::field("token", CLOSED),
        other => other.into(),
    }
}
