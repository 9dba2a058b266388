#!/usr/bin/env bash
# Looks for weaknesses of this installation; ends with 1 when one must be mended. Usable from cron.
. "$(dirname "$(readlink -f "$0")")/here.sh"
exec "$program" security-scan "$@"
