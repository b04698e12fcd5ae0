//! Use-cases about workspaces and their members.

use crate::{
    Error,
    auth::{Caller, Grant, InstanceGrant, ManageMembers},
};
use domain::{
    access::Role,
    field::Fields,
    id::WorkspaceId,
    time::Timestamp,
    workspace::{self, Plan, Settings},
};
use store::Workspace;

/// A workspace as lists show it.
#[derive(Clone, Debug)]
pub struct WorkspaceView {
    /// Its name in URLs.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Whether its keys work.
    pub plan: Plan,
    /// Since when.
    pub created_at: Timestamp,
}

impl From<Workspace> for WorkspaceView {
    fn from(workspace: Workspace) -> Self {
        let Workspace { slug, name, plan, created_at, .. } = workspace;
        Self { slug, name, plan, created_at }
    }
}

/// Adds a workspace.
pub async fn create(
    grant: &InstanceGrant,
    slug: &str,
    name: &str,
    plan: Plan,
    settings: Settings,
) -> Result<WorkspaceView, Error> {
    let latchkey = grant.caller().latchkey();
    let mut fields = Fields::default();
    let slug = fields.take(workspace::slug(slug));
    let name = fields.take(workspace::name(name));
    let (slug, name) = fields.finish(slug.zip(name))?;
    let workspace = Workspace {
        id: latchkey.random.with(|rng| WorkspaceId::generate(rng)),
        slug,
        name,
        plan,
        settings,
        created_at: latchkey.now(),
    };
    let event = grant.caller().event(Some(&workspace.id), "workspace.create", workspace.id.as_str(), &workspace.slug);
    let done = latchkey.store.insert_workspace(&workspace, &event).await;
    done.map_err(|error| Error::taken(error, "slug", "There is a workspace with this slug already."))?;
    Ok(workspace.into())
}

/// Every workspace by slug.
pub async fn list(grant: &InstanceGrant) -> Result<Vec<WorkspaceView>, Error> {
    let workspaces = grant.caller().latchkey().store.workspaces().await?;
    Ok(workspaces.into_iter().map(WorkspaceView::from).collect())
}

/// The workspaces that the caller may enter, by name: people read names.
pub async fn of_caller(caller: &Caller) -> Result<Vec<WorkspaceView>, Error> {
    let store = &caller.latchkey().store;
    let mut workspaces = match caller.user_id() {
        Some(user) if !caller.is_instance_admin() => store.workspaces_of(user).await?,
        _ => store.workspaces().await?,
    };
    workspaces.sort_by_key(|workspace| workspace.name.to_lowercase());
    Ok(workspaces.into_iter().map(WorkspaceView::from).collect())
}

/// Makes a user a member, or changes the role of one. Their keys follow at once.
pub async fn put_member(grant: &Grant<ManageMembers>, email: &str, role: Role) -> Result<(), Error> {
    let store = &grant.caller().latchkey().store;
    let found = store.user_by_email(&email.trim().to_lowercase()).await?;
    let (user, _) = found.ok_or_else(|| Error::field("email", "There is no user with this e-mail."))?;
    let workspace = &grant.workspace().id;
    let event = grant.caller().event(Some(workspace), "member.put", user.id.as_str(), &user.email);
    Ok(store.put_member(workspace, &user.id, role, &event).await?)
}

/// Ends a membership. The member's keys stop at once.
pub async fn remove_member(grant: &Grant<ManageMembers>, email: &str) -> Result<(), Error> {
    let store = &grant.caller().latchkey().store;
    let (user, _) = store.user_by_email(&email.trim().to_lowercase()).await?.ok_or(Error::NotFound)?;
    let workspace = &grant.workspace().id;
    let event = grant.caller().event(Some(workspace), "member.remove", user.id.as_str(), &user.email);
    Ok(store.remove_member(workspace, &user.id, &event).await?)
}

/// Changes a workspace's plan and settings. Its keys follow at once.
pub async fn update(grant: &InstanceGrant, slug: &str, plan: Plan, settings: Settings) -> Result<(), Error> {
    let store = &grant.caller().latchkey().store;
    let found = store.workspace(slug).await?.ok_or(Error::NotFound)?;
    let workspace = Workspace { plan, settings, ..found };
    let event = grant.caller().event(Some(&workspace.id), "workspace.update", workspace.id.as_str(), &workspace.slug);
    Ok(store.update_workspace(&workspace, &event).await?)
}
