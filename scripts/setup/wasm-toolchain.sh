#!/usr/bin/env bash
# A Rust toolchain that can compile for the browser: rustup's target, or Debian's compiler and a standard library built here.
# Called by setup.sh. Writes only to the cache (and, through rustup or apt, what those install).
. "$(dirname "$0")/../env.sh"

[ "$(wasm_toolchain)" = none ] || exit 0

# RUSTUP_AUTO_INSTALL=0 is how a machine says that it allows no toolchain downloads.
if have rustup && [ "${RUSTUP_AUTO_INSTALL:-1}" != 0 ]; then
    say "rustup's $WASM_TARGET target (under a minute)"
    rustup target add "$WASM_TARGET" </dev/null || true
    [ "$(wasm_toolchain)" = none ] || exit 0
    say "rustup could not install it; Debian's packages are the other way"
fi

on_debian || die "Rust's $WASM_TARGET target is missing: run 'rustup target add $WASM_TARGET', then start again"
scripts/setup/debian.sh "a Rust compiler with its library's source" rustc-web cargo-web rust-web-src
rustc=/usr/bin/rustc
scripts/setup/debian.sh "the linker for the browser" "lld-$(llvm_major $rustc)"

minor() { sed -n "s/^$1[^0-9]*1\.\([0-9]*\).*/\1/p" | head -n 1; }
needed=$(minor 'rust-version' <Cargo.toml)
found=$($rustc --version | minor rustc)
[ "${found:-0}" -ge "${needed:-0}" ] ||
    die "Debian's Rust here is 1.$found, 1.$needed is needed: enable Debian's security updates, or run 'rustup target add $WASM_TARGET'"

say "Rust's standard library for the browser, built once (half a minute)"
work=$LATCHKEY_CACHE/toolchain.new
log=$LATCHKEY_CACHE/toolchain.log
rm -rf "$work"
mkdir -p "$work/std/src" "$work/bin" "$work/lib/rustlib/$WASM_TARGET/lib"
touch "$work/std/src/lib.rs"
cat >"$work/std/Cargo.toml" <<'TOML'
[package]
name = "std-build"
version = "0.0.0"
edition = "2024"
[lib]
crate-type = ["cdylib"]
[workspace]
TOML
# -Z build-std is for nightly only; RUSTC_BOOTSTRAP lets this one compiler build its own library.
(
    cd "$work/std"
    unset RUSTFLAGS RUSTC
    PATH=/usr/bin:$PATH RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$work/std/target \
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-$(llvm_major $rustc) \
        /usr/bin/cargo build --release -Z build-std=std,panic_abort --target "$WASM_TARGET"
) >"$log" 2>&1 </dev/null || { tail -n 20 "$log" >&2; die "building the standard library failed (above; all of it in $log)"; }
cp "$work/std/target/$WASM_TARGET/release/deps"/*.rlib "$work/lib/rustlib/$WASM_TARGET/lib/"
rm -rf "$work/std"

# A sysroot beside Debian's, so that nothing is written under /usr. Its rustc is Debian's, told where to look.
host=$(host_triple $rustc)
ln -s "$($rustc --print sysroot)/lib/rustlib/$host" "$work/lib/rustlib/$host"
printf '#!/bin/sh\nexec %s --sysroot "%s" "$@"\n' "$rustc" "$DEBIAN_TOOLCHAIN" >"$work/bin/rustc"
chmod +x "$work/bin/rustc"
# The last two exist only with Debian's clippy (tests); a link to nothing does no harm until then.
for command in cargo rustdoc cargo-clippy clippy-driver; do ln -s "/usr/bin/$command" "$work/bin/$command"; done
toolchain_stamp >"$work/stamp"

rm -rf "$DEBIAN_TOOLCHAIN"
mv "$work" "$DEBIAN_TOOLCHAIN"
[ "$(wasm_toolchain)" = debian ] || die "the toolchain in $DEBIAN_TOOLCHAIN is not usable: see $log"
