#!/usr/bin/env bash
# Set-up, build, then the console in the foreground: serve.sh [--demo] [arguments of `latchkey serve`].
# Called by `make run` and `make demo`. Settings are LATCHKEY_* variables, see `latchkey serve --help`.
. "$(dirname "$0")/env.sh"

demo=
if [ "${1:-}" = --demo ]; then
    demo=1
    shift
fi
scripts/setup.sh
scripts/build.sh

if [ "$demo" ]; then
    # Sample data must never land in a database that somebody uses: own folder, and no database from outside.
    unset LATCHKEY_DATABASE_URL
    export LATCHKEY_DATA_DIR=${LATCHKEY_DEMO_DIR:-data-demo}
    if [ ! -e "$LATCHKEY_DATA_DIR/latchkey.db" ]; then
        say "sample data into $LATCHKEY_DATA_DIR"
        target/release/latchkey --data-dir "$LATCHKEY_DATA_DIR" demo ||
            die "filling $LATCHKEY_DATA_DIR failed: remove that folder before the next try"
    fi
fi
say "starting; stop it with Ctrl-C"
exec target/release/latchkey serve "$@"
