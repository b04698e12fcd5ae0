//! What calls cost: held before they go out, settled to the micro-dollar by what the provider says, never beyond the cap.

use super::{
    House, PROMPT, chat,
    fake::{Fake, chunks, events, fault, json_answer, once_told, ordinary, slowly, usage},
    streamed,
};
use crate::{
    ask::{Answer, answer, assert_all},
    load::together,
    spend::capped,
    world::{Made, World, new_key, serve},
};
use serde_json::{Value, json};
use server::http::data_plane;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

on_both_engines![many_at_once_never_pass_the_cap];
on_sqlite![
    a_call_costs_what_its_tokens_do,
    what_fails_costs_nothing,
    a_silent_provider_is_counted,
    without_a_price_nothing_is_spent,
    what_may_cost_too_much_is_refused,
    who_pays_gets_the_answer,
];

const REQUEST: &str = "invalid_request_error";
/// What 11 fresh tokens, 8 cached ones and 10 out cost: 11 × 2.5 + 8 × 1.25 + 10 × 10 millionths.
pub const COST: i64 = 138;

pub async fn spent(world: &World, key: &Made) -> (i64, i64) {
    let account = world.view(&key.id).await.account;
    (account.settled.micros(), account.reserved.micros())
}

/// What a key has spent once nothing is held any more.
pub async fn settled(world: &World, key: &Made) -> i64 {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let (settled, held) = spent(world, key).await;
        if held == 0 {
            return settled;
        }
        assert!(Instant::now() < until, "{held} are still held");
        sleep(Duration::from_millis(20)).await;
    }
}

async fn a_call_costs_what_its_tokens_do(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let key = world.key(capped("agent", "", "1", "day")).await;
    assert_eq!(house.chat(&key).await.status, 200);
    // It is settled when the answer is there.
    assert_eq!(spent(world, &key).await, (COST, 0));
    let said = answer(house.post("chat/completions", &key, &streamed("small"))).await;
    assert_eq!(said.body, chunks(false).concat());
    assert_eq!(spent(world, &key).await, (2 * COST, 0));
    let embeddings = json!({"model": "small", "input": "Hi"});
    assert_eq!(answer(house.post("embeddings", &key, &embeddings)).await.status, 200);
    assert_eq!(spent(world, &key).await, (2 * COST + 20, 0));
    house.latchkey.shut_down().await;
}

async fn what_fails_costs_nothing(world: &World) {
    let fake = Fake::serve(|_| json_answer(500, "{}")).await;
    let house = House::with(world, &fake).await;
    house.register("down", "http://127.0.0.1:9/v1", 1, "down").await;
    let wrong = Fake::serve(|_| json_answer(400, fault())).await;
    house.register("wrong", &wrong.url, 1, "wrong").await;
    let key = world.key(capped("agent", "", "1", "day")).await;
    for (model, status) in [("small", 502), ("down", 502), ("wrong", 400)] {
        house.price(model).await;
        assert_eq!(answer(house.post("chat/completions", &key, &chat(model))).await.status, status);
        assert_eq!(spent(world, &key).await, (0, 0), "{model}");
    }
    // Whoever breaks off may have worked: nobody knows, so it counts as what was held.
    let slow = Fake::serve(|_| json_answer(200, slowly(vec!["{}".into()], Duration::from_mins(1)))).await;
    house.register_hasty("slow", &slow.url, "slow").await;
    house.price("slow").await;
    assert_eq!(answer(house.post("chat/completions", &key, &chat("slow"))).await.status, 504);
    let (cost, held) = spent(world, &key).await;
    assert!(cost >= 1_000 && held == 0, "{cost}");
    house.latchkey.shut_down().await;
}

async fn a_silent_provider_is_counted(world: &World) {
    let fake = Fake::serve(|seen| {
        let mut said = ordinary(seen);
        if seen.json()["stream"] == json!(true) {
            said = events(chunks(false).concat());
        } else {
            let body = json!({"choices": [{"message": {"content": "Hello, world!"}}]});
            *said.body_mut() = body.to_string().into();
        }
        said
    })
    .await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let key = world.key(capped("agent", "", "1", "day")).await;
    assert_eq!(house.chat(&key).await.status, 200);
    let (first, _) = spent(world, &key).await;
    // At least four tokens out, and the prompt's; no more than twice that.
    assert!((40..600).contains(&first), "{first}");
    assert_eq!(answer(house.post("chat/completions", &key, &streamed("small"))).await.status, 200);
    let (both, _) = spent(world, &key).await;
    assert!((20..600).contains(&(both - first)), "{both} - {first}");
    assert!(first < 2_000, "{PROMPT} is short");
    house.latchkey.shut_down().await;
}

async fn without_a_price_nothing_is_spent(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let (key, free) = (world.key(capped("agent", "", "1", "day")).await, world.key(new_key("free")).await);
    let refused = house.chat(&key).await;
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (403, Some("MODEL_NOT_ALLOWED")));
    assert!(refused.message().contains("no price"), "{refused:?}");
    assert_eq!(house.chat(&free).await.status, 200);
    house.price("small").await;
    let background = json!({"model": "small", "input": "Hi", "background": true});
    let refused = answer(house.post("responses", &key, &background)).await;
    refused.assert_failure(400, REQUEST, Some("background"), "invalid_request");
    assert_eq!(fake.seen().len(), 1);
    house.latchkey.shut_down().await;
}

async fn what_may_cost_too_much_is_refused(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let key = world.key(capped("agent", "", "0.01", "total")).await;
    let mut dear = chat("small");
    dear["max_tokens"] = json!(1_000);
    let refused = answer(house.post("chat/completions", &key, &dear)).await;
    refused.assert_failure(402, "insufficient_quota", None, "KEY_EXHAUSTED");
    assert!(refused.message().contains("fewer output tokens"), "{refused:?}");
    assert_eq!(house.chat(&key).await.status, 200, "a smaller one fits");
    assert_eq!(spent(world, &key).await, (COST, 0));
    house.latchkey.shut_down().await;
}

/// A provider says more tokens than were held for: the call ends the cap, and is answered all the same. So is what is under way.
async fn who_pays_gets_the_answer(world: &World) {
    let counted = Arc::new(Notify::new());
    let may_be_counted = Arc::clone(&counted);
    let dear = Fake::serve(move |seen| {
        let usage = json!({"prompt_tokens": 400_000, "completion_tokens": 0});
        if seen.json()["stream"] == json!(true) {
            let spoken = json!({"choices": [{"index": 0, "delta": {"content": "Hello"}}]});
            let last = json!({"choices": [], "usage": usage});
            let [spoken, last] = [spoken, last].map(|event| format!("data: {event}\n\n"));
            return events(once_told(spoken, Arc::clone(&may_be_counted), last));
        }
        json_answer(200, json!({"choices": [], "usage": usage}).to_string())
    })
    .await;
    let house = House::with(world, &dear).await;
    house.price("small").await;
    for (name, body) in [("whole", chat("small")), ("streamed", streamed("small"))] {
        let key = world.key(capped(name, "", "1", "total")).await;
        if name == "streamed" {
            counted.notify_one();
        }
        let said = answer(house.post("chat/completions", &key, &body)).await;
        assert!(said.status == 200 && !said.body.contains("KEY_EXHAUSTED"), "{said:?}");
        assert_eq!(settled(world, &key).await, 1_000_000);
        assert_eq!(house.chat(&key).await.status, 402, "the next one is not");
    }
    let key = world.key(capped("agent", "", "1", "total")).await;
    let long = house.post("chat/completions", &key, &streamed("small")).send().await.unwrap();
    assert_eq!(house.chat(&key).await.status, 200);
    assert_eq!(house.chat(&key).await.status, 402);
    counted.notify_one();
    let said = long.text().await.unwrap();
    assert!(said.contains("Hello") && !said.contains("error"), "what was held for it is its own: {said}");
    house.latchkey.shut_down().await;
}

/// 200 at once on two instances, with money for some: no settled sum passes the cap, and it is what the provider counted.
async fn many_at_once_never_pass_the_cap(world: &World) {
    // Dearer than what is held can't be: 100 tokens out.
    let fake = Fake::serve(|seen| {
        let mut body: Value = usage();
        body["completion_tokens"] = json!(100);
        body["prompt_tokens"] = json!(seen.body.len());
        json_answer(200, slowly(vec![json!({"choices": [], "usage": body}).to_string()], Duration::from_millis(50)))
    })
    .await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let other = world.instance(|config| config.allow_private_upstreams = true).await;
    let bases = [house.base.clone(), serve(data_plane(&other)).await];
    let key = world.key(capped("agent", "", "0.03", "total")).await;
    let calls = (0..200).map(|n| {
        let request = house.http.post(format!("{}/v1/chat/completions", bases[n % 2])).bearer_auth(&key.text);
        answer(request.json(&chat("small")))
    });
    let said: Vec<Answer> = together(calls).await;
    let (passed, refused): (Vec<_>, Vec<_>) = said.into_iter().partition(|said| said.status == 200);
    assert_all(&refused, 402, "what is refused");
    assert!(passed.len() >= 5 && passed.len() == fake.seen().len(), "{} of {}", passed.len(), fake.seen().len());
    // Each: 8 cached tokens, the rest fresh, 100 out.
    let each = |len: usize| ((i64::try_from(len).unwrap() - 8) * 5 + 1) / 2 + 10 + 1_000;
    let wanted: i64 = fake.seen().iter().map(|seen| each(seen.body.len())).sum();
    let (cost, held) = spent(world, &key).await;
    assert_eq!((cost, held), (wanted, 0));
    assert!(cost <= 30_000, "{cost}");
    other.shut_down().await;
    house.latchkey.shut_down().await;
}
