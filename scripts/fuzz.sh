#!/usr/bin/env bash
# Fuzzes what reads strangers' bytes (docs/security.md) with cargo-fuzz and a nightly compiler, neither of which is downloaded here:
# `fuzz.sh` each target for a minute, `fuzz.sh TARGET [SECONDS]` one. `--build` only builds them, `--find` says whether it can.
# Called by hand and by test.sh.
. "$(dirname "$0")/env.sh"

can_fuzz() {
    have cargo-fuzz && have rustup && rustup toolchain list 2>/dev/null | grep -q '^nightly'
}
case ${1:-} in
    --find) can_fuzz; exit ;;
esac
can_fuzz || die "fuzzing needs a nightly compiler and cargo-fuzz: 'rustup toolchain install nightly' and 'cargo install cargo-fuzz'"

export CARGO_TARGET_DIR=$LATCHKEY_ROOT/target/fuzz
case ${1:-} in
    --build) exec cargo +nightly fuzz build ;;
    '') targets=(fuzz/fuzz_targets/*.rs) ;;
    *) targets=("$1") ;;
esac
for target in "${targets[@]}"; do
    name=$(basename "$target" .rs)
    say "$name, ${2:-60} s"
    # What it tries goes to a folder that is not kept; the files of the corpus are read first.
    tried=$CARGO_TARGET_DIR/tried/$name
    mkdir -p "$tried"
    cargo +nightly fuzz run "$name" "$tried" "fuzz/corpus/$name" -- -max_total_time="${2:-60}" -max_len=4096
done
