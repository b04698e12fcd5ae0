//! Refused forms that no cookie has room for: the sealed value waits in the database for whoever typed it, and the cookie says where.
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
use domain::{
    id::{EventId, UserId},
    time::MINUTE,
};
use std::collections::BTreeMap;

/// What a browser keeps at most of one cookie, in bytes, its attributes included (RFC 6265, section 6.1).
const COOKIE_MOST: usize = 4_096;
/// How the cookie's value begins where the form waits; its name there follows. A sealed value has no dot.
const WAITS: &str = "waits.";

/// A form that waits.
struct Waiting {
    id: String,
    user: UserId,
}

/// Brings a form that waits before its page, and lets one wait that is too long for its cookie.
pub async fn long_forms(State(latchkey): State<Latchkey>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let name = latchkey.cookie_name(Slot::Form);
    let session = UserSession::of(&parts);
    let waiting = latchkey.bring(session.as_ref(), &mut parts.headers, name).await;
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let mut set: Vec<HeaderValue> = response.headers().get_all(SET_COOKIE).iter().cloned().collect();
    let Some(form) = set.iter_mut().find(|value| is_of(value, name)) else { return response };
    // Its page has shown it, or another form takes its place.
    if let Some(Waiting { id, user }) = waiting
        && let Err(error) = latchkey.store.drop_form(&id, &user).await
    {
        tracing::debug!(%error, "a form that was shown waits until its minute is over");
    }
    if form.len() > COOKIE_MOST {
        *form = latchkey.leave_long(session.as_ref(), form).await;
        response.headers_mut().remove(SET_COOKIE);
        for value in set {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

impl Latchkey {
    /// Puts the sealed value where the cookie says that it waits.
    async fn bring(&self, session: Option<&UserSession>, headers: &mut HeaderMap, name: &str) -> Option<Waiting> {
        let id = cookies(headers).find(|cookie| cookie.name() == name)?.value().strip_prefix(WAITS)?.to_owned();
        let user = session?.user_id().await?;
        let sealed = self.store.kept_form(&id, &user, self.now()).await.ok()??;
        let brought: Vec<String> = cookies(headers)
            .map(|cookie| {
                let value = if cookie.name() == name { &*sealed } else { cookie.value() };
                format!("{}={value}", cookie.name())
            })
            .collect();
        headers.insert(COOKIE, HeaderValue::try_from(brought.join("; ")).ok()?);
        Some(Waiting { id, user })
    }

    /// What is set in place of a cookie that is too long: where nobody is signed in, or nothing can be written, the form comes back
    /// with what is wrong, without what was typed.
    async fn leave_long(&self, session: Option<&UserSession>, long: &HeaderValue) -> HeaderValue {
        let text = long.to_str().unwrap_or_default();
        let sealed = Cookie::parse(text).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
        let short = if let Some(id) = self.keep(session, &sealed).await {
            self.cookie(Slot::Form, format!("{WAITS}{id}")).to_string()
        } else {
            let header = format!("{}={sealed}", self.cookie_name(Slot::Form));
            let flash: Flash = self.unseal(Slot::Form, &header).unwrap_or_default();
            self.seal(Slot::Form, &Flash { typed: BTreeMap::new(), ..flash })
        };
        HeaderValue::try_from(short).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    async fn keep(&self, session: Option<&UserSession>, sealed: &str) -> Option<String> {
        let user = session?.user_id().await?;
        let (id, now) = (self.random.with(|rng| EventId::generate(rng)).to_string(), self.now());
        match self.store.keep_form(&id, &user, sealed, now, now.plus(MINUTE)).await {
            Ok(()) => Some(id),
            Err(error) => {
                tracing::warn!(%error, "what was typed into a long form that was refused can't be kept");
                None
            }
        }
    }
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'_>> {
    let headers = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    headers.flat_map(|text| Cookie::split_parse(text).flatten())
}

fn is_of(set_cookie: &HeaderValue, name: &str) -> bool {
    set_cookie.to_str().is_ok_and(|text| text.split_once('=').is_some_and(|(its, _)| its == name))
}
