//! The HTTP surfaces of the data plane, and the layers that every request passes. `app` puts its pages between
//! [`data_plane`] and [`common_layers`].

mod answer;
mod audit;
mod body;
mod client;
mod credential;
mod forward_auth;
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod gate;
mod headers;
mod health;
mod listen;
mod me;
mod origin;
mod pace;
mod slow;
mod trace;
mod verify;

pub use audit::{DOWNLOADS, downloads};
pub use gate::{ANONYMOUS, gate};
pub use listen::listen;
pub use origin::check_origin;
pub use trace::RequestId;

use crate::Client;
use crate::Latchkey;
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get, post},
};
use domain::refusal::Refusal;
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};

/// The largest request body of the console and the data plane, in bytes.
pub const BODY_MOST: usize = 64 * 1024;

/// Every path of the data plane, for the test that walks them.
pub const DATA_PLANE: &[&str] = &["/api/me", "/api/v1/verify", "/api/v1/forward-auth", "/healthz", "/readyz"];

/// The routes that take keys, and the health checks.
pub fn data_plane(latchkey: &Latchkey) -> Router {
    let api = Router::new()
        .route("/me", get(me::me))
        .route("/v1/verify", post(verify::verify))
        .route("/v1/forward-auth", any(forward_auth::forward_auth))
        // Envoy appends the original path.
        .route("/v1/forward-auth/", any(forward_auth::forward_auth))
        .route("/v1/forward-auth/{*path}", any(forward_auth::forward_auth))
        .fallback(answer::no_such_path)
        .method_not_allowed_fallback(answer::wrong_method);
    Router::new()
        .nest("/api", api)
        .route("/api/", any(answer::no_such_path))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        // MCP clients that find OAuth metadata drop the header they were given: these must be plain 404s.
        .route("/.well-known/{*path}", any(answer::no_such_path))
        .with_state(latchkey.clone())
}

/// What every request passes: request id and log line, the client's address, security headers, limits, and a 500 in place
/// of a broken connection if a handler panics.
pub fn common_layers(router: Router, latchkey: &Latchkey) -> Router {
    router
        .layer(RequestBodyLimitLayer::new(BODY_MOST))
        .layer(from_fn(slow::bodies_in_time))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(answer::in_json))
        .layer(from_fn_with_state(latchkey.clone(), headers::security_headers))
        .layer(from_fn_with_state(latchkey.clone(), client::find_client))
        .layer(from_fn_with_state(latchkey.clone(), trace::trace))
}

/// The HTTP status of a refusal.
fn status(refusal: Refusal) -> axum::http::StatusCode {
    axum::http::StatusCode::from_u16(refusal.status()).unwrap_or(axum::http::StatusCode::FORBIDDEN)
}
