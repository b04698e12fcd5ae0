#!/usr/bin/env bash
# Measures the optimised program with the bench crate: the data plane beside other servers, the MCP gateway, the model relay, the lists of the console, what a browser is sent.
# Called by `make bench`; arguments go to the bench program.
. "$(dirname "$0")/env.sh"

scripts/setup.sh
have wrk || scripts/setup/debian.sh "the load tool of the bench" wrk
# Unpacked, not installed: Debian would start it as a service.
have nginx || scripts/setup/debian.sh --unpack "$LATCHKEY_CACHE/tools/nginx" "a server to measure beside" nginx ||
    say "no nginx here: its rows are left out"
better_auth=$LATCHKEY_CACHE/bench/better-auth
if scripts/setup/better-auth.sh "$better_auth"; then export BENCH_BETTER_AUTH=$better_auth; else
    say "no better-auth here: its rows are left out"
fi
# The reference server of MCP and the mock of a provider of models are among the packages of the browser suite.
if scripts/setup/npm.sh end2end; then
    export BENCH_MCP_REFERENCE=$LATCHKEY_ROOT/end2end/node_modules/@modelcontextprotocol/server-everything
    export BENCH_PROVIDER_REFERENCE=$LATCHKEY_ROOT/end2end/node_modules/@copilotkit/aimock
else
    say "no reference server of MCP and no mock of a provider here: their rows are left out"
fi
scripts/build.sh
# The compiler of the optimised build, so that its libraries are not compiled a second time.
use_wasm_toolchain
cargo build --release -p bench
if [ -n "${LATCHKEY_TEST_POSTGRES:-}" ] || scripts/postgres.sh --find >/dev/null; then
    exec scripts/postgres.sh target/release/bench "$@"
fi
say "no PostgreSQL 15 or later here: its part is left out"
exec target/release/bench "$@"
