#!/usr/bin/env bash
# Installs Debian packages that are not there yet: debian.sh [--unpack FOLDER] "what they are for" PACKAGE…
# With --unpack it only unpacks their files into the folder, which starts no service and needs no root.
# Called by the other set-up scripts; on another system it says what is missing and stops.
. "$(dirname "$0")/../env.sh"

unpack=
if [ "$1" = --unpack ]; then
    unpack=$2
    shift 2
fi
purpose=$1
shift
on_debian || die "missing: $purpose. On Debian: apt-get install $*. Here, install the like of it, then start again"

missing=()
for package in "$@"; do
    [ -z "$unpack" ] || { missing+=("$package"); continue; }
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ] && [ -z "$unpack" ]; then
    have sudo || die "missing: $purpose. As root: apt-get install ${missing[*]}"
    as_root=(sudo)
    # Nobody is there to type a password on a build machine: fail at once instead of waiting for one.
    [ -t 0 ] || as_root+=(-n)
fi
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

say "Debian packages (under a minute): ${missing[*]}: $purpose"
log=$LATCHKEY_CACHE/apt.log
mkdir -p "$LATCHKEY_CACHE"
if [ -n "$unpack" ]; then
    rm -rf "$unpack"
    mkdir -p "$unpack"
    # Without lists of packages there is nothing to download; `apt-get update` is root's.
    (cd "$unpack" && apt download "${missing[@]}" && for file in *.deb; do dpkg-deb -x "$file" .; done && rm ./*.deb) >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        die "apt-get could not download ${missing[*]} (above); after 'apt-get update' as root it may"
    }
    exit 0
fi
# --no-remove: never push out something the user had, e.g. Debian's own older rustc.
if ! { apt update && apt install -y --no-install-recommends --no-remove "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    die "apt-get could not install ${missing[*]} (above; all of it in $log)"
fi
