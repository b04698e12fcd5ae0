//! Headers on their way through: only what the protocol names goes on. So no credential, cookie, hop-by-hop or forwarding
//! header of a client ever reaches a server, and none of a server's its clients.

use super::message::{Body, Message};
use axum::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, ORIGIN, RETRY_AFTER},
};
use base64::{Engine, prelude::BASE64_STANDARD};

pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const REVISION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// The revision from which on requests say in headers what they are.
const SAID_IN_HEADERS: &str = "2026-07-28";

/// JSON-RPC's code for headers that do not fit the body.
pub(super) const MISMATCH: i32 = -32020;

/// What goes on to the server; its credential and session come on top. A client's header of the credential's name is left out.
pub(super) fn to_server(headers: &HeaderMap, credential: Option<&HeaderName>) -> HeaderMap {
    let passes = |name: &HeaderName| {
        let known = [ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, REVISION, METHOD, NAME, LAST_EVENT].contains(name);
        let param = ["mcp-param-", "x-mcp-"].iter().any(|prefix| name.as_str().starts_with(prefix));
        (known || param) && credential != Some(name)
    };
    let passing = headers.iter().filter(|(name, _)| passes(name));
    let mut on = HeaderMap::new();
    for (name, value) in passing {
        on.append(name.clone(), value.clone());
    }
    on
}

/// What goes back to the client; its session comes on top.
pub(super) fn to_client(headers: &HeaderMap) -> HeaderMap {
    let back = [CONTENT_TYPE, REVISION, RETRY_AFTER];
    back.into_iter().filter_map(|name| headers.get(&name).map(|value| (name, value.clone()))).collect()
}

/// Whether a browser's page may have sent this: there is no `Origin`, or it is the console's own.
pub(super) fn is_own_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => {
            let own = domain::mcp::origin(public_url);
            own.is_some_and(|own| origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()))
        }
        (Some(_), Some(_)) => false,
    }
}

/// Whether the headers say of the body what it is: servers, and what stands before them, may go by either.
pub(super) fn fit(headers: &HeaderMap, body: &Body<'_>) -> bool {
    if body.is_batch {
        // In no revision that has these headers.
        return !headers.contains_key(METHOD) && !headers.contains_key(NAME);
    }
    body.messages.iter().all(|message| fits(headers, message))
}

fn fits(headers: &HeaderMap, message: &Message<'_>) -> bool {
    let revision = headers.get(REVISION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let required = revision >= SAID_IN_HEADERS && message.method.is_some() && !message.is("initialize");
    let says = |header: HeaderName, what: Option<&str>| {
        let mut values = headers.get_all(&header).iter();
        match (values.next(), values.next(), what) {
            (None, _, Some(_)) => !required,
            (None, _, None) => true,
            (Some(value), None, Some(what)) => decoded(value).is_some_and(|value| value == what),
            (Some(_), _, _) => false,
        }
    };
    says(METHOD, message.method.as_deref()) && says(NAME, message.name.as_deref())
}

/// A value as it was meant: what no header carries comes as `=?base64?…?=`.
fn decoded(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    match text.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        Some(encoded) => String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok(),
        None => Some(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn what_the_protocol_names_goes_on() {
        let sent = headers(&[
            ("authorization", "Bearer lk_1"),
            ("x-api-key", "lk_1"),
            ("cookie", "a=b"),
            ("connection", "x-mcp-a"),
            ("transfer-encoding", "chunked"),
            ("content-length", "7"),
            ("host", "keys.example.com"),
            ("x-latchkey-key", "k"),
            ("x-forwarded-for", "1.2.3.4"),
            ("origin", "https://keys.example.com"),
            ("referer", "https://keys.example.com/?api_key=1"),
            ("mcp-session-id", "s"),
            ("x-mcp-token", "mine"),
            ("accept", "text/event-stream"),
            ("accept", "application/json"),
            ("content-type", "application/json"),
            ("mcp-protocol-version", "2025-11-25"),
            ("mcp-method", "ping"),
            ("mcp-param-region", "eu"),
            ("x-mcp-toolsets", "issues"),
            ("last-event-id", "7"),
        ]);
        let on = to_server(&sent, Some(&"x-mcp-token".parse().unwrap()));
        let mut names: Vec<_> = on.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let wanted = [
            "accept",
            "accept",
            "content-type",
            "last-event-id",
            "mcp-method",
            "mcp-param-region",
            "mcp-protocol-version",
            "x-mcp-toolsets",
        ];
        assert_eq!(names, wanted);
        let back = to_client(&headers(&[
            ("set-cookie", "a=b"),
            ("www-authenticate", "Bearer"),
            ("content-type", "application/json"),
            ("content-length", "3"),
            ("mcp-session-id", "s"),
            ("x-latchkey-key", "k"),
        ]));
        assert_eq!(back.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["content-type"]);
    }

    #[test]
    fn origins() {
        let own = |all: &[(&'static str, &str)]| is_own_origin(&headers(all), "https://keys.example.com/");
        assert!(own(&[]));
        assert!(own(&[("origin", "https://keys.example.com")]));
        assert!(own(&[("origin", "HTTPS://Keys.Example.com")]));
        assert!(!own(&[("origin", "null")]));
        assert!(!own(&[("origin", "")]));
        assert!(!own(&[("origin", "http://keys.example.com")]));
        assert!(!own(&[("origin", "https://evil.example"), ("host", "evil.example")]), "a name that leads here");
        assert!(!own(&[("origin", "https://keys.example.com"), ("origin", "https://evil.example")]));
    }

    #[test]
    fn headers_fit_the_body() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"grüße"}}"#;
        let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#;
        let new = ("mcp-protocol-version", "2026-07-28");
        let (method, name) = (("mcp-method", "tools/call"), ("mcp-name", "=?base64?Z3LDvMOfZQ==?="));
        for (body, sent, wanted) in [
            (call, vec![], true),
            (call, vec![method, name], true),
            (call, vec![new, method, name], true),
            (call, vec![new, method], false),
            (call, vec![new, name], false),
            (call, vec![("mcp-method", "tools/list")], false),
            (call, vec![method, method], false),
            (call, vec![("mcp-name", "other")], false),
            (call, vec![("mcp-name", "=?base64?!?=")], false),
            (batch, vec![], true),
            (batch, vec![("mcp-method", "ping")], false),
            (r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#, vec![new], true),
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, vec![new], true),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, vec![("mcp-name", "x")], false),
        ] {
            assert_eq!(fit(&headers(&sent), &Body::read(body.as_bytes()).unwrap()), wanted, "{body} {sent:?}");
        }
    }
}
