#!/usr/bin/env bash
# OpenAI's package for Python, in a folder of its own in the cache; prints the path of the Python that has it.
# Called by tests.sh (which installs it) and test.sh (--find: only says where it is).
. "$(dirname "$0")/../env.sh"

wanted=end2end/python/requirements.txt
place=$LATCHKEY_CACHE/tools/openai-python
if cmp -s "$wanted" "$place/requirements.txt" && "$place/bin/python" -c 'import openai' 2>/dev/null; then
    echo "$place/bin/python"
    exit 0
fi
[ "${1:-}" != --find ] || exit 1

have python3 || scripts/setup/debian.sh "Python, for a client of the model relay's tests" python3 python3-venv >&2
# Debian has the part that makes an environment in a package of its own.
python3 -c 'import ensurepip, venv' 2>/dev/null ||
    scripts/setup/debian.sh "Python's environments, for a client of the model relay's tests" python3-venv >&2
say "OpenAI's package for Python (ten seconds)" >&2
rm -rf "$place"
log=$LATCHKEY_CACHE/openai-python.log
if ! { python3 -m venv "$place" && "$place/bin/pip" install --quiet --no-deps --disable-pip-version-check -r "$wanted"; } >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    die "OpenAI's package for Python can't be installed (above)"
fi
cp "$wanted" "$place/requirements.txt"
echo "$place/bin/python"
