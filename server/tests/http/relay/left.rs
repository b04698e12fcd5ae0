//! What a call costs whose client goes away in the middle: all that was held of its cap, unless the provider has said what it took,
//! or says it at once. Where no cap is, a count of its texts.

use super::{
    House,
    fake::{Fake, chunks, events, once_told, usage},
    spend::{COST, settled, spent},
    streamed,
    uncounted::only_use,
};
use crate::{
    spend::capped,
    world::{Made, World, grant, new_key},
};
use axum::{body::Body, response::Response};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use server::keys;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{sync::Notify, time::sleep};

on_sqlite![
    who_leaves_before_the_count_pays_what_was_held,
    who_leaves_after_the_count_pays_what_was_said,
    who_leaves_a_finished_answer_pays_what_was_said,
    whose_provider_says_no_more_pays_what_was_held,
    who_leaves_without_a_cap_is_an_estimate,
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
        Fake::serve(move |_| events(once_told(begun.clone(), Arc::clone(&gone), rest.clone()))).await
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

/// Waits until there is a lock of that kind on the keys.
macro_rules! until_a_lock_is {
    ($kind:literal) => {
        concat!(
            "DO $$ BEGIN FOR look IN 1..250 LOOP EXIT WHEN EXISTS
                (SELECT FROM pg_locks WHERE relation = 'keys'::regclass AND ",
            $kind,
            "); PERFORM pg_sleep(0.02); END LOOP; END $$;"
        )
    };
}

/// Nobody reads a key from here on; somebody wants to.
const LOCKED: &str = until_a_lock_is!("granted AND mode = 'AccessExclusiveLock'");
const WAITED_FOR: &str = until_a_lock_is!("NOT granted");
/// Locks them, and a second longer than nobody wants to read one.
const LOCK: &str = concat!(
    "BEGIN; LOCK TABLE keys IN ACCESS EXCLUSIVE MODE;",
    until_a_lock_is!("NOT granted"),
    "SELECT pg_sleep(1); COMMIT"
);

async fn what_came_while_the_key_was_asked_about_is_not_lost(world: &World) {
    let told = Arc::new(Notify::new());
    let wait = Arc::clone(&told);
    let fake = Fake::serve(move |_| {
        let begun = chunks(true)[..4].concat() + &finish();
        let said = once_told(begun, Arc::clone(&wait), chunks(true).remove(4)).into_data_stream();
        events(Body::from_stream(said.chain(stream::pending())))
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
    let leaves = async {
        world.place.execute(LOCKED).await;
        told.notify_one();
        world.place.execute(WAITED_FOR).await;
        drop(said);
    };
    tokio::join!(world.place.execute(LOCK), leaves);
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
