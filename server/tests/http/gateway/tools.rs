//! An MCP server by rmcp, behind a credential: tools that read, change, take long, report and answer at length.

use super::CREDENTIAL;
use crate::upstream::serve;
use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult, PaginatedRequestParams,
        ProgressNotificationParam, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
    },
    service::RequestContext,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use std::sync::Arc;

/// Characters of the large answer.
pub const LARGE: usize = 10 * 1024 * 1024;

#[derive(Clone)]
struct Tools;

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources().build();
        ServerConfig::new(capabilities)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = |name: &'static str| Tool::new(name, "What it does", Arc::new(serde_json::Map::new()));
        let reads = |name| tool(name).with_annotations(ToolAnnotations::new().read_only(true));
        Ok(ListToolsResult::with_all_items(vec![reads("echo"), reads("large"), reads("report"), tool("change")]))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let text = match &*request.name {
            "large" => "x".repeat(LARGE),
            "report" => {
                let token = context.meta.get_progress_token();
                for step in [1.0, 2.0] {
                    let Some(token) = token.clone() else { break };
                    let _ = context.peer.notify_progress(ProgressNotificationParam::new(token, step)).await;
                }
                "reported".into()
            }
            name => format!("{name}: {}", serde_json::to_string(&request.arguments).unwrap()),
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
    }
}

/// Serves it; answers its address.
pub async fn tools() -> String {
    let config = StreamableHttpServerConfig::default();
    let service = StreamableHttpService::new(|| Ok(Tools), Arc::new(LocalSessionManager::default()), config);
    let guard = |request: Request, next: Next| async move {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if given == Some(CREDENTIAL) { next.run(request).await } else { refused() }
    };
    let router = Router::new().route_service("/mcp", service).layer(middleware::from_fn(guard));
    format!("{}/mcp", serve(router).await)
}

fn refused() -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response()
}
