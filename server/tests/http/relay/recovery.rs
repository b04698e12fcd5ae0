//! What a process that died was holding of a cap: settled by the next one that starts.

use super::{
    House,
    fake::{Fake, chunks},
    left::stalls,
    spend::{settled, spent},
    streamed,
};
use crate::{spend::capped, world::World};
use domain::time::{HOUR, MINUTE};
use std::time::Duration;
use tokio::time::sleep;

on_both_engines![what_the_dead_held_is_settled];

async fn what_the_dead_held_is_settled(world: &World) {
    let fake = Fake::serve(|_| stalls(&chunks(true)[..3])).await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let key = world.key(capped("agent", "", "1", "total")).await;
    let mut said = house.post("chat/completions", &key, &streamed("small")).send().await.unwrap();
    said.chunk().await.unwrap().unwrap();
    let (nothing, held) = spent(world, &key).await;
    assert!(nothing == 0 && held > 1_000, "{held}");
    // A moment within the longest call, whose process may live; and one behind it.
    world.clock.advance(HOUR);
    let early = world.instance(|_| ()).await;
    sleep(Duration::from_millis(300)).await;
    assert_eq!(spent(world, &key).await, (0, held), "it may be under way");
    world.clock.advance(6 * MINUTE);
    let late = world.instance(|_| ()).await;
    assert_eq!(settled(world, &key).await, held);
    // It was only asleep, and comes back: what is settled stays.
    drop(said);
    house.latchkey.shut_down().await;
    assert_eq!(spent(world, &key).await, (held, 0));
    early.shut_down().await;
    late.shut_down().await;
}
