//! Streamed answers: event by event, with the usage asked for and taken out again, ended with their key and their client.

use super::{
    House, chat,
    fake::{Fake, chunks, events, once_told, ordinary},
    streamed,
};
use crate::{
    ticks::{Ticks, ends},
    world::{Made, World, new_key},
};
use reqwest::Response;
use serde_json::{Value, json};
use server::{auth::ChangeKey, keys};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

on_both_engines![streams_end_with_their_key];
on_sqlite![
    the_usage_is_asked_for_and_taken_out,
    who_asks_for_the_usage_sees_it,
    events_pass_as_they_come,
    a_client_that_goes_away_cancels,
];

async fn ask(house: &House, key: &Made, body: &Value) -> Response {
    let said = house.post("chat/completions", key, body).send().await.unwrap();
    assert_eq!(said.status(), 200);
    assert_eq!(
        (&said.headers()["content-type"], &said.headers()["x-accel-buffering"]),
        (&"text/event-stream".parse().unwrap(), &"no".parse().unwrap())
    );
    said
}

async fn the_usage_is_asked_for_and_taken_out(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    let said = ask(&house, &key, &streamed("small")).await.text().await.unwrap();
    // As if nobody had asked.
    assert_eq!(said, chunks(false).concat());
    let mut wanted = streamed("small");
    wanted["stream_options"] = json!({"include_usage": true});
    assert_eq!(fake.last().json(), wanted, "the provider is asked");
    house.latchkey.shut_down().await;
}

async fn who_asks_for_the_usage_sees_it(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    let mut body = streamed("small");
    body["stream_options"] = json!({"include_usage": true});
    let said = ask(&house, &key, &body).await.text().await.unwrap();
    assert_eq!(said, chunks(true).concat());
    assert_eq!(fake.last().json(), body);
    house.latchkey.shut_down().await;
}

async fn events_pass_as_they_come(world: &World) {
    let (whole, clean) = (chunks(true).concat(), chunks(false));
    let (cut, told) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (at, may_go_on) = (Arc::clone(&cut), Arc::clone(&told));
    let said = whole.clone();
    let fake = Fake::serve(move |_| {
        let (begun, rest) = said.split_at(at.load(Ordering::SeqCst));
        events(once_told(begun.to_owned(), Arc::clone(&may_go_on), rest.to_owned()))
    })
    .await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    // Cut within events too: whatever came whole is with the client before the rest has come.
    let first = chunks(true)[0].len();
    for at in (first..whole.len()).step_by(37) {
        cut.store(at, Ordering::SeqCst);
        let whole_ones = whole[..at].matches("\n\n").count().min(clean.len() - 1);
        let before = clean[..whole_ones].concat();
        let mut said = ask(&house, &key, &streamed("small")).await;
        let mut all = String::new();
        while all.len() < before.len() {
            let piece = timeout(Duration::from_secs(10), said.chunk()).await.expect("at once").unwrap().unwrap();
            all.push_str(std::str::from_utf8(&piece).unwrap());
        }
        assert_eq!(all, before, "{at}");
        told.notify_one();
        assert_eq!(all + &said.text().await.unwrap(), clean.concat(), "{at}");
    }
    house.latchkey.shut_down().await;
}

/// A provider that never comes to an end.
async fn endless() -> (Fake, Ticks) {
    let ticks = Ticks::default();
    let told = ticks.clone();
    let fake = Fake::serve(move |seen| {
        if seen.json()["stream"] != json!(true) {
            return ordinary(seen);
        }
        events(told.body(r#","choices":[{"index":0,"delta":{"content":"Hel"}}]"#))
    })
    .await;
    (fake, ticks)
}

async fn streams_end_with_their_key(world: &World) {
    let (fake, ticks) = endless().await;
    let house = House::with(world, &fake).await;
    let mut quickest = Duration::MAX;
    // By the instance that serves, and by another.
    for (name, changer) in [("here", &house.latchkey), ("there", &world.latchkey)] {
        let key = world.key(new_key(name)).await;
        let mut said = ask(&house, &key, &streamed("small")).await;
        said.chunk().await.unwrap().unwrap();
        keys::disable(&crate::world::grant::<ChangeKey>(changer, "acme").await, &key.id).await.unwrap();
        let (all, took) = ends(said, ticks.said()).await;
        quickest = quickest.min(took);
        let error: Value = serde_json::from_str(all.rsplit("data: ").next().unwrap()).unwrap();
        assert_eq!(error["error"]["code"], "KEY_DISABLED", "{all}");
        ticks.closed().await;
        let said = crate::ask::answer(house.post("chat/completions", &key, &chat("small"))).await;
        said.assert_failure(401, "invalid_request_error", None, "KEY_DISABLED");
    }
    // Each of them, but a busy machine may be late.
    assert!(quickest < Duration::from_secs(1), "{quickest:?}");
    house.latchkey.shut_down().await;
}

async fn a_client_that_goes_away_cancels(world: &World) {
    let (fake, ticks) = endless().await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    let mut said = ask(&house, &key, &streamed("small")).await;
    said.chunk().await.unwrap().unwrap();
    assert_eq!(ticks.open(), 1);
    drop(said);
    ticks.closed().await;
    house.latchkey.shut_down().await;
}
