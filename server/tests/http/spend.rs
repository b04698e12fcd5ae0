//! A key's spend cap and its models, where requests meet them: an exhausted key is refused on every surface and instance, works
//! again when its period turns or its cap is raised, and the answers say what is left.

use crate::{
    ask::{Answer, answer},
    forward_auth,
    verify::{ada, ask},
    world::{Made, World, new_key, serve},
};
use domain::{
    id::ReserveId,
    key::{KeyId, NewKey, RawKey, Status},
    model::{Cap, MicroUsd, ModelLimits, Period},
};
use serde_json::{Value, json};
use server::{Error, auth::ChangeKey, http::data_plane, keys};
use store::{NewReserve, Store};

on_both_engines![an_exhausted_key_is_refused_everywhere, a_cap_is_raised_and_lowered];
on_sqlite![
    what_is_left_is_told,
    a_key_uses_the_models_it_names,
    the_rate_comes_before_the_spend,
    an_exhausted_key_is_not_enabled,
    an_exhausted_key_is_rotated_to_an_exhausted_one,
    every_wrong_field_is_named,
];

/// A key with these limits, as a form has them.
pub fn capped(name: &str, models: &str, spend_cap: &str, spend_period: &str) -> NewKey {
    NewKey { model: ModelLimits::check(models, spend_cap, spend_period).unwrap(), ..new_key(name) }
}

/// Spends with a key, as another process on the database would: reserved, and settled at that cost.
pub async fn spend(world: &World, key: &Made, usd: &str) {
    let view = world.view(&key.id).await;
    let (store, at) = (Store::open(&world.config.database).await.unwrap(), world.now());
    let id = ReserveId::from_text(format!("{}-{}", key.id, view.account.settled.micros()));
    let (key, cap) = (KeyId::parse(&key.id).unwrap(), view.model.cap.unwrap());
    let amount = MicroUsd::ZERO;
    let new = NewReserve { id: id.clone(), key, cap, amount, at, instance: "another".into() };
    assert_eq!(store.reserve(&new).await.unwrap(), Ok(()));
    let cost = MicroUsd::parse(usd).unwrap();
    assert!(store.settle_reserve(&id, Some(cost), at).await.unwrap().is_some());
    store.close().await;
}

async fn me(world: &World, key: &Made) -> Answer {
    answer(world.get("/api/me").bearer_auth(&key.text)).await
}

async fn limits(world: &World, key: &Made) -> Value {
    let answer = me(world, key).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["limits"].clone()
}

async fn said(world: &World, gate: &str, question: &Value) -> (Value, Value, Value) {
    let said = ask(world, gate, question).await.json();
    (said["valid"].clone(), said["code"].clone(), said["remaining_usd"].clone())
}

async fn an_exhausted_key_is_refused_everywhere(world: &World) {
    let gate = ada(world).await.text;
    let key = world.key(capped("agent", "", "1", "day")).await;
    let other = world.instance(|_| ()).await;
    let base = serve(data_plane(&other)).await;
    let there = || answer(world.http.get(format!("{base}/api/me")).bearer_auth(&key.text));
    let at_a_proxy = || forward_auth::pass(forward_auth::ask(world, &gate).bearer_auth(&key.text));
    let question = json!({"key": key.text});
    spend(world, &key, "0.999999").await;
    assert_eq!((me(world, &key).await.status, there().await.status, at_a_proxy().await.status), (200, 200, 204));
    assert_eq!(said(world, &gate, &question).await, (json!(true), json!("VALID"), json!(0.000_001)));

    spend(world, &key, "0.000001").await;
    // The settling was another process's: both instances learned of it before it returned.
    for refused in [me(world, &key).await, there().await, at_a_proxy().await] {
        refused.assert_error(402, "KEY_EXHAUSTED");
    }
    assert_eq!(said(world, &gate, &question).await, (json!(false), json!("KEY_EXHAUSTED"), json!(0.0)));
    assert_eq!(world.view(&key.id).await.status, Status::Exhausted);
    let back = Period::Day.end(world.now()).unwrap();
    assert_eq!(world.view(&key.id).await.back_at, Some(back));

    // Time alone ends it.
    world.clock.advance(back.since(world.now()) - 1);
    me(world, &key).await.assert_error(402, "KEY_EXHAUSTED");
    world.clock.advance(1);
    assert_eq!(limits(world, &key).await["remaining_usd"], 1.0);
    assert_eq!((there().await.status, at_a_proxy().await.status), (200, 204));
    assert_eq!(said(world, &gate, &question).await, (json!(true), json!("VALID"), json!(1.0)));
    assert_eq!(world.view(&key.id).await.status, Status::Enabled);
    other.shut_down().await;
}

async fn a_cap_is_raised_and_lowered(world: &World) {
    let key = world.key(capped("agent", "o3", "1", "total")).await;
    spend(world, &key, "2").await;
    me(world, &key).await.assert_error(402, "KEY_EXHAUSTED");
    let change = world.grant::<ChangeKey>("acme").await;
    keys::limit_models(&change, &key.id, "o3", "2.5", "total", "").await.unwrap();
    assert_eq!(limits(world, &key).await["remaining_usd"], 0.5);
    keys::limit_models(&change, &key.id, "", "2", "total", "").await.unwrap();
    me(world, &key).await.assert_error(402, "KEY_EXHAUSTED");
    keys::limit_models(&change, &key.id, "", "", "", "").await.unwrap();
    let limits = limits(world, &key).await;
    for field in ["models", "spend_cap_usd", "spend_period", "remaining_usd"] {
        assert_eq!(limits[field], Value::Null, "{field}");
    }
    let place = world.operator().in_workspace("acme").await.unwrap();
    let changes = keys::show(&world.grant("acme").await, &place, &key.id).await.unwrap().changes;
    let models = changes.iter().filter(|change| change.action == "key.models");
    assert_eq!(models.count(), 3);
}

async fn what_is_left_is_told(world: &World) {
    let key = world.key(capped("agent", "gpt-4.1*, o3", "25.5", "month")).await;
    spend(world, &key, "0.250001").await;
    let told = limits(world, &key).await;
    assert_eq!(
        (&told["models"], &told["spend_cap_usd"], &told["spend_period"], &told["remaining_usd"]),
        (&json!(["gpt-4.1*", "o3"]), &json!(25.5), &json!("month"), &json!(25.249_999))
    );
    let plain = world.key(new_key("plain")).await;
    assert_eq!(limits(world, &plain).await["remaining_usd"], Value::Null);
}

async fn a_key_uses_the_models_it_names(world: &World) {
    let gate = ada(world).await.text;
    let (key, plain) = (world.key(capped("agent", "gpt-4.1*", "", "")).await, world.key(new_key("plain")).await);
    for (key, model, code) in
        [(&key, "gpt-4.1-mini", "VALID"), (&key, "o3", "MODEL_NOT_ALLOWED"), (&plain, "o3", "VALID")]
    {
        let (valid, said, _) = said(world, &gate, &json!({"key": key.text, "model": model})).await;
        assert_eq!((valid, said), (json!(code == "VALID"), json!(code)), "{model}");
    }
    assert_eq!(said(world, &gate, &json!({"key": key.text})).await.1, "VALID", "no model is asked for");
    for wrong in ["", "a b", " o3", "gpt*"] {
        let answer = ask(world, &gate, &json!({"key": key.text, "model": wrong})).await;
        answer.assert_error(400, "invalid_request");
        assert!(answer.message().starts_with("The model "), "{answer:?}");
    }
}

async fn the_rate_comes_before_the_spend(world: &World) {
    let limited = NewKey { limits: domain::key::Limits::check("", "2").unwrap(), ..capped("agent", "", "1", "total") };
    let key = world.key(limited).await;
    spend(world, &key, "1").await;
    for _ in 0..2 {
        me(world, &key).await.assert_error(402, "KEY_EXHAUSTED");
    }
    me(world, &key).await.assert_error(429, "RATE_LIMITED");
    keys::disable(&world.grant("acme").await, &key.id).await.unwrap();
    me(world, &key).await.assert_error(401, "KEY_DISABLED");
}

async fn an_exhausted_key_is_not_enabled(world: &World) {
    let (daily, total) =
        (world.key(capped("daily", "", "1", "day")).await, world.key(capped("total", "", "1", "total")).await);
    let change = world.grant::<ChangeKey>("acme").await;
    for (key, says) in [(&daily, "counts anew on "), (&total, "Raise the cap on its page first.")] {
        spend(world, key, "1").await;
        keys::disable(&change, &key.id).await.unwrap();
        let Err(Error::Forbidden(why)) = keys::enable(&change, &key.id).await else { panic!("it was enabled") };
        assert!(why.contains("has reached its spend cap") && why.contains(says), "{why}");
        me(world, key).await.assert_error(401, "KEY_DISABLED");
        keys::limit_models(&change, &key.id, "", "1.5", "total", "").await.unwrap();
        keys::enable(&change, &key.id).await.unwrap();
        assert_eq!(me(world, key).await.status, 200);
    }
}

async fn an_exhausted_key_is_rotated_to_an_exhausted_one(world: &World) {
    let key = world.key(capped("agent", "o3", "1", "day")).await;
    spend(world, &key, "1").await;
    let next = keys::rotate(&world.grant("acme").await, &key.id, "1h").await.unwrap();
    let made = Made { id: next.view.id.to_string(), text: next.key.expose().to_owned() };
    world.secret(&made.text[made.text.len() - 38..][..32]);
    assert_eq!(next.view.status, Status::Exhausted);
    assert_eq!(next.view.model, ModelLimits::check("o3", "1", "day").unwrap());
    me(world, &made).await.assert_error(402, "KEY_EXHAUSTED");
    assert_eq!(world.view(&made.id).await.account.settled, MicroUsd::dollars(1));
}

async fn every_wrong_field_is_named(world: &World) {
    let key = world.key(new_key("agent")).await;
    let change = world.grant::<ChangeKey>("acme").await;
    let wrong = keys::limit_models(&change, &key.id, "*-mini", "-1", "year", "").await;
    let Err(Error::Invalid(fields)) = wrong else { panic!("{wrong:?}") };
    let fields: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["models", "spend_cap", "spend_period"]);
    assert_eq!(world.view(&key.id).await.model, ModelLimits::default());
    assert!(matches!(keys::limit_models(&change, "nothere0", "", "", "", "").await, Err(Error::NotFound)));

    let raw = RawKey { models: "o3".into(), spend_cap: "5".into(), spend_period: "week".into(), ..RawKey::default() };
    let raw = RawKey { name: "made".into(), permission: "read_only".into(), expiry: "never".into(), ..raw };
    let made = raw.check(&domain::workspace::Settings::default(), world.now()).unwrap();
    let cap = Cap { amount: MicroUsd::dollars(5), period: Period::Week };
    assert_eq!((made.model.models.written().as_str(), made.model.cap), ("o3", Some(cap)));
}
