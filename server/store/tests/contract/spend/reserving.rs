//! Reserving within the cap and settling, one at a time; what has no cap.

use super::{Capped, account, cap, usd};
use crate::{
    engine::Outcome,
    world::{NOW, World},
};
use domain::model::{ModelLimits, ModelScope, NoRoom, Notice, Period};
use store::{Error, NewReserve};

on_both_engines!(
    model_limits_are_kept_and_live,
    a_request_is_reserved_and_settled_once,
    no_room_says_why,
    what_has_no_cap_reserves_nothing,
    amounts_of_any_size_are_held,
);

async fn model_limits_are_kept_and_live(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, other) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "other").await?);
    for (models, amount, period) in
        [("gpt-4.1*, o3", "", ""), ("", "0.000001", "total"), ("*", "1000000000", "month"), ("", "", "")]
    {
        let Ok(limits) = ModelLimits::check(models, amount, period) else { panic!("{models} and {amount} are limits") };
        let event = world.about(&key, "key.models");
        world.leaving(1, store.limit_models(&acme.id, &key.id, &limits, None, &event)).await??;
        assert_eq!(store.key(&acme.id, &key.id).await?.map(|kept| kept.model), Some(limits.clone()));
        let facts = store.credential(&key.id, &key.hash).await?.ok_or(Error::NotFound)?.credential.facts;
        assert_eq!((facts.models, facts.spend.map(|spend| spend.cap)), (limits.models, limits.cap));
    }
    let untouched = store.key(&acme.id, &other.id).await?;
    assert_eq!(untouched.map(|kept| kept.model), Some(ModelLimits::default()));

    let none = ModelLimits { models: ModelScope::These(Vec::new()), ..ModelLimits::default() };
    store.limit_models(&acme.id, &key.id, &none, None, &world.about(&key, "key.models")).await?;
    assert_eq!(store.key(&acme.id, &key.id).await?.map(|kept| kept.model), Some(none), "no model is not every model");

    let elsewhere = world.workspace("other").await?;
    let capped = ModelLimits { cap: Some(cap(1, Period::Day)), ..ModelLimits::default() };
    for limits in [ModelLimits::default(), capped] {
        let event = world.about(&other, "key.models");
        assert_err!(
            world.leaving(0, store.limit_models(&elsewhere.id, &other.id, &limits, None, &event)).await?,
            Error::NotFound
        );
    }
    assert_eq!(store.account(&other.id).await?, None);
    world.delete(&other).await?;
    let event = world.about(&other, "key.models");
    assert_err!(store.limit_models(&acme.id, &other.id, &ModelLimits::default(), None, &event).await, Error::NotFound);

    for damage in [
        "UPDATE keys SET models = 'x'",
        "UPDATE keys SET models = 'null'",
        "UPDATE keys SET models = NULL, spend_cap = 1, spend_period = 'year'",
    ] {
        world.place.execute(damage).await?;
        assert_err!(store.credential(&key.id, &key.hash).await, Error::Unreadable(_));
    }
    Ok(())
}

async fn a_request_is_reserved_and_settled_once(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Total).await?;
    assert_eq!(on.account().await?, account(0, 0));
    let first = on.reserve(60, NOW).await?;
    let second = on.reserve(40, NOW).await?;
    assert_eq!(on.account().await?, account(0, 100));
    assert_eq!(on.no_room(1, NOW).await?, NoRoom::Busy);
    let settled = on.settle(&first, 7, NOW).await?;
    assert_eq!((settled.key, settled.cost, settled.notices.len()), (on.key.id, usd(7), 0));
    assert_eq!(on.account().await?, account(7, 40));
    assert_eq!(world.store.settle_reserve(&first, Some(usd(7)), NOW).await?, None, "each is settled once");
    assert_eq!(on.account().await?, account(7, 40));
    on.settle(&second, 0, NOW).await?;
    assert_eq!(on.account().await?, account(7, 0), "what did not reach the upstream costs nothing");
    let unknown = on.reserve(13, NOW).await?;
    let settled = world.store.settle_reserve(&unknown, None, NOW).await?;
    assert_eq!(settled.map(|settled| settled.cost), Some(usd(13)), "nobody knows: the reserve");
    assert_eq!(on.account().await?, account(20, 0));
    assert_eq!(world.place.number("SELECT COUNT(*) FROM reserves").await?, 0);
    assert_eq!(world.place.number("SELECT settled FROM spend_days").await?, 20);
    Ok(())
}

async fn no_room_says_why(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    assert_eq!(on.no_room(101, NOW).await?, NoRoom::TooDear);
    assert_eq!(on.no_room(i64::MAX, NOW).await?, NoRoom::TooDear);
    let held = on.reserve(80, NOW).await?;
    assert_eq!(on.no_room(21, NOW).await?, NoRoom::Busy);
    on.settle(&held, 100, NOW).await?;
    assert_eq!(on.no_room(0, NOW).await?, NoRoom::Exhausted, "even what costs nothing");
    assert_eq!(on.account().await?, account(100, 0), "a refusal takes nothing");
    assert_eq!(world.place.number("SELECT COUNT(*) FROM reserves").await?, 0);
    Ok(())
}

async fn what_has_no_cap_reserves_nothing(world: &World) -> Outcome {
    let mut on = Capped::new(world, 100, Period::Day).await?;
    on.limit(None, NOW).await?;
    let stale = on.wants(200, NOW);
    assert_err!(world.store.reserve(&stale).await, Error::Changed);
    let never = world.key(&on.acme, &on.mina, "never").await?;
    assert_eq!(world.store.account(&never.id).await?, None);
    let new = NewReserve { key: never.id, ..on.wants(1, NOW) };
    assert_err!(world.store.reserve(&new).await, Error::Changed);
    let new = NewReserve { key: world.unknown_key(), ..on.wants(1, NOW) };
    assert_err!(world.store.reserve(&new).await, Error::NotFound);
    on.limit(Some(cap(100, Period::Day)), NOW).await?;
    let held = on.reserve(10, NOW).await?;
    world.delete(&on.key).await?;
    assert_err!(world.store.reserve(&on.wants(200, NOW)).await, Error::NotFound);
    assert_eq!(on.settle(&held, 100, NOW).await?.notices, [], "a deleted key's request is still paid");
    assert_eq!(on.account().await?, account(100, 0));
    Ok(())
}

async fn amounts_of_any_size_are_held(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Total).await?;
    let (first, second) = (on.reserve(10, NOW).await?, on.reserve(10, NOW).await?);
    assert_eq!(on.settle(&first, i64::MAX, NOW).await?.notices, [Notice::Warning, Notice::Reached]);
    on.settle(&second, i64::MAX, NOW).await?;
    assert_eq!(on.account().await?, account(i64::MAX, 0));
    assert_eq!(world.place.number("SELECT settled FROM spend_days").await?, i64::MAX);
    Ok(())
}
