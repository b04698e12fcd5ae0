//! Latchkey's console: pages rendered on the server, forms that post, and one small island that adds what HTML can't.
//!
//! In the browser only [`islands`] is compiled. On the server, [`router`] is the whole program's: the console between the
//! data plane and the layers of `server`. No rule and no SQL lives here.

#![expect(clippy::must_use_candidate, reason = "a component is used by a page, never called for its own sake")]
#![cfg_attr(
    feature = "ssr",
    expect(clippy::needless_pass_by_value, reason = "a component owns its properties: views borrow nothing")
)]

#[cfg(feature = "ssr")]
mod actions;
#[cfg(feature = "ssr")]
mod components;
pub mod islands;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod web;

#[cfg(feature = "ssr")]
pub use web::{form_page_paths, page_paths, server_function_paths, surfaces};
