//! A provider is asked for its models: one that answers as it should, ones that lie, babble and dawdle, and ones at private
//! addresses.

use super::{KEY, open_instance, raw, register, with_key};
use crate::{
    upstream::serve,
    world::{World, grant},
};
use axum::{
    Json, Router,
    body::Body,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect},
    routing::{any, get},
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use server::{
    Latchkey,
    models::{self, Asked, RawProvider},
};
use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

on_both_engines!(a_provider_lists_its_models, private_addresses_are_refused);
on_sqlite!(lists_in_other_forms, what_is_no_list_says_why, who_dawdles_is_not_waited_for);

pub async fn ask(latchkey: &Latchkey, slug: &str) -> Asked {
    models::ask(&grant(latchkey, "acme").await, slug).await.unwrap()
}

/// The base URL of a provider with three models, behind its API key.
pub async fn provider() -> String {
    let list = async |headers: HeaderMap| {
        let given = headers.get("authorization").and_then(|value| value.to_str().ok());
        if given != Some(&format!("Bearer {KEY}")) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let model = |id: &str| json!({"id": id, "object": "model", "created": 1, "owned_by": "openai"});
        Json(json!({"object": "list", "data": [model("o3"), model("gpt-4.1"), model("o3"), model("meta/Llama-3.3")]}))
            .into_response()
    };
    format!("{}/v1", serve(Router::new().route("/v1/models", get(list))).await)
}

async fn fails(latchkey: &Latchkey, slug: &str) -> &'static str {
    match ask(latchkey, slug).await {
        Asked::Fails(why) => why,
        lists @ Asked::Lists { .. } => panic!("{slug} works: {lists:?}"),
    }
}

async fn a_provider_lists_its_models(world: &World) {
    let latchkey = &open_instance(world).await;
    let url = provider().await;
    register(latchkey, &with_key("openai", &url)).await.unwrap();
    // One that is off can be tried too.
    models::enable(&grant(latchkey, "acme").await, "openai", false).await.unwrap();
    let Asked::Lists { models, left_out, cut, .. } = ask(latchkey, "openai").await else { panic!("it does not work") };
    let names: Vec<&str> = models.iter().map(domain::model::ModelName::as_str).collect();
    assert_eq!((names, left_out, cut), (vec!["gpt-4.1", "meta/Llama-3.3", "o3"], 0, false));
    assert_eq!(super::show(latchkey, "openai").await.unwrap().models.count(), 0, "what is used is chosen by people");

    let wrong = RawProvider { credential: "sk-wrong".to_owned().into(), ..raw("", &url) };
    super::edit(latchkey, "openai", &wrong).await.unwrap();
    assert!(fails(latchkey, "openai").await.contains("another API key"));
}

async fn private_addresses_are_refused(world: &World) {
    world.secret(KEY);
    let latchkey = &world.latchkey;
    let url = provider().await;
    let by_name = url.replace("127.0.0.1", "localhost");
    for (slug, url) in [("literal", url.as_str()), ("by-name", by_name.as_str()), ("meta", "http://169.254.169.254/")] {
        register(latchkey, &with_key(slug, url)).await.unwrap();
        assert!(fails(latchkey, slug).await.contains("private network"), "{url}");
    }
}

async fn lists_in_other_forms(world: &World) {
    let latchkey = &open_instance(world).await;
    let many: Vec<Value> = (0..1_001).map(|n| json!({"id": format!("m{n}")})).collect();
    let deceptive = json!({"data": [
        {"id": "gpt 4"}, {"id": "\u{202E}o3"}, {"id": 7}, {"name": "o3"}, 3, null, [], {"id": ""},
        {"id": KEY}, {"id": format!("ft:{KEY}:1")}, {"id": "o3"},
    ]});
    for (slug, body, wanted) in [
        ("bare", json!([{"id": "a"}, {"id": "b"}]), (2, 0, false)),
        ("names", json!({"data": ["a", "b"]}), (2, 0, false)),
        ("empty", json!({"data": []}), (0, 0, false)),
        ("many", json!({"data": many}), (1_000, 0, true)),
        ("deceptive", deceptive, (1, 10, false)),
    ] {
        let url = serve(Router::new().route("/models", get(move || async move { Json(body) }))).await;
        register(latchkey, &with_key(slug, &url)).await.unwrap();
        let asked = ask(latchkey, slug).await;
        assert!(!format!("{asked:?}").contains(KEY), "{slug}");
        let Asked::Lists { models, left_out, cut, .. } = asked else { panic!("{slug}: {asked:?}") };
        assert_eq!((models.len(), left_out, cut), wanted, "{slug}");
    }
}

async fn what_is_no_list_says_why(world: &World) {
    let latchkey = &open_instance(world).await;
    let followed = Arc::new(AtomicBool::new(false));
    let target = followed.clone();
    let large = "[".to_owned() + &"\"aaaaaaa\",".repeat(1_000_000) + "\"a\"]";
    let unsized_ = large.clone();
    let pieces = move || {
        let piece = unsized_[..1 << 16].to_owned();
        Body::from_stream(stream::repeat(piece).map(Ok::<_, Infallible>).take(160))
    };
    let broken = || Body::from_stream(stream::iter([Ok("{\"data\": ["), Err(io::Error::other("cut off"))]));
    let status = |code: u16| any(move || async move { StatusCode::from_u16(code).unwrap() });
    let base = serve(
        Router::new()
            .route("/html/models", any(async || "<h1>Hello</h1>"))
            .route("/object/models", any(async || Json(json!({"models": []}))))
            .route("/text/models", any(async || Json(json!({"data": "o3"}))))
            .route("/deep/models", any(async || "[".repeat(100_000)))
            .route("/bytes/models", any(async || [0xFF_u8; 64]))
            .route("/large/models", any(move || async move { large }))
            .route("/endless/models", any(move || async move { pieces() }))
            .route("/cut/models", any(move || async move { broken() }))
            .route("/redirect/models", any(async || Redirect::temporary("/target")))
            .route("/target", any(move || async move { target.store(true, Ordering::Relaxed) }))
            .route("/none/models", status(405))
            .route("/key/models", status(403))
            .route("/often/models", status(429))
            .route("/broken/models", status(500))
            .route("/teapot/models", status(418)),
    )
    .await;
    for (slug, wanted) in [
        ("html", "not as an OpenAI-compatible"),
        ("object", "not as an OpenAI-compatible"),
        ("text", "not as an OpenAI-compatible"),
        ("deep", "not as an OpenAI-compatible"),
        ("bytes", "not as an OpenAI-compatible"),
        ("cut", "not as an OpenAI-compatible"),
        ("teapot", "not as an OpenAI-compatible"),
        ("large", "larger than 4 MiB"),
        ("endless", "larger than 4 MiB"),
        ("redirect", "not followed"),
        ("missing", "no list of models"),
        ("none", "no list of models"),
        ("key", "another API key"),
        ("often", "no more requests"),
        ("broken", "failed by itself"),
    ] {
        register(latchkey, &with_key(slug, &format!("{base}/{slug}"))).await.unwrap();
        let why = fails(latchkey, slug).await;
        assert!(why.contains(wanted), "{slug}: {why}");
    }
    for (slug, url) in [("nobody", "http://127.0.0.1:9/"), ("unknown", "http://no-such-name.invalid/")] {
        register(latchkey, &with_key(slug, url)).await.unwrap();
        assert!(fails(latchkey, slug).await.contains("No connection"), "{slug}");
    }
    assert!(!followed.load(Ordering::Relaxed));
}

async fn who_dawdles_is_not_waited_for(world: &World) {
    let latchkey = &open_instance(world).await;
    let drip = || {
        let pieces = stream::repeat(" ").map(Ok::<_, Infallible>);
        Body::from_stream(pieces.then(async |piece| {
            tokio::time::sleep(Duration::from_millis(100)).await;
            piece
        }))
    };
    let base = serve(
        Router::new()
            .route("/silent/models", any(async || tokio::time::sleep(Duration::from_mins(1)).await))
            .route("/drip/models", any(move || async move { drip() })),
    )
    .await;
    for slug in ["silent", "drip"] {
        let provider = RawProvider { timeout: "1".into(), ..with_key(slug, &format!("{base}/{slug}")) };
        register(latchkey, &provider).await.unwrap();
        let begun = Instant::now();
        assert!(fails(latchkey, slug).await.contains("took too long"), "{slug}");
        assert!(begun.elapsed() < Duration::from_secs(40), "{slug}");
    }
}
