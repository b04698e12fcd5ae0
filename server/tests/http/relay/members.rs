//! Members by which some providers answer with another model, or at another price, than a body names: refused.

use super::{House, chat, fake::Fake};
use crate::{
    ask::answer,
    spend::capped,
    world::{World, new_key},
};
use serde_json::json;

on_sqlite![no_other_model_is_asked_for, a_cap_pays_the_price_of_the_table];

const REQUEST: &str = "invalid_request_error";

async fn no_other_model_is_asked_for(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let (key, scoped) = (world.key(new_key("agent")).await, world.key(capped("scoped", "small", "", "")).await);
    let post = async |key, member: &str| {
        let body = format!(r#"{{"model":"small","messages":[],{member}}}"#);
        let request = house.http.post(format!("{}/v1/chat/completions", house.base)).bearer_auth(key);
        answer(request.header("content-type", "application/json").body(body)).await
    };
    for (member, param) in [
        (r#""models":["large"]"#, "models"),
        (r#""models":[]"#, "models"),
        (r#""route":"fallback""#, "route"),
        (r#""preset":"dear""#, "preset"),
        (r#""plugins":[{"id":"fusion","model":"large"}]"#, "plugins"),
        (r#""tools":[{"type":"openrouter:advisor","parameters":{"model":"large"}}]"#, "tools"),
        (r#""fallbacks":["large"]"#, "fallbacks"),
        (r#""fallb\u0061cks":["large"]"#, "fallbacks"),
        (r#""Models":["large"]"#, "models"),
        (r#""ROUTE":"fallback""#, "route"),
        (r#""context_window_fallbacks":[{"small":["large"]}]"#, "context_window_fallbacks"),
        (r#""content_policy_fallbacks":[{"small":["large"]}]"#, "content_policy_fallbacks"),
        (r#""contextWindowFallbacks":[]"#, "context_window_fallbacks"),
        (r#""extra_body":{"models":["large"]}"#, "extra_body"),
    ] {
        for key in [&key, &scoped] {
            let refused = post(&key.text, member).await;
            refused.assert_failure(400, REQUEST, Some(param), "invalid_request");
            assert!(refused.message().contains(param), "{refused:?}");
        }
    }
    assert!(fake.seen().is_empty());
    for harmless in [r#""models":null"#, r#""metadata":{"models":"a","route":"b"}"#] {
        assert_eq!(post(&key.text, harmless).await.status, 200, "{harmless}");
    }
    house.latchkey.shut_down().await;
}

async fn a_cap_pays_the_price_of_the_table(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let (key, free) = (world.key(capped("agent", "", "1", "day")).await, world.key(new_key("free")).await);
    let mut body = chat("small");
    for dear in [json!("priority"), json!("performance"), json!("Default"), json!(""), json!(1), json!(["default"])] {
        body["service_tier"] = dear;
        let refused = answer(house.post("chat/completions", &key, &body)).await;
        refused.assert_failure(400, REQUEST, Some("service_tier"), "invalid_request");
        assert!(refused.message().contains("spend cap") && refused.message().contains("service_tier"), "{refused:?}");
        assert_eq!(answer(house.post("chat/completions", &free, &body)).await.status, 200, "nothing is capped");
    }
    body["service_tier"] = json!(null);
    body["provider"] = json!({"order": ["dear"]});
    let refused = answer(house.post("chat/completions", &key, &body)).await;
    refused.assert_failure(400, REQUEST, Some("provider"), "invalid_request");
    assert_eq!(answer(house.post("chat/completions", &free, &body)).await.status, 200, "nothing is capped");
    body["provider"] = json!(null);
    for fine in [json!(null), json!("default"), json!("auto"), json!("flex"), json!("standard")] {
        body["service_tier"] = fine;
        assert_eq!(answer(house.post("chat/completions", &key, &body)).await.status, 200, "{body}");
    }
    house.latchkey.shut_down().await;
}
