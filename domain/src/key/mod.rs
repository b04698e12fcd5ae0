//! Keys: their written form, their secret, their status, and the rules of what a person may set.

mod address;
mod fields;
mod format;
mod id;
mod limits;
mod prefix;
mod presented;
mod rotation;
mod secret;
mod servers;
mod status;

pub use address::{AddressList, MOST_ADDRESSES, block};
pub use fields::{
    Expiry, NewKey, RawKey, chosen_expiry, description, environment, expiry, name, permission, url_credential,
};
pub use format::{PlainKey, masked, pattern};
pub use id::{ID_LENGTH, KeyId};
pub use limits::{Limits, MOST_PER_MINUTE, RateLimit};
pub use prefix::Prefix;
pub use presented::{Form, Malformed, Presented};
pub use rotation::{Grace, retired_name, successor_expiry};
pub use secret::{SecretHash, sha256};
pub use servers::{MOST_SERVERS, McpScope, ServerScope};
pub use status::{Status, status};

use serde::{Deserialize, Serialize};

/// What a key may do at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Read alone.
    ReadOnly,
    /// Read and change.
    ReadWrite,
}
