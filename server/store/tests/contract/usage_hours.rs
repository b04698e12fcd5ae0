//! Counts of a key's requests by the hour: they agree with the requests whatever the batches, and an upgrade counts what
//! was there before.

use crate::{
    engine::Outcome,
    usage::used,
    uses::{Use, record},
    world::{NOW, World, successes, together},
};
use domain::time::{DAY, HOUR, Timestamp};
use store::{InsertKey, Store, UsageHour};

on_both_engines!(requests_count_in_their_hour, batches_at_once_count_everything, an_upgrade_counts_what_was_there,);

/// The beginning of the hour `ago` hours before now.
pub fn hour(ago: i64) -> Timestamp {
    Timestamp(NOW.0 - NOW.0.rem_euclid(HOUR) - ago * HOUR)
}

pub async fn hours(world: &World, key: &InsertKey, from: Timestamp) -> Outcome<Vec<(Timestamp, i64, i64)>> {
    let hours = world.store.usage_hours(&key.workspace, &key.id, from).await?;
    Ok(hours.into_iter().map(|UsageHour { hour, accepted, refused }| (hour, accepted, refused)).collect())
}

async fn requests_count_in_their_hour(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (key, other) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "other").await?);
    assert!(hours(world, &key, Timestamp(0)).await?.is_empty());
    let now = |code| used(&key, 0, code, "x");
    world.record(&[now("VALID"), now("VALID"), now("READ_ONLY"), used(&other, 0, "VALID", "x")]).await?;
    world.record(&[used(&key, -60, "KEY_EXPIRED", "x"), now("VALID")]).await?;
    // The first and the last millisecond of an hour.
    let at = |at: Timestamp| Use { at, ..used(&key, 0, "VALID", "x") };
    world.record(&[at(hour(5)), at(hour(5).plus(HOUR - 1)), at(hour(5).plus(-1))]).await?;
    let all = [(hour(6), 1, 0), (hour(5), 2, 0), (hour(1), 0, 1), (hour(0), 3, 1)];
    assert_eq!(hours(world, &key, Timestamp(0)).await?, all);
    assert_eq!(hours(world, &key, hour(5)).await?, all[1..]);
    assert_eq!(hours(world, &key, hour(0).plus(1)).await?, []);
    assert_eq!(hours(world, &other, Timestamp(0)).await?, [(hour(0), 1, 0)]);
    world.delete(&key).await?;
    assert_eq!(hours(world, &key, hour(5)).await?, all[1..], "the history outlives the key");
    Ok(())
}

async fn batches_at_once_count_everything(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (a, b) = (world.key(&acme, &mina, "a").await?, world.key(&acme, &mina, "b").await?);
    // Refused alone, so that nothing but the hours' own order keeps the batches from waiting for each other for ever.
    let answers = together((0..20).map(|n| {
        let mut batch: Vec<_> =
            [&a, &b].into_iter().flat_map(|key| [0, -60].map(|at| used(key, at, "READ_ONLY", "x"))).collect();
        if n % 2 == 0 {
            batch.reverse();
        }
        let store = world.store.clone();
        async move { record(&store, &batch).await }
    }))
    .await;
    assert_eq!(successes(&answers), 20, "{answers:?}");
    for key in [&a, &b] {
        assert_eq!(hours(world, key, Timestamp(0)).await?, [(hour(1), 0, 20), (hour(0), 0, 20)]);
    }
    Ok(())
}

async fn an_upgrade_counts_what_was_there(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (key, unused) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "unused").await?);
    let days = [0, -60, -61, -3 * 24 * 60].map(|minutes| used(&key, minutes, "VALID", "x"));
    world.record(&days).await?;
    world.record(&[used(&key, -60, "READ_ONLY", "x"), used(&key, -60, "KEY_DISABLED", "x")]).await?;
    let before = hours(world, &key, Timestamp(0)).await?;
    assert_eq!(before.iter().map(|(_, accepted, refused)| accepted + refused).sum::<i64>(), 6);
    assert_eq!(before[0].0, hour(72));
    // As version 4 left it.
    for sql in [
        "DROP TABLE usage_hours",
        "DROP INDEX usage_events_accepted",
        "DROP INDEX usage_events_refused",
        "DROP INDEX audit_events_by_time",
        "DROP INDEX audit_events_by_actor",
        "DROP INDEX audit_events_by_action",
        "DROP INDEX audit_events_by_workspace_actor",
        "DROP INDEX audit_events_by_workspace_action",
        "DROP INDEX audit_events_by_workspace_target",
        "DELETE FROM _sqlx_migrations WHERE version = 5",
    ] {
        world.place.execute(sql).await?;
    }
    Store::open(&world.place.url).await?.close().await;
    assert_eq!(hours(world, &key, Timestamp(0)).await?, before);
    assert!(hours(world, &unused, NOW.plus(-DAY)).await?.is_empty());
    Ok(())
}
