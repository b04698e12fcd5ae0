//! What keys spend: reserved within the cap however many ask at once, settled once, recovered after a crash, counted anew when
//! the period turns, and not forgotten when a person changes the cap.

use crate::{
    engine::Outcome,
    one_key::OneKey,
    world::{NOW, World, all, together},
};
use domain::{
    id::ReserveId,
    key::{Status, retired_name},
    model::{Account, Cap, MicroUsd, ModelLimits, ModelScope, NoRoom, Notice, Period, Spend},
    time::{DAY, HOUR, Timestamp},
};
use store::{AuditEvent, Error, InsertKey, Left, NewReserve, Rotation, Section, Settled, Sort, User, Workspace};

on_both_engines!(
    model_limits_are_kept_and_live,
    a_request_is_reserved_and_settled_once,
    no_room_says_why,
    two_hundred_at_once_with_money_for_ten,
    two_hundred_settle_beside_each_other,
    the_sums_are_exact_whatever_interleaves,
    a_crash_leaves_the_reserve_to_be_recovered,
    the_period_turns,
    a_request_belongs_to_the_period_it_was_reserved_in,
    a_slow_clock_counts_in_the_period_that_has_begun,
    notices_come_once,
    an_exhausted_key_is_marked_and_comes_back,
    another_period_forgets_nothing,
    a_cap_that_is_changed_ends_or_begins_an_exhaustion,
    a_successor_goes_on_where_the_key_was,
    what_has_no_cap_reserves_nothing,
    amounts_of_any_size_are_held,
);

pub fn usd(micros: i64) -> MicroUsd {
    MicroUsd::new(micros).unwrap_or_default()
}

pub fn cap(micros: i64, period: Period) -> Cap {
    Cap { amount: usd(micros), period }
}

pub fn account(settled: i64, reserved: i64) -> Account {
    Account { settled: usd(settled), reserved: usd(reserved) }
}

/// A key with a cap, and where it is.
pub struct Capped<'a> {
    pub world: &'a World,
    pub acme: Workspace,
    pub mina: User,
    pub key: InsertKey,
    pub cap: Cap,
}

impl<'a> Capped<'a> {
    pub async fn new(world: &'a World, micros: i64, period: Period) -> Outcome<Self> {
        let (acme, mina) = world.acme().await?;
        let mut key = world.new_key(&acme, &mina, "agent");
        let cap = cap(micros, period);
        key.key.model.cap = Some(cap);
        world.insert(&key).await?;
        Ok(Self { world, acme, mina, key, cap })
    }

    pub fn wants(&self, micros: i64, at: Timestamp) -> NewReserve {
        NewReserve {
            id: self.world.reserve_id(),
            key: self.key.id,
            cap: self.cap,
            amount: usd(micros),
            at,
            instance: "one".into(),
        }
    }

    /// Reserves, which there is room for.
    pub async fn reserve(&self, micros: i64, at: Timestamp) -> Outcome<ReserveId> {
        let new = self.wants(micros, at);
        assert_eq!(self.world.store.reserve(&new).await?, Ok(()));
        Ok(new.id)
    }

    /// Reserves what there is no room for.
    async fn no_room(&self, micros: i64, at: Timestamp) -> Outcome<NoRoom> {
        match self.world.store.reserve(&self.wants(micros, at)).await? {
            Ok(()) => panic!("there was room for {micros}"),
            Err(no) => Ok(no),
        }
    }

    pub async fn settle(&self, id: &ReserveId, micros: i64, at: Timestamp) -> Outcome<Settled> {
        Ok(self.world.store.settle_reserve(id, Some(usd(micros)), at).await?.ok_or(Error::NotFound)?)
    }

    /// Reserves and settles.
    pub async fn spend(&self, micros: i64, at: Timestamp) -> Outcome<Settled> {
        let id = self.reserve(0, at).await?;
        self.settle(&id, micros, at).await
    }

    /// What stands in its account, whatever period that is of.
    pub async fn account(&self) -> Outcome<Account> {
        Ok(self.world.store.account(&self.key.id).await?.ok_or(Error::NotFound)?.1)
    }

    pub async fn limit(&mut self, cap: Option<Cap>, at: Timestamp) -> Outcome<&'static [Notice]> {
        let event = AuditEvent { at, ..self.world.about(&self.key, "key.models") };
        let limits = ModelLimits { cap, ..ModelLimits::default() };
        self.cap = cap.unwrap_or(self.cap);
        Ok(self.world.store.limit_models(&self.acme.id, &self.key.id, &limits, None, &event).await?)
    }

    /// Its status by its row, and by the record that requests are decided by.
    async fn status(&self, at: Timestamp) -> Outcome<Status> {
        let key = self.world.store.key(&self.acme.id, &self.key.id).await?.ok_or(Error::NotFound)?;
        let record = self.world.store.key_record(&self.key.id).await?.ok_or(Error::NotFound)?;
        assert_eq!(key.spend(), record.credential.facts.spend.map(|spend| *spend));
        Ok(key.status(at))
    }

    async fn listed(&self, section: Section, at: Timestamp) -> Outcome<usize> {
        let filter = store::KeyFilter { now: at, ..all(section) };
        let page = self.world.store.key_page(&self.acme.id, &filter, Sort::Created, None, 10).await?;
        let count = self.world.store.count_keys(&self.acme.id, &filter).await?.count;
        assert_eq!(i64::try_from(page.keys.len())?, count);
        Ok(page.keys.len())
    }
}

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

async fn two_hundred_at_once_with_money_for_ten(world: &World) -> Outcome {
    let on = Capped::new(world, 109, Period::Month).await?;
    let calls: Vec<_> = (0..200).map(|_| (world.store.clone(), on.wants(10, NOW))).collect();
    let answers = together(calls.into_iter().map(|(store, new)| async move { store.reserve(&new).await })).await;
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
    let done = together(calls.into_iter().map(|(store, new, n)| async move {
        let reserved = store.reserve(&new).await?;
        let (one, other) = tokio::join!(
            store.settle_reserve(&new.id, Some(usd(n)), NOW),
            store.settle_reserve(&new.id, Some(usd(n)), NOW)
        );
        Ok::<_, Error>((reserved, usize::from(one?.is_some()) + usize::from(other?.is_some())))
    }))
    .await;
    for answer in done {
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
    let calls = together(calls.into_iter().map(|(store, new, n)| async move {
        let reserved = store.reserve(&new).await?.is_ok();
        let settled = store.settle_reserve(&new.id, Some(usd(n)), NOW).await?;
        Ok::<_, Error>((reserved, settled.map(|settled| settled.cost)))
    }));
    let changes = async {
        for period in periods {
            on.limit(Some(cap(1_000_000, period)), NOW).await?;
        }
        Outcome::Ok(())
    };
    let (calls, done) = tokio::join!(calls, changes);
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
    // A hundred at once, on the first millisecond of a day that nobody has begun.
    let next = midnight.plus(DAY);
    let calls: Vec<_> = (0..100).map(|_| (world.store.clone(), on.wants(25, next))).collect();
    let answers = together(calls.into_iter().map(|(store, new)| async move { store.reserve(&new).await })).await;
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
