//! Answers of the relay's own, in the form that OpenAI's clients read, counted under Latchkey's codes.

use crate::{
    http::{self, RequestId},
    surface::Code,
    verify::Denied,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::Response,
};
use domain::{
    model::{ErrorBody, Failure},
    refusal::Refusal,
};

/// Seconds until there may be room for a body again.
const ROOM_AFTER: HeaderValue = HeaderValue::from_static("2");

/// Tells what came of one request.
#[derive(Clone, Copy)]
pub(super) struct Teller<'a> {
    pub id: &'a RequestId,
}

impl Teller<'_> {
    /// An error.
    pub fn failed(self, failure: &Failure) -> Response {
        if let Failure::Refused(refusal) = failure {
            return self.denied((*refusal).into(), true);
        }
        let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::BAD_GATEWAY);
        let mut told = http::json(code(failure), status, &ErrorBody::new(failure, self.id.as_str()));
        if *failure == Failure::NoRoomForBody {
            told.headers_mut().insert(RETRY_AFTER, ROOM_AFTER);
        }
        told
    }

    /// A key that did not pass: with the challenge and the waiting time that it gets on every surface.
    pub fn denied(self, denied: Denied, credential_given: bool) -> Response {
        let failure = Failure::Refused(denied.refusal);
        let mut told = http::refuse(denied, credential_given, self.id);
        *told.body_mut() = Body::from(self.body(&failure));
        told
    }

    /// The last event of a stream that has begun.
    pub fn event(self, failure: &Failure) -> Bytes {
        let mut event = b"data: ".to_vec();
        event.extend_from_slice(&self.body(failure));
        event.extend_from_slice(b"\n\n");
        event.into()
    }

    /// What an error says.
    pub fn body(self, failure: &Failure) -> Vec<u8> {
        serde_json::to_vec(&ErrorBody::new(failure, self.id.as_str())).unwrap_or_default()
    }
}

/// What a client is told whose request broke down.
pub(crate) fn broke_down(id: &RequestId) -> Response {
    Teller { id }.failed(&Failure::Internal)
}

/// What an error is counted under.
pub(super) fn code(failure: &Failure) -> Code {
    match failure {
        Failure::Refused(refusal) => Code::Refused(*refusal),
        Failure::KeyExhausted(_) => Code::Refused(Refusal::KeyExhausted),
        Failure::ModelNotAllowed | Failure::ModelWithoutPrice => Code::Refused(Refusal::ModelNotAllowed),
        Failure::GuardrailBlocked => Code::Refused(Refusal::GuardrailBlocked),
        Failure::ModelNotFound => Code::ModelNotFound,
        Failure::PathNotFound => Code::NotFound,
        Failure::MethodNotAllowed => Code::MethodNotAllowed,
        Failure::BackgroundWithCap | Failure::DearerWithCap(_) | Failure::BadBody(_) | Failure::BodyTooLarge => {
            Code::Refused(Refusal::InvalidRequest)
        }
        Failure::BodyTooSlow => Code::RequestTimeout,
        Failure::NoRoomForBody => Code::Refused(Refusal::Unavailable),
        Failure::Internal => Code::Internal,
        Failure::UpstreamUnavailable | Failure::UpstreamTimeout => Code::UpstreamUnavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::model::{BadBody, NoRoom};

    #[test]
    fn what_is_counted_is_what_is_said() {
        for failure in [
            Failure::Refused(Refusal::RateLimited),
            Failure::KeyExhausted(NoRoom::Busy),
            Failure::ModelNotAllowed,
            Failure::ModelWithoutPrice,
            Failure::BackgroundWithCap,
            Failure::DearerWithCap("service_tier"),
            Failure::ModelNotFound,
            Failure::PathNotFound,
            Failure::MethodNotAllowed,
            Failure::GuardrailBlocked,
            Failure::BadBody(BadBody { param: None, message: "No.".into() }),
            Failure::BodyTooLarge,
            Failure::BodyTooSlow,
            Failure::NoRoomForBody,
            Failure::Internal,
            Failure::UpstreamUnavailable,
            Failure::UpstreamTimeout,
        ] {
            assert_eq!(code(&failure).text(), failure.code(), "{failure:?}");
        }
    }
}
