//! Security headers on every answer (design §6). Pages bring a Content-Security-Policy with a nonce of their own; anything
//! else gets one that allows nothing.

use crate::Latchkey;
use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};

/// A policy for what is no page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
const FOR_A_YEAR: &str = "max-age=31536000";
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

pub(super) async fn security_headers(State(latchkey): State<Latchkey>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    guard_page(response.headers_mut(), &latchkey);
    response
}

/// Adds to a page, or to a file of one, what is not there.
fn guard_page(headers: &mut HeaderMap, latchkey: &Latchkey) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, NOTHING);
    set(REFERRER_POLICY, referrer_policy(latchkey.public_url()));
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(OPENER_POLICY, "same-origin");
    set(PERMISSIONS_POLICY, "camera=(), microphone=(), geolocation=(), payment=()");
    if latchkey.is_https() {
        set(STRICT_TRANSPORT_SECURITY, FOR_A_YEAR);
    }
}

/// Adds to an answer for a program what keeps a browser from making a page of it: the other headers speak of pages.
pub(super) fn guard_answer(headers: &mut HeaderMap, latchkey: &Latchkey) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if latchkey.is_https() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(FOR_A_YEAR));
    }
}

/// The same for an answer whose URL may have held a key: no browser says the URL to others, and nobody keeps the answer under it.
pub(super) fn guard_url(headers: &mut HeaderMap, latchkey: &Latchkey) {
    guard_answer(headers, latchkey);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
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
