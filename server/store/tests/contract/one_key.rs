//! Disable, enable and delete of one key, as most stories want them: a batch of one.

use domain::{id::WorkspaceId, key::KeyId};
use store::{AuditEvent, Batch, Error, KeyChange, Store};

/// The changes of a batch, on one key.
pub trait OneKey {
    async fn disable_key(&self, workspace: &WorkspaceId, key: &KeyId, event: &AuditEvent) -> Result<(), Error>;
    async fn enable_key(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        most_active: Option<u32>,
        event: &AuditEvent,
    ) -> Result<(), Error>;
    async fn delete_key(&self, workspace: &WorkspaceId, key: &KeyId, event: &AuditEvent) -> Result<(), Error>;
}

fn one(workspace: &WorkspaceId, key: &KeyId, event: &AuditEvent) -> [KeyChange; 1] {
    [KeyChange { workspace: workspace.clone(), key: *key, event: event.clone() }]
}

impl OneKey for Store {
    async fn disable_key(&self, workspace: &WorkspaceId, key: &KeyId, event: &AuditEvent) -> Result<(), Error> {
        self.change_keys(Batch::Disable, &one(workspace, key, event)).await
    }

    async fn enable_key(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        most_active: Option<u32>,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        self.change_keys(Batch::Enable { most_active }, &one(workspace, key, event)).await
    }

    async fn delete_key(&self, workspace: &WorkspaceId, key: &KeyId, event: &AuditEvent) -> Result<(), Error> {
        self.change_keys(Batch::Delete, &one(workspace, key, event)).await
    }
}
