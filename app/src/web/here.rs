//! The request at hand, as pages and server functions see it: who asks, what was left by the form before, and the answer's
//! headers.

use axum::http::{
    HeaderName, HeaderValue, StatusCode,
    header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE},
    request::Parts,
};
use domain::time::Timestamp;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use server::{
    Error, Latchkey,
    auth::Caller,
    flash::{Flash, Slot},
};
use std::collections::BTreeMap;

/// The request at hand. Taken synchronously at the start of a page or server function, before anything is awaited.
#[derive(Clone)]
pub struct Here {
    /// The running program.
    pub latchkey: Latchkey,
    /// The request's head.
    pub parts: Parts,
    response: ResponseOptions,
}

impl Here {
    /// From the contexts that the router provides.
    pub fn new() -> Self {
        Self { latchkey: expect_context(), parts: expect_context(), response: expect_context() }
    }

    /// Who asks.
    pub async fn caller(&self) -> Result<Caller, Error> {
        use axum::extract::FromRequestParts;
        Caller::from_request_parts(&mut self.parts.clone(), &self.latchkey).await
    }

    /// This moment.
    pub fn now(&self) -> Timestamp {
        self.latchkey.now()
    }

    /// A parameter of the query; empty if it is not there.
    pub fn query(&self, name: &str) -> String {
        self.queries(name).next().unwrap_or_default()
    }

    /// Every value of a parameter of the query.
    pub fn queries<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        let pairs = form_pairs(self.parts.uri.query().unwrap_or_default());
        pairs.filter(move |(key, _)| key == name).map(|(_, value)| value)
    }

    /// Path and query as they were asked for.
    pub fn path_and_query(&self) -> String {
        self.parts.uri.path_and_query().map_or_else(|| "/".into(), ToString::to_string)
    }

    /// Whether a browser without our script posted this form: it wants a page, not JSON.
    pub fn wants_html(&self) -> bool {
        self.header(ACCEPT).contains("text/html")
    }

    /// Sets the answer's status.
    pub fn status(&self, status: u16) {
        if let Ok(status) = StatusCode::from_u16(status) {
            self.response.set_status(status);
        }
    }

    /// Adds a `Set-Cookie` header.
    pub fn set_cookie(&self, cookie: &str) {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            self.response.append_header(SET_COOKIE, value);
        }
    }

    /// Sends the browser elsewhere.
    pub fn redirect(&self, to: &str) {
        if let Ok(to) = HeaderValue::from_str(to) {
            self.response.insert_header(LOCATION, to);
            self.response.set_status(StatusCode::SEE_OTHER);
        }
    }

    /// What a sealed cookie carries, once: it is cleared with this answer.
    pub fn take<T: serde::de::DeserializeOwned>(&self, slot: Slot) -> Option<T> {
        let value = self.latchkey.unseal(slot, self.header(COOKIE))?;
        self.set_cookie(&self.latchkey.clear(slot));
        Some(value)
    }

    /// What the form before left for `form`, or a word about what was done (`form` empty).
    pub fn flashed(&self) -> Flashed {
        Flashed(self.take(Slot::Form).unwrap_or_default())
    }

    /// The theme that the person chose; `None` follows the system.
    pub fn theme(&self) -> Option<&'static str> {
        self.header(COOKIE).split(';').find_map(|cookie| match cookie.trim() {
            "latchkey_theme=light" => Some("light"),
            "latchkey_theme=dark" => Some("dark"),
            _ => None,
        })
    }

    fn header(&self, name: HeaderName) -> &str {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What the form before left.
#[derive(Clone, Default)]
pub struct Flashed(Flash);

impl Flashed {
    /// The refused form of that name: its message, errors and what was typed; nothing if it was another form.
    pub fn of(&self, form: &str) -> Flash {
        if self.0.form == form { self.0.clone() } else { Flash::default() }
    }

    /// A refused form that stands in a row of a list, where no field has room for what is wrong with it: all is said at the
    /// list's top.
    pub fn of_row(&self, form: &str) -> Flash {
        let mut flash = self.of(form);
        for error in flash.errors.drain(..) {
            if !flash.message.is_empty() {
                flash.message.push(' ');
            }
            flash.message.push_str(&error.message);
        }
        flash
    }

    /// A word about what was done.
    pub fn notice(&self) -> Option<String> {
        (self.0.form.is_empty() && !self.0.message.is_empty()).then(|| self.0.message.clone())
    }

    /// Nothing, for pages that were not posted to.
    pub fn typed(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }
}

/// The fields of a query or of a form's body.
pub fn form_pairs(encoded: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let pairs = encoded.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value)))
}

/// Decodes a query value: `+` and percent escapes (WHATWG URL, application/x-www-form-urlencoded).
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(byte) = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Encodes a query value.
pub fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// A query string of the pairs that hold something, with its `?`; empty if none does.
pub fn query_string(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_values() {
        for text in ["", "a b&c=d", "ü€🔑", "100%", "+1"] {
            assert_eq!(decode(&encode(text)), text);
        }
        assert_eq!(decode("a+b%2"), "a b%2");
        assert_eq!(query_string(&[("q", "a b"), ("none", ""), ("s", "&")]), "?q=a%20b&s=%26");
        assert_eq!(query_string(&[("none", "")]), "");
    }
}
