//! Keys for clients that take no header: chosen in the create form alone, marked wherever they are shown, kept by what copies
//! or replaces them, and never gateway keys.

use super::{
    mcp::{send, text},
    world::{Who, World},
};
use domain::key::Permission;

const PLAIN: [(&str, &str); 3] = [("permission", "read_only"), ("expiry", "30"), ("url_credential", "on")];
const BADGE: &str = ">URL</span>";

#[tokio::test]
async fn it_is_chosen_at_creation_and_stays() {
    let world = World::new().await;
    let (developer, admin) = (world.browser(Who::Developer).await, world.browser(Who::Admin).await);
    let form = text(&developer, "/w/acme/keys/new").await;
    assert!(form.contains("For clients that take no header") && form.contains("other people's logs"), "{form}");
    let (_, page) = send(&developer, "create_key", &[&PLAIN[..], &[("name", "ChatGPT")]].concat()).await;
    let page = page.trim_end_matches("/new").to_owned();
    let id = page.rsplit('/').next().unwrap().to_owned();
    world.key(Who::Developer, "ordinary", Permission::ReadOnly, false).await;
    let shown = text(&developer, &page).await;
    assert!(shown.contains(BADGE) && shown.contains("In a header, or in a URL over MCP"));
    assert!(shown.contains("Created, for URLs"));
    assert_eq!(text(&developer, "/w/acme/keys").await.matches(BADGE).count(), 1, "the ordinary one has no mark");
    let log = text(&admin, "/w/acme/audit?action=key.create_for_url").await;
    assert!(log.contains("ChatGPT") && !log.contains("ordinary"));

    let ticked = |html: &str| html.contains("name=\"url_credential\" value=\"on\" checked");
    assert!(!ticked(&text(&developer, "/w/acme/keys/new").await));
    assert!(ticked(&text(&developer, &format!("/w/acme/keys/new?like={id}")).await));
    let (_, next) = send(&developer, "rotate_key", &[("key", &id), ("grace", "1h")]).await;
    let next = text(&developer, next.trim_end_matches("/new")).await;
    assert!(next.contains("Takes the place of") && next.contains(BADGE) && next.contains("Created, for URLs"));

    // No form of its page changes it.
    for (form, more) in [("permit_key", ("permission", "read_only")), ("scope_key", ("servers", "none"))] {
        send(&developer, form, &[("key", &*id), more, ("url_credential", "")]).await;
        assert!(text(&developer, &page).await.contains(BADGE), "{form}");
    }
}

#[tokio::test]
async fn a_gateway_key_is_none() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let both = [&PLAIN[..], &[("name", "nginx"), ("gateway", "on")]].concat();
    let (html, page) = send(&admin, "create_key", &both).await;
    assert_eq!(page, "/w/acme/keys/new");
    assert!(html.contains("A gateway key can't stand in a URL: others may read it there."));
    for kept in
        ["value=\"nginx\"", "name=\"url_credential\" value=\"on\" checked", "name=\"gateway\" value=\"on\" checked"]
    {
        assert!(html.contains(kept), "{kept}");
    }
    let (id, _) = world.key_for_urls(Who::Admin, "ChatGPT").await;
    assert!(!text(&admin, &format!("/w/acme/keys/{id}")).await.contains("name=\"gateway\""), "it is not asked");
    let permit = [("key", &*id), ("permission", "read_only"), ("gateway", "on")];
    assert!(
        send(&admin, "permit_key", &permit).await.0.contains("This key was made for URLs, where others may read it.")
    );
    let (id, _) = world.key(Who::Admin, "ordinary", Permission::ReadOnly, false).await;
    send(&admin, "permit_key", &[("key", &*id), ("permission", "read_only"), ("url_credential", "on")]).await;
    assert!(!text(&admin, &format!("/w/acme/keys/{id}")).await.contains(BADGE), "an ordinary key never becomes one");
}
