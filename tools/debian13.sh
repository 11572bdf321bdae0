#!/bin/sh
# Builds and tests the last commit with Debian 13's compiler and libraries (gcc 14, oneDNN 3.7), inside a folder into which Debian 13 is unpacked.
#   tools/debian13.sh [FOLDER]     default: build/debian13; a Debian 13 that is there already is used as it is, with what it lacks installed
# As root: it changes root. The last line is that of tools/test.sh, "evenhand: N passed, N failed, N skipped", and so is the exit code.
set -eu
cd "$(dirname "$0")/.."
. tools/debian13_folder.sh
prepare_folder "${1:-build/debian13}"
enter "
    tools/deps.sh test
    cmake --preset release -G Ninja -DEH_REPORT_PAGE=$inside/web/dist/report_template.html
    cmake --build build/release
    tools/test.sh -j $(nproc) build/release"
