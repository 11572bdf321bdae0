#!/bin/sh
# A file has at most 800 lines (over 600 is said), a function at most 80 between its braces. Tables are not functions.
git ls-files '*.c' '*.h' '*.S' '*.ts' '*.mjs' '*.sh' '*.cmake' | xargs awk '
function end_file() {
    if (lines > 800) {
        print "check: sizes: " name " has " lines " lines; 800 are the limit"
        bad = 1
    } else if (lines > 600)
        print "check: sizes: note: " name " has " lines " lines; split it before it reaches 800"
    files++
}
FNR == 1 {
    if (NR > 1)
        end_file()
    name = FILENAME
    is_c = name ~ /\.[ch]$/
    inside = 0
}
{ lines = FNR }
is_c && /^\{$/ { inside = 1; first = FNR; title = previous }
is_c && /^\}/ && inside {
    inside = 0
    if (FNR - first - 1 > 80) {
        print "check: sizes: " name ":" first ": a function of " (FNR - first - 1) " lines; 80 are the limit: " title
        bad = 1
    }
}
/[^ \t]/ { previous = $0 }
END {
    end_file()
    if (!bad)
        print "check: sizes ok (" files " files)"
    exit bad
}' || exit 1
