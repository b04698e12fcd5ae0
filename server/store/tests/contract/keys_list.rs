//! The keys list: pages that hold every key exactly once and in the same order on both engines, and counts that agree.

use crate::{
    engine::Outcome,
    uses::Use,
    world::{NOW, World, all},
};
use domain::{id::WorkspaceId, time::MINUTE};
use std::cmp::Reverse;
use store::{Cursor, Key, KeyFilter, Section, Sort};

on_both_engines!(
    pages_hold_every_key_once_in_order,
    names_sort_bytewise_when_folded,
    a_page_goes_on_when_its_last_key_is_deleted,
    a_full_last_page_is_the_last,
    a_mangled_cursor_begins_anew,
    sections_follow_the_status,
    counts_stop_at_a_thousand,
    environments_are_listed_once,
);

const SORTS: [Sort; 4] = [Sort::LastUsed, Sort::Created, Sort::Name, Sort::Expires];

/// Every page of a list, having checked that all but the last are full.
pub async fn pages(
    world: &World,
    workspace: &WorkspaceId,
    filter: &KeyFilter,
    sort: Sort,
    size: usize,
) -> Outcome<Vec<Vec<Key>>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = world.store.key_page(workspace, filter, sort, after.as_ref(), size).await?;
        assert!(page.keys.len() == size || page.next.is_none(), "a page in between is full");
        pages.push(page.keys);
        after = page.next;
        if after.is_none() {
            return Ok(pages);
        }
        assert!(pages.len() < 100, "the pages do not end");
    }
}

async fn pages_hold_every_key_once_in_order(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for n in 0..23_i64 {
        // Ties in every column: five moments, three expiries and never, four uses and never, names alike when folded.
        let name = ["Key", "kEy", "keY"][usize::try_from(n % 3)?];
        let mut key = world.new_key(&acme, &mina, &format!("{name} {}", n / 3));
        key.created_at = NOW.plus(-(n % 5) * MINUTE);
        key.key.expires_at = (n % 4 > 0).then_some(NOW.plus(n % 4 * MINUTE));
        world.insert(&key).await?;
        if n % 5 > 0 {
            world.record(&[used(&key, n % 5)]).await?;
        }
    }
    for sort in SORTS {
        let pages = pages(world, &acme.id, &all(Section::Enabled), sort, 5).await?;
        assert_eq!(pages.len(), 5);
        let listed = pages.concat();
        let mut sorted = listed.clone();
        match sort {
            Sort::LastUsed => sorted.sort_by_key(|k| Reverse((k.last_used_at, k.id))),
            Sort::Created => sorted.sort_by_key(|k| Reverse((k.created_at, k.id))),
            Sort::Name => sorted.sort_by_key(|k| (k.name.to_lowercase(), k.id)),
            Sort::Expires => sorted.sort_by_key(|k| (k.expires_at.is_none(), k.expires_at, k.id)),
        }
        assert_eq!(ids(&listed), ids(&sorted), "{sort:?}");
        let mut distinct = ids(&listed);
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 23, "{sort:?}");
    }
    Ok(())
}

async fn names_sort_bytewise_when_folded(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for name in [
        "beta", "Alpha", "ALPHA 2", "alpha-3", "alpha_4", "Zulu", "zebra", "10", "9", "1 a", "🔑 key", "🍎", "Éclair",
        "eclair", "édith", "ß", "ss", "名前", "ﬁn", "Ωmega", "_x", "-y", "~z", "\"q\"", "Ä", "a b", "a.b", "aB", "AA",
    ] {
        world.key(&acme, &mina, name).await?;
    }
    let listed = pages(world, &acme.id, &all(Section::Enabled), Sort::Name, 4).await?.concat();
    let names: Vec<_> = listed.iter().map(|key| key.name.as_str()).collect();
    // Written out, not computed: both engines are held to this very order.
    let expected = [
        "\"q\"", "-y", "1 a", "10", "9", "_x", "a b", "a.b", "AA", "aB", "Alpha", "ALPHA 2", "alpha-3", "alpha_4",
        "beta", "eclair", "ss", "zebra", "Zulu", "~z", "ß", "Ä", "Éclair", "édith", "Ωmega", "名前", "ﬁn", "🍎",
        "🔑 key",
    ];
    assert_eq!(names, expected);
    Ok(())
}

async fn a_page_goes_on_when_its_last_key_is_deleted(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let mut keys = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        keys.push(world.key(&acme, &mina, name).await?);
    }
    let filter = all(Section::Enabled);
    let first = world.store.key_page(&acme.id, &filter, Sort::Name, None, 2).await?;
    world.delete(&keys[1]).await?;
    world.key(&acme, &mina, "a2").await?;
    let second = world.store.key_page(&acme.id, &filter, Sort::Name, first.next.as_ref(), 2).await?;
    let names: Vec<_> = second.keys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["c", "d"]);
    Ok(())
}

async fn a_full_last_page_is_the_last(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let empty = world.store.key_page(&acme.id, &all(Section::Enabled), Sort::Name, None, 2).await?;
    assert!(empty.keys.is_empty() && empty.next.is_none());
    assert!(!world.store.has_keys(&acme.id).await?);
    for name in ["a", "b", "c", "d"] {
        world.key(&acme, &mina, name).await?;
    }
    assert!(world.store.has_keys(&acme.id).await?);
    for sort in SORTS {
        let pages = pages(world, &acme.id, &all(Section::Enabled), sort, 2).await?;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2], "{sort:?}");
    }
    Ok(())
}

async fn a_mangled_cursor_begins_anew(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    world.key(&acme, &mina, "a").await?;
    let mangled = Cursor { value: "no number".into(), id: "~".into() };
    for sort in [Sort::LastUsed, Sort::Created, Sort::Expires] {
        let page = world.store.key_page(&acme.id, &all(Section::Enabled), sort, Some(&mangled), 2).await?;
        assert_eq!(page.keys.len(), 1, "{sort:?}");
    }
    Ok(())
}

async fn sections_follow_the_status(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for (name, expires_in, disabled, deleted) in [
        ("endless", None, false, false),
        ("expiring", Some(1), false, false),
        ("over", Some(0), false, false),
        ("paused", None, true, false),
        ("paused, over", Some(-1), true, false),
        ("deleted", None, false, true),
        ("paused, deleted", None, true, true),
    ] {
        let mut key = world.new_key(&acme, &mina, name);
        key.key.expires_at = expires_in.map(|ms| NOW.plus(ms));
        world.insert(&key).await?;
        if disabled {
            world.disable(&key).await?;
        }
        if deleted {
            world.delete(&key).await?;
        }
    }
    for (section, expected) in [
        (Section::Enabled, &["endless", "expiring"][..]),
        (Section::NotEnabled, &["over", "paused", "paused, over"]),
        (Section::Disabled, &["paused", "paused, over"]),
        (Section::Expired, &["over"]),
    ] {
        let listed = pages(world, &acme.id, &all(section), Sort::Name, 10).await?.concat();
        assert_eq!(listed.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(), expected, "{section:?}");
        let counted = world.store.count_keys(&acme.id, &all(section)).await?;
        assert_eq!((counted.count, counted.more), (i64::try_from(expected.len())?, false), "{section:?}");
    }
    Ok(())
}

async fn counts_stop_at_a_thousand(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    world.key(&acme, &mina, "model").await?;
    world
        .place
        .execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
             INSERT INTO keys (id, workspace_id, owner_id, created_by, name, name_folded, description, environment,
               permission, gateway, hash, last4, disabled, created_at, expires_at, deleted_at, last_used_at,
               last_used_address, last_used_agent, uses)
             SELECT CAST(10000000 + n.i AS TEXT), workspace_id, owner_id, created_by,
               CAST(n.i AS TEXT), CAST(n.i AS TEXT), description, environment, permission, gateway, hash, last4,
               disabled, created_at, expires_at, deleted_at, last_used_at, last_used_address, last_used_agent, uses
             FROM keys CROSS JOIN n WHERE name = 'model'",
        )
        .await?;
    let counted = world.store.count_keys(&acme.id, &all(Section::Enabled)).await?;
    assert_eq!((counted.count, counted.more), (1_000, false));
    world.key(&acme, &mina, "one more").await?;
    let counted = world.store.count_keys(&acme.id, &all(Section::Enabled)).await?;
    assert_eq!((counted.count, counted.more), (1_000, true));
    Ok(())
}

async fn environments_are_listed_once(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    assert!(world.store.environments(&acme.id).await?.is_empty());
    for (n, label) in ["prod", "", "dev", "prod", "Prod", "dev_1", "dev-1", "gone"].iter().enumerate() {
        let mut key = world.new_key(&acme, &mina, &format!("key {n}"));
        key.key.environment = (*label).into();
        world.insert(&key).await?;
        match *label {
            "gone" => world.delete(&key).await?,
            "dev" => world.disable(&key).await?,
            _ => {}
        }
    }
    assert_eq!(world.store.environments(&acme.id).await?, ["Prod", "dev", "dev-1", "dev_1", "prod"]);

    for n in 0..60 {
        let mut key = world.new_key(&acme, &mina, &format!("label {n}"));
        key.key.environment = format!("a{n:02}");
        world.insert(&key).await?;
    }
    let labels = world.store.environments(&acme.id).await?;
    assert_eq!((labels.len(), labels[49].as_str()), (50, "a48"));
    Ok(())
}

fn used(key: &store::InsertKey, minutes: i64) -> Use {
    Use::of(key, NOW.plus(minutes * MINUTE), "VALID")
}

fn ids(keys: &[Key]) -> Vec<&str> {
    keys.iter().map(|key| key.id.as_str()).collect()
}
