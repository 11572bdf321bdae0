#!/bin/sh
# Builds the last commit for 64-bit Arm with Debian 13's cross compiler, and runs the quick unit programs in an emulator, inside a folder into which
# Debian 13 is unpacked.
#   tools/arm64.sh [FOLDER]        default: build/arm64; as tools/debian13.sh
# As root: it changes root. The emulator shows wrong results and crashes, and nothing of speed; the programs that take minutes in it are left out (slow),
# and the tests of the command line, which start programs themselves. So are jail and cpu_peak, whose system calls and clock it does not have, and plan
# and recompute, some of whose tests expect the layouts and the memory that oneDNN has on x86-64 (3 of 19 and 1 fail). The last line is as tools/test.sh's, and so is the exit code.
set -eu
cd "$(dirname "$0")/.."
. tools/debian13_folder.sh
slow='model_|method|parity|check_|checkpoint|catalog$|train|torch|resume|demo|backend|cifar|fetch|import|format|pack|loader|report|audit|tuner|bench|jail|cpu_peak|plan$|recompute'
prepare_folder "${1:-build/arm64}"
enter "
    export DEBIAN_FRONTEND=noninteractive
    packages=\$(tools/deps.sh list | tr ' ' '\n' | sed -n 's/^\(.*-dev\)$/\1:arm64/p')
    dpkg --print-foreign-architectures | grep -qx arm64 || dpkg --add-architecture arm64
    apt-get update -q
    apt-get install -q -y --no-install-recommends cmake ninja-build pkgconf gcc-aarch64-linux-gnu qemu-user \$packages
    export PKG_CONFIG=/usr/bin/pkg-config PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig
    cmake --preset release -G Ninja -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \\
        -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DCMAKE_ASM_COMPILER=aarch64-linux-gnu-gcc \\
        -DCMAKE_LIBRARY_ARCHITECTURE=aarch64-linux-gnu -DCMAKE_CROSSCOMPILING_EMULATOR=/usr/bin/qemu-aarch64 \\
        -DEH_REPORT_PAGE=$inside/web/dist/report_template.html
    cmake --build build/release
    ctest --test-dir build/release -j $(nproc) --output-on-failure --timeout 300 -R '^test_' -E '$slow' < /dev/null || failed=1
    awk -f tools/test_summary.awk build/release/Testing/Temporary/LastTest.log && [ -z \"\${failed:-}\" ]"
