//! The ids of rows: opaque base62 text, one type for each table, so that no id is taken for another.

use crate::random::base62;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// A fresh id of 16 characters (95 bits): no two ever meet.
            pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
                Self(base62(rng, 16).into())
            }

            /// An id read from the store, from a session or from a URL. It names nothing until it was looked up.
            #[must_use]
            pub fn from_text(text: impl Into<Box<str>>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// Names a user.
    UserId,
    /// Names a workspace (people see its slug instead).
    WorkspaceId,
    /// Names an audit event.
    EventId,
    /// Names an invite; what opens it is its token.
    InviteId,
    /// Names a registered MCP server (people see its slug instead).
    ServerId,
    /// Names a firewall policy.
    PolicyId,
    /// Names a guardrail.
    GuardrailId,
    /// Names what one request under way holds of its key's spend cap.
    ReserveId,
    /// Names a provider of models (people see its slug instead).
    ProviderId,
    /// Names a sample of a model call.
    SampleId,
}
