//! The MCP gateway over real listening servers: an rmcp server and servers that lie, dawdle and babble behind it, rmcp's client
//! and bare requests before it.

mod blocked;
mod connect;
mod fake;
mod handshake;
mod headers;
mod in_url;
mod lists;
mod refusals;
mod scope;
mod sessions;
mod streams;
mod tools;
mod upstreams;
mod uses;
mod workspace;

use crate::{
    ask::{Answer, answer},
    world::{Made, World, grant, serve},
};
use reqwest::{Client, Method, RequestBuilder};
use rmcp::{
    model::{ClientCapabilities, ClientConfig, Implementation},
    service::{ClientLifecycleMode, ClientServiceExt, RoleClient, RunningService},
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde_json::{Value, json};
use server::{
    Latchkey,
    auth::ManageServers,
    http::data_plane,
    policies::{self, RawPolicy},
    servers::{self, RawServer},
};
use std::time::Duration;

/// What servers are asked with.
pub const CREDENTIAL: &str = "Bearer upstream-key-4f1c9e7d20ab4f1c9e7d20ab";

/// An instance that may connect to this machine.
pub struct Gate {
    pub latchkey: Latchkey,
    pub base: String,
    http: Client,
}

impl Gate {
    pub async fn open(world: &World) -> Self {
        Self::with_patience(world, 30).await
    }

    /// Waits for servers for that many seconds.
    pub async fn with_patience(world: &World, seconds: u64) -> Self {
        world.secret(CREDENTIAL.trim_start_matches("Bearer "));
        world.secret("query-4f1c9e7d20ab4f1c9e7d20ab4f1c9e7d");
        let latchkey = world
            .instance(|config| {
                config.allow_private_upstreams = true;
                config.patience.upstream = Duration::from_secs(seconds);
            })
            .await;
        let base = serve(data_plane(&latchkey)).await;
        Self { latchkey, base, http: Client::new() }
    }

    /// Registers a server that every member may use, with a credential.
    pub async fn register(&self, slug: &str, url: &str) {
        let (slug, credential) = (slug.to_owned(), CREDENTIAL.to_owned().into());
        let raw = RawServer { name: slug.clone(), slug, url: url.into(), credential, ..RawServer::default() };
        servers::register(&self.grant().await, &raw, true).await.unwrap();
    }

    pub async fn grant(&self) -> server::auth::Grant<ManageServers> {
        grant(&self.latchkey, "acme").await
    }

    /// Puts a key under a policy of these rules, everything else denied.
    pub async fn police(&self, key: &Made, rules: &str, dry_run: bool) -> String {
        let raw = RawPolicy {
            name: "Careful".into(),
            rules: rules.into(),
            default: "deny".into(),
            dry_run,
            ..RawPolicy::default()
        };
        let id = policies::create(&self.grant().await, &raw).await.unwrap();
        server::keys::scope(&grant(&self.latchkey, "acme").await, &key.id, None, id.as_str()).await.unwrap();
        id.to_string()
    }

    pub fn request(&self, method: Method, slug: &str, key: &Made) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/mcp-connect/{slug}", self.base)).bearer_auth(&key.text);
        request.header("accept", "application/json, text/event-stream")
    }

    pub fn post(&self, slug: &str, key: &Made, body: &Value) -> RequestBuilder {
        self.request(Method::POST, slug, key).json(body)
    }

    pub async fn answer(&self, slug: &str, key: &Made, body: &Value) -> Answer {
        answer(self.post(slug, key, body)).await
    }

    /// rmcp's client, with a key, in one of the protocol's two ways to begin.
    pub async fn client(&self, slug: &str, key: &Made, way: ClientLifecycleMode) -> Connected {
        let url = format!("{}/mcp-connect/{slug}", self.base);
        let config = StreamableHttpClientTransportConfig::with_uri(url).auth_header(&key.text);
        let transport = StreamableHttpClientTransport::with_client(self.http.clone(), config);
        myself().serve_with_lifecycle(transport, way).await.unwrap()
    }
}

pub type Connected = RunningService<RoleClient, ClientConfig>;

/// Who the suite's client says it is.
pub fn myself() -> ClientConfig {
    ClientConfig::new(ClientCapabilities::default(), Implementation::new("suite", "1"))
}

/// Both ways: with a session, and without.
pub fn ways() -> [ClientLifecycleMode; 2] {
    let preferred_versions = vec![rmcp::model::ProtocolVersion::V_2026_07_28];
    [ClientLifecycleMode::Initialize, ClientLifecycleMode::Discover { preferred_versions }]
}

/// A request of JSON-RPC.
pub fn rpc(id: u32, method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// A call of a tool.
pub fn call(id: u32, tool: &str) -> Value {
    rpc(id, "tools/call", &json!({"name": tool, "arguments": {}}))
}

/// Asserts a JSON-RPC error of the gateway for that id.
#[track_caller]
pub fn assert_rpc_error(answer: &Answer, status: u16, id: &Value, code: &str) {
    let body = answer.json();
    assert_eq!((answer.status, &body["jsonrpc"], &body["id"]), (status, &json!("2.0"), id), "{answer:?}");
    assert_eq!(body["error"]["data"]["code"], code, "{answer:?}");
    assert_eq!(body["error"]["data"]["request_id"], answer.header("x-request-id"));
    assert!(body["error"]["code"].is_i64() && body["error"]["message"].as_str().is_some_and(|text| !text.is_empty()));
    assert_eq!(answer.header("www-authenticate"), "");
}
