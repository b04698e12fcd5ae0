//! Use-cases about workspaces: making one, its settings, entering it. Its members stand in [`members`].

mod enter;
mod members;
mod settings;

pub use enter::{Door, Doors, doors};
pub use members::{MemberList, MemberView, change_role, member, members, put_member, remove, remove_member};
pub use settings::{change, change_reveal, change_samples, kept_samples, kept_secrets, update, working_keys};

use crate::{Count, Error, auth::InstanceGrant, cursor};
use domain::{
    field::Fields,
    id::WorkspaceId,
    time::Timestamp,
    workspace::{self, Plan, Settings},
};
use store::{Workspace, WorkspaceRow};

/// Workspaces that a page of the administration shows at once.
const PAGE: usize = 50;

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

/// A workspace as the administration's list shows it.
#[derive(Clone, Debug)]
pub struct WorkspaceCounts {
    /// The workspace.
    pub workspace: WorkspaceView,
    /// How many members it has.
    pub members: Count,
    /// How many of its keys work.
    pub keys: Count,
}

impl From<WorkspaceRow> for WorkspaceCounts {
    fn from(row: WorkspaceRow) -> Self {
        let WorkspaceRow { slug, name, plan, created_at, members, keys, .. } = row;
        let workspace = WorkspaceView { slug, name, plan, created_at };
        Self { workspace, members: members.into(), keys: keys.into() }
    }
}

/// Adds a workspace. Its first administrator is the caller; the command line makes one without members.
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
    let done = latchkey.store.found_workspace(&workspace, grant.caller().user_id(), &event).await;
    done.map_err(|error| Error::taken(error, "slug", "There is a workspace with this slug already."))?;
    Ok(workspace.into())
}

/// Every workspace by slug, for the command line.
pub async fn list(grant: &InstanceGrant) -> Result<Vec<WorkspaceView>, Error> {
    let workspaces = grant.caller().latchkey().store.workspaces().await?;
    Ok(workspaces.into_iter().map(WorkspaceView::from).collect())
}

/// One page of workspaces by name, and where the next begins.
pub async fn page(
    grant: &InstanceGrant,
    search: &str,
    after: &str,
) -> Result<(Vec<WorkspaceCounts>, Option<String>), Error> {
    let latchkey = grant.caller().latchkey();
    let page = latchkey.store.workspace_page(search, latchkey.now(), cursor::read(after).as_ref(), PAGE).await?;
    Ok((page.workspaces.into_iter().map(WorkspaceCounts::from).collect(), page.next.as_ref().map(cursor::text)))
}
