//! The bodies of all calls have room together: who finds none is told to try again, and the room is free once a call is over.

use super::{
    House,
    books::uses,
    chat,
    fake::{Fake, json_answer, once_told, ordinary},
};
use crate::{
    ask::{Answer, answer},
    world::{Made, World, new_key},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, time::sleep};

on_sqlite![who_finds_no_room_tries_again];

/// A chat of that many bytes and some.
async fn large(house: &House, key: &Made, model: &str) -> Answer {
    let mut body = chat(model);
    body["user"] = json!("x".repeat(60_000));
    answer(house.post("chat/completions", key, &body)).await
}

async fn who_finds_no_room_tries_again(world: &World) {
    let told = Arc::new(Notify::new());
    let tell = Arc::clone(&told);
    // It says what it counted: to count here would keep the body for longer than its turn.
    let counted = r#""usage":{"prompt_tokens":1,"completion_tokens":1}}"#;
    let slow = Fake::serve(move |_| json_answer(200, once_told("{".into(), Arc::clone(&told), counted.into()))).await;
    let quick = Fake::serve(ordinary).await;
    let house = House::configured(world, |config| config.relay_memory = 100_000).await;
    house.register("slow", &slow.url, 1, "slow").await;
    house.register("quick", &quick.url, 1, "small").await;
    let (key, other) = (world.key(new_key("agent")).await, world.key(new_key("other")).await);
    let first = large(&house, &key, "slow");
    let others = async {
        // The provider is asked with the whole of a body, which is held until there is an answer.
        while slow.seen().is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
        let refused = large(&house, &other, "small").await;
        refused.assert_failure(503, "server_error", None, "UNAVAILABLE");
        assert_eq!(refused.header("retry-after"), "2");
        assert_eq!(house.chat(&key).await.status, 200, "a small one has room");
        assert!(quick.seen().len() == 1, "and the large one went nowhere");
        tell.notify_one();
    };
    let (first, ()) = tokio::join!(first, others);
    assert_eq!(first.status, 200);
    assert_eq!(large(&house, &other, "small").await.status, 200, "its room is free again");
    let mut codes: Vec<String> = uses(world, &other, 2).await.into_iter().map(|used| used.code).collect();
    codes.sort();
    assert_eq!(codes, ["UNAVAILABLE", "VALID"]);
    house.latchkey.shut_down().await;
}
