//! Revocation is immediate: once the end of a key is acknowledged, no request that begins afterwards is accepted, on any
//! surface, under load; 1,000 rounds in this process and 200 where another instance makes the change, on each engine.

use crate::{
    load::Load,
    world::{Made, World, grant, new_key},
};
use domain::{key::NewKey, time::MINUTE};
use server::{Latchkey, auth::ChangeKey, keys};
use tokio::time::Instant;

on_both_engines![a_thousand_rounds, two_hundred_rounds_by_another_instance];
on_sqlite![the_load_notices_a_key_that_did_not_end];

/// How many rounds of each kind.
struct Rounds {
    disabled: usize,
    deleted: usize,
    expired: usize,
}

async fn a_thousand_rounds(world: &World) {
    let rounds = Rounds { disabled: 700, deleted: 150, expired: 150 };
    run(world, &world.latchkey, rounds).await;
}

/// The command line beside the server, or the next instance behind the load balancer.
async fn two_hundred_rounds_by_another_instance(world: &World) {
    let other = world.instance(|_| ()).await;
    run(world, &other, Rounds { disabled: 120, deleted: 40, expired: 40 }).await;
    other.shut_down().await;
}

/// The test of the test.
async fn the_load_notices_a_key_that_did_not_end(world: &World) {
    let (load, key) = (Load::start(world).await, world.key(new_key("immortal")).await);
    load.good(&key.text).await;
    load.ended().await;
    assert!(load.violations() >= 3, "one on each surface at least");
}

/// Ends keys through `changer`, while the world's server is under load.
async fn run(world: &World, changer: &Latchkey, rounds: Rounds) {
    let (load, begun) = (Load::start(world).await, Instant::now());
    let change = grant::<ChangeKey>(changer, "acme").await;
    let Made { id, text } = world.key(new_key("paused")).await;
    for _ in 0..rounds.disabled {
        load.good(&text).await;
        keys::disable(&change, &id).await.unwrap();
        load.ended().await;
        keys::enable(&change, &id).await.unwrap();
    }
    for _ in 0..rounds.deleted {
        let key = world.key(new_key("deleted")).await;
        load.good(&key.text).await;
        keys::delete(&change, &key.id, "").await.unwrap();
        load.ended().await;
    }
    for round in 0..rounds.expired {
        let expires_at = Some(world.now().plus(MINUTE));
        let key = world.key(NewKey { expires_at, ..new_key(&format!("expired {round}")) }).await;
        load.good(&key.text).await;
        world.clock.advance(MINUTE);
        load.ended().await;
    }
    assert_eq!(load.violations(), 0, "accepted after the acknowledgement");
    println!("{} rounds in {:?}", rounds.disabled + rounds.deleted + rounds.expired, begun.elapsed());
}
