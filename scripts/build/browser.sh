#!/usr/bin/env bash
# What a browser is sent: WebAssembly, its script, styles and files, into target/site.
# Called by build.sh.
. "$(dirname "$0")/../env.sh"

use_wasm_toolchain
made=$LATCHKEY_ROOT/target/browser
rm -rf "$made"
mkdir -p "$made/pkg"

# Small rather than fast, by these two settings alone: whatever compiles on this machine itself (macros, build scripts) is
# then the same as in the program's own build, and is compiled once for both.
cargo build --locked --release --lib --package latchkey --no-default-features --features hydrate --target "$WASM_TARGET" \
    --config 'profile.release.opt-level="z"' --config 'profile.release.package.app.opt-level="z"'
wasm-bindgen --target web --no-typescript --out-dir "$made" --out-name latchkey \
    "target/$WASM_TARGET/release/latchkey_browser.wasm"
wasm-opt -Oz --strip-debug --strip-producers --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext \
    --enable-mutable-globals --enable-reference-types --enable-multivalue -o "$made/pkg/latchkey.wasm" "$made/latchkey_bg.wasm"
mv "$made/latchkey.js" "$made/pkg/latchkey.js"
tailwindcss --input style/main.css --output "$made/pkg/latchkey.css" --minify 2>"$made/tailwind.log" ||
    { cat "$made/tailwind.log" >&2; die "the styles could not be made"; }
node scripts/build/site.mjs "$made/pkg" public target/site target/release/hash.txt
