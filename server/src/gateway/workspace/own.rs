//! Latchkey's own tools at the workspace's endpoint. They only read, and only about the key that asks and its owner.

use super::{hub::Under, names::join};
use crate::Error;
use domain::{
    mcp::OWN_SLUG,
    time::{DAY, HOUR, Timestamp},
};
use rmcp::model::{CallToolResult, Tool, ToolAnnotations};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{KeyFilter, Section, Sort};

/// Keys that are listed at most.
const KEYS: usize = 50;

const TOOLS: [(&str, &str); 3] = [
    ("whoami", "Which API key this is, whose, what it may do, and which MCP servers it reaches now."),
    (
        "list_keys",
        "The enabled API keys of this key's owner in this workspace, the newest first, at most 50; never a secret.",
    ),
    ("usage", "How often this API key was accepted and refused in the last 24 hours, 7 days and 30 days."),
];

/// Whether there is a tool of that name.
pub(super) fn is_one(name: &str) -> bool {
    TOOLS.iter().any(|(tool, _)| *tool == name)
}

/// The tools, as a list has them.
pub(super) fn tools() -> impl Iterator<Item = Tool> {
    let schema = json!({"type": "object", "properties": {}, "additionalProperties": false});
    let schema = Arc::new(schema.as_object().cloned().unwrap_or_default());
    TOOLS.into_iter().map(move |(name, description)| {
        let reads = ToolAnnotations::new().read_only(true).open_world(false);
        Tool::new(join(OWN_SLUG, name), description, Arc::clone(&schema)).with_annotations(reads)
    })
}

/// Calls one.
pub(super) async fn call(under: &Under, name: &str) -> Result<CallToolResult, Error> {
    Ok(CallToolResult::structured(match name {
        "list_keys" => list_keys(under).await?,
        "usage" => usage(under).await?,
        _ => whoami(under).await?,
    }))
}

async fn whoami(under: &Under) -> Result<Value, Error> {
    let key = &under.key;
    let servers: Vec<String> = under.servers().await?.iter().map(|server| server.slug().to_owned()).collect();
    Ok(json!({
        "key": {
            "id": key.id, "name": key.name, "environment": key.environment,
            "permission": key.facts.effective_permission(), "expires_at": key.facts.expires_at.map(Timestamp::rfc3339),
        },
        "owner": {"name": key.owner().name, "email": key.owner().email},
        "workspace": {"slug": key.workspace().slug, "name": key.workspace().name},
        "servers": servers,
    }))
}

async fn list_keys(under: &Under) -> Result<Value, Error> {
    let (latchkey, workspace) = (&under.latchkey, &under.key.workspace().id);
    let filter = KeyFilter {
        section: Section::Enabled,
        now: latchkey.now(),
        owner: Some(under.key.owner().id.clone()),
        search: String::new(),
        environment: String::new(),
    };
    let page = latchkey.store.key_page(workspace, &filter, Sort::Created, None, KEYS).await?;
    let keys: Vec<Value> = page
        .keys
        .iter()
        .map(|key| {
            json!({
                "id": key.id, "name": key.name, "environment": key.environment, "permission": key.permission,
                "created_at": key.created_at.rfc3339(), "expires_at": key.expires_at.map(Timestamp::rfc3339),
                "last_used_at": key.last_used_at.map(Timestamp::rfc3339),
            })
        })
        .collect();
    Ok(json!({"keys": keys, "more": page.next.is_some()}))
}

async fn usage(under: &Under) -> Result<Value, Error> {
    let (latchkey, workspace, now) = (&under.latchkey, &under.key.workspace().id, under.latchkey.now());
    let hours = latchkey.store.usage_hours(workspace, &under.key.id, now.plus(-30 * DAY)).await?;
    let since = |span: i64| {
        let within = hours.iter().filter(|hour| hour.hour.plus(HOUR) > now.plus(-span));
        let (accepted, refused) = within.fold((0, 0), |sum, hour| (sum.0 + hour.accepted, sum.1 + hour.refused));
        json!({"accepted": accepted, "refused": refused})
    };
    Ok(json!({"last_24_hours": since(DAY), "last_7_days": since(7 * DAY), "last_30_days": since(30 * DAY)}))
}
