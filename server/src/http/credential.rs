//! The key that a request carries: `Authorization: Bearer …` or `X-API-Key: …`, one of them.

use axum::http::{
    HeaderMap,
    header::{AUTHORIZATION, HeaderName},
};
use domain::refusal::Refusal;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The credential's text; `None` if there is none. The same one given twice is one; two different ones are refused.
pub(crate) fn credential(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut found: Option<&str> = None;
    let bearer = headers.get_all(AUTHORIZATION).iter().map(|value| value.to_str().ok().and_then(bearer));
    let plain = headers.get_all(API_KEY).iter().map(|value| value.to_str().ok().map(str::trim));
    for text in bearer.chain(plain) {
        // Another scheme, or what is no text, is a credential that is no key.
        let text = text.unwrap_or_default();
        if found.is_some_and(|first| first != text) {
            return Err(Refusal::InvalidRequest);
        }
        found = Some(text);
    }
    Ok(found)
}

/// The token of a `Bearer` credential; the scheme's case does not matter (RFC 9110 §11.1).
pub(super) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &'static str)]) -> Result<Option<String>, Refusal> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        credential(&headers).map(|found| found.map(str::to_owned))
    }

    #[test]
    fn one_credential() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("authorization", "Bearer a")]), Ok(Some("a".into())));
        assert_eq!(read(&[("authorization", "bEARER  a ")]), Ok(Some("a".into())));
        assert_eq!(read(&[("x-api-key", " a ")]), Ok(Some("a".into())));
        assert_eq!(read(&[("authorization", "Bearer a"), ("x-api-key", "a")]), Ok(Some("a".into())));
        assert_eq!(read(&[("authorization", "Basic YTpi")]), Ok(Some(String::new())));
    }

    #[test]
    fn two_different_ones_are_refused() {
        let refused = Err(Refusal::InvalidRequest);
        assert_eq!(read(&[("authorization", "Bearer a"), ("x-api-key", "b")]), refused);
        assert_eq!(read(&[("x-api-key", "a"), ("x-api-key", "b")]), refused);
        assert_eq!(read(&[("authorization", "Basic YTpi"), ("x-api-key", "a")]), refused);
    }
}
