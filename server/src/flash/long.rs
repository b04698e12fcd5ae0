//! Refused forms that no cookie has room for: the sealed value waits in the session of whoever typed it, and the cookie says so.
//! A layer of the console, so that forms and pages know of cookies alone.

use super::{Flash, Slot};
use crate::{Latchkey, auth::UserSession};
use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue,
        header::{COOKIE, SET_COOKIE},
    },
    middleware::Next,
    response::Response,
};
use cookie::Cookie;
use std::collections::BTreeMap;

/// What a browser keeps at most of one cookie, in bytes, its attributes included (RFC 6265, section 6.1).
const COOKIE_MOST: usize = 4_096;
/// The cookie's value where the form waits in the session.
const IN_SESSION: &str = "in-session";

/// Brings a form that waits in the session before its page, and puts one there that is too long for its cookie.
pub async fn long_forms(State(latchkey): State<Latchkey>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let name = latchkey.cookie_name(Slot::Form);
    let session = UserSession::of(&parts);
    let marked = cookies(&parts.headers).any(|cookie| cookie.name() == name && cookie.value() == IN_SESSION);
    let waiting = match &session {
        Some(session) if marked => session.kept_form().await,
        _ => None,
    };
    if let Some(waiting) = &waiting {
        bring(&mut parts.headers, name, waiting);
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let set: Vec<HeaderValue> = response.headers().get_all(SET_COOKIE).iter().cloned().collect();
    let Some(at) = set.iter().position(|value| is_of(value, name)) else { return response };
    if set[at].len() > COOKIE_MOST {
        let short = latchkey.leave_long(session.as_ref(), &set[at]).await;
        response.headers_mut().remove(SET_COOKIE);
        for (number, value) in set.into_iter().enumerate() {
            response.headers_mut().append(SET_COOKIE, if number == at { short.clone() } else { value });
        }
    } else if let Some(session) = session.filter(|_| waiting.is_some()) {
        // Its page has shown it, or another form takes its place.
        session.forget_form(&latchkey).await;
    }
    response
}

impl Latchkey {
    /// What is set in place of a cookie that is too long: where nobody is signed in, or nothing can be written, the form comes back
    /// with what is wrong, without what was typed.
    async fn leave_long(&self, session: Option<&UserSession>, long: &HeaderValue) -> HeaderValue {
        let text = long.to_str().unwrap_or_default();
        let value = Cookie::parse(text).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
        let kept = match session {
            Some(session) => session.keep_form(self, &value).await,
            None => false,
        };
        let short = if kept {
            self.cookie(Slot::Form, IN_SESSION.into()).to_string()
        } else {
            let header = format!("{}={value}", self.cookie_name(Slot::Form));
            let flash: Flash = self.unseal(Slot::Form, &header).unwrap_or_default();
            self.seal(Slot::Form, &Flash { typed: BTreeMap::new(), ..flash })
        };
        HeaderValue::try_from(short).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'_>> {
    let headers = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    headers.flat_map(|text| Cookie::split_parse(text).flatten())
}

fn is_of(set_cookie: &HeaderValue, name: &str) -> bool {
    set_cookie.to_str().is_ok_and(|text| text.split_once('=').is_some_and(|(its, _)| its == name))
}

/// Puts the sealed value where the cookie said that it waits.
fn bring(headers: &mut HeaderMap, name: &str, value: &str) {
    let brought: Vec<String> = cookies(headers)
        .map(|cookie| {
            let value = if cookie.name() == name { value } else { cookie.value() };
            format!("{}={value}", cookie.name())
        })
        .collect();
    if let Ok(brought) = HeaderValue::try_from(brought.join("; ")) {
        headers.insert(COOKIE, brought);
    }
}
