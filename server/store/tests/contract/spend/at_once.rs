//! Many at once and what is left by who died: nothing is spent beyond the cap, and nothing is counted twice.

use super::{Capped, account, cap, usd};
use crate::{
    engine::Outcome,
    world::{CONNECTIONS, NOW, World, crowding, together},
};
use domain::{
    key::Status,
    model::{NoRoom, Period},
    time::{DAY, HOUR},
};
use store::{Error, Left};

on_both_engines!(
    two_hundred_at_once_with_money_for_ten,
    two_hundred_settle_beside_each_other,
    the_sums_are_exact_whatever_interleaves,
    a_crash_leaves_the_reserve_to_be_recovered,
);

async fn two_hundred_at_once_with_money_for_ten(world: &World) -> Outcome {
    let on = Capped::new(world, 109, Period::Month).await?;
    let calls: Vec<_> = (0..200).map(|_| (world.store.clone(), on.wants(10, NOW))).collect();
    let calls = calls.into_iter().map(|(store, new)| async move { store.reserve(&new).await });
    let answers = together(calls).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 10);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(()) | Err(NoRoom::Busy))));
    assert_eq!(on.account().await?, account(0, 100));
    assert_eq!(world.place.number("SELECT COUNT(*) FROM reserves").await?, 10);
    assert_eq!(world.place.number("SELECT reserved FROM spend_days").await?, 100);
    Ok(())
}

async fn two_hundred_settle_beside_each_other(world: &World) -> Outcome {
    let on = Capped::new(world, 100_000, Period::Day).await?;
    // Each reserves and settles; each reserve is settled by two at once.
    let calls: Vec<_> = (0..100_i64).map(|n| (world.store.clone(), on.wants(1_000, NOW), n)).collect();
    let calls = calls.into_iter().map(|(store, new, n)| async move {
        let reserved = store.reserve(&new).await?;
        let (one, other) = tokio::join!(
            store.settle_reserve(&new.id, Some(usd(n)), NOW),
            store.settle_reserve(&new.id, Some(usd(n)), NOW)
        );
        Ok::<_, Error>((reserved, usize::from(one?.is_some()) + usize::from(other?.is_some())))
    });
    for answer in crowding(CONNECTIONS / 2, calls).await {
        assert_eq!(answer?, (Ok(()), 1));
    }
    assert_eq!(on.account().await?, account(99 * 50, 0), "to the millionth");
    Ok(())
}

async fn the_sums_are_exact_whatever_interleaves(world: &World) -> Outcome {
    let mut on = Capped::new(world, 1_000_000, Period::Day).await?;
    let mut calls = Vec::new();
    for n in 0..60_i64 {
        // On several days, while a person changes the period.
        let at = NOW.plus(-(n % 5) * DAY);
        calls.push((world.store.clone(), on.wants(100, at), n));
    }
    let periods = [Period::Week, Period::Total, Period::Month, Period::Total];
    let calls = calls.into_iter().map(|(store, new, n)| async move {
        let reserved = store.reserve(&new).await?.is_ok();
        let settled = store.settle_reserve(&new.id, Some(usd(n)), NOW).await?;
        Ok::<_, Error>((reserved, settled.map(|settled| settled.cost)))
    });
    let changes = async {
        for period in periods {
            on.limit(Some(cap(1_000_000, period)), NOW).await?;
        }
        Outcome::Ok(())
    };
    let (calls, done) = tokio::join!(crowding(CONNECTIONS - 1, calls), changes);
    done?;
    let mut sum = 0;
    for call in calls {
        let (reserved, cost) = call?;
        assert_eq!(reserved, cost.is_some());
        sum += cost.unwrap_or_default().micros();
    }
    assert_eq!(sum, 59 * 30);
    assert_eq!(on.account().await?, account(sum, 0), "in total");
    assert_eq!(world.place.number("SELECT CAST(SUM(settled) AS BIGINT) FROM spend_days").await?, sum);
    assert_eq!(world.place.number("SELECT CAST(SUM(reserved) AS BIGINT) FROM spend_days").await?, 0);
    Ok(())
}

async fn a_crash_leaves_the_reserve_to_be_recovered(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    let (old, older) = (on.reserve(30, NOW).await?, on.reserve(20, NOW.plus(-HOUR)).await?);
    let young = on.reserve(5, NOW.plus(HOUR)).await?;
    // The program ends here; another begins.
    let store = &store::Store::open(&world.place.url).await?;
    assert_eq!(on.account().await?, account(0, 55));
    assert_eq!(store.recover_reserves(Left::Before(NOW.plus(-HOUR)), NOW, 10).await?.found, 0, "not yet old enough");
    let recovered = store.recover_reserves(Left::Before(NOW.plus(1)), NOW.plus(2 * HOUR), 1).await?;
    assert_eq!(recovered.settled.iter().map(|settled| settled.cost).collect::<Vec<_>>(), [usd(20)], "the oldest first");
    assert_eq!(on.account().await?, account(20, 35));
    assert_eq!(store.recover_reserves(Left::Before(NOW.plus(1)), NOW.plus(2 * HOUR), 10).await?.settled.len(), 1);
    assert_eq!(store.recover_reserves(Left::Before(NOW.plus(1)), NOW.plus(2 * HOUR), 10).await?.found, 0);
    assert_eq!(on.account().await?, account(50, 5));
    for late in [old, older] {
        assert_eq!(store.settle_reserve(&late, Some(usd(1)), NOW).await?, None, "who was thought dead settles no more");
    }
    on.settle(&young, 5, NOW).await?;
    assert_eq!(on.account().await?, account(55, 0));

    // Two instances start at once.
    for _ in 0..9 {
        on.reserve(5, NOW).await?;
    }
    let both = [world.store.clone(), store.clone()].map(|store| async move {
        store.recover_reserves(Left::Before(NOW.plus(1)), NOW, 100).await.map(|recovered| recovered.settled.len())
    });
    let recovered = together(both).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(recovered.iter().sum::<usize>(), 9);
    assert_eq!(on.account().await?, account(100, 0));
    assert_eq!(on.status(NOW).await?, Status::Exhausted, "by what was recovered, too");
    Ok(())
}
