//! Asking a server for its tools, as the gateway will: by rmcp's client, in the newest revision of the protocol that the
//! server speaks. What it lists is kept, and shown until it is asked again.

use super::{
    conversation::{self, Credential},
    trouble::{self, AWAY, CREDENTIAL, PRIVATE, SLOW},
};
use crate::{
    Error, Latchkey,
    auth::{Grant, ManageServers},
    upstream::Refused,
};
use domain::{id::UserId, mcp::Tool};
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::model::PaginatedRequestParams;
use secrecy::ExposeSecret;
use std::time::Duration;
use store::{ListedTools, Upstream};

/// How long it may take altogether.
const DEADLINE: Duration = Duration::from_secs(20);
/// The most tools that are kept, and the longest of what is kept of one, in characters.
const MOST_TOOLS: usize = 1_000;
const LONGEST_NAME: usize = 256;
const LONGEST_DESCRIPTION: usize = 1_000;

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It answered.
    Works {
        /// Name and version as the server says; empty if it does not.
        server: String,
        /// The protocol's revision that both speak.
        revision: String,
        /// How many tools it has.
        tools: usize,
        /// How long it took, in milliseconds.
        millis: i64,
        /// It has more tools than are kept.
        cut: bool,
    },
    /// It did not; a sentence that says why, and what to look at.
    Fails(&'static str),
}

/// Asks a server for its tools with its credential, and keeps what it lists.
pub async fn ask(grant: &Grant<ManageServers>, slug: &str) -> Result<Asked, Error> {
    let (latchkey, workspace) = (grant.caller().latchkey(), &grant.workspace().id);
    // Whether somebody may use it is not the question here.
    let nobody = UserId::from_text("");
    let found = super::store(grant).upstream(workspace, slug, &nobody).await?.ok_or(Error::NotFound)?;
    let begun = latchkey.now();
    let credential = match credential(latchkey, &found)? {
        Ok(credential) => credential,
        Err(why) => return Ok(Asked::Fails(why)),
    };
    let client = match latchkey.upstreams.client_for(&found.server.url) {
        Ok(client) => client,
        Err(Refused::Private) => return Ok(Asked::Fails(PRIVATE)),
        Err(Refused::Address) => return Ok(Asked::Fails(AWAY)),
        Err(Refused::NoClient) => return Err(Error::Unavailable),
    };
    let answer = match list_in_time(client, &found.server.url, credential).await {
        Err(why) => return Ok(Asked::Fails(why)),
        Ok(answer) => answer,
    };
    let at = latchkey.now();
    let Answer { server, revision, tools, cut, .. } = answer;
    let count = tools.len();
    let listed = ListedTools { tools, at };
    super::store(grant).keep_tools(workspace, &found.server.id, &found.server.url, &listed).await?;
    Ok(Asked::Works { server, revision, tools: count, millis: at.since(begun), cut })
}

/// The header that carries a server's credential, if it takes one; or why none can be made of it.
pub(crate) fn credential(latchkey: &Latchkey, found: &Upstream) -> Result<Result<Credential, &'static str>, Error> {
    let Some(sealed) = &found.credential else { return Ok(Ok(None)) };
    let credential = latchkey.open_credential(&found.server.id, sealed)?;
    let name = HeaderName::from_bytes(found.server.header.as_bytes());
    let value = HeaderValue::from_str(credential.expose_secret());
    let (Ok(name), Ok(mut value)) = (name, value) else { return Ok(Err(CREDENTIAL)) };
    value.set_sensitive(true);
    Ok(Ok(Some((name, value))))
}

/// What a server said of itself.
pub(crate) struct Answer {
    server: String,
    revision: String,
    pub tools: Vec<Tool>,
    /// How long it says that its list may be kept.
    pub keep: Option<Duration>,
    cut: bool,
}

/// Asks a server for its tools; or says why it does not tell.
pub(crate) async fn list_in_time(
    client: reqwest::Client,
    url: &str,
    credential: Credential,
) -> Result<Answer, &'static str> {
    tokio::time::timeout(DEADLINE, list(client, url, credential)).await.unwrap_or(Err(SLOW))
}

async fn list(client: reqwest::Client, url: &str, credential: Credential) -> Result<Answer, &'static str> {
    let service = conversation::begin(client, url, credential).await?;
    let info = service.peer_info();
    let server = info.as_ref().and_then(|info| info.server_info.as_ref());
    let server = server.map(|server| format!("{} {}", short(&server.name, 80), short(&server.version, 40)));
    let revision = info.as_ref().map(|info| info.protocol_version.to_string()).unwrap_or_default();
    let (mut tools, mut cursor, mut keep) = (Vec::new(), None, None::<Duration>);
    let cut = loop {
        let page = PaginatedRequestParams::default().with_cursor(cursor);
        let page = service.list_tools(Some(page)).await.map_err(|error| trouble::calling(&error))?;
        let empty = page.tools.is_empty();
        if let Some(ttl) = page.ttl_ms.map(Duration::from_millis) {
            keep = Some(keep.map_or(ttl, |keep| keep.min(ttl)));
        }
        tools.extend(page.tools.into_iter().map(kept).filter(|tool| !tool.name.is_empty()));
        if tools.len() > MOST_TOOLS {
            tools.truncate(MOST_TOOLS);
            break true;
        }
        // A page of nothing that names a next one could go on for ever.
        match page.next_cursor {
            Some(next) if !empty => cursor = Some(next),
            _ => break false,
        }
    };
    // The tools are there: that the session does not end well is the server's own affair.
    if let Err(error) = service.cancel().await {
        tracing::debug!(%error, "a session with a server did not end well");
    }
    let (server, revision) = (server.unwrap_or_default(), short(&revision, 40));
    Ok(Answer { server, revision, tools, keep, cut })
}

fn kept(tool: rmcp::model::Tool) -> Tool {
    let annotations = tool.annotations.as_ref();
    let title = tool.title.or_else(|| annotations.and_then(|annotations| annotations.title.clone()));
    Tool {
        // A name that is cut would be another tool's: one that is too long is no tool that a mark or a rule could name.
        name: if tool.name.len() > LONGEST_NAME { String::new() } else { tool.name.into_owned() },
        title: title.map(|title| short(&title, LONGEST_NAME)),
        description: short(tool.description.as_deref().unwrap_or_default(), LONGEST_DESCRIPTION),
        read_only: annotations.and_then(|annotations| annotations.read_only_hint),
    }
}

/// The beginning of what a server says, without what could deceive whoever reads it.
fn short(text: &str, most: usize) -> String {
    let shown = text.chars().map(|c| if domain::field::is_deceptive(c) { ' ' } else { c });
    shown.take(most).collect::<String>().trim().to_owned()
}
