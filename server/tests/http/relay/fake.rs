//! A provider that does what a story wants, and remembers what it was asked.

use crate::upstream::{self, Seen, Upstream, told};
use axum::{
    body::{Body, Bytes},
    http::HeaderMap,
    response::Response,
};
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::Notify;

pub struct Fake {
    /// As a provider's form has it.
    pub url: String,
    upstream: Upstream,
}

impl Fake {
    /// Serves that answer.
    pub async fn serve(answer: impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static) -> Self {
        let upstream = Upstream::serve(answer).await;
        Self { url: format!("{}/v1", upstream.base), upstream }
    }

    /// Answers as OpenAI does.
    pub async fn ordinary() -> Self {
        Self::serve(ordinary).await
    }

    /// Streams the first event of a chat, and the rest when it is told to.
    pub async fn begun() -> (Self, Arc<Notify>) {
        let told = Arc::new(Notify::new());
        let wait = Arc::clone(&told);
        let rest = chunks(true).split_off(1).concat();
        let fake =
            Self::serve(move |_| events(once_told(chunks(true).remove(0), Arc::clone(&wait), rest.clone()))).await;
        (fake, told)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.upstream.seen()
    }

    /// The last thing it was asked.
    pub fn last(&self) -> Seen {
        self.seen().pop().expect("it was asked")
    }
}

/// What stands in its answers, in the arguments of its tool calls and in its errors: no log may hold it.
pub const ANSWER: &str = "answer-1d84f6c02b7e9a531d84f6c02b7e9a53";
pub const ARGUMENTS: &str = "arguments-a6093be57f41c2d8a6093be57f41c2d8";
pub const FAULT: &str = "fault-c25e80b91a6d47f3c25e80b91a6d47f3";

/// What 19 tokens in and 10 out look like in a chat.
pub fn usage() -> Value {
    json!({"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29, "prompt_tokens_details": {"cached_tokens": 8}})
}

/// An error of a provider.
pub fn fault() -> String {
    json!({"error": {"message": FAULT, "type": "invalid_request_error", "param": "seed", "code": "x"}}).to_string()
}

/// The answer to a chat, byte for byte.
pub fn chat_answer() -> String {
    let content = format!("Hello. {ANSWER}");
    json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "small-2026", "usage": usage(),
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]})
    .to_string()
}

pub fn ordinary(seen: &Seen) -> Response {
    let asked = seen.json();
    if asked["stream"] == json!(true) {
        let usage_is_wanted = asked["stream_options"]["include_usage"] == json!(true);
        return events(chunks(usage_is_wanted).concat());
    }
    json_answer(
        200,
        match seen.uri.as_str() {
            "/v1/chat/completions" => chat_answer(),
            "/v1/completions" => json!({"choices": [{"index": 0, "text": ANSWER}], "usage": usage()}).to_string(),
            "/v1/embeddings" => {
                json!({"data": [{"embedding": [0.5]}], "usage": {"prompt_tokens": 8, "total_tokens": 8}}).to_string()
            }
            "/v1/responses" => {
                let output = json!([{"type": "message", "content": [{"type": "output_text", "text": ANSWER}]}]);
                json!({"output": output, "usage": {"input_tokens": 19, "output_tokens": 10}}).to_string()
            }
            other => panic!("{other} is no call of OpenAI's"),
        },
    )
}

/// The events of a streamed chat.
pub fn chunks(with_usage: bool) -> Vec<String> {
    let chunk = |choices: Value, usage: Option<Value>| {
        let mut chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": choices});
        if let Some(usage) = usage {
            chunk["usage"] = usage;
        }
        format!("data: {chunk}\n\n")
    };
    let words = ["", "Hel", "lo. ", ANSWER].map(|word| json!([{"index": 0, "delta": {"content": word}}]));
    let none = with_usage.then_some(Value::Null);
    let mut all: Vec<String> = words.into_iter().map(|choices| chunk(choices, none.clone())).collect();
    if with_usage {
        all.push(chunk(json!([]), Some(usage())));
    }
    all.push("data: [DONE]\n\n".into());
    all
}

pub fn json_answer(status: u16, body: impl Into<Body>) -> Response {
    told(status, "application/json", body)
}

pub fn events(body: impl Into<Body>) -> Response {
    told(200, "text/event-stream; charset=utf-8", body)
}

/// A body whose pieces come one after the other, with a pause before each.
pub fn slowly(pieces: Vec<String>, pause: Duration) -> Body {
    let pieces = futures::stream::iter(pieces);
    Body::from_stream(futures::StreamExt::then(pieces, move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(Bytes::from(piece))
    }))
}

/// A body whose rest comes when the story says so: one that slept could come too early on a busy machine.
pub fn once_told(begun: String, told: Arc<Notify>, rest: String) -> Body {
    let rest = futures::stream::once(async move {
        told.notified().await;
        rest
    });
    let begun = futures::stream::iter([begun]);
    Body::from_stream(futures::StreamExt::map(futures::StreamExt::chain(begun, rest), Ok::<_, Infallible>))
}

/// A provider that says these bytes to whoever asks, and no more.
pub async fn raw(said: &'static str) -> String {
    format!("{}/v1", upstream::raw(said).await)
}

/// Asserts that nothing of the client's but its question reached a provider.
pub fn assert_clean(headers: &HeaderMap, client_key: &str) {
    for (name, value) in headers {
        let value = value.to_str().unwrap_or_default();
        assert!(!value.contains(client_key), "{name}");
        let known = ["host", "authorization", "content-type", "content-length", "accept", "user-agent", "openai-beta"];
        assert!(known.contains(&name.as_str()), "{name}: {value}");
    }
}
