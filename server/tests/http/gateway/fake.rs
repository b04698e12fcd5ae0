//! Servers behind the gateway that do what a story wants, and remember what they were asked.

use crate::upstream::{Seen, Upstream, told};
use axum::{body::Body, response::Response};
use serde_json::{Value, json};

impl Seen {
    /// What a server answers: the id of what it was asked, with that result.
    pub fn result(&self, result: &Value) -> Value {
        json!({"jsonrpc": "2.0", "id": self.json()["id"], "result": result})
    }
}

/// A server that does what a story wants.
pub struct Fake {
    pub url: String,
    upstream: Upstream,
}

impl Fake {
    /// Serves that answer, at `/mcp` and everywhere else.
    pub async fn serve(answer: impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static) -> Self {
        let upstream = Upstream::serve(answer).await;
        Self { url: format!("{}/mcp?secret=query-4f1c9e7d20ab4f1c9e7d20ab4f1c9e7d", upstream.base), upstream }
    }

    /// Answers every request with that result, in JSON; but greets, and answers calls, as an MCP server does.
    pub async fn json(result: Value) -> Self {
        Self::serve(move |seen| {
            let called = seen.json()["method"] == "tools/call";
            let result = if called { json!({"content": []}) } else { result.clone() };
            greeting(seen).unwrap_or_else(|| json_answer(&seen.result(&result)))
        })
        .await
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.upstream.seen()
    }
}

/// What an MCP server of the revisions with sessions says to who begins; `None` to anything else.
pub fn greeting(seen: &Seen) -> Option<Response> {
    let message = seen.json();
    let server = json!({"name": "fake", "version": "1"});
    let result = json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": server});
    let unknown = json!({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "unknown"}});
    match message["method"].as_str()? {
        "initialize" => Some(json_answer(&seen.result(&result))),
        "server/discover" => Some(json_answer(&unknown)),
        "notifications/initialized" => Some(Response::builder().status(202).body(Body::empty()).unwrap()),
        _ => None,
    }
}

pub fn json_answer(body: &Value) -> Response {
    told(200, "application/json", body.to_string())
}

pub fn events(body: impl Into<Body>) -> Response {
    told(200, "text/event-stream", body)
}

/// A list of tools: one that only reads, one that changes something.
pub fn two_tools() -> Value {
    json!({"tools": [
        {"name": "get", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}},
        {"name": "set", "inputSchema": {"type": "object"}},
    ]})
}
