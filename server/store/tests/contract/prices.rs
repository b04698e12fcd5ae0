//! What models cost: set from a moment on, listed by model, taken back before it begins; the past stays as it was.

use crate::{
    engine::Outcome,
    world::{NOW, World, together},
};
use domain::{
    model::{Dated, MOST_AHEAD, MicroUsd, ModelName, Price},
    time::{DAY, Timestamp},
};
use store::{Error, ModelPrice, PricedModel, Workspace};

on_both_engines!(
    a_price_is_set_and_holds_until_the_next,
    what_has_held_is_never_changed,
    one_begins_at_a_moment,
    models_are_listed_by_name,
    the_history_is_read_backwards,
    bounds_hold_for_all_that_come_at_once,
    another_workspace_finds_and_changes_nothing,
    what_no_version_wrote_is_unreadable,
);

fn model(name: &str) -> ModelName {
    match ModelName::parse(name) {
        Ok(model) => model,
        Err(why) => panic!("{name} {why}"),
    }
}

fn dated(from: Timestamp, dollars: u32) -> Dated<Price> {
    let [input, cached_input, output] = [dollars, dollars + 1, dollars + 2].map(MicroUsd::dollars);
    Dated { from, value: Price { input, cached_input, output } }
}

/// Sets a price at `now`, and asserts whether that left its event.
async fn set(
    world: &World,
    acme: &Workspace,
    name: &str,
    price: Dated<Price>,
    now: Timestamp,
) -> Outcome<Result<(), Error>> {
    let price = ModelPrice { model: model(name), price };
    let before = world.place.number("SELECT COUNT(*) FROM audit_events").await?;
    let done = world.store.insert_price(&acme.id, &price, now, &world.event("price.set")).await;
    let after = world.place.number("SELECT COUNT(*) FROM audit_events").await?;
    assert_eq!(after - before, i64::from(done.is_ok()));
    Ok(done)
}

async fn standing(world: &World, acme: &Workspace, now: Timestamp) -> Outcome<Vec<(String, Vec<i64>)>> {
    let found = world.store.standing_prices(&acme.id, now).await?;
    Ok(found.iter().map(shown).collect())
}

/// A model with the days, from now, that its prices begin at.
fn shown(priced: &PricedModel) -> (String, Vec<i64>) {
    (priced.model.to_string(), priced.prices.iter().map(|dated| dated.from.since(NOW) / DAY).collect())
}

async fn a_price_is_set_and_holds_until_the_next(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    let (first, second) = (dated(NOW, 1), dated(NOW.plus(2 * DAY), 5));
    set(world, &acme, "o3", first, NOW).await??;
    set(world, &acme, "o3", second, NOW).await??;
    set(world, &acme, "later", dated(NOW.plus(DAY), 3), NOW).await??;
    let found = store.standing_prices(&acme.id, NOW).await?;
    assert_eq!(found[1], PricedModel { model: model("o3"), prices: vec![first, second] });
    assert_eq!(standing(world, &acme, NOW).await?, [("later".into(), vec![1]), ("o3".into(), vec![0, 2])]);
    let day_two = NOW.plus(2 * DAY);
    assert_eq!(standing(world, &acme, day_two.plus(-1)).await?, [("later".into(), vec![1]), ("o3".into(), vec![0, 2])]);
    assert_eq!(standing(world, &acme, day_two).await?, [("later".into(), vec![1]), ("o3".into(), vec![2])]);
    Ok(())
}

async fn what_has_held_is_never_changed(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    assert_err!(set(world, &acme, "o3", dated(NOW.plus(-1), 1), NOW).await?, Error::Changed);
    set(world, &acme, "o3", dated(NOW, 1), NOW).await??;
    set(world, &acme, "o3", dated(NOW.plus(DAY), 2), NOW).await??;
    let remove = async |name: &str, from: Timestamp, now: Timestamp, events: i64| {
        let (model, event) = (model(name), world.event("price.remove"));
        world.leaving(events, store.remove_price(&acme.id, &model, from, now, &event)).await
    };
    assert_err!(remove("o3", NOW, NOW, 0).await?, Error::Changed);
    assert_err!(remove("o3", NOW.plus(DAY), NOW.plus(DAY), 0).await?, Error::Changed);
    assert_err!(remove("o3", NOW.plus(1), NOW, 0).await?, Error::NotFound);
    assert_err!(remove("o4", NOW.plus(DAY), NOW, 0).await?, Error::NotFound);
    assert_eq!(standing(world, &acme, NOW).await?, [("o3".into(), vec![0, 1])]);
    remove("o3", NOW.plus(DAY), NOW.plus(DAY - 1), 1).await??;
    assert_eq!(standing(world, &acme, NOW).await?, [("o3".into(), vec![0])]);
    Ok(())
}

async fn one_begins_at_a_moment(world: &World) -> Outcome {
    let (acme, _) = world.acme().await?;
    let later = NOW.plus(DAY);
    set(world, &acme, "o3", dated(later, 1), NOW).await??;
    assert_err!(set(world, &acme, "o3", dated(later, 2), NOW).await?, Error::Taken);
    set(world, &acme, "o4", dated(later, 2), NOW).await??;
    Ok(())
}

async fn models_are_listed_by_name(world: &World) -> Outcome {
    let (store, (acme, _), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    set(world, &other, "aside", dated(NOW, 1), NOW).await??;
    for name in ["b", "a", "B", "c/d"] {
        set(world, &acme, name, dated(NOW, 1), NOW).await??;
    }
    // It was replaced: what is over is not listed.
    set(world, &acme, "a", dated(NOW.plus(DAY), 2), NOW.plus(DAY)).await??;
    let now = NOW.plus(DAY);
    let first = store.price_page(&acme.id, None, 2, now).await?;
    let names = |models: Vec<PricedModel>| models.iter().map(shown).collect::<Vec<_>>();
    assert_eq!(names(first.models), [("B".into(), vec![0]), ("a".into(), vec![1])]);
    let last = store.price_page(&acme.id, first.next.as_ref(), 2, now).await?;
    assert_eq!((names(last.models), last.next), (vec![("b".into(), vec![0]), ("c/d".into(), vec![0])], None));
    assert!(store.price_page(&acme.id, Some(&model("z")), 2, now).await?.models.is_empty());
    Ok(())
}

async fn the_history_is_read_backwards(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    for day in 0..5 {
        let from = NOW.plus(day * DAY);
        set(world, &acme, "o3", dated(from, 1), from).await??;
    }
    let days = |prices: Vec<Dated<Price>>| prices.iter().map(|dated| dated.from.since(NOW) / DAY).collect::<Vec<_>>();
    let first = store.prices_of(&acme.id, &model("o3"), Timestamp(i64::MAX), 2).await?;
    let before = first[1].from;
    assert_eq!(days(first), [4, 3]);
    assert_eq!(days(store.prices_of(&acme.id, &model("o3"), before, 9).await?), [2, 1, 0]);
    assert!(store.prices_of(&acme.id, &model("o4"), Timestamp(i64::MAX), 9).await?.is_empty());
    Ok(())
}

async fn bounds_hold_for_all_that_come_at_once(world: &World) -> Outcome {
    let (acme, _) = world.acme().await?;
    let calls = (1..=MOST_AHEAD + 5).map(|day| {
        let (store, acme) = (world.store.clone(), acme.id.clone());
        let price = ModelPrice { model: model("o3"), price: dated(NOW.plus(day * DAY), 1) };
        let event = world.event("price.set");
        async move { store.insert_price(&acme, &price, NOW, &event).await }
    });
    let answers = world.leaving(MOST_AHEAD, together(calls)).await?;
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 5);
    for refused in answers.into_iter().filter(Result::is_err) {
        assert_err!(refused, Error::TooManyAhead(MOST_AHEAD));
    }
    set(world, &acme, "o3", dated(NOW, 1), NOW).await??;

    // As many models as there may be, written past the store.
    let rows = "INSERT INTO prices SELECT w.id, 'm' || n, 0, 0, 0, 0 FROM workspaces w CROSS JOIN (
                  WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 1999) SELECT n FROM up) many";
    world.place.execute(rows).await?;
    assert_err!(set(world, &acme, "one-more", dated(NOW, 1), NOW).await?, Error::TooManyPriced(2_000));
    set(world, &acme, "m7", dated(NOW, 1), NOW).await??;
    Ok(())
}

async fn another_workspace_finds_and_changes_nothing(world: &World) -> Outcome {
    let (store, (acme, _), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    let later = NOW.plus(DAY);
    set(world, &acme, "o3", dated(later, 1), NOW).await??;
    assert!(store.standing_prices(&other.id, NOW).await?.is_empty());
    assert!(store.price_page(&other.id, None, 9, NOW).await?.models.is_empty());
    assert!(store.prices_of(&other.id, &model("o3"), Timestamp(i64::MAX), 9).await?.is_empty());
    let (model, event) = (model("o3"), world.event("price.remove"));
    assert_err!(world.leaving(0, store.remove_price(&other.id, &model, later, NOW, &event)).await?, Error::NotFound);
    set(world, &other, "o3", dated(later, 9), NOW).await??;
    assert_eq!(store.prices_of(&acme.id, &model, Timestamp(i64::MAX), 9).await?, [dated(later, 1)]);
    Ok(())
}

async fn what_no_version_wrote_is_unreadable(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    set(world, &acme, "o3", dated(NOW, 1), NOW).await??;
    world.place.execute("UPDATE prices SET model = 'o 3'").await?;
    assert_err!(store.standing_prices(&acme.id, NOW).await, Error::Unreadable(_));
    Ok(())
}
