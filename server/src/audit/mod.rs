//! Use-cases about the audit log: read by page and as a whole. Called by the audit pages, by exports and by the command line.

mod export;
mod query;
mod words;

pub use query::AuditQuery;
pub use words::{ACTIONS, Words, words};

use crate::{
    Error, Latchkey,
    auth::{Grant, InstanceGrant, SeeAudit},
    export::Format,
};
use domain::{id::WorkspaceId, time::Timestamp};
use store::{AuditCursor, AuditFilter, ListedEvent, STRETCH};

/// Events of one page.
const PAGE: usize = 50;

/// The log that a caller may read: of one workspace, or of all with the installation's own events. Made of a grant only.
#[derive(Clone)]
pub struct AuditLog {
    latchkey: Latchkey,
    workspace: Option<WorkspaceId>,
    name: String,
}

/// An event as lists show it.
#[derive(Clone, Debug)]
pub struct EventView {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The slug of the workspace; `None` for the installation.
    pub workspace: Option<String>,
    /// Who: an e-mail, or `command line`.
    pub actor: String,
    /// What, such as `key.rename`.
    pub action: String,
    /// The id of what was changed.
    pub target: String,
    /// Its name at that time, before the change.
    pub target_name: String,
    /// Its name after the change, if that is what was changed; else empty.
    pub new_name: String,
    /// From where; empty for the command line.
    pub address: String,
}

/// One page of the log.
#[derive(Clone, Debug, Default)]
pub struct AuditList {
    /// Its events, newest first.
    pub events: Vec<EventView>,
    /// Where the next page begins, as the URL has it.
    pub next: Option<String>,
    /// Only so much is compared at once: everything back to this moment was, and `next` goes on there.
    pub looked_back_to: Option<Timestamp>,
}

impl AuditLog {
    /// The log of a workspace.
    #[must_use]
    pub fn of(grant: &Grant<SeeAudit>) -> Self {
        let (caller, workspace) = (grant.caller(), grant.workspace());
        Self {
            latchkey: caller.latchkey().clone(),
            workspace: Some(workspace.id.clone()),
            name: workspace.slug.clone(),
        }
    }

    /// The log of all workspaces and of the installation.
    #[must_use]
    pub fn whole(grant: &InstanceGrant) -> Self {
        Self { latchkey: grant.caller().latchkey().clone(), workspace: None, name: "all".into() }
    }

    /// What a file of it is called.
    #[must_use]
    pub fn file_name(&self, format: Format) -> String {
        format!("audit-{}-{}.{}", self.name, self.latchkey.now().day(), format.extension())
    }

    /// One page.
    pub async fn page(&self, query: &AuditQuery) -> Result<AuditList, Error> {
        let filter = self.filter(query).await?;
        let page = self.latchkey.store.audit_page(&filter, query.cursor().as_ref(), PAGE, STRETCH).await?;
        Ok(AuditList {
            events: page.events.into_iter().map(EventView::from).collect(),
            looked_back_to: page.next.as_ref().filter(|_| page.cut).map(|next| next.at),
            next: page.next.as_ref().map(query::cursor_text),
        })
    }

    /// Everything that a query asks for, to be read in batches.
    pub async fn read(&self, query: &AuditQuery) -> Result<Reader, Error> {
        let filter = self.filter(query).await?;
        Ok(Reader { latchkey: self.latchkey.clone(), filter, at: Place::Start })
    }

    async fn filter(&self, query: &AuditQuery) -> Result<AuditFilter, Error> {
        query.filter(&self.latchkey.store, self.workspace.as_ref()).await
    }
}

/// Reads a part of the log from its newest event to its oldest, a batch at a time: memory is that of one batch. Events that
/// are written meanwhile are newer, and are not read.
pub struct Reader {
    latchkey: Latchkey,
    filter: AuditFilter,
    at: Place,
}

enum Place {
    Start,
    After(AuditCursor),
    End,
}

/// Events read at once.
const BATCH: usize = 1_000;

impl Reader {
    /// The next events; `None` at the end. A batch may be empty where much was compared and nothing matched.
    pub async fn batch(&mut self) -> Result<Option<Vec<EventView>>, Error> {
        let after = match &self.at {
            Place::Start => None,
            Place::After(cursor) => Some(cursor),
            Place::End => return Ok(None),
        };
        let page = self.latchkey.store.audit_page(&self.filter, after, BATCH, STRETCH).await?;
        self.at = page.next.map_or(Place::End, Place::After);
        Ok(Some(page.events.into_iter().map(EventView::from).collect()))
    }
}

impl From<ListedEvent> for EventView {
    fn from(listed: ListedEvent) -> Self {
        let event = listed.event;
        Self {
            id: event.id.to_string(),
            at: event.at,
            workspace: listed.workspace_slug,
            actor: event.actor,
            action: event.action,
            target: event.target,
            target_name: event.target_name,
            new_name: event.new_name,
            address: event.address,
        }
    }
}
