//! `POST /api/v1/verify`: a service with a gateway key asks about the key that a client gave it.

use super::{
    answer::{Outcome, error, json, refuse},
    body,
    credential::credential,
    pass::Exchange,
    reference::fields::{AccessWord, Address, Dollars, KeyIdText, ModelText, Moment, PermissionWord, VerdictWord},
};
use crate::{
    Latchkey,
    surface::{Code, Surface},
    verify::{Admitted, Bearer, Denied, Question, Record},
};
use axum::{
    body::{Bytes, HttpBody},
    http::StatusCode,
};
use domain::{
    decision::Access,
    key::Permission,
    model::{MicroUsd, ModelName},
    refusal::Refusal,
    time::Timestamp,
};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc};
use tower::BoxError;

/// The question. An unknown field is refused: a mistyped `access` that went unnoticed would open too much.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    rename = "Question",
    extend(
        "if" = {"required": ["tool"], "properties": {"tool": {"type": "string"}}, "additionalProperties": true},
        "then" = {"required": ["server"], "properties": {"server": {"type": "string"}}, "additionalProperties": true}
    )
)]
pub(super) struct Asked {
    /// The key as the client gave it.
    #[schemars(with = "String")]
    pub(super) key: SecretString,
    /// The client's address. Without it a key that has a list of addresses is refused. Kept with the key's last use.
    #[schemars(with = "Option<Address>")]
    ip: Option<IpAddr>,
    /// With `write` a read-only key is refused. Without it only the key itself is judged: apply `permission` yourself.
    #[schemars(with = "Option<AccessWord>")]
    access: Option<Access>,
    /// The slug of an MCP server of the workspace: judged as the gateway would judge it.
    server: Option<String>,
    /// One of that server's tools; only together with `server`.
    tool: Option<String>,
    /// The name of a model: a key that names models, and not this one, is refused.
    #[schemars(with = "Option<ModelText>")]
    model: Option<String>,
}

/// The answer. Everything but `valid` and `code` is null for a key that is unknown to the asking workspace.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Verdict")]
pub(super) struct Answer {
    /// Whether the key passes.
    valid: bool,
    /// `VALID`, or why not.
    #[schemars(with = "VerdictWord")]
    code: Code,
    /// The public part of the key.
    #[schemars(with = "Option<KeyIdText>")]
    key_id: Option<String>,
    /// The key's name.
    name: Option<String>,
    /// The owner's e-mail.
    owner: Option<String>,
    /// The workspace's slug.
    workspace: Option<String>,
    /// Empty where none was set.
    environment: Option<String>,
    /// What the key may do now.
    #[schemars(with = "Option<PermissionWord>")]
    permission: Option<Permission>,
    /// Null for a key that does not expire.
    #[schemars(with = "Option<Moment>")]
    expires_at: Option<String>,
    /// Dollars left of the key's spend cap, requests under way taken at the most that they can cost; null without a cap.
    #[schemars(with = "Option<Dollars>")]
    remaining_usd: Option<f64>,
    /// Seconds until a key that is over its rate may pass again.
    retry_after: Option<u64>,
}

pub(super) async fn verify(
    exchange: &Exchange<'_>,
    body: impl HttpBody<Data = Bytes, Error: Into<BoxError>>,
) -> Outcome {
    let Exchange { latchkey, id, .. } = exchange;
    let gateway = match gateway_key(exchange).await {
        Ok(gateway) => gateway,
        Err((denied, given)) => return refuse(denied, given, id),
    };
    let asked: Asked = match body::json(exchange.headers(), body, id).await {
        Ok(asked) => asked,
        Err(outcome) => return outcome,
    };
    if asked.tool.is_some() && asked.server.is_none() {
        let code = Code::Refused(Refusal::InvalidRequest);
        return error(code, "A tool is a server's: name the server too.", id);
    }
    let model = match asked.model.as_deref().map(model).transpose() {
        Ok(model) => model,
        Err(why) => return error(Code::Refused(Refusal::InvalidRequest), &format!("The model {why}"), id),
    };
    let bearer = Bearer { ip: asked.ip.map(|ip| ip.to_canonical()), agent: "", in_url: false };
    let model = model.as_ref();
    let question = Question { surface: Surface::Verify.name(), access: asked.access, bearer, mcp: None, model };
    let begun = latchkey.clock.steady();
    let answer = about(latchkey, &asked, &gateway, question).await;
    latchkey.decided(Surface::Verify, begun);
    match answer {
        Ok(answer) => Outcome { code: answer.code, response: json(StatusCode::OK, &answer) },
        Err(denied) => refuse(denied, true, id),
    }
}

/// A model as a question names it: exactly so.
fn model(text: &str) -> Result<ModelName, &'static str> {
    let model = ModelName::parse(text)?;
    if model.as_str() == text { Ok(model) } else { Err("has spaces around its name.") }
}

/// What is said about the key in question; an error where nobody can say it.
async fn about(latchkey: &Latchkey, asked: &Asked, gateway: &Record, question: Question<'_>) -> Result<Answer, Denied> {
    let key = match latchkey.identify(asked.key.expose_secret()).await {
        // A key of another workspace does not exist for this one, and its use is none of theirs to cause.
        Ok(key) if key.workspace().id != gateway.workspace().id => return Ok(Answer::not_found()),
        Ok(key) => key,
        Err(denied) if denied.refusal == Refusal::Unauthorized => return Ok(Answer::not_found()),
        Err(denied) => return Err(denied),
    };
    let judged = match &asked.server {
        None => latchkey.judge(key, question),
        // In a box, so that requests that name none stay small.
        Some(server) => Box::pin(latchkey.judge_at(key, (server, asked.tool.as_deref()), question)).await,
    };
    match judged {
        Ok(Admitted { key, .. }) => Ok(Answer::about(true, Code::Valid, &key, latchkey.left(&key).await?)),
        Err(Denied { refusal, retry_after, credential: Some(key) }) => {
            let left = latchkey.left(&key).await?;
            Ok(Answer { retry_after, ..Answer::about(false, Code::Refused(refusal), &key, left) })
        }
        Err(denied) => Err(denied),
    }
}

/// The gateway key that asks, in the ordinary headers.
async fn gateway_key(exchange: &Exchange<'_>) -> Result<Arc<Record>, (Denied, bool)> {
    let text = credential(exchange.headers()).map_err(|refusal| (refusal.into(), true))?;
    let text = text.ok_or((Refusal::Unauthorized.into(), false))?;
    let question =
        Question { surface: Surface::Verify.name(), access: None, bearer: exchange.bearer(), mcp: None, model: None };
    exchange.latchkey.verify_gateway(text, question).await.map_err(|denied| (denied, true))
}

impl Answer {
    fn not_found() -> Self {
        Self {
            valid: false,
            code: Code::NotFound,
            key_id: None,
            name: None,
            owner: None,
            workspace: None,
            environment: None,
            permission: None,
            expires_at: None,
            remaining_usd: None,
            retry_after: None,
        }
    }

    fn about(valid: bool, code: Code, key: &Record, left: Option<MicroUsd>) -> Self {
        Self {
            valid,
            code,
            key_id: Some(key.id.to_string()),
            name: Some(key.name.to_string()),
            owner: Some(key.owner().email.to_string()),
            workspace: Some(key.workspace().slug.to_string()),
            environment: Some(key.environment.to_string()),
            permission: Some(key.facts.effective_permission()),
            expires_at: key.facts.expires_at.map(Timestamp::rfc3339),
            remaining_usd: left.map(MicroUsd::in_dollars),
            retry_after: None,
        }
    }
}
