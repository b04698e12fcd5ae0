//! Requests as stories tell them, written as the server writes them: one by one into the log, and summed up by key.

use crate::world::World;
use domain::{id::WorkspaceId, key::KeyId, time::Timestamp};
use std::{collections::HashMap, net::IpAddr, sync::Arc};
use store::{Added, Error, InsertKey, KeyUses, McpUse, ModelUse, Store};

/// A request that carried a key.
#[derive(Clone, Debug)]
pub struct Use {
    pub at: Timestamp,
    pub workspace: WorkspaceId,
    pub key: KeyId,
    pub surface: &'static str,
    pub code: &'static str,
    pub address: Option<IpAddr>,
    pub agent: Arc<str>,
    pub mcp: Option<McpUse<&'static str>>,
    pub model: Option<ModelUse<&'static str>>,
}

impl Use {
    pub fn of(key: &InsertKey, at: Timestamp, code: &'static str) -> Self {
        let (workspace, agent) = (key.workspace.clone(), "".into());
        Self { at, workspace, key: key.id, surface: "me", code, address: None, agent, mcp: None, model: None }
    }
}

/// The sums of requests, a key each.
pub fn sums(uses: &[Use]) -> Vec<KeyUses> {
    let mut keys = HashMap::new();
    let mut shared = "".into();
    for Use { key, at, code, address, agent, model, .. } in uses {
        let sum = keys.entry(key.number()).or_insert_with(|| KeyUses::new(*key, *at));
        sum.add(Added { at: *at, code, address: *address, agent, model: *model }, &mut shared);
    }
    keys.into_values().collect()
}

/// Writes requests into the log alone.
pub async fn log(store: &Store, uses: &[Use]) -> Result<(), Error> {
    let uses: Vec<_> = uses.iter().map(borrowed).collect();
    store.log_uses(&uses).await
}

/// Writes requests and their sums.
pub async fn record(store: &Store, uses: &[Use]) -> Result<(), Error> {
    log(store, uses).await?;
    store.count_uses(&sums(uses)).await
}

impl World {
    /// Writes requests and their sums.
    pub async fn record(&self, uses: &[Use]) -> Result<(), Error> {
        record(&self.store, uses).await
    }
}

fn borrowed(used: &Use) -> store::Use<'_> {
    let Use { at, workspace, key, surface, code, address, agent, mcp, model } = used;
    let (at, key, address, mcp, model) = (*at, *key, *address, *mcp, *model);
    store::Use { at, workspace, key, surface, code, address, agent, mcp, model }
}
