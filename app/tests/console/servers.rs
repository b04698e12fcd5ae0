//! Servers' pages: added, tested, marked, opened to some, removed; what others see of them.

use super::{
    guardrails::guardrail,
    mcp::{CREDENTIAL, policy, register, send, text, upstream},
    world::{Who, World},
};

#[tokio::test]
async fn a_server_is_added_tested_marked_and_removed() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    assert!(text(&admin, "/w/acme/servers").await.contains("No servers yet"));
    let url = format!("{}?inside=kept", upstream().await);
    let fields =
        [("name", "Files"), ("slug", "files"), ("url", &*url), ("credential", CREDENTIAL), ("open_to", "everyone")];
    let (html, page) = send(&admin, "register_server", &fields).await;
    assert_eq!(page, "/w/acme/servers/files");
    assert!(html.contains("Files is registered.") && html.contains("Not tested yet"));
    assert!(
        html.contains(&format!("{}/mcp-connect/files", world.url)) && html.contains("Sealed; sent as authorization")
    );

    let (html, _) = send(&admin, "ask_server", &[("server", "files")]).await;
    assert!(html.contains("Files 1.2 works: 2 tools, protocol 2025-11-25, in "), "{html}");
    for part in ["get_file", "only reads", "Reads &lt;one&gt; file", "set_file", "says: </span>nothing"] {
        assert!(html.contains(part), "{part}");
    }
    assert!(text(&admin, "/w/acme/servers").await.contains("2 tools"));
    assert!(!html.contains(">Hidden<"));
    let mark = [("server", "files"), ("tool", "set_file"), ("mark", "hidden"), ("back", page.as_str())];
    assert!(send(&admin, "mark_tool", &mark).await.0.contains(">Hidden<"));
    let wrong = [("server", "files"), ("tool", "set_file"), ("mark", "safe")];
    assert!(send(&admin, "mark_tool", &wrong).await.0.contains("marked read_only, changes or hidden"));

    let html = send(&admin, "switch_server", &[("server", "files"), ("enabled", "")]).await.0;
    assert!(html.contains("No key reaches this server") && html.contains("Enable server"));
    let html = send(&admin, "switch_server", &[("server", "files"), ("enabled", "on")]).await.0;
    assert!(!html.contains("No key reaches this server"));

    let viewer = world.browser(Who::Viewer).await;
    let html = text(&viewer, &page).await;
    assert!(html.contains("get_file") && !html.contains("inside=kept"), "what stands behind ? may be a credential");
    for form in ["edit_server", "mark_tool", "ask_server", "open_server", "switch_server"] {
        assert!(!html.contains(form), "{form} is offered to a viewer");
    }

    let ask = text(&admin, "/w/acme/servers/files/remove").await;
    assert!(ask.contains("No key loses it") && ask.contains("Keep server"));
    world.key(Who::Developer, "CI", domain::key::Permission::ReadOnly, false).await;
    assert!(text(&admin, "/w/acme/servers/files/remove").await.contains("Up to 1 key loses it at once."));
    let (html, stay) = send(&admin, "remove_server", &[("server", "files"), ("typed", "file")]).await;
    assert!(stay.ends_with("/remove") && html.contains("Type files to remove this server."));
    let (html, list) = send(&admin, "remove_server", &[("server", "files"), ("typed", "files")]).await;
    assert!(list == "/w/acme/servers" && html.contains("No servers yet"));
    assert_eq!(admin.get(&page).await.status(), 404);
}

#[tokio::test]
async fn a_refused_server_comes_back_without_its_credential() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let fields = [("name", "Files"), ("slug", "new"), ("url", "mcp.example.com"), ("credential", CREDENTIAL)];
    let (html, page) = send(&admin, "register_server", &fields).await;
    assert_eq!(page, "/w/acme/servers/new");
    for part in ["value=\"Files\"", "value=\"mcp.example.com\"", "URL is not one.", "keeps new for its own page"] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains(CREDENTIAL), "a secret does not come back");
    register(&world, "files", "https://files.example.com/mcp").await;
    let fields = [("name", "Again"), ("slug", "files"), ("url", "https://e.com/mcp")];
    assert!(send(&admin, "register_server", &fields).await.0.contains("There is a server with this slug already."));
}

#[tokio::test]
async fn a_credential_stays_with_its_host() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    register(&world, "files", "https://files.example.com/mcp").await;
    let page = text(&admin, "/w/acme/servers/files").await;
    assert!(page.contains("One is kept, and shown to nobody.") && !page.contains(CREDENTIAL));
    let moved = [("server", "files"), ("name", "Files"), ("url", "https://evil.example.com/mcp")];
    let html = send(&admin, "edit_server", &moved).await.0;
    assert!(html.contains("The address is of another host.") && html.contains("https://evil.example.com/mcp"));
    let erased =
        [("server", "files"), ("name", "Files"), ("url", "https://evil.example.com/mcp"), ("erase_credential", "on")];
    assert!(send(&admin, "edit_server", &erased).await.0.contains("None: it is asked without one"));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_said_to() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    register(&world, "away", "http://127.0.0.1:9/mcp").await;
    let (html, page) = send(&admin, "ask_server", &[("server", "away")]).await;
    assert!(page.ends_with("/away") && html.contains("No connection:") && html.contains("Not tested yet"));
}

#[tokio::test]
async fn members_are_chosen_by_e_mail() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    register(&world, "files", "https://files.example.com/mcp").await;
    let html = send(&admin, "open_server", &[("server", "files"), ("open_to", "chosen")]).await.0;
    assert!(html.contains("Only chosen members may use it now.") && html.contains("Choose a member by e-mail"));
    // Of another workspace, and of none: the same words.
    for email in ["other@example.com", "nobody@example.com", ""] {
        let html = send(&admin, "choose_for_server", &[("server", "files"), ("email", email)]).await.0;
        assert!(html.contains("No member of this workspace has this e-mail."), "{email}");
    }
    let html = send(&admin, "choose_for_server", &[("server", "files"), ("email", " Viewer@Example.com")]).await.0;
    assert!(html.contains("Viewer may use it now.") && html.contains("Choose Viewer no more"));
    let at = html.find("name=\"user\" value=\"").unwrap() + 19;
    let user: String = html[at..].chars().take_while(|c| *c != '"').collect();
    let html = send(&admin, "unchoose_for_server", &[("server", "files"), ("user", &user)]).await.0;
    assert!(!html.contains("Choose Viewer no more"));
}

#[tokio::test]
async fn many_servers_are_listed_by_page() {
    let world = World::new().await;
    let viewer = world.browser(Who::Viewer).await;
    for n in 0..55 {
        register(&world, &format!("s-{n:02}"), "https://files.example.com/mcp").await;
    }
    let first = text(&viewer, "/w/acme/servers").await;
    assert!(first.contains("s-49") && !first.contains("s-50") && first.contains("More servers"));
    let second = text(&viewer, "/w/acme/servers?after=s-49").await;
    assert!(second.contains("s-50") && second.contains("s-54") && !second.contains("s-49<"));
    assert!(second.contains("First page") && !second.contains("More servers"));
}

#[tokio::test]
async fn behind_the_last_page_of_a_list_there_is_a_way_back() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    register(&world, "files", "https://files.example.com/mcp").await;
    policy(&world, "Look only", "").await;
    guardrail(&world, "No secrets").await;
    for of in ["servers", "policies", "guardrails"] {
        // What stood there was deleted since, or the address was typed.
        let html = text(&admin, &format!("/w/acme/{of}?after=zz")).await;
        for part in [
            format!("No more {of}"),
            format!("href=\"/w/acme/{of}\" class=\"btn\">First page"),
            format!("/w/acme/{of}/new"),
        ] {
            assert!(html.contains(&part), "{part}: {html}");
        }
        assert!(!html.contains(&format!("No {of} yet")), "{html}");
    }
}
