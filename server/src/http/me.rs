//! `GET /api/me`: the key, its owner and workspace, its limits and what remains of them.

use super::{Client, RequestId, answer::refuse, credential::credential};
use crate::{
    Latchkey,
    verify::{Admitted, Question},
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use domain::{decision::Access, refusal::Refusal};
use serde_json::json;

pub(super) async fn me(
    State(latchkey): State<Latchkey>,
    Extension(client): Extension<Client>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    let text = match credential(&headers) {
        Ok(Some(text)) => text,
        Ok(None) => return refuse(Refusal::Unauthorized, false, &id),
        Err(refusal) => return refuse(refusal, true, &id),
    };
    let question = Question { surface: "me", access: Some(Access::Read), client: &client };
    let Admitted { key, remaining } = match latchkey.verify(&text, question).await {
        Ok(admitted) => admitted,
        Err(denied) => return refuse(denied, true, &id),
    };
    let limits = &key.facts.limits;
    let expires_at = key.facts.expires_at;
    let body = json!({
        "key": {
            "id": key.id,
            "name": key.name,
            "environment": key.environment,
            "permission": key.facts.effective_permission(),
            "gateway": key.gateway,
            "status": "enabled",
        },
        "owner": {"name": key.owner().name, "email": key.owner().email, "role": key.facts.owner_role},
        "workspace": {"slug": key.workspace().slug, "name": key.workspace().name, "plan": key.facts.plan},
        "limits": {
            "expires_at": expires_at.map(domain::time::Timestamp::rfc3339),
            "expires_in_seconds": expires_at.map(|end| end.since(latchkey.now()).max(0) / 1_000),
            "allow_ip": limits.addresses,
            "rate_limit": limits.rate,
            "rate_remaining": remaining,
        },
    });
    let mut response = Json(body).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
