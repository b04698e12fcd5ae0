//! The limits on creating and enabling keys: what counts, what is answered, and that parallel calls cannot pass them.

use crate::{
    engine::Outcome,
    one_key::OneKey,
    world::{NOW, World, successes, together},
};
use domain::{
    access::Role,
    time::{HOUR, MINUTE},
};
use store::{CreationLimits, Error, InsertKey, LimitHit, Section, User, Workspace};

on_both_engines!(
    the_active_limit_counts_what_authenticates,
    the_hourly_limit_says_when_it_frees,
    the_hourly_limit_counts_deleted_keys,
    the_hourly_limit_is_the_creators,
    the_command_line_is_not_bound,
    twenty_at_once_keep_the_active_limit,
    twenty_at_once_keep_the_hourly_limit,
    one_creator_for_twenty_owners_keeps_the_hourly_limit,
    enabling_keeps_the_active_limit,
    twenty_enabled_at_once_keep_the_active_limit,
    one_key_enabled_twenty_times_counts_once,
);

const NONE: u32 = 1_000;

async fn create(world: &World, key: &InsertKey, limits: CreationLimits) -> Result<(), Error> {
    world.store.insert_key(key, Some(limits), &world.about(key, "key.create")).await
}

async fn create_all(world: &World, keys: Vec<InsertKey>, limits: CreationLimits) -> Vec<Result<(), Error>> {
    together(keys.into_iter().map(|key| {
        let (store, event) = (world.store.clone(), world.about(&key, "key.create"));
        async move { store.insert_key(&key, Some(limits), &event).await }
    }))
    .await
}

fn twenty(world: &World, workspace: &Workspace, owner: &User) -> Vec<InsertKey> {
    (0..20).map(|n| world.new_key(workspace, owner, &format!("key {n}"))).collect()
}

async fn count(world: &World, workspace: &Workspace, section: Section) -> Outcome<i64> {
    Ok(world.store.count_keys(&workspace.id, &crate::world::all(section)).await?.count)
}

async fn the_active_limit_counts_what_authenticates(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (other, bob) = (world.workspace("other").await?, world.user("bob").await?);
    let two = CreationLimits { active: 2, per_hour: NONE };
    world.key(&acme, &bob, "another owner's").await?;
    world.key(&other, &mina, "another workspace's").await?;
    let mut expired = world.new_key(&acme, &mina, "expired");
    expired.key.expires_at = Some(NOW);
    world.insert(&expired).await?;
    let (deleted, disabled) = (world.key(&acme, &mina, "gone").await?, world.key(&acme, &mina, "off").await?);
    world.delete(&deleted).await?;
    world.disable(&disabled).await?;

    let mut expiring = world.new_key(&acme, &mina, "expiring");
    expiring.key.expires_at = Some(NOW.plus(1));
    create(world, &expiring, two).await?;
    let second = world.new_key(&acme, &mina, "second");
    create(world, &second, two).await?;
    let third = world.new_key(&acme, &mina, "third");
    assert_err!(world.leaving(0, create(world, &third, two)).await?, Error::Limit(LimitHit::Active(2)));
    assert!(world.store.key(&acme.id, &third.id).await?.is_none());

    world.delete(&second).await?;
    create(world, &third, two).await?;
    let none = CreationLimits { active: 0, per_hour: NONE };
    assert_err!(create(world, &world.new_key(&acme, &bob, "x"), none).await, Error::Limit(LimitHit::Active(0)));
    Ok(())
}

async fn the_hourly_limit_says_when_it_frees(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let three = CreationLimits { active: NONE, per_hour: 3 };
    for minutes in [70, 60, 40, 30, 20] {
        let key = world.new_key(&acme, &mina, &format!("{minutes} minutes ago"));
        world.insert(&InsertKey { created_at: NOW.plus(-minutes * MINUTE), ..key }).await?;
    }
    let key = world.new_key(&acme, &mina, "next");
    let frees_at = NOW.plus(20 * MINUTE);
    let answer = world.leaving(0, create(world, &key, three)).await?;
    assert_err!(&answer, Error::Limit(LimitHit::PerHour { most: 3, .. }));
    assert!(
        matches!(answer, Err(Error::Limit(LimitHit::PerHour { frees_at: at, .. })) if at == frees_at),
        "{answer:?}"
    );

    // A limit lowered since: the newest two must both have aged.
    let two = CreationLimits { active: NONE, per_hour: 2 };
    let answer = create(world, &key, two).await;
    let later = NOW.plus(30 * MINUTE);
    assert!(matches!(answer, Err(Error::Limit(LimitHit::PerHour { most: 2, frees_at })) if frees_at == later));

    let early = InsertKey { created_at: frees_at.plus(-1), ..key.clone() };
    assert_err!(create(world, &early, three).await, Error::Limit(_));
    create(world, &InsertKey { created_at: frees_at, ..key }, three).await?;
    Ok(())
}

async fn the_hourly_limit_counts_deleted_keys(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let two = CreationLimits { active: 2, per_hour: 2 };
    for name in ["a", "b"] {
        let key = world.new_key(&acme, &mina, name);
        create(world, &key, two).await?;
        world.delete(&key).await?;
    }
    let answer = create(world, &world.new_key(&acme, &mina, "c"), two).await;
    let frees = NOW.plus(HOUR);
    assert!(matches!(answer, Err(Error::Limit(LimitHit::PerHour { most: 2, frees_at })) if frees_at == frees));
    Ok(())
}

async fn the_hourly_limit_is_the_creators(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (other, ada) = (world.workspace("other").await?, world.user("ada").await?);
    let one = CreationLimits { active: NONE, per_hour: 1 };
    let by_ada = InsertKey { created_by: Some(ada.id.clone()), ..world.new_key(&acme, &mina, "by Ada") };
    create(world, &by_ada, one).await?;
    world.insert(&InsertKey { created_by: None, ..world.new_key(&acme, &mina, "by the command line") }).await?;
    create(world, &world.new_key(&acme, &mina, "by Mina"), one).await?;
    create(world, &world.new_key(&other, &mina, "elsewhere"), one).await?;
    let adas = world.new_key(&acme, &ada, "Ada's own");
    assert_err!(create(world, &adas, one).await, Error::Limit(LimitHit::PerHour { most: 1, .. }));
    Ok(())
}

async fn the_command_line_is_not_bound(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let one = CreationLimits { active: 1, per_hour: 1 };
    create(world, &world.new_key(&acme, &mina, "first"), one).await?;
    for n in 0..12 {
        let key = InsertKey { created_by: None, ..world.new_key(&acme, &mina, &format!("key {n}")) };
        world.leaving(1, world.store.insert_key(&key, None, &world.about(&key, "key.create"))).await??;
    }
    assert_eq!(count(world, &acme, Section::Enabled).await?, 13);
    Ok(())
}

async fn twenty_at_once_keep_the_active_limit(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let limits = CreationLimits { active: 7, per_hour: NONE };
    let answers = world.leaving(7, create_all(world, twenty(world, &acme, &mina), limits)).await?;
    assert_eq!(successes(&answers), 7, "{answers:?}");
    assert!(answers.iter().all(|a| matches!(a, Ok(()) | Err(Error::Limit(LimitHit::Active(7))))), "{answers:?}");
    assert_eq!(count(world, &acme, Section::Enabled).await?, 7);
    Ok(())
}

async fn twenty_at_once_keep_the_hourly_limit(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let limits = CreationLimits { active: NONE, per_hour: 5 };
    let answers = world.leaving(5, create_all(world, twenty(world, &acme, &mina), limits)).await?;
    assert_eq!(successes(&answers), 5, "{answers:?}");
    let hit = LimitHit::PerHour { most: 5, frees_at: NOW.plus(HOUR) };
    assert!(answers.iter().all(|a| a.is_ok() || matches!(a, Err(Error::Limit(h)) if *h == hit)), "{answers:?}");
    Ok(())
}

async fn one_creator_for_twenty_owners_keeps_the_hourly_limit(world: &World) -> Outcome {
    let (acme, ada) = world.acme().await?;
    let mut keys = Vec::new();
    for n in 0..20 {
        let owner = world.user(&format!("owner{n}")).await?;
        world.put_member(&acme, &owner, Role::Developer).await?;
        keys.push(InsertKey { created_by: Some(ada.id.clone()), ..world.new_key(&acme, &owner, "CI") });
    }
    let answers = create_all(world, keys, CreationLimits { active: NONE, per_hour: 5 }).await;
    assert_eq!(successes(&answers), 5, "{answers:?}");
    assert!(answers.iter().all(|a| matches!(a, Ok(()) | Err(Error::Limit(_)))), "{answers:?}");
    Ok(())
}

async fn enabling_keeps_the_active_limit(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (on, off) = (world.key(&acme, &mina, "on").await?, world.key(&acme, &mina, "off").await?);
    world.disable(&off).await?;
    let event = world.about(&off, "key.enable");
    let answer = world.leaving(0, store.enable_key(&acme.id, &off.id, Some(1), &event)).await?;
    assert_err!(answer, Error::Limit(LimitHit::Active(1)));
    assert_eq!(store.key(&acme.id, &off.id).await?.map(|k| k.disabled), Some(true));

    // A key that is enabled already does not become one more.
    let again = world.about(&on, "key.enable");
    world.leaving(1, store.enable_key(&acme.id, &on.id, Some(1), &again)).await??;
    world.leaving(1, store.enable_key(&acme.id, &off.id, Some(2), &event)).await??;
    assert_eq!(store.key(&acme.id, &off.id).await?.map(|k| k.disabled), Some(false));

    world.disable(&off).await?;
    store.enable_key(&acme.id, &off.id, None, &world.about(&off, "key.enable")).await?;
    Ok(())
}

async fn twenty_enabled_at_once_keep_the_active_limit(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let keys = twenty(world, &acme, &mina);
    for key in &keys {
        world.insert(key).await?;
        world.disable(key).await?;
    }
    let calls = keys.into_iter().map(|key| {
        let (store, event) = (world.store.clone(), world.about(&key, "key.enable"));
        async move { store.enable_key(&key.workspace, &key.id, Some(6), &event).await }
    });
    let answers = world.leaving(6, together(calls)).await?;
    assert_eq!(successes(&answers), 6, "{answers:?}");
    assert_eq!(count(world, &acme, Section::Enabled).await?, 6);
    Ok(())
}

async fn one_key_enabled_twenty_times_counts_once(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    world.disable(&key).await?;
    let calls = (0..20).map(|_| {
        let (store, event, key) = (world.store.clone(), world.about(&key, "key.enable"), key.clone());
        async move { store.enable_key(&key.workspace, &key.id, Some(1), &event).await }
    });
    let answers = together(calls).await;
    assert_eq!(successes(&answers), 20, "{answers:?}");
    Ok(())
}
