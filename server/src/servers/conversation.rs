//! A conversation with a server, by rmcp's client, in the newest revision of the protocol that both speak. Called by who asks a
//! server for its tools, and by the workspace's endpoint, which remembers how each server is begun with.

use super::trouble::{self, NOT_MCP};
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::{
    model::{ClientCapabilities, ClientConfig, Implementation, ProtocolVersion},
    service::{ClientLifecycleMode, ClientServiceExt, RoleClient, RunningService},
    transport::streamable_http_client::{StreamableHttpClientTransport, StreamableHttpClientTransportConfig},
};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How long a server is begun with as it was before: it may have learned the newest revision since.
const KEEP: Duration = Duration::from_hours(1);

/// A conversation with a server.
pub(crate) type Connected = RunningService<RoleClient, ClientConfig>;

/// A header with a credential.
pub(crate) type Credential = Option<(HeaderName, HeaderValue)>;

/// Begins a conversation with a server of which nothing is known; or says why there is none.
pub(crate) async fn begin(
    client: reqwest::Client,
    url: &str,
    credential: Credential,
) -> Result<Connected, &'static str> {
    begin_by(Way::Either, client, url, credential).await
}

/// How conversations begin with a server that is asked again and again. To try both ways costs a server of the earlier revisions
/// a request more each time; and rmcp takes who needs ten seconds for its first answer for such a one, as the newest are, too,
/// on a bad day.
#[derive(Debug, Default)]
pub(crate) struct Handshake(Mutex<Option<Known>>);

#[derive(Clone, Copy, Debug)]
struct Known {
    way: Way,
    until: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `server/discover`, and `initialize` if that is not known there.
    Either,
    /// `server/discover`: the revisions without sessions.
    Discover,
    /// `initialize`: those with.
    Initialize,
}

impl Handshake {
    /// Begins a conversation as the last one did; `now` by the clock that is never set.
    pub async fn begin(
        &self,
        client: reqwest::Client,
        url: &str,
        credential: Credential,
        now: Duration,
    ) -> Result<Connected, &'static str> {
        let known = self.known(now);
        let mut begun = begin_by(known, client.clone(), url, credential.clone()).await;
        if known != Way::Either {
            if !matches!(begun, Err(NOT_MCP)) {
                return begun;
            }
            // Another program stands there now.
            begun = begin(client, url, credential).await;
        }
        let speaks = begun.as_ref().ok().and_then(|connected| connected.peer_info());
        let way = speaks.map(|info| Way::of(&info.protocol_version));
        *self.lock() = way.map(|way| Known { way, until: now + KEEP });
        begun
    }

    /// Both ways are tried again: whoever did not answer may have become another.
    pub fn forget(&self) {
        *self.lock() = None;
    }

    fn known(&self, now: Duration) -> Way {
        self.lock().filter(|known| now < known.until).map_or(Way::Either, |known| known.way)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Way {
    fn of(revision: &ProtocolVersion) -> Self {
        if revision.has_initialize() { Self::Initialize } else { Self::Discover }
    }
}

async fn begin_by(
    way: Way,
    client: reqwest::Client,
    url: &str,
    credential: Credential,
) -> Result<Connected, &'static str> {
    let mut config = StreamableHttpClientTransportConfig::with_uri(url);
    config.custom_headers.extend(credential);
    let transport = StreamableHttpClientTransport::with_client(client, config);
    let myself = Implementation::new("Latchkey", env!("CARGO_PKG_VERSION"));
    let myself = ClientConfig::new(ClientCapabilities::default(), myself);
    let preferred_versions = ProtocolVersion::KNOWN_VERSIONS.iter().rev().cloned().collect();
    let lifecycle = match way {
        Way::Either => ClientLifecycleMode::Auto { preferred_versions, legacy_version: None },
        Way::Discover => ClientLifecycleMode::Discover { preferred_versions },
        Way::Initialize => ClientLifecycleMode::Initialize,
    };
    // Boxed: it is large, and is awaited deep in other futures.
    Box::pin(myself.serve_with_lifecycle(transport, lifecycle)).await.map_err(|error| trouble::beginning(&error))
}
