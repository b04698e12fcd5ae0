//! The feed of changes: whatever changes what a key may do is known to every instance when the call returns; an instance that
//! does not answer delays the writer for the length of a lease, once.

use crate::{
    engine::{Failure, Outcome, tell},
    one_key::OneKey,
    world::World,
};
use domain::{access::Role, key::Permission};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use store::{Changed, Error, Follower, LEASE, Store};
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
    /// A writer may have given it up.
    disturbed: bool,
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
        let instance = Self { store, follower, told, disturbed: false };
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

    /// What it had been told when the call returned. After a call that took a lease there is no saying: a writer gives up who
    /// stands still for that long, and here that is the machine.
    async fn told_by<E>(&mut self, call: impl Future<Output = Result<(), E>>) -> Outcome<Option<Vec<Changed>>>
    where
        Failure: From<E>,
    {
        let begun = Instant::now();
        call.await?;
        self.disturbed |= begun.elapsed() >= LEASE;
        let told = self.told();
        Ok((!self.disturbed).then_some(told))
    }

    /// Asserts that the call returned when it had been told exactly that.
    async fn hears<E>(&mut self, call: impl Future<Output = Result<(), E>>, wanted: &[Changed], what: &str) -> Outcome
    where
        Failure: From<E>,
    {
        if let Some(told) = self.told_by(call).await? {
            assert_eq!(told, wanted, "{what}");
        }
        Ok(())
    }

    /// Ends; says whether nobody can have given it up.
    async fn end(self) -> bool {
        self.follower.stop().await;
        self.store.close().await;
        !self.disturbed
    }
}

/// Tells a story until nothing has disturbed it, five times at most, each in a world of its own.
async fn undisturbed(world: &World, story: impl AsyncFn(&World) -> Outcome<bool>) -> Outcome {
    let mut whole = Box::pin(story(world)).await?;
    for _ in 0..4 {
        if !whole {
            tell(world.place.engine, async |world| {
                whole = Box::pin(story(world)).await?;
                Ok(())
            })
            .await?;
        }
    }
    assert!(whole, "each of five times, a call took a lease");
    Ok(())
}

/// The quickest of three tries is within that: the machine may stand still in the others.
async fn quickest_within(bound: Duration, attempt: impl AsyncFn(usize) -> Outcome<Duration>) -> Outcome {
    let mut times = Vec::new();
    while times.len() < 3 && times.iter().all(|time| *time >= bound) {
        times.push(attempt(times.len()).await?);
    }
    assert!(times.iter().any(|time| *time < bound), "acknowledged after {times:?}");
    Ok(())
}

async fn every_change_is_known_when_the_call_returns(world: &World) -> Outcome {
    undisturbed(world, every_change).await
}

async fn every_change(world: &World) -> Outcome<bool> {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let mut other = Instance::enter(world, "other", Duration::ZERO).await?;
    assert_eq!(other.told(), [Changed::Everything]);

    let key = world.new_key(&acme, &mina, "key");
    let of_key = [Changed::Keys(vec![key.id])];
    other.hears(world.insert(&key), &of_key, "made").await?;
    other.hears(world.disable(&key), &of_key, "disabled").await?;
    let event = world.about(&key, "key.enable");
    other.hears(store.enable_key(&acme.id, &key.id, None, &event), &of_key, "enabled").await?;
    let edits = async {
        store.rename_key(&acme.id, &key.id, "renamed", &world.about(&key, "key.rename")).await?;
        store.describe_key(&acme.id, &key.id, "", "prod", &world.about(&key, "key.edit")).await?;
        store.permit_key(&acme.id, &key.id, Permission::ReadOnly, false, &world.about(&key, "key.edit")).await?;
        store.limit_key(&acme.id, &key.id, &key.key.limits, &world.about(&key, "key.edit")).await?;
        store.expire_key(&acme.id, &key.id, None, None, &world.about(&key, "key.edit")).await?;
        Ok::<_, Error>(())
    };
    other.hears(edits, &vec![Changed::Keys(vec![key.id]); 5], "edited").await?;

    let of_owner = [Changed::Owner(mina.id.clone())];
    let event = world.event("member.role");
    other.hears(store.set_role(&acme.id, &mina.id, Role::Viewer, &event), &of_owner, "another role").await?;
    let event = world.event("user.rename");
    other.hears(store.rename_user(&mina.id, "Minna", &event), &of_owner, "renamed").await?;
    let event = world.event("user.disable");
    other.hears(store.set_user_active(&mina.id, false, &event), &of_owner, "shut out").await?;
    let event = world.event("member.remove");
    other.hears(store.remove_member(&acme.id, &mina.id, &event), &of_owner, "removed").await?;
    let event = world.event("workspace.edit");
    let of_workspace = [Changed::Workspace(acme.id.clone())];
    other.hears(world.update_workspace(&acme, &event), &of_workspace, "the workspace").await?;

    other.hears(world.delete(&key), &[Changed::Deleted(vec![key.id])], "deleted").await?;
    // What fails or decides about nothing is no change.
    assert!(world.disable(&key).await.is_err());
    world.user("Noor").await?;
    if !other.disturbed {
        assert_eq!(other.told(), []);
        assert_eq!(other.follower.lag().await?, 0);
    }
    Ok(other.end().await)
}

async fn the_writer_waits_for_a_slow_instance(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let delay = Duration::from_millis(400);
    quickest_within(LEASE, async |attempt| {
        // Another one each time: that of a slow try was given up.
        let slow = Instance::enter(world, &format!("slow {attempt}"), delay).await?;
        let begun = Instant::now();
        let key = world.key(&acme, &mina, &format!("key {attempt}")).await?;
        let (took, told) = (begun.elapsed(), slow.told());
        assert!(took >= delay, "acknowledged after {took:?}");
        assert!(took >= LEASE || told.contains(&Changed::Keys(vec![key.id])), "{told:?}");
        slow.end().await;
        Ok(took)
    })
    .await
}

async fn an_instance_that_died_is_given_up_once(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    Instance::enter(world, "dead", Duration::ZERO).await?.end().await;
    quickest_within(LEASE, async |attempt| {
        // As a kill -9 leaves it: its lease stands and nobody renews it.
        world.place.execute_on_leases("INSERT INTO leases (instance, beat, applied) VALUES ('dead', 7, 0)").await?;
        let begun = Instant::now();
        let key = world.key(&acme, &mina, &format!("key {attempt}")).await?;
        let waited = begun.elapsed();
        assert!(waited >= LEASE, "acknowledged after {waited:?}");
        assert_eq!(world.place.leases().await?, 0, "it was not given up");
        let begun = Instant::now();
        world.disable(&key).await?;
        // What the first writer waited longer than a lease, and the second at all.
        Ok(waited.saturating_sub(LEASE).max(begun.elapsed()))
    })
    .await
}

async fn an_instance_that_was_given_up_enters_anew(world: &World) -> Outcome {
    undisturbed(world, entering_anew).await
}

async fn entering_anew(world: &World) -> Outcome<bool> {
    let (acme, mina) = world.acme().await?;
    let mut other = Instance::enter(world, "other", Duration::ZERO).await?;
    other.told();
    world.place.execute_on_leases("DELETE FROM leases").await?;
    let begun = Instant::now();
    while other.told().is_empty() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it did not notice");
        sleep(Duration::from_millis(5)).await;
    }
    other.trusted().await;
    let key = world.new_key(&acme, &mina, "key");
    other.hears(world.insert(&key), &[Changed::Keys(vec![key.id])], "writers wait for it again").await?;
    Ok(other.end().await)
}

async fn a_lost_thread_forgets_everything(world: &World) -> Outcome {
    undisturbed(world, losing_the_thread).await
}

async fn losing_the_thread(world: &World) -> Outcome<bool> {
    let (acme, mina) = world.acme().await?;
    let mut other = Instance::enter(world, "other", Duration::ZERO).await?;
    other.told();
    world.place.execute("UPDATE change_head SET number = number + 5").await?;
    let key = world.new_key(&acme, &mina, "key");
    let told = other.told_by(world.insert(&key)).await?;
    assert!(told.is_none_or(|told| told.contains(&Changed::Everything)));
    world.place.execute("UPDATE change_head SET number = 1").await?;
    let begun = Instant::now();
    while other.follower.applied() != 1 {
        assert!(begun.elapsed() < Duration::from_mins(1), "it did not notice");
        sleep(Duration::from_millis(5)).await;
    }
    assert!(other.told().contains(&Changed::Everything), "told before it counts as applied");
    world.place.execute("DELETE FROM changes").await?;
    other.hears(world.disable(&key), &[Changed::Keys(vec![key.id])], "it goes on from there").await?;
    Ok(other.end().await)
}

async fn an_instance_that_ends_is_not_waited_for(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    // Whoever waits for it waits a lease.
    quickest_within(LEASE, async |attempt| {
        let other = Instance::enter(world, &format!("other {attempt}"), Duration::ZERO).await?;
        other.follower.stop().await;
        assert!(!other.follower.is_trusted());
        let begun = Instant::now();
        world.key(&acme, &mina, &format!("key {attempt}")).await?;
        let took = begun.elapsed();
        other.store.close().await;
        Ok(took)
    })
    .await
}

async fn old_changes_are_thrown_away(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    world.key(&acme, &mina, "key").await?;
    world.place.execute("UPDATE change_head SET number = 11999").await?;
    world.key(&acme, &mina, "another").await?;
    assert_eq!(world.place.number("SELECT MIN(number) FROM changes").await?, 12_000);
    Ok(())
}
