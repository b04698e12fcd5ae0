//! Rotate, "another like this", batches, edits and reveal, as the console's forms do them without script.

use super::world::{Browser, Page, Who, World, location};
use domain::key::Permission;
use reqwest::Response;
use serde_json::Value;

async fn text(browser: &Browser, path: &str) -> String {
    browser.get(path).await.html().await
}

async fn post(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Response {
    let form: Vec<_> = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    browser.post(path, &form).send().await.unwrap()
}

async fn status(world: &World, browser: &Browser, secret: &str) -> u16 {
    let me = browser.client.get(format!("{}/api/me", world.url)).bearer_auth(secret);
    me.send().await.unwrap().status().as_u16()
}

/// The whole key on a page that shows one.
fn shown(html: &str) -> String {
    let at = html.find("lk_").unwrap();
    html[at..at + 50].to_owned()
}

/// Waits until a use of the key is written: its last use then stands in the list.
async fn use_it(world: &World, browser: &Browser, secret: &str) {
    assert_eq!(status(world, browser, secret).await, 200);
    for _ in 0..300 {
        if text(browser, "/w/acme/keys").await.contains("used just now") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the use is not written");
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_its_grace() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    let (id, old) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    let refused = post(&browser, "/console/rotate_key", &[("workspace", "acme"), ("key", &id), ("grace", "2h")]).await;
    assert_eq!(location(&refused), format!("/w/acme/keys/{id}/rotate"));
    assert!(text(&browser, &location(&refused)).await.contains("Choose when the old key stops"));

    let answer = post(&browser, "/console/rotate_key", &[("workspace", "acme"), ("key", &id), ("grace", "1h")]).await;
    let new = shown(&text(&browser, &location(&answer)).await);
    assert_eq!((status(&world, &browser, &old).await, status(&world, &browser, &new).await), (200, 200));
    let page = text(&browser, &format!("/w/acme/keys/{id}")).await;
    assert!(page.contains("has taken its place") && page.contains("This one stops in"));
    let successor = location(&answer).trim_end_matches("/new").to_owned();
    assert!(text(&browser, &successor).await.contains("Takes the place of"));
    let again = post(&browser, "/console/rotate_key", &[("workspace", "acme"), ("key", &id), ("grace", "now")]).await;
    assert!(text(&browser, &location(&again)).await.contains("was rotated already"));

    let id = successor.rsplit('/').next().unwrap();
    let form = [("workspace", "acme"), ("key", id), ("grace", "now")];
    let last = shown(&text(&browser, &location(&post(&browser, "/console/rotate_key", &form).await)).await);
    assert_eq!((status(&world, &browser, &new).await, status(&world, &browser, &last).await), (401, 200));
}

#[tokio::test]
async fn another_like_this_is_filled_in_even_from_a_tombstone() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    let (id, _) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    let describe = [("workspace", "acme"), ("key", &id), ("description", "Builds & tests"), ("environment", "prod")];
    post(&browser, "/console/describe_key", &describe).await;
    let like = format!("/w/acme/keys/new?like={id}");
    let html = text(&browser, &like).await;
    assert!(html.contains("value=\"CI 2\""), "the name is taken as long as the key is there");
    post(&browser, "/console/delete_key", &[("workspace", "acme"), ("key", &id)]).await;
    let html = text(&browser, &like).await;
    for part in ["value=\"CI\"", "Builds &amp; tests", "value=\"prod\""] {
        assert!(html.contains(part), "{part}");
    }
    let tombstone = text(&browser, &format!("/w/acme/keys/{id}")).await;
    assert!(tombstone.contains("Its secret is erased") && !tombstone.contains("/console/rename_key"));
    assert!(text(&browser, "/w/acme/keys?status=deleted").await.contains(&id));
    let other = world.browser(Who::Other).await;
    assert_eq!(other.get(&format!("/w/other/keys/new?like={id}")).await.status(), 404, "not from another workspace");
}

#[tokio::test]
async fn a_batch_is_confirmed_and_is_all_or_nothing() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    let (one, secret) = world.key(Who::Developer, "one", Permission::ReadWrite, false).await;
    let (two, _) = world.key(Who::Developer, "two", Permission::ReadWrite, false).await;
    let (gateway, _) = world.key(Who::Admin, "gateway", Permission::ReadWrite, true).await;
    use_it(&world, &browser, &secret).await;

    let ask = text(&browser, &format!("/w/acme/keys/batch?do=delete&key={one}&key={two}")).await;
    assert!(ask.contains("1 of 2 was used in the last 24 hours"));
    let both = format!("{one},{two}");
    let form = [("workspace", "acme"), ("action", "delete"), ("keys", both.as_str()), ("typed_count", "")];
    let refused = post(&browser, "/console/batch_keys", &form).await;
    assert_eq!(location(&refused), format!("/w/acme/keys/batch?do=delete&key={one}&key={two}"));
    assert!(text(&browser, &location(&refused)).await.contains("Type 2, the number of keys"));

    let mixed = format!("{one},{gateway}");
    let beyond = [("workspace", "acme"), ("action", "disable"), ("keys", mixed.as_str())];
    post(&browser, "/console/batch_keys", &beyond).await;
    assert_eq!(status(&world, &browser, &secret).await, 200, "the gateway key kept all from being changed");

    let typed = [("workspace", "acme"), ("action", "delete"), ("keys", both.as_str()), ("typed_count", "2")];
    assert_eq!(location(&post(&browser, "/console/batch_keys", &typed).await), "/w/acme/keys");
    assert_eq!(status(&world, &browser, &secret).await, 401);
    for asked in ["?do=delete", "?do=steal&key=x", ""] {
        let answer = browser.get(&format!("/w/acme/keys/batch{asked}")).await.status();
        assert!(answer.is_client_error(), "{asked}: {answer}");
    }
}

#[tokio::test]
async fn administrators_of_the_installation_stop_keys_anywhere() {
    let world = World::new().await;
    let (browser, admin) = (world.browser(Who::Instance).await, world.browser(Who::Admin).await);
    let (id, secret) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    let list = text(&browser, "/admin/keys?q=developer%40").await;
    assert!(list.contains(&id) && list.contains("developer@example.com") && list.contains("/w/acme/keys"));
    assert!(!text(&browser, "/admin/keys?q=nobody%40").await.contains(&id));
    post(&admin, "/console/batch_all_keys", &[("action", "disable"), ("keys", &id)]).await;
    assert_eq!(status(&world, &browser, &secret).await, 200, "a workspace's administrator is none of the installation");
    let enable = post(&browser, "/console/batch_all_keys", &[("action", "enable"), ("keys", &id)]).await;
    assert!(text(&browser, &location(&enable)).await.contains("enabled in their workspace"));
    post(&browser, "/console/batch_all_keys", &[("action", "delete"), ("keys", &id), ("typed_count", "1")]).await;
    assert_eq!(status(&world, &browser, &secret).await, 401);
    let page = text(&admin, &format!("/w/acme/keys/{id}")).await;
    assert!(page.contains("instance@example.com"), "the workspace sees who did it");
}

#[tokio::test]
async fn edits_hold_from_the_next_request_on() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    let (id, secret) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    let page = format!("/w/acme/keys/{id}");
    let permit = [("workspace", "acme"), ("key", &id), ("permission", "read_only")];
    assert_eq!(location(&post(&browser, "/console/permit_key", &permit).await), page);
    let me = browser.client.get(format!("{}/api/me", world.url)).bearer_auth(&secret).send().await.unwrap();
    assert_eq!(me.json::<Value>().await.unwrap()["key"]["permission"], "read_only");
    let gateway = [("workspace", "acme"), ("key", &id), ("permission", "read_only"), ("gateway", "on")];
    post(&browser, "/console/permit_key", &gateway).await;
    assert!(text(&browser, &page).await.contains("Only an administrator of the workspace has gateway keys."));
    let past = [("workspace", "acme"), ("key", &id), ("expiry", "date"), ("expires_on", "2020-01-01")];
    post(&browser, "/console/expire_key", &past).await;
    let html = text(&browser, &page).await;
    assert!(html.contains("That day is over.") && html.contains("value=\"2020-01-01\""), "nothing typed is lost");
    assert_eq!(status(&world, &browser, &secret).await, 200);
}

#[tokio::test]
async fn a_kept_secret_is_revealed_and_the_audit_log_says_so() {
    let world = World::new().await;
    world.keep_secrets().await;
    let browser = world.browser(Who::Developer).await;
    let (id, secret) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    let page = format!("/w/acme/keys/{id}");
    assert!(!text(&browser, &page).await.contains("Revealed"));
    let answer = post(&browser, "/console/reveal_key", &[("workspace", "acme"), ("key", &id)]).await;
    assert_eq!(location(&answer), format!("{page}/new"));
    let revealed = browser.get(&location(&answer)).await;
    assert_eq!(revealed.headers()["cache-control"], "no-store");
    assert_eq!(shown(&revealed.html().await), secret);
    assert_eq!(browser.get(&location(&answer)).await.status(), 303, "and is gone again");
    let html = text(&browser, &page).await;
    assert!(html.contains("Revealed") && !html.contains(&secret));

    let form = [("workspace", "acme".to_owned()), ("key", id.clone())];
    let copied = browser.fetch("/console/copy_key", &form).send().await.unwrap();
    assert_eq!(copied.headers()["cache-control"], "no-store");
    assert_eq!(copied.json::<Value>().await.unwrap()["key"], secret);
    assert_eq!(text(&browser, &page).await.matches("Revealed").count(), 2);
    assert!(!text(&world.browser(Who::Viewer).await, &page).await.contains("/console/reveal_key"));
}

#[tokio::test]
async fn going_back_to_once_says_what_is_erased_and_waits_for_a_yes() {
    let world = World::new().await;
    let (admin, developer) = (world.browser(Who::Admin).await, world.browser(Who::Developer).await);
    let keep = [("workspace", "acme"), ("reveal", "recoverable")];
    post(&admin, "/console/change_reveal", &keep).await;
    let (id, secret) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    let once = [("workspace", "acme"), ("reveal", "once")];
    let refused = post(&admin, "/console/change_reveal", &once).await;
    assert!(text(&admin, &location(&refused)).await.contains("The kept secret of 1 key would be erased for ever."));
    let reveal = [("workspace", "acme"), ("key", &id)];
    assert_eq!(
        shown(&text(&developer, &location(&post(&developer, "/console/reveal_key", &reveal).await)).await),
        secret
    );
    let yes = [("workspace", "acme"), ("reveal", "once"), ("confirm_erase", "on")];
    post(&admin, "/console/change_reveal", &yes).await;
    post(&admin, "/console/change_reveal", &keep).await;
    let gone = post(&developer, "/console/reveal_key", &reveal).await;
    assert_eq!(location(&gone), format!("/w/acme/keys/{id}"), "there is nothing to show");
    assert_eq!(status(&world, &developer, &secret).await, 200, "the key itself works on");
}
