#!/usr/bin/env bash
# Installs what the build needs and is not there yet; says what and roughly how long. A second run takes a second.
# Called by serve.sh, dev.sh, bench.sh and test.sh, `make build` and `make setup`. `--tests` adds what only the tests need,
# `--dev` what only `make dev` needs.
. "$(dirname "$0")/env.sh"

have cargo || die "Rust is missing: install stable Rust with rustup, then start again"
for command in node npm; do
    have $command || die "$command is missing: install Node.js 20 or later, then start again"
done
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || die "Node.js 20 or later is needed, this is $(node --version)"
[ -n "$WASM_BINDGEN_VERSION" ] || die "Cargo.lock is missing or names no wasm-bindgen: this is not a whole checkout"

# Two checkouts share one cache: the second waits instead of building the same tools beside the first.
mkdir -p "$LATCHKEY_CACHE"
if have flock; then
    exec 9>"$LATCHKEY_CACHE/lock"
    flock -n 9 || { say "another set-up is at work in $LATCHKEY_CACHE: waiting for it"; flock 9; }
fi

started=$SECONDS
have cc || scripts/setup/debian.sh "a C compiler, which links every Rust program" gcc libc6-dev
scripts/setup/wasm-toolchain.sh
scripts/setup/npm.sh .
scripts/setup/tools.sh "$@"
if [ "${1:-}" = --tests ]; then scripts/setup/tests.sh; fi
took=$((SECONDS - started))
if [ "$took" -gt 5 ]; then say "set-up done in $took s; it is kept in $LATCHKEY_CACHE"; fi
