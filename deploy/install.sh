#!/usr/bin/env bash
# Puts the program, the scripts and the unit where the unit expects them; safe to run again. With DESTDIR it
# writes below that folder only, and makes no user.
set -euo pipefail
source=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
root=${DESTDIR:-}
program=${PROGRAM:-$source/target/release/consciousness}
home=$root/var/lib/consciousness
keys=$root/etc/consciousness/keys

[ -x "$program" ] || { echo "$program is not there; expected the program. Build it with \`make release\`, or set PROGRAM" >&2; exit 1; }

# Beside the old one and then in its place: a program that runs is never half a new one.
mkdir -p "$root/usr/bin"
install -m 755 "$program" "$root/usr/bin/consciousness.new"
mv "$root/usr/bin/consciousness.new" "$root/usr/bin/consciousness"
install -d "$root/usr/share/consciousness/scripts" "$root/etc/systemd/system" "$root/etc/logrotate.d"
install -m 755 "$source"/scripts/*.sh "$root/usr/share/consciousness/scripts/"
install -m 644 "$source"/deploy/systemd/*.service "$source"/deploy/systemd/instances/*.service "$root/etc/systemd/system/"
install -m 644 "$source/deploy/logrotate/consciousness" "$root/etc/logrotate.d/"

if [ -z "$root" ] && ! getent passwd consciousness >/dev/null; then
  useradd --system --home-dir /var/lib/consciousness --shell /usr/sbin/nologin consciousness
fi
install -d -m 750 "$home"
# What opens the vault is never in the folder of the vault: who copies the one has not the other.
install -d -m 755 "$root/etc/consciousness"
install -d -m 700 "$keys"
if [ ! -e "$home/.env" ]; then
  (
    umask 077
    [ -e "$keys/encryption.key" ] || head -c 32 /dev/urandom | base64 >"$keys/encryption.key"
    {
      echo "# The settings of this house; \`consciousness config example\` lists all of them."
      echo "ENVIRONMENT=production"
      for key in SECRET_KEY JWT_SECRET_KEY; do
        echo "$key=$(head -c 32 /dev/urandom | base64)"
      done
      echo "ENCRYPTION_KEY_FILE=/etc/consciousness/keys/encryption.key"
    } >"$home/.env"
  )
fi
if [ -z "$root" ]; then
  chown -R consciousness:consciousness "$home" "$keys"
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
fi
echo "Installed. Start it with \`systemctl enable --now consciousness\`."
