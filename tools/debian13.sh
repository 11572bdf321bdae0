#!/bin/sh
# Builds and tests the last commit with Debian 13's compiler and libraries (gcc 14, oneDNN 3.7), inside a folder into which Debian 13 is unpacked.
#   tools/debian13.sh [FOLDER]     default: build/debian13; a Debian 13 that is there already is used as it is, with what it lacks installed
# As root: it changes root. The report page is built outside, so that the inside needs no npm packages; the page's tests in a browser are left out.
# The last line is that of tools/test.sh, "evenhand: N passed, N failed, N skipped", and so is the exit code.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-build/debian13}
inside=/root/evenhand

fail() {
    echo "debian13: $*" >&2
    exit 2
}
[ "$(id -u)" = 0 ] || fail "only root can unpack a system and build in it; run it as root"
git rev-parse -q --verify HEAD > /dev/null 2>&1 || fail "this is not a clone of the repository, so there is no commit to build; clone it first"

if [ ! -e "$folder/etc/debian_version" ]; then
    command -v debootstrap > /dev/null || fail "debootstrap is missing; run: apt-get install debootstrap"
    mkdir -p "$folder"
    debootstrap --variant=minbase trixie "$folder" || fail "Debian 13 could not be unpacked; remove $folder before the next try"
fi
case $(cat "$folder/etc/debian_version") in
13*) ;;
*) fail "$folder holds Debian $(cat "$folder/etc/debian_version"), not 13; name another folder" ;;
esac

tools/deps.sh build
make --no-print-directory build/release/.configured
cmake --build build/release --target report_template

# A folder of the last run would leave files that the commit no longer has.
rm -rf "$folder$inside"
mkdir -p "$folder$inside/web/dist"
git archive HEAD -- . ':(exclude)tests/browser' | tar -x -C "$folder$inside"
cp web/dist/report_template.html "$folder$inside/web/dist/"

mounted=
finish() {
    [ -z "$mounted" ] || umount "$folder/proc"
}
trap finish EXIT
trap 'exit 130' INT TERM
if [ ! -e "$folder/proc/self" ]; then
    mount -t proc proc "$folder/proc"
    mounted=yes
fi
chroot "$folder" env -i http_proxy="${http_proxy:-}" HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 sh -euc "
    cd $inside
    tools/deps.sh test
    cmake --preset release -G Ninja -DEH_REPORT_PAGE=$inside/web/dist/report_template.html
    cmake --build build/release
    tools/test.sh -j $(nproc) build/release"
