//! Changes of one key: each does what it says, to a live key of that workspace, and leaves exactly one audit event.

use crate::{
    engine::Outcome,
    one_key::OneKey,
    world::{NOW, World},
};
use domain::{
    id::WorkspaceId,
    key::{KeyId, Limits},
    model::ModelLimits,
};
use store::{AuditEvent, Error, Section};

on_both_engines!(
    each_change_is_made_and_recorded,
    limits_are_kept_and_live,
    a_name_is_changed_unless_taken,
    a_key_that_is_gone_is_not_changed,
    a_deleted_key_leaves_a_tombstone,
);

/// Tries every change with one event.
pub async fn every_change(
    world: &World,
    workspace: &WorkspaceId,
    key: &KeyId,
    event: &AuditEvent,
) -> [Result<(), Error>; 7] {
    let store = &world.store;
    [
        store.rename_key(workspace, key, "changed", event).await,
        store.describe_key(workspace, key, "changed", "changed", event).await,
        store.limit_key(workspace, key, &Limits::default(), event).await,
        store.limit_models(workspace, key, &ModelLimits::default(), None, event).await.map(drop),
        store.disable_key(workspace, key, event).await,
        store.enable_key(workspace, key, Some(100), event).await,
        store.delete_key(workspace, key, event).await,
    ]
}

async fn each_change_is_made_and_recorded(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, other) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "other").await?);
    let event = || world.about(&key, "key.change");
    world.leaving(1, store.rename_key(&acme.id, &key.id, "ÉTOILE", &event())).await??;
    world.leaving(1, store.describe_key(&acme.id, &key.id, "what for", "prod", &event())).await??;
    let Some(kept) = store.key(&acme.id, &key.id).await? else { panic!("the key is not found") };
    assert_eq!((kept.name.as_str(), kept.description.as_str()), ("ÉTOILE", "what for"));
    assert_eq!((kept.environment.as_str(), kept.disabled), ("prod", false));
    let found = store::KeyFilter { search: "étoile".into(), ..crate::world::all(Section::Enabled) };
    assert_eq!(store.count_keys(&acme.id, &found).await?.count, 1, "searched by its new name");

    for _ in 0..2 {
        world.leaving(1, store.disable_key(&acme.id, &key.id, &event())).await??;
        assert_eq!(store.key(&acme.id, &key.id).await?.map(|k| k.disabled), Some(true));
    }
    world.leaving(1, store.enable_key(&acme.id, &key.id, Some(2), &event())).await??;
    assert_eq!(store.key(&acme.id, &key.id).await?.map(|k| k.disabled), Some(false));
    world.leaving(1, store.delete_key(&acme.id, &key.id, &event())).await??;
    assert!(store.key(&acme.id, &key.id).await?.is_none());

    let Some(kept) = store.key(&acme.id, &other.id).await? else { panic!("the other key is gone") };
    assert_eq!((kept.name.as_str(), kept.disabled, kept.environment.as_str()), ("other", false, ""));
    Ok(())
}

async fn limits_are_kept_and_live(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, other) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "other").await?);
    let many = (0..64).map(|n| format!("2001:db8:{n:x}::/48")).collect::<Vec<_>>().join("\n");
    for (allow_ip, rate) in [("10.0.0.0/8, ::1", ""), ("", "1"), (&many, "100000"), ("", "")] {
        let Ok(limits) = Limits::check(allow_ip, rate) else { panic!("{allow_ip} and {rate} are limits") };
        let event = world.about(&key, "key.limits");
        world.leaving(1, store.limit_key(&acme.id, &key.id, &limits, &event)).await??;
        assert_eq!(store.key(&acme.id, &key.id).await?.map(|kept| kept.limits), Some(limits.clone()));
        let live = store.credential(&key.id, &key.hash).await?;
        assert_eq!(live.map(|found| found.credential.facts.limits), Some(limits));
    }
    let untouched = store.key(&acme.id, &other.id).await?;
    assert_eq!(untouched.map(|kept| kept.limits), Some(Limits::default()));
    Ok(())
}

async fn a_name_is_changed_unless_taken(world: &World) -> Outcome {
    let (store, (acme, mina), bob) = (&world.store, world.acme().await?, world.user("bob").await?);
    let (a, b) = (world.key(&acme, &mina, "a").await?, world.key(&acme, &mina, "b").await?);
    world.key(&acme, &bob, "bobs").await?;
    let event = world.about(&a, "key.rename");
    assert_err!(world.leaving(0, store.rename_key(&acme.id, &a.id, "b", &event)).await?, Error::Taken);
    assert_eq!(store.key(&acme.id, &a.id).await?.map(|k| k.name), Some("a".into()));

    for name in ["a", "A", "bobs"] {
        store.rename_key(&acme.id, &a.id, name, &world.about(&a, "key.rename")).await?;
    }
    world.delete(&b).await?;
    store.rename_key(&acme.id, &a.id, "b", &event).await?;
    Ok(())
}

async fn a_key_that_is_gone_is_not_changed(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let deleted = world.key(&acme, &mina, "deleted").await?;
    world.delete(&deleted).await?;
    for id in [deleted.id, world.unknown_key()] {
        let event = world.about(&deleted, "key.change");
        for answer in world.leaving(0, every_change(world, &acme.id, &id, &event)).await? {
            assert_err!(answer, Error::NotFound);
        }
    }
    Ok(())
}

async fn a_deleted_key_leaves_a_tombstone(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (key, _kept) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "kept").await?);
    let event = AuditEvent { at: NOW.plus(5), ..world.about(&key, "key.delete") };
    world.store.delete_key(&acme.id, &key.id, &event).await?;
    let tombstones = "SELECT COUNT(*) FROM keys WHERE name = 'key' AND hash IS NULL AND deleted_at = 1786000000005";
    assert_eq!(world.place.number(tombstones).await?, 1);
    assert_eq!(world.place.number("SELECT COUNT(*) FROM keys WHERE hash IS NOT NULL").await?, 1);
    Ok(())
}
