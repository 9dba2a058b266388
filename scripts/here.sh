# Sourced by the scripts beside it: finds the folder that the house lives in and the program, wherever the
# script is called from, and goes there. HOUSE_FOLDER and CONSCIOUSNESS say otherwise.
set -euo pipefail

here=$PWD
scripts=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
case $scripts in
  /usr/*) folder=${HOUSE_FOLDER:-/var/lib/consciousness} ;;
  *) folder=${HOUSE_FOLDER:-$(dirname "$scripts")} ;;
esac
cd "$folder" || exit 1

program=${CONSCIOUSNESS:-}
if [ -z "$program" ]; then
  # Of a checkout's builds the newest one; else what is installed.
  for build in "$folder"/target/release/consciousness "$folder"/target/debug/consciousness; do
    if [ -x "$build" ] && { [ -z "$program" ] || [ "$build" -nt "$program" ]; }; then program=$build; fi
  done
  [ -n "$program" ] || program=$(command -v consciousness || echo /usr/bin/consciousness)
fi
if [ ! -x "$program" ]; then
  echo "$program is not there; expected the program. Build it with \`make build\`, install it, or set CONSCIOUSNESS to where it is" >&2
  exit 1
fi

# Arguments whose paths are meant from where the script was called, into `arguments`.
from_here() {
  arguments=()
  local argument
  for argument in "$@"; do
    case $argument in
      -* | /*) arguments+=("$argument") ;;
      *) arguments+=("$here/$argument") ;;
    esac
  done
}
