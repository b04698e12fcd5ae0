//! The first administrator: by the one-time link that the start prints, or unattended from the environment.

use super::Caller;
use crate::{Error, Latchkey, Random};
use domain::{
    field::Fields,
    id::{UserId, WorkspaceId},
    key::sha256,
    random::base62,
    user,
    workspace::{self, Plan, Settings},
};
use secrecy::{ExposeSecret, SecretString};
use store::{User, Workspace};
use subtle::ConstantTimeEq;

/// The token of the link: new at every start, worth nothing once there is an administrator.
pub struct SetUpLink(SecretString);

impl SetUpLink {
    pub(crate) fn new(random: &Random) -> Self {
        Self(random.with(|rng| base62(rng, 32)).into())
    }

    pub(crate) fn token(&self) -> &str {
        self.0.expose_secret()
    }

    fn opens_with(&self, token: &str) -> bool {
        sha256(token).ct_eq(&sha256(self.token())).into()
    }
}

/// What the set-up page asks for.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The first administrator's name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Their password.
    pub password: SecretString,
    /// The first workspace's name.
    pub workspace: String,
    /// Its slug.
    pub slug: String,
}

/// Whether that token opens the set-up page now.
pub async fn set_up_is_open(latchkey: &Latchkey, token: &str) -> Result<bool, Error> {
    Ok(latchkey.set_up_link.opens_with(token) && !latchkey.store.has_instance_admin().await?)
}

/// Makes the first administrator and the first workspace.
pub async fn set_up(latchkey: &Latchkey, token: &str, form: SetUp) -> Result<(), Error> {
    if !set_up_is_open(latchkey, token).await? {
        return Err(Error::NotFound);
    }
    let mut fields = Fields::default();
    let name = fields.take(user::name(&form.name));
    let email = fields.take(user::email(&form.email));
    let password = fields.take(user::password("password", form.password.expose_secret()));
    let title = fields.take(workspace::name(&form.workspace).map_err(|error| rename(error, "workspace")));
    let slug = fields.take(workspace::slug(&form.slug));
    let checked = (|| Some((name?, email?, password?, title?, slug?)))();
    let (name, email, (), title, slug) = fields.finish(checked)?;
    let first = Workspace {
        id: latchkey.random.with(|rng| WorkspaceId::generate(rng)),
        slug,
        name: title,
        plan: Plan::Pro,
        settings: Settings::default(),
        created_at: latchkey.now(),
    };
    insert(latchkey, name, email, &form.password, Some(&first)).await
}

/// Makes the first administrator from the environment, unless there is one. Says whether it did.
pub async fn set_up_unattended(latchkey: &Latchkey, email: &str, password: &SecretString) -> Result<bool, Error> {
    if latchkey.store.has_instance_admin().await? {
        return Ok(false);
    }
    let email = user::email(email)?;
    user::password("password", password.expose_secret())?;
    insert(latchkey, email.clone(), email, password, None).await?;
    Ok(true)
}

async fn insert(
    latchkey: &Latchkey,
    name: String,
    email: String,
    password: &SecretString,
    workspace: Option<&Workspace>,
) -> Result<(), Error> {
    let user = User {
        id: latchkey.random.with(|rng| UserId::generate(rng)),
        email,
        name,
        instance_admin: true,
        active: true,
        created_at: latchkey.now(),
    };
    let hash = latchkey.passwords.hash(password).await?;
    let event = Caller::operator(latchkey).event(None, "installation.set_up", user.id.as_str(), &user.email);
    let done = latchkey.store.set_up(&user, &hash, workspace, &event).await;
    done.map_err(|error| match error {
        // Somebody else was quicker, or the e-mail or slug is taken: the link is spent or of no use either way.
        store::Error::Taken => Error::NotFound,
        other => other.into(),
    })
}

fn rename(error: domain::field::FieldError, field: &str) -> domain::field::FieldError {
    domain::field::FieldError { field: field.into(), ..error }
}
