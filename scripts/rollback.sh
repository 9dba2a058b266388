#!/usr/bin/env bash
# Brings the database back as it was before the last change of its schema, for the version before: stop the
# server, install that version, run this, start the server (docs/operate/backup.md).
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/here.sh"
exec "$program" rollback "$@"
