//! Security headers on every answer (design §6). Pages bring a Content-Security-Policy with a nonce of their own; anything
//! else gets one that allows nothing.

use crate::Latchkey;
use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue,
        header::{
            CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

pub(super) async fn security_headers(State(latchkey): State<Latchkey>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    guard(response.headers_mut(), &latchkey);
    response
}

/// Adds what is not there.
pub(super) fn guard(headers: &mut HeaderMap, latchkey: &Latchkey) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    set(REFERRER_POLICY, referrer_policy(latchkey.public_url()));
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(OPENER_POLICY, "same-origin");
    set(PERMISSIONS_POLICY, "camera=(), microphone=(), geolocation=(), payment=()");
    if latchkey.is_https() {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// `no-referrer`, except over plain HTTP on a network: under it browsers send `Origin: null` with a form, and there they
/// leave out `Sec-Fetch-Site` too, by which such a form could still be told from a foreign one (see `origin`).
fn referrer_policy(public_url: &str) -> &'static str {
    let host = public_url.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or_default());
    let local = |host: &str| ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host.starts_with(name));
    if host.is_none_or(local) { "no-referrer" } else { "same-origin" }
}

#[cfg(test)]
mod tests {
    use super::referrer_policy;

    #[test]
    fn the_referrer_is_kept_back() {
        for url in ["https://keys.example.com", "http://127.0.0.1:3000", "http://localhost:3000"] {
            assert_eq!(referrer_policy(url), "no-referrer");
        }
        assert_eq!(referrer_policy("http://192.168.1.5:3000"), "same-origin");
    }
}
