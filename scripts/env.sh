# shellcheck shell=bash
# Where things are, which versions, and the few words every script shares.
# Sourced by all other scripts; does nothing but define.

set -euo pipefail

LATCHKEY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$LATCHKEY_ROOT"

# Toolchain and tools survive `make clean` and are shared by all checkouts.
LATCHKEY_CACHE=${LATCHKEY_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/latchkey}
case $LATCHKEY_CACHE in /*) ;; *) LATCHKEY_CACHE=$LATCHKEY_ROOT/$LATCHKEY_CACHE ;; esac

CARGO_LEPTOS_VERSION=0.3.11
CARGO_DENY_VERSION=0.20.2
WASM_TARGET=wasm32-unknown-unknown
DEBIAN_TOOLCHAIN=$LATCHKEY_CACHE/toolchain

# The scripts look for the program in ./target whatever the user's cargo configuration says.
export CARGO_TARGET_DIR=$LATCHKEY_ROOT/target
# `make -j` would hand cargo a job server that it cannot open.
unset MAKEFLAGS MFLAGS

say() { printf '[latchkey] %s\n' "$*"; }
die() { printf '[latchkey] stopped: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
on_debian() { have apt-get && have dpkg-query; }

# The command's version must equal the library's exactly, hence the lock file.
wasm_bindgen_version() {
    awk '$0 == "name = \"wasm-bindgen\"" { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock
}
WASM_BINDGEN_VERSION=$(wasm_bindgen_version)

# A rustup installed a minute ago is not on the PATH of this shell yet: last resort, so at the end.
PATH=$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin
for tool in "cargo-leptos-$CARGO_LEPTOS_VERSION" "wasm-bindgen-$WASM_BINDGEN_VERSION" "cargo-deny-$CARGO_DENY_VERSION"; do
    PATH=$LATCHKEY_CACHE/tools/$tool/bin:$PATH
done
PATH=$LATCHKEY_ROOT/node_modules/.bin:$PATH
# The reverse proxies of the tests; Debian keeps nginx where only root looks.
PATH=$PATH:/usr/sbin:$LATCHKEY_CACHE/tools/nginx/usr/sbin:$LATCHKEY_CACHE/tools/caddy/usr/bin
export PATH LATCHKEY_ROOT LATCHKEY_CACHE

host_triple() { "$1" -vV | awk '/^host:/ { print $2 }'; }
llvm_major() { "$1" -vV | awk '/^LLVM version:/ { split($3, v, "."); print v[1] }'; }

# What the standard library in $DEBIAN_TOOLCHAIN was built from: another compiler, another build.
toolchain_stamp() { echo 'recipe 1'; /usr/bin/rustc -vV; }

# Prints who can compile for the browser: "active" (the rustc on PATH), "debian" or "none".
wasm_toolchain() {
    local libstd
    for libstd in "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/$WASM_TARGET/lib"/libstd-*.rlib; do
        if [ -e "$libstd" ]; then echo active; return; fi
    done
    if [ -x /usr/bin/rustc ] && [ -e "$DEBIAN_TOOLCHAIN/stamp" ] &&
        [ "$(cat "$DEBIAN_TOOLCHAIN/stamp")" = "$(toolchain_stamp)" ] &&
        have "wasm-ld-$(llvm_major /usr/bin/rustc)"; then
        echo debian
    else
        echo none
    fi
}

# Makes cargo, rustc and their linker in this shell the ones that can compile for the browser.
use_wasm_toolchain() {
    local lld
    case $(wasm_toolchain) in
        debian) PATH=$DEBIAN_TOOLCHAIN/bin:$PATH ;;
        none) die "no Rust toolchain here can compile for the browser: run 'make setup'" ;;
    esac
    # rustup's toolchains bring their linker; a distribution's name theirs after LLVM's version.
    lld=wasm-ld-$(llvm_major rustc)
    if [ ! -e "$(rustc --print sysroot)/lib/rustlib/$(host_triple rustc)/bin/rust-lld" ] && have "$lld"; then
        export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$lld
    fi
}
