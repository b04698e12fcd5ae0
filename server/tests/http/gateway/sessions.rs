//! Sessions of the protocol's earlier revisions: each belongs to the key that opened it, at the server where it was opened.

use super::{
    Gate, assert_rpc_error,
    fake::{Fake, greeting, json_answer},
    rpc,
};
use crate::{
    ask::answer,
    world::{World, new_key},
};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines![a_session_belongs_to_its_key];
on_sqlite![other_instances_know_it, what_the_server_says_of_a_session_is_passed_on];

const SESSION: &str = "4f1c9e7d-upstream-session";

/// A server that opens a session, and wants it from then on.
async fn keeper() -> Fake {
    Fake::serve(|seen| {
        if seen.json()["method"] == "initialize" {
            let mut answer = greeting(seen).unwrap();
            answer.headers_mut().insert("mcp-session-id", SESSION.parse().unwrap());
            return answer;
        }
        let given = seen.headers.get("mcp-session-id").map(|value| value.to_str().unwrap());
        if given == Some(SESSION) {
            return json_answer(&seen.result(&json!({"session": given})));
        }
        axum::response::Response::builder().status(404).body(axum::body::Body::empty()).unwrap()
    })
    .await
}

fn ping() -> Value {
    rpc(2, "ping", &json!({}))
}

async fn a_session_belongs_to_its_key(world: &World) {
    let (gate, one, two) = (Gate::open(world).await, keeper().await, keeper().await);
    gate.register("one", &one.url).await;
    gate.register("two", &two.url).await;
    let (key, other) = (world.key(new_key("agent")).await, world.key(new_key("other")).await);
    let begun = gate.answer("one", &key, &rpc(1, "initialize", &json!({}))).await;
    let session = begun.header("mcp-session-id").to_owned();
    assert!(session.ends_with(SESSION) && session.len() == SESSION.len() + 32, "{session}");

    let go_on =
        async |slug, key, session: &str| answer(gate.post(slug, key, &ping()).header("mcp-session-id", session)).await;
    assert_eq!(go_on("one", &key, &session).await.json()["result"]["session"], SESSION);
    let seen = one.seen().len();
    for (slug, key, session) in [
        ("one", &other, &*session),
        ("two", &key, &session),
        ("one", &key, SESSION),
        ("one", &key, "x"),
        ("one", &key, ""),
    ] {
        assert_rpc_error(&go_on(slug, key, session).await, 404, &Value::Null, "SESSION_NOT_FOUND");
    }
    for method in [Method::GET, Method::DELETE] {
        let request = gate.request(method, "one", &other).header("mcp-session-id", &session);
        assert_rpc_error(&answer(request).await, 404, &Value::Null, "SESSION_NOT_FOUND");
    }
    let both = gate.post("one", &key, &ping()).header("mcp-session-id", &session).header("mcp-session-id", "x");
    assert_rpc_error(&answer(both).await, 404, &Value::Null, "SESSION_NOT_FOUND");
    assert_eq!((one.seen().len(), two.seen().len()), (seen, 0), "none of them reached a server");

    let ended = answer(gate.request(Method::DELETE, "one", &key).header("mcp-session-id", &session)).await;
    assert_eq!(ended.status, 200);
    let last = one.seen().pop().unwrap();
    assert_eq!((last.method, last.headers["mcp-session-id"].to_str().unwrap()), (Method::DELETE, SESSION));
    gate.latchkey.shut_down().await;
}

async fn other_instances_know_it(world: &World) {
    let (gate, server) = (Gate::open(world).await, keeper().await);
    gate.register("one", &server.url).await;
    let key = world.key(new_key("agent")).await;
    let begun = gate.answer("one", &key, &rpc(1, "initialize", &json!({}))).await;
    let next = Gate::open(world).await;
    let went_on = next.post("one", &key, &ping()).header("mcp-session-id", begun.header("mcp-session-id"));
    assert_eq!(answer(went_on).await.status, 200);
}

async fn what_the_server_says_of_a_session_is_passed_on(world: &World) {
    let (gate, server) = (Gate::open(world).await, keeper().await);
    gate.register("one", &server.url).await;
    let key = world.key(new_key("agent")).await;
    assert_eq!(gate.answer("one", &key, &ping()).await.status, 404, "so that the client begins anew");
}
