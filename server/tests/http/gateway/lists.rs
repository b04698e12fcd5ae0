//! Lists of tools on their way back: cut to what the key sees, in JSON and in event streams; untouched for who sees everything.

use super::{
    Gate, assert_rpc_error,
    fake::{Fake, events, json_answer, two_tools},
    rpc,
};
use crate::{
    ask::answer,
    world::{World, grant, new_key, read_only},
};
use reqwest::Method;
use serde_json::{Value, json};
use server::servers;

on_both_engines![in_json_and_in_streams];
on_sqlite![a_resumed_stream_is_cut_too, untouched_for_who_sees_everything, what_can_not_be_looked_through];

fn names(list: &Value) -> Vec<String> {
    list["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

fn list(id: u32) -> Value {
    rpc(id, "tools/list", &json!({}))
}

async fn in_json_and_in_streams(world: &World) {
    let gate = Gate::open(world).await;
    let plain = Fake::json(two_tools()).await;
    let streamed = Fake::serve(|seen| {
        let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}});
        events(format!(
            ": hi\n\ndata: {progress}\r\n\r\nid: 1\nevent: message\ndata: {}\n\n",
            seen.result(&two_tools())
        ))
    })
    .await;
    gate.register("plain", &plain.url).await;
    gate.register("streamed", &streamed.url).await;
    let (key, reader) = (world.key(new_key("agent")).await, world.key(read_only("reader")).await);
    let lists = async |key| {
        let told = gate.answer("streamed", key, &list(1)).await;
        assert!(told.body.starts_with(": hi\n\n"), "{told:?}");
        let data = told.body.lines().rev().find_map(|line| line.strip_prefix("data: ")).unwrap();
        [names(&gate.answer("plain", key, &list(1)).await.json()), names(&serde_json::from_str(data).unwrap())]
    };
    let same = |all: &[&str]| {
        [
            all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
            all.iter().map(|name| (*name).to_owned()).collect(),
        ]
    };
    assert_eq!(lists(&key).await, same(&["get", "set"]));
    assert_eq!(lists(&reader).await, same(&["get"]));
    let manage = grant(&gate.latchkey, "acme").await;
    for slug in ["plain", "streamed"] {
        servers::mark(&manage, slug, "get", "hidden").await.unwrap();
    }
    assert_eq!(lists(&key).await, same(&["set"]));
    assert_eq!(lists(&reader).await, same(&[]));
    for slug in ["plain", "streamed"] {
        servers::mark(&manage, slug, "get", "").await.unwrap();
    }
    gate.police(&key, "allow */g*", false).await;
    assert_eq!(lists(&key).await, same(&["get"]));
    gate.latchkey.shut_down().await;
}

/// A list may come late, on the stream that goes on where another was broken off.
async fn a_resumed_stream_is_cut_too(world: &World) {
    let gate = Gate::open(world).await;
    let fake = Fake::serve(|seen| {
        assert_eq!(seen.headers["last-event-id"], "7");
        let list = json!({"jsonrpc": "2.0", "id": 1, "result": two_tools()});
        events(format!("data: {list}\n\n"))
    })
    .await;
    gate.register("files", &fake.url).await;
    let reader = world.key(read_only("reader")).await;
    let told = answer(gate.request(Method::GET, "files", &reader).header("last-event-id", "7")).await;
    assert_eq!(told.status, 200);
    assert!(told.body.contains("\"get\"") && !told.body.contains("\"set\""), "{told:?}");
}

async fn untouched_for_who_sees_everything(world: &World) {
    let gate = Gate::open(world).await;
    let odd = "{\"result\" :{\"tools\":[ {\"name\":\"set\"}]},\n \"id\":1,\"jsonrpc\":\"2.0\"}";
    let fake = Fake::serve(move |_| {
        axum::response::Response::builder().header("content-type", "application/json").body(odd.into()).unwrap()
    })
    .await;
    gate.register("files", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    assert_eq!(gate.answer("files", &key, &list(1)).await.body, odd);
}

async fn what_can_not_be_looked_through(world: &World) {
    let gate = Gate::open(world).await;
    let two = json!([{"name": "set"}]);
    for (slug, body) in [
        ("twice", format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":{two},"Tools":{two}}}}}"#)),
        ("nonsense", format!("{two} and more")),
    ] {
        let sent = body.clone();
        let plain = Fake::serve(move |_| {
            axum::response::Response::builder()
                .header("content-type", "application/json")
                .body(sent.clone().into())
                .unwrap()
        })
        .await;
        let streamed = Fake::serve(move |_| events(format!("data: {{}}\n\ndata: {body}\n\n"))).await;
        gate.register(slug, &plain.url).await;
        gate.register(&format!("{slug}-streamed"), &streamed.url).await;
        let reader = world.key(read_only(slug)).await;
        assert_rpc_error(&gate.answer(slug, &reader, &list(1)).await, 502, &json!(1), "UPSTREAM_UNAVAILABLE");
        let told = gate.answer(&format!("{slug}-streamed"), &reader, &list(1)).await;
        assert_eq!(told.body, "data: {}\n\n", "the stream ends before what can't be read");
    }
    let packed = Fake::serve(|seen| {
        let mut answer = json_answer(&seen.result(&two_tools()));
        answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        answer
    })
    .await;
    gate.register("packed", &packed.url).await;
    let key = world.key(new_key("agent")).await;
    assert_rpc_error(&gate.answer("packed", &key, &list(1)).await, 502, &json!(1), "UPSTREAM_UNAVAILABLE");
}
