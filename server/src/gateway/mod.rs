//! The MCP gateway: `ANY /mcp-connect/{server}` forwards streamable HTTP to one registered server, with the server's own
//! credential in the place of the key's. Each message is judged before it goes on (`judge`), what comes back is narrowed to what the
//! key may see (`sight`, `events`), and a stream ends when its key stops (`watch`, `relay`). `docs/mcp.md` says what a client meets.

mod answer;
mod connect;
mod elsewhere;
mod events;
mod headers;
mod judge;
mod message;
mod receipt;
mod relay;
mod sessions;
mod sight;
mod targets;
mod tools;
mod upstream;
mod waiting;
mod watch;
mod workspace;

pub(crate) use connect::connect;
pub(crate) use sessions::SessionSeal;
pub(crate) use targets::{Targets, number};
pub(crate) use workspace::{HubService, hub, workspace};

/// The most bytes of a request's body.
const REQUEST_MOST: usize = 4 * 1024 * 1024;
/// The most bytes of one event, or of a list in JSON, that is looked through for a narrowed key.
const LOOKED_THROUGH_MOST: usize = 32 * 1024 * 1024;
