//! Near the cap and at it: who is told, how a key is marked, and what ends that.

use super::{Capped, account, cap, usd};
use crate::{
    engine::Outcome,
    one_key::OneKey,
    world::{NOW, World, together},
};
use domain::{
    key::{Status, retired_name},
    model::{NoRoom, Notice, Period, Spend},
    time::{DAY, HOUR, Timestamp},
};
use store::{Error, InsertKey, Rotation, Section};

on_both_engines!(
    notices_come_once,
    an_exhausted_key_is_marked_and_comes_back,
    a_cap_that_is_changed_ends_or_begins_an_exhaustion,
    a_successor_goes_on_where_the_key_was,
);

async fn notices_come_once(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    assert_eq!(on.spend(79, NOW).await?.notices, []);
    assert_eq!(on.spend(1, NOW).await?.notices, [Notice::Warning]);
    assert_eq!(on.spend(19, NOW).await?.notices, []);
    assert_eq!(on.spend(1, NOW).await?.notices, [Notice::Reached]);
    let tomorrow = NOW.plus(DAY);
    assert_eq!(on.spend(200, tomorrow).await?.notices, [Notice::Warning, Notice::Reached], "one dear request");
    // Twenty at once: each level is due to exactly one of them.
    let next = tomorrow.plus(DAY);
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push((world.store.clone(), on.reserve(5, next).await?));
    }
    let settled =
        held.into_iter().map(|(store, id)| async move { store.settle_reserve(&id, Some(usd(5)), next).await });
    let settled = together(settled).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut told: Vec<Notice> = settled.into_iter().flatten().flat_map(|settled| settled.notices.to_vec()).collect();
    told.sort();
    assert_eq!(told, [Notice::Warning, Notice::Reached]);
    Ok(())
}

async fn an_exhausted_key_is_marked_and_comes_back(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Week).await?;
    let back = Period::Week.end(NOW).ok_or(Error::NotFound)?;
    let before = world.place.number("SELECT number FROM change_head").await?;
    assert_eq!(on.spend(99, NOW).await?.exhausted_until, None);
    assert_eq!(world.place.number("SELECT number FROM change_head").await?, before, "ordinary spending tells nobody");
    let held = on.reserve(1, NOW).await?;
    assert_eq!((on.status(NOW).await?, on.listed(Section::Enabled, NOW).await?), (Status::Enabled, 1));
    assert_eq!(on.settle(&held, 1, NOW).await?.exhausted_until, Some(back));
    assert_eq!(world.place.number("SELECT number FROM change_head").await?, before + 1, "every instance is told");
    assert_eq!(on.status(NOW).await?, Status::Exhausted);
    let counts = async |at: Timestamp| -> Outcome<[usize; 5]> {
        Ok([
            on.listed(Section::Enabled, at).await?,
            on.listed(Section::NotEnabled, at).await?,
            on.listed(Section::Exhausted, at).await?,
            on.listed(Section::Expired, at).await?,
            on.listed(Section::Disabled, at).await?,
        ])
    };
    assert_eq!(counts(NOW).await?, [0, 1, 1, 0, 0]);

    world.disable(&on.key).await?;
    assert_eq!((on.status(NOW).await?, counts(NOW).await?), (Status::Disabled, [0, 1, 0, 0, 1]));
    world.store.enable_key(&on.acme.id, &on.key.id, None, &world.about(&on.key, "key.enable")).await?;
    assert_eq!((on.status(NOW).await?, counts(NOW).await?), (Status::Exhausted, [0, 1, 1, 0, 0]));

    let expire = async |end: Option<Timestamp>| {
        let event = world.about(&on.key, "key.expire");
        world.store.expire_key(&on.acme.id, &on.key.id, end, None, &event).await
    };
    expire(Some(NOW)).await?;
    assert_eq!((on.status(NOW).await?, counts(NOW).await?), (Status::Expired, [0, 1, 0, 1, 0]));
    expire(Some(NOW.plus(HOUR))).await?;
    assert_eq!((on.status(NOW).await?, counts(NOW).await?), (Status::Exhausted, [0, 1, 1, 0, 0]));
    assert_eq!(counts(NOW.plus(HOUR)).await?, [0, 1, 0, 1, 0], "by time alone");
    expire(None).await?;

    assert_eq!(on.status(back.plus(-1)).await?, Status::Exhausted);
    assert_eq!((on.status(back).await?, counts(back).await?), (Status::Enabled, [1, 0, 0, 0, 0]));
    on.reserve(100, back).await?;
    Ok(())
}

async fn a_cap_that_is_changed_ends_or_begins_an_exhaustion(world: &World) -> Outcome {
    let mut on = Capped::new(world, 100, Period::Total).await?;
    on.spend(100, NOW).await?;
    let key = world.store.key(&on.acme.id, &on.key.id).await?.ok_or(Error::NotFound)?;
    assert_eq!(key.exhausted_until, Some(Spend::FOR_EVER));
    assert_eq!(key.account(NOW.plus(9_000 * DAY)), account(100, 0), "no time ends it");

    assert_eq!(on.limit(Some(cap(101, Period::Total)), NOW).await?, []);
    assert_eq!((on.status(NOW).await?, on.listed(Section::Enabled, NOW).await?), (Status::Enabled, 1));
    assert_eq!(on.no_room(2, NOW).await?, NoRoom::TooDear);
    on.reserve(1, NOW).await?;
    assert_eq!(on.limit(Some(cap(1_000, Period::Total)), NOW).await?, []);
    assert_eq!(on.limit(Some(cap(125, Period::Total)), NOW).await?, [Notice::Warning]);
    assert_eq!(on.limit(Some(cap(50, Period::Total)), NOW).await?, [Notice::Reached]);
    assert_eq!((on.status(NOW).await?, on.listed(Section::Exhausted, NOW).await?), (Status::Exhausted, 1));
    on.limit(None, NOW).await?;
    assert_eq!((on.status(NOW).await?, on.listed(Section::Enabled, NOW).await?), (Status::Enabled, 1));
    world.disable(&on.key).await?;
    on.limit(Some(cap(50, Period::Total)), NOW).await?;
    assert_eq!((on.status(NOW).await?, on.listed(Section::Disabled, NOW).await?), (Status::Disabled, 1));
    Ok(())
}

async fn a_successor_goes_on_where_the_key_was(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    on.spend(9, NOW).await?;
    let now = NOW.plus(DAY);
    on.spend(70, now).await?;
    let held = on.reserve(20, now).await?;
    let rotate = async |old: &InsertKey| -> Outcome<InsertKey> {
        let mut new = world.new_key(&on.acme, &on.mina, &old.key.name);
        new.key.model = old.key.model.clone();
        new.created_at = now;
        let events = [&world.about(old, "key.rotate"), &world.about(&new, "key.create")];
        let rotation = Rotation { key: old.id, name: retired_name(&old.key.name, &old.id), ends_at: now.plus(HOUR) };
        world.store.rotate_key(&new, &rotation, None, events).await?;
        Ok(new)
    };
    let new = rotate(&on.key).await?;
    let next = Capped { world, acme: on.acme.clone(), mina: on.mina.clone(), key: new, cap: on.cap };
    assert_eq!(next.account().await?, account(70, 0), "the cap does not begin anew");
    assert_eq!(next.no_room(31, now).await?, NoRoom::TooDear);
    on.settle(&held, 20, now).await?;
    assert_eq!((on.account().await?, next.account().await?), (account(90, 0), account(70, 0)), "each is its own");
    next.spend(30, now).await?;
    assert_eq!((on.status(now).await?, next.status(now).await?), (Status::Enabled, Status::Exhausted));
    let last = rotate(&next.key).await?;
    let last = Capped { world, acme: on.acme.clone(), mina: on.mina.clone(), key: last, cap: on.cap };
    assert_eq!(last.status(now).await?, Status::Exhausted, "an exhausted key's successor is exhausted");
    assert_eq!(last.no_room(1, now).await?, NoRoom::Exhausted);
    assert_eq!(last.status(now.plus(DAY)).await?, Status::Enabled);
    Ok(())
}
