//! The usage page: what it sums up, every filter in its URL, its files, and what it says where there is nothing.

use super::{
    logs::{me, once},
    mcp::text,
    world::{Page, Who, World},
};
use domain::{key::Permission, time::DAY};

#[tokio::test]
async fn requests_are_summed_up_and_narrowed() {
    let world = World::new().await;
    let viewer = world.browser(Who::Viewer).await;
    let empty = text(&viewer, "/w/acme/usage").await;
    assert!(empty.contains("No requests in these days") && !empty.contains("By key"));
    let (ci, ci_key) = world.key(Who::Developer, "CI <b>", Permission::ReadOnly, false).await;
    let (agent, agent_key) = world.key(Who::Admin, "agent", Permission::ReadWrite, false).await;
    assert_eq!((me(&world, &ci_key).await, me(&world, &agent_key).await), (200, 200));
    let admin = world.browser(Who::Admin).await;
    admin.post("/console/disable_key", &[("workspace", "acme".into()), ("key", ci.clone())]).send().await.unwrap();
    assert_eq!(me(&world, &ci_key).await, 401);
    let html = once(&viewer, "/w/acme/usage", "2 accepted and 1 refused.").await;
    for part in [
        "CI &lt;b&gt;",
        "By key",
        "By environment",
        "No environment",
        "By model",
        "No model",
        "By member",
        "Developer",
        "figure-about\"></span>3</span>",
        "none in the 30 days before",
        "Share of requests",
        ">66%</span>",
        "href=\"/w/acme/usage\" aria-current=\"page\"",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(html.contains(&format!("href=\"/w/acme/usage?key={ci}\"")), "a key leads to itself alone");
    assert!(html.contains(&format!("href=\"/w/acme/keys/{agent}\"")), "and to its page");
    let rows = |html: &str| html.matches("usage-name\"").count();
    assert_eq!(rows(&html), 2 + 1 + 1 + 2);
    let day = |ago: i64| world.latchkey.now().plus(-ago * DAY).day();
    for (query, requests) in [
        (format!("key={ci}"), 2),
        ("key=ci".into(), 2),
        ("key=agent&show=spend".into(), 1),
        ("range=7d".into(), 3),
        ("range=90d".into(), 3),
        ("range=month".into(), 3),
        (format!("from={}&to={}", day(0), day(0)), 3),
        (format!("to={}", day(1)), 0),
        ("environment=prod".into(), 0),
        ("model=o3".into(), 0),
        ("member=nobody".into(), 0),
    ] {
        let html = text(&viewer, &format!("/w/acme/usage?{query}")).await;
        let figure = format!("figure-about\"></span>{requests}</span>");
        assert_eq!(html.contains(&figure), requests > 0, "{query}");
        let nothing = html.contains("No request matches") || html.contains("No requests in these days");
        assert_eq!(nothing, requests == 0, "{query}");
    }
    // Who has left is still told by name, and so are their keys.
    let developer = html.split("/w/acme/usage?member=").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let gone = [("workspace", "acme".to_owned()), ("user", developer.to_owned())];
    admin.post("/console/remove_member", &gone).send().await.unwrap();
    let left = text(&viewer, &format!("/w/acme/usage?member={developer}")).await;
    assert!(left.contains(&format!("<option value=\"{developer}\" selected>Developer</option>")), "{left}");
    assert!(left.contains("figure-about\"></span>2</span>") && left.contains("CI &lt;b&gt;"));
    let other = text(&world.browser(Who::Other).await, "/w/other/usage").await;
    assert!(other.contains("No requests in these days") && !other.contains("CI &lt;b&gt;"));
}

#[tokio::test]
async fn what_is_chosen_stays_and_what_is_wrong_is_said() {
    let world = World::new().await;
    let viewer = world.browser(Who::Viewer).await;
    let (_, key) = world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    assert_eq!(me(&world, &key).await, 200);
    let html = once(&viewer, "/w/acme/usage?range=7d&show=tokens&key=CI", "0 tokens in and 0 tokens out.").await;
    assert!(html.contains("<input type=\"hidden\" name=\"range\" value=\"7d\"") && html.contains("value=\"CI\""));
    assert!(html.contains("<input type=\"hidden\" name=\"show\" value=\"tokens\"") && html.contains("Share of tokens"));
    assert!(html.contains("href=\"/w/acme/usage?range=7d&amp;key=CI&amp;show=spend#days\""), "links keep the rest");
    assert!(html.contains("href=\"/w/acme/usage?key=CI&amp;show=tokens\""), "30 days need no word");
    assert!(text(&viewer, "/w/acme/usage?show=spend").await.contains("$0.00 spent."));
    let chosen = text(&viewer, "/w/acme/usage?environment=gone&member=gone").await;
    assert_eq!(chosen.matches("value=\"gone\" selected").count(), 2);
    for (query, wrong) in [
        ("from=yesterday&key=CI", "This is not a day."),
        ("from=2020-01-01", "At most 92 are shown at once."),
        ("from=2020-01-02&to=2020-01-01", "The first day comes after the last one."),
    ] {
        let html = text(&viewer, &format!("/w/acme/usage?{query}")).await;
        assert!(html.contains(wrong) && !html.contains("By key") && !html.contains("Export CSV"), "{query}");
    }
    let html = text(&viewer, "/w/acme/usage?from=yesterday&key=CI").await;
    assert!(html.contains("value=\"yesterday\"") && html.contains("value=\"CI\""));
}

#[tokio::test]
async fn files_have_a_row_a_day_key_and_model() {
    let world = World::new().await;
    let viewer = world.browser(Who::Viewer).await;
    let (id, key) = world.key(Who::Developer, "=CI", Permission::ReadOnly, false).await;
    assert_eq!((me(&world, &key).await, me(&world, &key).await), (200, 200));
    once(&viewer, "/w/acme/usage", "2 accepted and 0 refused.").await;
    let today = world.latchkey.now().day();
    let file = viewer.get("/w/acme/usage.csv?range=7d&show=spend").await;
    let name = format!("-to-{today}.csv\"");
    let said = file.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(said.contains("filename=\"usage-acme-") && said.ends_with(&name), "{said}");
    let csv = file.html().await;
    let row = format!("{today},{id},'=CI,Developer,,,2,0,0,0,0,0,0.00");
    assert_eq!(csv.lines().nth(1), Some(row.as_str()), "{csv}");
    assert!(csv.starts_with("day,key,key_name,owner,environment,model,requests,refused,") && csv.lines().count() == 2);
    let lines: Vec<serde_json::Value> = viewer.get("/w/acme/usage.json?key=ci").await.json().await.unwrap();
    assert_eq!((lines.len(), &lines[0]["requests"], &lines[0]["cost"]), (1, &2.into(), &"0.00".into()));
    let lines: Vec<serde_json::Value> = viewer.get("/w/acme/usage.json?model=o3").await.json().await.unwrap();
    assert!(lines.is_empty());
    assert_eq!(viewer.get("/w/acme/usage.csv?from=yesterday").await.status(), 422);
}
