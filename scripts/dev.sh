#!/usr/bin/env bash
# Serves the console unoptimised and rebuilds it on every saved file.
# Called by `make dev`; arguments go to cargo-leptos.
. "$(dirname "$0")/env.sh"

scripts/setup.sh --dev
use_wasm_toolchain
exec cargo-leptos leptos watch "$@"
