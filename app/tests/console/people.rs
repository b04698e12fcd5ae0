//! Settings, members and invites, by forms that are posted without script: what is said, what is
//! kept, where it leads, and what a key is answered afterwards.

use super::world::{Browser, PASSWORD, Page, Who, World, location};
use domain::{key::Permission, workspace::Plan};
use server::{auth::Caller, users};

pub async fn text(browser: &Browser, path: &str) -> String {
    browser.get(path).await.html().await
}

pub fn form<'a>(fields: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Posts without script; answers where it leads.
pub async fn post(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, &form(fields)).send().await.unwrap();
    assert_eq!(answer.status(), 303, "{path}");
    location(&answer)
}

pub async fn id(world: &World, email: &str) -> String {
    let instance = Caller::operator(&world.latchkey).instance().unwrap();
    users::by_email(&instance, email).await.unwrap().id.to_string()
}

/// What the key is answered at `/api/me`.
pub async fn me(world: &World, key: &str) -> u16 {
    let url = format!("{}/api/me", world.url);
    reqwest::Client::new().get(url).bearer_auth(key).send().await.unwrap().status().as_u16()
}

const SETTINGS: [(&str, &str); 6] = [
    ("workspace", "acme"),
    ("name", "Acme & Söhne"),
    ("max_active_keys_per_member", "7"),
    ("key_creations_per_hour", "3"),
    ("viewer_keys", "read_only"),
    ("max_expiry_days", "90"),
];

#[tokio::test]
async fn settings_are_saved_and_hold() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let (_, key) = world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    let html = text(&admin, "/w/acme/settings").await;
    assert!(html.contains("1 key stops at once."), "the plan says what would stop");

    let mut fields = SETTINGS.to_vec();
    fields.extend([("plan", "basic"), ("require_expiry", "on")]);
    assert_eq!(post(&admin, "/console/change_settings", &fields).await, "/w/acme/settings");
    let html = text(&admin, "/w/acme/settings").await;
    for part in ["Acme &amp; Söhne", "Saved.", "value=\"7\"", "value=\"3\"", "value=\"90\""] {
        assert!(html.contains(part), "{part} is not in the page");
    }
    let at = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap();
    assert_eq!((at.workspace_name(), at.plan()), ("Acme & Söhne", Plan::Basic));
    assert!(at.settings().require_expiry);
    assert_eq!(at.settings().max_expiry_days, Some(90));
    assert_eq!(me(&world, &key).await, 403, "its keys stopped");
    // A box that is not ticked is not sent.
    let mut fields = SETTINGS.to_vec();
    fields.push(("plan", "pro"));
    post(&admin, "/console/change_settings", &fields).await;
    let at = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap();
    assert!(!at.settings().require_expiry);
    assert_eq!(me(&world, &key).await, 200, "and work again");
    let viewer = world.browser(Who::Viewer).await;
    assert!(text(&viewer, "/w/acme/keys").await.contains("you can have read-only keys of your own"));
}

#[tokio::test]
async fn refused_settings_come_back_as_they_were_typed() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let fields = [("workspace", "acme"), ("name", " "), ("plan", "gold"), ("max_active_keys_per_member", "many")];
    assert_eq!(post(&admin, "/console/change_settings", &fields).await, "/w/acme/settings");
    let html = text(&admin, "/w/acme/settings").await;
    for part in ["Name is required.", "The plan is pro or basic.", "takes a whole number", "value=\"many\""] {
        assert!(html.contains(part), "{part} is not in the page");
    }
    let at = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap();
    assert_eq!(at.workspace_name(), "acme");
}

#[tokio::test]
async fn the_bar_shows_what_is_theirs() {
    let world = World::new().await;
    for (who, manages, administers) in [
        (Who::Viewer, false, false),
        (Who::Developer, false, false),
        (Who::Admin, true, false),
        (Who::Instance, true, true),
    ] {
        let html = text(&world.browser(who).await, "/w/acme/keys").await;
        for path in ["\"/w/acme/members\"", "\"/w/acme/settings\""] {
            assert_eq!(html.contains(path), manages, "{who:?} {path}");
        }
        assert_eq!(html.contains("Administration"), administers, "{who:?}");
        assert_eq!(html.contains("All workspaces"), administers, "{who:?}");
    }
}

#[tokio::test]
async fn a_role_is_changed_and_the_keys_follow() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let (_, key) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    let developer = id(&world, &Who::Developer.email()).await;
    let html = text(&admin, "/w/acme/members?q=developer").await;
    assert!(html.contains("developer@example.com") && !html.contains("viewer@example.com"));

    let back = "/w/acme/members?q=developer";
    let fields = [("workspace", "acme"), ("user", &*developer), ("role", "viewer"), ("back", back)];
    assert_eq!(post(&admin, "/console/change_role", &fields).await, back);
    assert!(text(&admin, back).await.contains("Developer is a viewer now."));
    let url = format!("{}/api/me", world.url);
    let body: serde_json::Value =
        reqwest::Client::new().get(url).bearer_auth(&key).send().await.unwrap().json().await.unwrap();
    assert_eq!(body["key"]["permission"], "read_only", "{body}");

    for (role, status) in [("owner", 422), ("", 422)] {
        let fields = form(&[("workspace", "acme"), ("user", &developer), ("role", role)]);
        assert_eq!(admin.fetch("/console/change_role", &fields).send().await.unwrap().status(), status, "{role}");
    }
    let fields = [("workspace", "acme"), ("user", &*developer), ("role", "owner"), ("back", back)];
    assert_eq!(post(&admin, "/console/change_role", &fields).await, back);
    let html = text(&admin, back).await;
    assert!(html.contains(&domain::access::Role::parse("owner").unwrap_err().message), "{html}");
    let stranger = id(&world, &Who::Other.email()).await;
    let fields = form(&[("workspace", "acme"), ("user", &stranger), ("role", "viewer")]);
    assert_eq!(admin.fetch("/console/change_role", &fields).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_member_is_removed_and_their_keys_stop() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let mut keys = Vec::new();
    for n in 0..3 {
        keys.push(world.key(Who::Developer, &format!("key {n}"), Permission::ReadOnly, false).await.1);
    }
    let developer = id(&world, &Who::Developer.email()).await;
    let page = format!("/w/acme/members/{developer}/remove");
    let html = text(&admin, &page).await;
    assert!(html.contains("Remove Developer from acme?") && html.contains("3 keys stop at once."), "{html}");
    let fields = [("workspace", "acme"), ("user", &*developer)];
    assert_eq!(post(&admin, "/console/remove_member", &fields).await, "/w/acme/members");
    assert!(!text(&admin, "/w/acme/members").await.contains("developer@example.com"));
    for key in &keys {
        assert_eq!(me(&world, key).await, 403);
    }
    assert_eq!(admin.get(&page).await.status(), 404, "they are no member any more");
    let developer = world.browser(Who::Developer).await;
    assert_eq!(developer.get("/w/acme/keys").await.status(), 404);
}

#[tokio::test]
async fn the_last_administrator_of_a_workspace_stays() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let me = id(&world, &Who::Admin.email()).await;
    let leave = format!("/w/acme/members/{me}/remove");
    assert!(text(&admin, &leave).await.contains("Leave acme?"));
    for browser in [&admin, &world.browser(Who::Instance).await] {
        assert_eq!(post(browser, "/console/remove_member", &[("workspace", "acme"), ("user", &me)]).await, leave);
        assert!(text(browser, &leave).await.contains("the last active administrator of the workspace"));
        let fields = [("workspace", "acme"), ("user", &*me), ("role", "developer")];
        assert_eq!(post(browser, "/console/change_role", &fields).await, "/w/acme/members");
        assert!(text(browser, "/w/acme/members").await.contains("the last active administrator of the workspace"));
    }
    // With another one, one may step down, and leave.
    let viewer = id(&world, &Who::Viewer.email()).await;
    post(&admin, "/console/change_role", &[("workspace", "acme"), ("user", &viewer), ("role", "admin")]).await;
    let fields = [("workspace", "acme"), ("user", &*me), ("role", "developer")];
    assert_eq!(post(&admin, "/console/change_role", &fields).await, "/w/acme/keys");
    assert_eq!(admin.get("/w/acme/members").await.status(), 403);
    let successor = world.browser(Who::Viewer).await;
    post(&successor, "/console/change_role", &[("workspace", "acme"), ("user", &me), ("role", "admin")]).await;
    assert_eq!(post(&admin, "/console/remove_member", &[("workspace", "acme"), ("user", &me)]).await, "/");
    assert_eq!(admin.get("/w/acme/keys").await.status(), 404);
}

/// The link that the members page shows once.
async fn invite(admin: &Browser, role: &str) -> String {
    let to = post(admin, "/console/create_invite", &[("workspace", "acme"), ("role", role)]).await;
    let html = text(admin, &to).await;
    let at = html.find("/invite?token=").unwrap();
    let link = html[at..at + "/invite?token=".len() + 32].to_owned();
    let token = link.split('=').nth(1).unwrap();
    assert!(!text(admin, &to).await.contains(token), "once");
    link
}

#[tokio::test]
async fn an_invite_makes_an_account_and_a_first_key() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let link = invite(&admin, "developer").await;
    let token = link.split('=').nth(1).unwrap();
    let newcomer = world.browser(Who::Nobody).await;
    let page = newcomer.get(&link).await;
    assert_eq!((page.status().as_u16(), page.headers()["referrer-policy"].to_str().unwrap()), (200, "no-referrer"));
    let html = page.html().await;
    assert!(html.contains("Join acme") && html.contains("Admin invites you as a developer."), "{html}");

    let wrong = [("token", token), ("name", "Zoe"), ("email", "zoe@example.com"), ("password", "short")];
    assert_eq!(post(&newcomer, "/console/join", &wrong).await, link);
    let html = text(&newcomer, &link).await;
    assert!(html.contains("it needs at least 10") && html.contains("value=\"zoe@example.com\""));
    assert!(!html.contains("value=\"short\""), "no password comes back");

    let right = [("token", token), ("name", "Zoe"), ("email", "zoe@example.com"), ("password", PASSWORD)];
    assert_eq!(post(&newcomer, "/console/join", &right).await, "/w/acme/keys");
    assert_eq!(newcomer.get("/w/acme/keys").await.status(), 200, "signed in");
    let key = [("workspace", "acme"), ("name", "first"), ("permission", "read_only"), ("expiry", "30")];
    let shown = post(&newcomer, "/console/create_key", &key).await;
    let html = text(&newcomer, &shown).await;
    let at = html.find("lk_").unwrap();
    assert_eq!(me(&world, &html[at..at + 50]).await, 200);

    let late = world.browser(Who::Nobody).await;
    let closed = late.get(&link).await;
    assert_eq!(closed.status(), 404);
    assert!(closed.html().await.contains("This invite was used or revoked"));
    assert_eq!(post(&late, "/console/join", &right).await, link);
    assert!(text(&admin, "/w/acme/members").await.contains("zoe@example.com"));
}

#[tokio::test]
async fn an_invite_leads_through_sign_in_and_back() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let link = invite(&admin, "admin").await;
    let token = link.split('=').nth(1).unwrap();
    let browser = world.browser(Who::Nobody).await;
    let next = format!("/login?next=%2Finvite%3Ftoken%3D{token}");
    assert!(text(&browser, &link).await.contains(&next));
    let fields = [("email", &*Who::Other.email()), ("password", PASSWORD), ("next", &link)];
    assert_eq!(post(&browser, "/console/sign_in", &fields).await, link);
    let html = text(&browser, &link).await;
    assert!(html.contains("Join workspace") && html.contains("other@example.com"), "{html}");
    assert_eq!(post(&browser, "/console/accept_invite", &[("token", token)]).await, "/w/acme/keys");
    assert_eq!(browser.get("/w/acme/members").await.status(), 200, "as an administrator");

    let lower = invite(&admin, "viewer").await;
    let html = text(&browser, &lower).await;
    assert!(html.contains("You are in acme already") && html.contains("As an administrator."), "{html}");
}

#[tokio::test]
async fn invites_are_listed_and_revoked() {
    let world = World::new().await;
    let (admin, other) = (world.browser(Who::Admin).await, world.browser(Who::Other).await);
    let link = invite(&admin, "viewer").await;
    let html = text(&admin, "/w/acme/members").await;
    assert!(html.contains("Open invites") && html.contains("in 6 days"), "{html}");
    let at = html.find("name=\"invite\" value=\"").unwrap() + "name=\"invite\" value=\"".len();
    let id = html[at..at + 16].to_owned();
    let elsewhere = form(&[("workspace", "other"), ("invite", &id)]);
    assert_eq!(other.fetch("/console/revoke_invite", &elsewhere).send().await.unwrap().status(), 404);
    assert_eq!(world.browser(Who::Nobody).await.get(&link).await.status(), 200);
    post(&admin, "/console/revoke_invite", &[("workspace", "acme"), ("invite", &id)]).await;
    assert!(!text(&admin, "/w/acme/members").await.contains("Open invites"));
    assert_eq!(world.browser(Who::Nobody).await.get(&link).await.status(), 404);
    // The sealed link is its maker's alone.
    let to = admin.post("/console/create_invite", &form(&[("workspace", "acme"), ("role", "viewer")]));
    let answer = to.send().await.unwrap();
    let sealed = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let stolen = world.browser(Who::Instance).await;
    let stolen = stolen.client.get(format!("{}/w/acme/members", world.url)).header("cookie", &sealed);
    assert!(!stolen.send().await.unwrap().html().await.contains("/invite?token="));
}
