//! Servers behind the gateway that do what a story wants, and remember what they were asked.

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, Method},
    response::Response,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A request that arrived at a server.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// What a server answers: the id of what it was asked, with that result.
    pub fn result(&self, result: &Value) -> Value {
        json!({"jsonrpc": "2.0", "id": self.json()["id"], "result": result})
    }
}

/// Serves a router on a free port. It ends with the test's runtime.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://127.0.0.1:{port}")
}

/// A server that does what a story wants.
pub struct Fake {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    /// Serves that answer, at `/mcp` and everywhere else.
    pub async fn serve(answer: impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&seen);
        let handler = move |request: Request| async move {
            let (head, body) = request.into_parts();
            let body = String::from_utf8(to_bytes(body, 100_000_000).await.unwrap().to_vec()).unwrap();
            let seen = Seen { method: head.method, uri: head.uri.to_string(), headers: head.headers, body };
            remembered.lock().unwrap().push(seen.clone());
            answer(&seen)
        };
        let base = serve(Router::new().fallback(handler)).await;
        Self { url: format!("{base}/mcp?secret=query-4f1c9e7d20ab4f1c9e7d20ab4f1c9e7d"), seen }
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
        self.seen.lock().unwrap().clone()
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
        "notifications/initialized" => Some(Response::builder().status(202).body(axum::body::Body::empty()).unwrap()),
        _ => None,
    }
}

pub fn json_answer(body: &Value) -> Response {
    Response::builder().header("content-type", "application/json").body(body.to_string().into()).unwrap()
}

pub fn events(body: impl Into<axum::body::Body>) -> Response {
    Response::builder().header("content-type", "text/event-stream").body(body.into()).unwrap()
}

/// A list of tools: one that only reads, one that changes something.
pub fn two_tools() -> Value {
    json!({"tools": [
        {"name": "get", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}},
        {"name": "set", "inputSchema": {"type": "object"}},
    ]})
}
