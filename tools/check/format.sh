#!/bin/sh
# Formatting, by clang-format 14 exactly: other versions set some lines differently.
tool=
for candidate in clang-format-14 clang-format; do
    if command -v $candidate > /dev/null && $candidate --version | grep -q 'version 14\.'; then
        tool=$candidate
        break
    fi
done
if [ -z "$tool" ]; then
    echo "check: format skipped (clang-format 14 is not here)"
    exit 0
fi
files=$(git ls-files '*.c' '*.h')
$tool --dry-run -Werror $files 2>&1 | grep 'error:' | cut -d: -f1 | sort | uniq -c | awk '
    { print "check: format: " $2 " has " $1 " places that clang-format would set differently"; bad = 1 }
    END { exit bad }' || {
    echo "check: format: run '$tool -i' on them" >&2
    exit 1
}
echo "check: format ok ($(echo "$files" | wc -l) files)"
