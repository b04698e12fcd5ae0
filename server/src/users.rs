//! Use-cases about users: for the command line, the own account, and the administration to come.

use crate::{
    Error,
    auth::{Caller, InstanceGrant},
};
use domain::{field::Fields, id::UserId, time::Timestamp, user};
use secrecy::{ExposeSecret, SecretString};
use store::User;

/// A user as lists show them.
#[derive(Clone, Debug)]
pub struct UserView {
    /// Names the user.
    pub id: UserId,
    /// Their e-mail.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Administers the installation.
    pub instance_admin: bool,
    /// May sign in.
    pub active: bool,
    /// Since when.
    pub created_at: Timestamp,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User { id, email, name, instance_admin, active, created_at } = user;
        Self { id, email, name, instance_admin, active, created_at }
    }
}

/// Adds a user.
pub async fn create(
    grant: &InstanceGrant,
    email: &str,
    name: &str,
    password: &SecretString,
    instance_admin: bool,
) -> Result<UserView, Error> {
    let latchkey = grant.caller().latchkey();
    let mut fields = Fields::default();
    let email = fields.take(user::email(email));
    let name = fields.take(user::name(name));
    let fits = fields.take(user::password("password", password.expose_secret()));
    let (email, name, ()) = fields.finish((|| Some((email?, name?, fits?)))())?;
    let user = User {
        id: latchkey.random.with(|rng| UserId::generate(rng)),
        email,
        name,
        instance_admin,
        active: true,
        created_at: latchkey.now(),
    };
    let hash = latchkey.passwords.hash(password).await?;
    let event = grant.caller().event(None, "user.create", user.id.as_str(), &user.email);
    let done = latchkey.store.insert_user(&user, &hash, &event).await;
    done.map_err(|error| Error::taken(error, "email", "There is a user with this e-mail already."))?;
    Ok(user.into())
}

/// All users by e-mail.
pub async fn list(grant: &InstanceGrant) -> Result<Vec<UserView>, Error> {
    let users = grant.caller().latchkey().store.users().await?;
    Ok(users.into_iter().map(UserView::from).collect())
}

/// Gives the caller another name. It is shown everywhere at once: nothing keeps a copy.
pub async fn rename_self(caller: &Caller, name: &str) -> Result<String, Error> {
    let id = caller.user_id().ok_or(Error::Unauthenticated)?;
    let name = user::name(name)?;
    let event = caller.event(None, "user.rename", id.as_str(), caller.email());
    caller.latchkey().store.rename_user(id, &name, &event).await?;
    Ok(name)
}

/// Shuts a user out: their sessions end and their keys stop at once.
pub async fn disable(grant: &InstanceGrant, email: &str) -> Result<(), Error> {
    let store = &grant.caller().latchkey().store;
    let (user, _) = store.user_by_email(&email.trim().to_lowercase()).await?.ok_or(Error::NotFound)?;
    let event = grant.caller().event(None, "user.disable", user.id.as_str(), &user.email);
    Ok(store.set_user_active(&user.id, false, &event).await?)
}
