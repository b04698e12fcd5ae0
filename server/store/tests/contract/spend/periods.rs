//! Periods that turn, on clocks that differ, and a cap of another period.

use super::{Capped, account, cap};
use crate::{
    engine::Outcome,
    world::{NOW, World, together},
};
use domain::{
    key::Status,
    model::{NoRoom, Period},
    time::DAY,
};
use store::Error;

on_both_engines!(
    the_period_turns,
    a_request_belongs_to_the_period_it_was_reserved_in,
    a_slow_clock_counts_in_the_period_that_has_begun,
    another_period_forgets_nothing,
);

async fn the_period_turns(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    on.spend(100, NOW).await?;
    assert_eq!(on.no_room(1, NOW).await?, NoRoom::Exhausted);
    let midnight = Period::Day.end(NOW).ok_or(Error::NotFound)?;
    assert_eq!(on.no_room(1, midnight.plus(-1)).await?, NoRoom::Exhausted);
    on.reserve(100, midnight).await?;
    assert_eq!(on.account().await?, account(0, 100));
    let (since, _) = world.store.account(&on.key.id).await?.ok_or(Error::NotFound)?;
    assert_eq!(since, midnight);
    // A crowd of a hundred, on the first millisecond of a day that nobody has begun.
    let next = midnight.plus(DAY);
    let calls: Vec<_> = (0..100).map(|_| (world.store.clone(), on.wants(25, next))).collect();
    let calls = calls.into_iter().map(|(store, new)| async move { store.reserve(&new).await });
    let answers = together(calls).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 4);
    Ok(())
}

async fn a_request_belongs_to_the_period_it_was_reserved_in(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    let late = on.reserve(90, NOW).await?;
    let tomorrow = NOW.plus(DAY);
    on.reserve(10, tomorrow).await?;
    let settled = on.settle(&late, 100, tomorrow).await?;
    assert!(settled.notices.is_empty() && settled.exhausted_until.is_none(), "that day is over");
    assert_eq!(on.account().await?, account(0, 10));
    assert_eq!(world.place.number("SELECT settled FROM spend_days ORDER BY day LIMIT 1").await?, 100);
    // Settled after the turn, before anybody reserved in the new period: it exhausts nothing either.
    let late = on.reserve(1, tomorrow).await?;
    on.settle(&late, 100, tomorrow.plus(DAY)).await?;
    assert_eq!(on.status(tomorrow.plus(DAY)).await?, Status::Enabled);
    on.reserve(100, tomorrow.plus(DAY)).await?;
    Ok(())
}

async fn a_slow_clock_counts_in_the_period_that_has_begun(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    let midnight = Period::Day.end(NOW).ok_or(Error::NotFound)?;
    on.reserve(60, midnight).await?;
    assert_eq!(on.no_room(50, midnight.plus(-1)).await?, NoRoom::Busy);
    let slow = on.reserve(40, midnight.plus(-1)).await?;
    assert_eq!(on.account().await?, account(0, 100));
    on.settle(&slow, 30, midnight.plus(-1)).await?;
    assert_eq!(on.account().await?, account(30, 60));
    assert_eq!(world.place.number("SELECT settled FROM spend_days ORDER BY day DESC LIMIT 1").await?, 30);
    Ok(())
}

async fn another_period_forgets_nothing(world: &World) -> Outcome {
    let mut on = Capped::new(world, 1_000, Period::Day).await?;
    on.spend(100, NOW).await?;
    let monday = Period::Week.end(NOW).ok_or(Error::NotFound)?;
    on.spend(20, monday).await?;
    let now = monday.plus(2 * DAY);
    on.spend(3, now).await?;
    let held = on.reserve(7, now).await?;
    assert_eq!(on.account().await?, account(3, 7));
    on.limit(Some(cap(1_000, Period::Week)), now).await?;
    assert_eq!(on.account().await?, account(23, 7));
    on.limit(Some(cap(1_000, Period::Total)), now).await?;
    assert_eq!(on.account().await?, account(123, 7));
    on.limit(None, now).await?;
    on.settle(&held, 5, now).await?;
    on.limit(Some(cap(1_000, Period::Day)), now).await?;
    assert_eq!(on.account().await?, account(8, 0), "what was under way when there was no cap, too");
    on.limit(Some(cap(1_000, Period::Week)), now).await?;
    assert_eq!(on.account().await?, account(28, 0));
    // A request that was judged by the cap before counts in the period of now.
    let mut stale = on.wants(10, now);
    stale.cap = cap(10, Period::Day);
    assert_eq!(world.store.reserve(&stale).await?, Ok(()));
    assert_eq!(on.account().await?, account(28, 10));
    Ok(())
}
