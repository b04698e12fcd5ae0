#!/usr/bin/env bash
# The commands that build the browser's half: wasm-bindgen in the version of Cargo.lock, and with `--dev` cargo-leptos.
# Called by setup.sh.
. "$(dirname "$0")/../env.sh"

# Not --locked: the lock file published with 0.2.130 names a dependency that no longer resolves.
scripts/setup/cargo-tool.sh wasm-bindgen wasm-bindgen-cli "$WASM_BINDGEN_VERSION" "2 minutes"
if [ "${1:-}" = --dev ]; then
    # no_downloads: it takes wasm-opt and tailwindcss from node_modules or fails, never from elsewhere.
    scripts/setup/cargo-tool.sh cargo-leptos cargo-leptos "$CARGO_LEPTOS_VERSION" "6 minutes" --locked --features no_downloads
fi
rm -rf "$LATCHKEY_CACHE/tools/build"
