//! What the relay refuses by itself, in the form of OpenAI's API with Latchkey's codes.

use super::{House, books::uses, chat, fake::Fake};
use crate::{
    ask::answer,
    spend::capped,
    world::{World, limited, new_key},
};
use reqwest::Method;
use serde_json::json;
use server::{auth::ChangeKey, keys};

on_sqlite![
    keys_that_do_not_pass,
    models_that_are_not_there_or_not_the_keys,
    paths_and_methods,
    bodies_that_are_none,
    what_is_refused_does_not_go_on,
];

const REQUEST: &str = "invalid_request_error";

async fn keys_that_do_not_pass(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    let url = format!("{}/v1/chat/completions", house.base);
    let bare = answer(house.http.post(&url).json(&chat("small"))).await;
    bare.assert_failure(401, REQUEST, None, "UNAUTHORIZED");
    bare.assert_bare_challenge();
    let in_url = answer(house.http.post(format!("{url}?api_key={}", key.text)).json(&chat("small"))).await;
    in_url.assert_failure(401, REQUEST, None, "UNAUTHORIZED");
    let other = answer(house.http.post(&url).bearer_auth("sk-else").json(&chat("small"))).await;
    other.assert_failure(401, REQUEST, None, "UNAUTHORIZED");
    other.assert_challenge("invalid_token");
    let two = answer(house.post("models", &key, &json!({})).header("x-api-key", "another")).await;
    two.assert_failure(405, REQUEST, None, "METHOD_NOT_ALLOWED");
    let two = answer(house.get("models", &key).header("x-api-key", "another")).await;
    assert_eq!((two.status, two.json()["error"]["code"].as_str()), (400, Some("invalid_request")));

    let change = world.grant::<ChangeKey>("acme").await;
    keys::disable(&change, &key.id).await.unwrap();
    house.chat(&key).await.assert_failure(401, REQUEST, None, "KEY_DISABLED");
    answer(house.get("models", &key)).await.assert_failure(401, REQUEST, None, "KEY_DISABLED");
    let slow = world.key(limited("slow", "", "1")).await;
    assert_eq!(house.chat(&slow).await.status, 200);
    let refused = house.chat(&slow).await;
    refused.assert_failure(429, "requests", None, "RATE_LIMITED");
    assert!((1..=60).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    house.latchkey.shut_down().await;
}

async fn models_that_are_not_there_or_not_the_keys(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let key = world.key(capped("agent", "small, gone*", "", "")).await;
    let ask = async |model: &str| answer(house.post("chat/completions", &key, &chat(model))).await;
    assert_eq!(ask("small").await.status, 200);
    let refused = ask("large").await;
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (403, Some("MODEL_NOT_ALLOWED")));
    assert!(!refused.body.contains("small"), "it does not say what would be allowed");
    ask("gone-1").await.assert_failure(404, REQUEST, Some("model"), "MODEL_NOT_FOUND");
    assert_eq!(fake.seen().len(), 1);
    house.latchkey.shut_down().await;
}

async fn paths_and_methods(world: &World) {
    let house = House::open(world).await;
    let key = world.key(new_key("agent")).await;
    for path in ["", "images/generations", "chat", "responses/resp_1", "files"] {
        let said = answer(house.post(path, &key, &json!({}))).await;
        said.assert_failure(404, REQUEST, None, "NOT_FOUND");
    }
    for (method, path, allowed) in [
        (Method::GET, "chat/completions", "POST"),
        (Method::DELETE, "models/o3", "GET"),
        (Method::OPTIONS, "embeddings", "POST"),
    ] {
        let said = answer(house.http.request(method, format!("{}/v1/{path}", house.base)).bearer_auth(&key.text)).await;
        said.assert_failure(405, REQUEST, None, "METHOD_NOT_ALLOWED");
        assert_eq!(said.header("allow"), allowed);
    }
    house.latchkey.shut_down().await;
}

async fn bodies_that_are_none(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    for (body, param) in [
        ("", None),
        ("{", None),
        ("[]", None),
        ("{}", Some("model")),
        (r#"{"model":7}"#, Some("model")),
        (r#"{"model":"small","model":"large"}"#, Some("model")),
        (r#"{"model":"small","Model":"large"}"#, Some("model")),
        (r#"{"model":"small","stream":"yes"}"#, Some("stream")),
        (r#"{"model":"small","max_tokens":"many"}"#, Some("max_tokens")),
    ] {
        let request = house.http.post(format!("{}/v1/chat/completions", house.base)).bearer_auth(&key.text);
        let said = answer(request.header("content-type", "application/json").body(body)).await;
        said.assert_failure(400, REQUEST, param, "invalid_request");
    }
    let request = house.http.post(format!("{}/v1/chat/completions", house.base)).bearer_auth(&key.text);
    let said = answer(request.header("content-type", "text/plain").body(chat("small").to_string())).await;
    said.assert_failure(400, REQUEST, None, "invalid_request");
    let large = format!(r#"{{"model":"small","x":"{}"}}"#, "x".repeat(33 * 1024 * 1024));
    let request = house.http.post(format!("{}/v1/chat/completions", house.base)).bearer_auth(&key.text);
    let said = answer(request.header("content-type", "application/json").body(large)).await;
    said.assert_failure(413, REQUEST, None, "invalid_request");
    assert!(fake.seen().is_empty());
    // Each stands in the log, and is a refused one: nobody knows for which model.
    let uses = uses(world, &key, 11).await;
    assert!(uses.iter().all(|used| used.code == "invalid_request" && used.model.is_none()), "{uses:?}");
    assert_eq!(world.view(&key.id).await.uses, 0);
    house.latchkey.shut_down().await;
}

async fn what_is_refused_does_not_go_on(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let far = world.key(limited("far", "192.0.2.0/24", "")).await;
    let refused = house.chat(&far).await;
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (403, Some("IP_NOT_ALLOWED")));
    assert!(fake.seen().is_empty());
    assert_eq!(world.view(&far.id).await.uses, 0);
    house.latchkey.shut_down().await;
}
