//! The key in a request's URL, `?api_key=…`: for MCP clients that take an address and no header. The gateway's door takes it out
//! before anything else sees the request. No other surface reads it; the console's door leaves it out.

use super::credential::credential;
use axum::{
    extract::Query,
    http::{HeaderMap, Uri},
};
use domain::refusal::Refusal;
use secrecy::{ExposeSecret, SecretString};

/// The query's parameter.
const API_KEY: &str = "api_key";

/// What a URL held.
#[derive(Default)]
pub(crate) enum InUrl {
    #[default]
    Nothing,
    Key(SecretString),
    /// Two different ones.
    Different,
}

/// A key as it was presented.
pub(crate) struct Shown<'a> {
    pub text: &'a str,
    /// In the URL, whether or not in a header too.
    pub in_url: bool,
}

/// Takes the key out of a URL, and the rest of its query with it: nothing here reads one, and a parameter that was mistyped may
/// be a key too.
pub(super) fn take(uri: &mut Uri) -> InUrl {
    if uri.query().is_none() {
        return InUrl::Nothing;
    }
    let found = keys(uri).fold(InUrl::Nothing, |found, key| match found {
        InUrl::Nothing => InUrl::Key(key),
        InUrl::Key(first) if first.expose_secret() == key.expose_secret() => InUrl::Key(first),
        InUrl::Key(_) | InUrl::Different => InUrl::Different,
    });
    *uri = without_query(uri);
    found
}

/// Leaves the query out where a key is in it, and says nothing of it: a page would lead on with it, or repeat it.
pub(super) fn leave_out(uri: &mut Uri) {
    if uri.query().is_some() && keys(uri).next().is_some() {
        *uri = without_query(uri);
    }
}

fn keys(uri: &Uri) -> impl Iterator<Item = SecretString> + use<> {
    let all = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|query| query.0).unwrap_or_default();
    all.into_iter().filter(|(name, _)| name == API_KEY).map(|(_, key)| key.into())
}

fn without_query(uri: &Uri) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = uri.path().parse().ok();
    Uri::from_parts(parts).unwrap_or_default()
}

/// The key of a request, from its headers or its URL; `None` if there is none. The same one in both is one, and stood in the
/// URL; two different ones are refused.
pub(crate) fn shown<'a>(headers: &'a HeaderMap, in_url: &'a InUrl) -> Result<Option<Shown<'a>>, Refusal> {
    let in_header = credential(headers)?;
    match in_url {
        InUrl::Nothing => Ok(in_header.map(|text| Shown { text, in_url: false })),
        InUrl::Key(key) if in_header.is_none_or(|text| text == key.expose_secret()) => {
            Ok(Some(Shown { text: key.expose_secret(), in_url: true }))
        }
        InUrl::Key(_) | InUrl::Different => Err(Refusal::InvalidRequest),
    }
}

impl InUrl {
    /// Takes out what repeats it: proxies write the URL into headers of their own, browsers into `Referer`.
    pub fn leave(&self, headers: &mut HeaderMap) {
        let InUrl::Key(key) = self else { return };
        // Its secret has no character that an encoding would change.
        let secret = key.expose_secret().rsplit('_').next().unwrap_or_default().as_bytes();
        let repeats = |value: &[u8]| !secret.is_empty() && value.windows(secret.len()).any(|part| part == secret);
        let names: Vec<_> =
            headers.iter().filter(|(_, value)| repeats(value.as_bytes())).map(|(name, _)| name.clone()).collect();
        for name in names {
            headers.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found, and what is left of the URL.
    fn read(url: &str, header: Option<&str>) -> (Result<Option<(String, bool)>, Refusal>, String) {
        let mut uri: Uri = url.parse().unwrap();
        let in_url = take(&mut uri);
        let headers = header.map(|value| (axum::http::header::AUTHORIZATION, value.parse().unwrap()));
        let headers: HeaderMap = headers.into_iter().collect();
        let found = shown(&headers, &in_url).map(|found| found.map(|shown| (shown.text.to_owned(), shown.in_url)));
        (found, uri.path_and_query().unwrap().to_string())
    }

    #[test]
    fn the_key_is_read_and_the_query_is_gone() {
        let key = |text: &str, in_url| Ok(Some((text.to_owned(), in_url)));
        for (url, header, found) in [
            ("/mcp/acme", None, Ok(None)),
            ("/mcp/acme", Some("Bearer a"), key("a", false)),
            ("/mcp/acme?", None, Ok(None)),
            ("/mcp/acme?x=1&API_KEY=a&apikey=a", None, Ok(None)),
            ("/mcp/acme?api_key=a", None, key("a", true)),
            ("http://x/mcp/acme?api_key=a", None, key("a", true)),
            ("/mcp/acme?x=1&api%5Fkey=lk%5Fa&y=%ff", None, key("lk_a", true)),
            ("/mcp/acme?api_key", None, key("", true)),
            ("/mcp/acme?api_key=a&api_key=a", None, key("a", true)),
            ("/mcp/acme?api_key=a", Some("Bearer a"), key("a", true)),
        ] {
            assert_eq!(read(url, header), (found, "/mcp/acme".to_owned()), "{url}");
        }
    }

    #[test]
    fn two_different_ones_are_refused() {
        for (url, header) in [
            ("/mcp/acme?api_key=a", Some("Bearer b")),
            ("/mcp/acme?api_key=a", Some("Basic YTpi")),
            ("/mcp/acme?api_key=a&api_key=b", None),
            ("/mcp/acme?api_key=a&api_key=b&api_key=a", None),
            ("/mcp/acme?api_key=", Some("Bearer a")),
        ] {
            assert_eq!(read(url, header), (Err(Refusal::InvalidRequest), "/mcp/acme".to_owned()), "{url}");
        }
    }

    #[test]
    fn elsewhere_a_query_with_a_key_is_left_out() {
        for (url, left) in [
            ("/w/acme/keys", "/w/acme/keys"),
            ("/w/acme/keys?search=api_key&page=2", "/w/acme/keys?search=api_key&page=2"),
            ("/w/acme/keys?search=x&api_key=lk_a", "/w/acme/keys"),
            ("/mcps/acme?api%5Fkey=", "/mcps/acme"),
            ("https://keys.example.com/mcps?api_key=a", "https://keys.example.com/mcps"),
        ] {
            let mut uri: Uri = url.parse().unwrap();
            leave_out(&mut uri);
            assert_eq!(uri.to_string(), left);
        }
    }

    #[test]
    fn headers_that_repeat_it_are_left_out() {
        let mut headers: HeaderMap = [
            ("referer", "https://e.com/mcp/acme?api_key=lk_1_abc"),
            ("x-forwarded-uri", "/mcp/acme?api%5Fkey=lk%5F1%5Fabc"),
            ("accept", "*/*"),
        ]
        .into_iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
        InUrl::Nothing.leave(&mut headers);
        InUrl::Key(String::new().into()).leave(&mut headers);
        InUrl::Key("lk_".to_owned().into()).leave(&mut headers);
        assert_eq!(headers.len(), 3);
        InUrl::Key("lk_1_abc".to_owned().into()).leave(&mut headers);
        assert_eq!(headers.keys().map(axum::http::HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
    }
}
