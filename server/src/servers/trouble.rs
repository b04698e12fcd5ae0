//! Why a server does not answer, in a sentence that says what to look at. Called where one is asked.

use crate::upstream::is_private;
use rmcp::{
    service::{ClientInitializeError, ServiceError},
    transport::streamable_http_client::StreamableHttpError,
};
use std::error::Error as StdError;

pub(crate) const PRIVATE: &str = "The address leads into a private network, and this installation connects to public addresses only. The operator can allow \
     private ones by LATCHKEY_ALLOW_PRIVATE_UPSTREAMS.";
pub(crate) const NOT_MCP: &str = "It answered, but not as an MCP server does. Look at the address: many servers want /mcp at its end, and a redirect \
                       to another address is not followed.";
pub(crate) const CREDENTIAL: &str =
    "It wants another credential. Type it again, with its scheme: Bearer and the key, for most servers.";
pub(crate) const SLOW: &str = "It took longer than 20 seconds. Look whether the server is up, and ask again.";
pub(crate) const AWAY: &str =
    "No connection: the name is not known, nobody listens there, or the certificate is not valid. Look at the address.";
pub(crate) const FAILED: &str = "The server failed by itself. Look at its own log, and ask again.";

/// Why a conversation did not begin.
pub(super) fn beginning(error: &ClientInitializeError) -> &'static str {
    match error {
        ClientInitializeError::TransportError { error, .. } => transport(error.error.as_ref()),
        _ => NOT_MCP,
    }
}

/// Why a question to a server was not answered.
pub(crate) fn calling(error: &ServiceError) -> &'static str {
    match error {
        ServiceError::TransportSend(error) => transport(error.error.as_ref()),
        ServiceError::Timeout { .. } => SLOW,
        _ => NOT_MCP,
    }
}

fn transport(error: &(dyn StdError + 'static)) -> &'static str {
    match error.downcast_ref::<StreamableHttpError<reqwest::Error>>() {
        Some(StreamableHttpError::Client(error)) => http(error),
        Some(StreamableHttpError::AuthRequired(_) | StreamableHttpError::InsufficientScope(_)) => CREDENTIAL,
        Some(StreamableHttpError::HttpStatus(_)) => FAILED,
        _ => NOT_MCP,
    }
}

fn http(error: &reqwest::Error) -> &'static str {
    if is_private(error) {
        return PRIVATE;
    }
    match error.status().map(|status| status.as_u16()) {
        Some(401 | 403) => CREDENTIAL,
        Some(500..) => FAILED,
        None if error.is_timeout() => SLOW,
        None if error.is_connect() => AWAY,
        Some(_) | None => NOT_MCP,
    }
}
