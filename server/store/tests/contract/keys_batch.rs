//! Batches: all or none, one audit event a key, limits kept; and keys that expire by time alone are listed as expired.

use crate::{
    engine::Outcome,
    world::{NOW, World, all},
};
use domain::time::{DAY, HOUR};
use store::{Batch, Error, InsertKey, KeyChange, KeyFilter, Scope, Section, Sort};

on_both_engines!(
    a_batch_changes_every_key,
    a_batch_changes_none_if_one_is_missing,
    a_batch_that_enables_keeps_the_limit,
    batches_side_by_side_do_not_wait_for_each_other,
    time_alone_files_a_key_as_expired,
    tombstones_are_listed_the_last_deleted_first,
    everywhere_lists_every_workspace,
);

fn changes(world: &World, keys: &[InsertKey], action: &str) -> Vec<KeyChange> {
    let change =
        |key: &InsertKey| KeyChange { workspace: key.workspace.clone(), key: key.id, event: world.about(key, action) };
    keys.iter().map(change).collect()
}

fn names(page: &store::KeyPage) -> Vec<&str> {
    page.keys.iter().map(|key| key.name.as_str()).collect()
}

async fn a_batch_changes_every_key(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let keys = [world.key(&acme, &mina, "a").await?, world.key(&acme, &mina, "b").await?];
    let store = &world.store;
    world.leaving(2, store.change_keys(Batch::Disable, &changes(world, &keys, "key.disable"))).await??;
    assert_eq!(store.count_keys(&acme.id, &all(Section::Disabled)).await?.count, 2);
    assert_eq!(store.count_keys(&acme.id, &all(Section::Enabled)).await?.count, 0);
    let enable = Batch::Enable { most_active: Some(2) };
    world.leaving(2, store.change_keys(enable, &changes(world, &keys, "key.enable"))).await??;
    assert_eq!(store.count_keys(&acme.id, &all(Section::Enabled)).await?.count, 2);
    // The same key twice is one change.
    let twice = [keys[0].clone(), keys[0].clone()];
    world.leaving(1, store.change_keys(Batch::Delete, &changes(world, &twice, "key.delete"))).await??;
    assert_eq!(store.count_keys(&acme.id, &all(Section::Enabled)).await?.count, 1);
    Ok(())
}

async fn a_batch_changes_none_if_one_is_missing(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let here = world.key(&acme, &mina, "here").await?;
    let gone = world.key(&acme, &mina, "gone").await?;
    world.delete(&gone).await?;
    let other = world.workspace("other").await?;
    let elsewhere = InsertKey { workspace: other.id.clone(), ..here.clone() };
    for missing in [gone, elsewhere] {
        for what in [Batch::Disable, Batch::Enable { most_active: None }, Batch::Delete] {
            let changes = changes(world, &[here.clone(), missing.clone()], "key.change");
            // Two changes of one key are one: the wrong workspace has to be the one that counts.
            let changes = if missing.id == here.id { &changes[1..] } else { &changes[..] };
            assert_err!(world.leaving(0, world.store.change_keys(what, changes)).await?, Error::NotFound);
        }
    }
    assert_eq!(world.store.count_keys(&acme.id, &all(Section::Enabled)).await?.count, 1);
    Ok(())
}

async fn a_batch_that_enables_keeps_the_limit(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let keys = [world.key(&acme, &mina, "a").await?, world.key(&acme, &mina, "b").await?];
    world.store.change_keys(Batch::Disable, &changes(world, &keys, "key.disable")).await?;
    let one = Batch::Enable { most_active: Some(1) };
    let refused = world.leaving(0, world.store.change_keys(one, &changes(world, &keys, "key.enable"))).await?;
    assert_err!(refused, Error::Limit(_));
    assert_eq!(world.store.count_keys(&acme.id, &all(Section::Enabled)).await?.count, 0, "not even the first");
    Ok(())
}

async fn batches_side_by_side_do_not_wait_for_each_other(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let mut keys = Vec::new();
    for n in 0..20 {
        keys.push(world.key(&acme, &mina, &format!("{n}")).await?);
    }
    let forth = changes(world, &keys, "key.disable");
    keys.reverse();
    let back = changes(world, &keys, "key.enable");
    let (one, two) = (world.store.clone(), world.store.clone());
    for _ in 0..5 {
        let forth = forth.iter().map(|change| fresh(world, change)).collect::<Vec<_>>();
        let back = back.iter().map(|change| fresh(world, change)).collect::<Vec<_>>();
        let enable = Batch::Enable { most_active: Some(100) };
        let (first, second) = tokio::join!(one.change_keys(Batch::Disable, &forth), two.change_keys(enable, &back));
        first?;
        second?;
    }
    Ok(())
}

/// The same change with an event of its own.
fn fresh(world: &World, change: &KeyChange) -> KeyChange {
    let event = store::AuditEvent { id: world.event("").id, ..change.event.clone() };
    KeyChange { event, ..change.clone() }
}

async fn time_alone_files_a_key_as_expired(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let mut brief = world.new_key(&acme, &mina, "brief");
    brief.key.expires_at = Some(NOW.plus(HOUR));
    world.insert(&brief).await?;
    world.key(&acme, &mina, "lasting").await?;
    let store = &world.store;
    let later = |section| KeyFilter { now: NOW.plus(DAY), ..all(section) };
    assert_eq!(store.count_keys(&acme.id, &all(Section::Expired)).await?.count, 0);
    // The enabled section does not wait for the other to be looked at.
    assert_eq!(names(&store.key_page(&acme.id, &later(Section::Enabled), Sort::Name, None, 9).await?), ["lasting"]);
    assert_eq!(names(&store.key_page(&acme.id, &later(Section::Expired), Sort::Name, None, 9).await?), ["brief"]);
    assert_eq!(store.count_keys(&acme.id, &later(Section::NotEnabled)).await?.count, 1);
    // Its end is moved: it is back.
    let event = store::AuditEvent { at: NOW.plus(DAY), ..world.about(&brief, "key.expire") };
    store.expire_key(&acme.id, &brief.id, Some(NOW.plus(2 * DAY)), None, &event).await?;
    assert_eq!(store.count_keys(&acme.id, &later(Section::Enabled)).await?.count, 2);
    assert_eq!(store.count_keys(&acme.id, &later(Section::Expired)).await?.count, 0);
    Ok(())
}

async fn tombstones_are_listed_the_last_deleted_first(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for (n, name) in ["a", "b", "c"].into_iter().enumerate() {
        let key = world.key(&acme, &mina, name).await?;
        let at = NOW.plus(i64::try_from(n)? * HOUR);
        let event = store::AuditEvent { at, ..world.about(&key, "key.delete") };
        let change = KeyChange { workspace: acme.id.clone(), key: key.id, event };
        world.store.change_keys(Batch::Delete, &[change]).await?;
    }
    let filter = all(Section::Deleted);
    for sort in [Sort::Name, Sort::LastUsed] {
        let first = world.store.key_page(&acme.id, &filter, sort, None, 2).await?;
        assert_eq!(names(&first), ["c", "b"]);
        let rest = world.store.key_page(&acme.id, &filter, sort, first.next.as_ref(), 2).await?;
        assert_eq!(names(&rest), ["a"]);
    }
    assert_eq!(world.store.count_keys(&acme.id, &filter).await?.count, 3);
    Ok(())
}

async fn everywhere_lists_every_workspace(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let other = world.workspace("other").await?;
    let bob = world.user("Bob").await?;
    world.key(&acme, &mina, "mine").await?;
    world.key(&other, &bob, "his").await?;
    let store = &world.store;
    let page = store.key_page(Scope::Everywhere, &all(Section::Enabled), Sort::Name, None, 9).await?;
    let placed: Vec<_> = page.keys.iter().map(|key| (key.workspace_slug.as_str(), key.name.as_str())).collect();
    assert_eq!(placed, [("other", "his"), ("acme", "mine")]);
    let bobs = KeyFilter { search: "bob@".into(), ..all(Section::Enabled) };
    assert_eq!(names(&store.key_page(Scope::Everywhere, &bobs, Sort::Name, None, 9).await?), ["his"]);
    assert_eq!(store.count_keys(Scope::Everywhere, &all(Section::Enabled)).await?.count, 2);
    let ids: Vec<_> = page.keys.iter().map(|key| key.id).collect();
    assert_eq!(store.keys_of(Scope::Everywhere, &ids).await?.len(), 2);
    assert_eq!(store.keys_of(&acme.id, &ids).await?.len(), 1, "another workspace's is not there");
    Ok(())
}
