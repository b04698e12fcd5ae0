//! The bare MCP server: it reads a message and answers it, and does nothing else, so that what the gateway takes for itself
//! can be seen. Runs as a process of its own (`bench bare-mcp`), without sessions. Asked directly and through Latchkey.

use super::session::{ECHO, REVISION, STREAM};
use crate::Outcome;
use axum::{
    Json, Router,
    body::{Body, Bytes},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
    serve::ListenerExt,
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::{convert::Infallible, time::Duration};
use tokio::{net::TcpListener, time::sleep};

/// From a stream's first event to its last: whoever holds the first one back until the stream ends is late by that.
pub const PAUSE: Duration = Duration::from_millis(20);

/// Serves on a free port of the loopback, until it is ended.
pub async fn serve() -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("The bare MCP server serves http://{}", listener.local_addr()?);
    axum::serve(listener.tap_io(|line| drop(line.set_nodelay(true))), router()).await?;
    Ok(())
}

fn router() -> Router {
    Router::new().route("/mcp", post(message).get(listen))
}

async fn message(Json(message): Json<Value>) -> Response {
    let id = &message["id"];
    let text = || format!("Echo: {}", message["params"]["arguments"]["message"].as_str().unwrap_or_default());
    match (message["method"].as_str().unwrap_or_default(), message["params"]["name"].as_str().unwrap_or_default()) {
        ("initialize", _) => {
            let myself = json!({"name": "bare", "version": "1"});
            let told = json!({"protocolVersion": REVISION, "capabilities": {"tools": {}}, "serverInfo": myself});
            Json(json!({"jsonrpc": "2.0", "id": id, "result": told})).into_response()
        }
        ("tools/call", ECHO) => Json(called(id, &text())).into_response(),
        ("tools/call", STREAM) => streamed(&called(id, &text())),
        _ if id.is_null() => StatusCode::ACCEPTED.into_response(),
        _ => {
            let error = json!({"code": -32601, "message": "There is no such method or tool."});
            Json(json!({"jsonrpc": "2.0", "id": id, "error": error})).into_response()
        }
    }
}

fn called(id: &Value, text: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}]}})
}

/// An event at once, and what was asked for after a pause.
fn streamed(answer: &Value) -> Response {
    let last = event(answer);
    let later = stream::once(async {
        sleep(PAUSE).await;
        Ok(last)
    });
    events(Body::from_stream(first().chain(later)))
}

/// A stream to listen to: an event at once, and none after it.
async fn listen() -> Response {
    events(Body::from_stream(first().chain(stream::pending())))
}

fn first() -> impl stream::Stream<Item = Result<Bytes, Infallible>> {
    let told =
        json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "begun"}});
    stream::iter([Ok(event(&told))])
}

fn event(message: &Value) -> Bytes {
    format!("event: message\ndata: {message}\n\n").into()
}

fn events(body: Body) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Serves it in the test's own process; it ends with the test.
    pub async fn served() -> Outcome<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/mcp", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router()).await });
        Ok(url)
    }
}
