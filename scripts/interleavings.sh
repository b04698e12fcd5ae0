#!/usr/bin/env bash
# Checks the cache's protocol in every interleaving of its threads, by the model checker loom (docs/consistency.md). The crate
# is compiled apart, with loom's primitives in place of the standard library's. Called by test.sh.
. "$(dirname "$0")/env.sh"

RUSTFLAGS="--cfg loom" exec cargo test --locked --release --package cache --test interleavings --target-dir target/loom
