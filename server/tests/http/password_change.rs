//! Changing the own password: the other sessions end, this one goes on under a new id, and a refused change changes
//! nothing.

use crate::{
    console::{Browser, somebody},
    world::World,
};
use serde_json::json;

on_both_engines![the_password_is_replaced, other_sessions_end];
on_sqlite![a_wrong_current_password, a_new_password_that_does_not_fit, nobody_changes_a_password];

async fn the_password_is_replaced(world: &World) {
    let (email, old) = somebody(world).await;
    let new = world.fresh_password();
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &old).await;
    assert_eq!(browser.post("/password", json!({"current": old, "new": new})).await.status, 200);
    let mut other = browser.another("other");
    assert_eq!(other.sign_in(email, &old).await.status, 401);
    assert_eq!(other.sign_in(email, &new).await.status, 204);
}

async fn other_sessions_end(world: &World) {
    let (email, old) = somebody(world).await;
    let (mut browser, new) = (Browser::new(world).await, world.fresh_password());
    let mut other = browser.another("other");
    browser.sign_in(email, &old).await;
    other.sign_in(email, &old).await;
    let before = browser.cookie.clone();
    assert_eq!(browser.post("/password", json!({"current": old, "new": new})).await.status, 200);
    assert_eq!(other.who().await, "", "the other is out");
    assert_eq!(browser.who().await, email, "this one is not");
    assert_ne!(browser.cookie, before, "and has a new id");
    assert_eq!(browser.sessions().await.len(), 1);
    browser.cookie = before;
    assert_eq!(browser.who().await, "", "the old id opens nothing");
}

async fn a_wrong_current_password(world: &World) {
    let (email, old) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &old).await;
    let mut other = browser.another("other");
    other.sign_in(email, &old).await;
    let answer = browser.post("/password", json!({"current": "wrong", "new": world.fresh_password()})).await;
    assert_eq!((answer.status, answer.body.as_str()), (422, "This is not your current password."));
    assert_eq!((browser.who().await, other.who().await), (email.to_owned(), email.to_owned()));
    assert_eq!(browser.another("third").sign_in(email, &old).await.status, 204, "it still counts");
}

async fn a_new_password_that_does_not_fit(world: &World) {
    let (email, old) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &old).await;
    for (new, words) in [("123456789", "at least 10"), ("", "is required"), (&"x".repeat(257), "longer than 256 bytes")]
    {
        let answer = browser.post("/password", json!({"current": old, "new": new})).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains(words), "{}", answer.body);
    }
    assert_eq!(browser.another("other").sign_in(email, &old).await.status, 204, "the old one still counts");
}

async fn nobody_changes_a_password(world: &World) {
    let answer = Browser::new(world).await.post("/password", json!({"current": "a", "new": "b"})).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, "Sign in first."));
}
