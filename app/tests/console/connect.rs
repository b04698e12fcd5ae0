//! The connect helper: which key it fills in, that loading it does nothing, and a test through the real gateway.

use super::{
    mcp::{asked, send, text},
    world::{Browser, Page, Who, World},
};
use domain::key::Permission;

/// The whole key that a page has filled in, if any.
fn filled(html: &str) -> Option<&str> {
    let at = html.find("name=\"key\" value=\"lk_")? + 18;
    Some(&html[at..at + 50])
}

async fn keys(browser: &Browser) -> usize {
    text(browser, "/w/acme/keys").await.matches("class=\"key-row\"").count()
}

#[tokio::test]
async fn a_click_creates_the_first_key_and_loading_none() {
    let world = World::new().await;
    asked(&world, "files").await;
    let developer = world.browser(Who::Developer).await;
    let html = text(&developer, "/w/acme/connect?server=files").await;
    assert!(filled(&html).is_none() && html.contains("YOUR_LATCHKEY_KEY"));
    assert!(html.contains("Create a key for this client") && !html.contains("cursor://"), "a link without its key");
    assert!(html.contains("Uses the tools that only read.") && !html.contains("OPTIONS"), "an agent knows no methods");
    assert_eq!(keys(&developer).await, 0, "a page load creates nothing");

    let (html, page) = send(&developer, "connect_client", &[("server", "files")]).await;
    assert_eq!(page, "/w/acme/connect?server=files");
    let key = filled(&html).unwrap().to_owned();
    assert!(
        html.contains(&format!("Authorization: Bearer <span class=\"veil-cover\">lk_{}_••••", &key[3..11])),
        "{html}"
    );
    assert!(
        html.contains("cursor://anysphere")
            && html.contains("lmstudio://add_mcp")
            && html.contains("vscode:mcp/install")
    );
    for client in
        ["Claude Code", "Codex", "VS Code", "Cursor", "Gemini CLI", "Windsurf", "Zed", "opencode", "LM Studio", "Goose"]
    {
        assert!(html.contains(client), "{client}");
    }
    assert!(filled(&text(&developer, &page).await).is_none(), "shown once");

    let (html, _) = send(&developer, "connect_client", &[("server", "files")]).await;
    assert!(filled(&html).is_none(), "they have a key: they choose");
    assert_eq!(keys(&developer).await, 1);
    let more = [("server", "files"), ("client", "codex"), ("step", "create"), ("permission", "read_write")];
    let (html, page) = send(&developer, "connect_client", &more).await;
    assert!(page.ends_with("client=codex") && html.contains(">Codex</bdi>"));
    assert!(html.contains("value=\"codex\" checked"), "the client that was chosen stays");
    let again = send(&developer, "connect_client", &more).await.0;
    assert!(again.contains(">Codex 2</bdi>"), "each has a name of its own");
    let bad = [("server", "files"), ("step", "create"), ("permission", "all")];
    assert!(send(&developer, "connect_client", &bad).await.0.contains("Permission is read_only or read_write."));
}

#[tokio::test]
async fn a_test_does_what_the_client_would() {
    let world = World::new().await;
    asked(&world, "files").await;
    let developer = world.browser(Who::Developer).await;
    let html = send(&developer, "connect_client", &[("server", "files"), ("client", "zed")]).await.0;
    let key = filled(&html).unwrap().to_owned();
    let test = [("server", "files"), ("client", "zed"), ("step", "test"), ("key", key.as_str()), ("new", "on")];
    let html = send(&developer, "connect_client", &test).await.0;
    assert!(html.contains("It works: the key sees 1 tool, in "), "read-only: {html}");
    assert!(html.contains("get_file") && !html.contains("set_file"));
    assert_eq!(filled(&html), Some(&*key), "and the key is still filled in");
    let id = &key[3..11];
    assert!(text(&developer, &format!("/w/acme/keys/{id}")).await.contains("Reaches FILES alone."));

    send(&developer, "disable_key", &[("key", id)]).await;
    let html = send(&developer, "connect_client", &test).await.0;
    assert!(html.contains("The connection is refused:") && filled(&html).is_some(), "{html}");
    let junk = [("server", "files"), ("step", "test"), ("key", "lk_junk")];
    let html = send(&developer, "connect_client", &junk).await.0;
    assert!(filled(&html).is_none(), "what is no key of the workspace is not shown");
    assert!(
        send(&developer, "connect_client", &[("server", "files"), ("step", "test")])
            .await
            .0
            .contains("There is no key to test with.")
    );
}

#[tokio::test]
async fn a_kept_key_is_filled_in_and_the_audit_log_says_so() {
    let world = World::new().await;
    world.keep_secrets().await;
    asked(&world, "files").await;
    let developer = world.browser(Who::Developer).await;
    let (id, key) = world.key(Who::Developer, "Laptop", Permission::ReadOnly, false).await;
    world.key(Who::Admin, "Another's", Permission::ReadOnly, false).await;
    let html = text(&developer, "/w/acme/connect").await;
    assert!(html.contains("Fill in my key") && filled(&html).is_none());
    assert!(!text(&developer, &format!("/w/acme/keys/{id}")).await.contains("Revealed"));
    let html = send(&developer, "connect_client", &[]).await.0;
    assert_eq!(filled(&html), Some(&*key));
    assert!(text(&developer, &format!("/w/acme/keys/{id}")).await.contains("Revealed"));
    let shown = send(&developer, "connect_client", &[("step", "show"), ("server", "files"), ("key", &key)]).await.0;
    assert_eq!(filled(&shown), Some(&*key), "another server, the same key");
    // Not a key that does not reach the server.
    send(&developer, "scope_key", &[("key", &id), ("servers", "none")]).await;
    assert!(filled(&send(&developer, "connect_client", &[("server", "files")]).await.0).is_none());
}

/// The panel of the clients that take no header.
fn connector(html: &str) -> &str {
    let at = html.find("aria-label=\"Claude Desktop and ChatGPT\"").unwrap();
    html[at..].split("</section>").next().unwrap()
}

#[tokio::test]
async fn a_client_without_headers_gets_a_key_that_was_made_for_it() {
    let world = World::new().await;
    asked(&world, "files").await;
    let developer = world.browser(Who::Developer).await;
    let open = [("server", "files"), ("client", "connector")];
    let html = send(&developer, "connect_client", &open).await.0;
    assert!(filled(&html).is_none() && html.contains("value=\"connector\" checked"), "none is made by the way");
    assert_eq!(keys(&developer).await, 0);
    assert!(connector(&html).contains("/mcp-connect/files?api_key=YOUR_LATCHKEY_KEY"));
    assert!(connector(&html).contains("It takes a key that was made for URLs"));
    assert!(connector(&html).contains("create_for_url") && !connector(&html).contains("pick_for_url"));

    // An ordinary key is filled in everywhere but there.
    let html = send(&developer, "connect_client", &[("server", "files")]).await.0;
    let plain = filled(&html).unwrap().to_owned();
    assert!(!connector(&html).contains(&plain) && connector(&html).contains("?api_key=YOUR_LATCHKEY_KEY"));
    assert!(connector(&html).contains("The key that is filled in for the others is refused there."));
    let tested = async |key: &str| {
        let test = [("server", "files"), ("client", "connector"), ("step", "test"), ("key", key)];
        send(&developer, "connect_client", &test).await.0
    };
    assert!(tested(&plain).await.contains("The connection is refused: This API key was not made for URLs."));

    let create = [("server", "files"), ("client", "zed"), ("step", "create_for_url"), ("key", &*plain)];
    let (html, page) = send(&developer, "connect_client", &create).await;
    assert_eq!(page, "/w/acme/connect?server=files&client=connector");
    let key = filled(&html).unwrap().to_owned();
    assert_ne!(key, plain);
    let address = format!("/mcp-connect/files?api_key=<span class=\"veil-cover\">lk_{}_••••", &key[3..11]);
    assert!(connector(&html).contains(&address), "{}", connector(&html));
    assert!(!connector(&html).contains("create_for_url") && connector(&html).contains("a key that was made for it"));
    assert!(html.contains("Authorization: Bearer <span class=\"veil-cover\">"), "and it works in headers");
    assert!(tested(&key).await.contains("It works: the key sees 1 tool"), "it is read-only");
    let shown = text(&developer, &format!("/w/acme/keys/{}", &key[3..11])).await;
    assert!(shown.contains(">URL</span>") && shown.contains("In a header, or in a URL over MCP"));
    assert!(shown.contains("Created, for URLs") && shown.contains("Reaches FILES alone."));
}

#[tokio::test]
async fn a_kept_key_is_filled_in_where_it_may_stand() {
    let world = World::new().await;
    world.keep_secrets().await;
    let developer = world.browser(Who::Developer).await;
    let (_, plain) = world.key(Who::Developer, "Laptop", Permission::ReadOnly, false).await;
    let fill = [("client", "connector"), ("step", "pick")];
    let refused = send(&developer, "connect_client", &fill).await.0;
    assert!(refused.contains("You have no key made for URLs whose secret is kept") && filled(&refused).is_none());
    let made = world.key_for_urls(Who::Developer, "ChatGPT").await.1;
    world.key_for_urls(Who::Admin, "Another's").await;
    assert!(connector(&text(&developer, "/w/acme/connect").await).contains("pick_for_url"));
    for (form, key) in [
        (&fill[..], &made),
        (&[("client", "connector")], &made),
        (&[("step", "pick_for_url"), ("key", &*plain)], &made),
        (&[("client", "zed"), ("step", "pick")], &plain),
        (&[], &plain),
    ] {
        let html = send(&developer, "connect_client", form).await.0;
        assert_eq!(filled(&html), Some(&**key), "{form:?}");
        assert_eq!(connector(&html).contains("<span class=\"veil-key\">"), *key == made, "{form:?}");
    }
}

#[tokio::test]
async fn who_can_have_no_key_is_told_why() {
    let world = World::new().await;
    asked(&world, "files").await;
    for (who, words) in [(Who::Viewer, "You are a viewer"), (Who::Instance, "are no member of this workspace")] {
        let browser = world.browser(who).await;
        let html = send(&browser, "connect_client", &[("server", "files")]).await.0;
        assert!(
            html.contains(words) && filled(&html).is_none() && !html.contains("Create a key for this client"),
            "{who:?}"
        );
    }
    let other = world.browser(Who::Other).await;
    assert_eq!(other.get("/w/acme/connect?server=files").await.status(), 404);
    assert_eq!(world.browser(Who::Developer).await.get("/w/acme/connect?server=nothing").await.status(), 404);
}

#[tokio::test]
async fn the_filled_in_key_is_its_readers_alone() {
    let world = World::new().await;
    let (developer, admin) = (world.browser(Who::Developer).await, world.browser(Who::Admin).await);
    let form = [("workspace", "acme".to_owned())];
    let answer = developer.post("/console/connect_client", &form).send().await.unwrap();
    let sealed = answer.headers().get("set-cookie").unwrap().to_str().unwrap().to_owned();
    assert!(sealed.contains("HttpOnly") && sealed.contains("Max-Age=60"), "{sealed}");
    let stolen =
        admin.client.get(format!("{}/w/acme/connect", world.url)).header("cookie", sealed.split(';').next().unwrap());
    assert!(filled(&stolen.send().await.unwrap().html().await).is_none());
}
