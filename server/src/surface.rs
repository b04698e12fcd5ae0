//! The surfaces of the data plane and the codes that each of them answers with, in one place: the metrics count by them, the
//! OpenAPI document lists them, and the suite compares both with what is answered.

use domain::refusal::Refusal;
use serde::{Serialize, Serializer};

/// Where a request of the data plane came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// `GET /api/me`.
    Me,
    /// `POST /api/v1/verify`.
    Verify,
    /// `ANY /api/v1/forward-auth`.
    ForwardAuth,
    /// The MCP gateway: `/mcp-connect/{server}` and `/mcp/{workspace}`.
    Mcp,
    /// The model relay: `/v1/*`.
    Relay,
    /// `/healthz` and `/readyz`.
    Health,
    /// Everything else: paths that are none, wrong methods, the document of the API, the metrics themselves.
    Other,
}

impl Surface {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Me, Self::Verify, Self::ForwardAuth, Self::Mcp, Self::Relay, Self::Health, Self::Other];

    /// Its name in the metrics and in the log of uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Verify => "verify",
            Self::ForwardAuth => "forward-auth",
            Self::Mcp => "mcp",
            Self::Relay => "relay",
            Self::Health => "health",
            Self::Other => "other",
        }
    }

    /// The status of an answer that is no error.
    #[must_use]
    pub fn ok(self) -> u16 {
        if self == Self::ForwardAuth { 204 } else { 200 }
    }

    /// The codes of answers that are no error: what is said about a key that was asked about.
    #[must_use]
    pub fn verdicts(self) -> &'static [Code] {
        match self {
            Self::Verify => &[
                Code::Valid,
                Code::NotFound,
                Code::Refused(Refusal::KeyDisabled),
                Code::Refused(Refusal::KeyExpired),
                Code::Refused(Refusal::OwnerInactive),
                Code::Refused(Refusal::PlanRequired),
                Code::Refused(Refusal::IpNotAllowed),
                Code::Refused(Refusal::ServerNotAllowed),
                Code::Refused(Refusal::ModelNotAllowed),
                Code::Refused(Refusal::ToolBlocked),
                Code::Refused(Refusal::ReadOnly),
                Code::Refused(Refusal::RateLimited),
                Code::Refused(Refusal::KeyExhausted),
            ],
            // The answer of a call that the key may not make.
            Self::Mcp => &[
                Code::Valid,
                Code::Refused(Refusal::ServerNotAllowed),
                Code::Refused(Refusal::ToolBlocked),
                Code::Refused(Refusal::ReadOnly),
            ],
            _ => &[Code::Valid],
        }
    }

    /// The codes of its errors.
    #[must_use]
    pub fn errors(self) -> &'static [Code] {
        match self {
            Self::Me => &[
                Code::Refused(Refusal::InvalidRequest),
                Code::Refused(Refusal::Unauthorized),
                Code::Refused(Refusal::KeyDisabled),
                Code::Refused(Refusal::KeyExpired),
                Code::Refused(Refusal::OwnerInactive),
                Code::Refused(Refusal::PlanRequired),
                Code::Refused(Refusal::IpNotAllowed),
                Code::Refused(Refusal::RateLimited),
                Code::Refused(Refusal::KeyExhausted),
                Code::Internal,
                Code::Refused(Refusal::Unavailable),
            ],
            Self::Verify => &[
                Code::Refused(Refusal::InvalidRequest),
                Code::Refused(Refusal::Unauthorized),
                Code::Refused(Refusal::KeyDisabled),
                Code::Refused(Refusal::KeyExpired),
                Code::Refused(Refusal::OwnerInactive),
                Code::Refused(Refusal::PlanRequired),
                Code::Refused(Refusal::IpNotAllowed),
                Code::Refused(Refusal::GatewayRequired),
                Code::RequestTimeout,
                Code::PayloadTooLarge,
                Code::UnsupportedMediaType,
                Code::Refused(Refusal::RateLimited),
                Code::Refused(Refusal::KeyExhausted),
                Code::Internal,
                Code::Refused(Refusal::Unavailable),
            ],
            Self::ForwardAuth => &[
                Code::Refused(Refusal::Unauthorized),
                Code::Refused(Refusal::KeyDisabled),
                Code::Refused(Refusal::KeyExpired),
                Code::Refused(Refusal::OwnerInactive),
                Code::Refused(Refusal::PlanRequired),
                Code::Refused(Refusal::IpNotAllowed),
                Code::Refused(Refusal::ServerNotAllowed),
                Code::Refused(Refusal::ReadOnly),
                Code::Refused(Refusal::GatewayRequired),
                Code::Refused(Refusal::RateLimited),
                Code::Refused(Refusal::KeyExhausted),
                Code::Internal,
                Code::Refused(Refusal::Unavailable),
            ],
            Self::Mcp => &[
                Code::Refused(Refusal::InvalidRequest),
                Code::Refused(Refusal::Unauthorized),
                Code::Refused(Refusal::KeyDisabled),
                Code::Refused(Refusal::KeyExpired),
                Code::Refused(Refusal::OwnerInactive),
                Code::Refused(Refusal::PlanRequired),
                Code::Refused(Refusal::IpNotAllowed),
                Code::Refused(Refusal::KeyInUrl),
                Code::Refused(Refusal::ServerNotAllowed),
                Code::OriginNotAllowed,
                Code::NotFound,
                Code::SessionNotFound,
                Code::MethodNotAllowed,
                Code::RequestTimeout,
                Code::PayloadTooLarge,
                Code::UnsupportedMediaType,
                Code::Refused(Refusal::RateLimited),
                Code::Refused(Refusal::KeyExhausted),
                Code::Internal,
                Code::UpstreamUnavailable,
                Code::Refused(Refusal::Unavailable),
            ],
            Self::Relay => &[
                Code::Refused(Refusal::InvalidRequest),
                Code::Refused(Refusal::Unauthorized),
                Code::Refused(Refusal::KeyDisabled),
                Code::Refused(Refusal::KeyExpired),
                Code::Refused(Refusal::KeyExhausted),
                Code::Refused(Refusal::OwnerInactive),
                Code::Refused(Refusal::PlanRequired),
                Code::Refused(Refusal::IpNotAllowed),
                Code::Refused(Refusal::ModelNotAllowed),
                Code::Refused(Refusal::GuardrailBlocked),
                Code::NotFound,
                Code::ModelNotFound,
                Code::MethodNotAllowed,
                Code::RequestTimeout,
                Code::Refused(Refusal::RateLimited),
                Code::Internal,
                Code::UpstreamUnavailable,
                Code::Refused(Refusal::Unavailable),
            ],
            Self::Health => &[Code::Refused(Refusal::Unavailable)],
            Self::Other => &[Code::NotFound, Code::MethodNotAllowed, Code::Internal],
        }
    }
}

/// What an answer of the data plane says, as a word that programs decide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Yes.
    Valid,
    /// The key did not pass, or the request is not understood.
    Refused(Refusal),
    /// No such path; for a key that was asked about: no such key.
    NotFound,
    /// The path takes another method.
    MethodNotAllowed,
    /// The body took too long.
    RequestTimeout,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is no JSON.
    UnsupportedMediaType,
    /// Latchkey failed.
    Internal,
    /// A page of another site asks.
    OriginNotAllowed,
    /// The server behind the gateway does not answer, or not as it should.
    UpstreamUnavailable,
    /// The session is not this key's.
    SessionNotFound,
    /// No provider of the workspace has the model.
    ModelNotFound,
}

impl Code {
    /// How many there are.
    pub const COUNT: usize = Refusal::ALL.len() + 11;

    /// A number below [`COUNT`](Self::COUNT), another for each.
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::Valid => 0,
            Self::NotFound => 1,
            Self::MethodNotAllowed => 2,
            Self::RequestTimeout => 3,
            Self::PayloadTooLarge => 4,
            Self::UnsupportedMediaType => 5,
            Self::Internal => 6,
            Self::OriginNotAllowed => 7,
            Self::UpstreamUnavailable => 8,
            Self::SessionNotFound => 9,
            Self::ModelNotFound => 10,
            Self::Refused(refusal) => 11 + refusal as usize,
        }
    }

    /// The word.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::Internal => "INTERNAL",
            Self::OriginNotAllowed => "ORIGIN_NOT_ALLOWED",
            Self::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Self::SessionNotFound => "SESSION_NOT_FOUND",
            Self::ModelNotFound => "MODEL_NOT_FOUND",
            Self::Refused(refusal) => refusal.code(),
        }
    }

    /// The HTTP status of an error of that code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Valid => 200,
            Self::NotFound | Self::SessionNotFound | Self::ModelNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Internal => 500,
            Self::OriginNotAllowed => 403,
            Self::UpstreamUnavailable => 502,
            Self::Refused(refusal) => refusal.status(),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_number_of_its_own() {
        let plain = [
            Code::Valid,
            Code::NotFound,
            Code::MethodNotAllowed,
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::Internal,
            Code::OriginNotAllowed,
            Code::UpstreamUnavailable,
            Code::SessionNotFound,
            Code::ModelNotFound,
        ];
        let all = plain.into_iter().chain(Refusal::ALL.map(Code::Refused));
        assert_eq!(all.map(Code::index).collect::<Vec<_>>(), (0..Code::COUNT).collect::<Vec<_>>());
    }
}
