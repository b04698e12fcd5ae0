//! Notices: which keys are near their spend cap or at it, which expire soon, which nobody uses, which are tried although they are stopped; counts and pages of them.

use crate::{
    engine::Outcome,
    one_key::OneKey,
    spend::{Capped, cap},
    uses::Use,
    world::{NOW, World},
};
use domain::{
    id::WorkspaceId,
    key::retired_name,
    model::Period,
    time::{DAY, HOUR, Timestamp},
};
use store::{Error, InsertKey, Notice, Rotation, SectionCount, User, Workspace};

on_both_engines!(
    keys_near_their_cap_and_at_it,
    a_cap_that_is_raised,
    keys_that_expire_soon,
    keys_that_nobody_uses,
    expired_keys_hide_no_unused_one,
    stopped_keys_that_are_tried,
    refusals_only_move_forward,
    they_stop_at_a_page_and_stay_in_their_workspace,
);

const EXPIRING: Notice = Notice::Expiring { now: NOW, until: Timestamp(NOW.0 + 7 * DAY) };
const UNUSED: Notice = Notice::Unused { now: NOW, since: Timestamp(NOW.0 - 90 * DAY) };
const TRIED: Notice = Notice::Tried { now: NOW, since: Timestamp(NOW.0 - DAY) };

async fn names(world: &World, workspace: &WorkspaceId, notice: Notice) -> Outcome<Vec<String>> {
    let (keys, count) = world.store.noticed_keys(workspace, notice, 100).await?;
    assert_eq!(count, SectionCount { count: i64::try_from(keys.len())?, more: false });
    Ok(keys.into_iter().map(|noticed| noticed.key.name).collect())
}

/// A key that was made and expires so many milliseconds from now.
async fn key(
    world: &World,
    at: &Workspace,
    owner: &User,
    name: &str,
    made: i64,
    end: Option<i64>,
) -> Outcome<InsertKey> {
    let mut key = world.new_key(at, owner, name);
    key.created_at = NOW.plus(made);
    key.key.expires_at = end.map(|end| NOW.plus(end));
    world.insert(&key).await?;
    Ok(key)
}

async fn used(world: &World, key: &InsertKey, at: i64, code: &'static str, address: &str) -> Outcome {
    let used = Use { address: address.parse().ok(), ..Use::of(key, NOW.plus(at), code) };
    Ok(world.record(&[used]).await?)
}

/// The names of the keys at their cap, and of those near it.
async fn at_and_near(on: &Capped<'_>, now: Timestamp) -> Outcome<(Vec<String>, Vec<String>)> {
    let (world, acme) = (on.world, &on.acme.id);
    Ok((names(world, acme, Notice::Exhausted { now }).await?, names(world, acme, Notice::NearCap { now }).await?))
}

async fn keys_near_their_cap_and_at_it(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    let agent = || vec!["agent".to_owned()];
    on.spend(79, NOW).await?;
    assert_eq!(at_and_near(&on, NOW).await?, (vec![], vec![]));
    on.spend(1, NOW).await?;
    assert_eq!(at_and_near(&on, NOW).await?, (vec![], agent()));
    world.disable(&on.key).await?;
    assert_eq!(at_and_near(&on, NOW).await?, (vec![], vec![]), "somebody stopped it");
    world.store.enable_key(&on.acme.id, &on.key.id, None, &world.about(&on.key, "key.enable")).await?;
    on.spend(20, NOW).await?;
    assert_eq!(at_and_near(&on, NOW).await?, (agent(), vec![]));
    let midnight = Period::Day.end(NOW).ok_or(Error::NotFound)?;
    assert_eq!(at_and_near(&on, midnight.plus(-1)).await?, (agent(), vec![]));
    assert_eq!(at_and_near(&on, midnight).await?, (vec![], vec![]), "by time alone");
    on.spend(80, midnight).await?;
    assert_eq!(at_and_near(&on, midnight).await?, (vec![], agent()));
    world.delete(&on.key).await?;
    assert_eq!(at_and_near(&on, midnight).await?, (vec![], vec![]));
    Ok(())
}

async fn a_cap_that_is_raised(world: &World) -> Outcome {
    let mut on = Capped::new(world, 100, Period::Total).await?;
    let agent = || vec!["agent".to_owned()];
    on.spend(100, NOW).await?;
    on.limit(Some(cap(110, Period::Total)), NOW).await?;
    assert_eq!(at_and_near(&on, NOW).await?, (vec![], agent()), "back, and near the new one too");
    on.limit(Some(cap(1_000, Period::Total)), NOW).await?;
    assert_eq!(at_and_near(&on, NOW).await?, (vec![], vec![]));
    on.limit(Some(cap(120, Period::Total)), NOW).await?;
    assert_eq!(at_and_near(&on, NOW).await?, (vec![], agent()));
    let mut new = world.new_key(&on.acme, &on.mina, "agent");
    new.key.model.cap = Some(on.cap);
    let rotation = Rotation { key: on.key.id, name: retired_name("agent", &on.key.id), ends_at: NOW };
    let events = [&world.about(&on.key, "key.rotate"), &world.about(&new, "key.create")];
    world.store.rotate_key(&new, &rotation, None, events).await?;
    assert_eq!(at_and_near(&on, NOW).await?, (vec![], agent()), "the successor; the key before it has ended");
    on.key = new;
    on.limit(None, NOW).await?;
    assert_eq!(at_and_near(&on, NOW).await?, (vec![], vec![]));
    Ok(())
}

async fn keys_that_expire_soon(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for (name, end) in [("week", 7 * DAY), ("week and a bit", 7 * DAY + 1), ("hour", HOUR), ("over", 0), ("just", 1)] {
        key(world, &acme, &mina, name, -DAY, Some(end)).await?;
    }
    world.key(&acme, &mina, "never").await?;
    world.disable(&key(world, &acme, &mina, "disabled", -DAY, Some(HOUR)).await?).await?;
    world.delete(&key(world, &acme, &mina, "deleted", -DAY, Some(HOUR)).await?).await?;
    assert_eq!(names(world, &acme.id, EXPIRING).await?, ["just", "hour", "week"]);
    Ok(())
}

async fn keys_that_nobody_uses(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let old = -90 * DAY;
    key(world, &acme, &mina, "never used", old, None).await?;
    key(world, &acme, &mina, "newer", old + 1, None).await?;
    used(world, &key(world, &acme, &mina, "used long ago", 2 * old, None).await?, old - 5, "VALID", "").await?;
    used(world, &key(world, &acme, &mina, "used", 2 * old, None).await?, old + 1, "VALID", "").await?;
    used(world, &key(world, &acme, &mina, "refused", old - 9, None).await?, -5, "READ_ONLY", "").await?;
    key(world, &acme, &mina, "ends one day", old - 1, Some(DAY)).await?;
    key(world, &acme, &mina, "over", old, Some(0)).await?;
    world.disable(&key(world, &acme, &mina, "disabled", old, None).await?).await?;
    world.delete(&key(world, &acme, &mina, "deleted", old, None).await?).await?;
    assert_eq!(names(world, &acme.id, UNUSED).await?, ["never used", "ends one day", "used long ago", "refused"]);
    Ok(())
}

async fn expired_keys_hide_no_unused_one(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for n in 0..30 {
        key(world, &acme, &mina, &format!("over {n}"), -200 * DAY - n, Some(-100 * DAY)).await?;
    }
    key(world, &acme, &mina, "unused", -300 * DAY, None).await?;
    assert_eq!(names(world, &acme.id, UNUSED).await?, ["unused"]);
    Ok(())
}

async fn stopped_keys_that_are_tried(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let stopped = async |name: &str, tried: i64, code: &'static str| -> Outcome<InsertKey> {
        let key = key(world, &acme, &mina, name, -DAY, None).await?;
        used(world, &key, tried, code, "192.0.2.7").await?;
        world.disable(&key).await?;
        Ok(key)
    };
    stopped("an hour ago", -HOUR, "KEY_DISABLED").await?;
    stopped("a day ago", -DAY, "KEY_DISABLED").await?;
    stopped("just", -1, "KEY_DISABLED").await?;
    stopped("for another reason", -1, "READ_ONLY").await?;
    stopped("before it was stopped", -1, "VALID").await?;
    world.delete(&stopped("deleted", -1, "KEY_DISABLED").await?).await?;
    let again = stopped("works again", -1, "KEY_DISABLED").await?;
    world.store.enable_key(&acme.id, &again.id, None, &world.about(&again, "key.enable")).await?;
    let over = key(world, &acme, &mina, "over", -DAY, Some(-5)).await?;
    used(world, &over, -2, "KEY_EXPIRED", "192.0.2.8").await?;
    assert_eq!(names(world, &acme.id, TRIED).await?, ["just", "over", "an hour ago"]);
    let (keys, _) = world.store.noticed_keys(&acme.id, TRIED, 2).await?;
    let told: Vec<_> = keys.iter().map(|noticed| (noticed.refused_at, noticed.refused_address.as_str())).collect();
    assert_eq!(told, [(Some(NOW.plus(-1)), "192.0.2.7"), (Some(NOW.plus(-2)), "192.0.2.8")]);
    Ok(())
}

async fn refusals_only_move_forward(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = key(world, &acme, &mina, "key", -DAY, None).await?;
    world.disable(&key).await?;
    for (at, from, last, last_from) in [
        (-50, "1.1.1.1", -50, "1.1.1.1"),
        (-90, "2.2.2.2", -50, "1.1.1.1"),
        (-50, "::3", -50, "::3"),
        (-9, "::4", -9, "::4"),
    ] {
        used(world, &key, at, "KEY_DISABLED", from).await?;
        let (keys, _) = world.store.noticed_keys(&acme.id, TRIED, 2).await?;
        assert_eq!(keys[0].refused_at, Some(NOW.plus(last)));
        assert_eq!(keys[0].refused_address, last_from);
    }
    let Some(kept) = world.store.key(&acme.id, &key.id).await? else { panic!("the key is not found") };
    assert_eq!((kept.uses, kept.last_used_at), (0, None), "a refused try is no use");
    Ok(())
}

async fn they_stop_at_a_page_and_stay_in_their_workspace(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let other = world.workspace("other").await?;
    for n in 0..7 {
        key(world, &acme, &mina, &format!("key {n}"), -100 * DAY, Some(HOUR + n)).await?;
    }
    for notice in [EXPIRING, UNUSED] {
        let (keys, count) = world.store.noticed_keys(&acme.id, notice, 5).await?;
        assert_eq!((keys.len(), count.count, count.more), (5, 7, false));
    }
    for notice in [EXPIRING, UNUSED, TRIED] {
        assert!(names(world, &other.id, notice).await?.is_empty());
    }
    Ok(())
}
