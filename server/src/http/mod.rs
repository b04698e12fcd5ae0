//! The HTTP surfaces of the data plane with what each of their requests passes, and the layers around the console: `app` puts
//! its pages behind [`data_plane`], within [`common_layers`].

mod answer;
mod body;
mod client;
mod credential;
mod downloads;
mod forward_auth;
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod gate;
mod gateway;
mod headers;
mod health;
mod in_url;
mod listen;
mod live;
mod me;
mod metrics;
mod origin;
mod pace;
mod pass;
mod plane;
pub mod reference;
mod slow;
mod trace;
mod verify;

pub(crate) use body::is_json;
pub(crate) use credential::credential;
pub use downloads::{DOWNLOADS, downloads};
pub use gate::{ANONYMOUS, gate};
pub(crate) use gateway::{Exchange, error, json, json_bytes, refuse};
pub(crate) use in_url::{InUrl, shown};
pub use listen::listen;
pub use live::{LIVE, live};
pub use origin::check_origin;
pub use plane::{DATA_PLANE, DataPlane, data_plane};
pub(crate) use slow::BODY as BODY_TIME;
pub use trace::RequestId;
pub(crate) use trace::RequestIds;

use crate::Latchkey;
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};

/// The largest request body of the console and the data plane, in bytes.
pub const BODY_MOST: usize = 64 * 1024;
/// The largest body of the console's few long forms, in bytes: what is 64 KiB as typed is up to three times that as sent.
pub const LONG_BODY_MOST: usize = 1024 * 1024;

/// What every request of the console passes: request id and log line, the client's address, security headers, limits, and a 500 in place
/// of a broken connection if a handler panics.
pub fn common_layers(router: Router, latchkey: &Latchkey) -> Router {
    common_layers_with(router, Router::new(), latchkey)
}

/// The same, where what `long` answers may be sent up to [`LONG_BODY_MOST`].
pub fn common_layers_with(router: Router, long: Router, latchkey: &Latchkey) -> Router {
    router
        .layer(RequestBodyLimitLayer::new(BODY_MOST))
        .merge(long.layer(RequestBodyLimitLayer::new(LONG_BODY_MOST)))
        .layer(from_fn(slow::bodies_in_time))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(latchkey.clone(), headers::security_headers))
        .layer(from_fn_with_state(latchkey.clone(), client::find_client))
        .layer(from_fn_with_state(latchkey.clone(), trace::trace))
}
