#!/bin/sh
# Names: a C file's name is unique in the repository; what <kind>_list.c registers as eh_<kind>_<name> stands in
# <kind>_<name>.c and has its test in tests/unit/test_<kind>_<name>.c (a command: there or in tests/cli/test_cmd_<name>.sh).
bad=0
twice=$(git ls-files '*.c' '*.h' | sed 's|.*/||' | sort | uniq -d)
for name in $twice; do
    echo "check: names: $name exists more than once:" $(git ls-files "$name" "*/$name")
    bad=1
done

registered=0
for list in $(git ls-files 'src/*_list.c'); do
    kind=$(basename "$list" _list.c)
    [ "$kind" = kind ] && continue
    [ "$kind" = command ] && kind=cmd
    for symbol in $(sed -n '/^extern/,/;/p' "$list" | grep -o "eh_${kind}_[a-z0-9_]*" | sort -u); do
        thing=${symbol#eh_}
        [ "$thing" = "${kind}_list" ] && continue
        registered=$((registered + 1))
        if [ -z "$(git ls-files "src/*/$thing.c" "src/*/*/$thing.c")" ]; then
            echo "check: names: $list registers $symbol, but there is no $thing.c"
            bad=1
        fi
        if ! [ -f "tests/unit/test_$thing.c" ] && ! [ -f "tests/cli/test_$thing.sh" ]; then
            echo "check: names: $thing has no test (tests/unit/test_$thing.c)"
            bad=1
        fi
    done
done
[ $bad = 0 ] && echo "check: names ok ($registered registered things)"
exit $bad
