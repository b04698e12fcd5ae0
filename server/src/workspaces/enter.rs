//! Where a caller may go: what the console's bar and its switcher show on every page.

use crate::{
    Error,
    auth::{Act, Caller, ChangeSettings, ManageMembers, ManageModels, SeeAudit},
};
use domain::access::{Role, reach};
use store::Workspace;

/// Workspaces that the switcher offers to those who may enter all of them.
const OFFERED: i64 = 50;

/// A workspace that the caller may enter, and which of its pages are theirs.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a page of its own")]
pub struct Door {
    /// Its name in URLs.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// The caller says which models it has, and what they cost.
    pub models: bool,
    /// The caller manages its members.
    pub members: bool,
    /// The caller reads its audit log.
    pub audit: bool,
    /// The caller changes its settings.
    pub settings: bool,
}

/// Where the caller may go.
#[derive(Clone, Debug)]
pub struct Doors {
    /// The workspace at hand.
    pub current: Option<Door>,
    /// Those to choose from, by name: people read names.
    pub all: Vec<Door>,
    /// There may be more than these; the administration lists all.
    pub more: bool,
}

/// Where the caller may go, seen from the workspace `slug`, or from no workspace's page. An administrator of the installation may go
/// everywhere: they are offered the first few, and the one at hand.
pub async fn doors(caller: &Caller, slug: Option<&str>) -> Result<Doors, Error> {
    let store = &caller.latchkey().store;
    let own = match caller.user_id() {
        Some(user) if !caller.is_instance_admin() => Some(store.workspaces_of(user).await?),
        _ => None,
    };
    let more = own.is_none();
    let mut all: Vec<Door> = match own {
        Some(own) => own.into_iter().map(|(workspace, role)| door(workspace, role)).collect(),
        None => store.first_workspaces(OFFERED).await?.into_iter().map(|found| door(found, Role::Admin)).collect(),
    };
    let mut current = match slug {
        Some(slug) => all.iter().find(|door| door.slug == slug).cloned(),
        None => all.first().cloned(),
    };
    if let (None, Some(slug), true) = (&current, slug, more) {
        current = store.workspace(slug).await?.map(|workspace| door(workspace, Role::Admin));
        all.splice(0..0, current.clone());
    }
    Ok(Doors { current, all, more })
}

fn door(workspace: Workspace, role: Role) -> Door {
    let may = |action| reach(role, action, &workspace.settings).is_some();
    Door {
        models: may(ManageModels::ACTION),
        members: may(ManageMembers::ACTION),
        audit: may(SeeAudit::ACTION),
        settings: may(ChangeSettings::ACTION),
        slug: workspace.slug,
        name: workspace.name,
    }
}
