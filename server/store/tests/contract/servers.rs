//! MCP servers: registered, edited, listed, marked, removed, and open to whom. Their credentials stand in
//! `server_credentials`.

use crate::{
    engine::Outcome,
    world::{NOW, World},
};
use domain::{
    access::Role,
    id::{ServerId, UserId},
    mcp::{Mark, Marks, Tool},
};
use store::{AuditEvent, CredentialChange, Error, ListedTools, NewServer, Server, ServerEdit, Store, User, Workspace};

on_both_engines!(
    a_server_is_registered_and_found,
    a_slug_is_taken_once,
    servers_are_listed_by_slug,
    each_change_is_made_and_recorded,
    an_edit_of_what_changed_meanwhile_is_refused,
    tools_are_kept_for_their_address,
    marks_are_not_overwritten_unseen,
    several_are_looked_up_at_once,
    open_to_everyone_or_to_the_chosen,
    who_leaves_the_workspace_is_chosen_no_more,
    another_workspace_finds_and_changes_nothing,
    what_no_version_wrote_is_unreadable,
);

pub fn event(world: &World) -> AuditEvent {
    world.event("server.change")
}

pub fn new_server(world: &World, workspace: &Workspace, slug: &str) -> NewServer {
    NewServer {
        id: world.server_id(),
        workspace: workspace.id.clone(),
        slug: slug.into(),
        name: slug.to_uppercase(),
        url: format!("https://{slug}.example.com/mcp"),
        header: "authorization".into(),
        credential: None,
        everyone: true,
        created_at: NOW,
    }
}

async fn server(world: &World, workspace: &Workspace, slug: &str) -> Outcome<NewServer> {
    let new = new_server(world, workspace, slug);
    world.store.insert_server(&new, &event(world)).await?;
    Ok(new)
}

async fn found(store: &Store, server: &NewServer) -> Outcome<Server> {
    let Some(found) = store.server(&server.workspace, &server.slug).await? else { panic!("the server is not found") };
    Ok(found)
}

pub fn edit(server: &NewServer, url: &str, credential: CredentialChange) -> ServerEdit {
    ServerEdit {
        name: "Edited".into(),
        url: url.into(),
        header: "x-api-key".into(),
        credential,
        url_before: server.url.clone(),
    }
}

fn tools(names: &[&str]) -> ListedTools {
    let tool = |name: &&str| Tool {
        name: (*name).into(),
        title: None,
        description: "What it does 🔧".into(),
        read_only: Some(true),
    };
    ListedTools { tools: names.iter().map(tool).collect(), at: NOW }
}

fn hidden(tool: &str) -> Marks {
    let mut marks = Marks::default();
    assert_eq!(marks.set(tool, Some(Mark::Hidden)), Ok(()));
    marks
}

async fn may_use(world: &World, server: &NewServer, user: &UserId) -> Outcome<bool> {
    let found = world.store.upstream(&server.workspace, &server.slug, user).await?;
    let Some(upstream) = found else { panic!("the server is not found") };
    Ok(upstream.open_to_user)
}

async fn a_server_is_registered_and_found(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let new = new_server(world, &acme, "github");
    world.leaving(1, store.insert_server(&new, &event(world))).await??;
    let wanted = Server {
        id: new.id.clone(),
        slug: "github".into(),
        name: "GITHUB".into(),
        url: "https://github.example.com/mcp".into(),
        header: "authorization".into(),
        has_credential: false,
        enabled: true,
        everyone: true,
        marks: Marks::default(),
        tool_count: None,
        created_at: NOW,
    };
    assert_eq!(store.server(&acme.id, "github").await?.as_ref(), Some(&wanted));
    let Some(upstream) = store.upstream(&acme.id, "github", &mina.id).await? else { panic!("it is not found") };
    assert_eq!((upstream.server, upstream.credential, upstream.listed), (wanted, None, None));
    assert!(upstream.open_to_user);
    assert!(store.server(&acme.id, "git").await?.is_none());
    assert!(store.upstream(&acme.id, "git", &mina.id).await?.is_none());
    assert!(store.listed_tools(&acme.id, &new.id).await?.is_none());
    Ok(())
}

async fn a_slug_is_taken_once(world: &World) -> Outcome {
    let ((acme, _), other) = (world.acme().await?, world.workspace("other").await?);
    server(world, &acme, "github").await?;
    let second = new_server(world, &acme, "github");
    assert_err!(world.leaving(0, world.store.insert_server(&second, &event(world))).await?, Error::Taken);
    server(world, &other, "github").await?;
    Ok(())
}

async fn servers_are_listed_by_slug(world: &World) -> Outcome {
    let (store, (acme, _), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    server(world, &other, "aside").await?;
    for slug in ["c", "a-1", "a"] {
        server(world, &acme, slug).await?;
    }
    let slugs = |servers: Vec<Server>| servers.into_iter().map(|server| server.slug).collect::<Vec<_>>();
    let first = store.server_page(&acme.id, "", 2).await?;
    let Some(after) = first.next else { panic!("a third one is left") };
    assert_eq!(slugs(first.servers), ["a", "a-1"]);
    let last = store.server_page(&acme.id, &after, 2).await?;
    assert_eq!((slugs(last.servers), last.next), (vec!["c".to_owned()], None));
    Ok(())
}

async fn each_change_is_made_and_recorded(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (new, other) = (server(world, &acme, "github").await?, server(world, &acme, "files").await?);
    let untouched = found(store, &other).await?;
    let edit = edit(&new, "https://elsewhere.example.com/", CredentialChange::Keep);
    world.leaving(1, store.edit_server(&acme.id, &new.id, &edit, &event(world))).await??;
    world.leaving(1, store.enable_server(&acme.id, &new.id, false, &event(world))).await??;
    world.leaving(1, store.open_server(&acme.id, &new.id, false, &event(world))).await??;
    let marks = hidden("delete_repo");
    world.leaving(1, store.mark_tools(&acme.id, &new.id, [&Marks::default(), &marks], &event(world))).await??;
    let kept = found(store, &new).await?;
    assert_eq!((kept.name.as_str(), kept.url.as_str()), ("Edited", "https://elsewhere.example.com/"));
    assert_eq!((kept.header.as_str(), kept.enabled, kept.everyone), ("x-api-key", false, false));
    assert_eq!(kept.marks, marks);

    world.leaving(1, store.choose_for_server(&acme.id, &new.id, &mina.id, &event(world))).await??;
    world.leaving(1, store.remove_server(&acme.id, &new.id, &event(world))).await??;
    assert!(store.server(&acme.id, "github").await?.is_none());
    for answer in every_change(world, &acme, &new.id, &mina).await? {
        assert_err!(answer, Error::NotFound);
    }
    assert_eq!(found(store, &other).await?, untouched);
    Ok(())
}

/// Tries every change of a server; none may leave an event.
async fn every_change(
    world: &World,
    workspace: &Workspace,
    server: &ServerId,
    user: &User,
) -> Outcome<[Result<(), Error>; 7]> {
    let (store, event, id) = (&world.store, event(world), &workspace.id);
    let edit = ServerEdit {
        name: "Theirs".into(),
        url: "https://theirs.example.com/".into(),
        header: "authorization".into(),
        credential: CredentialChange::Erase,
        url_before: "https://github.example.com/mcp".into(),
    };
    let marks = hidden("tool");
    Ok([
        world.leaving(0, store.edit_server(id, server, &edit, &event)).await?,
        world.leaving(0, store.enable_server(id, server, false, &event)).await?,
        world.leaving(0, store.open_server(id, server, true, &event)).await?,
        world.leaving(0, store.mark_tools(id, server, [&Marks::default(), &marks], &event)).await?,
        world.leaving(0, store.choose_for_server(id, server, &user.id, &event)).await?,
        world.leaving(0, store.unchoose_for_server(id, server, &user.id, &event)).await?,
        world.leaving(0, store.remove_server(id, server, &event)).await?,
    ])
}

async fn an_edit_of_what_changed_meanwhile_is_refused(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    let new = server(world, &acme, "github").await?;
    let first = edit(&new, "https://one.example.com/", CredentialChange::Keep);
    store.edit_server(&acme.id, &new.id, &first, &event(world)).await?;
    let second = edit(&new, "https://two.example.com/", CredentialChange::Keep);
    assert_err!(world.leaving(0, store.edit_server(&acme.id, &new.id, &second, &event(world))).await?, Error::Changed);
    assert_eq!(found(store, &new).await?.url, "https://one.example.com/");
    Ok(())
}

async fn tools_are_kept_for_their_address(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let new = server(world, &acme, "github").await?;
    let listed = tools(&["get_issue", "create_issue"]);
    world.leaving(0, store.keep_tools(&acme.id, &new.id, &new.url, &listed)).await??;
    assert_eq!(store.listed_tools(&acme.id, &new.id).await?.as_ref(), Some(&listed));
    assert_eq!(found(store, &new).await?.tool_count, Some(2));
    let upstream = store.upstream(&acme.id, "github", &mina.id).await?;
    assert_eq!(upstream.and_then(|upstream| upstream.listed), Some(listed.clone()));

    // Another name for the same address forgets nothing; another address does.
    store.edit_server(&acme.id, &new.id, &edit(&new, &new.url, CredentialChange::Keep), &event(world)).await?;
    assert_eq!(found(store, &new).await?.tool_count, Some(2));
    let moved = edit(&new, "https://elsewhere.example.com/", CredentialChange::Keep);
    store.edit_server(&acme.id, &new.id, &moved, &event(world)).await?;
    assert_eq!(found(store, &new).await?.tool_count, None);
    store.keep_tools(&acme.id, &new.id, &new.url, &listed).await?;
    assert!(store.listed_tools(&acme.id, &new.id).await?.is_none(), "an answer of the address before comes too late");
    store.keep_tools(&acme.id, &new.id, &moved.url, &tools(&[])).await?;
    assert_eq!(found(store, &new).await?.tool_count, Some(0), "asked, and it has none");
    Ok(())
}

async fn several_are_looked_up_at_once(world: &World) -> Outcome {
    let (store, (acme, _), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    let (github, files) = (server(world, &acme, "github").await?, server(world, &acme, "files").await?);
    server(world, &other, "theirs").await?;
    let slugs = |slugs: &[&str]| slugs.iter().map(|slug| (*slug).to_owned()).collect::<Vec<_>>();
    assert_eq!(store.server_ids(&acme.id, &slugs(&["github", "theirs", "gone"])).await?, vec![github.id.clone()]);
    assert!(store.server_ids(&acme.id, &[]).await?.is_empty());
    let ids = [github.id.clone(), files.id.clone(), world.server_id()];
    let by_id = |found: Vec<Server>| found.into_iter().map(|server| server.slug).collect::<Vec<_>>();
    assert_eq!(by_id(store.servers_by_id(&acme.id, &ids).await?), ["files", "github"]);
    assert!(store.servers_by_id(&other.id, &ids).await?.is_empty(), "another workspace's");
    assert!(store.servers_by_id(&acme.id, &[]).await?.is_empty());

    let listed = tools(&["tool"]);
    store.keep_tools(&acme.id, &files.id, &files.url, &listed).await?;
    let all = store.server_page(&acme.id, "", 9).await?.servers;
    let found = store.with_tools(&acme.id, all.clone()).await?;
    let found: Vec<_> = found.into_iter().map(|(server, listed)| (server.slug, listed)).collect();
    assert_eq!(found, [("files".to_owned(), Some(listed)), ("github".to_owned(), None)]);
    assert!(store.with_tools(&other.id, all).await?.iter().all(|(_, listed)| listed.is_none()));
    assert!(store.with_tools(&acme.id, Vec::new()).await?.is_empty());
    Ok(())
}

async fn marks_are_not_overwritten_unseen(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    let new = server(world, &acme, "github").await?;
    let (none, one, two) = (Marks::default(), hidden("one"), hidden("two"));
    store.mark_tools(&acme.id, &new.id, [&none, &one], &event(world)).await?;
    assert_err!(
        world.leaving(0, store.mark_tools(&acme.id, &new.id, [&none, &two], &event(world))).await?,
        Error::Changed
    );
    assert_eq!(found(store, &new).await?.marks, one);
    store.mark_tools(&acme.id, &new.id, [&one, &none], &event(world)).await?;
    assert_eq!(found(store, &new).await?.marks, none);
    Ok(())
}

async fn open_to_everyone_or_to_the_chosen(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (ada, stranger) = (world.user("Ada").await?, world.user("Stranger").await?);
    world.put_member(&acme, &ada, Role::Admin).await?;
    let new = server(world, &acme, "github").await?;
    let open = async || {
        let mut open = [false; 3];
        for (may, user) in open.iter_mut().zip([&mina, &ada, &stranger]) {
            *may = may_use(world, &new, &user.id).await?;
        }
        Outcome::Ok(open)
    };
    assert_eq!(open().await?, [true, true, false]);
    store.open_server(&acme.id, &new.id, false, &event(world)).await?;
    assert_eq!(open().await?, [false; 3], "nobody was chosen, not even an administrator");
    for _ in 0..2 {
        store.choose_for_server(&acme.id, &new.id, &mina.id, &event(world)).await?;
    }
    assert_eq!(open().await?, [true, false, false]);
    for missing in [&stranger.id, &UserId::from_text("nobody")] {
        assert_err!(
            world.leaving(0, store.choose_for_server(&acme.id, &new.id, missing, &event(world))).await?,
            Error::NotFound
        );
    }

    store.choose_for_server(&acme.id, &new.id, &ada.id, &event(world)).await?;
    let names = |members: Vec<store::ServerMember>| members.into_iter().map(|m| m.name).collect::<Vec<_>>();
    assert_eq!(names(store.server_members(&acme.id, &new.id, "", 1).await?), ["Ada"]);
    assert_eq!(names(store.server_members(&acme.id, &new.id, "ada@example.com", 9).await?), ["Mina"]);
    world.leaving(1, store.unchoose_for_server(&acme.id, &new.id, &mina.id, &event(world))).await??;
    assert_eq!(open().await?, [false, true, false]);
    store.open_server(&acme.id, &new.id, true, &event(world)).await?;
    assert_eq!(open().await?, [true, true, false]);
    Ok(())
}

async fn who_leaves_the_workspace_is_chosen_no_more(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let new = server(world, &acme, "github").await?;
    store.open_server(&acme.id, &new.id, false, &event(world)).await?;
    store.choose_for_server(&acme.id, &new.id, &mina.id, &event(world)).await?;
    world.put_member(&acme, &mina, Role::Viewer).await?;
    assert!(may_use(world, &new, &mina.id).await?, "another role is no leaving");
    store.remove_member(&acme.id, &mina.id, &world.event("member.remove")).await?;
    assert!(!may_use(world, &new, &mina.id).await?);
    world.put_member(&acme, &mina, Role::Admin).await?;
    assert!(!may_use(world, &new, &mina.id).await?, "and does not come back with what they had");
    assert!(store.server_members(&acme.id, &new.id, "", 9).await?.is_empty());
    Ok(())
}

async fn another_workspace_finds_and_changes_nothing(world: &World) -> Outcome {
    let (store, (acme, mina), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    world.put_member(&other, &mina, Role::Admin).await?;
    let new = server(world, &acme, "github").await?;
    store.choose_for_server(&acme.id, &new.id, &mina.id, &event(world)).await?;
    store.keep_tools(&acme.id, &new.id, &new.url, &tools(&["tool"])).await?;
    let before = found(store, &new).await?;
    assert!(store.server(&other.id, "github").await?.is_none());
    assert!(store.upstream(&other.id, "github", &mina.id).await?.is_none());
    assert!(store.server_page(&other.id, "", 9).await?.servers.is_empty());
    assert!(store.server_members(&other.id, &new.id, "", 9).await?.is_empty());
    assert!(store.listed_tools(&other.id, &new.id).await?.is_none());
    for answer in every_change(world, &other, &new.id, &mina).await? {
        assert_err!(answer, Error::NotFound);
    }
    store.keep_tools(&other.id, &new.id, &new.url, &tools(&[])).await?;
    assert_eq!(found(store, &new).await?, before);
    assert_eq!(store.server_members(&acme.id, &new.id, "", 9).await?.len(), 1);
    Ok(())
}

async fn what_no_version_wrote_is_unreadable(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let new = server(world, &acme, "github").await?;
    store.keep_tools(&acme.id, &new.id, &new.url, &tools(&["tool"])).await?;
    world.place.execute("UPDATE servers SET tools = 'none'").await?;
    assert_err!(store.listed_tools(&acme.id, &new.id).await, Error::Unreadable("tool list"));
    world.place.execute("UPDATE servers SET marks = '{\"tool\":\"safe\"}'").await?;
    assert_err!(store.server(&acme.id, "github").await, Error::Unreadable("tool marks"));
    assert_err!(store.upstream(&acme.id, "github", &mina.id).await.map(drop), Error::Unreadable(_));
    assert_err!(store.server_page(&acme.id, "", 9).await.map(drop), Error::Unreadable("tool marks"));
    Ok(())
}
