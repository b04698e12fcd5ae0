//! The logs page: what it lists, every filter in its URL, and what it says where nothing matches.

use super::{
    mcp::text,
    models::register,
    world::{Browser, Page, Who, World},
};
use domain::{key::Permission, time::DAY};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The page once it has that text: requests are written a moment after they were answered.
pub async fn once(browser: &Browser, path: &str, part: &str) -> String {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let html = text(browser, path).await;
        if html.contains(part) {
            return html;
        }
        assert!(Instant::now() < until, "{path} has no {part}");
        sleep(Duration::from_millis(50)).await;
    }
}

pub async fn me(world: &World, key: &str) -> u16 {
    let asked = reqwest::Client::new().get(format!("{}/api/me", world.url)).bearer_auth(key);
    asked.header("user-agent", "tester/1").send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn requests_are_listed_and_narrowed() {
    let world = World::new().await;
    let viewer = world.browser(Who::Viewer).await;
    assert!(text(&viewer, "/w/acme/logs").await.contains("No requests yet"));
    let (ci, ci_key) = world.key(Who::Developer, "CI <b>", Permission::ReadOnly, false).await;
    let (_, agent_key) = world.key(Who::Admin, "agent", Permission::ReadWrite, false).await;
    assert_eq!((me(&world, &ci_key).await, me(&world, &agent_key).await), (200, 200));
    let admin = world.browser(Who::Admin).await;
    admin.post("/console/disable_key", &[("workspace", "acme".into()), ("key", ci.clone())]).send().await.unwrap();
    assert_eq!(me(&world, &ci_key).await, 401);
    let html = once(&viewer, "/w/acme/logs", "KEY_DISABLED</span>").await;
    for part in ["CI &lt;b&gt;", "agent", "tester/1", ">Accepted<", "127.0.0.1", "Developer"] {
        assert!(html.contains(part), "{part}");
    }
    let rows = |html: &str| html.matches("class=\"log-key\"").count();
    assert_eq!(rows(&html), 3);
    for (query, count) in [
        (format!("key={ci}"), 2),
        ("key=ci".into(), 2),
        ("answer=refused".into(), 1),
        ("answer=KEY_DISABLED&key=agent".into(), 0),
        ("answer=accepted&surface=me".into(), 2),
        ("surface=relay".into(), 0),
        ("model=o3".into(), 0),
        ("server=files".into(), 0),
        ("environment=prod".into(), 0),
        (format!("from={}", world.latchkey.now().day()), 3),
        (format!("to={}", world.latchkey.now().plus(-2 * DAY).day()), 0),
        ("after=0.0".into(), 0),
    ] {
        let html = text(&viewer, &format!("/w/acme/logs?{query}")).await;
        assert_eq!(rows(&html), count, "{query}");
        assert!(count > 0 || html.contains("No request matches") || query.starts_with("after"), "{query}");
    }
    let html = text(&viewer, "/w/acme/logs?from=yesterday&key=ci").await;
    assert!(
        html.contains("This is not a day.") && html.contains("value=\"yesterday\"") && html.contains("value=\"ci\"")
    );
    let chosen = text(&viewer, "/w/acme/logs?environment=gone&answer=RATE_LIMITED").await;
    assert!(chosen.contains("value=\"gone\" selected") && chosen.contains("value=\"RATE_LIMITED\" selected"));
    let file = viewer.get("/w/acme/logs.json?answer=refused&after=0.0").await;
    assert!(file.headers()["content-disposition"].to_str().unwrap().contains("filename=\"requests-acme-"));
    let lines: Vec<serde_json::Value> = file.json().await.unwrap();
    assert_eq!((lines.len(), &lines[0]["code"], &lines[0]["key_name"]), (1, &"KEY_DISABLED".into(), &"CI <b>".into()));
    let csv = text(&viewer, "/w/acme/logs.csv?key=ci").await;
    assert!(csv.starts_with("at,key,key_name,owner,") && csv.lines().count() == 3, "{csv}");
    assert_eq!(viewer.get("/w/acme/logs.csv?from=yesterday").await.status(), 422);
    assert!(!text(&world.browser(Who::Other).await, "/w/other/logs").await.contains("CI &lt;b&gt;"));
}

#[tokio::test]
async fn a_refused_model_is_in_the_log() {
    let world = World::new().await;
    let viewer = world.browser(Who::Viewer).await;
    register(&world, "openai", "http://127.0.0.1:9/v1", "o3").await;
    let (_, key) = world.key(Who::Developer, "agent", Permission::ReadOnly, false).await;
    let asked = reqwest::Client::new().post(format!("{}/v1/chat/completions", world.url)).bearer_auth(&key);
    let said = asked.json(&serde_json::json!({"model": "gpt-0", "messages": []})).send().await.unwrap();
    assert_eq!(said.status(), 404, "{}", said.html().await);
    let html = once(&viewer, "/w/acme/logs?model=gpt-0", "MODEL_NOT_FOUND</span>").await;
    assert!(html.contains("<bdi>gpt-0</bdi>") && html.contains("<option value=\"o3\">"));
}
