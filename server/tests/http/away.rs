//! The database is away: nobody passes, and the health checks tell a dead process from one that can't decide.

use crate::{
    ask::answer,
    console::{Browser, somebody},
    verify::ada,
    world::{World, new_key},
};
use reqwest::Method;
use serde_json::json;

on_sqlite![closed];

mod postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn gone_and_back() {
        crate::world::tell(crate::engine::Engine::Postgres, super::gone_and_back).await;
    }
}

async fn closed(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await.text);
    let mut browser = signed_in(world).await;
    world.latchkey.shut_down().await;
    nothing_passes(world, &gate, &key).await;
    nobody_is_let_in(&mut browser).await;
}

async fn gone_and_back(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await.text);
    let mut browser = signed_in(world).await;
    world.place.reachable(false).await;
    // What this instance holds is trusted until its lease ends, and no longer.
    world.clock.advance(2_000);
    nothing_passes(world, &gate, &key).await;
    nobody_is_let_in(&mut browser).await;
    world.place.reachable(true).await;
    assert_eq!(answer(world.get("/api/me").bearer_auth(&key)).await.status, 200, "it recovers by itself");
    assert_eq!(answer(world.get("/readyz")).await.status, 200);
    assert_eq!(browser.who().await, "somebody@example.com");
}

async fn signed_in(world: &World) -> Browser<'_> {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    browser
}

async fn nothing_passes(world: &World, gate: &str, key: &str) {
    answer(world.get("/api/me").bearer_auth(key)).await.assert_error(503, "UNAVAILABLE");
    let verify = world.ask(Method::POST, "/api/v1/verify").bearer_auth(gate).json(&json!({"key": key}));
    answer(verify).await.assert_error(503, "UNAVAILABLE");
    let forward = world.get("/api/v1/forward-auth").header("x-latchkey-gateway-key", gate).bearer_auth(key);
    let forward = answer(forward).await;
    forward.assert_error(503, "UNAVAILABLE");
    assert_eq!(forward.header("x-latchkey-key"), "");
    // What needs no database is answered as ever.
    answer(world.get("/api/me")).await.assert_error(401, "UNAUTHORIZED");
    answer(world.get("/api/me").bearer_auth("nonsense")).await.assert_error(401, "UNAUTHORIZED");
    let ready = answer(world.get("/readyz")).await;
    assert_eq!((ready.status, ready.body.as_str()), (503, "the database does not answer\n"));
    assert_eq!(answer(world.get("/healthz")).await.status, 200);
}

async fn nobody_is_let_in(browser: &mut Browser<'_>) {
    let who = browser.send(Method::GET, "/who", &json!(null)).await;
    assert!(who.status >= 500, "{who:?}");
    let cookie = browser.cookie.clone();
    let sign_in = browser.sign_in("somebody@example.com", "a password").await;
    assert_eq!(sign_in.status, 503, "{sign_in:?}");
    assert_eq!(browser.cookie, cookie, "no new session");
}
