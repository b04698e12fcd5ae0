//! Signing in and out, and changing the own password.

use super::{Caller, sessions::UserSession};
use crate::{Client, Error, Latchkey};
use axum::http::request::Parts;
use domain::user;
use secrecy::{ExposeSecret, SecretString};

/// Checks e-mail and password and signs the user in. An unknown e-mail, a deactivated user and a wrong password answer
/// alike, in words and in time.
pub async fn sign_in(latchkey: &Latchkey, parts: &Parts, email: &str, password: SecretString) -> Result<(), Error> {
    let client = Client::of(&parts.extensions);
    let email = email.trim().to_lowercase();
    latchkey.throttle.count(&email, &client.address())?;
    if password.expose_secret().len() > user::PASSWORD_MOST {
        return Err(Error::WrongPassword);
    }
    let found = latchkey.store.user_by_email(&email).await?.filter(|(user, _)| user.active);
    let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), Some(hash)));
    let matches = latchkey.passwords.matches(&password, hash).await?;
    let Some(user) = user.filter(|_| matches) else {
        tracing::info!(address = client.address(), "sign-in refused");
        return Err(Error::WrongPassword);
    };
    let session = UserSession::of(parts).ok_or(Error::Unavailable)?;
    // A good moment to forget what has ended: rare, and off the data plane.
    latchkey.store.delete_ended_sessions(latchkey.now()).await?;
    session.begin(latchkey, &client, &user.id).await
}

/// Ends the session.
pub async fn sign_out(parts: &Parts) -> Result<(), Error> {
    match UserSession::of(parts) {
        Some(session) => session.end().await,
        None => Ok(()),
    }
}

/// Replaces the caller's password; every other session of theirs ends, this one gets a new id.
pub async fn change_password(
    caller: &Caller,
    parts: &Parts,
    current: SecretString,
    new: SecretString,
) -> Result<(), Error> {
    let latchkey = caller.latchkey();
    let id = caller.user_id().ok_or(Error::Unauthenticated)?;
    user::password("new_password", new.expose_secret())?;
    confirm(caller, &Client::of(&parts.extensions), "current_password", &current).await?;
    let hash = latchkey.passwords.hash(&new).await?;
    let event = caller.event(None, "user.password", id.as_str(), caller.email());
    let session = UserSession::of(parts).ok_or(Error::Unavailable)?;
    session.renew().await?;
    latchkey.store.set_password(id, &hash, "", &event).await?;
    Ok(())
}

/// Refuses, at `field`, a password that is not the caller's. Tries are counted with those of signing in.
pub(crate) async fn confirm(
    caller: &Caller,
    client: &Client,
    field: &'static str,
    password: &SecretString,
) -> Result<(), Error> {
    let latchkey = caller.latchkey();
    latchkey.throttle.count(caller.email(), &client.address())?;
    let (_, hash) = latchkey.store.user_by_email(caller.email()).await?.ok_or(Error::Unauthenticated)?;
    if password.expose_secret().len() <= user::PASSWORD_MOST && latchkey.passwords.matches(password, Some(hash)).await?
    {
        return Ok(());
    }
    Err(Error::field(field, "This is not your current password."))
}

/// Where to go after signing in: `next` if it is a path of this installation, else `/`. Two slashes, a backslash or a
/// control character at the start would lead a browser elsewhere.
#[must_use]
pub fn local_path(next: &str) -> &str {
    let mut chars = next.chars();
    let starts = chars.next() == Some('/') && !matches!(chars.next(), Some('/' | '\\'));
    let plain = !next.contains(|c: char| c.is_control() || c == '\\');
    if starts && plain { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_local_paths() {
        for good in ["/", "/w/acme/keys?q=a%20b"] {
            assert_eq!(local_path(good), good);
        }
        for bad in
            ["", "//evil.org", "/\\evil.org", "https://evil.org", "javascript:alert(1)", "/\t/evil.org", "w/acme"]
        {
            assert_eq!(local_path(bad), "/", "{bad:?}");
        }
    }
}
