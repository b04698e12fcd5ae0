//! `latchkey key`: keys of any member, made and changed by whoever holds the database. Beside a running server a change
//! holds from its very next request.

mod change;
mod check;
mod create;
mod list;

use crate::{config::Settings, failure::Failure};
use clap::Subcommand;
use serde_json::{Value, json};
use server::keys::{self, KeyView};

/// Keys.
#[derive(Subcommand)]
pub enum Key {
    /// Create a key for a member and print it, once
    Create(Box<create::Create>),
    /// List the keys of a workspace
    List(list::List),
    /// Pause a key
    Disable(change::Change),
    /// Let a paused key work again
    Enable(change::Change),
    /// Delete a key for ever
    Delete(change::Delete),
    /// Say whether a text has the form of a key, offline
    Check(check::Check),
}

impl Key {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(settings),
            Self::List(list) => list.run(settings),
            Self::Disable(change) => change.run(settings, "disabled", async |grant, id| keys::disable(grant, id).await),
            Self::Enable(change) => change.run(settings, "enabled", async |grant, id| keys::enable(grant, id).await),
            Self::Delete(delete) => delete.run(settings),
            Self::Check(check) => check.run(settings),
        }
    }
}

/// A key as `--json` has it, without its secret.
pub(super) fn as_json(key: &KeyView) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "description": key.description,
        "environment": key.environment,
        "permission": key.permission,
        "gateway": key.gateway,
        "url_credential": key.url_credential,
        "allow_ip": key.limits.addresses,
        "rate_limit": key.limits.rate,
        "models": key.model.models,
        "spend_cap_usd": key.model.cap.map(|cap| cap.amount.in_dollars()),
        "spend_period": key.model.cap.map(|cap| cap.period),
        "guardrail": key.model.guardrail,
        "status": key.status,
        "masked": key.masked,
        "owner": key.owner_email,
        "owner_name": key.owner_name,
        "created_at": key.created_at.rfc3339(),
        "expires_at": key.expires_at.map(domain::time::Timestamp::rfc3339),
        "last_used_at": key.last_used_at.map(domain::time::Timestamp::rfc3339),
        "last_used_address": key.last_used_address,
        "last_used_agent": key.last_used_agent,
        "uses": key.uses,
    })
}
