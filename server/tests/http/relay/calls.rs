//! Calls that are answered at once: bodies pass unaltered both ways, credentials change hands, models are listed.

use super::{
    House, KEY, chat,
    fake::{Fake, assert_clean, chat_answer, fault, json_answer},
    streamed,
};
use crate::{
    ask::answer,
    spend::capped,
    world::{Made, World, new_key, read_only},
};
use serde_json::json;
use server::{
    auth::Caller,
    keys::{self, UseView},
};

on_sqlite![bodies_pass_unaltered, every_call_has_its_path, the_models_of_a_key_are_listed, uses_are_recorded,];

async fn bodies_pass_unaltered(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    let body = format!(
        "{{ \"model\":\"sm\\u0061ll\",\n \"messages\":[{{\"role\":\"user\",\"content\":\"{}\"}}], \"seed\":1e400}}",
        super::PROMPT
    );
    let request = house.http.post(format!("{}/v1/chat/completions", house.base)).body(body.clone());
    let request = request.bearer_auth(&key.text).header("content-type", "application/json");
    let request = request.header("openai-beta", "x=1").header("openai-organization", "org").header("cookie", "a=b");
    let said = answer(request.header("x-stainless-lang", "python").header("accept-encoding", "gzip")).await;
    assert_eq!((said.status, said.body.as_str()), (200, chat_answer().as_str()));
    assert_eq!((said.header("content-type"), said.header("cache-control")), ("application/json", "no-store"));
    let seen = fake.last();
    assert_eq!((seen.uri.as_str(), seen.body.as_str()), ("/v1/chat/completions", body.as_str()));
    assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(seen.headers["openai-beta"], "x=1");
    assert_clean(&seen.headers, &key.text);
    house.latchkey.shut_down().await;
}

async fn every_call_has_its_path(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    // What a key may do to servers says nothing about models.
    let key = world.key(read_only("agent")).await;
    for (path, body) in [
        ("chat/completions", chat("small")),
        ("completions", json!({"model": "small", "prompt": "Hi"})),
        ("embeddings", json!({"model": "large", "input": ["Hi"]})),
        ("responses", json!({"model": "small", "input": "Hi"})),
    ] {
        let said = answer(house.post(path, &key, &body)).await;
        assert_eq!(said.status, 200, "{said:?}");
        assert_eq!(fake.last().uri, format!("/v1/{path}"));
        assert_eq!(fake.last().json(), body);
    }
    house.latchkey.shut_down().await;
}

async fn the_models_of_a_key_are_listed(world: &World) {
    let house = House::open(world).await;
    house.register("one", "http://127.0.0.1:9/v1", 1, "gpt-4.1, o3").await;
    house.register("two", "http://127.0.0.1:9/v1", 2, "o3, meta-llama/Llama-3").await;
    let (all, some) = (world.key(new_key("all")).await, world.key(capped("some", "gpt-4*", "", "")).await);
    let listed = async |key| {
        let said = answer(house.get("models", key)).await.json();
        assert_eq!(said["object"], "list");
        let ids: Vec<String> =
            said["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap().to_owned()).collect();
        ids
    };
    assert_eq!(listed(&all).await, ["gpt-4.1", "meta-llama/Llama-3", "o3"]);
    assert_eq!(listed(&some).await, ["gpt-4.1"]);
    // What it may spend on a model without a price could not be counted.
    let (poor, both) =
        (world.key(capped("poor", "", "1", "day")).await, world.key(capped("both", "gpt-4*", "1", "day")).await);
    house.price("o3").await;
    assert_eq!(listed(&poor).await, ["o3"]);
    assert!(listed(&both).await.is_empty());
    assert_eq!(answer(house.get("models/o3", &poor)).await.status, 200);
    let said = answer(house.get("models/gpt-4.1", &poor)).await;
    said.assert_failure(404, "invalid_request_error", Some("model"), "MODEL_NOT_FOUND");
    let one = answer(house.get("models/gpt-4.1", &some)).await.json();
    assert_eq!(one, json!({"id": "gpt-4.1", "object": "model", "created": 0, "owned_by": "acme"}));
    assert_eq!(answer(house.get("models/meta-llama%2FLlama-3", &all)).await.status, 200);
    for none in ["models/o3", "models/nothing"] {
        let said = answer(house.get(none, &some)).await;
        said.assert_failure(404, "invalid_request_error", Some("model"), "MODEL_NOT_FOUND");
    }
    house.latchkey.shut_down().await;
}

async fn uses_are_recorded(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    house.register("down", "http://127.0.0.1:9/v1", 1, "down").await;
    let wrong = Fake::serve(|_| json_answer(400, fault())).await;
    house.register("wrong", &wrong.url, 1, "wrong").await;
    let (key, narrow) = (world.key(new_key("agent")).await, world.key(capped("narrow", "large", "", "")).await);
    assert_eq!(house.chat(&key).await.status, 200);
    assert_eq!(answer(house.post("chat/completions", &key, &streamed("large"))).await.status, 200);
    for model in ["unknown", "down", "wrong"] {
        answer(house.post("chat/completions", &key, &chat(model))).await;
    }
    answer(house.post("chat/completions", &narrow, &chat("small"))).await;
    // What waits is written at the end.
    house.latchkey.shut_down().await;
    let shown = world.view(&key.id).await;
    assert_eq!(shown.uses, 4, "the model that is not there is no accepted use");
    let place = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap();
    let listed = async |key: &Made| {
        let page = keys::show(&place.clone().allow().unwrap(), &place, &key.id).await.unwrap();
        let line = |used: UseView| {
            let took = used.model.expect("it was for a model");
            let usage = took.counted.usage;
            assert!(!took.counted.estimated && (took.provider.is_empty() || took.millis < 60_000));
            let tokens = (usage.input(), usage.cached_input(), usage.output());
            let outcome = if took.outcome.is_empty() { used.code } else { took.outcome };
            (outcome, took.model, took.provider, tokens, took.cost.micros())
        };
        let mut lines: Vec<_> = page.uses.into_iter().map(line).collect();
        lines.sort();
        lines
    };
    let line = |code: &str, model: &str, provider: &str, tokens, cost| {
        (code.to_owned(), model.to_owned(), provider.to_owned(), tokens, cost)
    };
    let wanted = [
        line("MODEL_NOT_FOUND", "unknown", "", (0, 0, 0), 0),
        line("UPSTREAM_REFUSED", "wrong", "wrong", (0, 0, 0), 0),
        line("UPSTREAM_UNAVAILABLE", "down", "", (0, 0, 0), 0),
        // It has no price.
        line("VALID", "large", "one", (19, 8, 10), 0),
        line("VALID", "small", "one", (19, 8, 10), 138),
    ];
    assert_eq!(listed(&key).await, wanted);
    assert_eq!(listed(&narrow).await, [line("MODEL_NOT_ALLOWED", "small", "", (0, 0, 0), 0)]);
}
