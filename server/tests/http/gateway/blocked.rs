//! Calls that a key may not make: refused in the shape that the client waits for, and never sent.

use super::{
    Gate, assert_rpc_error, call,
    fake::{Fake, greeting, json_answer, two_tools},
    rpc,
};
use crate::{
    ask::answer,
    world::{MINA, World, grant, new_key, read_only},
};
use axum::{http::StatusCode, response::IntoResponse};
use domain::access::Role;
use serde_json::{Value, json};
use server::{keys, policies, servers};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

on_both_engines![by_permission, by_policy, marks_and_roles];
on_sqlite![
    in_every_shape,
    what_is_not_known_may_change_something,
    a_tool_is_asked_about_once,
    a_server_that_does_not_tell
];

/// The methods that reached the server.
fn reached(fake: &Fake) -> Vec<String> {
    let seen = fake.seen();
    let calls = seen.iter().filter(|seen| seen.json()["method"] == "tools/call");
    calls.map(|seen| seen.json()["params"]["name"].as_str().unwrap().to_owned()).collect()
}

async fn by_permission(world: &World) {
    let (gate, fake) = (Gate::open(world).await, Fake::json(two_tools()).await);
    gate.register("files", &fake.url).await;
    let key = world.key(read_only("reader")).await;
    assert_eq!(gate.answer("files", &key, &call(1, "get")).await.status, 200);
    for tool in ["set", "unheard-of", "GET"] {
        assert_rpc_error(&gate.answer("files", &key, &call(2, tool)).await, 200, &json!(2), "READ_ONLY");
    }
    assert_eq!(reached(&fake), ["get"]);
    // Widened, it may at once.
    let change = grant(&gate.latchkey, "acme").await;
    keys::permit(&change, &key.id, "read_write", false).await.unwrap();
    assert_eq!(gate.answer("files", &key, &call(3, "set")).await.status, 200);
    gate.latchkey.shut_down().await;
}

async fn by_policy(world: &World) {
    let (gate, fake) = (Gate::open(world).await, Fake::json(two_tools()).await);
    gate.register("files", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    let policy = gate.police(&key, "allow files/get\ndeny files/*", false).await;
    assert_eq!(gate.answer("files", &key, &call(1, "get")).await.status, 200);
    assert_rpc_error(&gate.answer("files", &key, &call(2, "set")).await, 200, &json!(2), "TOOL_BLOCKED");
    // Changed by another instance: it holds from the acknowledgement on.
    let raw = policies::RawPolicy {
        name: "p".into(),
        rules: "allow files/set".into(),
        default: "deny".into(),
        ..policies::RawPolicy::default()
    };
    policies::change(&world.grant("acme").await, &policy, &raw).await.unwrap();
    assert_rpc_error(&gate.answer("files", &key, &call(3, "get")).await, 200, &json!(3), "TOOL_BLOCKED");
    assert_eq!(gate.answer("files", &key, &call(4, "set")).await.status, 200);
    let dry = policies::RawPolicy { dry_run: true, ..raw };
    policies::change(&world.grant("acme").await, &policy, &dry).await.unwrap();
    assert_eq!(gate.answer("files", &key, &call(5, "get")).await.status, 200);
    assert_eq!(reached(&fake), ["get", "set", "get"]);
    gate.latchkey.shut_down().await;
}

async fn marks_and_roles(world: &World) {
    let (gate, fake) = (Gate::open(world).await, Fake::json(two_tools()).await);
    gate.register("files", &fake.url).await;
    let (key, reader) = (world.key(new_key("agent")).await, world.key(read_only("reader")).await);
    let manage = grant(&gate.latchkey, "acme").await;
    servers::mark(&manage, "files", "get", "changes").await.unwrap();
    servers::mark(&manage, "files", "set", "read_only").await.unwrap();
    assert_rpc_error(&gate.answer("files", &reader, &call(1, "get")).await, 200, &json!(1), "READ_ONLY");
    assert_eq!(gate.answer("files", &reader, &call(2, "set")).await.status, 200);
    servers::mark(&manage, "files", "set", "hidden").await.unwrap();
    for key in [&key, &reader] {
        assert_rpc_error(&gate.answer("files", key, &call(3, "set")).await, 200, &json!(3), "TOOL_BLOCKED");
    }
    // A viewer's key acts as read-only.
    assert_eq!(gate.answer("files", &key, &call(4, "get")).await.status, 200);
    world.member("acme", MINA, Role::Viewer).await;
    assert_rpc_error(&gate.answer("files", &key, &call(5, "get")).await, 200, &json!(5), "READ_ONLY");
    assert_eq!(reached(&fake), ["set", "get"]);
    gate.latchkey.shut_down().await;
}

async fn in_every_shape(world: &World) {
    let (gate, fake) = (Gate::open(world).await, Fake::json(two_tools()).await);
    gate.register("files", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    gate.police(&key, "allow files/get", false).await;

    let told = gate
        .answer(
            "files",
            &key,
            &json!([call(1, "get"), call(2, "set"), {"jsonrpc": "2.0", "method": "notifications/x"}]),
        )
        .await;
    let told: Vec<(Value, Value)> = told
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].clone(), one["error"]["data"]["code"].clone()))
        .collect();
    assert_eq!(
        told,
        [(json!(1), json!("TOOL_BLOCKED")), (json!(2), json!("TOOL_BLOCKED"))],
        "all of a batch, or nothing"
    );

    let stream = gate.post("files", &key, &call(3, "set")).header("accept", "text/event-stream");
    let only_stream = {
        let mut request = stream.build().unwrap();
        request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
        let response = world.http.execute(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.text().await.unwrap()
    };
    let data = only_stream.strip_prefix("event: message\ndata: ").and_then(|rest| rest.strip_suffix("\n\n")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(data).unwrap()["id"], 3);

    let silent = json!({"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "set"}});
    let told = gate.answer("files", &key, &silent).await;
    assert_eq!((told.status, told.body.as_str()), (202, ""), "nobody waits for an answer");
    let text_id = json!({"jsonrpc": "2.0", "id": "é\n", "method": "tools/call", "params": {"name": "set"}});
    assert_rpc_error(&gate.answer("files", &key, &text_id).await, 200, &json!("é\n"), "TOOL_BLOCKED");
    assert!(fake.seen().is_empty());
}

async fn what_is_not_known_may_change_something(world: &World) {
    let (gate, fake) = (Gate::open(world).await, Fake::json(json!({})).await);
    gate.register("files", &fake.url).await;
    let (key, reader) = (world.key(new_key("agent")).await, world.key(read_only("reader")).await);
    for method in ["tools/delete", "tasks/update", "Tools/List", "notifications/x"] {
        let message = rpc(1, method, &json!({}));
        assert_rpc_error(&gate.answer("files", &reader, &message).await, 200, &json!(1), "READ_ONLY");
        assert_eq!(gate.answer("files", &key, &message).await.status, 200, "{method}");
    }
    for method in ["initialize", "ping", "prompts/get", "resources/read", "completion/complete", "subscriptions/listen"]
    {
        assert_eq!(gate.answer("files", &reader, &rpc(1, method, &json!({}))).await.status, 200, "{method}");
    }
}

/// Its hint is asked of the server by the first call that needs it, once for all that wait, and not again.
async fn a_tool_is_asked_about_once(world: &World) {
    let gate = Gate::open(world).await;
    let lists = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lists);
    let fake = Fake::serve(move |seen| {
        if seen.json()["method"] == "tools/list" {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        greeting(seen).unwrap_or_else(|| json_answer(&seen.result(&two_tools())))
    })
    .await;
    gate.register("files", &fake.url).await;
    let (key, reader) = (world.key(new_key("agent")).await, world.key(read_only("reader")).await);
    assert_eq!(gate.answer("files", &key, &call(1, "get")).await.status, 200);
    assert_eq!(lists.load(Ordering::SeqCst), 0, "for a key that may change things nobody asks");
    let once = || async { gate.answer("files", &reader, &call(1, "get")).await.status };
    let answers = futures::future::join_all((0..20).map(|_| once())).await;
    assert!(answers.iter().all(|status| *status == 200));
    gate.answer("files", &reader, &call(1, "unknown")).await;
    assert_eq!(lists.load(Ordering::SeqCst), 1);
    world.clock.advance(6 * domain::time::MINUTE);
    gate.answer("files", &reader, &call(1, "get")).await;
    assert_eq!(lists.load(Ordering::SeqCst), 2, "the list is old");
}

async fn a_server_that_does_not_tell(world: &World) {
    let gate = Gate::open(world).await;
    let up = Arc::new(AtomicBool::new(false));
    let is_up = Arc::clone(&up);
    let fake = Fake::serve(move |seen| match seen.json()["method"].as_str() {
        Some("tools/call") => json_answer(&seen.result(&json!({}))),
        _ if !is_up.load(Ordering::SeqCst) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => greeting(seen).unwrap_or_else(|| json_answer(&seen.result(&two_tools()))),
    })
    .await;
    gate.register("files", &fake.url).await;
    let reader = world.key(read_only("reader")).await;
    let told = gate.answer("files", &reader, &call(1, "get")).await;
    assert_rpc_error(&told, 502, &json!(1), "UPSTREAM_UNAVAILABLE");
    assert!(reached(&fake).is_empty());
    up.store(true, Ordering::SeqCst);
    world.clock.advance(domain::time::MINUTE);
    assert_eq!(answer(gate.post("files", &reader, &call(1, "get"))).await.status, 200);
}
