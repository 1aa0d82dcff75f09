#!/usr/bin/env bash
# Proves the README's two commands on a clean Debian 12: debootstraps one into a folder, clones this repository's
# committed state into it, and runs ./synerbench demo and ./synerbench test there. Needs root, debootstrap, and the host's own Debian mirror.
#
#   tools/clean-debian.sh [folder=/tmp/synerbench-clean] [command ...]      default commands: demo, test
set -euo pipefail
folder=${1:-/tmp/synerbench-clean}
shift || true
commands=("$@")
[ ${#commands[@]} -gt 0 ] || commands=(demo test)
root=$(cd "$(dirname "$0")/.." && pwd)

[ "$(id -u)" = 0 ] || { echo "clean-debian: needs root (chroot)" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "clean-debian: apt-get install debootstrap" >&2; exit 1; }
mirror=$(grep -hE '^(URIs:|deb )' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+' | head -n 1) || true

if [ ! -e "$folder/etc/debian_version" ]; then
  echo "== debootstrap bookworm into $folder"
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$folder" "$mirror" >"$folder.log" 2>&1 || { tail "$folder.log"; exit 1; }
fi
cp /etc/resolv.conf "$folder/etc/resolv.conf"
cp -a /etc/apt/apt.conf.d/*proxy* "$folder/etc/apt/apt.conf.d/" 2>/dev/null || true
for mount in proc dev; do mountpoint -q "$folder/$mount" || mount --bind "/$mount" "$folder/$mount"; done
trap 'umount "$folder/proc" "$folder/dev"' EXIT

rm -rf "$folder/root/synerbench" "$folder/tmp/synerbench.bundle"
git -C "$root" bundle create "$folder/tmp/synerbench.bundle" HEAD main >/dev/null 2>&1
chroot "$folder" git clone -q -b main /tmp/synerbench.bundle /root/synerbench
echo "== $(chroot "$folder" cat /etc/debian_version), $(chroot "$folder" sh -c 'dpkg -l | grep -c ^ii') packages, commit $(git -C "$root" rev-parse --short HEAD)"
for command in "${commands[@]}"; do
  echo "== ./synerbench $command"
  start=$(date +%s)
  chroot "$folder" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
    bash -c "cd /root/synerbench && ./synerbench $command" && code=0 || code=$?
  echo "== ./synerbench $command: exit code $code after $(($(date +%s) - start)) s"
  [ $code = 0 ] || exit $code
done
