//! What the stories about MCP begin with: a server that answers, registered in `acme`, and forms without script.

use super::world::{Browser, Page, World, location};
use axum::{Json, Router, extract::Request, http::StatusCode, response::IntoResponse, routing::post};
use serde_json::{Value, json};
use server::{
    auth::Caller,
    policies::{self, RawPolicy},
    servers::{self, RawServer},
};

/// The credential of the server of the stories.
pub const CREDENTIAL: &str = "Bearer upstream-9d20ab4f1c9e7d20ab4f1c9e";

/// Serves MCP with two tools, one of which only reads; answers with its address.
pub async fn upstream() -> String {
    async fn answer(request: Request) -> axum::response::Response {
        let bytes = axum::body::to_bytes(request.into_body(), 1_000_000).await.unwrap();
        let asked: Value = serde_json::from_slice(&bytes).unwrap();
        let result = match asked["method"].as_str().unwrap() {
            "initialize" => json!({
                "protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                "serverInfo": {"name": "Files", "version": "1.2"},
            }),
            "tools/list" => json!({"tools": [
                {"name": "get_file", "description": "Reads <one> file", "inputSchema": {"type": "object"},
                 "annotations": {"readOnlyHint": true}},
                {"name": "set_file", "inputSchema": {"type": "object"}},
            ]}),
            method if method.starts_with("notifications/") => return StatusCode::ACCEPTED.into_response(),
            _ => {
                let error = json!({"code": -32601, "message": "unknown"});
                return Json(json!({"jsonrpc": "2.0", "id": asked["id"], "error": error})).into_response();
            }
        };
        Json(json!({"jsonrpc": "2.0", "id": asked["id"], "result": result})).into_response()
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/mcp", post(answer))).await.unwrap() });
    url
}

/// A server of `acme`, if it is not there already, that every member may use.
pub async fn register(world: &World, slug: &str, url: &str) {
    let raw = RawServer {
        name: slug.to_uppercase(),
        slug: slug.into(),
        url: url.into(),
        credential: CREDENTIAL.into(),
        ..RawServer::default()
    };
    let grant = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    let _there_already = servers::register(&grant, &raw, true).await;
}

/// A server of `acme` that was asked for its tools.
pub async fn asked(world: &World, slug: &str) {
    register(world, slug, &upstream().await).await;
    let grant = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    servers::ask(&grant, slug).await.unwrap();
}

/// A firewall policy of `acme`: its id.
pub async fn policy(world: &World, name: &str, rules: &str) -> String {
    let raw = RawPolicy { name: name.into(), rules: rules.into(), default: "allow".into(), ..RawPolicy::default() };
    let grant = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    policies::create(&grant, &raw).await.unwrap().to_string()
}

pub async fn text(browser: &Browser, path: &str) -> String {
    browser.get(path).await.html().await
}

/// Posts a form of `acme` and shows the page that it leads to, with that page's path.
pub async fn send(browser: &Browser, function: &str, fields: &[(&'static str, &str)]) -> (String, String) {
    let mut form: Vec<_> = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    form.push(("workspace", "acme".to_owned()));
    let answer = browser.post(&format!("/console/{function}"), &form).send().await.unwrap();
    let to = location(&answer);
    assert_eq!(answer.status(), 303, "{function}");
    (text(browser, &to).await, to)
}
