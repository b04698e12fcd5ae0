//! The keys screen: both sections, their counts, and what can be filtered by.

use super::{KeyView, Reaches, view};
use crate::{
    Error,
    auth::{Caller, Grant, InWorkspace, InstanceGrant, SeeKeys},
    cursor,
};
use domain::{
    access::Reach,
    id::{UserId, WorkspaceId},
};
use store::{Cursor, KeyFilter, Scope, Section, Sort, Store, User, Workspace};

/// Rows a section shows at once.
const PAGE: usize = 50;
/// Rows of the keys that do not work, beneath those that do: a glance. Whoever goes on to more of them gets whole pages.
const GLANCE: usize = 10;
/// Choices that a filter offers: members or users, workspaces.
const OFFERED: i64 = 200;

/// What the keys screen is asked for; it stands in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyQuery {
    /// Part of a name, an id, an owner.
    pub search: String,
    /// Only keys of one status.
    pub status: Option<StatusFilter>,
    /// Only keys of one environment; empty for all.
    pub environment: String,
    /// A user's id, or `mine`; empty for all.
    pub owner: String,
    /// A workspace's slug, in the list of all workspaces; empty for all.
    pub workspace: String,
    /// The order.
    pub sort: SortBy,
    /// Where the enabled section's page begins.
    pub after: Option<String>,
    /// Where the disabled section's page begins.
    pub after_disabled: Option<String>,
}

/// The choices of the status filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusFilter {
    /// Keys that work.
    Enabled,
    /// Keys that were paused.
    Disabled,
    /// Keys whose time is over.
    Expired,
    /// Keys whose spend cap is reached.
    Exhausted,
    /// Tombstones.
    Deleted,
}

/// The choices of the sort menu.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// The last used first.
    #[default]
    LastUsed,
    /// The newest first.
    Created,
    /// By name.
    Name,
    /// The first to expire first.
    Expires,
}

/// One section of the screen.
#[derive(Clone, Debug, Default)]
pub struct SectionView {
    /// Its keys.
    pub keys: Vec<KeyView>,
    /// How many there are.
    pub count: i64,
    /// There are more than `count`.
    pub count_is_floor: bool,
    /// Where its next page begins.
    pub next: Option<String>,
}

/// A choice of a filter: a user, a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the filter takes.
    pub value: String,
    /// What it shows.
    pub name: String,
}

/// The keys screen.
#[derive(Clone, Debug)]
pub struct KeyList {
    /// Keys that work.
    pub enabled: SectionView,
    /// The others.
    pub disabled: SectionView,
    /// Environments in use.
    pub environments: Vec<String>,
    /// Members.
    pub owners: Vec<Choice>,
    /// The workspace has no key at all, whatever the filter.
    pub no_keys_yet: bool,
}

/// The list of all keys of all users.
#[derive(Clone, Debug, Default)]
pub struct AllKeys {
    /// Keys that work, and the others.
    pub sections: [SectionView; 2],
    /// Environments in use.
    pub environments: Vec<String>,
    /// Members of the chosen workspace, or the first users.
    pub owners: Vec<Choice>,
    /// The first workspaces by name, and the chosen one.
    pub workspaces: Vec<Choice>,
}

/// Whose keys are listed, for whom.
struct View<'a> {
    caller: &'a Caller,
    scope: Scope<'a>,
    reaches: Reaches,
    query: &'a KeyQuery,
}

/// The screen for a caller who may see keys; `place` tells which of them they may change.
pub async fn list(grant: &Grant<SeeKeys>, place: &InWorkspace, query: &KeyQuery) -> Result<KeyList, Error> {
    let store = &grant.caller().latchkey().store;
    let workspace = &grant.workspace().id;
    let view = View { caller: grant.caller(), scope: workspace.into(), reaches: Reaches::of(place), query };
    let [enabled, disabled] = view.sections().await?;
    Ok(KeyList {
        enabled,
        disabled,
        environments: store.environments(workspace).await?,
        owners: members(store, workspace).await?,
        no_keys_yet: !store.has_keys(workspace).await?,
    })
}

/// The list of all keys of all users, for an administrator of the installation. Of a workspace that is not there, no key is.
pub async fn list_anywhere(grant: &InstanceGrant, query: &KeyQuery) -> Result<AllKeys, Error> {
    let (caller, store) = (grant.caller(), &grant.caller().latchkey().store);
    let chosen = if query.workspace.is_empty() { None } else { store.workspace(&query.workspace).await? };
    let scope = chosen.as_ref().map_or(Scope::Everywhere, |workspace| Scope::Workspace(&workspace.id));
    let lost = chosen.is_none() && !query.workspace.is_empty();
    let sections = if lost {
        <[SectionView; 2]>::default()
    } else {
        View { caller, scope, reaches: Reaches::change(Reach::AllKeys), query }.sections().await?
    };
    let offered = |workspace: Workspace| Choice { value: workspace.slug, name: workspace.name };
    let mut workspaces: Vec<Choice> = store.first_workspaces(OFFERED).await?.into_iter().map(offered).collect();
    let mut owners = match scope {
        Scope::Workspace(workspace) => members(store, workspace).await?,
        Scope::Everywhere => store.first_users(OFFERED).await?.into_iter().map(owner).collect(),
    };
    // What is chosen is always among the choices, and says its name.
    let environments = store.environments(scope).await?;
    if let Some(workspace) = chosen.map(offered).filter(|choice| !workspaces.contains(choice)) {
        workspaces.push(workspace);
    }
    if !matches!(query.owner.as_str(), "" | "mine")
        && let Some(user) = store.user(&UserId::from_text(query.owner.as_str())).await?.map(owner)
        && !owners.contains(&user)
    {
        owners.push(user);
    }
    Ok(AllKeys { sections, environments, owners, workspaces })
}

/// Every key of a workspace, for the command line: page by page, so that memory stays bounded until it is printed.
pub async fn all(grant: &Grant<SeeKeys>) -> Result<Vec<KeyView>, Error> {
    let query = KeyQuery { sort: SortBy::Created, ..KeyQuery::default() };
    let view = View {
        caller: grant.caller(),
        scope: (&grant.workspace().id).into(),
        reaches: Reaches::default(),
        query: &query,
    };
    let mut keys = Vec::new();
    for section in [Section::Enabled, Section::NotEnabled] {
        let mut after = None;
        loop {
            let (page, next) = view.page(section, after.as_ref(), 500).await?;
            keys.extend(page);
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(keys)
}

/// The environments in use: what a form suggests.
pub async fn environments(grant: &Grant<SeeKeys>) -> Result<Vec<String>, Error> {
    Ok(grant.caller().latchkey().store.environments(&grant.workspace().id).await?)
}

/// The members, as choices of a filter by owner.
pub async fn owners(grant: &Grant<SeeKeys>) -> Result<Vec<Choice>, Error> {
    members(&grant.caller().latchkey().store, &grant.workspace().id).await
}

impl View<'_> {
    async fn sections(&self) -> Result<[SectionView; 2], Error> {
        let (first, second) = match self.query.status {
            None => (Some(Section::Enabled), Some(Section::NotEnabled)),
            Some(StatusFilter::Enabled) => (Some(Section::Enabled), None),
            Some(StatusFilter::Disabled) => (None, Some(Section::Disabled)),
            Some(StatusFilter::Expired) => (None, Some(Section::Expired)),
            Some(StatusFilter::Exhausted) => (None, Some(Section::Exhausted)),
            Some(StatusFilter::Deleted) => (None, Some(Section::Deleted)),
        };
        let beneath = if first.is_some() && self.query.after_disabled.is_none() { GLANCE } else { PAGE };
        let enabled = self.section(first, self.query.after.as_deref(), PAGE).await?;
        Ok([enabled, self.section(second, self.query.after_disabled.as_deref(), beneath).await?])
    }

    async fn section(&self, section: Option<Section>, after: Option<&str>, size: usize) -> Result<SectionView, Error> {
        let Some(section) = section else { return Ok(SectionView::default()) };
        let after = after.and_then(cursor::read);
        let (keys, next) = self.page(section, after.as_ref(), size).await?;
        let store = &self.caller.latchkey().store;
        let count = store.count_keys(self.scope, &self.filter(section)).await?;
        Ok(SectionView { keys, count: count.count, count_is_floor: count.more, next: next.as_ref().map(cursor::text) })
    }

    async fn page(
        &self,
        section: Section,
        after: Option<&Cursor>,
        size: usize,
    ) -> Result<(Vec<KeyView>, Option<Cursor>), Error> {
        let store = &self.caller.latchkey().store;
        let page = store.key_page(self.scope, &self.filter(section), sort(self.query.sort), after, size).await?;
        Ok((page.keys.into_iter().map(|key| view(self.caller, self.reaches, key)).collect(), page.next))
    }

    fn filter(&self, section: Section) -> KeyFilter {
        let owner = match self.query.owner.as_str() {
            "" => None,
            "mine" => self.caller.user_id().cloned(),
            id => Some(UserId::from_text(id)),
        };
        KeyFilter {
            search: self.query.search.clone(),
            environment: self.query.environment.clone(),
            owner,
            section,
            now: self.caller.latchkey().now(),
        }
    }
}

fn sort(by: SortBy) -> Sort {
    match by {
        SortBy::LastUsed => Sort::LastUsed,
        SortBy::Created => Sort::Created,
        SortBy::Name => Sort::Name,
        SortBy::Expires => Sort::Expires,
    }
}

async fn members(store: &Store, workspace: &WorkspaceId) -> Result<Vec<Choice>, Error> {
    let members = store.members(workspace, OFFERED).await?;
    Ok(members.into_iter().map(|member| Choice { value: member.user_id.to_string(), name: member.name }).collect())
}

fn owner(user: User) -> Choice {
    Choice { value: user.id.to_string(), name: user.name }
}
