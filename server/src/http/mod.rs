//! The HTTP surfaces of the data plane with what each of their requests passes, and the layers around the console: `app` puts
//! its pages behind [`data_plane`], within [`common_layers`].

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
mod metrics;
mod origin;
mod pace;
mod pass;
pub mod reference;
mod slow;
mod trace;
mod verify;

pub use audit::{DOWNLOADS, downloads};
pub use gate::{ANONYMOUS, gate};
pub use listen::listen;
pub use origin::check_origin;
pub use trace::RequestId;
pub(crate) use trace::RequestIds;

use crate::{Latchkey, surface::Surface};
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get, post},
};
use pass::Passing;
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};

/// The largest request body of the console and the data plane, in bytes.
pub const BODY_MOST: usize = 64 * 1024;

/// Every path of the data plane, for the test that walks them.
pub const DATA_PLANE: &[&str] =
    &["/api/me", "/api/v1/verify", "/api/v1/forward-auth", "/api/openapi.json", "/healthz", "/readyz", "/metrics"];

/// The routes that take keys, and the health checks.
pub fn data_plane(latchkey: &Latchkey) -> Router {
    let forward_auth = any(Passing(Surface::ForwardAuth, forward_auth::forward_auth));
    let nothing = any(Passing(Surface::Other, answer::no_such_path));
    // Whole paths: a nested router takes each request's path apart and keeps a copy of it.
    Router::new()
        .route("/api/me", get(Passing(Surface::Me, me::me)))
        .route("/api/v1/verify", post(Passing(Surface::Verify, verify::verify)))
        .route("/api/v1/forward-auth", forward_auth.clone())
        // Envoy appends the original path.
        .route("/api/v1/forward-auth/", forward_auth.clone())
        .route("/api/v1/forward-auth/{*path}", forward_auth)
        .route("/api/openapi.json", get(Passing(Surface::Other, reference::openapi)))
        .route("/healthz", get(Passing(Surface::Health, health::alive)))
        .route("/readyz", get(Passing(Surface::Health, health::ready)))
        .route("/metrics", get(Passing(Surface::Other, metrics::metrics)))
        .route("/api", nothing.clone())
        .route("/api/", nothing.clone())
        .route("/api/{*path}", nothing.clone())
        // MCP clients that find OAuth metadata drop the header they were given: these must be plain 404s.
        .route("/.well-known/{*path}", nothing)
        .method_not_allowed_fallback(Passing(Surface::Other, answer::wrong_method))
        .with_state(latchkey.clone())
}

/// What every request of the console passes: request id and log line, the client's address, security headers, limits, and a 500 in place
/// of a broken connection if a handler panics.
pub fn common_layers(router: Router, latchkey: &Latchkey) -> Router {
    router
        .layer(RequestBodyLimitLayer::new(BODY_MOST))
        .layer(from_fn(slow::bodies_in_time))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(latchkey.clone(), headers::security_headers))
        .layer(from_fn_with_state(latchkey.clone(), client::find_client))
        .layer(from_fn_with_state(latchkey.clone(), trace::trace))
}
