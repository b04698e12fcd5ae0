//! The own sessions: listed with address and agent, ended one by one or all others at once; those of somebody else are
//! not there.

use crate::{
    console::{Browser, somebody},
    world::{MINA, World},
};
use serde_json::{Value, json};

on_both_engines![the_list, one_is_ended, all_others_are_ended, somebody_elses_is_not_found];

async fn two(world: &World) -> (Browser<'_>, Browser<'_>) {
    let (email, password) = somebody(world).await;
    let mut laptop = Browser::new(world).await.another("Laptop");
    let mut phone = laptop.another("Phone");
    laptop.sign_in(email, &password).await;
    world.clock.advance(1);
    phone.sign_in(email, &password).await;
    (laptop, phone)
}

fn agents(sessions: &[Value]) -> Vec<&str> {
    sessions.iter().map(|session| session["agent"].as_str().unwrap()).collect()
}

async fn the_list(world: &World) {
    let (mut laptop, phone) = two(world).await;
    let sessions = laptop.sessions().await;
    assert_eq!(agents(&sessions), ["Phone", "Laptop"], "the last seen first");
    assert_eq!((&sessions[0]["current"], &sessions[1]["current"]), (&json!(false), &json!(true)));
    assert_eq!(sessions[0]["address"], "127.0.0.1");
    let value = phone.cookie.split_once('=').unwrap().1;
    assert!(!json!(sessions).to_string().contains(value), "the list holds no cookie");
}

async fn one_is_ended(world: &World) {
    let (mut laptop, mut phone) = two(world).await;
    let id = laptop.sessions().await[0]["id"].clone();
    assert_eq!(laptop.post("/end", json!({"id": id})).await.status, 200);
    assert_eq!(phone.who().await, "");
    assert_eq!(agents(&laptop.sessions().await), ["Laptop"]);
    assert_eq!(laptop.post("/end", json!({"id": id})).await.status, 404, "it is not there any more");
}

async fn all_others_are_ended(world: &World) {
    let (mut laptop, mut phone) = two(world).await;
    assert_eq!(phone.post("/end-others", Value::Null).await.status, 200);
    assert_eq!(laptop.who().await, "");
    assert_eq!(agents(&phone.sessions().await), ["Phone"]);
}

async fn somebody_elses_is_not_found(world: &World) {
    let (mut laptop, phone) = two(world).await;
    let password = world.user("stranger@example.com").await;
    let mut stranger = phone.another("Stranger");
    stranger.sign_in("stranger@example.com", &password).await;
    for session in laptop.sessions().await {
        let answer = stranger.post("/end", json!({"id": session["id"]})).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, "Not found."));
    }
    for id in ["", "nonsense", MINA] {
        assert_eq!(stranger.post("/end", json!({"id": id})).await.status, 404);
    }
    assert_eq!(stranger.post("/end-others", Value::Null).await.status, 200);
    assert_eq!(agents(&laptop.sessions().await), ["Phone", "Laptop"]);
    assert_eq!(agents(&stranger.sessions().await), ["Stranger"]);
}
