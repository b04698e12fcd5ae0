//! `GET /api/me`: the key, its owner and workspace, its limits and what remains of them.

use super::{
    answer::{Outcome, json, refuse},
    credential::credential,
    pass::Exchange,
    reference::fields::{Addresses, KeyIdText, Moment, PerMinute, PermissionWord, PlanWord, RoleWord, StatusWord},
};
use crate::{
    surface::{Code, Surface},
    verify::{Admitted, Question},
};
use axum::http::StatusCode;
use domain::{
    access::Role,
    decision::Access,
    key::{AddressList, KeyId, Permission, RateLimit},
    refusal::Refusal,
    time::Timestamp,
    workspace::Plan,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A key, whose it is, and what it may do now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Me")]
pub(super) struct Answer<'a> {
    key: Key<'a>,
    owner: Owner<'a>,
    workspace: Workspace<'a>,
    limits: Limits<'a>,
}

#[derive(Serialize, JsonSchema)]
struct Key<'a> {
    /// The public part of the key.
    #[schemars(with = "KeyIdText")]
    id: KeyId,
    /// What its owner called it.
    name: &'a str,
    /// Empty where none was set.
    environment: &'a str,
    /// What the key may do now: `read_only` if its owner is a viewer, whatever the key says.
    #[schemars(with = "PermissionWord")]
    permission: Permission,
    /// Whether it may ask about other keys.
    gateway: bool,
    /// Keys in any other state are refused.
    #[schemars(with = "StatusWord")]
    status: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct Owner<'a> {
    /// Whose key it is.
    name: &'a str,
    /// Their e-mail address.
    email: &'a str,
    /// What they are in the workspace.
    #[schemars(with = "Option<RoleWord>")]
    role: Option<Role>,
}

#[derive(Serialize, JsonSchema)]
struct Workspace<'a> {
    /// Its name in URLs.
    slug: &'a str,
    /// Its name for people.
    name: &'a str,
    /// What it may use.
    #[schemars(with = "PlanWord")]
    plan: Plan,
}

#[derive(Serialize, JsonSchema)]
struct Limits<'a> {
    /// Null for a key that does not expire.
    #[schemars(with = "Option<Moment>")]
    expires_at: Option<String>,
    /// The same, as seconds from now.
    #[schemars(range(min = 0))]
    expires_in_seconds: Option<i64>,
    /// Addresses and blocks that the key may be used from; empty for everywhere.
    #[schemars(with = "Addresses")]
    allow_ip: &'a AddressList,
    /// Requests a minute; null for a key without a limit.
    #[schemars(with = "Option<PerMinute>")]
    rate_limit: Option<RateLimit>,
    /// Requests that the key may still make at once at this instance, this one taken.
    rate_remaining: Option<u32>,
}

pub(super) async fn me(exchange: &Exchange<'_>) -> Outcome {
    let Exchange { begun, latchkey, id, .. } = exchange;
    let text = match credential(exchange.headers()) {
        Ok(Some(text)) => text,
        Ok(None) => return refuse(Refusal::Unauthorized, false, id),
        Err(refusal) => return refuse(refusal, true, id),
    };
    let question = Question { surface: Surface::Me.name(), access: Some(Access::Read), bearer: exchange.bearer() };
    let verified = latchkey.verify(text, question).await;
    latchkey.decided(Surface::Me, *begun);
    let Admitted { key, remaining } = match verified {
        Ok(admitted) => admitted,
        Err(denied) => return refuse(denied, true, id),
    };
    let (facts, owner, workspace) = (&key.facts, key.owner(), key.workspace());
    let answer = Answer {
        key: Key {
            id: key.id,
            name: &key.name,
            environment: &key.environment,
            permission: facts.effective_permission(),
            gateway: key.gateway,
            status: "enabled",
        },
        owner: Owner { name: &owner.name, email: &owner.email, role: facts.owner_role },
        workspace: Workspace { slug: &workspace.slug, name: &workspace.name, plan: facts.plan },
        limits: Limits {
            expires_at: facts.expires_at.map(Timestamp::rfc3339),
            expires_in_seconds: facts.expires_at.map(|end| end.since(latchkey.now()).max(0) / 1_000),
            allow_ip: &facts.limits.addresses,
            rate_limit: facts.limits.rate,
            rate_remaining: remaining,
        },
    };
    Outcome { code: Code::Valid, response: json(StatusCode::OK, &answer) }
}
