#!/usr/bin/env bash
# The whole suite, step by step, each with its log in target/test-logs. A failing step does not stop the others;
# the exit status and the last line, "N passed, N failed", speak for all. Called by `make test` and .ci/run.
. "$(dirname "$0")/env.sh"

# The suite is about this checkout: settings of somebody's running console must not reach it.
for name in "${!LATCHKEY_@}"; do
    case $name in
        LATCHKEY_ROOT | LATCHKEY_CACHE | LATCHKEY_CHROMIUM | LATCHKEY_TEST_*) ;;
        *) unset "$name" ;;
    esac
done
# A build machine compiles everything once: what the compiler keeps for the next time would be most of the disk it needs.
if [ -n "${CI:-}" ]; then export CARGO_INCREMENTAL=0; fi
# The logs are read by totals.sh: no colours.
export CARGO_TERM_COLOR=never FORCE_COLOR=0

logs=$LATCHKEY_ROOT/target/test-logs
rm -rf "$logs"
mkdir -p "$logs"
outcomes=()
uncounted=0
test_logs=("$logs/playwright.log" "$logs/cargo-test.log" "$logs/interleavings.log")

tests_failed() {
    local passed failed
    read -r passed failed < <(scripts/totals.sh --sum "${test_logs[@]}")
    echo "$failed"
}

# step NAME COMMAND…: output to the terminal and to NAME.log.
step() {
    local name=$1 started=$SECONDS before
    shift
    before=$(tests_failed)
    printf '\n[latchkey] ── %s\n' "$name"
    if "$@" 2>&1 </dev/null | tee "$logs/$name.log"; then
        outcome ok "$name" "$((SECONDS - started)) s"
    else
        outcome FAILED "$name" "$((SECONDS - started)) s"
        # A lint, a compiler error: failed without counting a failed test. It must count for one, or the total says 0.
        if [ "$(tests_failed)" -eq "$before" ]; then uncounted=$((uncounted + 1)); fi
        return 1
    fi
}
skip() {
    printf '\n[latchkey] ── %s: skipped, %s\n' "$1" "$2"
    outcome skipped "$1" "$2"
}
outcome() { outcomes+=("$(printf '  %-8s %-15s %s' "$@")"); }

finish() {
    local passed failed
    printf '\n[latchkey] ── steps (logs in target/test-logs)\n'
    printf '%s\n' "${outcomes[@]}"
    printf '\n[latchkey] ── results, in the words of the test runners\n'
    scripts/totals.sh "${test_logs[@]}"
    read -r passed failed < <(scripts/totals.sh --sum "${test_logs[@]}")
    if [ "$uncounted" -gt 0 ]; then printf 'steps that failed without a failed test, one more each: %s\n' "$uncounted"; fi
    printf '%s passed, %s failed\n' "$passed" "$((failed + uncounted))"
    exit "$((failed + uncounted > 0))"
}

step set-up scripts/setup.sh --tests || finish

if have shellcheck; then
    step shellcheck shellcheck -x -P SCRIPTDIR scripts/*.sh scripts/setup/*.sh scripts/build/*.sh .ci/run || true
else
    skip shellcheck "it is not installed"
fi
step format cargo fmt --all --check || true
# --locked, here first: a Cargo.lock that does not fit is an error, not something to write anew.
step clippy cargo clippy --locked --workspace --all-targets -- -D warnings || true
step clippy-browser scripts/lint-browser.sh || true
step dependencies cargo deny --locked check licenses bans sources || true

step interleavings scripts/interleavings.sh || true

# cargo-fuzz's targets need a nightly compiler; what they call runs as bounded property tests in any case (cargo-test).
if scripts/fuzz.sh --find; then
    step fuzz scripts/fuzz.sh --build || true
else
    skip fuzz "no nightly compiler with cargo-fuzz here: its targets ran as property tests only"
fi

# The optimised build leaves one core idle for most of its time, which compiles the tests meanwhile. Whatever is wrong with them is
# told when they are run.
cargo test --locked --workspace --no-run >"$logs/compile.log" 2>&1 </dev/null &
compiling=$!
built=
if step build scripts/build.sh; then built=1; fi
wait "$compiling" || true

# On a build machine a hang must end while there is time left for the summary.
limit=()
if [ -n "${CI:-}" ] && have timeout; then limit=(timeout --kill-after=30 70m); fi
step cargo-test scripts/postgres.sh "${limit[@]}" cargo test --locked --workspace --no-fail-fast || true

step typescript npm --prefix end2end run --silent typecheck || true
if [ "$built" ]; then
    # Set-up has installed it, or said why not.
    OPENAI_PYTHON=$(scripts/setup/openai-python.sh --find || true)
    export OPENAI_PYTHON
    LATCHKEY_BIN=$LATCHKEY_ROOT/target/release/latchkey step playwright npm --prefix end2end test --silent || true
else
    skip playwright "the build failed"
fi
finish
