# Sourced by the scripts beside it: `home` is the folder of this installation, and `program` the
# installed or built `consciousness`. CONSCIOUSNESS_PROGRAM names another.

home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
program=""
for candidate in "${CONSCIOUSNESS_PROGRAM:-}" "$home/bin/consciousness" "$home/target/release/consciousness" \
  "$home/target/debug/consciousness" "$(command -v consciousness || true)"; do
  if [ -n "$candidate" ] && [ -f "$candidate" ] && [ -x "$candidate" ]; then
    program=$(readlink -f "$candidate")
    break
  fi
done
if [ -z "$program" ]; then
  echo "The program is not there: expected $home/bin/consciousness, one that is built (\`make build\`), or one on the PATH." >&2
  exit 1
fi

# A path as the caller means it, whatever folder is worked in later.
from_here() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$PWD" "$1" ;;
  esac
}
