//! What the filters of a keys list say in SQL. Called by the list for its pages and its counts.

use super::list::{KeyFilter, Section};
use crate::sql::{Statement, pattern};
use domain::id::WorkspaceId;

/// Whose keys a list is about.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// One workspace's.
    Workspace(&'a WorkspaceId),
    /// All of the installation: for its administrators.
    Everywhere,
}

impl<'a> From<&'a WorkspaceId> for Scope<'a> {
    fn from(workspace: &'a WorkspaceId) -> Self {
        Self::Workspace(workspace)
    }
}

impl Scope<'_> {
    /// Narrows a statement about `keys k` to the scope.
    pub(super) fn narrow(self, all: &mut Statement) {
        if let Self::Workspace(workspace) = self {
            all.text(" AND k.workspace_id = ").bind(workspace.as_str());
        }
    }
}

/// The conditions on `keys k` that hold for every range of a section, each beginning with `AND`. Only what is asked for
/// stands in the text: a condition that is switched off by its value would keep the engine from the right index.
pub(super) fn conditions(all: &mut Statement, scope: Scope<'_>, filter: &KeyFilter) {
    scope.narrow(all);
    if filter.section != Section::Deleted {
        all.text(" AND k.deleted_at IS NULL");
    }
    if filter.section == Section::Enabled {
        // What expired since the last look is still listed here when it could not be settled.
        all.text(" AND (k.expires_at IS NULL OR k.expires_at > ").bind(filter.now.0).text(")");
    }
    if !filter.environment.is_empty() {
        all.text(" AND k.environment = ").bind(filter.environment.as_str());
    }
    if let Some(owner) = &filter.owner {
        all.text(" AND k.owner_id = ").bind(owner.as_str());
    }
    if let Some(pattern) = pattern(&filter.search) {
        all.text(" AND (k.name_folded LIKE ").bind(pattern.as_str()).text(r" ESCAPE '\'");
        all.text(" OR LOWER(k.id) LIKE ").bind(pattern.as_str()).text(r" ESCAPE '\'");
        all.text(" OR k.owner_id IN (SELECT id FROM users WHERE email LIKE ").bind(pattern.as_str());
        all.text(r" ESCAPE '\' OR name_folded LIKE ").bind(pattern.as_str()).text(r" ESCAPE '\'))");
    }
}
