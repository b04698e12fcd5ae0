//! What the keys page warns of, as time goes by: told through the use-case that the page and the command line share.

use crate::{
    ask::answer,
    spend::{capped, spend},
    world::{World, limited, new_key},
};
use domain::{
    key::NewKey,
    time::{DAY, HOUR},
};
use server::keys::{self, Notices};
use std::time::Duration;

on_both_engines![a_key_that_ages, a_key_that_spends, a_stopped_key_that_is_tried];

async fn notices(world: &World) -> Notices {
    let place = world.operator().in_workspace("acme").await.unwrap();
    keys::notices(&world.grant("acme").await, &place).await.unwrap()
}

async fn parts(world: &World) -> Vec<String> {
    notices(world).await.parts()
}

/// Waits until what was recorded is written.
async fn until(world: &World, wanted: &[&str]) {
    for _ in 0..1_500 {
        if parts(world).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(parts(world).await, wanted);
}

async fn a_key_that_ages(world: &World) {
    let key = world.key(new_key("CI")).await;
    world.key(NewKey { expires_at: Some(world.now().plus(100 * DAY)), ..new_key("hundred days") }).await;
    assert!(notices(world).await.is_empty());
    world.clock.advance(90 * DAY - 1);
    assert!(notices(world).await.is_empty());
    world.clock.advance(1);
    assert_eq!(parts(world).await, ["2 keys are unused for 90 days"]);
    assert_eq!(answer(world.get("/api/me").bearer_auth(&key.text)).await.status, 200);
    until(world, &["1 key is unused for 90 days"]).await;
    world.clock.advance(3 * DAY);
    let found = notices(world).await;
    assert_eq!(found.parts(), ["1 key expires within 7 days", "1 key is unused for 90 days"]);
    assert_eq!((found.expiring.keys[0].key.name.as_str(), found.unused.count), ("hundred days", 1));
    assert!(found.expiring.keys[0].key.may_change);
    world.clock.advance(7 * DAY);
    assert!(notices(world).await.is_empty(), "over, and nobody tries it");
}

async fn a_key_that_spends(world: &World) {
    let key = world.key(capped("agent", "", "5", "day")).await;
    spend(world, &key, "3.999999").await;
    assert!(notices(world).await.is_empty());
    spend(world, &key, "0.000001").await;
    assert_eq!(parts(world).await, ["1 key has spent 80% of its cap"]);
    spend(world, &key, "1").await;
    assert_eq!(parts(world).await, ["1 key has reached its spend cap"]);
    world.clock.advance(DAY);
    assert!(notices(world).await.is_empty(), "it counts anew");
}

async fn a_stopped_key_that_is_tried(world: &World) {
    let (key, other) = (world.key(new_key("CI")).await, world.key(limited("elsewhere", "10.0.0.0/8", "")).await);
    let knock = async |text: &str| answer(world.get("/api/me").bearer_auth(text)).await;
    keys::disable(&world.grant("acme").await, &key.id).await.unwrap();
    knock(&other.text).await.assert_error(403, "IP_NOT_ALLOWED");
    knock(&key.text).await.assert_error(401, "KEY_DISABLED");
    until(world, &["1 stopped key is still being tried"]).await;
    let tried = notices(world).await.tried.keys.remove(0);
    assert_eq!(
        (tried.key.id.as_str(), tried.tried_at, tried.tried_from.as_str()),
        (&*key.id, Some(world.now()), "127.0.0.1")
    );
    assert_eq!((tried.key.uses, tried.key.last_used_at), (0, None));
    world.clock.advance(DAY - HOUR);
    assert_eq!(parts(world).await.len(), 1);
    world.clock.advance(HOUR);
    assert!(notices(world).await.is_empty(), "a day is long enough");
}
