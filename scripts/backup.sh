#!/usr/bin/env bash
# Backs up the house of this installation, from any folder and from cron:
#   0 2 * * * /path/to/consciousness/scripts/backup.sh
# Takes what `consciousness backup` takes; ends as that does (docs/operate/backup.md).
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/here.sh"
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --to=/*) arguments+=("$1") ;;
    --to=*) arguments+=("--to=$here/${1#--to=}") ;;
    --to)
      case ${2:-} in
        /* | "") ;;
        *) set -- --to "$here/$2" "${@:3}" ;;
      esac
      arguments+=("$1")
      ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
exec "$program" backup ${arguments[@]+"${arguments[@]}"}
