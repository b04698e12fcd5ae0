//! The bare provider of models: it reads a request and answers it in OpenAI's form, and does nothing else, so that what the relay
//! takes for itself can be seen. Runs as a process of its own (`bench bare-provider`).

use crate::{Outcome, gateway::PAUSE};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::post,
    serve::ListenerExt,
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::convert::Infallible;
use tokio::{net::TcpListener, time::sleep};

/// What a user says to be answered by a stream that never ends.
pub const FOR_EVER: &str = "Go on for ever.";
/// What is longer than this is repeated to who says it, streamed word by word without a pause.
const REPEATED: usize = 1_000;

/// Serves on a free port of the loopback, until it is ended.
pub async fn serve() -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("The bare provider serves http://{}", listener.local_addr()?);
    axum::serve(listener.tap_io(|line| drop(line.set_nodelay(true))), router()).await?;
    Ok(())
}

fn router() -> Router {
    Router::new().route("/v1/chat/completions", post(chat))
}

async fn chat(Json(asked): Json<Value>) -> Response {
    let repeated = asked["messages"][0]["content"].as_str().filter(|said| said.len() > REPEATED);
    if asked["stream"] != json!(true) {
        let message = json!({"role": "assistant", "content": repeated.unwrap_or("Hello.")});
        let choices = json!([{"index": 0, "message": message, "finish_reason": "stop"}]);
        let told = json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "bare", "choices": choices, "usage": usage()});
        return Json(told).into_response();
    }
    if let Some(said) = repeated {
        let words =
            said.split_inclusive(' ').map(|word| chunk(&json!([{"index": 0, "delta": {"content": word}}]), None));
        let end = chunk(&json!([]), Some(usage()));
        let all: Vec<_> = words.chain([end, Bytes::from("data: [DONE]\n\n")]).map(Ok::<_, Infallible>).collect();
        return ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(stream::iter(all))).into_response();
    }
    let first = stream::iter([Ok::<_, Infallible>(chunk(&json!([{"index": 0, "delta": {"content": "Hel"}}]), None))]);
    let body = if asked["messages"][0]["content"] == FOR_EVER {
        Body::from_stream(first.chain(stream::pending()))
    } else {
        // Only where it is asked for.
        let usage = (asked["stream_options"]["include_usage"] == json!(true)).then(usage);
        Body::from_stream(first.chain(stream::once(async move {
            sleep(PAUSE).await;
            let mut last = chunk(&json!([{"index": 0, "delta": {"content": "lo."}}]), None).to_vec();
            if usage.is_some() {
                last.extend_from_slice(&chunk(&json!([]), usage));
            }
            last.extend_from_slice(b"data: [DONE]\n\n");
            Ok(last.into())
        })))
    };
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

fn usage() -> Value {
    json!({"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29})
}

fn chunk(choices: &Value, usage: Option<Value>) -> Bytes {
    let mut chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "bare", "choices": choices});
    if let Some(usage) = usage {
        chunk["usage"] = usage;
    }
    format!("data: {chunk}\n\n").into()
}
