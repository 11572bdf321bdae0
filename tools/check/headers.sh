#!/bin/sh
# Every public header compiles alone, as C17 and as C++17, with every compiler that is here.
bad=0
count=0
tried=
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
# try LANGUAGE STANDARD COMPILER
try() {
    command -v "$3" > /dev/null || return 0
    tried="$tried $3"
    for header in $(git ls-files 'include/evenhand/*.h'); do
        name=${header#include/}
        printf '#include "%s"\n#include "%s"\nint header_test;\n' "$name" "$name" > "$empty/header_test.$1"
        "$3" -std="$2" -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only "$empty/header_test.$1" || {
            echo "check: headers: $header does not compile alone as $2 with $3"
            bad=1
        }
        count=$((count + 1))
    done
}
try c c17 gcc
try cpp c++17 g++
try c c17 clang
try cpp c++17 clang++
[ -n "$tried" ] || { echo "check: headers: no compiler"; exit 1; }
[ $bad = 0 ] && echo "check: headers ok ($count compilations by$tried)"
exit $bad
