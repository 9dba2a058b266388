#!/usr/bin/env bash
# Sends what the proxy gets to the server on another port, without a request that fails.
#
#   scripts/switch.sh PORT
#
# The other server listens already and waits for the house: `API_PORT=PORT consciousness serve --take-over`.
# This changes the upstream in NGINX_CONFIG (/etc/nginx/conf.d/consciousness.conf), has nginx (NGINX_PID,
# /run/nginx.pid) read it anew, and ends when no request goes the old way any more. Then stop the old server: it
# finishes what it has begun, and the other takes over and answers those who wait.
set -euo pipefail

port=${1:-}
config=${NGINX_CONFIG:-/etc/nginx/conf.d/consciousness.conf}
pid_file=${NGINX_PID:-/run/nginx.pid}
wait=${WAIT:-30}

give_up() { echo "switch: $*" >&2; exit 1; }
[[ $port =~ ^[0-9]+$ ]] || { echo "usage: switch.sh PORT" >&2; exit 2; }
[ -w "$config" ] || give_up "$config cannot be changed; expected the proxy's configuration (NGINX_CONFIG)"
master=$(cat "$pid_file" 2>/dev/null) || give_up "nginx does not run ($pid_file; NGINX_PID)"
(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
  give_up "nobody listens on $port; start the other server first: API_PORT=$port consciousness serve --take-over"

# Workers that still take connections; one that only finishes what it began says so in its title.
taking() {
  local worker
  for worker in $1; do
    if [ -r "/proc/$worker/cmdline" ] && ! tr '\0' ' ' <"/proc/$worker/cmdline" | grep -q 'shutting down'; then
      echo "$worker"
    fi
  done
}

old=$(pgrep -P "$master") || give_up "nginx has no workers ($pid_file is of process $master)"
before=$(cat "$config")
sed -i -E "/^upstream consciousness \{/,/^\}/ s/server 127\.0\.0\.1:[0-9]+/server 127.0.0.1:$port/" "$config"
grep -q "server 127.0.0.1:$port" "$config" || give_up "$config has no \`upstream consciousness\` with a server on 127.0.0.1"
back() { printf '%s\n' "$before" >"$config"; }
kill -HUP "$master" || { back; give_up "nginx could not be told; the configuration is as it was"; }
for ((tenth = 0; tenth < wait * 10; tenth++)); do
  [ -n "$(taking "$old")" ] || { echo "switch: requests go to $port"; exit 0; }
  sleep 0.1
done
back
give_up "nginx did not take the change up (its error log says why); the configuration is as it was"
