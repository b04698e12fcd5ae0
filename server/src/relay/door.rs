//! `/v1/*`: which path is what.

use super::{call::call, list, tell::Teller};
use crate::http::Exchange;
use axum::{
    http::{HeaderValue, Method, header::ALLOW},
    response::Response,
};
use domain::model::{Endpoint, Failure};

/// What a request is for.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    /// The list of models.
    Models,
    /// One of them; the path's own text.
    Model(&'a str),
    /// A call that goes to a provider.
    Call(Endpoint),
    Nowhere,
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Self {
        let path = path.strip_prefix("/v1/").unwrap_or_default();
        match path.strip_prefix("models") {
            Some("") => Self::Models,
            Some(rest) => rest.strip_prefix('/').filter(|name| !name.is_empty()).map_or(Self::Nowhere, Self::Model),
            None => Endpoint::of(path).map_or(Self::Nowhere, Self::Call),
        }
    }

    fn method(&self) -> Method {
        if matches!(self, Self::Call(_)) { Method::POST } else { Method::GET }
    }
}

/// Answers a request of the relay.
pub(crate) async fn relay(exchange: Exchange) -> Response {
    Box::pin(walk(exchange)).await.unwrap_or_else(|told| told)
}

/// Answers in `Err` too: each step may be the last.
async fn walk(exchange: Exchange) -> Result<Response, Response> {
    // A key in the URL counts for nothing here: only MCP clients are without headers.
    let Exchange { latchkey, id, client, request, in_url: _ } = exchange;
    let (head, body) = request.into_parts();
    let teller = Teller { id: &id };
    let place = Place::of(head.uri.path());
    if place == Place::Nowhere {
        return Err(teller.failed(&Failure::PathNotFound));
    }
    if head.method != place.method() {
        let mut told = teller.failed(&Failure::MethodNotAllowed);
        if let Ok(method) = HeaderValue::from_str(place.method().as_str()) {
            told.headers_mut().insert(ALLOW, method);
        }
        return Err(told);
    }
    match place {
        Place::Call(endpoint) => call(latchkey, &id, client, endpoint, &head.headers, body).await,
        Place::Model(name) => list::one(&latchkey, teller, &client, &head.headers, name).await,
        _ => list::all(&latchkey, teller, &client, &head.headers).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_places() {
        for (path, place) in [
            ("/v1/models", Place::Models),
            ("/v1/models/gpt-4o", Place::Model("gpt-4o")),
            ("/v1/models/meta-llama/Llama-3", Place::Model("meta-llama/Llama-3")),
            ("/v1/chat/completions", Place::Call(Endpoint::ChatCompletions)),
            ("/v1/completions", Place::Call(Endpoint::Completions)),
            ("/v1/embeddings", Place::Call(Endpoint::Embeddings)),
            ("/v1/responses", Place::Call(Endpoint::Responses)),
            ("/v1/responses/resp_1", Place::Nowhere),
            ("/v1/models/", Place::Nowhere),
            ("/v1/modelsx", Place::Nowhere),
            ("/v1/chat", Place::Nowhere),
            ("/v1/", Place::Nowhere),
            ("/v1", Place::Nowhere),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}
