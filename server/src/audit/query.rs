//! What the audit log is asked for, as it was typed, and the store's filter made of it.

use crate::{
    Error,
    typed::{day, plain},
};
use domain::{field::Fields, id::WorkspaceId, time::Timestamp};
use store::{AuditCursor, AuditFilter, Sought, Store};

/// What the log is asked for; it stands in the URL. Empty parts ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// By whom: an e-mail, or a part of one.
    pub who: String,
    /// What was done, such as `key.create`.
    pub action: String,
    /// To what: a whole id, or a part of a name.
    pub target: String,
    /// The first day, `2026-08-03`, UTC.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Where the page begins.
    pub after: String,
}

impl AuditQuery {
    /// Whether anything narrows the log.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        [&self.who, &self.action, &self.target, &self.from, &self.to].iter().any(|part| !part.trim().is_empty())
    }

    pub(super) fn cursor(&self) -> Option<AuditCursor> {
        let (at, id) = self.after.split_once('.')?;
        Some(AuditCursor { at: Timestamp(at.parse().ok()?), id: plain(id) })
    }

    pub(super) async fn filter(&self, store: &Store, workspace: Option<&WorkspaceId>) -> Result<AuditFilter, Error> {
        let mut fields = Fields::default();
        let from = fields.take(day("from", &self.from, Timestamp::start_of_day, Timestamp(0)));
        let until = fields.take(day("to", &self.to, Timestamp::end_of_day, Timestamp(i64::MAX)));
        let (from, until) = fields.finish(from.zip(until))?;
        let (who, target) = (plain(&self.who).to_lowercase(), plain(&self.target));
        // What is typed whole is meant whole, and is found however long ago it was.
        let actor = match who.as_str() {
            "" => Sought::Any,
            who if store.audit_has_actor(workspace, who).await? => Sought::Whole(who.into()),
            who => Sought::Part(who.into()),
        };
        let target = match target.as_str() {
            "" => Sought::Any,
            target if store.audit_has_target(workspace, target).await? => Sought::Whole(target.into()),
            target => Sought::Part(target.into()),
        };
        Ok(AuditFilter { workspace: workspace.cloned(), actor, action: plain(&self.action), target, from, until })
    }
}

/// A cursor as the URL has it: the moment, a dot, the id.
pub(super) fn cursor_text(cursor: &AuditCursor) -> String {
    format!("{}.{}", cursor.at.0, cursor.id)
}
