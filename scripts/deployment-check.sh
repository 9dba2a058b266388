#!/usr/bin/env bash
# Everything that can be checked of an installation: settings, the daily list, weaknesses. Ends with 1 when
# something failed. Usable from cron by its absolute path.
. "$(dirname "$(readlink -f "$0")")/here.sh"

failed=0
step() {
  echo "== $1"
  shift
  "$@" || failed=$((failed + 1))
  echo
}
step "settings" "$program" config check
step "is all well" "$program" check
step "is it safe" "$program" security-scan
if [ "$failed" -gt 0 ]; then
  echo "$failed of 3 failed"
  exit 1
fi
echo "all 3 are well"
