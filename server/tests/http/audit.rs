//! The audit log as a download: who may have it, that it is whole and no more than was asked for, and that a file which
//! breaks off never looks whole. How much memory it takes is measured on the program itself (end2end/cli/export.rs).

use crate::{
    ask::{Answer, answer},
    console::Browser,
    world::{MINA, World, new_key},
};
use domain::access::Role;
use reqwest::Response;
use serde_json::Value;
use server::{keys, users};

on_both_engines![
    both_forms_hold_the_same,
    filters_narrow_what_is_exported,
    only_administrators_have_it,
    a_failure_midway_breaks_the_file_off,
];

const ADMIN: &str = "admin@example.com";

/// An administrator of `acme`, signed in.
async fn admin(world: &World) -> Browser<'_> {
    signed_in(world, ADMIN, Some(Role::Admin)).await
}

async fn signed_in<'a>(world: &'a World, email: &str, role: Option<Role>) -> Browser<'a> {
    let password = world.user(email).await;
    if let Some(role) = role {
        world.member("acme", email, role).await;
    }
    let mut browser = Browser::new(world).await;
    assert_eq!(browser.sign_in(email, &password).await.status, 204);
    browser
}

async fn get(browser: &Browser<'_>, world: &World, path: &str) -> Answer {
    answer(world.http.get(format!("{}{path}", browser.base)).header("cookie", &browser.cookie)).await
}

async fn array(browser: &Browser<'_>, world: &World, path: &str) -> Vec<Value> {
    let answer = get(browser, world, path).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json().as_array().unwrap().clone()
}

fn actions(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["action"].as_str().unwrap()).collect()
}

async fn both_forms_hold_the_same(world: &World) {
    // One moment after the other: of one moment, ids decide.
    world.clock.advance(1);
    let key = world.key(new_key("=HYPERLINK(\"x\")")).await;
    world.clock.advance(1);
    keys::delete(&world.grant("acme").await, &key.id, "").await.unwrap();
    world.clock.advance(1);
    world.workspace("other", domain::workspace::Settings::default()).await;
    let browser = admin(world).await;
    let mut events = array(&browser, world, "/w/acme/audit.json").await;
    // The workspace and its first member came at one moment.
    assert_eq!(events.split_off(3).len(), 2);
    assert_eq!(actions(&events), ["member.put", "key.delete", "key.create"]);
    assert_eq!(events[1]["target_name"], "=HYPERLINK(\"x\")", "it outlives the key");
    assert!(events.iter().all(|event| event["workspace"] == "acme" && event["actor"] == "command line"));

    let answer = get(&browser, world, "/w/acme/audit.csv").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    let disposition = answer.header("content-disposition");
    assert!(disposition.starts_with("attachment; filename=\"audit-acme-") && disposition.ends_with(".csv\""));
    let mut lines = answer.body.split("\r\n");
    assert_eq!(lines.next(), Some("id,at,workspace,actor,action,target,target_name,address,new_name"));
    for event in &events {
        let text = |field: &str| event[field].as_str().unwrap().to_owned();
        let begins = ["id", "at", "workspace", "actor", "action", "target"].map(text).join(",");
        assert!(lines.next().unwrap().starts_with(&begins), "{begins}");
    }
    assert_eq!(lines.filter(|line| !line.is_empty()).count(), 2);
    assert!(answer.body.contains(r#","'=HYPERLINK(""x"")","#), "no spreadsheet computes a name: {}", answer.body);
}

async fn filters_narrow_what_is_exported(world: &World) {
    world.clock.advance(1);
    let (ci, _) = (world.key(new_key("CI pipeline")).await, world.key(new_key("Deploy")).await);
    world.clock.advance(1);
    keys::disable(&world.grant("acme").await, &ci.id).await.unwrap();
    let browser = admin(world).await;
    for (query, expected) in [
        ("?action=key.create", &["key.create", "key.create"][..]),
        ("?target=pipe", &["key.disable", "key.create"]),
        ("?target=PIPELINE&action=key.disable", &["key.disable"]),
        ("?who=command%20line&action=key.disable", &["key.disable"]),
        ("?who=COMMAND&action=key.disable", &["key.disable"]),
        ("?who=nobody", &[]),
        ("?to=2020-01-01", &[]),
        ("?from=2999-01-01", &[]),
        ("?from=2020-01-01&to=2999-01-01&action=key.disable", &["key.disable"]),
        ("?action=key.disable&page=2&after=x", &["key.disable"]),
        ("?target=%00&action=key.disable", &["key.disable"]),
    ] {
        let events = array(&browser, world, &format!("/w/acme/audit.json{query}")).await;
        assert_eq!(actions(&events), expected, "{query}");
    }
    let whole_id = array(&browser, world, &format!("/w/acme/audit.json?target={}", ci.id)).await;
    assert_eq!(actions(&whole_id), ["key.disable", "key.create"]);
    for query in ["?from=yesterday", "?to=2026-02-30"] {
        let answer = get(&browser, world, &format!("/w/acme/audit.csv{query}")).await;
        assert_eq!((answer.status, answer.body.contains("not a day")), (422, true), "{query}");
        assert_eq!(answer.header("content-disposition"), "", "no file begins");
    }
}

async fn only_administrators_have_it(world: &World) {
    world.workspace("other", domain::workspace::Settings::default()).await;
    let admin = admin(world).await;
    let developer = signed_in(world, "developer@example.com", Some(Role::Developer)).await;
    let stranger = signed_in(world, "stranger@example.com", None).await;
    let nobody = Browser::new(world).await;
    for form in ["csv", "json"] {
        let path = format!("/w/acme/audit.{form}");
        for (browser, status) in [(&admin, 200), (&developer, 403), (&stranger, 404), (&nobody, 401)] {
            assert_eq!(get(browser, world, &path).await.status, status);
        }
        assert_eq!(get(&admin, world, &format!("/w/other/audit.{form}")).await.status, 404);
        for browser in [&admin, &developer, &stranger] {
            assert_eq!(get(browser, world, &format!("/admin/audit.{form}")).await.status, 404);
        }
    }
    let refused = get(&developer, world, "/w/acme/audit.csv").await;
    assert!(refused.body.contains("administrators of the workspace"), "{}", refused.body);

    let password = world.fresh_password();
    let grant = world.operator().instance().unwrap();
    users::create(&grant, "ada@example.com", "Ada", &password.clone().into(), true).await.unwrap();
    let mut ada = Browser::new(world).await;
    ada.sign_in("ada@example.com", &password).await;
    let events = array(&ada, world, "/admin/audit.json").await;
    let of = |slug: &str| events.iter().filter(|event| event["workspace"] == slug).count();
    assert_eq!((of("acme"), of("other")), (4, 1), "{events:?}");
    let created: Vec<&Value> = events.iter().filter(|event| event["action"] == "user.create").collect();
    assert!(created.iter().all(|event| event["workspace"].is_null()) && created.len() == 5);
    assert!(created.iter().any(|event| event["target_name"] == MINA), "the installation's own events");
    // No longer an administrator, no longer any log, with the session as it was. Somebody else administers then.
    world.member("acme", "ada@example.com", Role::Admin).await;
    world.member("acme", ADMIN, Role::Viewer).await;
    assert_eq!(get(&admin, world, "/w/acme/audit.csv").await.status, 403);
}

/// 60,000 events of some 500 bytes: more than the sockets between both sides hold.
const MUCH: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000),
    long(xs) AS (SELECT 'x' UNION ALL SELECT xs || xs FROM long WHERE LENGTH(xs) < 500)
    INSERT INTO audit_events (id, at, workspace_id, actor_id, actor, action, target, target_name, address)
    SELECT 'seed' || i, 1700000000000 + i, (SELECT id FROM workspaces WHERE slug = 'acme'), NULL, 'mina', 'key.edit', 'key',
      (SELECT xs FROM long ORDER BY LENGTH(xs) DESC LIMIT 1), '' FROM n";

async fn a_failure_midway_breaks_the_file_off(world: &World) {
    let browser = admin(world).await;
    world.place.execute(MUCH).await;
    for form in ["csv", "json"] {
        let mut response = begun(&browser, world, form).await;
        world.place.execute("ALTER TABLE audit_events RENAME TO gone").await;
        let end = loop {
            match response.chunk().await {
                Ok(Some(_)) => {}
                end => break end,
            }
        };
        assert!(end.is_err(), "{form}: a file that is not whole ended like one that is");
        let answer = get(&browser, world, &format!("/w/acme/audit.{form}")).await;
        assert_eq!(answer.status, 503, "what fails from the start is no file at all");
        world.place.execute("ALTER TABLE gone RENAME TO audit_events").await;
        let mut response = begun(&browser, world, form).await;
        let mut size = 0;
        while let Some(part) = response.chunk().await.unwrap() {
            size += part.len();
        }
        assert!(size > 60_000 * 500, "{form}: {size}");
    }
}

/// An export of which the first part has come.
async fn begun(browser: &Browser<'_>, world: &World, form: &str) -> Response {
    let request = world.http.get(format!("{}/w/acme/audit.{form}", browser.base)).header("cookie", &browser.cookie);
    let mut response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.chunk().await.unwrap().is_some());
    response
}
