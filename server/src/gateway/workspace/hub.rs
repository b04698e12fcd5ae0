//! The MCP server of a workspace. What it is asked was judged before ([`super::walk`]); it gathers what there is from all servers,
//! and passes calls on to the one they are for.

use super::{
    AWAY,
    behind::{Trouble, asked},
    names::{join, join_uri},
    own,
};
use crate::{
    Client, Error, Latchkey,
    gateway::{receipt::UPSTREAM, sight::Sight, targets::Held, watch},
    verify::{Bearer, Question, Record},
};
use axum::http::request::Parts;
use domain::decision::decide;
use futures::future::join_all;
use rmcp::{
    ErrorData, Peer, RoleClient, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, ContentBlock, ErrorCode, GetPromptRequestParams, GetPromptResponse,
        Implementation, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
        MetaObject, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ResourceContents,
        ResultType, ServerCapabilities, ServerConfig,
    },
    service::{RequestContext, ServiceError},
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use serde_json::json;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long servers have for saying what they have: one that is slower is left out.
const LISTING: Duration = Duration::from_secs(8);
/// Servers that are gathered from at most.
const SERVERS: usize = 100;

const INSTRUCTIONS: &str = "Tools of several MCP servers. Each name begins with its server's and two underscores. Servers that did not \
                            answer in time are left out of lists; latchkey__whoami says which there are.";

/// One for every request: what it is about comes with it.
pub(crate) struct Hub;

/// Serves requests; kept by the program.
pub(crate) type HubService = StreamableHttpService<Hub, NeverSessionManager>;

pub(crate) fn hub() -> HubService {
    let mut config = StreamableHttpServerConfig::default().with_legacy_session_mode(false).with_json_response(true);
    // Host and origin were looked at before.
    config = config.disable_allowed_hosts();
    config.max_request_body_bytes = super::REQUEST_MOST;
    StreamableHttpService::new(|| Ok(Hub), Arc::new(NeverSessionManager::default()), config)
}

/// What a request is about.
pub(super) enum Routed {
    /// All servers.
    All,
    /// One of Latchkey's own tools.
    Own(Box<str>),
    /// Something of one server, by its name there.
    Behind(Arc<Held>, Box<str>),
}

/// A request under way.
pub(super) struct Under {
    pub latchkey: Latchkey,
    pub key: Arc<Record>,
    client: Client,
    routed: Routed,
    outcome: Mutex<&'static str>,
}

impl Under {
    pub fn new(latchkey: &Latchkey, key: &Arc<Record>, client: &Client, routed: Routed) -> Self {
        let (latchkey, key, client) = (latchkey.clone(), Arc::clone(key), client.clone());
        Self { latchkey, key, client, routed, outcome: Mutex::default() }
    }

    /// What is to be written down of it.
    pub fn outcome(&self) -> &'static str {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The servers that the key reaches now.
    pub async fn servers(&self) -> Result<Vec<Arc<Held>>, Error> {
        let page = self.latchkey.store.server_page(&self.key.workspace().id, "", SERVERS).await?;
        let mut reached = Vec::new();
        for server in page.servers {
            let Some(target) = self.latchkey.target_as_it_is(&self.key, &server.slug).await? else { continue };
            let mcp = Some(watch::asked(&target));
            let question =
                Question { surface: "mcp", access: None, bearer: Bearer::of(&self.client), mcp, model: None };
            if decide(&self.key.facts, question.asked(), self.latchkey.now()).is_ok() {
                reached.push(target);
            }
        }
        Ok(reached)
    }

    /// Asks all servers at once. Who does not answer in time, or has no such thing, is left out; who is away is named.
    async fn gather<T>(
        &self,
        context: &RequestContext<RoleServer>,
        question: impl AsyncFn(&Peer<RoleClient>) -> Result<Vec<T>, ServiceError>,
    ) -> Result<(Vec<(Arc<Held>, Vec<T>)>, Option<MetaObject>), ErrorData> {
        let servers = self.servers().await.map_err(|_| unavailable())?;
        let question = &question;
        let answers = join_all(servers.into_iter().map(|target| async move {
            let answer = asked(&self.latchkey, &target, LISTING, async |peer| question(peer).await).await;
            (target, answer)
        }));
        let (mut all, mut away) = (Vec::new(), Vec::new());
        for (target, answer) in awaited(context, answers).await? {
            match answer {
                Ok(list) => all.push((target, list)),
                // It has no such thing.
                Err(Trouble::Said(_)) => {}
                Err(Trouble::Away) => away.push(target.slug().to_owned()),
            }
        }
        let notice = json!({"latchkey/left_out": away});
        let notice = notice.as_object().cloned().filter(|_| !away.is_empty()).map(MetaObject);
        Ok((all, notice))
    }

    /// Asks the server that the request is for, by the name that its thing has there.
    async fn behind<T>(
        &self,
        context: &RequestContext<RoleServer>,
        question: impl AsyncFnOnce(&Peer<RoleClient>, &str) -> Result<T, ServiceError>,
    ) -> Result<(T, &str), ErrorData> {
        let Routed::Behind(target, name) = &self.routed else { return Err(unavailable()) };
        let patience = self.latchkey.config.patience.upstream;
        let answer = asked(&self.latchkey, target, patience, async |peer| question(peer, name).await);
        match awaited(context, answer).await? {
            Ok(answer) => Ok((answer, target.slug())),
            Err(Trouble::Said(error)) => Err(error),
            Err(Trouble::Away) => {
                *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = UPSTREAM;
                Err(failed(UPSTREAM, AWAY))
            }
        }
    }
}

/// Awaits servers for as long as somebody awaits us. rmcp runs each request in a task of its own, and says by this token that
/// the client went away, or that the walk stopped because the key may no longer; the conversation is dropped then, which
/// cancels what was asked for.
async fn awaited<T>(context: &RequestContext<RoleServer>, answer: impl Future<Output = T>) -> Result<T, ErrorData> {
    tokio::select! {
        answer = answer => Ok(answer),
        () = context.ct.cancelled() => Err(failed("GIVEN_UP", "Nobody waits for this answer any more.")),
    }
}

/// Says of an answer that it is whole. Servers of the earlier revisions do not, and clients of the newest refuse an answer that
/// doesn't; for clients of the earlier ones rmcp takes it out again.
fn complete(kind: &mut Option<ResultType>) {
    kind.get_or_insert(ResultType::COMPLETE);
}

fn failed(code: &str, message: &'static str) -> ErrorData {
    ErrorData::new(ErrorCode(-32000), message, Some(json!({"code": code})))
}

fn unavailable() -> ErrorData {
    failed("UNAVAILABLE", "Latchkey can't answer at the moment.")
}

/// What the request is about, put there by the walk.
fn under(context: &RequestContext<RoleServer>) -> Result<Arc<Under>, ErrorData> {
    let parts = context.extensions.get::<Parts>();
    parts.and_then(|parts| parts.extensions.get::<Arc<Under>>()).cloned().ok_or_else(unavailable)
}

impl ServerHandler for Hub {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources().build();
        let myself = Implementation::new("Latchkey", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities).with_server_info(myself).with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let under = under(&context)?;
        let (lists, notice) =
            under.gather(&context, async |peer: &Peer<RoleClient>| peer.list_all_tools().await).await?;
        let firewall = under.latchkey.firewall(&under.key).await.map_err(|_| unavailable())?;
        let mut tools: Vec<_> = own::tools().collect();
        for (target, list) in lists {
            let sight = Sight::new(under.key.facts.effective_permission(), &target, firewall.clone());
            let shown = list.into_iter().filter(|tool| {
                let said = tool.annotations.as_ref().and_then(|annotations| annotations.read_only_hint);
                sight.shows(&tool.name, said)
            });
            tools.extend(shown.map(|mut tool| {
                tool.name = join(target.slug(), &tool.name).into();
                tool
            }));
        }
        Ok(ListToolsResult { meta: notice, ..ListToolsResult::with_all_items(tools) })
    }

    async fn call_tool(
        &self,
        mut request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let under = under(&context)?;
        if let Routed::Own(name) = &under.routed {
            return own::call(&under, name).await.map(Into::into).map_err(|_| unavailable());
        }
        let (mut answer, slug) = under
            .behind(&context, async |peer, name| {
                (request.name, request.meta) = (name.to_owned().into(), None);
                match peer.call_tool_once(request.clone()).await {
                    // It wants arguments in headers, too, and has done nothing without. Which, rmcp learns from its list.
                    Err(ServiceError::McpError(error)) if error.code == ErrorCode::HEADER_MISMATCH => {
                        peer.list_all_tools().await?;
                        peer.call_tool_once(request).await
                    }
                    answer => answer,
                }
            })
            .await?;
        if let CallToolResponse::Complete(result) = &mut answer {
            complete(&mut result.result_type);
            result.content.iter_mut().for_each(|block| readdress(block, slug));
        }
        Ok(answer)
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let under = under(&context)?;
        let gathered = under.gather(&context, async |peer: &Peer<RoleClient>| peer.list_all_prompts().await).await?;
        let prompts = named(gathered.0, |slug, prompt| prompt.name = join(slug, &prompt.name));
        Ok(ListPromptsResult { meta: gathered.1, ..ListPromptsResult::with_all_items(prompts) })
    }

    async fn get_prompt(
        &self,
        mut request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let under = under(&context)?;
        let (mut answer, slug) = under
            .behind(&context, async |peer, name| {
                (request.name, request.meta) = (name.to_owned(), None);
                peer.get_prompt_once(request).await
            })
            .await?;
        if let GetPromptResponse::Complete(result) = &mut answer {
            complete(&mut result.result_type);
            result.messages.iter_mut().for_each(|message| readdress(&mut message.content, slug));
        }
        Ok(answer)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let under = under(&context)?;
        let gathered = under.gather(&context, async |peer: &Peer<RoleClient>| peer.list_all_resources().await).await?;
        let resources = named(gathered.0, |slug, resource| resource.uri = join_uri(slug, &resource.uri));
        Ok(ListResourcesResult { meta: gathered.1, ..ListResourcesResult::with_all_items(resources) })
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let under = under(&context)?;
        let gathered =
            under.gather(&context, async |peer: &Peer<RoleClient>| peer.list_all_resource_templates().await).await?;
        let templates =
            named(gathered.0, |slug, template| template.uri_template = join_uri(slug, &template.uri_template));
        Ok(ListResourceTemplatesResult { meta: gathered.1, ..ListResourceTemplatesResult::with_all_items(templates) })
    }

    async fn read_resource(
        &self,
        mut request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let under = under(&context)?;
        let (mut answer, slug) = under
            .behind(&context, async |peer, uri| {
                (request.uri, request.meta) = (uri.to_owned(), None);
                peer.read_resource_once(request).await
            })
            .await?;
        if let ReadResourceResponse::Complete(result) = &mut answer {
            complete(&mut result.result_type);
            result.contents.iter_mut().for_each(|contents| readdress_contents(contents, slug));
        }
        Ok(answer)
    }
}

/// All of what was gathered, each by the name that it has here.
fn named<T>(lists: Vec<(Arc<Held>, Vec<T>)>, name: impl Fn(&str, &mut T)) -> Vec<T> {
    let mut all = Vec::new();
    for (target, list) in lists {
        all.extend(list.into_iter().map(|mut one| {
            name(target.slug(), &mut one);
            one
        }));
    }
    all
}

/// Resources that an answer names have the addresses that they have here.
fn readdress(block: &mut ContentBlock, slug: &str) {
    match block {
        ContentBlock::ResourceLink(link) => link.uri = join_uri(slug, &link.uri),
        ContentBlock::Resource(resource) => readdress_contents(&mut resource.resource, slug),
        _ => {}
    }
}

fn readdress_contents(contents: &mut ResourceContents, slug: &str) {
    match contents {
        ResourceContents::TextResourceContents { uri, .. } | ResourceContents::BlobResourceContents { uri, .. } => {
            *uri = join_uri(slug, uri);
        }
        _ => {}
    }
}
