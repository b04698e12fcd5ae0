#!/usr/bin/env bash
# The npm packages of one folder's lock file: npm.sh FOLDER; in the root also the console's font.
# Called by setup.sh (root: Tailwind, wasm-opt, Inter) and tests.sh and bench.sh (end2end: Playwright, axe, MCP's SDK and reference server).
. "$(dirname "$0")/../env.sh"

folder=$1
stamp=$folder/node_modules/.latchkey-lock
if ! cmp -s "$folder/package-lock.json" "$stamp"; then
    say "npm packages of $folder (ten seconds)"
    log=$LATCHKEY_CACHE/npm.log
    # --ignore-scripts: none of these packages needs its install script, and no stranger's script need run.
    if ! (cd "$folder" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund) >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        die "npm ci failed in $folder (above)"
    fi
    cp "$folder/package-lock.json" "$stamp"
fi

[ "$folder" = . ] || exit 0
inter=node_modules/@fontsource-variable/inter
mkdir -p public/fonts
cmp -s $inter/files/inter-latin-wght-normal.woff2 public/fonts/inter.woff2 ||
    cp $inter/files/inter-latin-wght-normal.woff2 public/fonts/inter.woff2
# The font's licence asks to travel with it.
cmp -s $inter/LICENSE public/fonts/inter-LICENSE.txt || cp $inter/LICENSE public/fonts/inter-LICENSE.txt
