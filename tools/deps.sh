#!/bin/sh
# Finds which Debian packages are missing and installs them.
#   tools/deps.sh build   what the program needs to be built
#   tools/deps.sh test    that, and what 'make test' and 'make check' need (the default)
#   tools/deps.sh list    prints the packages of build
# As root, or with a sudo that asks nothing, it installs; otherwise it prints the command to run and stops with 1.
# Works on Debian 12 and 13. On other systems it names the packages and leaves the rest to the build.
set -eu

build_packages="gcc g++ libc6-dev make cmake ninja-build pkgconf
    libdnnl-dev libjpeg62-turbo-dev libspng-dev libsqlite3-dev libyaml-dev libjansson-dev zlib1g-dev libssl-dev libcurl4-openssl-dev libarchive-dev libwebp-dev
    libtiff-dev libhdf5-dev libcmocka-dev"
test_packages="libzstd-dev clang clang-format clang-tidy libomp-dev chromium man-db"

if [ "${1:-test}" = list ]; then
    echo $build_packages
    exit 0
fi

node_is_new_enough() {
    command -v node > /dev/null && command -v npm > /dev/null &&
        [ "$(node -p 'process.versions.node.split(".")[0]' 2> /dev/null || echo 0)" -ge 18 ]
}

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2> /dev/null || true)" = installed ]
}

wanted=$build_packages
[ "${1:-test}" = build ] || wanted="$wanted $test_packages"
# Node.js of any origin will do for the report page; Debian's is taken only where there is none.
node_is_new_enough || wanted="$wanted nodejs npm"

if ! command -v dpkg-query > /dev/null; then
    echo "evenhand: this is not Debian; the build needs what these packages hold:" $wanted >&2
    exit 0
fi

missing=
for package in $wanted; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "evenhand: missing packages:$missing"

if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2> /dev/null; then
    as_root="sudo -n"
else
    echo "evenhand: they can be installed only as root; run this, then try again:" >&2
    echo "  sudo apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
    # A package's questions must not stop the build.
    if ! $as_root env DEBIAN_FRONTEND=noninteractive "$@" > "$log" 2>&1 < /dev/null; then
        cat "$log" >&2
        return 1
    fi
}
echo "evenhand: installing them with apt-get; this may take a few minutes"
run apt-get update -q || echo "evenhand: apt-get update failed; trying with the package lists that are here" >&2
run apt-get install -q -y --no-install-recommends $missing || {
    echo "evenhand: the packages above could not be installed" >&2
    exit 1
}
