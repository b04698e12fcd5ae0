//! What calls cost that no provider has counted: never less of a cap than what they may have cost, however a client puts it. Where
//! no cap is, a count of their texts.

use super::{
    House, chat,
    fake::{Fake, chunks, events, json_answer, ordinary, usage},
    spend::{COST, settled, spent},
    streamed,
};
use crate::{
    ask::answer,
    spend::capped,
    world::{Made, World, grant, new_key},
};
use axum::{body::Body, response::Response};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use server::{auth::Caller, keys};
use std::{convert::Infallible, sync::Arc, time::Duration};
use store::ModelUse;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

on_sqlite![
    who_leaves_before_the_count_pays_what_was_held,
    who_leaves_after_the_count_pays_what_was_said,
    who_leaves_a_finished_answer_pays_what_was_said,
    whose_provider_says_no_more_pays_what_was_held,
    who_leaves_without_a_cap_is_an_estimate,
    what_comes_from_elsewhere_is_not_guessed,
    a_stream_that_breaks_off_counts_as_held,
    images_and_texts_are_counted_as_what_they_are,
    what_was_worked_in_vain_is_paid_beside_the_answer,
    no_other_provider_is_asked_beyond_the_cap,
];

stories!(postgres, Postgres, what_came_while_the_key_was_asked_about_is_not_lost);

/// These events, and then nothing but signs of life.
pub fn stalls(said: &[String]) -> Response {
    let said = said.concat();
    events(Body::from_stream(stream::unfold(Some(said), |said| async {
        if said.is_none() {
            sleep(Duration::from_millis(300)).await;
        }
        let said = said.unwrap_or_else(|| ": alive\n\n".into());
        Some((Ok::<_, Infallible>(said), None))
    })))
}

/// Asks, reads until the answer says `until`, and goes away. What was held meanwhile.
async fn leaves(house: &House, world: &World, key: &Made, (path, body): (&str, &Value), until: &str) -> i64 {
    let mut said = house.post(path, key, body).send().await.unwrap();
    let mut seen = String::new();
    while !seen.contains(until) {
        seen.push_str(std::str::from_utf8(&said.chunk().await.unwrap().unwrap()).unwrap());
    }
    spent(world, key).await.1
}

/// The only use of a key, once its instance has written all.
async fn only_use(world: &World, key: &Made) -> ModelUse<String> {
    let place = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap();
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let mut page = keys::show(&place.clone().allow().unwrap(), &place, &key.id).await.unwrap();
        if let Some(used) = page.uses.pop() {
            return used.model.expect("it was for a model");
        }
        assert!(Instant::now() < until, "nothing was written");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn who_leaves_before_the_count_pays_what_was_held(world: &World) {
    let running = json!({"choices": [{"index": 0, "delta": {"content": "Hello"}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}});
    let running = format!("data: {running}\n\n");
    let response = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hello\"}\n\n".to_owned();
    let fake = Fake::serve(move |seen| match seen.uri.as_str() {
        "/v1/responses" => stalls(std::slice::from_ref(&response)),
        _ if seen.json()["user"] == "runs" => stalls(std::slice::from_ref(&running)),
        _ => stalls(&chunks(true)[..3]),
    })
    .await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let with = |member: &str, value: Value| {
        let mut body = streamed("small");
        body[member] = value;
        body
    };
    let long = format!("data: {}", "every word of it is paid for. ".repeat(1_000));
    for (name, path, body) in [
        ("plain", "chat/completions", streamed("small")),
        ("data", "chat/completions", with("messages", json!([{"role": "user", "content": long}]))),
        ("reasons", "chat/completions", with("max_tokens", json!(10_000))),
        ("runs", "chat/completions", with("user", json!("runs"))),
        (
            "stored",
            "responses",
            json!({"model": "small", "input": "Hi", "stream": true, "previous_response_id": "resp_1"}),
        ),
    ] {
        let key = world.key(capped(name, "", "10", "total")).await;
        let held = leaves(&house, world, &key, (path, &body), "lo").await;
        assert!(held > 1_000, "{name}: {held}");
        assert_eq!(settled(world, &key).await, held, "{name}");
        let used = only_use(world, &key).await;
        assert!(used.counted.estimated && used.cost.micros() == held, "{name}: {used:?}");
        assert_eq!(used.outcome, "CLIENT_LEFT", "{name}");
    }
    house.latchkey.shut_down().await;
}

async fn who_leaves_after_the_count_pays_what_was_said(world: &World) {
    let completed =
        json!({"type": "response.completed", "response": {"usage": {"input_tokens": 19, "output_tokens": 10}}});
    let completed = format!("data: {completed}\n\n");
    let fake = Fake::serve(move |seen| match seen.uri.as_str() {
        "/v1/responses" => stalls(std::slice::from_ref(&completed)),
        // As some do it: the usage beside the last words.
        _ if seen.json()["user"] == "beside" => {
            let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage()});
            stalls(&[format!("data: {last}\n\n"), "data: [DONE]\n\n".into()])
        }
        _ => stalls(&chunks(true)[..5]),
    })
    .await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let (mut wants, mut beside) = (streamed("small"), streamed("small"));
    wants["stream_options"] = json!({"include_usage": true});
    beside["user"] = json!("beside");
    let response = json!({"model": "small", "input": "Hi", "stream": true});
    for (name, path, body, until, cost) in [
        ("wants", "chat/completions", wants, "prompt_tokens", COST),
        ("beside", "chat/completions", beside, "[DONE]", COST),
        ("response", "responses", response, "completed", 148),
    ] {
        let key = world.key(capped(name, "", "1", "total")).await;
        leaves(&house, world, &key, (path, &body), until).await;
        assert_eq!(settled(world, &key).await, cost, "{name}");
        let used = only_use(world, &key).await;
        assert!(!used.counted.estimated && used.outcome.is_empty(), "{name}: {used:?}");
    }
    house.latchkey.shut_down().await;
}

/// A chunk that ends the answer, as some clients stop reading there.
fn finish() -> String {
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    format!("data: {last}\n\n")
}

async fn who_leaves_a_finished_answer_pays_what_was_said(world: &World) {
    let last = chunks(true).split_off(4).concat();
    let (begun, rest) = last.split_at(20);
    let (begun, rest) = (chunks(true)[..4].concat() + &finish() + begun, rest.to_owned());
    // The usage comes in two parts, the second once the client has gone.
    let gone = Arc::new(Notify::new());
    let fake = {
        let gone = Arc::clone(&gone);
        Fake::serve(move |_| {
            let (gone, rest) = (Arc::clone(&gone), rest.clone());
            let then = stream::once(async move {
                gone.notified().await;
                rest
            });
            events(Body::from_stream(stream::iter([begun.clone()]).chain(then).map(Ok::<_, Infallible>)))
        })
        .await
    };
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let key = world.key(capped("agent", "", "1", "total")).await;
    let held = leaves(&house, world, &key, ("chat/completions", &streamed("small")), "\"stop\"").await;
    gone.notify_one();
    assert!(held > COST, "{held}");
    assert_eq!(settled(world, &key).await, COST);
    let used = only_use(world, &key).await;
    assert!(!used.counted.estimated && used.outcome.is_empty(), "{used:?}");
    house.latchkey.shut_down().await;
}

async fn what_came_while_the_key_was_asked_about_is_not_lost(world: &World) {
    let pause = Duration::from_millis(200);
    let fake = Fake::serve(move |_| {
        let pieces = [chunks(true)[..4].concat() + &finish(), chunks(true).remove(4)].map(Ok::<_, Infallible>);
        let slowly = stream::iter(pieces).then(move |piece| async move {
            sleep(pause).await;
            piece
        });
        events(Body::from_stream(slowly.chain(stream::pending())))
    })
    .await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let key = world.key(capped("agent", "", "1", "total")).await;
    let mut said = house.post("chat/completions", &key, &streamed("small")).send().await.unwrap();
    let begun = said.chunk().await.unwrap().unwrap();
    assert!(std::str::from_utf8(&begun).unwrap().contains("\"stop\""), "{begun:?}");
    // The key was changed, and the database does not say how when the usage comes: then the client goes.
    keys::rename(&grant(&house.latchkey, "acme").await, &key.id, "renamed").await.unwrap();
    let locked = "BEGIN; LOCK TABLE keys IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1); COMMIT";
    let leaves = async {
        sleep(2 * pause).await;
        drop(said);
    };
    tokio::join!(world.place.execute(locked), leaves);
    assert_eq!(settled(world, &key).await, COST);
    assert!(!only_use(world, &key).await.counted.estimated);
    house.latchkey.shut_down().await;
}

async fn whose_provider_says_no_more_pays_what_was_held(world: &World) {
    let fake = Fake::serve(|_| stalls(&[chunks(true).remove(1), finish()])).await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let key = world.key(capped("agent", "", "1", "total")).await;
    let held = leaves(&house, world, &key, ("chat/completions", &streamed("small")), "\"stop\"").await;
    assert_eq!(settled(world, &key).await, held);
    assert_eq!(only_use(world, &key).await.outcome, "CLIENT_LEFT");
    house.latchkey.shut_down().await;
}

async fn who_leaves_without_a_cap_is_an_estimate(world: &World) {
    let fake = Fake::serve(|_| stalls(&chunks(true)[..3])).await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let key = world.key(new_key("agent")).await;
    leaves(&house, world, &key, ("chat/completions", &streamed("small")), "lo").await;
    let used = only_use(world, &key).await;
    assert!(used.counted.estimated && (1..600).contains(&used.cost.micros()), "{used:?}");
    house.latchkey.shut_down().await;
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
    let house = House::with(world, &fake).await;
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
