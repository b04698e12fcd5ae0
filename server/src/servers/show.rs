//! Servers as pages show them: the list, and one server with its tools and who may use it.

use super::ServerView;
use crate::{
    Count, Error,
    auth::{Grant, InWorkspace, ManageServers, SeeServers},
};
use domain::{
    mcp::{Mark, Standing},
    time::Timestamp,
};
pub use store::ServerMember;

/// Servers that a page shows at once.
const PAGE: usize = 50;
/// Chosen members that a server's page shows at once.
const CHOSEN: i64 = 50;

/// One page of servers, by slug.
#[derive(Clone, Debug)]
pub struct ServerList {
    /// The servers.
    pub servers: Vec<ServerView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A tool, and how it stands towards keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolView {
    /// Its name at the server.
    pub name: String,
    /// What people call it, if the server says.
    pub title: Option<String>,
    /// What it does, in the server's words.
    pub description: String,
    /// What the server says of it.
    pub hint: Option<bool>,
    /// What an administrator says of it.
    pub mark: Option<Mark>,
    /// What comes of both.
    pub standing: Standing,
    /// It is marked, and the server did not list it when it was last asked.
    pub missing: bool,
}

/// A server's page.
#[derive(Clone, Debug)]
pub struct ServerPageView {
    /// The server.
    pub server: ServerView,
    /// Its tools, and marked ones that it does not list.
    pub tools: Vec<ToolView>,
    /// When it was asked for them; `None` if it never was.
    pub asked_at: Option<Timestamp>,
    /// Who was chosen to use it, by e-mail; empty for whoever may not manage servers.
    pub members: Vec<ServerMember>,
    /// Where the members go on.
    pub more_members: Option<String>,
}

/// One page of servers.
pub async fn list(grant: &Grant<SeeServers>, place: &InWorkspace, after: &str) -> Result<ServerList, Error> {
    let page = super::store(grant).server_page(&grant.workspace().id, after, PAGE).await?;
    let may_edit = place.reach::<ManageServers>().is_some();
    let latchkey = grant.caller().latchkey();
    let servers = page.servers.iter().map(|server| super::view(latchkey, server, may_edit)).collect();
    Ok(ServerList { servers, next: page.next })
}

/// A server with its tools; who may use it beyond the e-mail `after`, for whoever manages it.
pub async fn show(
    grant: &Grant<SeeServers>,
    place: &InWorkspace,
    slug: &str,
    after: &str,
) -> Result<ServerPageView, Error> {
    let server = super::find(grant, slug).await?;
    let (store, workspace) = (super::store(grant), &grant.workspace().id);
    let may_edit = place.reach::<ManageServers>().is_some();
    let listed = store.listed_tools(workspace, &server.id).await?;
    let asked_at = listed.as_ref().map(|listed| listed.at);
    let mut tools: Vec<ToolView> = listed
        .into_iter()
        .flat_map(|listed| listed.tools)
        .map(|tool| ToolView {
            mark: server.marks.of(&tool.name),
            standing: server.marks.standing(&tool.name, tool.read_only),
            name: tool.name,
            title: tool.title,
            description: tool.description,
            hint: tool.read_only,
            missing: false,
        })
        .collect();
    let names: std::collections::BTreeSet<String> = tools.iter().map(|tool| tool.name.clone()).collect();
    tools.extend(server.marks.iter().filter(|(name, _)| !names.contains(*name)).map(|(name, mark)| ToolView {
        name: name.into(),
        title: None,
        description: String::new(),
        hint: None,
        mark: Some(mark),
        standing: server.marks.standing(name, None),
        missing: true,
    }));
    let mut members = Vec::new();
    if may_edit {
        members = store.server_members(workspace, &server.id, after, CHOSEN + 1).await?;
    }
    let shown = usize::try_from(CHOSEN).unwrap_or(usize::MAX);
    let more = members.len() > shown;
    members.truncate(shown);
    Ok(ServerPageView {
        server: super::view(grant.caller().latchkey(), &server, may_edit),
        tools,
        asked_at,
        more_members: members.last().filter(|_| more).map(|member| member.email.clone()),
        members,
    })
}

/// How many keys lose a server at most where it is removed: those of the workspace that work, if it is on.
pub async fn reaching_keys(grant: &Grant<ManageServers>, slug: &str) -> Result<Count, Error> {
    let server = super::find(grant, slug).await?;
    if !server.enabled {
        return Ok(Count::default());
    }
    let now = grant.caller().latchkey().now();
    Ok(super::store(grant).working_keys(&grant.workspace().id, None, now).await?.into())
}
