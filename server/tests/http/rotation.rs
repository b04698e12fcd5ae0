//! Rotation beside requests: inside the grace no client is ever refused, whenever it switches; after it the old key stops.

use crate::world::{Made, World, new_key};
use domain::time::HOUR;
use server::keys;
use std::time::Duration;
use tokio::{sync::watch, task::JoinSet};

on_both_engines!(a_client_may_switch_at_any_moment_of_the_grace, without_a_grace_the_old_key_stops_at_once);

async fn rotate(world: &World, old: &Made, grace: &str) -> Made {
    let created = keys::rotate(&world.grant("acme").await, &old.id, grace).await.unwrap();
    let text = created.key.expose().to_owned();
    world.secret(&text[text.len() - 38..][..32]);
    Made { id: created.view.id.to_string(), text }
}

async fn code(world: &World, key: &str) -> String {
    let answer = world.get("/api/me").bearer_auth(key).send().await.unwrap();
    let body: serde_json::Value = answer.json().await.unwrap();
    body["error"]["code"].as_str().unwrap_or("VALID").to_owned()
}

async fn a_client_may_switch_at_any_moment_of_the_grace(world: &World) {
    let old = world.key(new_key("CI")).await;
    let (tell, told) = watch::channel(None::<String>);
    let mut clients = JoinSet::new();
    for client in 0_usize..6 {
        let (http, base, old, told) = (world.http.clone(), world.base.clone(), old.text.clone(), told.clone());
        clients.spawn(async move {
            // Each hears of the new key at the same time, and goes on with the old one for a while of its own.
            let (mut since, mut asked) = (0, 0);
            while since < 20 + client * 5 {
                let new = told.borrow().clone();
                since += usize::from(new.is_some());
                let key = new.filter(|_| since > client * 5).unwrap_or_else(|| old.clone());
                let answer = http.get(format!("{base}/api/me")).bearer_auth(key).send().await.unwrap();
                assert_eq!(answer.status(), 200, "client {client}, request {asked}, {since} after the rotation");
                asked += 1;
            }
            asked
        });
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let new = rotate(world, &old, "1h").await;
    tell.send(Some(new.text.clone())).unwrap();
    let asked: usize = clients.join_all().await.into_iter().sum();
    assert!(asked > 6 * 20, "they asked before the rotation too");
    assert_eq!((code(world, &old.text).await, code(world, &new.text).await), ("VALID".into(), "VALID".into()));
    world.clock.advance(HOUR);
    assert_eq!(
        (code(world, &old.text).await, code(world, &new.text).await),
        ("KEY_EXPIRED".into(), "VALID".into()),
        "the grace is over"
    );
}

async fn without_a_grace_the_old_key_stops_at_once(world: &World) {
    let mut key = world.key(new_key("CI")).await;
    for round in 0..20 {
        assert_eq!(code(world, &key.text).await, "VALID", "round {round}");
        let next = rotate(world, &key, "now").await;
        assert_eq!(code(world, &key.text).await, "KEY_EXPIRED", "round {round}");
        key = next;
    }
}
