#!/bin/sh
# Runs the tests of the builds named (build/release build/asan) and ends with the number of tests.
#   tools/test.sh [-j JOBS] BUILD...
# The last line is "evenhand: N passed, N failed, N skipped"; the exit code is 1 when one failed or none ran.
set -u
here=$(dirname "$0")
jobs=2
if [ "${1:-}" = -j ]; then
    jobs=$2
    shift 2
fi
failed_builds=0
logs=
for build in "$@"; do
    echo "evenhand: testing $build"
    rm -f "$build/Testing/Temporary/LastTest.log"
    # The output of a failed test is shown by ctest; of the others only a line.
    ctest --test-dir "$build" -j "$jobs" --output-on-failure --timeout 900 --no-tests=error < /dev/null || failed_builds=1
    logs="$logs $build/Testing/Temporary/LastTest.log"
done
awk -f "$here/test_summary.awk" $logs || failed_builds=1
exit $failed_builds
