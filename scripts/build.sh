#!/usr/bin/env bash
# The optimised program, target/release/latchkey, with the files it serves; does nothing when nothing changed.
# Called by serve.sh, bench.sh, test.sh and `make build`, after setup.sh.
#
# These are the steps of `cargo leptos build --release` (which works here too), by the tools that it would call itself:
# compiling cargo-leptos takes as long as everything else together, so only `make dev`, which needs its watching, has it.
. "$(dirname "$0")/env.sh"

stamp=target/.latchkey-build
program=target/release/latchkey
use_wasm_toolchain

# One line a file that can reach the program, by content (a fresh checkout changes every time stamp); everything that is
# not left out here counts as such a file.
inputs() {
    rustc -vV
    find . \( -path ./target -o -path ./.git -o -name node_modules -o -path ./fuzz -o -path ./end2end -o -path ./bench -o -path ./scripts/setup \
        -o -path ./.ci -o -path './data' -o -path './data-*' -o -path './*.md' -o -path ./Makefile -o -path ./deny.toml \
        -o -path ./.gitignore -o -path ./.env \) -prune -o -type f -exec cksum {} + | LC_ALL=C sort -k 3
}
# A plain `cargo build --release` leaves another program in the same place: its sum tells.
outputs() { cksum "$program" target/release/hash.txt 2>/dev/null; }

before=$(inputs)
if [ -d target/site ] && [ "$(cat "$stamp" 2>/dev/null)" = "$before
$(outputs)" ]; then
    say "$program is up to date"
    exit 0
fi

if [ -e "$stamp" ]; then say "building what changed, optimised"; else say "optimised build (15 to 20 minutes on two cores the first time)"; fi
rm -f "$stamp"
started=$SECONDS
scripts/build/browser.sh
# Leptos learns at compile time what its files are called.
LEPTOS_OUTPUT_NAME=latchkey cargo build --locked --release --bin latchkey --no-default-features --features ssr
# Inputs as they were before the build: a file saved during it is built next time.
printf '%s\n%s\n' "$before" "$(outputs)" >"$stamp"
say "$program built in $((SECONDS - started)) s"
