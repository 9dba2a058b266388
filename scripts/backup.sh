#!/usr/bin/env bash
# Backs up the house of this installation, from any folder and from cron:
#   0 2 * * * /path/to/consciousness/scripts/backup.sh
# Takes what `consciousness backup` takes; ends as that does (docs/operate/backup.md).
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/program.sh"
arguments=()
while [ $# -gt 0 ]; do
  if [ "$1" = --to ] && [ $# -gt 1 ]; then
    arguments+=(--to "$(from_here "$2")")
    shift
  else
    arguments+=("$1")
  fi
  shift
done
cd "$home"
exec "$program" backup ${arguments[@]+"${arguments[@]}"}
