//! What models cost: set from now or from a day to come, listed, taken back before it begins, and never afterwards.

use super::{fields, logged};
use crate::world::{World, grant, new_key};
use domain::{
    time::{DAY, Timestamp},
    workspace::Settings,
};
use server::{
    Error,
    auth::ManageModels,
    models::{self, PricedView, RawPrice},
};

on_both_engines!(a_price_holds_until_the_next_begins, what_has_begun_stays, another_workspaces_are_its_own);

fn raw(model: &str, input: &str, from: &str) -> RawPrice {
    let (input_price, output_price) = (input.into(), "10".into());
    RawPrice { model: model.into(), input_price, output_price, from: from.into(), ..RawPrice::default() }
}

/// A model's price of input, and the days from now at which others follow.
fn shown(priced: &PricedView, now: Timestamp) -> (String, Option<String>, Vec<i64>) {
    let input = priced.now.map(|dated| dated.value.input.to_string());
    (priced.model.to_string(), input, priced.ahead.iter().map(|dated| dated.from.since(now) / DAY).collect())
}

async fn listed(world: &World, slug: &str) -> Vec<(String, Option<String>, Vec<i64>)> {
    let list = models::prices(&world.grant(slug).await, "").await.unwrap();
    list.models.iter().map(|priced| shown(priced, world.now())).collect()
}

async fn a_price_holds_until_the_next_begins(world: &World) {
    world.key(new_key("secret of this story")).await;
    let manage = grant::<ManageModels>(&world.latchkey, "acme").await;
    let wrong = RawPrice { output_price: "-1".into(), cached_input_price: "x".into(), ..raw("gpt 4", "", "yesterday") };
    let all = ["model", "from", "input_price", "cached_input_price", "output_price"];
    assert_eq!(fields(models::set_price(&manage, &wrong).await), all);
    models::set_price(&manage, &raw("o3", "2.50", "")).await.unwrap();
    let later = world.now().plus(2 * DAY).day();
    models::set_price(&manage, &raw("o3", "1", &later)).await.unwrap();
    assert_eq!(fields(models::set_price(&manage, &raw("o3", "3", &later)).await), ["from"], "one begins then");
    assert_eq!(fields(models::set_price(&manage, &raw("o3", "3", "2020-01-01")).await), ["from"]);
    models::set_price(&manage, &raw("gpt-4.1", "0", &later)).await.unwrap();
    assert_eq!(
        listed(world, "acme").await,
        [("gpt-4.1".into(), None, vec![1]), ("o3".into(), Some("2.50".into()), vec![1])]
    );
    let said = logged(&world.latchkey, "price.set").await;
    assert!(said.iter().any(|said| said.starts_with("o3: $2.50 in, $2.50 cached, $10.00 out a million")), "{said:?}");

    let route = async || models::route(&manage, "o3").await.unwrap().price.map(|price| price.input.to_string());
    assert_eq!(route().await.as_deref(), Some("2.50"));
    // It begins by time alone: nobody announces it.
    world.clock.advance(2 * DAY);
    assert_eq!(route().await.as_deref(), Some("1.00"));
    assert_eq!(listed(world, "acme").await[1], ("o3".into(), Some("1.00".into()), vec![]));
    models::set_price(&manage, &raw("o3", "4", "")).await.unwrap();
    assert_eq!(route().await.as_deref(), Some("4.00"), "at once");
    let history = models::price_history(&manage, "o3", "").await.unwrap();
    let inputs: Vec<_> = history.prices.iter().map(|dated| dated.value.input.to_string()).collect();
    assert_eq!((inputs.join(" ").as_str(), history.next), ("4.00 1.00 2.50", None));
}

async fn what_has_begun_stays(world: &World) {
    world.key(new_key("secret of this story")).await;
    let manage = grant::<ManageModels>(&world.latchkey, "acme").await;
    let later = world.now().plus(2 * DAY).day();
    models::set_price(&manage, &raw("o3", "2", "")).await.unwrap();
    models::set_price(&manage, &raw("o3", "1", &later)).await.unwrap();
    let history = models::price_history(&manage, "o3", "").await.unwrap().prices;
    let moments: Vec<String> = history.iter().map(|dated| dated.from.0.to_string()).collect();
    let Err(Error::Forbidden(why)) = models::remove_price(&manage, "o3", &moments[1]).await else { panic!("it began") };
    assert!(why.contains("has begun"), "{why}");
    for (model, from) in [("o4", moments[0].as_str()), ("o3", "7"), ("o3", "soon"), ("o 3", &moments[0])] {
        assert!(matches!(models::remove_price(&manage, model, from).await, Err(Error::NotFound)), "{model} {from}");
    }
    models::remove_price(&manage, "o3", &moments[0]).await.unwrap();
    assert_eq!(listed(world, "acme").await, [("o3".into(), Some("2.00".into()), vec![])]);
    assert!(logged(&world.latchkey, "price.remove").await[0].starts_with("o3, from "));
    world.clock.advance(3 * DAY);
    assert_eq!(models::route(&manage, "o3").await.unwrap().price.unwrap().input.to_string(), "2.00");

    for day in 1..=10 {
        models::set_price(&manage, &raw("o3", "1", &world.now().plus(day * DAY).day())).await.unwrap();
    }
    let eleventh = raw("o3", "1", &world.now().plus(11 * DAY).day());
    let Err(Error::Limit(why)) = models::set_price(&manage, &eleventh).await else { panic!("an eleventh is kept") };
    assert!(why.starts_with("10 prices of this model are to come"), "{why}");
}

async fn another_workspaces_are_its_own(world: &World) {
    world.key(new_key("secret of this story")).await;
    world.workspace("other", Settings::default()).await;
    let (ours, other) =
        (grant::<ManageModels>(&world.latchkey, "acme").await, grant::<ManageModels>(&world.latchkey, "other").await);
    let later = world.now().plus(2 * DAY).day();
    models::set_price(&ours, &raw("o3", "2", &later)).await.unwrap();
    let from = models::price_history(&ours, "o3", "").await.unwrap().prices[0].from.0.to_string();
    assert!(listed(world, "other").await.is_empty());
    assert!(models::price_history(&other, "o3", "").await.unwrap().prices.is_empty());
    assert!(matches!(models::remove_price(&other, "o3", &from).await, Err(Error::NotFound)));
    models::set_price(&other, &raw("o3", "9", "")).await.unwrap();
    assert_eq!(listed(world, "acme").await, [("o3".into(), None, vec![1])]);
    assert_eq!(models::route(&ours, "o3").await.unwrap().price, None);
}
