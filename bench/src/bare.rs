//! The bare server, the yardstick: it does what no server of keys can leave out (read the header, take the key apart, hash
//! its secret, look it up) and nothing else. Runs as a process of its own; the keys stand in a map in its memory.

use crate::Outcome;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{AppendHeaders, IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, fs, path::Path, sync::Arc};
use tokio::net::TcpListener;

/// Characters of a secret; the checksum that follows it is not looked at.
const SECRET: usize = 32;

/// The id of each key by the hash of its secret.
type Keys = Arc<HashMap<[u8; 32], String>>;

/// Serves the keys of that file on a free port of the loopback, until it is ended.
pub async fn serve(file: &Path) -> Outcome<()> {
    let mut keys = HashMap::new();
    for (id, hash) in fs::read_to_string(file)?.lines().filter_map(take_apart) {
        keys.insert(hash, id.to_owned());
    }
    let router = Router::new()
        .route("/api/me", get(me))
        .route("/api/v1/verify", post(verify))
        .route("/api/v1/forward-auth", get(forward_auth))
        .route("/static", get(refuse))
        .with_state(Arc::new(keys));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("The bare server serves http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

/// Id and hashed secret of `prefix_id_secret…`.
fn take_apart(key: &str) -> Option<(&str, [u8; 32])> {
    let mut parts = key.splitn(3, '_');
    let (_prefix, id, tail) = (parts.next()?, parts.next()?, parts.next()?);
    Some((id, Sha256::digest(tail.get(..SECRET)?).into()))
}

fn look_up<'a>(keys: &'a Keys, key: &str) -> Option<&'a str> {
    let (id, hash) = take_apart(key)?;
    keys.get(&hash).filter(|found| *found == id).map(String::as_str)
}

fn bearer<'a>(keys: &'a Keys, headers: &HeaderMap) -> Option<&'a str> {
    look_up(keys, headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?)
}

async fn me(State(keys): State<Keys>, headers: HeaderMap) -> Response {
    match bearer(&keys, &headers) {
        Some(id) => Json(json!({"key": {"id": id}})).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// Two keys, as Latchkey takes them, and five headers.
async fn forward_auth(State(keys): State<Keys>, headers: HeaderMap) -> Response {
    let gateway = headers.get("x-latchkey-gateway-key").and_then(|value| value.to_str().ok());
    let found = gateway.and_then(|gateway| look_up(&keys, gateway)).and_then(|_| bearer(&keys, &headers));
    let Some(id) = found else { return StatusCode::UNAUTHORIZED.into_response() };
    let facts = [
        ("x-latchkey-key", id),
        ("x-latchkey-owner", "bench@example.com"),
        ("x-latchkey-workspace", "bench"),
        ("x-latchkey-environment", "prod"),
        ("x-latchkey-permission", "read_write"),
    ];
    (StatusCode::NO_CONTENT, AppendHeaders(facts)).into_response()
}

async fn refuse() -> StatusCode {
    StatusCode::UNAUTHORIZED
}

#[derive(Deserialize)]
struct Asked {
    key: String,
}

async fn verify(State(keys): State<Keys>, headers: HeaderMap, Json(asked): Json<Asked>) -> Response {
    if bearer(&keys, &headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let id = look_up(&keys, &asked.key);
    Json(json!({"valid": id.is_some(), "key_id": id})).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_by_id_and_secret() {
        let key = format!("lk_ABCDEFGH_{}123456", "s".repeat(SECRET));
        let keys: Keys = Arc::new(take_apart(&key).map(|(id, hash)| (hash, id.to_owned())).into_iter().collect());
        assert_eq!(look_up(&keys, &key), Some("ABCDEFGH"));
        assert_eq!(look_up(&keys, &key.replace("ABCDEFGH", "ABCDEFGX")), None);
        assert_eq!(look_up(&keys, &key.replace("ss1", "st1")), None);
        assert_eq!(look_up(&keys, "lk_ABCDEFGH_short"), None);
        assert_eq!(look_up(&keys, "junk"), None);
    }
}
