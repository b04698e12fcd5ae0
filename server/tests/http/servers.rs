//! MCP servers and firewall policies by their use-cases: registered, edited, asked for their tools by a real MCP client;
//! credentials kept to the host they are for, out of the log, and through rotations of the master key.

use crate::world::{MINA, World, grant, new_key};
use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::any,
};
use domain::{
    key::ServerScope,
    mcp::{Effect, Mark, Standing},
};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations},
    service::RequestContext,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use server::{
    Error, Latchkey,
    auth::{Caller, ChangeKey, ManageServers, SeeServers},
    keys, policies,
    policies::RawPolicy,
    sealing,
    servers::{self, Asked, RawServer, ServerPageView},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::net::TcpListener;

on_both_engines!(
    a_server_is_registered_edited_and_removed,
    a_credential_stays_with_its_host,
    a_server_is_asked_for_its_tools,
    what_is_no_mcp_server_says_why,
    private_addresses_are_refused,
    credentials_outlive_the_master_key,
    chosen_members_alone,
    a_policy_is_made_and_previewed,
    a_key_is_scoped,
);

const CREDENTIAL: &str = "Bearer upstream-key-4f1c9e7d20ab";

fn raw(slug: &str, url: &str) -> RawServer {
    RawServer { name: "GitHub".into(), slug: slug.into(), url: url.into(), ..RawServer::default() }
}

fn with_credential(slug: &str, url: &str) -> RawServer {
    RawServer { credential: CREDENTIAL.to_owned().into(), ..raw(slug, url) }
}

/// An instance that may connect to this machine.
async fn open_instance(world: &World) -> Latchkey {
    world.secret("upstream-key-4f1c9e7d20ab");
    world.instance(|config| config.allow_private_upstreams = true).await
}

async fn register(latchkey: &Latchkey, raw: &RawServer) -> Result<(), Error> {
    servers::register(&grant(latchkey, "acme").await, raw, true).await.map(drop)
}

async fn ask(latchkey: &Latchkey, slug: &str) -> Asked {
    servers::ask(&grant(latchkey, "acme").await, slug).await.unwrap()
}

async fn page(latchkey: &Latchkey, slug: &str) -> Result<ServerPageView, Error> {
    let place = Caller::operator(latchkey).in_workspace("acme").await?;
    servers::show(&place.clone().allow::<SeeServers>()?, &place, slug, "").await
}

fn fields<T>(answer: Result<T, Error>) -> Vec<String> {
    let Err(error) = answer else { panic!("it was accepted") };
    error.fields().iter().map(|field| field.field.clone()).collect()
}

/// An MCP server with three tools, on two pages.
#[derive(Clone)]
struct Tools;

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = |name: &'static str| Tool::new(name, "What it \u{202E}does", Arc::new(serde_json::Map::new()));
        let first = request.and_then(|request| request.cursor).is_none();
        let tools = if first {
            let reads = ToolAnnotations::new().read_only(true);
            vec![tool("get_issue").with_annotations(reads), tool("create_issue")]
        } else {
            vec![tool("delete_repo").with_annotations(ToolAnnotations::new().read_only(false))]
        };
        let next_cursor = first.then(|| "two".into());
        Ok(ListToolsResult { next_cursor, ..ListToolsResult::with_all_items(tools) })
    }
}

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://127.0.0.1:{port}")
}

/// The MCP server, behind a credential.
async fn upstream() -> String {
    let config = StreamableHttpServerConfig::default();
    let service = StreamableHttpService::new(|| Ok(Tools), Arc::new(LocalSessionManager::default()), config);
    let guard = |request: Request, next: Next| async move {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if given == Some(CREDENTIAL) {
            return next.run(request).await;
        }
        Response::builder()
            .status(StatusCode::UNAUTHORIZED)
            .header(header::WWW_AUTHENTICATE, "Bearer")
            .body(axum::body::Body::empty())
            .unwrap()
    };
    let router = Router::new().route_service("/mcp", service).layer(middleware::from_fn(guard));
    format!("{}/mcp", listen(router).await)
}

async fn a_server_is_registered_edited_and_removed(world: &World) {
    let latchkey = &open_instance(world).await;
    let grant = grant::<ManageServers>(latchkey, "acme").await;
    register(latchkey, &with_credential("github", "https://mcp.example.com/mcp?team=1")).await.unwrap();
    assert_eq!(fields(register(latchkey, &raw("github", "https://e.com/")).await), ["slug"], "it is taken");
    let wrong = RawServer { header: "Host".into(), credential: "a\nb".to_owned().into(), ..raw("A", "ftp://e.com") };
    let wrong = RawServer { name: String::new(), ..wrong };
    assert_eq!(fields(register(latchkey, &wrong).await), ["name", "slug", "url", "header", "credential"]);

    let shown = page(latchkey, "github").await.unwrap();
    assert_eq!(shown.server.endpoint, "http://127.0.0.1:3000/mcp-connect/github");
    assert_eq!((shown.server.has_credential, shown.server.header.as_str()), (true, "authorization"));
    assert!(!format!("{shown:?}").contains("upstream-key"));
    assert!(shown.tools.is_empty() && shown.asked_at.is_none());

    let edited = RawServer { name: "Code".into(), ..raw("", "https://mcp.example.com/v2") };
    servers::edit(&grant, "github", &edited).await.unwrap();
    servers::enable(&grant, "github", false).await.unwrap();
    servers::mark(&grant, "github", "delete_repo", "hidden").await.unwrap();
    assert_eq!(fields(servers::mark(&grant, "github", "x", "safe").await), ["mark"]);
    let shown = page(latchkey, "github").await.unwrap();
    assert_eq!((shown.server.name.as_str(), shown.server.enabled), ("Code", false));
    assert_eq!(shown.server.url, "https://mcp.example.com/v2");
    assert_eq!((shown.tools[0].standing, shown.tools[0].missing), (Standing::Hidden, true));

    assert_eq!(fields(servers::remove(&grant, "github", "git").await), ["typed"]);
    servers::remove(&grant, "github", " github ").await.unwrap();
    assert!(matches!(page(latchkey, "github").await, Err(Error::NotFound)));
    for gone in [
        servers::edit(&grant, "github", &edited).await,
        servers::enable(&grant, "github", true).await,
        servers::mark(&grant, "github", "t", "").await,
        servers::open(&grant, "github", true).await,
        servers::remove(&grant, "github", "github").await,
        servers::ask(&grant, "github").await.map(drop),
    ] {
        assert!(matches!(gone, Err(Error::NotFound)));
    }
}

async fn a_credential_stays_with_its_host(world: &World) {
    let latchkey = &open_instance(world).await;
    let grant = grant::<ManageServers>(latchkey, "acme").await;
    register(latchkey, &with_credential("github", "https://mcp.example.com/mcp")).await.unwrap();
    for elsewhere in ["https://evil.example/mcp", "http://mcp.example.com/mcp", "https://mcp.example.com:444/mcp"] {
        assert_eq!(fields(servers::edit(&grant, "github", &raw("", elsewhere)).await), ["credential"], "{elsewhere}");
    }
    assert_eq!(page(latchkey, "github").await.unwrap().server.url, "https://mcp.example.com/mcp");
    servers::edit(&grant, "github", &with_credential("", "https://other.example/mcp")).await.unwrap();
    let both = RawServer { erase_credential: true, ..with_credential("", "https://other.example/mcp") };
    assert_eq!(fields(servers::edit(&grant, "github", &both).await), ["credential"]);
    let without = RawServer { erase_credential: true, ..raw("", "https://third.example/mcp") };
    servers::edit(&grant, "github", &without).await.unwrap();
    assert!(!page(latchkey, "github").await.unwrap().server.has_credential);
    servers::edit(&grant, "github", &raw("", "https://fourth.example/")).await.unwrap();
}

async fn a_server_is_asked_for_its_tools(world: &World) {
    let latchkey = &open_instance(world).await;
    let grant = grant::<ManageServers>(latchkey, "acme").await;
    register(latchkey, &with_credential("github", &upstream().await)).await.unwrap();
    let Asked::Works { tools, cut, revision, .. } = ask(latchkey, "github").await else { panic!("it does not work") };
    assert_eq!((tools, cut), (3, false));
    assert!(revision.starts_with("202"), "{revision}");
    let shown = page(latchkey, "github").await.unwrap();
    let found: Vec<_> = shown.tools.iter().map(|tool| (tool.name.as_str(), tool.hint, tool.standing)).collect();
    let wanted = [
        ("get_issue", Some(true), Standing::Reads),
        ("create_issue", None, Standing::Changes),
        ("delete_repo", Some(false), Standing::Changes),
    ];
    assert_eq!(found, wanted);
    assert_eq!(shown.tools[0].description, "What it  does", "without what turns text around");
    assert_eq!((shown.server.tool_count, shown.asked_at), (Some(3), Some(world.now())));

    servers::mark(&grant, "github", "create_issue", "read_only").await.unwrap();
    ask(latchkey, "github").await;
    let shown = page(latchkey, "github").await.unwrap();
    let marked = (shown.tools[1].mark, shown.tools[1].standing);
    assert_eq!(marked, (Some(Mark::ReadOnly), Standing::Reads), "a mark outlives asking again");

    let wrong = RawServer { credential: "Bearer wrong".to_owned().into(), ..raw("", &shown.server.url) };
    servers::edit(&grant, "github", &wrong).await.unwrap();
    let Asked::Fails(why) = ask(latchkey, "github").await else { panic!("it works with a wrong credential") };
    assert!(why.contains("another credential"), "{why}");
    assert_eq!(page(latchkey, "github").await.unwrap().tools.len(), 3, "what it listed before stays");
}

async fn what_is_no_mcp_server_says_why(world: &World) {
    let latchkey = &open_instance(world).await;
    let followed = Arc::new(AtomicBool::new(false));
    let target = followed.clone();
    let base = listen(
        Router::new()
            .route("/html", any(|| async { "<h1>Hello</h1>" }))
            .route("/redirect", any(|| async { Redirect::temporary("/target") }))
            .route("/target", any(move || async move { target.store(true, Ordering::Relaxed) }))
            .route("/broken", any(|| async { StatusCode::INTERNAL_SERVER_ERROR.into_response() })),
    )
    .await;
    for (slug, url, wanted) in [
        ("html", format!("{base}/html"), "not as an MCP server"),
        ("missing", format!("{base}/missing"), "not as an MCP server"),
        ("redirect", format!("{base}/redirect"), "not followed"),
        ("broken", format!("{base}/broken"), "failed by itself"),
        ("nobody", "http://127.0.0.1:9/".into(), "No connection"),
        ("unknown", "http://no-such-name.invalid/".into(), "No connection"),
    ] {
        register(latchkey, &raw(slug, &url)).await.unwrap();
        let Asked::Fails(why) = ask(latchkey, slug).await else { panic!("{slug} works") };
        assert!(why.contains(wanted), "{slug}: {why}");
        assert_eq!(page(latchkey, slug).await.unwrap().server.tool_count, None, "{slug}");
    }
    assert!(!followed.load(Ordering::Relaxed));
}

async fn private_addresses_are_refused(world: &World) {
    world.secret("upstream-key-4f1c9e7d20ab");
    let latchkey = &world.latchkey;
    let url = upstream().await;
    let by_name = url.replace("127.0.0.1", "localhost");
    for (slug, url) in [("literal", url.as_str()), ("by-name", by_name.as_str()), ("meta", "http://169.254.169.254/")] {
        register(latchkey, &with_credential(slug, url)).await.unwrap();
        let Asked::Fails(why) = ask(latchkey, slug).await else { panic!("{url} was connected to") };
        assert!(why.contains("private network"), "{url}: {why}");
    }
}

async fn credentials_outlive_the_master_key(world: &World) {
    let latchkey = &open_instance(world).await;
    register(latchkey, &with_credential("github", &upstream().await)).await.unwrap();
    for _ in 0..2 {
        let rotated = sealing::rotate(&Caller::operator(latchkey).instance().unwrap(), false).await.unwrap();
        assert_eq!((rotated.resealed, rotated.unreadable), (1, 0));
        assert!(matches!(ask(latchkey, "github").await, Asked::Works { .. }));
    }
    let file = &world.config.master_key_file;
    std::fs::write(file, [9; 32]).unwrap();
    let grant = grant::<ManageServers>(latchkey, "acme").await;
    assert!(matches!(servers::ask(&grant, "github").await, Err(Error::Unavailable)));
    let rotated = sealing::rotate(&Caller::operator(latchkey).instance().unwrap(), true).await.unwrap();
    assert_eq!((rotated.resealed, rotated.unreadable), (0, 0));
    assert!(!page(latchkey, "github").await.unwrap().server.has_credential, "forgotten with the key that sealed it");
}

async fn chosen_members_alone(world: &World) {
    let latchkey = &open_instance(world).await;
    let grant = grant::<ManageServers>(latchkey, "acme").await;
    register(latchkey, &raw("github", "https://mcp.example.com/")).await.unwrap();
    servers::open(&grant, "github", false).await.unwrap();
    let key = world.key(new_key("CI")).await;
    assert_eq!(world.view(&key.id).await.owner_email, MINA);
    let members = server::workspaces::members(&world.grant("acme").await, "", "").await.unwrap().members;
    let mina = members.iter().find(|member| member.email == MINA).unwrap().id.to_string();
    servers::choose(&grant, "github", &mina).await.unwrap();
    assert_eq!(fields(servers::choose(&grant, "github", "nobody").await), ["user"]);
    let shown = page(latchkey, "github").await.unwrap();
    assert_eq!((shown.server.everyone, shown.members[0].email.as_str()), (false, MINA));
    servers::unchoose(&grant, "github", &mina).await.unwrap();
    assert!(matches!(servers::unchoose(&grant, "github", &mina).await, Err(Error::NotFound)));
    assert!(page(latchkey, "github").await.unwrap().members.is_empty());
}

fn policy(name: &str, rules: &str) -> RawPolicy {
    RawPolicy { name: name.into(), rules: rules.into(), default: "deny".into(), dry_run: false, ..RawPolicy::default() }
}

async fn a_policy_is_made_and_previewed(world: &World) {
    let latchkey = &open_instance(world).await;
    let manage = grant::<ManageServers>(latchkey, "acme").await;
    let see = grant::<SeeServers>(latchkey, "acme").await;
    register(latchkey, &with_credential("github", &upstream().await)).await.unwrap();
    register(latchkey, &raw("unasked", "https://mcp.example.com/")).await.unwrap();
    ask(latchkey, "github").await;
    servers::mark(&manage, "github", "delete_repo", "hidden").await.unwrap();

    let id = policies::create(&manage, &policy("Careful", "allow */get_*")).await.unwrap();
    assert_eq!(fields(policies::create(&manage, &policy("Careful", "")).await), ["name"]);
    let wrong = RawPolicy { rules: "allow".into(), ..RawPolicy::default() };
    assert_eq!(fields(policies::create(&manage, &wrong).await), ["name", "rules", "default"]);
    policies::change(&manage, id.as_str(), &policy("Careful", "deny github/create_*\nallow github/*")).await.unwrap();
    let shown = policies::show(&see, id.as_str()).await.unwrap();
    assert_eq!(policies::list(&see, "").await.unwrap().policies, vec![shown.clone()]);

    let preview = policies::preview(&see, &shown.firewall.policy.written(), "deny").await.unwrap();
    let found: Vec<_> = preview.tools.iter().map(|tool| (tool.tool.as_str(), tool.effect, tool.rule)).collect();
    let wanted = [("get_issue", Effect::Allow, Some(2)), ("create_issue", Effect::Deny, Some(1))];
    assert_eq!(found, wanted, "hidden tools are left out");
    assert_eq!((preview.unknown, preview.cut), (vec!["unasked".to_owned()], false));
    assert_eq!(fields(policies::preview(&see, "x", "").await), ["rules", "default"]);

    policies::delete(&manage, id.as_str()).await.unwrap();
    assert!(matches!(policies::show(&see, id.as_str()).await, Err(Error::NotFound)));
}

async fn a_key_is_scoped(world: &World) {
    let latchkey = &open_instance(world).await;
    let manage = grant::<ManageServers>(latchkey, "acme").await;
    let change = grant::<ChangeKey>(latchkey, "acme").await;
    register(latchkey, &raw("github", "https://mcp.example.com/")).await.unwrap();
    let careful = policies::create(&manage, &policy("Careful", "")).await.unwrap();
    let key = world.key(new_key("CI")).await;
    let github = vec!["github".to_owned()];
    keys::scope(&change, &key.id, Some(&github), careful.as_str()).await.unwrap();
    let scoped = || async { world.view(&key.id).await.mcp };
    let before = scoped().await;
    assert!(matches!(&before.servers, ServerScope::These(list) if list.len() == 1));
    assert_eq!(before.policy, Some(careful.clone()));

    let gone = vec!["github".to_owned(), "gone".to_owned()];
    assert_eq!(fields(keys::scope(&change, &key.id, Some(&gone), "").await), ["servers"]);
    let many: Vec<String> = (0..101).map(|n| format!("s{n}")).collect();
    assert_eq!(fields(keys::scope(&change, &key.id, Some(&many), "").await), ["servers"]);
    assert_eq!(fields(keys::scope(&change, &key.id, None, "gone").await), ["policy"]);
    assert_eq!(scoped().await, before, "what is refused changes nothing");

    let Err(Error::Forbidden(why)) = policies::delete(&manage, careful.as_str()).await else { panic!("it is in use") };
    assert!(why.contains("1 key is"), "{why}");
    let made = keys::rotate(&change, &key.id, "now").await.unwrap();
    world.secret(&made.key.expose()[made.key.expose().len() - 38..][..32]);
    assert_eq!(world.view(made.view.id.as_str()).await.mcp, before, "a successor reaches no more than it did");
    keys::scope(&change, made.view.id.as_str(), Some(&[]), "").await.unwrap();
    let none = world.view(made.view.id.as_str()).await.mcp;
    assert_eq!((none.servers, none.policy), (ServerScope::These(Vec::new()), None));
}
