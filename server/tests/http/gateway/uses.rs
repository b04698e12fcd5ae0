//! What is written down of requests through the gateway: server, tool, verdict, what came of it, how long it took.

use super::{
    Gate, call,
    fake::{Fake, events, two_tools},
    rpc,
};
use crate::{
    ask::answer,
    world::{Made, World, grant, new_key, read_only},
};
use axum::{
    body::{Body, Bytes},
    http::StatusCode,
    response::IntoResponse,
};
use futures::StreamExt;
use reqwest::Method;
use serde_json::json;
use server::{
    auth::{Caller, SeeKeys},
    keys,
};
use std::{convert::Infallible, time::Duration};
use tokio::time::{Instant, sleep};

on_both_engines![requests_are_written_down];

/// Surface, code, server, tool and outcome of a key's latest requests, the newest first, once there are as many.
async fn uses(gate: &Gate, key: &Made, many: usize) -> Vec<String> {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let place = Caller::operator(&gate.latchkey).in_workspace("acme").await.unwrap();
        let shown = keys::show(&place.clone().allow::<SeeKeys>().unwrap(), &place, &key.id).await.unwrap();
        if shown.uses.len() >= many {
            let told = |used: &keys::UseView| {
                let mcp = used.mcp.as_ref().map(|mcp| format!(" {}/{} {}", mcp.server, mcp.tool, mcp.outcome));
                format!("{} {}{}", used.surface, used.code, mcp.unwrap_or_default())
            };
            return shown.uses.iter().map(told).collect();
        }
        assert!(Instant::now() < until, "there are {} of {many}", shown.uses.len());
        sleep(Duration::from_millis(50)).await;
    }
}

async fn requests_are_written_down(world: &World) {
    let gate = Gate::open(world).await;
    let fake = Fake::json(two_tools()).await;
    let broken = Fake::serve(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
    let endless = Fake::serve(|_| {
        let first = futures::stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"data: {}\n\n"))]);
        events(Body::from_stream(first.chain(futures::stream::pending())))
    })
    .await;
    for (slug, url) in [("files", &fake.url), ("broken", &broken.url), ("endless", &endless.url)] {
        gate.register(slug, url).await;
    }
    let key = world.key(read_only("reader")).await;
    gate.answer("files", &key, &rpc(1, "tools/list", &json!({}))).await;
    gate.answer("files", &key, &call(1, "get")).await;
    gate.answer("files", &key, &call(1, "set")).await;
    gate.answer("files", &key, &json!([call(1, "get"), call(2, "set")])).await;
    gate.answer("broken", &key, &call(1, "get")).await;
    gate.answer(&"nowhere".repeat(20), &key, &call(1, "get")).await;
    gate.answer("files", &key, &call(1, "\0\u{202E}get")).await;
    let found = uses(&gate, &key, 8).await;
    let wanted = [
        "mcp READ_ONLY files/\u{FFFD}\u{FFFD}get ",
        "mcp SERVER_NOT_ALLOWED nowherenowherenowherenowherenowh/ ",
        "mcp VALID broken/get UPSTREAM_UNAVAILABLE",
        "mcp READ_ONLY files/set ",
        "mcp VALID files/get NOT_SENT",
        "mcp READ_ONLY files/set ",
        "mcp VALID files/get ",
        "mcp VALID files/ ",
    ];
    let mut sorted = (found.clone(), wanted.map(str::to_owned).to_vec());
    sorted.0.sort();
    sorted.1.sort();
    assert_eq!(sorted.0, sorted.1);

    let key = world.key(new_key("agent")).await;
    gate.police(&key, "allow files/get", true).await;
    gate.answer("files", &key, &call(1, "set")).await;
    assert_eq!(uses(&gate, &key, 1).await, ["mcp VALID files/set WOULD_BLOCK"]);
    // One that listens is written down when it begins, a call when it was given up.
    let mut listening = gate.request(Method::GET, "endless", &key).send().await.unwrap();
    listening.chunk().await.unwrap().unwrap();
    assert_eq!(uses(&gate, &key, 2).await[0], "mcp VALID endless/ ");
    let mut given_up = gate.post("endless", &key, &call(1, "get")).send().await.unwrap();
    given_up.chunk().await.unwrap().unwrap();
    drop(given_up);
    assert_eq!(uses(&gate, &key, 3).await[0], "mcp VALID endless/get GIVEN_UP");
    let mut stopped = gate.post("endless", &key, &call(1, "get")).send().await.unwrap();
    stopped.chunk().await.unwrap().unwrap();
    keys::disable(&grant(&gate.latchkey, "acme").await, &key.id).await.unwrap();
    while stopped.chunk().await.unwrap().is_some() {}
    assert_eq!(uses(&gate, &key, 4).await[0], "mcp VALID endless/get STOPPED");
    answer(gate.post("files", &key, &call(1, "get"))).await.assert_error(401, "KEY_DISABLED");
    assert_eq!(uses(&gate, &key, 5).await[0], "mcp KEY_DISABLED files/ ");
    gate.latchkey.shut_down().await;
}
