//! A key's rate limit, on the three surfaces: so many at once, evenly back, `Retry-After` true, and nothing taken by what is
//! refused for another reason.

use crate::{
    ask::{Answer, answer, assert_all},
    forward_auth,
    load::together,
    verify::{ADA, ada, ask},
    world::{Made, World, gateway, limited, new_key, serve},
};
use domain::key::{Limits, NewKey};
use reqwest::Method;
use serde_json::json;
use server::{http::data_plane, keys};

on_both_engines![
    parallel_requests_never_pass_the_limit,
    retry_after_is_true,
    verify_says_so_and_forward_auth_too,
    narrowing_holds_at_the_next_request,
];
on_sqlite![
    me_counts_down,
    what_is_refused_takes_nothing,
    the_gateway_key_pays_only_for_itself,
    each_instance_counts_its_own,
    a_key_over_its_rate_is_recorded,
];

async fn me(world: &World, key: &Made) -> Answer {
    answer(world.get("/api/me").bearer_auth(&key.text)).await
}

/// Asserts a refusal; answers the seconds to wait.
fn refused(answer: &Answer) -> i64 {
    answer.assert_error(429, "RATE_LIMITED");
    let seconds = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    seconds
}

async fn parallel_requests_never_pass_the_limit(world: &World) {
    let key = world.key(limited("CI", "", "20")).await;
    let storm = async || {
        let requests = (0..60).map(|_| answer(world.get("/api/me").bearer_auth(&key.text)));
        let (passed, others): (Vec<_>, Vec<_>) = together(requests).await.into_iter().partition(|a| a.status == 200);
        for answer in &others {
            assert!(refused(answer) > 0);
        }
        passed.len()
    };
    assert_eq!(storm().await, 20, "all at once");
    assert_eq!(storm().await, 0);
    let mut later = 0;
    for _ in 0..4 {
        world.clock.advance(15_000);
        later += storm().await;
    }
    assert_eq!(later, 20, "and within the next minute as many again, never more");
    world.clock.advance(600_000);
    assert_eq!(storm().await, 20, "what was not used is not saved up");
}

async fn retry_after_is_true(world: &World) {
    for rate in ["1", "7", "60", "1000"] {
        let key = world.key(limited(rate, "", rate)).await;
        let count: usize = rate.parse().unwrap();
        let answers = together((0..count).map(|_| answer(world.get("/api/me").bearer_auth(&key.text)))).await;
        assert_all(&answers, 200, &format!("{rate} at once"));
        let seconds = refused(&me(world, &key).await);
        world.clock.advance(seconds * 1_000);
        assert_eq!(me(world, &key).await.status, 200, "{rate} a minute, {seconds} s later");
    }
    let key = world.key(limited("CI", "", "1")).await;
    assert_eq!(me(world, &key).await.status, 200);
    world.clock.advance(59_001);
    assert_eq!(refused(&me(world, &key).await), 1, "rounded up");
    world.clock.advance(998);
    assert_eq!(refused(&me(world, &key).await), 1, "it was true to the millisecond");
    world.clock.advance(1);
    assert_eq!(me(world, &key).await.status, 200);
}

async fn verify_says_so_and_forward_auth_too(world: &World) {
    let (gate, key) = (ada(world).await, world.key(limited("CI", "", "2")).await);
    let question = json!({"key": key.text});
    assert_eq!(ask(world, &gate.text, &question).await.json()["retry_after"], json!(null));
    let forward = || forward_auth::pass(forward_auth::ask(world, &gate.text).bearer_auth(&key.text));
    assert_eq!(forward().await.status, 204);
    let answer = ask(world, &gate.text, &question).await;
    let said = answer.json();
    assert_eq!((answer.status, &said["valid"], &said["code"]), (200, &json!(false), &json!("RATE_LIMITED")));
    assert_eq!((&said["key_id"], &said["retry_after"]), (&json!(key.id), &json!(30)));
    assert_eq!(refused(&forward().await), 30);
    assert_eq!(refused(&me(world, &key).await), 30);
    world.clock.advance(30_000);
    assert_eq!(forward().await.status, 204);
}

async fn narrowing_holds_at_the_next_request(world: &World) {
    let key = world.key(new_key("CI")).await;
    let limit = async |rate: &str| keys::limit(&world.grant("acme").await, &key.id, "", rate).await.unwrap();
    for _ in 0..5 {
        assert_eq!(me(world, &key).await.status, 200);
    }
    limit("100").await;
    assert_eq!(me(world, &key).await.json()["limits"]["rate_remaining"], 99);
    limit("1").await;
    assert_eq!(me(world, &key).await.json()["limits"]["rate_remaining"], 0);
    refused(&me(world, &key).await);
    limit("").await;
    assert_eq!(me(world, &key).await.json()["limits"]["rate_remaining"], json!(null));
}

async fn me_counts_down(world: &World) {
    let key = world.key(limited("CI", "", "3")).await;
    for left in [2, 1, 0] {
        let limits = me(world, &key).await.json()["limits"].clone();
        assert_eq!((&limits["rate_limit"], &limits["rate_remaining"]), (&json!(3), &json!(left)));
    }
    assert_eq!(refused(&me(world, &key).await), 20);
}

async fn what_is_refused_takes_nothing(world: &World) {
    let gate = ada(world).await;
    let reader = NewKey { limits: Limits::check("127.0.0.0/8", "2").unwrap(), ..crate::world::read_only("reader") };
    let reader = world.key(reader).await;
    for _ in 0..5 {
        let write = json!({"key": reader.text, "access": "write", "ip": "127.0.0.1"});
        assert_eq!(ask(world, &gate.text, &write).await.json()["code"], "READ_ONLY");
        let elsewhere = json!({"key": reader.text, "ip": "192.0.2.1"});
        assert_eq!(ask(world, &gate.text, &elsewhere).await.json()["code"], "IP_NOT_ALLOWED");
        let delete = world.ask(Method::DELETE, "/api/v1/forward-auth").header("x-latchkey-gateway-key", &gate.text);
        forward_auth::pass(delete.bearer_auth(&reader.text)).await.assert_error(403, "READ_ONLY");
        // An ordinary key where a gateway key is wanted.
        ask(world, &reader.text, &json!({"key": "k"})).await.assert_error(403, "GATEWAY_REQUIRED");
    }
    keys::disable(&world.grant("acme").await, &reader.id).await.unwrap();
    me(world, &reader).await.assert_error(401, "KEY_DISABLED");
    keys::enable(&world.grant("acme").await, &reader.id).await.unwrap();
    assert_eq!(me(world, &reader).await.json()["limits"]["rate_remaining"], 1);
    assert_eq!(me(world, &reader).await.status, 200);
    refused(&me(world, &reader).await);
}

async fn the_gateway_key_pays_only_for_itself(world: &World) {
    let (gate, key) = (ada(world).await, world.key(limited("CI", "", "1")).await);
    let code = async |gate: &Made| ask(world, &gate.text, &json!({"key": key.text})).await;
    assert_eq!(code(&gate).await.json()["code"], "VALID");
    for _ in 0..5 {
        assert_eq!(code(&gate).await.json()["code"], "RATE_LIMITED", "the client's, in an answer");
    }
    let limited = NewKey { limits: Limits::check("", "2").unwrap(), ..gateway("slow gateway") };
    let slow = world.key_of("acme", ADA, limited).await;
    assert_eq!(code(&slow).await.status, 200);
    assert_eq!(code(&slow).await.status, 200);
    assert_eq!(refused(&code(&slow).await), 30, "its own, as an error");
    let forward = forward_auth::ask(world, &slow.text).bearer_auth(world.key(new_key("free")).await.text);
    assert_eq!(refused(&forward_auth::pass(forward).await), 30);
}

async fn each_instance_counts_its_own(world: &World) {
    let key = world.key(limited("CI", "", "2")).await;
    let other = world.instance(|_| ()).await;
    let base = serve(data_plane(&other)).await;
    let there = || answer(world.http.get(format!("{base}/api/me")).bearer_auth(&key.text));
    assert_eq!((me(world, &key).await.status, me(world, &key).await.status), (200, 200));
    refused(&me(world, &key).await);
    assert_eq!((there().await.status, there().await.status), (200, 200));
    refused(&there().await);
}

async fn a_key_over_its_rate_is_recorded(world: &World) {
    let key = world.key(limited("CI", "", "1")).await;
    assert_eq!(me(world, &key).await.status, 200);
    refused(&me(world, &key).await);
    let place = world.operator().in_workspace("acme").await.unwrap();
    let grant = world.grant("acme").await;
    // Within two seconds, unless the machine has much else to do.
    for _ in 0..500 {
        let page = keys::show(&grant, &place, &key.id).await.unwrap();
        let codes: Vec<&str> = page.uses.iter().map(|used| used.code.as_str()).collect();
        if codes == ["RATE_LIMITED", "VALID"] {
            assert_eq!(page.key.uses, 1);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the refusal is not recorded");
}
