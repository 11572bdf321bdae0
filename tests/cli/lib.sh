# lib.sh - the frame of the command line's tests. A test is a POSIX shell script tests/cli/test_<what>.sh:
#
#     . "$EVENHAND_ROOT/tests/cli/lib.sh"
#     begin "an unknown option is named, with the nearest one"
#     run list --jsn
#     expect_code 2
#     expect_stderr "Did you mean --json?"
#     finish
#
# Every script has an empty folder $work of its own, which is the working folder. CTest sets EVENHAND (the program),
# EVENHAND_ROOT (the repository) and EVENHAND_BUILD. `UPDATE_GOLDEN=1` rewrites golden files instead of comparing.
set -u

: "${EVENHAND:?run this through ctest}" "${EVENHAND_ROOT:?run this through ctest}"
work=$(mktemp -d "${TMPDIR:-/tmp}/evenhand-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
# What the user has set must not change results.
unset NO_COLOR SOURCE_DATE_EPOCH 2> /dev/null || true
LC_ALL=C.UTF-8
export LC_ALL

test_name=
test_bad=0
test_passed=0
test_failed=0
test_skipped=0
failed_names=
skipped_names=

end_test() {
    cd "$work" || exit 1
    [ -n "$test_name" ] || return 0
    if [ "$test_bad" = 0 ]; then
        echo "[       OK ] $test_name"
        test_passed=$((test_passed + 1))
    else
        echo "[  FAILED  ] $test_name"
        test_failed=$((test_failed + 1))
        failed_names="$failed_names
[  FAILED  ] $test_name"
    fi
    test_name=
}

# begin SENTENCE: the test that the lines up to the next begin belong to.
begin() {
    end_test
    test_name=$1
    test_bad=0
    echo "[ RUN      ] $test_name"
}

# skip SENTENCE REASON: a test that cannot run here.
skip() {
    end_test
    echo "[  SKIPPED ] $1 ($2)"
    test_skipped=$((test_skipped + 1))
    skipped_names="$skipped_names
[  SKIPPED ] $1"
}

# finish: the counts; the last line of every script.
finish() {
    end_test
    echo "[  PASSED  ] $test_passed test(s)."
    [ "$test_skipped" = 0 ] || echo "[  SKIPPED ] $test_skipped test(s), listed below:$skipped_names"
    [ "$test_failed" = 0 ] || echo "[  FAILED  ] $test_failed test(s), listed below:$failed_names"
    [ "$test_failed" = 0 ] || exit 1
    [ "$test_passed" -gt 0 ] || exit 77
    exit 0
}

# problem SENTENCE: the running test has failed; shows what the program said.
problem() {
    test_bad=1
    echo "  problem: $1"
    if [ -f "$work/stderr" ]; then
        echo "  command: ${last_command:-}"
        head -c 2000 "$work/stdout" | sed 's/^/  stdout: /'
        head -c 2000 "$work/stderr" | sed 's/^/  stderr: /'
    fi
}

# run ARGUMENT...: evenhand with these; leaves $code and the files stdout and stderr in $work.
run() {
    last_command="evenhand $*"
    code=0
    "$EVENHAND" "$@" > "$work/stdout" 2> "$work/stderr" < /dev/null || code=$?
}

# run_shell COMMAND: the same for a line of shell.
run_shell() {
    last_command=$1
    code=0
    sh -c "$1" > "$work/stdout" 2> "$work/stderr" < /dev/null || code=$?
}

expect_code() {
    [ "$code" = "$1" ] || problem "exit code $code instead of $1"
}

expect_stdout() {
    grep -qF -e "$1" "$work/stdout" || problem "stdout lacks: $1"
}

expect_stderr() {
    grep -qF -e "$1" "$work/stderr" || problem "stderr lacks: $1"
}

expect_no_stdout() {
    [ ! -s "$work/stdout" ] || problem "stdout should be empty"
}

expect_no_stderr() {
    [ ! -s "$work/stderr" ] || problem "stderr should be empty"
}

# expect_golden NAME: stdout equals tests/cli/golden/NAME.
expect_golden() {
    golden="$EVENHAND_ROOT/tests/cli/golden/$1"
    if [ "${UPDATE_GOLDEN:-}" = 1 ]; then
        cp "$work/stdout" "$golden"
    elif ! diff -u "$golden" "$work/stdout" > "$work/difference" 2>&1; then
        problem "stdout differs from tests/cli/golden/$1"
        cat "$work/difference"
    fi
}

# expect_json: stdout is one JSON document.
expect_json() {
    if command -v node > /dev/null; then
        node -e 'JSON.parse(require("fs").readFileSync(0, "utf8"))' < "$work/stdout" 2> /dev/null || problem "stdout is no JSON"
    fi
}

# expect_file PATH / expect_no_file PATH
expect_file() {
    [ -e "$1" ] || problem "$1 does not exist"
}
expect_no_file() {
    [ ! -e "$1" ] || problem "$1 should not exist"
}

