//! `GET /api/me`: the key, its owner and workspace, its limits and what remains of them.

use super::{
    answer::{Outcome, json, refuse},
    credential::credential,
    pass::Exchange,
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
use serde::Serialize;

#[derive(Serialize)]
struct Answer<'a> {
    key: Key<'a>,
    owner: Owner<'a>,
    workspace: Workspace<'a>,
    limits: Limits<'a>,
}

#[derive(Serialize)]
struct Key<'a> {
    id: KeyId,
    name: &'a str,
    environment: &'a str,
    permission: Permission,
    gateway: bool,
    status: &'static str,
}

#[derive(Serialize)]
struct Owner<'a> {
    name: &'a str,
    email: &'a str,
    role: Option<Role>,
}

#[derive(Serialize)]
struct Workspace<'a> {
    slug: &'a str,
    name: &'a str,
    plan: Plan,
}

#[derive(Serialize)]
struct Limits<'a> {
    expires_at: Option<String>,
    expires_in_seconds: Option<i64>,
    allow_ip: &'a AddressList,
    rate_limit: Option<RateLimit>,
    rate_remaining: Option<u32>,
}

pub(super) async fn me(exchange: Exchange) -> Outcome {
    let Exchange { begun, latchkey, id, client, request, .. } = exchange;
    let text = match credential(request.headers()) {
        Ok(Some(text)) => text,
        Ok(None) => return refuse(Refusal::Unauthorized, false, &id),
        Err(refusal) => return refuse(refusal, true, &id),
    };
    let question = Question { surface: Surface::Me.name(), access: Some(Access::Read), client: &client };
    let verified = latchkey.verify(text, question).await;
    latchkey.decided(Surface::Me, begun);
    let Admitted { key, remaining } = match verified {
        Ok(admitted) => admitted,
        Err(denied) => return refuse(denied, true, &id),
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
