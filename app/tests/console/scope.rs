//! Servers and firewall policy on keys, and the policies' own pages.

use super::{
    guardrails::version,
    mcp::{asked, policy, register, send, text},
    world::{Page, Who, World},
};
use domain::key::Permission;

#[tokio::test]
async fn a_key_is_created_for_chosen_servers() {
    let world = World::new().await;
    let developer = world.browser(Who::Developer).await;
    assert!(!text(&developer, "/w/acme/keys/new").await.contains("MCP servers"), "there is nothing to choose");
    for slug in ["files", "mail"] {
        register(&world, slug, "https://files.example.com/mcp").await;
    }
    let strict = policy(&world, "Look only", "deny */set_*").await;
    let form = text(&developer, "/w/acme/keys/new").await;
    assert!(form.contains("MCP servers") && form.contains("value=\"mail\"") && form.contains("Look only"));

    let plain = [("name", "CI"), ("permission", "read_only"), ("expiry", "30")];
    let none = [&plain[..], &[("servers", "chosen"), ("policy", &*strict)]].concat();
    let (html, page) = send(&developer, "create_key", &none).await;
    assert!(page.ends_with("/keys/new") && html.contains("Tick at least one server") && html.contains("value=\"CI\""));
    let gone = [&plain[..], &[("servers", "chosen"), ("chosen[]", "files"), ("chosen[]", "gone")]].concat();
    let html = send(&developer, "create_key", &gone).await.0;
    assert!(html.contains("One of these servers is not there any more."));
    assert!(html.contains("value=\"files\" checked") && !html.contains("value=\"mail\" checked"), "ticks are kept");

    let good = [&plain[..], &[("servers", "chosen"), ("chosen[]", "files"), ("policy", &*strict)]].concat();
    let page = send(&developer, "create_key", &good).await.1;
    let page = page.trim_end_matches("/new").to_owned();
    assert!(text(&developer, &page).await.contains("Reaches FILES alone, under the firewall policy Look only."));
    let id = page.rsplit('/').next().unwrap();
    let like = text(&developer, &format!("/w/acme/keys/new?like={id}")).await;
    assert!(like.contains("value=\"files\" checked") && like.contains(&format!("value=\"{strict}\" selected")));
}

#[tokio::test]
async fn the_scope_changes_on_the_keys_page_and_a_policy_is_lifted_by_administrators_alone() {
    let world = World::new().await;
    let (developer, admin) = (world.browser(Who::Developer).await, world.browser(Who::Admin).await);
    register(&world, "files", "https://files.example.com/mcp").await;
    register(&world, "mail", "https://mail.example.com/mcp").await;
    let strict = policy(&world, "Look only", "deny */set_*").await;
    let (id, _) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    let page = format!("/w/acme/keys/{id}");
    assert!(text(&developer, &page).await.contains("Reaches every server that its owner has."));
    let both =
        [("key", &*id), ("servers", "chosen"), ("chosen[]", "files"), ("chosen[]", "mail"), ("policy", &*strict)];
    let html = send(&developer, "scope_key", &both).await.0;
    assert!(html.contains("Reaches FILES and MAIL, under the firewall policy Look only."));
    assert!(html.contains("Only an administrator of the workspace changes it."));
    let lifted = [("key", &*id), ("servers", "none"), ("policy", "")];
    assert!(
        send(&developer, "scope_key", &lifted).await.0.contains("Only an administrator of the workspace changes that.")
    );
    let kept = [("key", &*id), ("servers", "none"), ("policy", &*strict)];
    assert!(
        send(&developer, "scope_key", &kept)
            .await
            .0
            .contains("Reaches no server, under the firewall policy Look only.")
    );
    assert!(send(&admin, "scope_key", &lifted).await.0.contains("Reaches no server."));
    assert!(!text(&world.browser(Who::Viewer).await, &page).await.contains("scope_key"));
}

#[tokio::test]
async fn a_policy_is_tried_saved_and_deleted() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    asked(&world, "files").await;
    register(&world, "never-asked", "https://files.example.com/mcp").await;
    assert!(text(&admin, "/w/acme/policies").await.contains("No policies yet"));
    let fields = |rules: &'static str, step: &'static str| {
        [("name", "Look only"), ("rules", rules), ("default", "allow"), ("dry_run", "on"), ("step", step)]
    };
    let (html, page) = send(&admin, "save_policy", &fields("deny */set_*", "try")).await;
    assert_eq!(page, "/w/acme/policies/new");
    for part in ["Not saved", "It blocks 1 of 2 tools.", "rule 1", "never-asked", "value=\"Look only\"", "deny */set_*"]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(text(&admin, "/w/acme/policies").await.contains("No policies yet"), "trying saves nothing");
    let html = send(&admin, "save_policy", &fields("allow files/*\nforbid x", "save")).await.0;
    assert!(html.contains("Line 2: “forbid x” begins with neither allow nor deny.") && html.contains("forbid x"));

    let (html, page) = send(&admin, "save_policy", &fields("deny */set_*", "save")).await;
    assert!(
        html.contains("Dry run") && html.contains("No key is under it.") && html.contains("It blocks 1 of 2 tools.")
    );
    let id = page.rsplit('/').next().unwrap().to_owned();
    let all = [("policy", &*id), ("name", "Nothing"), ("rules", ""), ("default", "deny"), ("step", "save")];
    let html = send(&admin, "save_policy", &all).await.0;
    assert!(
        html.contains("Enforced") && html.contains("It blocks all of 2 tools.") && html.contains("no rule names it")
    );
    policy(&world, "Second", "").await;
    let taken = [("policy", &*id), ("name", "Second"), ("rules", ""), ("default", "deny"), ("step", "save")];
    assert!(send(&admin, "save_policy", &taken).await.0.contains("There is a policy of this name already."));
    let long = format!("{}allow files/read", "deny files/no-such-tool-of-this-name\n".repeat(190));
    let tried = [("policy", &*id), ("name", "Nothing"), ("rules", &long), ("default", "deny"), ("step", "try")];
    let html = send(&admin, "save_policy", &tried).await.0;
    assert!(html.contains("Not saved") && html.contains(&long), "as many rules as there may be");

    let viewer = world.browser(Who::Viewer).await;
    let html = text(&viewer, &page).await;
    assert!(html.contains("Tools that no rule names are denied.") && !html.contains("save_policy"));
    let (key, _) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    send(&admin, "scope_key", &[("key", &key), ("policy", &id)]).await;
    let html = text(&admin, &page).await;
    assert!(html.contains("1 key is under it.") && !html.contains("/console/delete_policy"));
    assert!(send(&admin, "delete_policy", &[("policy", &id)]).await.1.ends_with(&id), "and it is not deleted");
    send(&admin, "scope_key", &[("key", &key), ("policy", "")]).await;
    assert_eq!(send(&admin, "delete_policy", &[("policy", &id)]).await.1, "/w/acme/policies");
    assert_eq!(admin.get(&page).await.status(), 404);
}

#[tokio::test]
async fn a_policy_that_somebody_changed_meanwhile_is_not_overwritten_unseen() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let id = policy(&world, "Look only", "deny */set_*").await;
    let page = format!("/w/acme/policies/{id}");
    let seen = version(&text(&admin, &page).await);
    let form = |name: &'static str, version: &str, step: &'static str| {
        [
            ("policy", id.clone()),
            ("version", version.to_owned()),
            ("name", name.into()),
            ("rules", "allow */*".into()),
            ("default", "deny".into()),
            ("step", step.into()),
            ("workspace", "acme".into()),
        ]
    };
    let post = |form: [(&'static str, String); 7]| {
        let admin = &admin;
        async move {
            let answer = admin.post("/console/save_policy", &form).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), super::world::location(&answer)), (303, page_of(&form)));
            text(admin, &page_of(&form)).await
        }
    };
    assert!(post(form("Theirs", &seen, "save")).await.contains("Saved."));
    assert_eq!(version(&post(form("Mine", &seen, "try")).await), seen, "trying keeps what the form was filled with");
    let html = post(form("Mine", &seen, "save")).await;
    assert!(
        html.contains("Somebody changed this policy in the meantime.") && html.contains("value=\"Mine\""),
        "{html}"
    );
    assert!(text(&admin, &page).await.contains("value=\"Theirs\""));

    // With script the form stays as it is, and gets the version alone.
    let answer = admin.fetch("/console/save_policy", &form("Mine", &seen, "save")).send().await.unwrap();
    assert_eq!(answer.status(), 409);
    let refused: serde_json::Value = serde_json::from_str(&answer.html().await).unwrap();
    assert_eq!(refused["version"], version(&html));
    assert!(post(form("Mine", &version(&html), "save")).await.contains("Saved."));
    assert!(text(&admin, &page).await.contains("value=\"Mine\""));
}

fn page_of(form: &[(&'static str, String)]) -> String {
    format!("/w/acme/policies/{}", form[0].1)
}
