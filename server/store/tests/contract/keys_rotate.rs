//! Rotation, and secrets kept sealed: one transaction each, nothing kept that may not be, no reveal without its event.

use crate::{
    engine::Outcome,
    world::{NOW, World, all},
};
use domain::{
    key::retired_name,
    time::{DAY, HOUR},
    workspace::{Reveal, Settings},
};
use store::{CreationLimits, Error, InsertKey, Rotation, Sealed, Section, User, Workspace};

on_both_engines!(
    a_rotation_leaves_two_working_keys,
    a_key_is_rotated_once,
    only_a_working_key_is_rotated,
    rotations_count_against_the_hourly_limit_alone,
    a_secret_is_kept_only_where_it_may_be,
    a_reveal_leaves_its_event,
    switching_to_once_erases_what_was_sealed,
    another_master_key_seals_anew,
);

fn rotation(old: &InsertKey, ends_in: i64) -> Rotation {
    Rotation { key: old.id, name: retired_name(&old.key.name, &old.id), ends_at: NOW.plus(ends_in) }
}

async fn rotate(world: &World, new: &InsertKey, old: &InsertKey, per_hour: Option<u32>) -> Result<(), Error> {
    let events = [&world.about(old, "key.rotate"), &world.about(new, "key.create")];
    world.store.rotate_key(new, &rotation(old, HOUR), per_hour, events).await
}

async fn a_rotation_leaves_two_working_keys(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let old = world.key(&acme, &mina, "CI").await?;
    let new = world.new_key(&acme, &mina, "CI");
    world.leaving(2, rotate(world, &new, &old, Some(5))).await??;
    let store = &world.store;
    let before = store.key(&acme.id, &old.id).await?.ok_or(Error::NotFound)?;
    let after = store.key(&acme.id, &new.id).await?.ok_or(Error::NotFound)?;
    assert_eq!(after.name, "CI");
    assert_eq!(before.name, format!("CI (old {})", old.id));
    assert_eq!(before.expires_at, Some(NOW.plus(HOUR)));
    assert!(store.credential(&old.id, &old.hash).await?.is_some());
    assert!(store.credential(&new.id, &new.hash).await?.is_some());
    let links = store.links(&acme.id, &old.id).await?;
    assert_eq!((links.replaces, links.replaced_by.map(|link| link.id)), (None, Some(new.id)));
    let links = store.links(&acme.id, &new.id).await?;
    assert_eq!((links.replaces.map(|link| link.id), links.replaced_by), (Some(old.id), None));
    let elsewhere = world.workspace("other").await?;
    assert!(store.links(&elsewhere.id, &new.id).await?.replaces.is_none(), "not told elsewhere");
    Ok(())
}

async fn a_key_is_rotated_once(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let old = world.key(&acme, &mina, "CI").await?;
    let first = world.new_key(&acme, &mina, "CI");
    let second = world.new_key(&acme, &mina, "CI");
    let (one, two) = tokio::join!(rotate(world, &first, &old, None), rotate(world, &second, &old, None));
    assert!(one.is_ok() != two.is_ok(), "one of two side by side: {one:?} {two:?}");
    assert_err!(world.leaving(0, rotate(world, &world.new_key(&acme, &mina, "CI"), &old, None)).await?, Error::Changed);
    assert_eq!(world.store.count_keys(&acme.id, &all(Section::Enabled)).await?.count, 2);
    Ok(())
}

async fn only_a_working_key_is_rotated(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let off = world.key(&acme, &mina, "off").await?;
    world.disable(&off).await?;
    let gone = world.key(&acme, &mina, "gone").await?;
    world.delete(&gone).await?;
    let mut over = world.new_key(&acme, &mina, "over");
    (over.created_at, over.key.expires_at) = (NOW.plus(-DAY), Some(NOW));
    world.insert(&over).await?;
    for old in [&off, &gone, &over] {
        let new = world.new_key(&acme, &mina, &old.key.name);
        assert_err!(world.leaving(0, rotate(world, &new, old, None)).await?, Error::Changed);
    }
    Ok(())
}

async fn rotations_count_against_the_hourly_limit_alone(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let old = world.key(&acme, &mina, "CI").await?;
    assert_err!(rotate(world, &world.new_key(&acme, &mina, "CI"), &old, Some(1)).await, Error::Limit(_));
    // One active key is all that is allowed: the successor comes all the same, another new key does not.
    rotate(world, &world.new_key(&acme, &mina, "CI"), &old, Some(2)).await?;
    let limits = Some(CreationLimits { active: 2, per_hour: 9 });
    let another = world.new_key(&acme, &mina, "another");
    let refused = world.store.insert_key(&another, limits, &world.about(&another, "key.create")).await;
    assert_err!(refused, Error::Limit(_));
    Ok(())
}

async fn recoverable(world: &World) -> Outcome<(Workspace, User)> {
    let (acme, mina) = world.acme().await?;
    let settings = Settings { reveal: Reveal::Recoverable, ..acme.settings.clone() };
    let acme = Workspace { settings, ..acme };
    world.update_workspace(&acme, &world.event("workspace.update")).await?;
    Ok((acme, mina))
}

fn sealed_by(by: &str) -> Sealed {
    Sealed { bytes: vec![1, 2, 3], by: by.into() }
}

async fn keep(world: &World, acme: &Workspace, mina: &User, name: &str, by: &str) -> Result<InsertKey, Error> {
    let key = InsertKey { sealed: Some(sealed_by(by)), ..world.new_key(acme, mina, name) };
    world.store.insert_key(&key, None, &world.about(&key, "key.create")).await?;
    Ok(key)
}

async fn a_secret_is_kept_only_where_it_may_be(world: &World) -> Outcome {
    let (acme, mina) = recoverable(world).await?;
    assert_eq!(world.store.master_key("one").await?, "one");
    assert_eq!(world.store.master_key("two").await?, "one", "the first stays");
    assert_err!(keep(world, &acme, &mina, "by another", "two").await, Error::Changed);
    let key = keep(world, &acme, &mina, "kept", "one").await?;
    assert!(world.store.key(&acme.id, &key.id).await?.is_some_and(|key| key.recoverable));
    assert_eq!(world.store.count_recoverable(&acme.id).await?, 1);
    let once = world.workspace("once").await?;
    world.put_member(&once, &mina, domain::access::Role::Developer).await?;
    assert_err!(keep(world, &once, &mina, "not here", "one").await, Error::Changed);
    world.delete(&key).await?;
    assert_eq!(world.store.count_recoverable(&acme.id).await?, 0, "deleting erases it");
    Ok(())
}

async fn a_reveal_leaves_its_event(world: &World) -> Outcome {
    let (acme, mina) = recoverable(world).await?;
    world.store.master_key("one").await?;
    let key = keep(world, &acme, &mina, "kept", "one").await?;
    let reveal = |workspace: &Workspace, key: &InsertKey| {
        let (store, workspace, key, event) =
            (world.store.clone(), workspace.id.clone(), key.id, world.about(key, "key.reveal"));
        async move { store.reveal_key(&workspace, &key, &event).await }
    };
    assert_eq!(world.leaving(1, reveal(&acme, &key)).await??, sealed_by("one"));
    // Without the event there is no secret either.
    let event = world.about(&key, "key.reveal");
    world.store.reveal_key(&acme.id, &key.id, &event).await?;
    assert!(
        world.leaving(0, world.store.reveal_key(&acme.id, &key.id, &event)).await?.is_err(),
        "an event written twice"
    );
    let other = world.workspace("other").await?;
    assert_err!(world.leaving(0, reveal(&other, &key)).await?, Error::NotFound);
    let plain = world.key(&acme, &mina, "plain").await?;
    assert_err!(world.leaving(0, reveal(&acme, &plain)).await?, Error::NotFound);
    Ok(())
}

async fn switching_to_once_erases_what_was_sealed(world: &World) -> Outcome {
    let (acme, mina) = recoverable(world).await?;
    world.store.master_key("one").await?;
    let key = keep(world, &acme, &mina, "kept", "one").await?;
    let renamed = Workspace { name: "Acme Ltd".into(), ..acme.clone() };
    world.update_workspace(&renamed, &world.event("workspace.update")).await?;
    assert_eq!(world.store.count_recoverable(&acme.id).await?, 1, "another change keeps it");
    let once = Workspace { settings: Settings { reveal: Reveal::Once, ..acme.settings.clone() }, ..acme.clone() };
    world.update_workspace(&once, &world.event("workspace.update")).await?;
    assert_eq!(world.store.count_recoverable(&acme.id).await?, 0);
    world.update_workspace(&acme, &world.event("workspace.update")).await?;
    let event = world.about(&key, "key.reveal");
    assert_err!(world.store.reveal_key(&acme.id, &key.id, &event).await, Error::NotFound);
    assert!(world.store.credential(&key.id, &key.hash).await?.is_some(), "the key itself works on");
    Ok(())
}

async fn another_master_key_seals_anew(world: &World) -> Outcome {
    let (acme, mina) = recoverable(world).await?;
    let store = &world.store;
    store.master_key("one").await?;
    for name in ["a", "b", "c"] {
        keep(world, &acme, &mina, name, "one").await?;
    }
    world.leaving(1, store.set_master_key("two", &world.event("master_key.rotate"))).await??;
    assert_err!(keep(world, &acme, &mina, "late", "one").await, Error::Changed);
    let first = store.sealed_otherwise("two", "", 2).await?;
    assert_eq!(first.len(), 2);
    let rest = store.sealed_otherwise("two", first[1].0.as_str(), 2).await?;
    assert_eq!(rest.len(), 1);
    let anew = |batch: Vec<(domain::key::KeyId, Sealed)>| {
        batch.into_iter().map(|(key, _)| (key, sealed_by("two"))).collect::<Vec<_>>()
    };
    store.reseal(&anew(first)).await?;
    assert_eq!(store.count_sealed_otherwise("two").await?, 1);
    world.leaving(1, store.forget_sealed_otherwise("two", &world.event("master_key.forget"))).await??;
    assert_eq!(store.count_recoverable(&acme.id).await?, 2);
    // What was erased meanwhile does not come back.
    store.reseal(&anew(rest)).await?;
    assert_eq!(store.count_recoverable(&acme.id).await?, 2);
    Ok(())
}
