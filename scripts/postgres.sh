#!/usr/bin/env bash
# Runs a command beside a throwaway PostgreSQL whose address it finds in LATCHKEY_TEST_POSTGRES: postgres.sh COMMAND…
# Called by test.sh, and by hand: scripts/postgres.sh cargo test. With that variable set already, it is only the command.
. "$(dirname "$0")/env.sh"

# Prints the folder of a PostgreSQL server, 15 or later, newest first; fails if there is none.
find_postgres() {
    local bin major
    for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(pg_config --bindir 2>/dev/null || true)"; do
        if [ ! -x "$bin/initdb" ] || [ ! -x "$bin/postgres" ]; then continue; fi
        major=$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
        if [ "$major" -ge 15 ]; then echo "$bin"; return; fi
    done
    return 1
}
if [ "${1:-}" = --find ]; then find_postgres; exit; fi
if [ -n "${LATCHKEY_TEST_POSTGRES:-}" ]; then exec "$@"; fi
bin=$(find_postgres) || die "no PostgreSQL 15 or later here: run 'scripts/setup.sh --tests', or name a server in LATCHKEY_TEST_POSTGRES"

# PostgreSQL refuses to run as root.
as_owner=()
owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
    owner=postgres
    id -u "$owner" >/dev/null 2>&1 || die "PostgreSQL does not run as root and there is no user 'postgres'"
    as_owner=(runuser -u "$owner" --)
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/latchkey-postgres.XXXXXX")
stop() {
    # No data to save: immediate. The server's own log stays, a failing test may be explained there.
    (cd "$dir" && "${as_owner[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop) >/dev/null 2>&1 || true
    mkdir -p target/test-logs || true
    cp "$dir/log" target/test-logs/postgres.log 2>/dev/null || true
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# A password, because other users of the machine reach the loopback too.
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" >"$dir/password"
chmod 600 "$dir/password"
chown -R "$owner" "$dir"
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }

refused() {
    tail -n 20 "$dir/start" "$dir/log" 2>/dev/null >&2
    die "the throwaway PostgreSQL did not start (above)"
}
(
    cd "$dir"
    "${as_owner[@]}" "$bin/initdb" -D "$dir/data" -U latchkey -A scram-sha-256 --pwfile="$dir/password" -E UTF8 --locale=C.UTF-8
) >"$dir/start" 2>&1 </dev/null || refused

# fsync stays on: the suite is about what survives, and about the time that takes.
start() (
    cd "$dir"
    "${as_owner[@]}" "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 \
        -o "-p $port -k '$dir' -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=on" start
)
# Somebody may take the port between its choice and the start.
tries=5
until port=$(free_port) && start >>"$dir/start" 2>&1 </dev/null; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || ! grep -q 'Address already in use' "$dir/log"; then refused; fi
done

export LATCHKEY_TEST_POSTGRES=postgres://latchkey:$password@127.0.0.1:$port/postgres
say "PostgreSQL $("$bin/postgres" --version | awk '{ print $3 }') on port $port, thrown away afterwards"
"$@"
