#!/bin/sh
# Starts Home Assistant with its demo house in the foreground. README.md says what it takes and prints.
here=$(cd "$(dirname "$0")" && pwd)
: "${DATA_DIR:?DATA_DIR is not set: a folder of its own, seeded when empty}"
: "${PORT:?PORT is not set: where Home Assistant listens on 127.0.0.1}"
exec "$here/.venv/bin/python" "$here/bench.py"
