//! Mails about spending: what is due with a settlement or a changed cap, once for each cap and period, to whom, and that one
//! instance alone gets it.

use crate::{
    engine::Outcome,
    one_key::OneKey,
    spend::{Capped, cap, usd},
    world::{NOW, World, together},
};
use domain::{
    key::retired_name,
    model::{Notice, Period, Spend},
    time::{DAY, HOUR, Timestamp},
};
use store::{Error, Rotation, SpendMail, Store};

on_both_engines!(
    it_says_whom_and_what,
    each_level_once_in_a_period,
    where_the_cap_is_reached_nothing_is_said_of_80_percent,
    a_changed_cap_is_told_anew,
    only_what_still_holds,
    only_keys_that_are_not_stopped_of_owners_who_are_there,
    a_failed_one_is_due_again_and_a_claim_runs_out,
    of_many_one_gets_it,
    what_is_over_goes,
    a_successor_is_told_of_by_itself,
);

async fn claim(store: &Store, now: Timestamp) -> Result<Vec<SpendMail>, Error> {
    store.claim_spend_mails(now.plus(-7 * DAY), now, now.plus(HOUR), 100).await
}

/// What is due, sent.
async fn told(on: &Capped<'_>, now: Timestamp) -> Outcome<Vec<(Notice, i64)>> {
    let mails = claim(&on.world.store, now).await?;
    for mail in &mails {
        on.world.store.spend_mail_sent(mail, now).await?;
    }
    Ok(mails.into_iter().map(|mail| (mail.level, mail.cap.amount.micros())).collect())
}

async fn it_says_whom_and_what(world: &World) -> Outcome {
    let on = Capped::new(world, 1_000, Period::Month).await?;
    on.spend(799, NOW).await?;
    assert!(claim(&world.store, NOW).await?.is_empty());
    on.spend(1, NOW).await?;
    on.spend(7, NOW).await?;
    let mails = claim(&world.store, NOW).await?;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!(
        (&mail.about.key, mail.about.key_name.as_str(), &mail.about.last4),
        (&on.key.id, "agent", &on.key.last4)
    );
    assert_eq!((mail.about.owner_email.as_str(), mail.about.owner_name.as_str()), ("mina@example.com", "Mina"));
    assert_eq!((mail.about.workspace_slug.as_str(), mail.about.workspace_name.as_str()), ("acme", "ACME"));
    assert_eq!((mail.level, mail.cap, mail.spent), (Notice::Warning, on.cap, usd(807)));
    assert_eq!((mail.start, mail.counts_anew()), (Period::Month.start(NOW), Period::Month.end(NOW)));
    Ok(())
}

async fn each_level_once_in_a_period(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    on.spend(85, NOW).await?;
    assert_eq!(told(&on, NOW).await?, [(Notice::Warning, 100)]);
    on.spend(10, NOW).await?;
    assert!(told(&on, NOW).await?.is_empty());
    on.spend(10, NOW).await?;
    assert_eq!(told(&on, NOW).await?, [(Notice::Reached, 100)]);
    for later in [0, HOUR] {
        assert!(told(&on, NOW.plus(later)).await?.is_empty());
    }
    let tomorrow = NOW.plus(DAY);
    on.spend(85, tomorrow).await?;
    assert_eq!(told(&on, tomorrow).await?, [(Notice::Warning, 100)], "another period");
    Ok(())
}

async fn where_the_cap_is_reached_nothing_is_said_of_80_percent(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Total).await?;
    on.spend(200, NOW).await?;
    let mails = claim(&world.store, NOW).await?;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((mail.level, mail.ends_at, mail.counts_anew()), (Notice::Reached, Spend::FOR_EVER, None));
    world.store.spend_mail_sent(mail, NOW).await?;
    assert!(claim(&world.store, NOW.plus(2 * HOUR)).await?.is_empty());
    Ok(())
}

async fn a_changed_cap_is_told_anew(world: &World) -> Outcome {
    let mut on = Capped::new(world, 100, Period::Day).await?;
    on.spend(100, NOW).await?;
    assert_eq!(told(&on, NOW).await?, [(Notice::Reached, 100)]);
    on.limit(Some(cap(1_000, Period::Day)), NOW).await?;
    assert!(told(&on, NOW).await?.is_empty());
    on.spend(700, NOW).await?;
    assert_eq!(told(&on, NOW).await?, [(Notice::Warning, 1_000)]);
    on.limit(Some(cap(500, Period::Day)), NOW).await?;
    assert_eq!(told(&on, NOW).await?, [(Notice::Reached, 500)], "a lower one is a step too");
    on.limit(Some(cap(10_000, Period::Day)), NOW).await?;
    on.limit(Some(cap(500, Period::Day)), NOW).await?;
    assert!(told(&on, NOW).await?.is_empty(), "to and fro is no news");
    Ok(())
}

async fn only_what_still_holds(world: &World) -> Outcome {
    let mut on = Capped::new(world, 100, Period::Day).await?;
    on.spend(100, NOW).await?;
    on.limit(Some(cap(1_000, Period::Day)), NOW).await?;
    assert!(claim(&world.store, NOW).await?.is_empty(), "the cap was raised before anybody was told");
    on.limit(Some(cap(100, Period::Day)), NOW).await?;
    let midnight = Period::Day.end(NOW).ok_or(Error::NotFound)?;
    assert!(claim(&world.store, midnight).await?.is_empty(), "the period is over");
    let late = world.store.claim_spend_mails(NOW, NOW.plus(1), NOW.plus(HOUR), 9).await?;
    assert!(late.is_empty(), "too long ago");
    assert_eq!(claim(&world.store, midnight.plus(-1)).await?.len(), 1);
    Ok(())
}

async fn only_keys_that_are_not_stopped_of_owners_who_are_there(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    on.spend(100, NOW).await?;
    let at = |minutes: i64| NOW.plus(minutes * 60_000);
    world.disable(&on.key).await?;
    assert!(claim(&world.store, at(0)).await?.is_empty());
    world.store.enable_key(&on.acme.id, &on.key.id, None, &world.about(&on.key, "key.enable")).await?;
    world.place.execute("UPDATE keys SET expires_at = 1").await?;
    assert!(claim(&world.store, at(1)).await?.is_empty());
    world.place.execute("UPDATE keys SET expires_at = NULL").await?;
    world.store.set_user_active(&on.mina.id, false, &world.event("user.disable")).await?;
    assert!(claim(&world.store, at(2)).await?.is_empty());
    world.store.set_user_active(&on.mina.id, true, &world.event("user.enable")).await?;
    world.place.execute("DELETE FROM memberships").await?;
    assert!(claim(&world.store, at(3)).await?.is_empty());
    world.put_member(&on.acme, &on.mina, domain::access::Role::Viewer).await?;
    assert_eq!(claim(&world.store, at(4)).await?.len(), 1);
    world.delete(&on.key).await?;
    assert!(claim(&world.store, at(90)).await?.is_empty());
    Ok(())
}

async fn a_failed_one_is_due_again_and_a_claim_runs_out(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Total).await?;
    on.spend(80, NOW).await?;
    for mail in claim(&world.store, NOW).await? {
        world.store.spend_mail_failed(&mail, NOW.plus(10)).await?;
    }
    assert!(claim(&world.store, NOW.plus(9)).await?.is_empty());
    let again = NOW.plus(10);
    assert_eq!(claim(&world.store, again).await?.len(), 1);
    assert!(claim(&world.store, again.plus(HOUR - 1)).await?.is_empty());
    let mails = claim(&world.store, again.plus(HOUR)).await?;
    assert_eq!(mails.len(), 1);
    for mail in mails {
        world.store.spend_mail_sent(&mail, NOW).await?;
        // Said too late, or by mistake: it stays sent.
        world.store.spend_mail_failed(&mail, NOW).await?;
    }
    assert!(claim(&world.store, again.plus(9 * HOUR)).await?.is_empty());
    Ok(())
}

async fn of_many_one_gets_it(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Total).await?;
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push((world.store.clone(), on.reserve(5, NOW).await?));
    }
    let settled = held.into_iter().map(|(store, id)| async move { store.settle_reserve(&id, Some(usd(5)), NOW).await });
    for settled in together(settled).await {
        settled?;
    }
    let other = Store::open(&world.place.url).await?;
    let calls = (0..12).map(|n| {
        let store = if n % 2 == 0 { world.store.clone() } else { other.clone() };
        async move { claim(&store, NOW).await }
    });
    let mut got = Vec::new();
    for mails in together(calls).await {
        got.extend(mails?);
    }
    assert_eq!(got.iter().map(|mail| mail.level).collect::<Vec<_>>(), [Notice::Reached]);
    other.close().await;
    Ok(())
}

async fn what_is_over_goes(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    for day in 0..5 {
        on.spend(100, NOW.plus(day * DAY)).await?;
    }
    assert_eq!(world.place.number("SELECT COUNT(*) FROM spend_notices").await?, 4, "two levels of two days");
    Ok(())
}

async fn a_successor_is_told_of_by_itself(world: &World) -> Outcome {
    let on = Capped::new(world, 100, Period::Day).await?;
    on.spend(90, NOW).await?;
    assert_eq!(told(&on, NOW).await?, [(Notice::Warning, 100)]);
    let mut new = world.new_key(&on.acme, &on.mina, "agent");
    new.key.model = on.key.key.model.clone();
    let events = [&world.about(&on.key, "key.rotate"), &world.about(&new, "key.create")];
    let rotation = Rotation { key: on.key.id, name: retired_name("agent", &on.key.id), ends_at: NOW.plus(HOUR) };
    world.store.rotate_key(&new, &rotation, None, events).await?;
    let next = Capped { world, acme: on.acme.clone(), mina: on.mina.clone(), key: new, cap: on.cap };
    assert!(told(&next, NOW).await?.is_empty(), "80 % were told of already");
    next.spend(10, NOW).await?;
    assert_eq!(told(&next, NOW).await?, [(Notice::Reached, 100)]);
    Ok(())
}
