#!/usr/bin/env bash
# Measures the optimised program with the bench crate: the data plane, the lists of the console, what a browser is sent.
# Called by `make bench`; arguments go to the bench program.
. "$(dirname "$0")/env.sh"

scripts/setup.sh
have wrk || scripts/setup/debian.sh "the load tool of the bench" wrk
scripts/build.sh
# The compiler of the optimised build, so that its libraries are not compiled a second time.
use_wasm_toolchain
cargo build --release -p bench
if [ -n "${LATCHKEY_TEST_POSTGRES:-}" ] || scripts/postgres.sh --find >/dev/null; then
    exec scripts/postgres.sh target/release/bench "$@"
fi
say "no PostgreSQL 15 or later here: its part is left out"
exec target/release/bench "$@"
