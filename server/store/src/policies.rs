//! Firewall policies of a workspace: added, changed, listed, deleted once no key is under them any more.

use crate::{
    AuditEvent, Changed, Error, Store,
    audit::audit,
    changes::write_change,
    db::{read, write},
    hold::{hold, update_keys},
    stored::{json, parse},
};
use domain::{
    id::{PolicyId, WorkspaceId},
    mcp::Firewall,
    time::Timestamp,
};

/// A policy, not yet written.
#[derive(Clone, Debug)]
pub struct NewPolicy {
    /// Names it.
    pub id: PolicyId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// What people call it; one of a name in a workspace.
    pub name: String,
    /// What it does.
    pub firewall: Firewall,
    /// Now.
    pub created_at: Timestamp,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallPolicy {
    /// Names it.
    pub id: PolicyId,
    /// What people call it.
    pub name: String,
    /// What it does.
    pub firewall: Firewall,
    /// How many live keys are under it.
    pub keys: i64,
    /// Since when.
    pub created_at: Timestamp,
}

/// One page of policies, by name.
#[derive(Clone, Debug)]
pub struct PolicyPage {
    /// The policies.
    pub policies: Vec<FirewallPolicy>,
    /// The name beyond which the next page begins.
    pub next: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    policy: String,
    dry_run: bool,
    keys: i64,
    created_at: i64,
}

impl TryFrom<Row> for FirewallPolicy {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: PolicyId::from_text(row.id),
            name: row.name,
            firewall: Firewall { policy: parse("policy", &row.policy)?, dry_run: row.dry_run },
            keys: row.keys,
            created_at: Timestamp(row.created_at),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.name, p.policy, p.dry_run, p.created_at,
               (SELECT COUNT(*) FROM keys k WHERE k.policy_id = p.id AND k.deleted_at IS NULL) AS keys
             FROM policies p WHERE ",
            $rest
        )
    };
}

impl Store {
    /// Adds a policy; [`Error::Taken`] if the workspace has one of that name.
    pub async fn insert_policy(&self, new: &NewPolicy, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query(
                "INSERT INTO policies (id, workspace_id, name, policy, dry_run, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(new.id.as_str())
            .bind(new.workspace.as_str())
            .bind(&new.name)
            .bind(json(&new.firewall.policy))
            .bind(new.firewall.dry_run)
            .bind(new.created_at.0)
            .execute(&mut *tx)
            .await
            .map_err(Error::or_taken)?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// Gives a policy another name and other rules: [`Error::Taken`] if the name is, [`Error::Changed`] if it is not what it was
    /// `before` any more, which is what the caller has seen.
    pub async fn change_policy(
        &self,
        workspace: &WorkspaceId,
        before: &FirewallPolicy,
        name: &str,
        firewall: &Firewall,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            hold!(tx, "policies", workspace, Some(&before.id));
            let now: Row = sqlx::query_as(select!("p.workspace_id = $1 AND p.id = $2"))
                .bind(workspace.as_str()).bind(before.id.as_str()).fetch_one(&mut *tx).await?;
            let now = FirewallPolicy::try_from(now)?;
            if (&now.name, &now.firewall) != (&before.name, &before.firewall) {
                return Err(Error::Changed);
            }
            sqlx::query(
                "UPDATE policies SET name = $1, policy = $2, dry_run = $3 WHERE id = $4 AND workspace_id = $5",
            )
            .bind(name)
            .bind(json(&firewall.policy))
            .bind(firewall.dry_run)
            .bind(before.id.as_str())
            .bind(workspace.as_str())
            .execute(&mut *tx)
            .await
            .map_err(Error::or_taken)?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// Deletes a policy; [`Error::PolicyInUse`] as long as a live key is under it, which would be without one then.
    pub async fn delete_policy(
        &self,
        workspace: &WorkspaceId,
        policy: &PolicyId,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            // Whoever puts a key under it meanwhile waits here, and then finds no policy.
            hold!(tx, "policies", workspace, Some(policy));
            let (keys,): (i64,) =
                sqlx::query_as("SELECT COUNT(*) FROM keys WHERE policy_id = $1 AND deleted_at IS NULL")
                    .bind(policy.as_str()).fetch_one(&mut *tx).await?;
            if keys > 0 {
                return Err(Error::PolicyInUse(keys));
            }
            // The tombstones of keys that were under it.
            update_keys!(self, tx, "policy_id = NULL", "policy_id = $1", policy.as_str());
            sqlx::query("DELETE FROM policies WHERE id = $1").bind(policy.as_str()).execute(&mut *tx).await?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// A policy of a workspace.
    pub async fn policy(&self, workspace: &WorkspaceId, policy: &PolicyId) -> Result<Option<FirewallPolicy>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(select!("p.workspace_id = $1 AND p.id = $2"))
            .bind(workspace.as_str()).bind(policy.as_str()).fetch_optional(pool).await)?;
        row.map(FirewallPolicy::try_from).transpose()
    }

    /// Up to `size` policies of a workspace by name, beyond the name `after`.
    pub async fn policy_page(&self, workspace: &WorkspaceId, after: &str, size: usize) -> Result<PolicyPage, Error> {
        let sql = select!("p.workspace_id = $1 AND p.name > $2 ORDER BY p.name LIMIT $3");
        let mut rows: Vec<Row> = read!(self, pool => sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(after)
            .bind(i64::try_from(size + 1).unwrap_or(i64::MAX))
            .fetch_all(pool)
            .await)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(|row| row.name.clone());
        Ok(PolicyPage { policies: rows.into_iter().map(FirewallPolicy::try_from).collect::<Result<_, _>>()?, next })
    }
}
