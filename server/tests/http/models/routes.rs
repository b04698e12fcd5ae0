//! Where a request for a model goes: by every instance alike, from the acknowledgement of a change on.

use super::{KEY, fields, open_instance, register, with_models};
use crate::world::{World, grant};
use domain::workspace::Settings;
use server::{
    Latchkey,
    auth::{ManageModels, SeeKeys},
    models::{self, RawPrice, RawProvider},
};

on_both_engines!(every_instance_follows, a_lost_master_key_concerns_its_provider_alone);

/// The providers that are tried for a model, at an instance.
async fn route(latchkey: &Latchkey, model: &str) -> String {
    let route = models::route(&grant(latchkey, "acme").await, model).await.unwrap();
    route.providers.into_iter().map(|tried| tried.slug).collect::<Vec<_>>().join(" ")
}

async fn known(latchkey: &Latchkey) -> String {
    let names = models::known(&grant::<SeeKeys>(latchkey, "acme").await).await.unwrap();
    names.into_iter().map(String::from).collect::<Vec<_>>().join(" ")
}

async fn every_instance_follows(world: &World) {
    let (here, there) = (&world.latchkey, &open_instance(world).await);
    let all_say = async |model: &str, wanted: &str| {
        for latchkey in [here, there] {
            // Twice: from the database, and from memory.
            assert_eq!(route(latchkey, model).await, wanted, "{model}");
            assert_eq!(route(latchkey, model).await, wanted, "{model}");
        }
    };
    all_say("o3", "").await;
    register(here, &with_models("b", 20, "o3")).await.unwrap();
    all_say("o3", "b").await;
    register(there, &with_models("a", 20, "o3, gpt-4.1")).await.unwrap();
    all_say("o3", "a b").await;
    all_say("gpt-4.1", "a").await;
    assert_eq!(known(here).await, "gpt-4.1 o3");
    models::edit(&grant(here, "acme").await, "b", &with_models("b", 1, "o3, other")).await.unwrap();
    all_say("o3", "b a").await;
    assert_eq!(known(there).await, "gpt-4.1 o3 other");
    models::enable(&grant(there, "acme").await, "b", false).await.unwrap();
    all_say("o3", "a").await;
    assert_eq!(known(here).await, "gpt-4.1 o3");
    models::enable(&grant(here, "acme").await, "b", true).await.unwrap();
    all_say("o3", "b a").await;
    models::remove(&grant(there, "acme").await, "b", "b").await.unwrap();
    all_say("o3", "a").await;
    let wrong = models::route(&grant::<ManageModels>(here, "acme").await, "o 3").await;
    assert_eq!(fields(wrong), ["model"]);

    let price = async |latchkey: &Latchkey| {
        let route = models::route(&grant(latchkey, "acme").await, "o3").await.unwrap();
        route.price.map(|price| price.input.to_string())
    };
    assert_eq!((price(here).await, price(there).await), (None, None));
    let set = RawPrice { model: "o3".into(), input_price: "2".into(), output_price: "8".into(), ..RawPrice::default() };
    models::set_price(&grant(there, "acme").await, &set).await.unwrap();
    assert_eq!((price(here).await, price(there).await), (Some("2.00".into()), Some("2.00".into())));

    world.workspace("other", Settings::default()).await;
    let other = models::route(&grant(here, "other").await, "o3").await.unwrap();
    assert_eq!((other.providers.len(), other.price), (0, None));
    there.shut_down().await;
}

async fn a_lost_master_key_concerns_its_provider_alone(world: &World) {
    let latchkey = &open_instance(world).await;
    let sealed = RawProvider { credential: KEY.to_owned().into(), ..with_models("sealed", 1, "o3") };
    register(latchkey, &sealed).await.unwrap();
    register(latchkey, &with_models("open", 2, "o3")).await.unwrap();
    let ready = async || {
        let route = models::route(&grant(latchkey, "acme").await, "o3").await.unwrap();
        route.providers.into_iter().map(|tried| (tried.slug, tried.ready)).collect::<Vec<_>>()
    };
    assert_eq!(ready().await, [("sealed".into(), true), ("open".into(), true)]);
    let file = &world.config.master_key_file;
    let right = std::fs::read(file).unwrap();
    std::fs::write(file, [9; 32]).unwrap();
    // A change makes it read anew.
    models::enable(&grant(latchkey, "acme").await, "open", true).await.unwrap();
    assert_eq!(ready().await, [("sealed".into(), false), ("open".into(), true)]);
    std::fs::write(file, right).unwrap();
    // Nobody announces that the file is back: it is looked at again in a few seconds.
    world.clock.advance(5_000);
    assert_eq!(ready().await, [("sealed".into(), true), ("open".into(), true)], "found again");
    latchkey.shut_down().await;
}
