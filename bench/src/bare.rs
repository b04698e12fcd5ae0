//! The bare server, the yardstick: it does what no server of keys can leave out (read the header, take the key apart, hash
//! its secret, look it up, answer as Latchkey answers) and nothing else. Runs as a process of its own.

mod answers;
mod lookup;

use crate::Outcome;
use answers::{Me, REFUSED, Verdict};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION, header::CONTENT_TYPE},
    response::{AppendHeaders, IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use lookup::{Found, Keys};
use serde::Deserialize;
use std::{path::Path, sync::Arc};
use tokio::net::TcpListener;

type Shared = State<Arc<Keys>>;

/// Serves the keys of that file on a free port of the loopback, until it is ended: from a map in memory, or from that
/// database with one look-up per key.
pub async fn serve(file: &Path, database: Option<&str>) -> Outcome<()> {
    let keys = Keys::read(file, database).await?;
    let router = Router::new()
        .route("/api/me", get(me))
        .route("/api/v1/verify", post(verify))
        .route("/api/v1/forward-auth", get(forward_auth))
        .route("/static", get(refuse))
        .with_state(Arc::new(keys));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("The bare server serves http://{}", listener.local_addr()?);
    // As Latchkey does: an answer is sent at once, though the one before it is not acknowledged yet.
    axum::serve(listener.tap_io(|line| drop(line.set_nodelay(true))), router).await?;
    Ok(())
}

/// The answer of `GET /api/me` with that id in it, for a server that has no code of its own.
pub fn me_of(id: &str) -> String {
    let record = lookup::Record { id: id.into(), name: "key 0000000".into() };
    serde_json::to_string(&Me::of(&record)).unwrap_or_default()
}

async fn bearer<'a>(keys: &'a Keys, headers: &HeaderMap) -> Option<Found<'a>> {
    keys.look_up(headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?).await
}

async fn me(State(keys): Shared, headers: HeaderMap) -> Response {
    match bearer(&keys, &headers).await {
        Some(key) => Json(Me::of(&key)).into_response(),
        None => refuse().await,
    }
}

/// Two keys, as Latchkey takes them, and five headers.
async fn forward_auth(State(keys): Shared, headers: HeaderMap) -> Response {
    let Some(gateway) = headers.get("x-latchkey-gateway-key").and_then(|value| value.to_str().ok()) else {
        return refuse().await;
    };
    if keys.look_up(gateway).await.is_none() {
        return refuse().await;
    }
    let Some(key) = bearer(&keys, &headers).await else { return refuse().await };
    let facts = [
        ("x-latchkey-key", key.id.as_str()),
        ("x-latchkey-owner", answers::EMAIL),
        ("x-latchkey-workspace", answers::WORKSPACE),
        ("x-latchkey-environment", answers::ENVIRONMENT),
        ("x-latchkey-permission", answers::PERMISSION),
    ];
    (StatusCode::NO_CONTENT, AppendHeaders(facts)).into_response()
}

/// As many bytes as Latchkey's refusal has.
async fn refuse() -> Response {
    (StatusCode::UNAUTHORIZED, [(CONTENT_TYPE, "application/json")], REFUSED).into_response()
}

#[derive(Deserialize)]
struct Asked {
    key: String,
}

async fn verify(State(keys): Shared, headers: HeaderMap, Json(asked): Json<Asked>) -> Response {
    if bearer(&keys, &headers).await.is_none() {
        return refuse().await;
    }
    Json(Verdict::of(keys.look_up(&asked.key).await.as_deref())).into_response()
}
