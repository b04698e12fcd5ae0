//! `POST /api/v1/verify`: the answers to a service that asks with its gateway key about a key it was given.

use crate::{
    ask::{Answer, answer},
    me_refusals::{made_up, wrong_secret},
    world::{MINA, Made, World, gateway, new_key, read_only},
};
use domain::{
    access::Role,
    key::NewKey,
    time::MINUTE,
    workspace::{Plan, Settings},
};
use reqwest::Method;
use serde_json::{Value, json};
use server::{keys, users, workspaces};

/// Whose gateway key asks: she stays when Mina goes.
pub const ADA: &str = "ada@example.com";

on_both_engines![
    valid,
    disabled,
    expired,
    owner_inactive,
    not_found_says_nothing_else,
    a_disabled_gateway_key_asks_nothing,
];
on_sqlite![
    read_only_may_not_write,
    a_viewers_key_acts_read_only,
    plan_basic_stops_the_gateway_too,
    an_ordinary_key_may_not_ask,
    the_gateway_key_is_missing_or_wrong,
    a_gateway_key_may_be_asked_about,
    models_are_accepted,
];

/// A gateway key of Ada's in `acme`.
pub async fn ada(world: &World) -> Made {
    world.user(ADA).await;
    world.member("acme", ADA, Role::Admin).await;
    world.key_of("acme", ADA, gateway("gateway")).await
}

pub async fn ask(world: &World, gateway: &str, question: &Value) -> Answer {
    answer(world.ask(Method::POST, "/api/v1/verify").bearer_auth(gateway).json(question)).await
}

/// The answer to a question that the gateway key may ask.
async fn said(world: &World, gateway: &Made, question: &Value) -> Value {
    let answer = ask(world, &gateway.text, question).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let key = question["key"].as_str().unwrap();
    assert!(key.len() < 40 || !answer.body.contains(&key[12..44]), "the secret came back");
    answer.json()
}

fn about(key: &Made, valid: bool, code: &str) -> Value {
    json!({
        "valid": valid, "code": code, "key_id": key.id, "name": "CI", "owner": MINA, "workspace": "acme",
        "environment": "prod", "permission": "read_write", "expires_at": null, "remaining_usd": null,
        "retry_after": null,
    })
}

fn not_found() -> Value {
    json!({
        "valid": false, "code": "NOT_FOUND", "key_id": null, "name": null, "owner": null, "workspace": null,
        "environment": null, "permission": null, "expires_at": null, "remaining_usd": null, "retry_after": null,
    })
}

fn ci() -> NewKey {
    NewKey { environment: "prod".into(), ..new_key("CI") }
}

async fn valid(world: &World) {
    let (gate, key) = (ada(world).await, world.key(ci()).await);
    for question in [
        json!({"key": key.text}),
        json!({"key": key.text, "access": "read"}),
        json!({"key": key.text, "access": "write", "ip": "203.0.113.9"}),
        json!({"key": key.text, "access": null, "ip": null}),
    ] {
        assert_eq!(said(world, &gate, &question).await, about(&key, true, "VALID"));
    }
    let header = world.ask(Method::POST, "/api/v1/verify").header("x-api-key", &gate.text);
    assert_eq!(answer(header.json(&json!({"key": key.text}))).await.json()["valid"], true);
}

async fn disabled(world: &World) {
    let (gate, key) = (ada(world).await, world.key(ci()).await);
    keys::disable(&world.grant("acme").await, &key.id).await.unwrap();
    assert_eq!(said(world, &gate, &json!({"key": key.text})).await, about(&key, false, "KEY_DISABLED"));
    keys::enable(&world.grant("acme").await, &key.id).await.unwrap();
    assert_eq!(said(world, &gate, &json!({"key": key.text})).await, about(&key, true, "VALID"));
}

async fn expired(world: &World) {
    let end = world.now().plus(MINUTE);
    let (gate, key) = (ada(world).await, world.key(NewKey { expires_at: Some(end), ..ci() }).await);
    let mut wanted = about(&key, true, "VALID");
    wanted["expires_at"] = json!(end.rfc3339());
    assert_eq!(said(world, &gate, &json!({"key": key.text})).await, wanted);
    world.clock.advance(MINUTE);
    (wanted["valid"], wanted["code"]) = (json!(false), json!("KEY_EXPIRED"));
    assert_eq!(said(world, &gate, &json!({"key": key.text})).await, wanted);
}

async fn owner_inactive(world: &World) {
    let (gate, key) = (ada(world).await, world.key(ci()).await);
    // Without a role there is nothing it could do: it is said to be read-only.
    let mut wanted = about(&key, false, "OWNER_INACTIVE");
    wanted["permission"] = json!("read_only");
    workspaces::remove_member(&world.grant("acme").await, MINA).await.unwrap();
    assert_eq!(said(world, &gate, &json!({"key": key.text})).await, wanted);
    world.member("acme", MINA, Role::Developer).await;
    assert_eq!(said(world, &gate, &json!({"key": key.text})).await, about(&key, true, "VALID"));
    users::disable(&world.operator().instance().unwrap(), MINA).await.unwrap();
    assert_eq!(said(world, &gate, &json!({"key": key.text})).await, wanted);
}

async fn read_only_may_not_write(world: &World) {
    let (gate, key) = (ada(world).await, world.key(read_only("reader")).await);
    let ask = async |question: Value| said(world, &gate, &question).await;
    let write = ask(json!({"key": key.text, "access": "write"})).await;
    assert_eq!((&write["valid"], &write["code"]), (&json!(false), &json!("READ_ONLY")));
    assert_eq!((&write["key_id"], &write["permission"]), (&json!(key.id), &json!("read_only")));
    for fine in [json!({"key": key.text, "access": "read"}), json!({"key": key.text})] {
        let answer = ask(fine).await;
        assert_eq!((&answer["valid"], &answer["permission"]), (&json!(true), &json!("read_only")));
    }
}

async fn a_viewers_key_acts_read_only(world: &World) {
    let (gate, key) = (ada(world).await, world.key(ci()).await);
    world.member("acme", MINA, Role::Viewer).await;
    let answer = said(world, &gate, &json!({"key": key.text, "access": "write"})).await;
    assert_eq!((&answer["code"], &answer["permission"]), (&json!("READ_ONLY"), &json!("read_only")));
    let answer = said(world, &gate, &json!({"key": key.text, "access": "read"})).await;
    assert_eq!((&answer["code"], &answer["permission"]), (&json!("VALID"), &json!("read_only")));
}

async fn not_found_says_nothing_else(world: &World) {
    let (gate, key, gone) = (ada(world).await, world.key(ci()).await, world.key(new_key("gone")).await);
    keys::delete(&world.grant("acme").await, &gone.id, "").await.unwrap();
    world.workspace("other", Settings::default()).await;
    world.member("other", MINA, Role::Developer).await;
    let foreign = world.key_of("other", MINA, ci()).await;
    let paused = world.key_of("other", MINA, new_key("paused")).await;
    keys::disable(&world.grant("other").await, &paused.id).await.unwrap();
    let unknown = made_up().expose().to_owned();
    for text in [&unknown, &wrong_secret(&key), &gone.text, &foreign.text, &paused.text, "", "no key", &gone.id] {
        assert_eq!(said(world, &gate, &json!({"key": text})).await, not_found(), "{text}");
    }
    let as_write = json!({"key": foreign.text, "access": "write", "ip": "203.0.113.9"});
    assert_eq!(said(world, &gate, &as_write).await, not_found());
}

async fn plan_basic_stops_the_gateway_too(world: &World) {
    let (gate, key) = (ada(world).await, world.key(ci()).await);
    workspaces::update(&world.grant("acme").await, Plan::Basic, Settings::default()).await.unwrap();
    ask(world, &gate.text, &json!({"key": key.text})).await.assert_error(403, "PLAN_REQUIRED");
}

async fn an_ordinary_key_may_not_ask(world: &World) {
    let key = world.key(ci()).await;
    for text in [key.text.as_str(), made_up().expose(), "nonsense"] {
        let answer = ask(world, &key.text, &json!({"key": text})).await;
        answer.assert_error(403, "GATEWAY_REQUIRED");
        answer.assert_challenge("insufficient_scope");
    }
}

async fn a_disabled_gateway_key_asks_nothing(world: &World) {
    let (gate, key) = (ada(world).await, world.key(ci()).await);
    keys::disable(&world.grant("acme").await, &gate.id).await.unwrap();
    let answer = ask(world, &gate.text, &json!({"key": key.text})).await;
    answer.assert_error(401, "KEY_DISABLED");
    answer.assert_challenge("invalid_token");
    keys::delete(&world.grant("acme").await, &gate.id, "").await.unwrap();
    ask(world, &gate.text, &json!({"key": key.text})).await.assert_error(401, "UNAUTHORIZED");
}

async fn the_gateway_key_is_missing_or_wrong(world: &World) {
    let (gate, key) = (ada(world).await, world.key(ci()).await);
    let missing = answer(world.ask(Method::POST, "/api/v1/verify").json(&json!({"key": key.text}))).await;
    missing.assert_error(401, "UNAUTHORIZED");
    missing.assert_bare_challenge();
    let wrong = ask(world, &wrong_secret(&gate), &json!({"key": key.text})).await;
    wrong.assert_error(401, "UNAUTHORIZED");
    wrong.assert_challenge("invalid_token");
    let two = world.ask(Method::POST, "/api/v1/verify").bearer_auth(&gate.text).header("x-api-key", &key.text);
    answer(two.json(&json!({"key": key.text}))).await.assert_error(400, "invalid_request");
}

async fn a_gateway_key_may_be_asked_about(world: &World) {
    let gate = ada(world).await;
    let answer = said(world, &gate, &json!({"key": gate.text})).await;
    assert_eq!((&answer["valid"], &answer["owner"]), (&json!(true), &json!(ADA)));
}

async fn models_are_accepted(world: &World) {
    let (gate, key) = (ada(world).await, world.key(ci()).await);
    let question = json!({"key": key.text, "model": "gpt"});
    assert_eq!(said(world, &gate, &question).await, about(&key, true, "VALID"));
}
