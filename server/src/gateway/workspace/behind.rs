//! A server behind the workspace's endpoint: asked by rmcp's client, one conversation for each request.

use crate::{
    Latchkey,
    gateway::targets::Held,
    servers::{conversation::Connected, trouble},
};
use rmcp::{ErrorData, Peer, RoleClient, service::ServiceError};
use std::time::Duration;
use tokio::time::timeout;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server's own word.
    Said(ErrorData),
    /// It is away, slow, or no MCP server.
    Away,
}

/// Begins a conversation with a server and asks it something, all within a time.
pub(super) async fn asked<T>(
    latchkey: &Latchkey,
    target: &Held,
    within: Duration,
    question: impl AsyncFnOnce(&Peer<RoleClient>) -> Result<T, ServiceError>,
) -> Result<T, Trouble> {
    let asking = async {
        let client = latchkey.upstreams.client_for(&target.url).map_err(|_| "its address is not reached from here");
        let (client, credential, now) = (client?, target.credential.clone()?, latchkey.clock.steady());
        let connected: Connected = target.tools.handshake.begin(client, &target.url, credential, now).await?;
        let answer = question(connected.peer()).await;
        let _ = connected.cancel().await;
        match answer {
            Ok(answer) => Ok(Ok(answer)),
            Err(ServiceError::McpError(error)) => Ok(Err(error)),
            Err(error) => Err(trouble::calling(&error)),
        }
    };
    match timeout(within, asking).await.unwrap_or(Err("it took too long")) {
        Ok(answer) => answer.map_err(Trouble::Said),
        Err(why) => {
            target.tools.handshake.forget();
            tracing::warn!(server = target.slug(), why, "an MCP server behind a workspace is not reached");
            Err(Trouble::Away)
        }
    }
}
