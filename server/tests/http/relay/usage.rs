//! What relayed calls and other requests come to on the usage page: exact, each in one place, and gone on to the days before.

use super::{
    House, chat,
    fake::{Fake, json_answer},
};
use crate::{
    ask::answer,
    spend::capped,
    world::{World, grant, new_key},
};
use domain::time::DAY;
use serde_json::json;
use server::{
    auth::SeeKeys,
    usage::{self, Breakdown, UsageQuery, UsageSum, UsageView},
};

on_both_engines![calls_and_other_requests_add_up, what_no_provider_told_is_an_estimate];

/// The sum of so many requests, of which some were chats with an answer: 11 fresh tokens, 8 cached ones and 10 out.
fn sum(accepted: i64, refused: i64, answered: i64, cost: i64) -> UsageSum {
    UsageSum {
        accepted,
        refused,
        input_tokens: 19 * answered,
        cached_tokens: 8 * answered,
        output_tokens: 10 * answered,
        cost,
        estimated: 0,
    }
}

async fn seen(world: &World, query: &UsageQuery) -> UsageView {
    usage::page(&grant::<SeeKeys>(&world.latchkey, "acme").await, query).await.unwrap()
}

fn named(kind: &Breakdown) -> Vec<(&str, UsageSum)> {
    kind.groups.iter().map(|group| (group.name.as_str(), group.sum)).collect()
}

async fn calls_and_other_requests_add_up(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    house.register("down", "http://127.0.0.1:9/v1", 1, "down").await;
    let agent = world.key(new_key("agent")).await;
    let narrow = world.key(capped("narrow", "large", "", "")).await;
    let poor = world.key(capped("poor", "", "0.01", "total")).await;
    assert_eq!(house.chat(&agent).await.status, 200);
    assert_eq!(answer(house.post("chat/completions", &agent, &chat("large"))).await.status, 200);
    assert_eq!(answer(house.post("chat/completions", &agent, &chat("unknown"))).await.status, 404);
    assert_eq!(answer(house.post("chat/completions", &agent, &chat("down"))).await.status, 502);
    assert_eq!(answer(house.http.get(format!("{}/api/me", house.base)).bearer_auth(&agent.text)).await.status, 200);
    assert_eq!(house.chat(&narrow).await.status, 403);
    let mut dear = chat("small");
    dear["max_tokens"] = json!(1_000);
    assert_eq!(answer(house.post("chat/completions", &poor, &dear)).await.status, 402);
    // What waits is written at the end.
    house.latchkey.shut_down().await;

    let view = seen(world, &UsageQuery::default()).await;
    assert_eq!((view.sum, view.before), (sum(4, 3, 2, 138), UsageSum::default()));
    assert_eq!(view.days.len(), 30);
    assert_eq!(view.days.last().unwrap().1, view.sum);
    let keys = [("agent", sum(4, 1, 2, 138)), ("narrow", sum(0, 1, 0, 0)), ("poor", sum(0, 1, 0, 0))];
    let mut found = named(&view.keys);
    found.sort_by_key(|(name, _)| *name);
    assert_eq!(found, keys);
    // Of what was refused, only the call of the poor one had come to a model that there is.
    let models =
        [("", sum(1, 2, 0, 0)), ("small", sum(1, 1, 1, 138)), ("down", sum(1, 0, 0, 0)), ("large", sum(1, 0, 1, 0))];
    assert_eq!(named(&view.models), models);
    assert_eq!((view.members.groups.len(), view.members.groups[0].sum), (1, view.sum));
    let small = seen(world, &UsageQuery { model: "small".into(), ..UsageQuery::default() }).await;
    assert_eq!(small.sum, sum(1, 1, 1, 138));

    world.clock.advance(30 * DAY);
    let later = seen(world, &UsageQuery::default()).await;
    assert_eq!((later.sum, later.before), (UsageSum::default(), view.sum));
    assert!(later.keys.groups.is_empty() && later.keys.others == 0);
}

async fn what_no_provider_told_is_an_estimate(world: &World) {
    let silent = Fake::serve(|_| json_answer(200, r#"{"choices": [{"message": {"content": "Hello, world!"}}]}"#)).await;
    let house = House::with(world, &silent).await;
    house.price("small").await;
    let key = world.key(new_key("agent")).await;
    assert_eq!(house.chat(&key).await.status, 200);
    house.latchkey.shut_down().await;
    let view = seen(world, &UsageQuery::default()).await;
    assert_eq!((view.sum.accepted, view.sum.estimated), (1, 1));
    assert!(view.sum.tokens() > 4 && view.sum.cost > 0, "{:?}", view.sum);
}
