//! The sums of what keys were used for: exact whatever their number and whoever else writes, forward only, and written once
//! if they have to be tried again.

use crate::{
    engine::Outcome,
    usage::{kept, used},
    usage_hours::{hour, hours},
    uses::{Use, sums},
    world::{NOW, World, successes, together},
};
use domain::time::{HOUR, MINUTE, Timestamp};
use store::{Added, Error, InsertKey, KeyUses, ROWS, Store};

on_both_engines!(
    every_number_of_keys_is_counted,
    a_key_with_many_hours_is_counted,
    two_instances_lose_nothing_and_wait_for_nobody,
    what_failed_is_taken_back_and_counted_once,
    deleted_keys_count_and_unknown_ones_are_left_out,
);

async fn every_number_of_keys_is_counted(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    world.store.count_uses(&[]).await?;
    let mut keys = Vec::new();
    for size in [1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS, 2 * ROWS + 1] {
        while keys.len() < size {
            keys.push(world.key(&acme, &mina, &format!("key {}", keys.len())).await?);
        }
        let before = total(world, &keys).await?;
        let uses: Vec<_> =
            keys.iter().flat_map(|key| [used(key, 1, "VALID", "x"), used(key, 2, "VALID", "y")]).collect();
        world.store.count_uses(&sums(&uses)).await?;
        assert_eq!(total(world, &keys).await? - before, 2 * i64::try_from(size)?);
    }
    for key in &keys {
        let kept = kept(world, key).await?;
        assert_eq!((kept.last_used_at, kept.last_used_agent.as_str()), (Some(NOW.plus(2 * MINUTE)), "y"));
        let counted: i64 = hours(world, key, Timestamp(0)).await?.iter().map(|(_, accepted, _)| accepted).sum();
        assert_eq!(counted, kept.uses);
    }
    Ok(())
}

async fn total(world: &World, keys: &[InsertKey]) -> Outcome<i64> {
    let mut total = 0;
    for key in keys {
        total += kept(world, key).await?.uses;
    }
    Ok(total)
}

/// More hours than a statement has rows: the database was away for days.
async fn a_key_with_many_hours_is_counted(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    let many = i64::try_from(2 * ROWS + 1)?;
    let uses: Vec<_> = (0..many).map(|ago| Use::of(&key, hour(ago), "VALID")).collect();
    world.store.count_uses(&sums(&uses)).await?;
    assert_eq!(kept(world, &key).await?.uses, many);
    assert_eq!(kept(world, &key).await?.last_used_at, Some(hour(0)));
    let hours = hours(world, &key, Timestamp(0)).await?;
    assert_eq!(hours, (0..many).rev().map(|ago| (hour(ago), 1, 0)).collect::<Vec<_>>());
    Ok(())
}

async fn two_instances_lose_nothing_and_wait_for_nobody(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let mut keys = Vec::new();
    for n in 0..ROWS + 9 {
        keys.push(world.key(&acme, &mina, &format!("key {n}")).await?);
    }
    let other = Store::open(&world.place.url).await?;
    let answers = together((0..20_usize).map(|n| {
        // In different orders, beginning at different keys, and of two hours: what they have in common differs.
        let at = NOW.plus(if n % 3 == 0 { -HOUR } else { 0 });
        let some = keys.iter().cycle().skip(n * 7).take(keys.len() - n % 4);
        let mut uses: Vec<_> =
            some.flat_map(|key| [Use::of(key, at, "VALID"), Use::of(key, at.plus(-1), "KEY_EXPIRED")]).collect();
        if n % 2 == 0 {
            uses.reverse();
        }
        let store = if n % 2 == 0 { world.store.clone() } else { other.clone() };
        async move { store.count_uses(&sums(&uses)).await }
    }))
    .await;
    assert_eq!(successes(&answers), 20, "{answers:?}");
    let (all, left_out) = (20 * i64::try_from(keys.len())?, 5 * (1 + 2 + 3));
    assert_eq!(total(world, &keys).await?, all - left_out);
    let (mut accepted, mut refused) = (0, 0);
    for key in &keys {
        assert_eq!(kept(world, key).await?.last_used_at, Some(NOW), "it moves forward alone");
        for (_, a, r) in hours(world, key, Timestamp(0)).await? {
            (accepted, refused) = (accepted + a, refused + r);
        }
    }
    assert_eq!((accepted, refused), (all - left_out, all - left_out));
    other.close().await;
    Ok(())
}

async fn what_failed_is_taken_back_and_counted_once(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let mut keys = Vec::new();
    for n in 0..=ROWS {
        keys.push(world.key(&acme, &mina, &format!("key {n}")).await?);
    }
    // The last statement of all fails, after every other has done its work.
    world.place.forbid_an_hour().await?;
    let last = keys.iter().max_by_key(|key| key.id.number()).ok_or(Error::NotFound)?;
    let mut uses: Vec<_> = keys.iter().map(|key| used(key, 1, "VALID", "first")).collect();
    uses.push(Use::of(last, Timestamp(0), "READ_ONLY"));
    let failed = sums(&uses);
    assert_err!(world.store.count_uses(&failed).await, Error::Database(_));
    assert_eq!(total(world, &keys).await?, 0);
    assert!(hours(world, &keys[0], Timestamp(0)).await?.is_empty());

    world.place.allow_the_hour().await?;
    let again: Vec<KeyUses> = failed
        .into_iter()
        .map(|failed| {
            let (mut since, mut shared) = (KeyUses::new(failed.key, NOW), "".into());
            for (at, code) in [(NOW.plus(5 * MINUTE), "VALID"), (NOW, "KEY_DISABLED")] {
                since.add(Added { at, code, address: None, agent: "second", model: None }, &mut shared);
            }
            since.take_back(failed);
            since
        })
        .collect();
    assert_eq!(again.iter().map(KeyUses::count).sum::<i64>(), 3 * i64::try_from(keys.len())? + 1);
    world.store.count_uses(&again).await?;
    for key in &keys {
        let kept = kept(world, key).await?;
        assert_eq!((kept.uses, kept.last_used_at), (2, Some(NOW.plus(5 * MINUTE))));
        assert_eq!(kept.last_used_agent, "second", "what came since is the later");
    }
    assert_eq!(hours(world, last, Timestamp(0)).await?[0], (Timestamp(0), 0, 1));
    Ok(())
}

async fn deleted_keys_count_and_unknown_ones_are_left_out(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (key, gone) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "gone").await?);
    let unknown = world.new_key(&acme, &mina, "unknown");
    world.delete(&gone).await?;
    let uses: Vec<_> = [&key, &gone, &unknown].map(|key| used(key, 0, "VALID", "x")).into();
    world.store.count_uses(&sums(&uses)).await?;
    assert_eq!(kept(world, &key).await?.uses, 1);
    assert_eq!(hours(world, &gone, Timestamp(0)).await?, [(hour(0), 1, 0)]);
    let tombstone = world.store.key_or_tombstone(&acme.id, &gone.id).await?.ok_or(Error::NotFound)?;
    assert_eq!((tombstone.uses, tombstone.last_used_at), (1, Some(NOW)));
    assert!(hours(world, &unknown, Timestamp(0)).await?.is_empty());
    Ok(())
}
