//! Samples of model calls: kept only where they may be and for as long, read only with their event, and gone with their time,
//! their key, and the setting.

use crate::{
    engine::Outcome,
    world::{NOW, World, successes, together},
};
use domain::{
    id::{SampleId, WorkspaceId},
    sample::{Keep, SAMPLES_MOST, Sampling, Share},
    time::{HOUR, MINUTE, Timestamp},
    workspace::{Reveal, Settings},
};
use std::slice;
use store::{Batch, Error, InsertKey, KeyChange, NewSample, Rotation, Sealed, User, Workspace};

on_both_engines!(
    a_sample_is_kept_only_where_it_may_be,
    a_reading_leaves_its_event,
    a_sample_ends,
    another_time_holds_for_what_is_there_if_it_is_shorter,
    turned_off_nothing_is_left,
    a_deleted_key_takes_its_samples_with_it,
    the_oldest_makes_room,
    another_master_key_finds_what_the_one_before_sealed,
    deleting_and_keeping_at_once_leaves_nothing_behind,
    rotating_a_key_and_keeping_its_sample_wait_in_one_order,
    turning_off_and_deleting_keys_wait_in_one_order,
);

/// `acme` as it is with that setting.
async fn set(world: &World, acme: &Workspace, samples: Option<Keep>) -> Outcome<Workspace> {
    let samples = samples.map(|keep| Sampling { share: Share::All, keep });
    let acme = Workspace { settings: Settings { samples, ..acme.settings.clone() }, ..acme.clone() };
    world.update_workspace(&acme, &world.event("workspace.update")).await?;
    Ok(acme)
}

/// `acme`, which keeps samples for six hours, and a key of Mina's.
async fn sampling(world: &World) -> Outcome<(Workspace, User, InsertKey)> {
    let (acme, mina) = world.acme().await?;
    let acme = set(world, &acme, Some(Keep::SixHours)).await?;
    world.store.master_key("one").await?;
    let key = world.key(&acme, &mina, "agent").await?;
    Ok((acme, mina, key))
}

fn taken(world: &World, key: &InsertKey, at: Timestamp) -> NewSample {
    let sealed = Sealed { bytes: vec![1, 2, 3], by: "one".into() };
    let (workspace, model) = (key.workspace.clone(), "o3".into());
    NewSample { id: world.sample_id(), workspace, key: key.id, model, at, sealed }
}

async fn keep(world: &World, key: &InsertKey, at: Timestamp) -> Outcome<SampleId> {
    let new = taken(world, key, at);
    world.leaving(0, world.store.keep_sample(&new)).await??;
    Ok(new.id)
}

/// Whether a workspace has a sample at that time, both for its page and to read.
async fn is_there(world: &World, workspace: &WorkspaceId, id: &SampleId, at: Timestamp) -> Outcome<bool> {
    let shown = world.store.sample(workspace, id, at).await?.is_some();
    let listed = world.store.kept_samples(workspace, &["unknown", id.as_str()], at).await?;
    assert_eq!(listed.contains(id.as_str()), shown);
    let event = store::AuditEvent { at, ..world.event("sample.read") };
    let read = world.leaving(i64::from(shown), world.store.read_sample(workspace, id, &event)).await?;
    match read {
        Ok(sealed) => assert!(shown && sealed.bytes == [1, 2, 3]),
        Err(Error::NotFound) => assert!(!shown),
        Err(error) => return Err(error.into()),
    }
    Ok(shown)
}

async fn a_sample_is_kept_only_where_it_may_be(world: &World) -> Outcome {
    let (acme, mina, key) = sampling(world).await?;
    let store = &world.store;
    assert_eq!(store.sampling(&acme.id).await?, acme.settings.samples);
    let id = keep(world, &key, NOW).await?;
    let kept = store.sample(&acme.id, &id, NOW).await?.ok_or(Error::NotFound)?;
    assert_eq!((kept.at, kept.ends_at, kept.key), (NOW, NOW.plus(6 * HOUR), key.id));
    assert_eq!([kept.key_name, kept.owner_name, kept.model], ["agent", "Mina", "o3"]);
    assert_eq!(store.count_samples(&acme.id, NOW).await?, 1);

    let other = world.workspace("other").await?;
    assert_eq!(store.sampling(&other.id).await?, None);
    world.put_member(&other, &mina, domain::access::Role::Developer).await?;
    let elsewhere = world.key(&other, &mina, "elsewhere").await?;
    assert_err!(store.keep_sample(&taken(world, &elsewhere, NOW)).await, Error::Changed);
    // A key of another workspace.
    let astray = NewSample { workspace: acme.id.clone(), ..taken(world, &elsewhere, NOW) };
    assert_err!(store.keep_sample(&astray).await, Error::Changed);
    let mut foreign = taken(world, &key, NOW);
    foreign.sealed.by = "two".into();
    assert_err!(store.keep_sample(&foreign).await, Error::Changed);
    world.delete(&key).await?;
    assert_err!(store.keep_sample(&taken(world, &key, NOW)).await, Error::Changed);
    assert_eq!(store.count_samples(&acme.id, NOW).await?, 0);
    assert_eq!(store.sampling(&WorkspaceId::from_text("nowhere")).await?, None);
    Ok(())
}

async fn a_reading_leaves_its_event(world: &World) -> Outcome {
    let (acme, _, key) = sampling(world).await?;
    let id = keep(world, &key, NOW).await?;
    assert!(is_there(world, &acme.id, &id, NOW).await?);
    let other = world.workspace("other").await?;
    assert!(!is_there(world, &other.id, &id, NOW).await?, "not told elsewhere");
    assert!(!is_there(world, &acme.id, &world.sample_id(), NOW).await?);
    // Without the event there is no sample either.
    let event = world.event("sample.read");
    world.store.read_sample(&acme.id, &id, &event).await?;
    let again = world.leaving(0, world.store.read_sample(&acme.id, &id, &event)).await?;
    assert!(again.is_err(), "an event written twice");
    Ok(())
}

async fn a_sample_ends(world: &World) -> Outcome {
    let (acme, _, key) = sampling(world).await?;
    let (first, second) = (keep(world, &key, NOW).await?, keep(world, &key, NOW.plus(MINUTE)).await?);
    let end = NOW.plus(6 * HOUR);
    assert!(is_there(world, &acme.id, &first, end.plus(-1)).await?);
    assert!(!is_there(world, &acme.id, &first, end).await?, "before anybody erased it");
    assert!(is_there(world, &acme.id, &second, end).await?);
    assert_eq!(world.store.count_samples(&acme.id, end).await?, 1);
    assert!(world.store.ended_samples(end.plus(-1), 10).await?.is_empty());
    assert_eq!(world.store.ended_samples(end, 10).await?, slice::from_ref(&first));
    assert_eq!(world.store.ended_samples(end.plus(MINUTE), 1).await?, slice::from_ref(&first));
    world.leaving(0, world.store.erase_sample(&first)).await??;
    assert_eq!(world.store.ended_samples(end.plus(MINUTE), 10).await?, [second]);
    world.store.erase_sample(&first).await?;
    Ok(())
}

async fn another_time_holds_for_what_is_there_if_it_is_shorter(world: &World) -> Outcome {
    let (acme, _, key) = sampling(world).await?;
    let id = keep(world, &key, NOW).await?;
    let end = async || Ok::<_, Error>(world.store.sample(&acme.id, &id, NOW).await?.map(|kept| kept.ends_at));
    set(world, &acme, Some(Keep::Hour)).await?;
    assert_eq!(end().await?, Some(NOW.plus(HOUR)));
    set(world, &acme, Some(Keep::ThreeDays)).await?;
    assert_eq!(end().await?, Some(NOW.plus(HOUR)), "what was promised stays");
    let later = keep(world, &key, NOW).await?;
    let kept = world.store.sample(&acme.id, &later, NOW).await?;
    assert_eq!(kept.map(|kept| kept.ends_at), Some(NOW.plus(72 * HOUR)));
    Ok(())
}

async fn turned_off_nothing_is_left(world: &World) -> Outcome {
    let (acme, mina, key) = sampling(world).await?;
    let other = set(world, &world.workspace("other").await?, Some(Keep::Day)).await?;
    world.put_member(&other, &mina, domain::access::Role::Developer).await?;
    let elsewhere = world.key(&other, &mina, "elsewhere").await?;
    let (id, theirs) = (keep(world, &key, NOW).await?, keep(world, &elsewhere, NOW).await?);
    let renamed = Workspace { name: "Acme Ltd".into(), ..acme.clone() };
    world.update_workspace(&renamed, &world.event("workspace.update")).await?;
    assert!(is_there(world, &acme.id, &id, NOW).await?, "another change keeps it");
    let off = set(world, &acme, None).await?;
    assert!(!is_there(world, &acme.id, &id, NOW).await?);
    assert_eq!(world.place.number("SELECT COUNT(*) FROM samples").await?, 1);
    assert!(is_there(world, &other.id, &theirs, NOW).await?);
    assert_err!(world.store.keep_sample(&taken(world, &key, NOW)).await, Error::Changed);
    set(world, &off, Some(Keep::Day)).await?;
    assert!(!is_there(world, &acme.id, &id, NOW).await?, "nothing comes back");
    Ok(())
}

async fn a_deleted_key_takes_its_samples_with_it(world: &World) -> Outcome {
    let (acme, mina, first) = sampling(world).await?;
    let (second, third) = (world.key(&acme, &mina, "second").await?, world.key(&acme, &mina, "third").await?);
    let mut kept = Vec::new();
    for key in [&first, &first, &second, &third] {
        kept.push(keep(world, key, NOW).await?);
    }
    world.disable(&first).await?;
    assert!(is_there(world, &acme.id, &kept[0], NOW).await?, "a key that is paused keeps them");
    let changes: Vec<_> = [&first, &second]
        .map(|key| KeyChange { workspace: acme.id.clone(), key: key.id, event: world.about(key, "key.delete") })
        .into();
    world.store.change_keys(Batch::Delete, &changes).await?;
    for (id, there) in kept.iter().zip([false, false, false, true]) {
        assert_eq!(is_there(world, &acme.id, id, NOW).await?, there);
    }
    assert_eq!(world.place.number("SELECT COUNT(*) FROM samples").await?, 1);
    Ok(())
}

async fn the_oldest_makes_room(world: &World) -> Outcome {
    let (acme, _, key) = sampling(world).await?;
    let mut kept = Vec::new();
    for n in 0..i64::from(SAMPLES_MOST) {
        let new = taken(world, &key, NOW.plus(n));
        world.store.keep_sample(&new).await?;
        kept.push(new.id);
    }
    assert_eq!(world.store.count_samples(&acme.id, NOW).await?, i64::from(SAMPLES_MOST));
    let newest = keep(world, &key, NOW.plus(MINUTE)).await?;
    assert_eq!(world.store.count_samples(&acme.id, NOW).await?, i64::from(SAMPLES_MOST));
    assert!(!is_there(world, &acme.id, &kept[0], NOW).await? && is_there(world, &acme.id, &kept[1], NOW).await?);
    assert!(is_there(world, &acme.id, &newest, NOW).await?);
    // One that took long and comes late is itself the oldest.
    let late = keep(world, &key, NOW.plus(-MINUTE)).await?;
    assert!(!is_there(world, &acme.id, &late, NOW).await? && is_there(world, &acme.id, &kept[1], NOW).await?);
    Ok(())
}

async fn another_master_key_finds_what_the_one_before_sealed(world: &World) -> Outcome {
    let (_, _, key) = sampling(world).await?;
    for _ in 0..3 {
        keep(world, &key, NOW).await?;
    }
    assert!(world.store.samples_sealed_otherwise("one", 10).await?.is_empty());
    world.store.set_master_key("two", &world.event("master_key.rotate")).await?;
    assert_err!(world.store.keep_sample(&taken(world, &key, NOW)).await, Error::Changed);
    assert_eq!(world.store.samples_sealed_otherwise("two", 2).await?.len(), 2);
    for id in world.store.samples_sealed_otherwise("two", 10).await? {
        world.store.erase_sample(&id).await?;
    }
    assert!(world.store.samples_sealed_otherwise("two", 10).await?.is_empty());
    Ok(())
}

async fn deleting_and_keeping_at_once_leaves_nothing_behind(world: &World) -> Outcome {
    let (acme, mina, _) = sampling(world).await?;
    for n in 0..10 {
        let key = world.key(&acme, &mina, &format!("key {n}")).await?;
        let (before, beside) = (taken(world, &key, NOW), taken(world, &key, NOW));
        world.store.keep_sample(&before).await?;
        let (kept, deleted) = tokio::join!(world.store.keep_sample(&beside), world.delete(&key));
        deleted?;
        assert!(matches!(kept, Ok(()) | Err(Error::Changed)), "{kept:?}");
        assert_eq!(world.place.number("SELECT COUNT(*) FROM samples").await?, 0, "round {n}");
    }
    let key = world.key(&acme, &mina, "last").await?;
    let new = taken(world, &key, NOW);
    let (kept, off) = tokio::join!(world.store.keep_sample(&new), set(world, &acme, None));
    off?;
    assert!(matches!(kept, Ok(()) | Err(Error::Changed)), "{kept:?}");
    assert_eq!(world.place.number("SELECT COUNT(*) FROM samples").await?, 0);
    Ok(())
}

/// A rotation that keeps the new secret holds the workspace too.
async fn rotating_a_key_and_keeping_its_sample_wait_in_one_order(world: &World) -> Outcome {
    let (acme, mina, _) = sampling(world).await?;
    let settings = Settings { reveal: Reveal::Recoverable, ..acme.settings.clone() };
    let acme = Workspace { settings, ..acme };
    world.update_workspace(&acme, &world.event("workspace.update")).await?;
    for n in 0..12 {
        let old = world.key(&acme, &mina, &format!("key {n}")).await?;
        let sealed = Some(Sealed { bytes: vec![1], by: "one".into() });
        let new = InsertKey { sealed, ..world.new_key(&acme, &mina, &format!("key {n}")) };
        let keeping = (0..4).map(|_| {
            let (store, new) = (world.store.clone(), taken(world, &old, NOW));
            async move { store.keep_sample(&new).await }
        });
        let rotation = Rotation { key: old.id, name: format!("old {n}"), ends_at: NOW.plus(HOUR) };
        let events = [world.about(&old, "key.rotate"), world.about(&new, "key.create")];
        let rotating = world.store.rotate_key(&new, &rotation, None, events.each_ref());
        let (kept, rotated) = tokio::join!(together(keeping), rotating);
        rotated?;
        assert_eq!(successes(&kept), 4, "round {n}: {kept:?}");
    }
    Ok(())
}

/// So many that both are at it for a while.
const MANY: &str = "INSERT INTO samples (id, workspace_id, key_id, at, ends_at, model, sealed, sealed_by)
    SELECT id || n, workspace_id, key_id, at, ends_at, model, sealed, sealed_by
    FROM (WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000) SELECT n FROM numbers)
      AS often CROSS JOIN samples";

async fn turning_off_and_deleting_keys_wait_in_one_order(world: &World) -> Outcome {
    let (acme, mina, _) = sampling(world).await?;
    for n in 0..6 {
        set(world, &acme, Some(Keep::SixHours)).await?;
        let mut changes = Vec::new();
        let mut keys = Vec::new();
        for of in 0..6 {
            let key = world.key(&acme, &mina, &format!("key {n} {of}")).await?;
            changes.push(KeyChange { workspace: acme.id.clone(), key: key.id, event: world.about(&key, "key.delete") });
            keys.push(key);
        }
        // Keys are deleted in the order of their ids: the samples lie in the opposite one, and no key's together.
        keys.sort_by_key(|key| key.id);
        for key in keys.iter().rev() {
            keep(world, key, NOW).await?;
        }
        world.place.execute(MANY).await?;
        let (off, deleted) = tokio::join!(set(world, &acme, None), world.store.change_keys(Batch::Delete, &changes));
        off?;
        deleted?;
        assert_eq!(world.place.number("SELECT COUNT(*) FROM samples").await?, 0, "round {n}");
    }
    Ok(())
}
