//! No secret in any log. The suite's whole process is listened to (logs.rs), and every story is checked at its end; here
//! the ear itself is tested, and a story is told that shows secrets in every place where they do not belong.

use crate::{
    ask::answer,
    console::{Browser, somebody},
    forward_auth,
    logs::{heard, listen},
    me_refusals::wrong_secret,
    verify::{ada, ask},
    world::{World, new_key},
};
use reqwest::Method;
use serde_json::{Value, json};
use server::Random;
use std::{fs, path::Path};

on_sqlite![secrets_in_odd_places, nothing_in_the_database_opens_anything];

#[test]
fn the_ear_hears() {
    listen();
    let [event, value, span, quoted] =
        std::array::from_fn(|_| Random::system().with(|rng| domain::random::base62(rng, 32)));
    assert!(!heard(&event));
    tracing::trace!("{event}");
    tracing::debug!(value = ?Some(&value), "a value");
    let _entered = tracing::trace_span!("a span", value = %format!("lk_a_{span}x")).entered();
    tracing::error!(error = format!("\"{quoted}\": no"), "an error");
    for text in [event, value, span, quoted] {
        assert!(heard(&text));
    }
    let address = format!("somebody.{}@example.com", Random::system().with(|rng| domain::random::base62(rng, 32)));
    assert!(!heard(&address));
    tracing::info!("Write to {address}, please.");
    assert!(heard(&address));
}

/// Who listens for what would never be found would find nothing to complain of.
#[test]
fn what_can_t_be_heard_is_not_listened_for() {
    for text in ["nineteen-characters", "two words, of which each is short", "line-one-of-the-text\nline"] {
        assert!(std::panic::catch_unwind(|| heard(text)).is_err(), "{text}");
    }
}

#[tokio::test]
async fn requests_are_logged() {
    crate::world::tell(crate::engine::Engine::Sqlite, async |world: &World| {
        let id = Random::system().with(|rng| domain::random::base62(rng, 40));
        answer(world.get("/api/me").header("x-request-id", &id)).await;
        assert!(heard(&id), "the request id stands in the log");
    })
    .await;
}

async fn secrets_in_odd_places(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await);
    let wrong = wrong_secret(&key);
    world.secret(&wrong[12..44]);
    for text in [&key.text, &wrong, &key.text[..44].to_owned(), &format!("{}!", key.text)] {
        answer(world.get("/api/me").bearer_auth(text)).await;
        answer(world.get("/api/me").basic_auth(text, Some(text))).await;
        answer(world.get(&format!("/api/me?api_key={text}")).header("user-agent", "x")).await;
        answer(world.get("/api/me").header("x-request-id", format!("{text}:"))).await;
        ask(world, &gate, &json!({"key": text})).await;
        ask(world, &gate, &json!({"key": {"is": text}})).await;
        ask(world, &gate, &json!({"access": text, text.as_str(): text})).await;
        ask(world, text, &json!({"key": gate})).await;
        forward_auth::pass(forward_auth::ask(world, &gate).bearer_auth(text)).await;
        forward_auth::pass(forward_auth::ask(world, text).header("x-api-key", text)).await;
    }
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    browser.sign_in(&password, &password).await;
    browser.sign_in(email, &format!("{password}!")).await;
    browser.post("/password", json!({"current": world.fresh_password(), "new": world.fresh_password()})).await;
    browser.post("/password", json!({"current": password, "new": world.fresh_password()})).await;
    browser.send(Method::GET, "/sessions", &Value::Null).await;
    world.latchkey.shut_down().await;
    answer(world.get("/api/me").bearer_auth(&key.text)).await.assert_error(503, "UNAVAILABLE");
    browser.send(Method::GET, "/who", &Value::Null).await;
}

/// The files of the data directory, read as they lie there.
async fn nothing_in_the_database_opens_anything(world: &World) {
    let (key, (email, password)) = (world.key(new_key("CI")).await, somebody(world).await);
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    assert_eq!(browser.who().await, email);
    answer(world.get("/api/me").bearer_auth(&key.text)).await;
    world.latchkey.shut_down().await;
    let cookie = browser.cookie.split_once('=').unwrap().1;
    assert!(lies_in(world.place.folder(), email), "the files hold what they should");
    for secret in [&key.text[12..44], &password, cookie] {
        assert!(!lies_in(world.place.folder(), secret));
    }
}

/// Whether a file of that folder holds a text.
pub fn lies_in(folder: &Path, text: &str) -> bool {
    let has = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    fs::read_dir(folder).unwrap().any(|file| has(fs::read(file.unwrap().path()).unwrap()))
}
