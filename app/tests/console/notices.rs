//! The line above the keys: what it says, and to whom it offers what.

use super::{
    logs::once,
    models::{price, register},
    world::{Page, Who, World, plain},
};
use axum::{Json, Router, routing::post};
use domain::{
    key::{NewKey, Permission},
    model::ModelLimits,
    time::DAY,
};
use serde_json::{Value, json};
use server::{auth::Caller, keys};
use std::time::Duration;

async fn page(world: &World, who: Who) -> String {
    world.browser(who).await.get("/w/acme/keys").await.html().await
}

#[tokio::test]
async fn says_what_needs_a_look_and_offers_what_helps() {
    let world = World::new().await;
    assert!(!page(&world, Who::Developer).await.contains("class=\"notices\""), "nothing to say");
    let grant = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    let (paused, text) = world.key(Who::Developer, "paused", Permission::ReadOnly, false).await;
    for n in 0..7_i64 {
        let soon = NewKey {
            name: format!("soon {n}"),
            description: String::new(),
            environment: String::new(),
            permission: Permission::ReadOnly,
            expires_at: Some(world.latchkey.now().plus(DAY + n * 60_000)),
            gateway: false,
            url_credential: false,
            limits: domain::key::Limits::default(),
            mcp: domain::key::McpScope::default(),
            model: domain::model::ModelLimits::default(),
        };
        keys::create_for(&grant, &Who::Developer.email(), soon).await.unwrap();
    }
    let change = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    keys::disable(&change, &paused).await.unwrap();
    let browser = world.browser(Who::Nobody).await;
    let tried = browser.client.get(format!("{}/api/me", world.url)).bearer_auth(&text).send().await.unwrap();
    assert_eq!(tried.status(), 401);

    let developer = world.browser(Who::Developer).await;
    let html = once(&developer, "/w/acme/keys", "1 stopped key is still being tried").await;
    let notices = &html[html.find("<details class=\"notices\"").unwrap()..html.find("role=\"search\"").unwrap()];
    assert!(notices.contains("7 keys expire within 7 days · 1 stopped key is still being tried"), "{notices}");
    let rows = |html: &str| html.matches("class=\"rows-title\"").count();
    assert_eq!(rows(notices), 6, "five of the seven, and the one that is tried");
    assert!(notices.contains("soon 0") && !notices.contains("soon 5") && notices.contains("and 2 others"));
    assert!(notices.contains("tried just now") && notices.contains("from 127.0.0.1"), "{notices}");
    assert_eq!(notices.matches("aria-label=\"Open soon").count(), 5, "keys in use are opened");
    let delete = format!("/w/acme/keys/{paused}/delete\"");
    assert_eq!((notices.matches(&delete).count(), notices.matches("/delete\"").count()), (1, 1));
    assert_eq!(notices.matches("/console/").count(), 0, "a stopped one is not offered a pause");

    let html = page(&world, Who::Viewer).await;
    let notices = &html[html.find("<details class=\"notices\"").unwrap()..html.find("role=\"search\"").unwrap()];
    assert_eq!((rows(notices), notices.matches("/console/").count(), notices.matches("aria-label").count()), (6, 0, 0));
    let other = world.browser(Who::Other).await.get("/w/other/keys").await.html().await;
    assert!(!other.contains("class=\"notices\"") && !other.contains("soon 0"), "another workspace");
}

/// A provider whose every answer costs a dollar.
async fn dear() -> String {
    async fn answer() -> Json<Value> {
        Json(json!({
            "id": "chat-1", "object": "chat.completion", "created": 1, "model": "o3",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 400_000, "completion_tokens": 0, "total_tokens": 400_000},
        }))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/chat/completions", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

#[tokio::test]
async fn says_which_keys_are_at_their_spend_cap_or_near() {
    let world = World::new().await;
    register(&world, "openai", &dear().await, "o3").await;
    price(&world, "o3", "").await;
    for (name, cap, period) in
        [("daily", "1", "day"), ("for ever", "1", "total"), ("nearly", "1.2", "month"), ("far", "9", "day")]
    {
        let model = ModelLimits::check("", cap, period).unwrap();
        let (_, text) = world.made(Who::Developer, NewKey { model, ..plain(name) }).await;
        let asked = reqwest::Client::new().post(format!("{}/v1/chat/completions", world.url)).bearer_auth(&text);
        let asked =
            asked.json(&json!({"model": "o3", "max_tokens": 1, "messages": [{"role": "user", "content": "?"}]}));
        let said = asked.send().await.unwrap();
        let status = said.status();
        assert_eq!(status, 200, "{name}: {}", said.text().await.unwrap());
    }
    let line = "2 keys have reached their spend cap · 1 key has spent 80% of its cap";
    let mut html = page(&world, Who::Developer).await;
    // A call is settled just after it was answered.
    for _ in 0..600 {
        if html.contains(line) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        html = page(&world, Who::Developer).await;
    }
    let notices = &html[html.find("<details class=\"notices\"").unwrap()..html.find("role=\"search\"").unwrap()];
    for part in [
        line,
        "$1.00 of $1.00 today",
        "back <time",
        "$1.00 of $1.00 in total",
        "until the cap is raised",
        "$1.00 of $1.20 this month",
        "aria-label=\"Open nearly\"",
    ] {
        assert!(notices.contains(part), "{part} is not in {notices}");
    }
    assert!(!notices.contains(">far<") && !notices.contains("/delete\""), "what is in use is opened, not stopped");
}
