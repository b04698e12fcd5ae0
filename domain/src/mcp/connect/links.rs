//! Links that a client opens to add a server.

use super::{ConnectKey, Target, json};
use base64::{Engine, engine::general_purpose::STANDARD};
use json::{Json, object, text};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself in a link (RFC 3986, unreserved).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value as it stands in a link.
pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

/// `Authorization` with a key.
pub(super) fn headers(value: impl Into<String>) -> Json {
    object([("Authorization", text(value))])
}

/// VS Code asks for the key itself, so that none is in the link.
pub(super) fn vscode(target: &Target) -> String {
    let input = object([
        ("type", text("promptString")),
        ("id", text("latchkey-key")),
        ("description", text("Latchkey key")),
        ("password", Json::Flag(true)),
    ]);
    let server = object([
        ("name", text(target.name())),
        ("type", text("http")),
        ("url", text(target.url())),
        ("headers", headers("Bearer ${input:latchkey-key}")),
        ("inputs", Json::List(vec![input])),
    ]);
    format!("vscode:mcp/install?{}", encoded(&server.compact()))
}

/// Cursor and LM Studio take the server as base64 of JSON.
fn with_config(link: &str, target: &Target, key: &ConnectKey) -> String {
    let config = object([("url", text(target.url())), ("headers", headers(key.bearer()))]);
    let config = STANDARD.encode(config.compact());
    format!("{link}?name={}&config={}", encoded(target.name()), encoded(&config))
}

/// Cursor.
pub(super) fn cursor(target: &Target, key: &ConnectKey) -> String {
    with_config("cursor://anysphere.cursor-deeplink/mcp/install", target, key)
}

/// LM Studio.
pub(super) fn lm_studio(target: &Target, key: &ConnectKey) -> String {
    with_config("lmstudio://add_mcp", target, key)
}
