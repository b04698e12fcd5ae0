//! The one island: what the console does in the browser beyond HTML. It listens on the document (so content that is
//! replaced later behaves too), and every page works without it.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod browser;

/// Starts the enhancements. Renders nothing.
#[island]
pub fn Enhance() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    browser::start();
}
