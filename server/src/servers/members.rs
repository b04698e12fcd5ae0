//! Who may use a server. Their keys follow at the next request, by themselves.

use crate::{
    Error,
    auth::{Grant, ManageServers},
};
use domain::id::UserId;

/// Opens a server to every member, or to the chosen ones alone.
pub async fn open(grant: &Grant<ManageServers>, slug: &str, everyone: bool) -> Result<(), Error> {
    let server = super::find(grant, slug).await?;
    let what = format!("{slug}: {}", if everyone { "every member" } else { "chosen members" });
    let event = super::event(grant, "server.open", &server.id, &what);
    Ok(super::store(grant).open_server(&grant.workspace().id, &server.id, everyone, &event).await?)
}

/// Chooses a member for a server, by id.
pub async fn choose(grant: &Grant<ManageServers>, slug: &str, user: &str) -> Result<(), Error> {
    let (server, user) = (super::find(grant, slug).await?, UserId::from_text(user));
    let workspace = &grant.workspace().id;
    let member = super::store(grant).member(workspace, &user).await?;
    let email = member.ok_or(store::Error::NotFound).map_err(super::missing_member)?.email;
    let event = super::event(grant, "server.choose", &server.id, &format!("{slug}: {email}"));
    let done = super::store(grant).choose_for_server(workspace, &server.id, &user, &event).await;
    done.map_err(super::missing_member)
}

/// Chooses a member for a server, by e-mail; answers with their name. Whoever is no member of the workspace is refused like an
/// e-mail that nobody has.
pub async fn choose_by_email(grant: &Grant<ManageServers>, slug: &str, email: &str) -> Result<String, Error> {
    let refused = || Error::field("email", "No member of this workspace has this e-mail. Its members can be chosen.");
    let found = super::store(grant).user_by_email(&email.trim().to_lowercase()).await?;
    let (user, _) = found.ok_or_else(refused)?;
    match choose(grant, slug, user.id.as_str()).await {
        Ok(()) => Ok(user.name),
        Err(Error::Invalid(_)) => Err(refused()),
        Err(other) => Err(other),
    }
}

/// Takes a member's choice back, by id.
pub async fn unchoose(grant: &Grant<ManageServers>, slug: &str, user: &str) -> Result<(), Error> {
    let (server, user) = (super::find(grant, slug).await?, UserId::from_text(user));
    let workspace = &grant.workspace().id;
    let member = super::store(grant).member(workspace, &user).await?.ok_or(Error::NotFound)?;
    let event = super::event(grant, "server.unchoose", &server.id, &format!("{slug}: {}", member.email));
    Ok(super::store(grant).unchoose_for_server(workspace, &server.id, &user, &event).await?)
}
