//! Why the relay does not answer, in the form that OpenAI's clients read:
//! `{"error":{"message","type","param","code"}}`. Called by the relay for every answer that is its own.

use super::{BadBody, NoRoom};
use crate::refusal::Refusal;
use serde::Serialize;
use std::borrow::Cow;

/// An answer other than the upstream's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The key did not pass.
    Refused(Refusal),
    /// Its spend cap has no room for the request.
    KeyExhausted(NoRoom),
    /// The key's limits do not name the model.
    ModelNotAllowed,
    /// The key has a cap, and the model no price: what it costs could not be counted.
    ModelWithoutPrice,
    /// A response in the background, by a key with a cap: what it costs would not be seen.
    BackgroundWithCap,
    /// By a key with a cap, a member of that name: with it a call may cost more than the model's price.
    DearerWithCap(&'static str),
    /// No upstream of the workspace has the model.
    ModelNotFound,
    /// The relay has no such call.
    PathNotFound,
    /// The call takes another method.
    MethodNotAllowed,
    /// A guardrail denied what goes in or what comes out.
    GuardrailBlocked,
    /// The body is none that can be relayed.
    BadBody(BadBody),
    /// The body has more bytes than are taken.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// There is no room for the body beside those of others.
    NoRoomForBody,
    /// Latchkey broke down.
    Internal,
    /// No upstream could be reached, or it broke off, or it refused Latchkey's own credential.
    UpstreamUnavailable,
    /// The upstream did not answer in its time.
    UpstreamTimeout,
}

/// OpenAI's types of errors, as far as they are used here. Their clients act on the status; people and other libraries
/// on the type.
const REQUEST: &str = "invalid_request_error";
/// What says that money is over, and that trying again is of no use.
const QUOTA: &str = "insufficient_quota";
/// Too many requests, as against too many `tokens`.
const RATE: &str = "requests";
/// Not the client's mistake.
const SERVER: &str = "server_error";

impl Failure {
    /// The HTTP status. OpenAI's clients try again by themselves at 408, 409, 429 and from 500 on: at what may be over
    /// in a moment, and at nothing else.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused(refusal) => refusal.status(),
            Self::KeyExhausted(_) => 402,
            Self::ModelNotAllowed | Self::ModelWithoutPrice | Self::GuardrailBlocked => 403,
            Self::ModelNotFound | Self::PathNotFound => 404,
            Self::BackgroundWithCap | Self::DearerWithCap(_) | Self::BadBody(_) => 400,
            Self::MethodNotAllowed => 405,
            Self::BodyTooSlow => 408,
            Self::BodyTooLarge => 413,
            Self::Internal => 500,
            Self::UpstreamUnavailable => 502,
            Self::NoRoomForBody => 503,
            Self::UpstreamTimeout => 504,
        }
    }

    /// Latchkey's code, the same as on its other surfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::KeyExhausted(_) => "KEY_EXHAUSTED",
            Self::ModelNotAllowed | Self::ModelWithoutPrice => "MODEL_NOT_ALLOWED",
            Self::ModelNotFound => "MODEL_NOT_FOUND",
            Self::PathNotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::BodyTooSlow => "REQUEST_TIMEOUT",
            Self::NoRoomForBody => Refusal::Unavailable.code(),
            Self::Internal => "INTERNAL",
            Self::GuardrailBlocked => "GUARDRAIL_BLOCKED",
            Self::BackgroundWithCap | Self::DearerWithCap(_) | Self::BadBody(_) | Self::BodyTooLarge => {
                Refusal::InvalidRequest.code()
            }
            Self::UpstreamUnavailable | Self::UpstreamTimeout => "UPSTREAM_UNAVAILABLE",
        }
    }

    /// OpenAI's type.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.status() {
            402 => QUOTA,
            429 => RATE,
            500.. => SERVER,
            _ => REQUEST,
        }
    }

    /// The member of the body that it is about.
    #[must_use]
    pub fn param(&self) -> Option<&'static str> {
        match self {
            Self::ModelNotAllowed | Self::ModelWithoutPrice | Self::ModelNotFound => Some("model"),
            Self::BackgroundWithCap => Some("background"),
            Self::DearerWithCap(member) => Some(member),
            Self::BadBody(bad) => bad.param,
            _ => None,
        }
    }

    /// The sentence. It says neither what would be allowed nor what the body had.
    #[must_use]
    pub fn message(&self) -> Cow<'static, str> {
        let sentence = match self {
            Self::Refused(refusal) => refusal.message(),
            Self::KeyExhausted(why) => why.message(),
            Self::ModelNotAllowed => "This API key can't use this model.",
            Self::ModelWithoutPrice => {
                "This API key has a spend cap, and this model has no price yet. An administrator can set one."
            }
            Self::BackgroundWithCap => {
                "This API key has a spend cap: a response in the background can't be counted. Leave background out."
            }
            Self::DearerWithCap("service_tier") => {
                "This API key has a spend cap: a service tier other than default, auto, flex or standard may cost more than the model's price. Leave service_tier out."
            }
            Self::DearerWithCap(member) => {
                return format!("This API key has a spend cap: with {member} a call may cost more than the model's price. Leave {member} out.").into();
            }
            Self::ModelNotFound => "No upstream of this workspace has this model.",
            Self::PathNotFound => "Latchkey does not relay this call.",
            Self::GuardrailBlocked => "A guardrail of this API key blocked this request.",
            Self::BadBody(bad) => return bad.message.clone(),
            Self::MethodNotAllowed => "This path takes another method.",
            Self::BodyTooLarge => "The request's body is too large.",
            Self::BodyTooSlow => "The request's body took too long to arrive.",
            Self::NoRoomForBody => "Latchkey holds as many large requests as it can. Try again in a moment.",
            Self::Internal => "Latchkey failed; its log says why.",
            Self::UpstreamUnavailable => "The model's provider can't be reached at the moment.",
            Self::UpstreamTimeout => "The model's provider did not answer in time.",
        };
        sentence.into()
    }
}

/// The body of the answer, for serde. Over a stream that has begun it is the data of one last event.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorBody<'a> {
    error: Inner<'a>,
}

#[derive(Clone, Debug, Serialize)]
struct Inner<'a> {
    message: Cow<'static, str>,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<&'static str>,
    code: &'static str,
    request_id: &'a str,
}

impl<'a> ErrorBody<'a> {
    /// The body for a failure of that request.
    #[must_use]
    pub fn new(failure: &Failure, request_id: &'a str) -> Self {
        let error = Inner {
            message: failure.message(),
            kind: failure.kind(),
            param: failure.param(),
            code: failure.code(),
            request_id,
        };
        Self { error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// When the Python and JavaScript packages of OpenAI try again by themselves.
    fn tried_again(status: u16) -> bool {
        matches!(status, 408 | 409 | 429 | 500..)
    }

    #[test]
    fn the_table() {
        let bad = BadBody { param: Some("stream"), message: "stream is true or false.".into() };
        for (failure, status, kind, code, param, again) in [
            (Failure::Refused(Refusal::Unauthorized), 401, REQUEST, "UNAUTHORIZED", None, false),
            (Failure::Refused(Refusal::KeyExpired), 401, REQUEST, "KEY_EXPIRED", None, false),
            (Failure::Refused(Refusal::ReadOnly), 403, REQUEST, "READ_ONLY", None, false),
            (Failure::Refused(Refusal::InvalidRequest), 400, REQUEST, "invalid_request", None, false),
            (Failure::Refused(Refusal::RateLimited), 429, RATE, "RATE_LIMITED", None, true),
            (Failure::Refused(Refusal::Unavailable), 503, SERVER, "UNAVAILABLE", None, true),
            (Failure::KeyExhausted(NoRoom::Exhausted), 402, QUOTA, "KEY_EXHAUSTED", None, false),
            (Failure::KeyExhausted(NoRoom::Busy), 402, QUOTA, "KEY_EXHAUSTED", None, false),
            (Failure::KeyExhausted(NoRoom::TooDear), 402, QUOTA, "KEY_EXHAUSTED", None, false),
            (Failure::ModelNotAllowed, 403, REQUEST, "MODEL_NOT_ALLOWED", Some("model"), false),
            (Failure::ModelWithoutPrice, 403, REQUEST, "MODEL_NOT_ALLOWED", Some("model"), false),
            (Failure::BackgroundWithCap, 400, REQUEST, "invalid_request", Some("background"), false),
            (Failure::DearerWithCap("service_tier"), 400, REQUEST, "invalid_request", Some("service_tier"), false),
            (Failure::DearerWithCap("provider"), 400, REQUEST, "invalid_request", Some("provider"), false),
            (Failure::ModelNotFound, 404, REQUEST, "MODEL_NOT_FOUND", Some("model"), false),
            (Failure::PathNotFound, 404, REQUEST, "NOT_FOUND", None, false),
            (Failure::GuardrailBlocked, 403, REQUEST, "GUARDRAIL_BLOCKED", None, false),
            (Failure::BadBody(bad), 400, REQUEST, "invalid_request", Some("stream"), false),
            (Failure::MethodNotAllowed, 405, REQUEST, "METHOD_NOT_ALLOWED", None, false),
            (Failure::BodyTooLarge, 413, REQUEST, "invalid_request", None, false),
            (Failure::BodyTooSlow, 408, REQUEST, "REQUEST_TIMEOUT", None, true),
            (Failure::NoRoomForBody, 503, SERVER, "UNAVAILABLE", None, true),
            (Failure::Internal, 500, SERVER, "INTERNAL", None, true),
            (Failure::UpstreamUnavailable, 502, SERVER, "UPSTREAM_UNAVAILABLE", None, true),
            (Failure::UpstreamTimeout, 504, SERVER, "UPSTREAM_UNAVAILABLE", None, true),
        ] {
            assert_eq!((failure.status(), failure.kind(), failure.code()), (status, kind, code), "{failure:?}");
            assert_eq!((failure.param(), tried_again(failure.status())), (param, again), "{failure:?}");
            assert!(failure.message().ends_with('.'), "{failure:?}");
        }
    }

    #[test]
    fn every_refusal_keeps_its_status_code_and_sentence() {
        for refusal in Refusal::ALL {
            let failure = Failure::Refused(refusal);
            assert_eq!((failure.status(), failure.code()), (refusal.status(), refusal.code()));
            assert_eq!(failure.message(), refusal.message());
        }
    }

    #[test]
    fn the_form_that_clients_read() {
        let body = serde_json::to_value(ErrorBody::new(&Failure::ModelNotAllowed, "req_1")).unwrap();
        let wanted = json!({"error": {
            "message": "This API key can't use this model.",
            "type": "invalid_request_error",
            "param": "model",
            "code": "MODEL_NOT_ALLOWED",
            "request_id": "req_1",
        }});
        assert_eq!(body, wanted);
        let body = serde_json::to_value(ErrorBody::new(&Failure::Refused(Refusal::RateLimited), "")).unwrap();
        assert_eq!(body["error"]["param"], json!(null), "there, and null, as the clients' types have it");
    }
}
