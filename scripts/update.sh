#!/usr/bin/env bash
# Updates the program, watches how it does, and goes back by itself when it does not do well.
#
#   scripts/update.sh [NEW PROGRAM]
#
# Without a program, a checkout is brought up to date (what was changed in it by hand is stashed, and named)
# and built. Then: the new program judges the settings, a backup is taken, the program is exchanged, the service
# restarted and watched for WATCH seconds (60). If it does not get ready within READY seconds (60), is not
# healthy, or answers more than ERRORS per cent (5) of requests with an error of its own, the old program comes
# back, with the database as it was if the new one had changed its form.
#
# RESTART, STOP and START say how the service is handled (systemctl restart|stop|start consciousness).
. "$(dirname "$(readlink -f "$0")")/here.sh"

watch=${WATCH:-60}
ready=${READY:-60}
errors=${ERRORS:-5}
restart=${RESTART:-systemctl restart consciousness}
stop=${STOP:-systemctl stop consciousness}
start=${START:-systemctl start consciousness}
new=${1:-}
kept=$program.previous

say() { echo "update: $*"; }
give_up() { say "$*" >&2; exit 1; }
api() { curl --silent --max-time 5 "http://localhost:${API_PORT:-$(setting API_PORT)}$1"; }
setting() { "$program" config show | sed -n "s/^$1=\([^ ]*\).*/\1/p"; }

# Requests so far, and those answered with an error of the server's own.
counts() {
  api /metrics | awk '/^consciousness_total_requests\{/ { all += $NF; if ($0 ~ /status="5/) bad += $NF }
    END { printf "%d %d\n", all, bad }'
}

is_well() { [ "$(curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' "http://localhost:${API_PORT:-$(setting API_PORT)}/health")" = 200 ]; }

# Whether the service becomes ready and stays well; says why not.
does_well() {
  local waited=0 all bad all_before bad_before
  until is_well; do
    waited=$((waited + 1))
    if [ "$waited" -gt "$ready" ]; then say "it did not get ready within $ready seconds"; return 1; fi
    sleep 1
  done
  read -r all_before bad_before < <(counts)
  for ((second = 0; second < watch; second++)); do
    sleep 1
    if ! is_well; then say "/health failed after $second seconds"; return 1; fi
  done
  read -r all bad < <(counts)
  all=$((all - all_before)) bad=$((bad - bad_before))
  if [ "$all" -lt 0 ]; then say "it was started again meanwhile"; return 1; fi
  if [ $((bad * 100)) -gt $((all * errors)) ]; then say "$bad of $all requests failed"; return 1; fi
  say "well for $watch seconds: $bad of $all requests failed"
}

if [ -z "$new" ]; then
  checkout=$(dirname "$scripts")
  [ -d "$checkout/.git" ] || give_up "this is no checkout; expected the new program as an argument, or \`apt install\` of a new package"
  cp "$program" "$kept.building"
  if [ -n "$(git -C "$checkout" status --porcelain --untracked-files=no)" ]; then
    git -C "$checkout" stash push --message "before the update of $(date -u +%FT%TZ)"
    say "what was changed by hand is kept: git stash list"
  fi
  git -C "$checkout" pull --ff-only || give_up "the checkout could not be brought up to date; nothing was changed"
  make --no-print-directory -C "$checkout" release || give_up "it does not build; the old program goes on"
  new=$checkout/target/release/consciousness
  mv "$kept.building" "$kept"
else
  [ -x "$new" ] || give_up "$new is not there or is no program; nothing was changed"
  cp "$program" "$kept"
fi

"$new" config check >/dev/null || give_up "the new program does not like the settings; nothing was changed"
"$scripts/backup.sh" || give_up "no backup could be taken; nothing was changed"

say "$("$kept" --version) -> $("$new" --version)"
if [ "$new" != "$program" ]; then
  cp "$new" "$program.new"
  mv "$program.new" "$program"
fi
$restart || say "the service could not be restarted"
if does_well; then
  say "done; the old program is kept as $kept"
  exit 0
fi

say "going back"
$stop || true
cp "$kept" "$program.new"
mv "$program.new" "$program"
# Where the new program had given the database another form, the old one cannot read it: the copy that was taken
# just before comes back.
if [ -n "$(find memory/backups -name 'before-schema-*.db' -newer "$kept" -print -quit 2>/dev/null)" ]; then
  "$program" rollback || say "the database could not be rolled back; \`$scripts/restore.sh\` restores a backup"
fi
$start || give_up "the old program could not be started; the log says why"
watch=5
does_well || give_up "the old program is back, but not well; the log says why"
give_up "the old program is back and well"
