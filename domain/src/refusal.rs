//! Why a key did not pass, as the key's bearer is told (design §5): code, HTTP status, sentence.

use serde::{Deserialize, Serialize};

/// The answers other than yes. None of them says what would have been allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refusal {
    /// Missing, malformed, unknown or deleted: all alike.
    Unauthorized,
    /// Paused by a person.
    KeyDisabled,
    /// Its time is over.
    KeyExpired,
    /// Its owner was deactivated or left the workspace.
    OwnerInactive,
    /// The workspace's plan has no working keys.
    PlanRequired,
    /// The key may not be used from that address.
    IpNotAllowed,
    /// It stood in the URL, and was not created for that.
    KeyInUrl,
    /// The key, or its owner, does not have that MCP server.
    ServerNotAllowed,
    /// The tool is hidden, or the key's firewall policy blocks it.
    ToolBlocked,
    /// The key does not name that model.
    ModelNotAllowed,
    /// A read-only key, and a request that changes something.
    ReadOnly,
    /// The call is for gateway keys.
    GatewayRequired,
    /// A guardrail denied what goes in or what comes out.
    GuardrailBlocked,
    /// The key was used as often as it may be.
    RateLimited,
    /// Its spend cap is reached.
    KeyExhausted,
    /// The request itself is not understood.
    InvalidRequest,
    /// Latchkey cannot decide now.
    Unavailable,
}

impl Refusal {
    /// All of them, in their order.
    pub const ALL: [Self; 17] = [
        Self::Unauthorized,
        Self::KeyDisabled,
        Self::KeyExpired,
        Self::OwnerInactive,
        Self::PlanRequired,
        Self::IpNotAllowed,
        Self::KeyInUrl,
        Self::ServerNotAllowed,
        Self::ToolBlocked,
        Self::ModelNotAllowed,
        Self::ReadOnly,
        Self::GatewayRequired,
        Self::GuardrailBlocked,
        Self::RateLimited,
        Self::KeyExhausted,
        Self::InvalidRequest,
        Self::Unavailable,
    ];

    /// The code in the JSON body.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unauthorized => "UNAUTHORIZED",
            Self::KeyDisabled => "KEY_DISABLED",
            Self::KeyExpired => "KEY_EXPIRED",
            Self::OwnerInactive => "OWNER_INACTIVE",
            Self::PlanRequired => "PLAN_REQUIRED",
            Self::IpNotAllowed => "IP_NOT_ALLOWED",
            Self::KeyInUrl => "KEY_IN_URL",
            Self::ServerNotAllowed => "SERVER_NOT_ALLOWED",
            Self::ToolBlocked => "TOOL_BLOCKED",
            Self::ModelNotAllowed => "MODEL_NOT_ALLOWED",
            Self::ReadOnly => "READ_ONLY",
            Self::GatewayRequired => "GATEWAY_REQUIRED",
            Self::GuardrailBlocked => "GUARDRAIL_BLOCKED",
            Self::RateLimited => "RATE_LIMITED",
            Self::KeyExhausted => "KEY_EXHAUSTED",
            Self::InvalidRequest => "invalid_request",
            Self::Unavailable => "UNAVAILABLE",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Unauthorized | Self::KeyDisabled | Self::KeyExpired => 401,
            Self::KeyExhausted => 402,
            Self::OwnerInactive
            | Self::PlanRequired
            | Self::IpNotAllowed
            | Self::KeyInUrl
            | Self::ServerNotAllowed
            | Self::ToolBlocked
            | Self::ModelNotAllowed
            | Self::ReadOnly
            | Self::GatewayRequired
            | Self::GuardrailBlocked => 403,
            Self::RateLimited => 429,
            Self::InvalidRequest => 400,
            Self::Unavailable => 503,
        }
    }

    /// The sentence in the JSON body.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Unauthorized => "No valid API key was given.",
            Self::KeyDisabled => "This API key is disabled.",
            Self::KeyExpired => "This API key has expired.",
            Self::OwnerInactive => "The owner of this API key has no access any more.",
            Self::PlanRequired => "API keys do not work on this workspace's plan.",
            Self::IpNotAllowed => "This API key can't be used from this address.",
            Self::KeyInUrl => "This API key was not made for URLs. Send it in a header.",
            Self::ServerNotAllowed => "This API key can't use this server.",
            Self::ToolBlocked => "This API key can't use this tool.",
            Self::ModelNotAllowed => "This API key can't use this model.",
            Self::ReadOnly => "This API key is read-only.",
            Self::GatewayRequired => "This call needs a gateway key.",
            Self::GuardrailBlocked => "A guardrail of this API key blocked this request.",
            Self::RateLimited => "This API key has made as many requests as it may for now.",
            Self::KeyExhausted => "This API key has reached its spend cap.",
            Self::InvalidRequest => "The request carries more than one credential.",
            Self::Unavailable => "The key can't be checked at the moment.",
        }
    }

    /// The `error` attribute of `WWW-Authenticate` (RFC 6750 §3.1), where the status takes the header.
    #[must_use]
    pub fn challenge(self) -> Option<&'static str> {
        match self.status() {
            400 => Some("invalid_request"),
            401 => Some("invalid_token"),
            403 => Some("insufficient_scope"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_listed_in_their_order() {
        assert!(Refusal::ALL.into_iter().enumerate().all(|(at, refusal)| refusal as usize == at));
        assert_eq!(Refusal::ALL.len(), Refusal::Unavailable as usize + 1, "the last one is the last");
    }

    #[test]
    fn money_that_is_over_has_a_status_of_its_own_and_no_challenge() {
        assert_eq!(Refusal::KeyExhausted.status(), 402);
        assert_eq!(Refusal::KeyExhausted.challenge(), None, "another credential is not what it takes");
        for refusal in [Refusal::ModelNotAllowed, Refusal::GuardrailBlocked] {
            assert_eq!((refusal.status(), refusal.challenge()), (403, Some("insufficient_scope")));
        }
    }

    #[test]
    fn the_code_is_what_serde_writes() {
        for refusal in [
            Refusal::Unauthorized,
            Refusal::KeyDisabled,
            Refusal::IpNotAllowed,
            Refusal::KeyInUrl,
            Refusal::ServerNotAllowed,
            Refusal::ToolBlocked,
            Refusal::ModelNotAllowed,
            Refusal::ReadOnly,
            Refusal::GuardrailBlocked,
            Refusal::RateLimited,
            Refusal::KeyExhausted,
            Refusal::Unavailable,
        ] {
            assert_eq!(serde_json::to_value(refusal).unwrap(), refusal.code());
        }
    }
}
