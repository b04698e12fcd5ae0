//! `GET /api/me` with a key that works: what it says, and the forms in which the key may come.

use crate::{
    ask::answer,
    world::{MINA, World, gateway, new_key, read_only},
};
use domain::{access::Role, key::NewKey, time::MINUTE};
use reqwest::Method;
use serde_json::{Value, json};
use server::{auth::Caller, users};

on_both_engines![every_field, a_key_that_expires, the_owners_new_name_and_email_at_once];
on_sqlite![
    bearer_in_any_case,
    x_api_key,
    the_same_credential_twice_is_one,
    a_read_only_key,
    a_viewers_key_acts_as_read_only,
    a_gateway_key,
    names_come_back_as_they_are,
    head_has_no_body,
];

async fn every_field(world: &World) {
    let key = world.key(NewKey { environment: "prod".into(), ..new_key("CI") }).await;
    let answer = answer(world.get("/api/me").bearer_auth(&key.text)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("www-authenticate"), "");
    assert_eq!(
        answer.json(),
        json!({
            "key": {"id": key.id, "name": "CI", "environment": "prod", "permission": "read_write",
                    "gateway": false, "status": "enabled"},
            "owner": {"name": "mina", "email": MINA, "role": "developer"},
            "workspace": {"slug": "acme", "name": "ACME", "plan": "pro"},
            "limits": {"expires_at": null, "expires_in_seconds": null, "allow_ip": [], "rate_limit": null,
                       "rate_remaining": null, "models": null, "spend_cap_usd": null, "spend_period": null,
                       "remaining_usd": null},
        })
    );
}

async fn a_key_that_expires(world: &World) {
    let end = world.now().plus(10 * MINUTE);
    let key = world.key(NewKey { expires_at: Some(end), ..new_key("CI") }).await;
    world.clock.advance(MINUTE + 1);
    let limits = &answer(world.get("/api/me").bearer_auth(&key.text)).await.json()["limits"];
    assert_eq!((&limits["expires_at"], &limits["expires_in_seconds"]), (&json!(end.rfc3339()), &json!(539)));
}

async fn bearer_in_any_case(world: &World) {
    let key = world.key(new_key("CI")).await;
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let header = format!("{scheme} {}", key.text);
        assert_eq!(answer(world.get("/api/me").header("authorization", header)).await.status, 200, "{scheme}");
    }
    let spaces = format!("Bearer   {}  ", key.text);
    assert_eq!(answer(world.get("/api/me").header("authorization", spaces)).await.status, 200);
}

async fn the_owners_new_name_and_email_at_once(world: &World) {
    let key = world.key(new_key("CI")).await;
    let operator = Caller::operator(&world.latchkey);
    let instance = operator.instance().unwrap();
    let owner = async || answer(world.get("/api/me").bearer_auth(&key.text)).await.json()["owner"].clone();
    assert_eq!(owner().await["email"], MINA);
    let id = users::by_email(&instance, MINA).await.unwrap().id;
    users::set_email(&instance, id.as_str(), " Zoe@Example.com ").await.unwrap();
    assert_eq!(owner().await, json!({"name": "mina", "email": "zoe@example.com", "role": "developer"}));
    users::rename(&instance, id.as_str(), "Zoë").await.unwrap();
    assert_eq!(owner().await, json!({"name": "Zoë", "email": "zoe@example.com", "role": "developer"}));
    assert!(users::set_email(&instance, id.as_str(), "no address").await.is_err());
}

async fn x_api_key(world: &World) {
    let key = world.key(new_key("CI")).await;
    let answer = answer(world.get("/api/me").header("x-api-key", &key.text)).await;
    assert_eq!((answer.status, &answer.json()["key"]["id"]), (200, &json!(key.id)));
}

async fn the_same_credential_twice_is_one(world: &World) {
    let key = world.key(new_key("CI")).await;
    let request = world.get("/api/me").bearer_auth(&key.text).header("x-api-key", &key.text);
    assert_eq!(answer(request).await.status, 200);
}

async fn a_read_only_key(world: &World) {
    let key = world.key(read_only("reader")).await;
    assert_eq!(permission(world, &key.text).await, json!("read_only"));
}

async fn a_viewers_key_acts_as_read_only(world: &World) {
    let key = world.key(new_key("CI")).await;
    world.member("acme", MINA, Role::Viewer).await;
    assert_eq!(permission(world, &key.text).await, json!("read_only"));
    world.member("acme", MINA, Role::Developer).await;
    assert_eq!(permission(world, &key.text).await, json!("read_write"));
}

async fn permission(world: &World, key: &str) -> Value {
    answer(world.get("/api/me").bearer_auth(key)).await.json()["key"]["permission"].clone()
}

async fn a_gateway_key(world: &World) {
    let key = world.key(gateway("nginx")).await;
    let answer = answer(world.get("/api/me").bearer_auth(&key.text)).await;
    assert_eq!((answer.status, &answer.json()["key"]["gateway"]), (200, &json!(true)));
}

async fn names_come_back_as_they_are(world: &World) {
    for name in ["<script>alert(1)</script>", "\"quoted\" & 'so'", "🔑 دفتر 名前", &"é".repeat(80)] {
        let key = world.key(new_key(name)).await;
        let answer = answer(world.get("/api/me").bearer_auth(&key.text)).await;
        assert_eq!(answer.json()["key"]["name"], name);
    }
}

async fn head_has_no_body(world: &World) {
    let key = world.key(new_key("CI")).await;
    let good = answer(world.ask(Method::HEAD, "/api/me").bearer_auth(&key.text)).await;
    assert_eq!((good.status, good.body.as_str()), (200, ""));
    let refused = answer(world.ask(Method::HEAD, "/api/me")).await;
    assert_eq!((refused.status, refused.body.as_str()), (401, ""));
}
