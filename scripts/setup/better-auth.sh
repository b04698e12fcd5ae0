#!/usr/bin/env bash
# better-auth with its API-key plugin, for the bench, in the folder that it is given: better-auth.sh FOLDER
# Called by bench.sh, which goes on without it where this fails.
. "$(dirname "$0")/../env.sh"

folder=$1
mkdir -p "$folder"
cp bench/better-auth/{package.json,package-lock.json,server.mjs} "$folder"
# The library of SQLite is compiled for one Node.js.
stamp=$(node --version; cat bench/better-auth/package-lock.json)
[ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ] || exit 0

say "better-auth for the bench (a minute or two; longer where SQLite has to be compiled)"
log=$LATCHKEY_CACHE/better-auth.log
# No package's install script runs but that of better-sqlite3, which fetches or compiles its library.
if ! (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund && npm rebuild better-sqlite3) >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    die "npm could not install better-auth (above; all of it in $log)"
fi
printf '%s\n' "$stamp" >"$folder/stamp"
