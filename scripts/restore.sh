#!/usr/bin/env bash
# Brings the house back from a backup:
#   scripts/restore.sh /path/to/backup.json
# A server that runs as the systemd service `consciousness` (or CONSCIOUSNESS_SERVICE) is stopped for it and started
# again; one that runs otherwise must be stopped first. Ends as `consciousness restore` does (docs/operate/backup.md).
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/here.sh"
from_here "$@"
service=${CONSCIOUSNESS_SERVICE:-consciousness}
was_running=no
if command -v systemctl >/dev/null && systemctl is-active --quiet "$service" 2>/dev/null; then
  was_running=yes
  echo "Stopping the service $service."
  systemctl stop "$service"
fi
code=0
"$program" restore ${arguments[@]+"${arguments[@]}"} || code=$?
if [ "$was_running" = yes ]; then
  echo "Starting the service $service."
  systemctl start "$service"
fi
exit "$code"
