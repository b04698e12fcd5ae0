//! Where a stream begins and ends: another provider is asked as long as nothing of it has come, and never after; what its
//! provider did not end is ended before something else follows.

use super::{
    House,
    fake::{Fake, chunks, events, raw},
    guardrails::ordinary_rules,
    streamed,
};
use crate::{
    ask::answer,
    world::{World, new_key},
};
use axum::body::{Body, Bytes};
use futures::stream::{pending, unfold};
use serde_json::{Value, json};
use std::{convert::Infallible, time::Duration};
use tokio::time::timeout;

on_sqlite![
    a_stream_that_does_not_begin_is_another_providers,
    a_stream_that_does_not_begin_anywhere_is_no_stream,
    a_stream_that_has_begun_is_nobody_elses,
    the_first_token_does_not_wait,
    an_event_is_ended_before_another_follows,
];

/// A stream's head, and nothing after it: closed in order, broken off, or silent.
async fn without_a_beginning(house: &House) -> Vec<&'static str> {
    let silent = Fake::serve(|_| events(Body::from_stream(pending::<Result<Bytes, Infallible>>()))).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    house.register("empty", &Fake::serve(|_| events("")).await.url, 1, "empty").await;
    house.register("cut", &raw(head).await, 1, "cut").await;
    house.register_hasty("silent", &silent.url, "silent").await;
    vec!["empty", "cut", "silent"]
}

async fn a_stream_that_does_not_begin_is_another_providers(world: &World) {
    let spare = Fake::ordinary().await;
    let house = House::open(world).await;
    let key = world.key(new_key("agent")).await;
    for slug in without_a_beginning(&house).await {
        house.register(&format!("spare-{slug}"), &spare.url, 2, slug).await;
        let before = spare.seen().len();
        let said = answer(house.post("chat/completions", &key, &streamed(slug))).await;
        assert_eq!((said.status, said.body), (200, chunks(false).concat()), "{slug}");
        assert_eq!(spare.seen().len(), before + 1, "{slug}");
    }
    house.latchkey.shut_down().await;
}

async fn a_stream_that_does_not_begin_anywhere_is_no_stream(world: &World) {
    let house = House::open(world).await;
    let key = world.key(new_key("agent")).await;
    for slug in without_a_beginning(&house).await {
        let said = answer(house.post("chat/completions", &key, &streamed(slug))).await;
        let status = if slug == "silent" { 504 } else { 502 };
        said.assert_failure(status, "server_error", None, "UPSTREAM_UNAVAILABLE");
    }
    house.latchkey.shut_down().await;
}

async fn a_stream_that_has_begun_is_nobody_elses(world: &World) {
    let spare = Fake::ordinary().await;
    let house = House::open(world).await;
    let key = world.key(new_key("agent")).await;
    let cut = raw(concat!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
        "2f\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\r\n1\r\n\n\r\n",
    ))
    .await;
    let stalls = Fake::serve(|_| {
        let state = Some(chunks(true)[1].clone());
        events(Body::from_stream(unfold(state, |state| async {
            match state {
                Some(chunk) => Some((Ok::<_, Infallible>(Bytes::from(chunk)), None)),
                None => std::future::pending().await,
            }
        })))
    })
    .await;
    for (slug, url) in [("cut", cut), ("stalls", stalls.url.clone())] {
        house.register_briefly(slug, &url, slug).await;
        house.register(&format!("spare-{slug}"), &spare.url, 2, slug).await;
        let said = answer(house.post("chat/completions", &key, &streamed(slug))).await;
        assert_eq!(said.status, 200, "{slug}: {said:?}");
        assert!(said.body.starts_with("data: {") && said.body.contains("UPSTREAM_UNAVAILABLE"), "{slug}: {said:?}");
        assert!(spare.seen().is_empty(), "{slug}: a byte of an answer had gone out");
    }
    house.latchkey.shut_down().await;
}

/// What comes with the head is passed on at once, though the rest takes its time.
async fn the_first_token_does_not_wait(world: &World) {
    let (fake, tell) = Fake::begun().await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    let mut said = house.post("chat/completions", &key, &streamed("small")).send().await.unwrap();
    let first = timeout(Duration::from_secs(10), said.chunk()).await.expect("at once").unwrap().unwrap();
    assert_eq!(first, chunks(false)[0]);
    tell.notify_one();
    assert_eq!(said.text().await.unwrap(), chunks(false)[1..].concat());
    house.latchkey.shut_down().await;
}

async fn an_event_is_ended_before_another_follows(world: &World) {
    let say = |word: &str| format!("data: {}", json!({"choices": [{"index": 0, "delta": {"content": word}}]}));
    // The last event has no empty line behind it, and its last word may be the beginning of an address or of the word.
    let unended = |last: &str| format!("{}\n\n{}", say("Hello "), say(last));
    let house = House::open(world).await;
    let (key, _) = house.guarded(world, &ordinary_rules()).await;
    for (model, last, wanted) in [("held", "ada.love", None), ("denied", "bluebird", Some("GUARDRAIL_BLOCKED"))] {
        let body = unended(last);
        let fake = Fake::serve(move |_| events(body.clone())).await;
        house.register(model, &fake.url, 1, model).await;
        let said = answer(house.post("chat/completions", &key, &streamed(model))).await;
        let data: Vec<Value> = said
            .body
            .split("\n\n")
            .filter(|event| !event.is_empty())
            .map(|event| serde_json::from_str(event.strip_prefix("data: ").expect("an event")).expect("of its own"))
            .collect();
        let words: String = data.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect();
        assert_eq!(data.last().unwrap()["error"]["code"].as_str(), wanted, "{said:?}");
        assert_eq!(words, if wanted.is_none() { "Hello ada.love" } else { "Hello " }, "{said:?}");
    }
    // Without anything to follow it passes as it came.
    let plain = Fake::serve(move |_| events(format!("data: {}", json!({"choices": []})))).await;
    house.register("plain", &plain.url, 1, "plain").await;
    let key = world.key(new_key("plain")).await;
    let said = answer(house.post("chat/completions", &key, &streamed("plain"))).await;
    assert_eq!(said.body, r#"data: {"choices":[]}"#);
    house.latchkey.shut_down().await;
}
