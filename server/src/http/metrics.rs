//! `GET /metrics`, for whoever runs the installation: with the token of the configuration, or, where there is none, from this
//! machine alone. To everybody else the path is none.

use super::{
    answer::{Outcome, no_such_path, plain},
    credential::bearer,
    pass::Exchange,
};
use crate::surface::Code;
use axum::http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST},
};
use domain::key::SecretHash;
use secrecy::ExposeSecret;
use std::net::IpAddr;

/// What proxies write about whom they ask for.
const FORWARDED: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

pub(super) async fn metrics(exchange: &Exchange<'_>) -> Outcome {
    if !may_read(exchange) {
        return no_such_path(exchange);
    }
    match exchange.latchkey.scrape().await {
        Ok(text) => {
            let mut outcome = plain(Code::Valid, StatusCode::OK, text);
            let headers = outcome.response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(prometheus::TEXT_FORMAT));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            outcome
        }
        Err(error) => {
            tracing::error!(%error, "the metrics can't be written");
            plain(Code::Internal, StatusCode::INTERNAL_SERVER_ERROR, "")
        }
    }
}

fn may_read(exchange: &Exchange<'_>) -> bool {
    let headers = exchange.headers();
    match &exchange.latchkey.config.metrics_token {
        Some(token) => shown(headers).is_some_and(|text| {
            // Hashed, so that the comparison takes the same time for whatever was shown.
            SecretHash::of(text).matches(&SecretHash::of(token.expose_secret()))
        }),
        None => exchange.peer.0.is_some_and(|peer| peer.is_loopback()) && is_direct(headers),
    }
}

fn shown(headers: &HeaderMap) -> Option<&str> {
    bearer(headers.get(AUTHORIZATION)?.to_str().ok()?)
}

/// Whether a program of this machine asks by itself: no proxy speaks for somebody else, and no browser was led here by a name
/// that somebody else's server resolves to the loopback.
fn is_direct(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    is_loopback(host) && FORWARDED.iter().all(|name| !headers.contains_key(*name))
}

/// Whether a host, perhaps with a port, is the machine itself.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn hosts_of_this_machine() {
        for host in ["127.0.0.1", "127.0.0.1:3000", "[::1]:3000", "[::1]", "localhost", "LocalHost:80"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "keys.example.com", "127.0.0.1.example.com", "localhost.example.com:80", "[::2]", "10.0.0.1:80"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
