#!/usr/bin/env bash
# Says whether a backup is good, the newest when none is named; ends with an error when it is not:
#   0 3 * * 0 /path/to/consciousness/scripts/verify-backup.sh
# Takes what `consciousness verify-backup` takes; ends as that does (docs/operate/backup.md).
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/here.sh"
from_here "$@"
exec "$program" verify-backup ${arguments[@]+"${arguments[@]}"}
