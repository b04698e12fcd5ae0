#!/usr/bin/env bash
# Measures the data plane of the optimised program with the bench crate.
# Called by `make bench`; arguments go to the bench program.
. "$(dirname "$0")/env.sh"

scripts/setup.sh
scripts/build.sh
# The compiler of the optimised build, so that its libraries are not compiled a second time.
use_wasm_toolchain
exec cargo run --release -p bench -- "$@"
