. "$EVENHAND_ROOT/tests/cli/lib.sh"
# The judges are judged: each check of `make check` must find what it is for, and the summary must count what failed.

case $EVENHAND_BUILD in
*/release) ;;
*)
    skip "the checks find what they are for" "once is enough"
    finish
    ;;
esac
command -v git > /dev/null || {
    skip "the checks find what they are for" "git is not here"
    finish
}

# A repository that is in order; each test spoils one thing.
fresh() {
    rm -rf "$work/repository"
    mkdir -p "$work/repository/src/base" "$work/repository/src/nn" "$work/repository/include/evenhand" \
        "$work/repository/tests/unit"
    cd "$work/repository" || exit 1
    git init -q .
    printf 'int good(void)\n{\n    return 1; /* never sprintf( or exit( */\n}\n' > src/base/good.c
    printf '#include "base/str.h"\n#include "evenhand/error.h"\nconst char *text = "strcpy(malloc(1))";\n' > src/nn/net.c
    printf '#ifndef A_H\n#define A_H\nint a(void);\n#endif\n' > include/evenhand/a.h
    printf 'extern const int eh_loss_x;\nconst int *const eh_loss_list[] = { &eh_loss_x, 0 };\n' > src/nn/loss_list.c
    printf 'int x;\n' > src/nn/loss_x.c
    printf 'int x;\n' > tests/unit/test_loss_x.c
    git add -A
}

# check NAME: runs one check in the repository.
check() {
    git add -A
    run_shell "cd '$work/repository' && sh '$EVENHAND_ROOT/tools/check/$1.sh'"
}

begin "a repository in order passes every check"
fresh
for name in layers sizes banned names headers; do
    check $name
    expect_code 0
    expect_stdout "check: $name ok"
done

begin "an include of a later layer is found, and one from a public header"
fresh
printf '#include "nn/net.h"\n' > src/base/wrong.c
check layers
expect_code 1
expect_stdout 'src/base/wrong.c:1: "nn/net.h"'
fresh
printf '#include "base/str.h"\n' > include/evenhand/wrong.h
check layers
expect_code 1
fresh
mkdir src/misc
printf 'int x;\n' > src/misc/wrong.c
check layers
expect_code 1
expect_stdout "src/misc is not in the list"

begin "a long file and a long function are found, at the line where the limit is"
fresh
{ echo 'int f(void)'; echo '{'; seq -f '    g(%g);' 80; echo '}'; } > src/base/long.c
check sizes
expect_code 0
{ echo 'int f(void)'; echo '{'; seq -f '    g(%g);' 81; echo '}'; } > src/base/long.c
check sizes
expect_code 1
expect_stdout "src/base/long.c:2: a function of 81 lines"
seq -f 'int x%g;' 800 > src/base/long.c
check sizes
expect_code 0
seq -f 'int x%g;' 801 > src/base/long.c
check sizes
expect_code 1

begin "banned functions are found where they are banned"
for call in 'strcpy(a, b)' 'sprintf(a, b)' 'atoi(a)' 'malloc(1)' 'printf("x")' 'exit(1)' 'system("ls")' 'fputs("x", stderr)'; do
    fresh
    printf 'void f(void)\n{\n    %s;\n}\n' "$call" > src/base/wrong.c
    check banned
    expect_code 1
    expect_stdout "src/base/wrong.c:3"
done
fresh
mkdir src/cli
printf 'void f(void)\n{\n    printf("x");\n    snprintf(a, 1, "x");\n    f->exit(1);\n    free(a);\n}\n' > src/cli/right.c
check banned
expect_code 0

begin "a registered thing without its file or its test is found, and a name that is there twice"
fresh
rm tests/unit/test_loss_x.c
check names
expect_code 1
expect_stdout "loss_x has no test"
fresh
git mv src/nn/loss_x.c src/nn/other.c
check names
expect_code 1
expect_stdout "there is no loss_x.c"
fresh
printf 'int x;\n' > src/nn/good.c
check names
expect_code 1
expect_stdout "good.c exists more than once"

begin "a header that does not stand alone is found"
fresh
printf 'size_t a(void);\n' > include/evenhand/wrong.h
check headers
expect_code 1
fresh
printf 'int template(void);\n' > include/evenhand/wrong.h
check headers
expect_code 1
expect_stdout "wrong.h does not compile alone as c++17"

if command -v clang-format > /dev/null && clang-format --version | grep -q 'version 14\.'; then
    begin "a line that clang-format would set differently is found"
    fresh
    cp "$EVENHAND_ROOT/.clang-format" .
    check format
    expect_code 0
    printf 'int  bad( void );\n' > src/base/wrong.c
    check format
    expect_code 1
    expect_stdout "src/base/wrong.c"
else
    skip "a line that clang-format would set differently is found" "clang-format 14 is not here"
fi

# block NAME VERDICT OUTPUT: a test in the form of CTest's log.
block() {
    printf '1/1 Test: %s\nCommand: "x"\nOutput:\n----------\n%b\n<end of output>\nTest time = 0.1 sec\n----------\nTest %s.\n' \
        "$1" "$3" "$2"
}
summary() {
    run_shell "awk -f '$EVENHAND_ROOT/tools/test_summary.awk' '$work/log' "
}

begin "the summary counts tests of every kind"
{
    block a Passed '[  PASSED  ] 5 test(s).\n[  SKIPPED ] 2 test(s), listed below:'
    block b Failed '[  PASSED  ] 3 test(s).\n[  FAILED  ] group: 1 test(s), listed below:'
    block c Passed '# pass 7\n# fail 0\n# skipped 1'
    block d Skipped 'no data'
} > "$work/log"
summary
expect_code 1
[ "$(tail -n 1 "$work/stdout")" = "evenhand: 15 passed, 1 failed, 4 skipped" ] || problem "other numbers"

begin "a crash counts as a failed test"
{
    block a Passed '[  PASSED  ] 5 test(s).'
    block b Failed 'Segmentation fault'
} > "$work/log"
summary
expect_code 1
expect_stdout "b ended badly"
[ "$(tail -n 1 "$work/stdout")" = "evenhand: 5 passed, 1 failed, 0 skipped" ] || problem "other numbers"

begin "no test at all is a failure"
: > "$work/log"
summary
expect_code 1
expect_stdout "evenhand: 0 passed, 0 failed, 0 skipped"

begin "make help lists the targets"
run_shell "make -C '$EVENHAND_ROOT' --no-print-directory help"
expect_code 0
for target in demo test bench install deps check clean help; do
    expect_stdout "make $target"
done
finish
