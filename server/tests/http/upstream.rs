//! A server behind Latchkey that does what a story wants, and remembers what it was asked: an MCP server (`gateway/fake.rs`) or
//! a provider of models (`relay/fake.rs`).

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Method},
    response::Response,
};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, sink},
    net::TcpListener,
};

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
}

/// Serves a router on a free port. It ends with the test's runtime.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://127.0.0.1:{port}")
}

/// The server.
pub struct Upstream {
    /// Its address, without a path.
    pub base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Upstream {
    /// Serves that answer, whatever the path.
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
        Self { base: serve(Router::new().fallback(handler)).await, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A server that says these bytes to whoever asks, and no more: for lies that no library tells. Its address, without a path.
pub async fn raw(said: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut vec![0; 65_536]).await;
                let _ = stream.write_all(said.as_bytes()).await;
                let _ = stream.shutdown().await;
                // What is closed with something unread takes back what it said.
                let _ = copy(&mut stream, &mut sink()).await;
            });
        }
    });
    base
}

/// An answer of that kind.
pub fn told(status: u16, kind: &str, body: impl Into<Body>) -> Response {
    Response::builder().status(status).header("content-type", kind).body(body.into()).unwrap()
}
