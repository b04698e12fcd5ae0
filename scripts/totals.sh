#!/usr/bin/env bash
# Adds up what the test runners themselves reported: totals.sh PLAYWRIGHT_LOG CARGO_LOG… prints their summary lines,
# --sum first prints "PASSED FAILED" instead. Called by test.sh.
. "$(dirname "$0")/env.sh"

mode=lines
if [ "$1" = --sum ]; then
    mode=sum
    shift
fi
playwright_log=$1
shift
cargo_logs=("$@")

# cargo: "test result: ok. 12 passed; 0 failed; …", one line a test program.
cargo_lines() {
    local log
    for log in "${cargo_logs[@]}"; do
        if [ -e "$log" ]; then grep -E '^test result: ' "$log" || true; fi
    done
}

# Playwright's last lines: "  2 failed", the names of those, "  12 passed (3.4s)". Names are indented further.
playwright_lines() {
    if [ -e "$playwright_log" ]; then
        grep -E '^  [0-9]+ (passed|failed|flaky|skipped|interrupted|did not run)( \(.*\))?$' "$playwright_log" || true
    fi
}

if [ "$mode" = lines ]; then
    cargo_lines
    playwright_lines
    exit
fi
# What was interrupted, did not run or passed only at the second try has not passed.
{ cargo_lines; playwright_lines; } | awk '
    /^test result: / {
        for (i = 2; i <= NF; i++) {
            if ($i == "passed;") passed += $(i - 1)
            if ($i == "failed;") failed += $(i - 1)
        }
        next
    }
    $2 == "passed" { passed += $1 }
    $2 == "failed" || $2 == "flaky" || $2 == "interrupted" || $2 == "did" { failed += $1 }
    END { print passed + 0, failed + 0 }'
