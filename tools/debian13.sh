#!/bin/sh
# Builds and tests the project with Debian 13's compiler and libraries (gcc 14, oneDNN 3.7), in a folder into which Debian 13 is unpacked. As root.
#   tools/debian13.sh [FOLDER]     default: build/debian13. A folder that holds a Debian 13 already is used as it is.
# What is built is the last commit, in FOLDER/root/evenhand; the browser's tests are left out. EVENHAND_DATA is not needed.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-build/debian13}

[ "$(id -u)" = 0 ] || { echo "debian13: unpacking a system takes root" >&2; exit 2; }
if [ ! -e "$folder/etc/debian_version" ]; then
    command -v debootstrap > /dev/null || apt-get install -y --no-install-recommends debootstrap
    mkdir -p "$folder"
    debootstrap --variant=minbase trixie "$folder"
fi
grep -q '^13' "$folder/etc/debian_version" || { echo "debian13: $folder holds Debian $(cat "$folder/etc/debian_version")" >&2; exit 2; }
mounted=
finish() {
    [ -z "$mounted" ] || umount "$folder/proc"
}
trap finish EXIT
if [ ! -e "$folder/proc/self" ]; then
    mount --bind /proc "$folder/proc"
    mounted=yes
fi

mkdir -p "$folder/root/evenhand"
git archive HEAD | tar -x -C "$folder/root/evenhand"
chroot "$folder" sh -c '
    set -eu
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    cd /root/evenhand
    tools/deps.sh build
    make release
    EVENHAND_ROOT=$PWD ctest --test-dir build/release -j "$(nproc)" --timeout 900 -E "^browser$" --output-on-failure < /dev/null'
