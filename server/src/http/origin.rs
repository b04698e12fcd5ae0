//! Forms and calls of the console come from the console itself: every unsafe request has to show it (CSRF).

use crate::Latchkey;
use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{HOST, ORIGIN},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Refuses unsafe requests that another site may have caused.
pub async fn check_origin(State(latchkey): State<Latchkey>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own(request.headers(), latchkey.public_url()) {
        return next.run(request).await;
    }
    let message = "This form was sent from another site. Open the console and try again. \
                   (Behind a proxy, set LATCHKEY_PUBLIC_URL to the address you use.)";
    (StatusCode::FORBIDDEN, message).into_response()
}

/// `Origin` names us, by the public URL or by the host that was asked. Under `Referrer-Policy: no-referrer` browsers send
/// `Origin: null` with a form: then `Sec-Fetch-Site`, which no page can set, has to say that it came from us.
fn is_own(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text(ORIGIN.as_str()) {
        None | Some("null") => text("sec-fetch-site") == Some("same-origin"),
        Some(origin) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            origin.eq_ignore_ascii_case(public_url) || (authority.is_some() && authority == text(HOST.as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        is_own(&headers, "https://keys.example.com")
    }

    #[test]
    fn own_and_foreign() {
        assert!(own(&[("origin", "https://keys.example.com")]));
        assert!(own(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]));
        assert!(own(&[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(!own(&[]));
        assert!(!own(&[("origin", "null")]));
        assert!(!own(&[("origin", "null"), ("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]));
        assert!(!own(&[("origin", "https://evil.org"), ("host", "keys.example.com")]));
        assert!(!own(&[("origin", "https://evil.org"), ("sec-fetch-site", "same-origin")]));
        assert!(!own(&[("origin", "https://keys.example.com.evil.org"), ("host", "keys.example.com")]));
    }
}
