//! Providers that fail, lie and dawdle: another one is asked as long as nothing has gone out, and the client is told in the
//! form that its library reads.

use super::{
    House, KEY, PROMPT, chat,
    fake::{FAULT, Fake, chunks, events, fault, json_answer, ordinary, raw, slowly},
    streamed,
};
use crate::{
    ask::answer,
    upstream::Seen,
    world::{World, new_key},
};
use axum::{body::Body, response::Response};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

on_sqlite![
    another_provider_answers,
    what_a_provider_does_wrong_is_502,
    what_the_client_does_wrong_passes,
    who_dawdles_is_not_waited_for,
    too_many_requests_pass_on,
    a_stream_that_breaks_off_says_so,
    a_stream_that_repeats_the_api_key_ends,
    the_order_is_by_priority,
];

const SERVER: &str = "server_error";

fn failing(status: u16, body: impl Into<String>) -> impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static {
    let body = body.into();
    move |_| json_answer(status, body.clone())
}

/// An error that repeats the API key.
fn repeats() -> String {
    format!(r#"{{"error":{{"message":"Incorrect API key provided: {KEY}"}}}}"#)
}

/// Providers of which each does another thing wrong.
async fn liars() -> Vec<(&'static str, String)> {
    let serve = async |status, body: &str| Fake::serve(failing(status, body)).await.url;
    let (fault, page) = (fault(), format!("<html>{FAULT}</html>"));
    vec![
        ("down", "http://127.0.0.1:9/v1".into()),
        ("nowhere", "http://no-such-name.invalid/v1".into()),
        ("fails", serve(500, &fault).await),
        ("busy", serve(503, &page).await),
        ("credential", serve(401, &fault).await),
        ("forbidden", serve(403, "{}").await),
        ("credit", serve(402, "{}").await),
        ("elsewhere", serve(302, "").await),
        ("babbles", serve(200, &page).await),
        ("broken", serve(200, r#"{"choices":[{"message":"#).await),
        ("page", serve(400, &page).await),
        ("repeats", serve(400, &repeats()).await),
        ("succeeds", serve(200, &repeats()).await),
        (
            "packed",
            Fake::serve(|_| Response::builder().header("content-encoding", "gzip").body(Body::from("x")).unwrap())
                .await
                .url,
        ),
        ("closes", raw("").await),
        (
            "cut",
            raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"choices\":[").await,
        ),
        (
            "short",
            raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n{\"choices\":[]}").await,
        ),
        ("garbage", raw("no HTTP at all").await),
    ]
}

async fn another_provider_answers(world: &World) {
    let good = Fake::ordinary().await;
    let house = House::open(world).await;
    let mut models = Vec::new();
    for (slug, url) in liars().await {
        house.register(slug, &url, 1, slug).await;
        models.push(slug);
    }
    house.register("good", &good.url, 2, &models.join(",")).await;
    let key = world.key(new_key("agent")).await;
    for model in models {
        for body in [chat(model), streamed(model)] {
            let before = good.seen().len();
            let said = answer(house.post("chat/completions", &key, &body)).await;
            assert_eq!(said.status, 200, "{model}: {said:?}");
            assert!(said.body.contains("Hel") && good.seen().len() == before + 1, "{model}");
        }
    }
    house.latchkey.shut_down().await;
}

async fn what_a_provider_does_wrong_is_502(world: &World) {
    let house = House::open(world).await;
    let key = world.key(new_key("agent")).await;
    for (slug, url) in liars().await {
        house.register(slug, &url, 1, slug).await;
        let said = answer(house.post("chat/completions", &key, &chat(slug))).await;
        said.assert_failure(502, SERVER, None, "UPSTREAM_UNAVAILABLE");
        assert!(said.message().contains("can't be reached"), "{slug}: {said:?}");
    }
    let private = crate::world::serve(server::http::data_plane(&world.latchkey)).await;
    let strict = house.http.post(format!("{private}/v1/chat/completions")).bearer_auth(&key.text);
    let said = answer(strict.json(&chat("fails"))).await;
    said.assert_failure(502, SERVER, None, "UPSTREAM_UNAVAILABLE");
    house.latchkey.shut_down().await;
}

async fn what_the_client_does_wrong_passes(world: &World) {
    let house = House::open(world).await;
    let key = world.key(new_key("agent")).await;
    for status in [400, 404, 409, 413, 415, 422] {
        let (fake, model) = (Fake::serve(failing(status, fault())).await, format!("m{status}"));
        let spare = Fake::ordinary().await;
        house.register(&model, &fake.url, 1, &model).await;
        house.register(&format!("spare-{status}"), &spare.url, 2, &model).await;
        let said = answer(house.post("chat/completions", &key, &chat(&model))).await;
        assert_eq!((said.status, said.body), (status, fault()));
        assert!(spare.seen().is_empty(), "it would be told the same");
    }
    house.latchkey.shut_down().await;
}

async fn too_many_requests_pass_on(world: &World) {
    let busy = Fake::serve(|_| {
        let mut said =
            json_answer(429, r#"{"error":{"message":"Slow down.","type":"requests","code":"rate_limit_exceeded"}}"#);
        for (name, value) in
            [("retry-after", "7"), ("retry-after-ms", "6500"), ("x-should-retry", "true"), ("x-ratelimit-reset", "9s")]
        {
            said.headers_mut().insert(name, value.parse().unwrap());
        }
        said
    })
    .await;
    let house = House::with(world, &busy).await;
    let key = world.key(new_key("agent")).await;
    let said = house.chat(&key).await;
    assert_eq!((said.status, said.header("retry-after")), (429, "7"));
    // What OpenAI's packages read before it.
    assert_eq!((said.header("retry-after-ms"), said.header("x-should-retry")), ("6500", "true"));
    assert_eq!(said.header("x-ratelimit-reset"), "");
    assert_eq!(said.json()["error"]["code"], "rate_limit_exceeded");
    let good = Fake::ordinary().await;
    house.register("good", &good.url, 200, "small").await;
    assert_eq!(house.chat(&key).await.status, 200);
    house.latchkey.shut_down().await;
}

async fn who_dawdles_is_not_waited_for(world: &World) {
    let pause = Duration::from_mins(1);
    let whole = Fake::serve(move |_| json_answer(200, slowly(vec!["{".into(), "}".into()], pause))).await;
    let stream = Fake::serve(move |_| {
        let first = futures::stream::iter([Ok::<_, std::convert::Infallible>(chunks(true)[1].clone())]);
        events(Body::from_stream(futures::StreamExt::chain(first, futures::stream::pending())))
    })
    .await;
    let house = House::open(world).await;
    house.register_hasty("whole", &whole.url, "whole").await;
    house.register_briefly("stream", &stream.url, "stream").await;
    let key = world.key(new_key("agent")).await;
    let begun = Instant::now();
    let said = answer(house.post("chat/completions", &key, &chat("whole"))).await;
    said.assert_failure(504, SERVER, None, "UPSTREAM_UNAVAILABLE");
    let said = answer(house.post("chat/completions", &key, &streamed("stream"))).await;
    assert_eq!((said.status, last(&said.body)["error"]["code"].as_str()), (200, Some("UPSTREAM_UNAVAILABLE")));
    assert!(begun.elapsed() < Duration::from_secs(40), "neither is waited for as long as it takes");
    house.latchkey.shut_down().await;
}

/// The data of a stream's last event.
fn last(stream: &str) -> Value {
    let data = stream.trim_end().rsplit("data: ").next().unwrap();
    serde_json::from_str(data).unwrap()
}

async fn a_stream_that_repeats_the_api_key_ends(world: &World) {
    let house = House::open(world).await;
    let key = world.key(new_key("agent")).await;
    let failed = format!(r#"{{"type":"response.failed","response":{{"error":{{"message":"{KEY}"}}}}}}"#);
    let refused = format!(r#"{{"type":"error","message":"{KEY}"}}"#);
    for (model, told) in [("chat", repeats()), ("failed", failed), ("refused", refused)] {
        // One that is ended by no empty line is an event to some clients.
        for (model, end) in [(model.to_owned(), "\n\ndata: {}\n\n"), (format!("{model}-cut"), "")] {
            let told = format!("{}data: {told}{end}", chunks(false)[1]);
            let fake = Fake::serve(move |_| events(told.clone())).await;
            house.register(&model, &fake.url, 1, &model).await;
            let said = answer(house.post("chat/completions", &key, &streamed(&model))).await;
            assert!(said.body.starts_with(&chunks(false)[1]) && !said.body.contains(KEY), "{said:?}");
            assert_eq!(last(&said.body)["error"]["code"], "UPSTREAM_UNAVAILABLE", "{said:?}");
        }
    }
    house.latchkey.shut_down().await;
}

async fn a_stream_that_breaks_off_says_so(world: &World) {
    let cut = raw(concat!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
        "2f\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\r\n1\r\n\n\r\n",
    ))
    .await;
    let house = House::open(world).await;
    house.register("cut", &cut, 1, "small").await;
    let key = world.key(new_key("agent")).await;
    let said = answer(house.post("chat/completions", &key, &streamed("small"))).await;
    assert!(said.body.starts_with("data: {\"choices\"") && !said.body.contains(PROMPT), "{said:?}");
    assert_eq!(last(&said.body)["error"]["code"], "UPSTREAM_UNAVAILABLE", "{said:?}");
    house.latchkey.shut_down().await;
}

async fn the_order_is_by_priority(world: &World) {
    let (first, second) = (Fake::serve(ordinary).await, Fake::serve(ordinary).await);
    let house = House::open(world).await;
    house.register("b", &second.url, 20, "small").await;
    house.register("a", &first.url, 10, "small").await;
    let key = world.key(new_key("agent")).await;
    assert_eq!(house.chat(&key).await.status, 200);
    assert_eq!((first.seen().len(), second.seen().len()), (1, 0));
    let manage = crate::world::grant(&house.latchkey, "acme").await;
    server::models::enable(&manage, "a", false).await.unwrap();
    assert_eq!(house.chat(&key).await.status, 200);
    assert_eq!((first.seen().len(), second.seen().len()), (1, 1));
    house.latchkey.shut_down().await;
}
