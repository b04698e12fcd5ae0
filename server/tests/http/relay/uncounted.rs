//! What calls cost that no provider has counted: never less of a cap than what they may have cost, however a client puts it. Where
//! no cap is, a count of their texts.

use super::{
    House, chat,
    fake::{Fake, chunks, events, json_answer, ordinary},
    spend::{COST, settled},
    streamed,
};
use crate::{
    ask::answer,
    spend::capped,
    world::{Made, World, new_key},
};
use axum::body::Body;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use server::{auth::Caller, keys};
use std::{convert::Infallible, time::Duration};
use store::ModelUse;
use tokio::time::{Instant, sleep};

on_sqlite![
    what_comes_from_elsewhere_is_not_guessed,
    a_stream_that_breaks_off_counts_as_held,
    images_and_texts_are_counted_as_what_they_are,
    what_was_worked_in_vain_is_paid_beside_the_answer,
    no_other_provider_is_asked_beyond_the_cap,
];

/// The only use of a key, once its instance has written all.
pub async fn only_use(world: &World, key: &Made) -> ModelUse<String> {
    let place = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap();
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let mut page = keys::show(&place.clone().allow().unwrap(), &place, &key.id).await.unwrap();
        if let Some(used) = page.uses.pop() {
            return used.model.expect("it was for a model");
        }
        assert!(Instant::now() < until, "nothing was written");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn what_comes_from_elsewhere_is_not_guessed(world: &World) {
    let silent = Fake::serve(|seen| {
        let part = json!({"type": "response.output_text.delta", "delta": "Hi"});
        if seen.json()["stream"] == json!(true) {
            return events(format!("data: {part}\n\n"));
        }
        json_answer(200, r#"{"output": [{"content": [{"type": "output_text", "text": "Hi"}]}]}"#)
    })
    .await;
    let house = House::with(world, &silent).await;
    house.price("small").await;
    let key = world.key(capped("agent", "", "10", "total")).await;
    let mut before = 0;
    // 200,000 tokens in and 100 out.
    for (body, cost) in [
        (json!({"model": "small", "input": "Hi", "max_output_tokens": 100}), None),
        (
            json!({"model": "small", "input": "Hi", "max_output_tokens": 100, "previous_response_id": "r"}),
            Some(501_000),
        ),
        (
            json!({"model": "small", "input": "Hi", "max_output_tokens": 100, "conversation": "c", "stream": true}),
            Some(501_000),
        ),
    ] {
        assert_eq!(answer(house.post("responses", &key, &body)).await.status, 200);
        let sum = settled(world, &key).await;
        let took = sum - std::mem::replace(&mut before, sum);
        assert!(cost.map_or((1..600).contains(&took), |cost| took == cost), "{took}: {body}");
    }
    house.latchkey.shut_down().await;
}

/// Nobody knows what a provider counted that says nothing any more.
async fn a_stream_that_breaks_off_counts_as_held(world: &World) {
    let begins = || stream::iter([Ok::<_, Infallible>(chunks(true).remove(0))]).chain(stream::pending());
    let fake = Fake::serve(move |_| events(Body::from_stream(begins()))).await;
    let house = House::open(world).await;
    house.register_briefly("breaks", &fake.url, "small").await;
    house.price("small").await;
    let key = world.key(capped("agent", "", "1", "total")).await;
    let said = answer(house.post("chat/completions", &key, &streamed("small"))).await;
    assert!(said.status == 200 && said.body.contains("UPSTREAM_UNAVAILABLE"), "{said:?}");
    assert!(settled(world, &key).await > 1_000);
    house.latchkey.shut_down().await;
}

async fn images_and_texts_are_counted_as_what_they_are(world: &World) {
    let silent = Fake::serve(|_| json_answer(200, r#"{"choices": [{"message": {"content": "Hi"}}]}"#)).await;
    let house = House::with(world, &silent).await;
    house.price("small").await;
    let picture =
        |url: &str| json!([{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]);
    let inline = format!("data:image/png;base64,{}", "A".repeat(100_000));
    let poses = format!("data: {}", "every word of it is paid for. ".repeat(1_000));
    // 1,000 tokens a picture, 2.5 millionths a token; a text has 7 of them in a sentence.
    for (name, content, from, to) in [
        ("link", picture("https://example.com/a.png"), 2_500, 3_500),
        ("inline", picture(&inline), 2_500, 3_500),
        ("text", json!(poses), 17_500, 25_000),
        ("part", json!([{"type": "text", "text": poses}]), 17_500, 25_000),
        ("beside", json!([{"type": "image_url", "image_url": {"url": "data:,"}, "text": poses}]), 20_000, 27_500),
        ("within", json!([{"type": "text", "text": {"type": "image_url", "image_url": poses}}]), 17_500, 25_000),
    ] {
        let key = world.key(capped(name, "", "10", "total")).await;
        let mut body = chat("small");
        body["messages"][0]["content"] = content;
        assert_eq!(answer(house.post("chat/completions", &key, &body)).await.status, 200);
        let cost = settled(world, &key).await;
        assert!((from..to).contains(&cost), "{name}: {cost}");
    }
    house.latchkey.shut_down().await;
}

/// Two providers of `small`: the first works and says no JSON, the second answers.
async fn babbling(world: &World) -> (House, Fake) {
    let (babbles, answers) = (Fake::serve(|_| json_answer(200, "no JSON")).await, Fake::serve(ordinary).await);
    let house = House::open(world).await;
    house.register("babbles", &babbles.url, 1, "small").await;
    house.register("answers", &answers.url, 2, "small").await;
    house.price("small").await;
    (house, answers)
}

/// What is held for a chat: a token for a byte, 512 for a template, 100 out.
fn held_for(body: &Value) -> i64 {
    let bytes = i64::try_from(body.to_string().len()).unwrap();
    ((bytes + 512) * 5 + 1) / 2 + 1_000
}

async fn what_was_worked_in_vain_is_paid_beside_the_answer(world: &World) {
    let (house, _) = babbling(world).await;
    let (key, free) = (world.key(capped("agent", "", "1", "total")).await, world.key(new_key("free")).await);
    assert_eq!(house.chat(&key).await.status, 200);
    let cost = held_for(&chat("small")) + COST;
    assert_eq!(settled(world, &key).await, cost);
    assert_eq!(house.chat(&free).await.status, 200);
    for (key, cost) in [(&key, cost), (&free, COST)] {
        let used = only_use(world, key).await;
        assert_eq!((used.cost.micros(), used.counted.estimated, used.provider.as_str()), (cost, true, "answers"));
        assert_eq!((used.counted.usage.input(), used.counted.usage.output()), (19, 10));
    }
    house.latchkey.shut_down().await;
}

async fn no_other_provider_is_asked_beyond_the_cap(world: &World) {
    let (house, answers) = babbling(world).await;
    let held = held_for(&chat("small"));
    let cap = format!("0.00{}", held * 2 - 1);
    let key = world.key(capped("agent", "", &cap, "total")).await;
    let refused = house.chat(&key).await;
    refused.assert_failure(502, "server_error", None, "UPSTREAM_UNAVAILABLE");
    assert!(answers.seen().is_empty(), "there is no room for what it may cost");
    assert_eq!(settled(world, &key).await, held);
    house.latchkey.shut_down().await;
}
