//! The console's gate: nobody passes without a session, but for one explicit list of paths. Pages and server functions ask
//! for their grants all the same; this is the second lock on the door.

use crate::{Error, Latchkey, auth::Caller};
use axum::{
    RequestPartsExt,
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use std::sync::atomic::Ordering;

/// Everything of the console that answers without a session.
pub const ANONYMOUS: &[&str] = &[
    "/login",
    "/setup",
    "/invite",
    "/api/docs",
    "/console/sign_in",
    "/console/set_up",
    "/console/join",
    "/console/theme",
];
/// Folders of files that are the same for everybody.
const FILES: &[&str] = &["/pkg/", "/fonts/", "/favicon.svg"];

/// Lets a request of the console through, or sends it to the door.
pub async fn gate(State(latchkey): State<Latchkey>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if FILES.iter().any(|file| path.starts_with(file)) {
        return next.run(request).await;
    }
    match is_set_up(&latchkey).await {
        Ok(true) => {}
        // Until there is an administrator, the console answers nothing but the set-up page.
        Ok(false) if ["/setup", "/console/set_up", "/console/theme"].contains(&path) => return next.run(request).await,
        Ok(false) => return closed(&request, "/setup"),
        Err(error) => return error.into_response(),
    }
    if ANONYMOUS.contains(&path) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    match parts.extract_with_state::<Caller, _>(&latchkey).await {
        Ok(_) => next.run(Request::from_parts(parts, body)).await,
        Err(Error::Unauthenticated) => {
            let asked = parts.uri.path_and_query().map_or("/", |asked| asked.as_str());
            let login = if asked == "/" { "/login".into() } else { format!("/login?next={}", encode(asked)) };
            closed(&Request::from_parts(parts, body), &login)
        }
        Err(error) => error.into_response(),
    }
}

/// A page that was asked for becomes a redirect; anything else is refused.
fn closed(request: &Request, door: &str) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        Redirect::to(door).into_response()
    } else {
        Error::Unauthenticated.into_response()
    }
}

async fn is_set_up(latchkey: &Latchkey) -> Result<bool, Error> {
    if latchkey.is_set_up.load(Ordering::Relaxed) {
        return Ok(true);
    }
    // Once there is an administrator there always is one: the last can't be removed.
    let is = latchkey.store.has_instance_admin().await?;
    latchkey.is_set_up.fetch_or(is, Ordering::Relaxed);
    Ok(is)
}

/// Percent-encodes everything but what a query value may hold as it is (RFC 3986 unreserved, and `/`).
fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, self.to_string()).into_response()
    }
}
