#!/usr/bin/env bash
# Clippy over the browser's half, by the compiler that builds it; a plain check where that compiler has no clippy.
# Called by test.sh.
. "$(dirname "$0")/env.sh"

use_wasm_toolchain
arguments=(--locked -p latchkey --lib --no-default-features --features hydrate --target "$WASM_TARGET")
if [ "$(wasm_toolchain)" = active ] || [ -x "$DEBIAN_TOOLCHAIN/bin/cargo-clippy" ]; then
    # clippy-driver is a compiler of its own, which learns from SYSROOT where the browser's library is.
    SYSROOT=$(rustc --print sysroot) cargo clippy "${arguments[@]}" -- -D warnings
else
    say "this compiler has no clippy: cargo check instead"
    cargo check "${arguments[@]}"
fi
