//! Servers that are away, slow, lie about lengths, babble, break off: the client is told, or its stream ends; nothing hangs.

use super::{
    Gate, assert_rpc_error, call,
    fake::{Fake, events, json_answer},
    rpc,
};
use crate::{
    ask::answer,
    logs,
    upstream::{raw, serve},
    world::{World, new_key},
};
use axum::{
    Router,
    body::{Body, Bytes},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use std::{convert::Infallible, time::Duration};
use tokio::{
    net::TcpListener,
    time::{Instant, timeout},
};

/// The longest that a story waits for an end, on a machine with much else to do; an MCP server usually has five minutes.
const AT_MOST: Duration = Duration::from_mins(1);

on_both_engines![a_server_that_is_away];
on_sqlite![
    answers_that_do_not_pass,
    answers_that_pass,
    a_server_that_does_not_begin,
    a_stream_that_stops,
    a_server_that_lies_about_lengths,
    a_server_that_babbles,
    private_addresses,
];

async fn a_server_that_is_away(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("nobody-listens-where-this", "http://127.0.0.1:9/mcp?secret=query-4f1c9e7d20ab4f1c9e7d20ab4f1c9e7d")
        .await;
    gate.register("nowhere", "http://no-such-name.invalid/mcp").await;
    let key = world.key(new_key("agent")).await;
    for slug in ["nobody-listens-where-this", "nowhere"] {
        let told = gate.answer(slug, &key, &call(7, "get")).await;
        assert_rpc_error(&told, 502, &json!(7), "UPSTREAM_UNAVAILABLE");
        assert!(!told.body.contains("query-"), "{told:?}");
        let batch = gate.answer(slug, &key, &json!([call(1, "a"), call(2, "b")])).await;
        let ids: Vec<Value> = batch.json().as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert_eq!((batch.status, ids), (502, vec![json!(1), json!(2)]));
        assert_rpc_error(
            &answer(gate.request(Method::GET, slug, &key)).await,
            502,
            &Value::Null,
            "UPSTREAM_UNAVAILABLE",
        );
    }
    assert!(logs::heard("nobody-listens-where-this"), "the log says which");
    gate.latchkey.shut_down().await;
}

/// What a server says to Latchkey is not for its clients: a wrong credential of the server is none of the client's.
async fn answers_that_do_not_pass(world: &World) {
    let gate = Gate::open(world).await;
    let fake = Fake::serve(|seen| match seen.json()["params"]["status"].as_u64().unwrap() {
        302 => Redirect::to("/elsewhere").into_response(),
        status => {
            (StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap(), [("www-authenticate", "Bearer")], "secrets")
                .into_response()
        }
    })
    .await;
    gate.register("files", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    for status in [201, 206, 302, 307, 401, 402, 403, 418, 500, 503, 599] {
        let told = gate.answer("files", &key, &rpc(1, "ping", &json!({"status": status}))).await;
        assert_rpc_error(&told, 502, &json!(1), "UPSTREAM_UNAVAILABLE");
        assert!(!told.body.contains("secrets"));
    }
    assert!(fake.seen().iter().all(|seen| seen.uri.starts_with("/mcp")), "no redirect is followed");
}

async fn answers_that_pass(world: &World) {
    let gate = Gate::open(world).await;
    let fake = Fake::serve(|seen| {
        let status = seen.json()["params"]["status"].as_u64().unwrap();
        let mut answer = json_answer(&json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32600, "message": "no"}}));
        *answer.status_mut() = StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap();
        answer
    })
    .await;
    let page = Fake::serve(|_| axum::response::Html("<script>").into_response()).await;
    gate.register("files", &fake.url).await;
    gate.register("page", &page.url).await;
    let key = world.key(new_key("agent")).await;
    for status in [200, 202, 400, 404, 405, 406, 415, 429] {
        let told = gate.answer("files", &key, &rpc(1, "ping", &json!({"status": status}))).await;
        assert_eq!((u64::from(told.status), &told.json()["error"]["code"]), (status, &json!(-32600)));
    }
    let told = gate.answer("page", &key, &call(1, "get")).await;
    assert_eq!((told.status, told.body.as_str(), told.header("content-type")), (200, "", ""), "no page passes");
}

async fn a_server_that_does_not_begin(world: &World) {
    let gate = Gate::with_patience(world, 2).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let held = tokio::spawn(async move {
        let mut connections = Vec::new();
        loop {
            connections.push(listener.accept().await.unwrap());
        }
    });
    gate.register("silent", &url).await;
    let key = world.key(new_key("agent")).await;
    let begun = Instant::now();
    let told = gate.answer("silent", &key, &call(1, "get")).await;
    assert_rpc_error(&told, 504, &json!(1), "UPSTREAM_UNAVAILABLE");
    assert!((2..60).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    held.abort();
}

async fn a_stream_that_stops(world: &World) {
    let gate = Gate::with_patience(world, 5).await;
    let fake = Fake::serve(|seen| {
        let first = futures::stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"data: {}\n\n"))]);
        let body = Body::from_stream(first.chain(futures::stream::pending()));
        if seen.json()["params"]["json"] == true {
            return Response::builder().header("content-type", "application/json").body(body).unwrap();
        }
        events(body)
    })
    .await;
    gate.register("files", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    let told = timeout(AT_MOST, gate.answer("files", &key, &call(1, "get"))).await.unwrap();
    assert_eq!(told.body, "data: {}\n\n", "an event stream ends");
    let cut = gate.post("files", &key, &rpc(1, "ping", &json!({"json": true}))).send().await.unwrap();
    let cut = timeout(AT_MOST, cut.text()).await.unwrap();
    assert!(cut.is_err(), "anything else is broken off, so that nobody takes it for whole");
    // Who listens may wait for as long as they like.
    let listening = gate.request(Method::GET, "files", &key).send().await.unwrap();
    assert!(timeout(Duration::from_secs(8), listening.text()).await.is_err());
}

async fn a_server_that_lies_about_lengths(world: &World) {
    let gate = Gate::open(world).await;
    gate.register(
        "long",
        &raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{}").await,
    )
    .await;
    gate.register(
        "short",
        &raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}{}").await,
    )
    .await;
    gate.register(
        "chunk",
        &raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{}").await,
    )
    .await;
    let key = world.key(new_key("agent")).await;
    for slug in ["long", "chunk"] {
        // Before its head is out, or after it: nobody takes it for whole.
        let whole = async { gate.post(slug, &key, &call(1, "get")).send().await?.bytes().await };
        assert!(timeout(AT_MOST, whole).await.unwrap().is_err(), "{slug}");
    }
    assert_eq!(gate.answer("short", &key, &call(1, "get")).await.body, "{}");
}

async fn a_server_that_babbles(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("no-http", &raw("220 mail.example.com ESMTP\r\n").await).await;
    gate.register("nothing", &raw("").await).await;
    gate.register("endless", &raw("HTTP/1.1 200 OK\r\nx: y\r\n").await).await;
    let key = world.key(new_key("agent")).await;
    for slug in ["no-http", "nothing", "endless"] {
        let told = timeout(AT_MOST, gate.answer(slug, &key, &call(1, "get"))).await.unwrap();
        assert_rpc_error(&told, 502, &json!(1), "UPSTREAM_UNAVAILABLE");
    }
}

/// The world's own instance may not connect to this machine.
async fn private_addresses(world: &World) {
    let gate = Gate::with_patience(world, 2).await;
    let url = serve(Router::new()).await;
    gate.register("literal", &url).await;
    gate.register("by-name", &url.replace("127.0.0.1", "localhost")).await;
    let key = world.key(new_key("agent")).await;
    for slug in ["literal", "by-name"] {
        let strict =
            world.ask(Method::POST, &format!("/mcp-connect/{slug}")).bearer_auth(&key.text).json(&call(1, "get"));
        assert_rpc_error(&answer(strict).await, 502, &json!(1), "UPSTREAM_UNAVAILABLE");
    }
}
