//! The feed of changes: whatever changes what a key may do is known to every instance when the call returns; an instance that
//! does not answer delays the writer for the length of a lease, once.

use crate::{engine::Outcome, one_key::OneKey, world::World};
use domain::{access::Role, key::Permission};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use store::{Changed, Follower, LEASE, Store};
use tokio::time::sleep;

on_both_engines!(
    every_change_is_known_when_the_call_returns,
    the_writer_waits_for_a_slow_instance,
    an_instance_that_died_is_given_up_once,
    an_instance_that_was_given_up_enters_anew,
    a_lost_thread_forgets_everything,
    an_instance_that_ends_is_not_waited_for,
    old_changes_are_thrown_away,
);

/// Another instance on the story's database, and what it was told.
struct Instance {
    store: Store,
    follower: Follower,
    told: Arc<Mutex<Vec<Changed>>>,
}

impl Instance {
    /// Enters, and takes `delay` over each change.
    async fn enter(world: &World, name: &str, delay: Duration) -> Outcome<Self> {
        let store = Store::open(&world.place.url).await?;
        let told = Arc::new(Mutex::new(Vec::new()));
        let (ear, begun) = (Arc::clone(&told), Instant::now());
        let apply = Arc::new(move |changed: &Changed| {
            if *changed != Changed::Everything {
                std::thread::sleep(delay);
            }
            ear.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(changed.clone());
        });
        let follower = store.follow(name.into(), Arc::new(move || begun.elapsed()), apply);
        let instance = Self { store, follower, told };
        instance.trusted().await;
        Ok(instance)
    }

    async fn trusted(&self) {
        while !self.follower.is_trusted() {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// What it was told since the last call.
    fn told(&self) -> Vec<Changed> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    async fn end(self) {
        self.follower.stop().await;
        self.store.close().await;
    }
}

async fn every_change_is_known_when_the_call_returns(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let other = Instance::enter(world, "other", Duration::ZERO).await?;
    assert_eq!(other.told(), [Changed::Everything]);

    let key = world.key(&acme, &mina, "key").await?;
    let of_key = || vec![Changed::Keys(vec![key.id])];
    assert_eq!(other.told(), of_key(), "made");
    world.disable(&key).await?;
    assert_eq!(other.told(), of_key(), "disabled");
    store.enable_key(&acme.id, &key.id, None, &world.about(&key, "key.enable")).await?;
    assert_eq!(other.told(), of_key(), "enabled");
    store.rename_key(&acme.id, &key.id, "renamed", &world.about(&key, "key.rename")).await?;
    store.describe_key(&acme.id, &key.id, "", "prod", &world.about(&key, "key.edit")).await?;
    store.permit_key(&acme.id, &key.id, Permission::ReadOnly, false, &world.about(&key, "key.edit")).await?;
    store.limit_key(&acme.id, &key.id, &key.key.limits, &world.about(&key, "key.edit")).await?;
    store.expire_key(&acme.id, &key.id, None, None, &world.about(&key, "key.edit")).await?;
    assert_eq!(other.told(), vec![Changed::Keys(vec![key.id]); 5], "edited");

    let of_owner = || vec![Changed::Owner(mina.id.clone())];
    store.set_role(&acme.id, &mina.id, Role::Viewer, &world.event("member.role")).await?;
    assert_eq!(other.told(), of_owner(), "another role");
    store.rename_user(&mina.id, "Minna", &world.event("user.rename")).await?;
    assert_eq!(other.told(), of_owner(), "renamed");
    store.set_user_active(&mina.id, false, &world.event("user.disable")).await?;
    assert_eq!(other.told(), of_owner(), "shut out");
    store.remove_member(&acme.id, &mina.id, &world.event("member.remove")).await?;
    assert_eq!(other.told(), of_owner(), "removed");
    world.update_workspace(&acme, &world.event("workspace.edit")).await?;
    assert_eq!(other.told(), [Changed::Workspace(acme.id.clone())], "the workspace");

    world.delete(&key).await?;
    assert_eq!(other.told(), [Changed::Deleted(vec![key.id])], "deleted");
    // What fails or decides about nothing is no change.
    assert!(world.disable(&key).await.is_err());
    world.user("Noor").await?;
    assert_eq!(other.told(), []);
    assert_eq!(other.follower.lag().await?, 0);
    other.end().await;
    Ok(())
}

async fn the_writer_waits_for_a_slow_instance(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let delay = Duration::from_millis(400);
    let slow = Instance::enter(world, "slow", delay).await?;
    let begun = Instant::now();
    let key = world.key(&acme, &mina, "key").await?;
    assert!(begun.elapsed() >= delay, "acknowledged after {:?}", begun.elapsed());
    assert!(begun.elapsed() < LEASE, "acknowledged after {:?}", begun.elapsed());
    assert!(slow.told().contains(&Changed::Keys(vec![key.id])));
    slow.end().await;
    Ok(())
}

async fn an_instance_that_died_is_given_up_once(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let dead = Instance::enter(world, "dead", Duration::ZERO).await?;
    // As a kill -9 leaves it: its lease stands and nobody renews it.
    dead.end().await;
    world.place.execute_on_leases("INSERT INTO leases (instance, beat, applied) VALUES ('dead', 7, 0)").await?;
    let begun = Instant::now();
    let key = world.key(&acme, &mina, "key").await?;
    assert!(begun.elapsed() >= LEASE, "acknowledged after {:?}", begun.elapsed());
    assert!(begun.elapsed() < LEASE * 2, "acknowledged after {:?}", begun.elapsed());
    let begun = Instant::now();
    world.disable(&key).await?;
    assert!(begun.elapsed() < LEASE / 2, "the second writer waited again: {:?}", begun.elapsed());
    Ok(())
}

async fn an_instance_that_was_given_up_enters_anew(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let other = Instance::enter(world, "other", Duration::ZERO).await?;
    other.told();
    world.place.execute_on_leases("DELETE FROM leases").await?;
    let begun = Instant::now();
    while other.told().is_empty() {
        assert!(begun.elapsed() < LEASE, "it did not notice");
        sleep(Duration::from_millis(5)).await;
    }
    other.trusted().await;
    let key = world.key(&acme, &mina, "key").await?;
    assert_eq!(other.told(), [Changed::Keys(vec![key.id])], "writers wait for it again");
    other.end().await;
    Ok(())
}

async fn a_lost_thread_forgets_everything(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let other = Instance::enter(world, "other", Duration::ZERO).await?;
    other.told();
    world.place.execute("UPDATE change_head SET number = number + 5").await?;
    let key = world.key(&acme, &mina, "key").await?;
    assert!(other.told().contains(&Changed::Everything));
    world.place.execute("UPDATE change_head SET number = 1").await?;
    let begun = Instant::now();
    while other.told().is_empty() {
        assert!(begun.elapsed() < LEASE, "it did not notice");
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(other.follower.applied(), 1);
    world.place.execute("DELETE FROM changes").await?;
    world.disable(&key).await?;
    assert_eq!(other.told(), [Changed::Keys(vec![key.id])], "it goes on from there");
    other.end().await;
    Ok(())
}

async fn an_instance_that_ends_is_not_waited_for(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let other = Instance::enter(world, "other", Duration::ZERO).await?;
    other.follower.stop().await;
    assert!(!other.follower.is_trusted());
    let begun = Instant::now();
    world.key(&acme, &mina, "key").await?;
    assert!(begun.elapsed() < LEASE / 2, "acknowledged after {:?}", begun.elapsed());
    other.store.close().await;
    Ok(())
}

async fn old_changes_are_thrown_away(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    world.key(&acme, &mina, "key").await?;
    world.place.execute("UPDATE change_head SET number = 11999").await?;
    world.key(&acme, &mina, "another").await?;
    assert_eq!(world.place.number("SELECT MIN(number) FROM changes").await?, 12_000);
    Ok(())
}
