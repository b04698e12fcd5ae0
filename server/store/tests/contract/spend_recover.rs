//! Reserves of instances that died: who holds some, whether they still move, and what it is to be settled by somebody else.

use crate::{
    engine::{Engine, Outcome},
    spend::{Capped, account, usd},
    world::{NOW, World, together},
};
use domain::{id::ReserveId, model::Period};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::{Changed, Error, Holder, Left, NewReserve, Recovered, Store};
use tokio::time::sleep;

on_both_engines!(
    holders_and_their_leases,
    what_a_dead_instance_held_is_settled,
    who_was_thought_dead_changes_nothing,
    several_recover_at_once,
    what_others_settled_meanwhile_was_found,
);

async fn held(on: &Capped<'_>, instance: &str, micros: i64) -> Outcome<ReserveId> {
    let new = NewReserve { instance: instance.into(), ..on.wants(micros, NOW) };
    assert_eq!(on.world.store.reserve(&new).await?, Ok(()));
    Ok(new.id)
}

async fn holders_and_their_leases(world: &World) -> Outcome {
    let on = Capped::new(world, 1_000, Period::Day).await?;
    assert_eq!(world.store.holders().await?, []);
    let other = Store::open(&world.place.url).await?;
    let begun = Instant::now();
    let follower = other.follow("alive".into(), Arc::new(move || begun.elapsed()), Arc::new(|_: &Changed| ()));
    while !follower.is_trusted() {
        sleep(Duration::from_millis(5)).await;
    }
    for instance in ["alive", "alive", "dead"] {
        held(&on, instance, 10).await?;
    }
    let first = world.store.holders().await?;
    let [alive, dead] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!(*dead, Holder { instance: "dead".into(), beat: None });
    assert!(alive.instance == "alive" && alive.beat.is_some());
    let begun = Instant::now();
    while world.store.holders().await?[0].beat == alive.beat {
        assert!(begun.elapsed() < Duration::from_mins(1), "it does not move");
        sleep(Duration::from_millis(50)).await;
    }
    follower.stop().await;
    assert_eq!(world.store.holders().await?[0].beat, None, "it has ended");
    other.close().await;
    Ok(())
}

async fn what_a_dead_instance_held_is_settled(world: &World) -> Outcome {
    let on = Capped::new(world, 1_000, Period::Day).await?;
    for micros in [10, 20, 30] {
        held(&on, "dead", micros).await?;
    }
    let other = held(&on, "alive", 100).await?;
    held(&on, "", 7).await?;
    assert_eq!(world.store.recover_reserves(Left::By("nobody"), NOW, 10).await?, Recovered::default());
    assert_eq!(world.store.recover_reserves(Left::By("dead"), NOW, 2).await?.settled.len(), 2);
    assert_eq!(world.store.recover_reserves(Left::By("dead"), NOW, 2).await?.settled.len(), 1);
    assert_eq!(on.account().await?, account(60, 107), "nobody else's");
    assert_eq!(
        world.store.recover_reserves(Left::By(""), NOW, 10).await?.settled.len(),
        1,
        "nameless ones are no others"
    );
    on.settle(&other, 1, NOW).await?;
    assert_eq!(on.account().await?, account(68, 0));
    Ok(())
}

async fn who_was_thought_dead_changes_nothing(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    let call = held(&on, "paused", 40).await?;
    assert_eq!(world.store.recover_reserves(Left::By("paused"), NOW, 10).await?.settled.len(), 1);
    // It comes back, and settles its call.
    assert_eq!(world.store.settle_reserve(&call, Some(usd(3)), NOW).await?, None);
    assert_eq!(on.account().await?, account(40, 0), "counted once");
    // What it asks for from now on is its own again.
    let next = held(&on, "paused", 60).await?;
    on.settle(&next, 6, NOW).await?;
    assert_eq!(on.account().await?, account(46, 0));
    Ok(())
}

async fn several_recover_at_once(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    for _ in 0..9 {
        held(&on, "dead", 5).await?;
    }
    let store = Store::open(&world.place.url).await?;
    let both = [world.store.clone(), store.clone()].map(|store| async move {
        store.recover_reserves(Left::By("dead"), NOW, 100).await.map(|recovered| recovered.settled.len())
    });
    let settled = together(both).await.into_iter().collect::<Result<Vec<_>, Error>>()?;
    assert_eq!((settled.iter().sum::<usize>(), on.account().await?), (9, account(45, 0)));
    store.close().await;
    Ok(())
}

/// Whoever goes on by what it settled itself would stop where others are at it too.
async fn what_others_settled_meanwhile_was_found(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    for _ in 0..5 {
        held(&on, "dead", 5).await?;
    }
    // With the first that goes, all but the last one go: somebody else was quicker.
    world
        .place
        .execute(match world.place.engine {
            Engine::Sqlite => {
                "CREATE TRIGGER quicker AFTER DELETE ON reserves BEGIN
               DELETE FROM reserves WHERE (at, id) < (SELECT at, id FROM reserves ORDER BY at DESC, id DESC LIMIT 1);
             END"
            }
            Engine::Postgres => {
                "CREATE FUNCTION quicker() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF pg_trigger_depth() = 1 THEN
                 DELETE FROM reserves WHERE (at, id) < (SELECT at, id FROM reserves ORDER BY at DESC, id DESC LIMIT 1);
               END IF;
               RETURN NULL;
             END $$;
             CREATE TRIGGER quicker AFTER DELETE ON reserves FOR EACH ROW EXECUTE FUNCTION quicker()"
            }
        })
        .await?;
    let recovered = world.store.recover_reserves(Left::By("dead"), NOW, 3).await?;
    assert_eq!((recovered.found, recovered.settled.len()), (3, 1));
    let recovered = world.store.recover_reserves(Left::By("dead"), NOW, 3).await?;
    assert_eq!((recovered.found, recovered.settled.len()), (1, 1));
    Ok(())
}
