//! `GET /api/me`: the key, its owner and workspace, its limits and what remains of them.

use super::{
    answer::{Outcome, json, refuse},
    credential::credential,
    pass::Exchange,
    reference::fields::{
        Addresses, Dollars, KeyIdText, Models, Moment, PerMinute, PeriodWord, PermissionWord, PlanWord, RoleWord,
        StatusWord,
    },
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
    model::{MicroUsd, ModelScope, Period},
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
    /// Models that the key may use: names, and with a trailing `*` beginnings of names; null for all.
    #[schemars(with = "Option<Models>")]
    models: &'a ModelScope,
    /// Dollars that the key may spend in each period; null for a key without a cap.
    #[schemars(with = "Option<Dollars>")]
    spend_cap_usd: Option<f64>,
    /// In which time: `total` is for ever, the others begin anew at midnight, on Monday, on the first (UTC).
    #[schemars(with = "Option<PeriodWord>")]
    spend_period: Option<Period>,
    /// What is left of it, requests under way taken at the most that they can cost.
    #[schemars(with = "Option<Dollars>")]
    remaining_usd: Option<f64>,
}

pub(super) async fn me(exchange: &Exchange<'_>) -> Outcome {
    let Exchange { begun, latchkey, id, .. } = exchange;
    let text = match credential(exchange.headers()) {
        Ok(Some(text)) => text,
        Ok(None) => return refuse(Refusal::Unauthorized, false, id),
        Err(refusal) => return refuse(refusal, true, id),
    };
    let question = Question {
        surface: Surface::Me.name(),
        access: Some(Access::Read),
        bearer: exchange.bearer(),
        mcp: None,
        model: None,
    };
    let verified = latchkey.verify(text, question).await;
    latchkey.decided(Surface::Me, *begun);
    let Admitted { key, remaining } = match verified {
        Ok(admitted) => admitted,
        Err(denied) => return refuse(denied, true, id),
    };
    let left = match latchkey.left(&key).await {
        Ok(left) => left,
        Err(refusal) => return refuse(refusal, true, id),
    };
    let cap = key.facts.spend.as_ref().map(|spend| spend.cap);
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
            models: &facts.models,
            spend_cap_usd: cap.map(|cap| cap.amount.in_dollars()),
            spend_period: cap.map(|cap| cap.period),
            remaining_usd: left.map(MicroUsd::in_dollars),
        },
    };
    Outcome { code: Code::Valid, response: json(StatusCode::OK, &answer) }
}
