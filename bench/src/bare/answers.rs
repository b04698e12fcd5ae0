//! What the bare server answers: bodies of the shape and size of Latchkey's, written from the key's record by serde as there.
//! What does not differ between the bench's keys stands fixed.

use super::lookup::Record;
use serde::Serialize;

/// The owner's e-mail, as in the filled databases.
pub const EMAIL: &str = crate::seed::EMAIL;
/// The workspace's slug, and its name.
pub const WORKSPACE: &str = "bench";
/// The environment.
pub const ENVIRONMENT: &str = "prod";
/// What a key may do.
pub const PERMISSION: &str = "read_write";
/// The refusal, whose request id is always the same.
pub const REFUSED: &str =
    r#"{"error":{"code":"UNAUTHORIZED","message":"No valid API key was given.","request_id":"0000000000000000"}}"#;

/// The answer of `GET /api/me`.
#[derive(Serialize)]
pub struct Me<'a> {
    key: Key<'a>,
    owner: Owner,
    workspace: Workspace,
    limits: Limits,
}

#[derive(Serialize)]
struct Key<'a> {
    id: &'a str,
    name: &'a str,
    environment: &'static str,
    permission: &'static str,
    gateway: bool,
    status: &'static str,
}

#[derive(Serialize)]
struct Owner {
    name: &'static str,
    email: &'static str,
    role: &'static str,
}

#[derive(Serialize)]
struct Workspace {
    slug: &'static str,
    name: &'static str,
    plan: &'static str,
}

#[derive(Serialize)]
struct Limits {
    expires_at: Option<&'static str>,
    expires_in_seconds: Option<i64>,
    allow_ip: [&'static str; 0],
    rate_limit: Option<u32>,
    rate_remaining: Option<u32>,
    models: Option<[&'static str; 0]>,
    spend_cap_usd: Option<f64>,
    spend_period: Option<&'static str>,
    remaining_usd: Option<f64>,
}

impl<'a> Me<'a> {
    /// Of that key.
    pub fn of(key: &'a Record) -> Self {
        Self {
            key: Key {
                id: &key.id,
                name: &key.name,
                environment: ENVIRONMENT,
                permission: PERMISSION,
                gateway: false,
                status: "enabled",
            },
            owner: Owner { name: "Bench", email: EMAIL, role: "admin" },
            workspace: Workspace { slug: WORKSPACE, name: WORKSPACE, plan: "pro" },
            limits: Limits {
                expires_at: None,
                expires_in_seconds: None,
                allow_ip: [],
                rate_limit: None,
                rate_remaining: None,
                models: None,
                spend_cap_usd: None,
                spend_period: None,
                remaining_usd: None,
            },
        }
    }
}

/// The answer of `POST /api/v1/verify`.
#[derive(Serialize)]
pub struct Verdict<'a> {
    valid: bool,
    code: &'static str,
    key_id: Option<&'a str>,
    name: Option<&'a str>,
    owner: Option<&'static str>,
    workspace: Option<&'static str>,
    environment: Option<&'static str>,
    permission: Option<&'static str>,
    expires_at: Option<&'static str>,
    remaining_usd: Option<f64>,
    retry_after: Option<u64>,
}

impl<'a> Verdict<'a> {
    /// About that key, or about one that is not there.
    pub fn of(key: Option<&'a Record>) -> Self {
        let good = |fact: &'static str| key.map(|_| fact);
        Self {
            valid: key.is_some(),
            code: if key.is_some() { "VALID" } else { "NOT_FOUND" },
            key_id: key.map(|key| key.id.as_str()),
            name: key.map(|key| key.name.as_str()),
            owner: good(EMAIL),
            workspace: good(WORKSPACE),
            environment: good(ENVIRONMENT),
            permission: good(PERMISSION),
            expires_at: None,
            remaining_usd: None,
            retry_after: None,
        }
    }
}
