//! Use-cases about users: for the own account, the administration's pages and the command line.

use crate::{
    Client, Count, Error,
    auth::{self, Caller, InstanceGrant},
};
use domain::{field::Fields, id::UserId, time::Timestamp, user};
use secrecy::{ExposeSecret, SecretString};
use store::{AuditEvent, Store, User};

/// Users that a page shows at once.
const PAGE: usize = 50;

/// Why an e-mail is refused that another user has.
const TAKEN: &str = "There is a user with this e-mail already.";

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

/// A user as the administration's list shows them.
#[derive(Clone, Debug)]
pub struct UserCounts {
    /// The user.
    pub user: UserView,
    /// In how many workspaces they are.
    pub workspaces: Count,
    /// How many of their keys work.
    pub keys: Count,
    /// It is the caller.
    pub own: bool,
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
    done.map_err(|error| Error::taken(error, "email", TAKEN))?;
    Ok(user.into())
}

/// All users by e-mail, for the command line.
pub async fn list(grant: &InstanceGrant) -> Result<Vec<UserView>, Error> {
    let users = store(grant).users().await?;
    Ok(users.into_iter().map(UserView::from).collect())
}

/// Gives the caller another name. It is shown everywhere at once: nothing keeps a copy.
pub async fn rename_self(caller: &Caller, name: &str) -> Result<String, Error> {
    let id = caller.user_id().ok_or(Error::Unauthenticated)?;
    write_name(caller, id, caller.email(), name).await
}

/// Gives a user another name, and says it.
pub async fn rename(grant: &InstanceGrant, id: &str, name: &str) -> Result<String, Error> {
    let user = find(grant, id).await?;
    write_name(grant.caller(), &user.id, &user.email, name).await
}

async fn write_name(caller: &Caller, id: &UserId, email: &str, name: &str) -> Result<String, Error> {
    let name = user::name(name)?;
    let event = AuditEvent { new_name: name.clone(), ..caller.event(None, "user.rename", id.as_str(), email) };
    caller.latchkey().store.rename_user(id, &name, &event).await?;
    Ok(name)
}

/// Gives the caller another e-mail, by which they sign in from now on. It takes their password: who finds an open browser can't
/// make the account their own. Sessions stay.
pub async fn change_own_email(
    caller: &Caller,
    client: &Client,
    email: &str,
    password: &SecretString,
) -> Result<String, Error> {
    let id = caller.user_id().ok_or(Error::Unauthenticated)?;
    let email = user::email(email)?;
    auth::confirm(caller, client, "password", password).await?;
    write_email(caller, id, caller.email(), email).await
}

/// Gives a user another e-mail, and says it. Their sessions stay.
pub async fn set_email(grant: &InstanceGrant, id: &str, email: &str) -> Result<String, Error> {
    let user = find(grant, id).await?;
    write_email(grant.caller(), &user.id, &user.email, user::email(email)?).await
}

async fn write_email(caller: &Caller, id: &UserId, before: &str, email: String) -> Result<String, Error> {
    if email == before {
        return Ok(email);
    }
    let event = AuditEvent { new_name: email.clone(), ..caller.event(None, "user.email", id.as_str(), before) };
    let done = caller.latchkey().store.set_user_email(id, &email, &event).await;
    done.map_err(|error| Error::taken(error, "email", TAKEN))?;
    Ok(email)
}

/// One page of users by e-mail, and where the next begins.
pub async fn page(
    grant: &InstanceGrant,
    search: &str,
    after: &str,
) -> Result<(Vec<UserCounts>, Option<String>), Error> {
    let page = store(grant).user_page(search, grant.caller().latchkey().now(), Some(after), PAGE).await?;
    let view = |row: store::UserRow| UserCounts {
        own: grant.caller().user_id() == Some(&row.user.id),
        user: row.user.into(),
        workspaces: row.workspaces.into(),
        keys: row.keys.into(),
    };
    Ok((page.users.into_iter().map(view).collect(), page.next))
}

/// A user, how many of their keys work, and in how many workspaces: what the page about their deactivation says.
pub async fn show(grant: &InstanceGrant, id: &str) -> Result<(UserView, Count, i64), Error> {
    let user = find(grant, id).await?;
    let (keys, workspaces) = store(grant).working_keys_of(&user.id, grant.caller().latchkey().now()).await?;
    Ok((user.into(), keys.into(), workspaces))
}

/// The user of an e-mail.
pub async fn by_email(grant: &InstanceGrant, email: &str) -> Result<UserView, Error> {
    let (user, _) = store(grant).user_by_email(&email.trim().to_lowercase()).await?.ok_or(Error::NotFound)?;
    Ok(user.into())
}

/// Shuts a user out: their sessions end and their keys stop at once. Or lets them in again. Says who it is.
pub async fn set_active(grant: &InstanceGrant, id: &str, active: bool) -> Result<UserView, Error> {
    let user = find(grant, id).await?;
    let action = if active { "user.enable" } else { "user.disable" };
    let event = grant.caller().event(None, action, user.id.as_str(), &user.email);
    store(grant).set_user_active(&user.id, active, &event).await?;
    Ok(User { active, ..user }.into())
}

/// A user, for the page of their name and e-mail.
pub async fn by_id(grant: &InstanceGrant, id: &str) -> Result<UserView, Error> {
    Ok(find(grant, id).await?.into())
}

/// Makes a user an administrator of the installation, or an ordinary user. Says who it is.
pub async fn set_instance_admin(grant: &InstanceGrant, id: &str, admin: bool) -> Result<UserView, Error> {
    let user = find(grant, id).await?;
    let action = if admin { "user.promote" } else { "user.demote" };
    let event = grant.caller().event(None, action, user.id.as_str(), &user.email);
    store(grant).set_instance_admin(&user.id, admin, &event).await?;
    Ok(User { instance_admin: admin, ..user }.into())
}

/// Shuts the user of an e-mail out.
pub async fn disable(grant: &InstanceGrant, email: &str) -> Result<(), Error> {
    let user = by_email(grant, email).await?;
    set_active(grant, user.id.as_str(), false).await.map(drop)
}

async fn find(grant: &InstanceGrant, id: &str) -> Result<User, Error> {
    store(grant).user(&UserId::from_text(id)).await?.ok_or(Error::NotFound)
}

fn store(grant: &InstanceGrant) -> &Store {
    &grant.caller().latchkey().store
}
