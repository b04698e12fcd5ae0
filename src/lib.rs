//! The browser's entry. Called by the script on every page, it brings the islands of `app` to life; everything else of a
//! page is HTML from the server already.

/// Hydrates the islands.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // Without this the linker drops the islands, which nothing in here calls.
    use app as _;
    leptos::mount::hydrate_islands();
}
