//! The administration, by forms that are posted without script: workspaces, users, who administers the installation.

use super::{
    people::{form, id, me, post, text},
    world::{PASSWORD, Who, World, location},
};
use domain::{
    access::Role,
    key::{Limits, McpScope, NewKey, Permission},
    workspace::Plan,
};
use server::{auth::Caller, keys, workspaces};

#[tokio::test]
async fn a_workspace_is_created_with_its_first_administrator() {
    let world = World::new().await;
    let instance = world.browser(Who::Instance).await;
    let taken = [("name", "Acme"), ("slug", ""), ("plan", "pro")];
    assert_eq!(post(&instance, "/console/create_workspace", &taken).await, "/admin/workspaces/new");
    let html = text(&instance, "/admin/workspaces/new").await;
    assert!(html.contains("with this slug already") && html.contains("value=\"acme\""), "the suggestion is filled in");
    let fields = [("name", "Acme Labs (2)"), ("slug", ""), ("plan", "pro")];
    assert_eq!(post(&instance, "/console/create_workspace", &fields).await, "/w/acme-labs-2/keys");
    let html = text(&instance, "/w/acme-labs-2/members").await;
    assert!(html.contains("instance@example.com"), "the caller is a member");
    let html = text(&instance, "/admin/workspaces?q=labs").await;
    assert!(html.contains("Acme Labs (2)") && !html.contains("/w/other/members"));
}

#[tokio::test]
async fn a_user_is_deactivated_and_activated() {
    let world = World::new().await;
    let (instance, developer) = (world.browser(Who::Instance).await, world.browser(Who::Developer).await);
    let (_, key) = world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    let user = id(&world, &Who::Developer.email()).await;
    let page = format!("/admin/users/{user}/deactivate");
    let html = text(&instance, &page).await;
    assert!(html.contains("1 key stops at once.") && html.contains("1 workspace"), "{html}");
    assert_eq!(post(&instance, "/console/deactivate_user", &[("user", &user)]).await, "/admin/users");
    assert!(text(&instance, "/admin/users?q=developer@").await.contains("Deactivated"));
    assert_eq!(me(&world, &key).await, 403);
    assert!(location(&developer.get("/w/acme/keys").await).starts_with("/login"), "signed out");
    post(&instance, "/console/activate_user", &[("user", &user)]).await;
    assert_eq!(me(&world, &key).await, 200);
    let nobody = form(&[("user", "nobody")]);
    assert_eq!(instance.fetch("/console/deactivate_user", &nobody).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn all_keys_are_narrowed_to_a_workspace_an_owner_an_environment() {
    let world = World::new().await;
    let instance = world.browser(Who::Instance).await;
    let empty = text(&instance, "/admin/keys").await;
    assert!(!empty.contains("name=\"environment\""), "nothing to choose, no choice");
    let (ours, _) = world.key(Who::Developer, "ours", Permission::ReadOnly, false).await;
    let grant = Caller::operator(&world.latchkey).in_workspace("other").await.unwrap().allow().unwrap();
    let new = NewKey {
        name: "theirs".into(),
        description: String::new(),
        environment: "prod".into(),
        permission: Permission::ReadOnly,
        expires_at: None,
        gateway: false,
        url_credential: false,
        limits: Limits::default(),
        mcp: McpScope::default(),
        model: domain::model::ModelLimits::default(),
    };
    let theirs = keys::create_for(&grant, &Who::Other.email(), new).await.unwrap().view.id.to_string();
    let developer = id(&world, &Who::Developer.email()).await;
    for (query, both) in [
        (String::new(), [true, true]),
        ("workspace=acme".into(), [true, false]),
        ("workspace=other".into(), [false, true]),
        ("workspace=other&environment=prod&sort=name".into(), [false, true]),
        ("workspace=acme&environment=prod".into(), [false, false]),
        ("environment=prod".into(), [false, true]),
        (format!("owner={developer}"), [true, false]),
        ("owner=mine".into(), [false, false]),
        ("workspace=nowhere".into(), [false, false]),
    ] {
        let html = text(&instance, &format!("/admin/keys?{query}")).await;
        let row = |id: &str| html.contains(&format!("key-{id}"));
        assert_eq!([row(&ours), row(&theirs)], both, "{query}");
        assert_eq!(html.contains("No key matches"), both == [false, false], "{query}");
    }
    let html = text(&instance, "/admin/keys?workspace=nowhere").await;
    assert!(html.contains("value=\"nowhere\" selected"), "what narrows the list is seen");
    let html = text(&instance, "/admin/keys?workspace=acme").await;
    assert!(html.contains("value=\"acme\" selected") && html.contains(&format!("value=\"{developer}\"")));
    let other = id(&world, &Who::Other.email()).await;
    assert!(!html.contains(&format!("value=\"{other}\"")), "owners are the workspace's members");
    let html = text(&instance, "/w/acme/keys?workspace=other").await;
    assert!(
        html.contains(&format!("key-{ours}")) && !html.contains("name=\"workspace\" aria"),
        "a workspace's list is its own"
    );
}

#[tokio::test]
async fn a_users_name_and_email_are_changed() {
    let world = World::new().await;
    let (instance, developer) = (world.browser(Who::Instance).await, world.browser(Who::Developer).await);
    let user = id(&world, &Who::Developer.email()).await;
    let page = format!("/admin/users/{user}");
    assert!(text(&instance, "/admin/users?q=developer@").await.contains(&format!("href=\"{page}\"")));
    assert_eq!(post(&instance, "/console/rename_user", &[("user", &user), ("name", "Zoë")]).await, page);
    let html = text(&instance, &page).await;
    assert!(html.contains("The user is now called “Zoë”.") && html.contains("value=\"Zoë\""), "{html}");
    for (email, words) in
        [("admin@example.com", "There is a user with this e-mail already."), ("zoe", "needs the form")]
    {
        assert_eq!(post(&instance, "/console/set_user_email", &[("user", &user), ("email", email)]).await, page);
        let html = text(&instance, &page).await;
        assert!(html.contains(words) && html.contains(&format!("value=\"{email}\"")), "{email}: {html}");
    }
    post(&instance, "/console/set_user_email", &[("user", &user), ("email", "Zoe@example.com")]).await;
    assert!(text(&instance, &page).await.contains("They sign in with zoe@example.com from now on."));
    assert!(text(&developer, "/account").await.contains("zoe@example.com"), "still signed in");
    let log = text(&instance, "/admin/audit?action=user.email").await;
    assert!(log.contains("developer@example.com") && log.contains("zoe@example.com"));
    let nobody = form(&[("user", "nobody"), ("name", "x"), ("email", "x@example.com")]);
    for function in ["/console/rename_user", "/console/set_user_email"] {
        assert_eq!(instance.fetch(function, &nobody).send().await.unwrap().status(), 404);
    }
}

#[tokio::test]
async fn the_own_email_takes_the_password() {
    let world = World::new().await;
    let (developer, elsewhere) = (world.browser(Who::Developer).await, world.browser(Who::Developer).await);
    let change = async |email: &str, password: &str| {
        let fields = [("email", email), ("password", password)];
        assert_eq!(post(&developer, "/console/change_own_email", &fields).await, "/account");
        text(&developer, "/account").await
    };
    let html = change("zoe@example.com", "not this one").await;
    assert!(html.contains("This is not your current password.") && html.contains("value=\"zoe@example.com\""));
    assert!(!html.contains("not this one"), "no password comes back");
    assert!(change("admin@example.com", PASSWORD).await.contains("There is a user with this e-mail already."));
    assert!(text(&developer, "/account").await.contains("value=\"developer@example.com\""), "nothing was changed");
    assert!(change("zoe@example.com", PASSWORD).await.contains("You sign in with zoe@example.com from now on."));
    assert!(text(&elsewhere, "/account").await.contains("zoe@example.com"), "sessions stay");
    let sign_in = async |email: &str| {
        let form = form(&[("email", email), ("password", PASSWORD)]);
        let nobody = world.browser(Who::Nobody).await;
        nobody.fetch("/console/sign_in", &form).send().await.unwrap().status().as_u16()
    };
    assert_eq!((sign_in("developer@example.com").await, sign_in("ZOE@example.com").await), (401, 200));
}

#[tokio::test]
async fn the_last_administrator_of_the_installation_stays() {
    let world = World::new().await;
    let instance = world.browser(Who::Instance).await;
    let me = id(&world, &Who::Instance.email()).await;
    assert_eq!(post(&instance, "/console/demote_user", &[("user", &me)]).await, "/admin/users");
    assert!(text(&instance, "/admin/users").await.contains("This is the last active administrator"));
    let page = format!("/admin/users/{me}/deactivate");
    assert_eq!(post(&instance, "/console/deactivate_user", &[("user", &me)]).await, page);
    assert!(text(&instance, &page).await.contains("This is the last active administrator"));

    let admin = id(&world, &Who::Admin.email()).await;
    post(&instance, "/console/promote_user", &[("user", &admin)]).await;
    assert_eq!(world.browser(Who::Admin).await.get("/admin/users").await.status(), 200);
    assert_eq!(post(&instance, "/console/demote_user", &[("user", &me)]).await, "/");
    assert_eq!(instance.get("/admin/users").await.status(), 404, "an ordinary user now");
}

#[tokio::test]
async fn the_switcher_is_bounded_and_keeps_the_workspace_at_hand() {
    let world = World::new().await;
    let operator = Caller::operator(&world.latchkey);
    for n in 0..60 {
        let grant = operator.instance().unwrap();
        let name = format!("Place {n:02}");
        workspaces::create(&grant, &format!("place-{n:02}"), &name, Plan::Pro, domain::workspace::Settings::default())
            .await
            .unwrap();
    }
    let instance = world.browser(Who::Instance).await;
    // The bar is rendered twice: at the left, and as a menu for narrow screens. There are no keys with menus of their own.
    let links = |html: &str| html.matches("class=\"menu-item\"").count() - html.matches("All workspaces").count();
    assert_eq!(links(&text(&instance, "/w/acme/keys").await), 2 * 50);
    let html = text(&instance, "/w/place-59/keys").await;
    assert_eq!(links(&html), 2 * 51);
    assert!(html.contains("<span dir=\"auto\">Place 59</span>") && html.contains("All workspaces"), "it is shown");
    let list = text(&instance, "/admin/workspaces").await;
    assert!(list.contains("More workspaces") && list.contains("50 workspaces on this page"));
    let at = list.find("/admin/workspaces?after=").unwrap();
    let next = list[at..].split('"').next().unwrap().to_owned();
    assert!(text(&instance, &next).await.contains("Place 59"));

    let grant = operator.in_workspace("place-07").await.unwrap().allow().unwrap();
    workspaces::put_member(&grant, &Who::Viewer.email(), Role::Viewer).await.unwrap();
    let html = text(&world.browser(Who::Viewer).await, "/w/acme/keys").await;
    assert_eq!(links(&html), 2 * 2, "a member sees their own");
}
