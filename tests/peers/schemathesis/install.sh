#!/bin/sh
# Makes the Python environment in which schemathesis runs, unless it is there and as new as its lock file.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv="$here/.venv"
if [ -f "$venv/installed" ] && [ "$venv/installed" -nt "$here/requirements.lock" ]; then exit 0; fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --no-input --disable-pip-version-check --no-deps --requirement "$here/requirements.lock"
touch "$venv/installed"
