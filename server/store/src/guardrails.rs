//! Guardrails of a workspace: added, changed, listed, looked up by the model relay, deleted once no key is under them any more.

use crate::{
    AuditEvent, Changed, Error, Store,
    audit::audit,
    changes::write_change,
    db::{read, write},
    hold::{hold, update_keys},
    stored::{json, parse},
};
use domain::{
    guardrail::{Guardrail, NewGuardrail},
    id::{GuardrailId, WorkspaceId},
    time::Timestamp,
};

/// A guardrail, not yet written.
#[derive(Clone, Debug)]
pub struct InsertGuardrail {
    /// Names it.
    pub id: GuardrailId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// What its form sets; one of a name in a workspace, in upper or lower case.
    pub new: NewGuardrail,
    /// Now.
    pub created_at: Timestamp,
}

/// A guardrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGuardrail {
    /// Names it.
    pub id: GuardrailId,
    /// What people call it.
    pub name: String,
    /// What it is for, possibly empty.
    pub description: String,
    /// What it does.
    pub guardrail: Guardrail,
    /// How many live keys are under it.
    pub keys: i64,
    /// Since when.
    pub created_at: Timestamp,
}

/// One page of guardrails, by name.
#[derive(Clone, Debug)]
pub struct GuardrailPage {
    /// The guardrails.
    pub guardrails: Vec<StoredGuardrail>,
    /// The name beyond which the next page begins.
    pub next: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    description: String,
    rules: String,
    keys: i64,
    created_at: i64,
}

impl TryFrom<Row> for StoredGuardrail {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: GuardrailId::from_text(row.id),
            name: row.name,
            description: row.description,
            guardrail: parse("guardrail", &row.rules)?,
            keys: row.keys,
            created_at: Timestamp(row.created_at),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT g.id, g.name, g.description, g.rules, g.created_at,
               (SELECT COUNT(*) FROM keys k WHERE k.guardrail_id = g.id AND k.deleted_at IS NULL) AS keys
             FROM guardrails g WHERE ",
            $rest
        )
    };
}

impl Store {
    /// Adds a guardrail; [`Error::Taken`] if the workspace has one of that name.
    pub async fn insert_guardrail(&self, insert: &InsertGuardrail, event: &AuditEvent) -> Result<(), Error> {
        let new = &insert.new;
        write!(self, tx => {
            sqlx::query(
                "INSERT INTO guardrails (id, workspace_id, name, name_folded, description, rules, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(insert.id.as_str())
            .bind(insert.workspace.as_str())
            .bind(&new.name)
            .bind(new.name.to_lowercase())
            .bind(&new.description)
            .bind(json(&new.guardrail))
            .bind(insert.created_at.0)
            .execute(&mut *tx)
            .await
            .map_err(Error::or_taken)?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// Says anew what a guardrail is called and what it does: [`Error::Taken`] if the name is, [`Error::Changed`] if it is not
    /// what it was `before` any more, which is what the caller has seen.
    pub async fn change_guardrail(
        &self,
        workspace: &WorkspaceId,
        before: &StoredGuardrail,
        new: &NewGuardrail,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            hold!(tx, "guardrails", workspace, Some(&before.id));
            let now: Row = sqlx::query_as(select!("g.workspace_id = $1 AND g.id = $2"))
                .bind(workspace.as_str()).bind(before.id.as_str()).fetch_one(&mut *tx).await?;
            let now = StoredGuardrail::try_from(now)?;
            if (&now.name, &now.description, &now.guardrail) != (&before.name, &before.description, &before.guardrail) {
                return Err(Error::Changed);
            }
            sqlx::query(
                "UPDATE guardrails SET name = $1, name_folded = $2, description = $3, rules = $4
                 WHERE id = $5 AND workspace_id = $6",
            )
            .bind(&new.name)
            .bind(new.name.to_lowercase())
            .bind(&new.description)
            .bind(json(&new.guardrail))
            .bind(before.id.as_str())
            .bind(workspace.as_str())
            .execute(&mut *tx)
            .await
            .map_err(Error::or_taken)?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// Deletes a guardrail; [`Error::GuardrailInUse`] as long as a live key is under it, which would be without one then.
    pub async fn delete_guardrail(
        &self,
        workspace: &WorkspaceId,
        guardrail: &GuardrailId,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            // Whoever puts a key under it meanwhile waits here, and then finds no guardrail.
            hold!(tx, "guardrails", workspace, Some(guardrail));
            let (keys,): (i64,) =
                sqlx::query_as("SELECT COUNT(*) FROM keys WHERE guardrail_id = $1 AND deleted_at IS NULL")
                    .bind(guardrail.as_str()).fetch_one(&mut *tx).await?;
            if keys > 0 {
                return Err(Error::GuardrailInUse(keys));
            }
            // The tombstones of keys that were under it.
            update_keys!(self, tx, "guardrail_id = NULL", "guardrail_id = $1", guardrail.as_str());
            sqlx::query("DELETE FROM guardrails WHERE id = $1").bind(guardrail.as_str()).execute(&mut *tx).await?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// A guardrail of a workspace.
    pub async fn guardrail(
        &self,
        workspace: &WorkspaceId,
        guardrail: &GuardrailId,
    ) -> Result<Option<StoredGuardrail>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(select!("g.workspace_id = $1 AND g.id = $2"))
            .bind(workspace.as_str()).bind(guardrail.as_str()).fetch_optional(pool).await)?;
        row.map(StoredGuardrail::try_from).transpose()
    }

    /// The guardrail of that name in a workspace, in upper or lower case.
    pub async fn guardrail_named(&self, workspace: &WorkspaceId, name: &str) -> Result<Option<StoredGuardrail>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(select!("g.workspace_id = $1 AND g.name_folded = $2"))
            .bind(workspace.as_str()).bind(name.to_lowercase()).fetch_optional(pool).await)?;
        row.map(StoredGuardrail::try_from).transpose()
    }

    /// Up to `size` guardrails of a workspace by name, beyond the name `after`, both in lower case.
    pub async fn guardrail_page(
        &self,
        workspace: &WorkspaceId,
        after: &str,
        size: usize,
    ) -> Result<GuardrailPage, Error> {
        let sql = select!("g.workspace_id = $1 AND g.name_folded > $2 ORDER BY g.name_folded LIMIT $3");
        let mut rows: Vec<Row> = read!(self, pool => sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(after)
            .bind(i64::try_from(size + 1).unwrap_or(i64::MAX))
            .fetch_all(pool)
            .await)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(|row| row.name.to_lowercase());
        let guardrails = rows.into_iter().map(StoredGuardrail::try_from).collect::<Result<_, _>>()?;
        Ok(GuardrailPage { guardrails, next })
    }
}
