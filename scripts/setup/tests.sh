#!/usr/bin/env bash
# What only the tests need: a browser, a PostgreSQL, the linters, Playwright, OpenAI's packages.
# Called by `setup.sh --tests`.
. "$(dirname "$0")/../env.sh"

# What is there counts, wherever it comes from; Debian's packages fill the gaps.
[ -x "${LATCHKEY_CHROMIUM:-/usr/bin/chromium}" ] ||
    scripts/setup/debian.sh "a browser for the tests (or name one in LATCHKEY_CHROMIUM)" chromium

if [ -z "${LATCHKEY_TEST_POSTGRES:-}" ] && ! scripts/postgres.sh --find >/dev/null; then
    postgres=postgresql
    if on_debian && apt-cache show postgresql-15 >/dev/null 2>&1; then postgres=postgresql-15; fi
    # Debian also starts a server of its own on port 5432; the tests leave that alone.
    scripts/setup/debian.sh "PostgreSQL 15 or later for the tests (or name a server in LATCHKEY_TEST_POSTGRES)" "$postgres"
fi

# Reverse proxies for the tests of docs/proxies. Unpacked, not installed: Debian would start them as services.
for proxy in nginx caddy; do
    have "$proxy" || scripts/setup/debian.sh --unpack "$LATCHKEY_CACHE/tools/$proxy" "a reverse proxy for the tests" "$proxy"
done

if on_debian; then
    linters=()
    have shellcheck || linters+=(shellcheck)
    [ "$(wasm_toolchain)" != debian ] || linters+=(rust-web-clippy)
    # The checks that these make possible are skipped, aloud, where they cannot be installed.
    [ ${#linters[@]} -eq 0 ] || scripts/setup/debian.sh "linters" "${linters[@]}" || true
fi

for component in clippy rustfmt; do
    cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 && continue
    have rustup && [ "${RUSTUP_AUTO_INSTALL:-1}" != 0 ] && rustup component add "$component" </dev/null && continue
    die "Rust's $component is missing: run 'rustup component add $component', then start again"
done

scripts/setup/cargo-tool.sh cargo-deny cargo-deny "$CARGO_DENY_VERSION" "1 minute" --locked
rm -rf "$LATCHKEY_CACHE/tools/build"
scripts/setup/npm.sh end2end
# Without it one test is skipped, aloud, but for a build machine, where it fails.
scripts/setup/openai-python.sh >/dev/null || true
