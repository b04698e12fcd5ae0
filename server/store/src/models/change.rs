//! Changes of a provider. Each writes its audit event in the same transaction, and is announced: instances hold providers
//! in memory.

use crate::{
    AuditEvent, Changed, CredentialChange, Error, Store, audit::audit, changes::write_change,
    credentials::change_credential, stored::json,
};
use domain::{
    id::{ProviderId, WorkspaceId},
    model::ProviderSettings,
};

/// What a provider is from now on.
#[derive(Clone, Debug)]
pub struct ProviderEdit {
    /// What its form sets.
    pub settings: ProviderSettings,
    /// Its credential.
    pub credential: CredentialChange,
    /// The version that the edit began with ([`Error::Changed`] if it is another by now): a credential is kept for the
    /// address that it was judged for, and nobody's edit is lost unseen.
    pub version: i64,
}

impl Store {
    /// Changes what a provider's form sets, and its credential.
    pub async fn edit_provider(
        &self,
        workspace: &WorkspaceId,
        provider: &ProviderId,
        edit: &ProviderEdit,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            let version: Option<(i64,)> = sqlx::query_as(
                "UPDATE providers SET version = version + 1 WHERE id = $1 AND workspace_id = $2 RETURNING version",
            )
            .bind(provider.as_str()).bind(workspace.as_str()).fetch_optional(&mut *tx).await?;
            let (version,) = version.ok_or(Error::NotFound)?;
            if version != edit.version + 1 {
                return Err(Error::Changed);
            }
            sqlx::query(
                "UPDATE providers SET name = $1, url = $2, timeout = $3, priority = $4, models = $5 WHERE id = $6",
            )
            .bind(&edit.settings.name)
            .bind(&edit.settings.url)
            .bind(i64::from(edit.settings.timeout))
            .bind(i64::from(edit.settings.priority))
            .bind(json(&edit.settings.models))
            .bind(provider.as_str())
            .execute(&mut *tx)
            .await?;
            change_credential!(tx, "providers", provider, &edit.credential);
            audit!(tx, event);
            Ok(())
        })
    }

    /// Lets requests go to a provider, or not.
    pub async fn enable_provider(
        &self,
        workspace: &WorkspaceId,
        provider: &ProviderId,
        enabled: bool,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            let done = sqlx::query("UPDATE providers SET enabled = $1 WHERE id = $2 AND workspace_id = $3")
                .bind(enabled).bind(provider.as_str()).bind(workspace.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Removes a provider and its credential. What its models cost stays.
    pub async fn remove_provider(
        &self,
        workspace: &WorkspaceId,
        provider: &ProviderId,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            let done = sqlx::query("DELETE FROM providers WHERE id = $1 AND workspace_id = $2")
                .bind(provider.as_str()).bind(workspace.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }
}
