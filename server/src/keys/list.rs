//! The keys screen: both sections, their counts, and what can be filtered by.

use super::{KeyView, Reaches, view};
use crate::{
    Error,
    auth::{Caller, Grant, InWorkspace, InstanceGrant, SeeKeys},
    cursor,
};
use domain::{access::Reach, id::UserId};
use store::{Cursor, KeyFilter, Scope, Section, Sort};

/// Rows a section shows at once.
const PAGE: usize = 50;
/// Members offered in the owner filter.
const OWNERS: i64 = 200;

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

/// A member in the owner filter.
#[derive(Clone, Debug)]
pub struct OwnerChoice {
    /// What the filter takes.
    pub id: String,
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
    pub owners: Vec<OwnerChoice>,
    /// The workspace has no key at all, whatever the filter.
    pub no_keys_yet: bool,
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
        owners: owners(grant).await?,
        no_keys_yet: !store.has_keys(workspace).await?,
    })
}

/// Both sections of the list of all keys of all users, for an administrator of the installation.
pub async fn list_anywhere(grant: &InstanceGrant, query: &KeyQuery) -> Result<[SectionView; 2], Error> {
    let view =
        View { caller: grant.caller(), scope: Scope::Everywhere, reaches: Reaches::change(Reach::AllKeys), query };
    view.sections().await
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

impl View<'_> {
    async fn sections(&self) -> Result<[SectionView; 2], Error> {
        let (first, second) = match self.query.status {
            None => (Some(Section::Enabled), Some(Section::NotEnabled)),
            Some(StatusFilter::Enabled) => (Some(Section::Enabled), None),
            Some(StatusFilter::Disabled) => (None, Some(Section::Disabled)),
            Some(StatusFilter::Expired) => (None, Some(Section::Expired)),
            Some(StatusFilter::Deleted) => (None, Some(Section::Deleted)),
        };
        let enabled = self.section(first, self.query.after.as_deref()).await?;
        Ok([enabled, self.section(second, self.query.after_disabled.as_deref()).await?])
    }

    async fn section(&self, section: Option<Section>, after: Option<&str>) -> Result<SectionView, Error> {
        let Some(section) = section else { return Ok(SectionView::default()) };
        let after = after.and_then(cursor::read);
        let (keys, next) = self.page(section, after.as_ref(), PAGE).await?;
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

async fn owners(grant: &Grant<SeeKeys>) -> Result<Vec<OwnerChoice>, Error> {
    let members = grant.caller().latchkey().store.members(&grant.workspace().id, OWNERS).await?;
    Ok(members.into_iter().map(|member| OwnerChoice { id: member.user_id.to_string(), name: member.name }).collect())
}
