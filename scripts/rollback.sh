#!/usr/bin/env bash
# Brings the database back as it was before the last change of its schema, for the version before.
# Install that version, then run this, then start the server (docs/operate/backup.md).
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/program.sh"
cd "$home"
exec "$program" rollback "$@"
