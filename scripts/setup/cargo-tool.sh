#!/usr/bin/env bash
# One Cargo command in exactly one version, compiled once into the cache: cargo-tool.sh COMMAND CRATE VERSION DURATION [OPTION…]
# Called by setup.sh and tests.sh. One of that version that is already on PATH (e.g. by cargo binstall) is used instead.
. "$(dirname "$0")/../env.sh"

command=$1 crate=$2 version=$3 duration=$4
shift 4
# Asking for the version also proves that the command starts.
if [ "$("$command" --version 2>/dev/null | awk 'NR == 1 { print $2 }')" = "$version" ]; then exit 0; fi

say "$command $version, compiled once ($duration on two cores)"
# cargo-leptos' lock file wants a newer compiler than the oldest that Latchkey itself takes: Debian's, where it was installed.
[ "$(wasm_toolchain)" != debian ] || use_wasm_toolchain
root=$LATCHKEY_CACHE/tools/$command-$version
log=$root.log
mkdir -p "$LATCHKEY_CACHE/tools"
# Unoptimised and without debug information: cargo-leptos takes 5 minutes this way, 18 optimised.
# The folder for the objects outlives an interrupted set-up, so that the next one goes on where it stopped.
if ! CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$LATCHKEY_CACHE/tools/build \
    cargo install "$crate" --version "$version" --debug --force --root "$root" "$@" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    die "installing $crate failed (above; all of it in $log)"
fi
