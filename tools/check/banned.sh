#!/bin/sh
# Functions that are not to be called: unsafe ones anywhere, plain allocation outside memory.c, printing and ending the process
# below src/cli (jail.c ends the child that it made). Comments and strings do not count.
git ls-files 'src/*.c' 'src/*.h' 'include/*.h' 'tests/*.c' 'examples/*.c' | xargs awk '
BEGIN {
    unsafe = "strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|rand|srand|alloca|tmpnam|mktemp"
    shell = "system|popen"
    allocation = "malloc|calloc|realloc|strdup|strndup|aligned_alloc|posix_memalign|asprintf"
    voice = "printf|puts|putchar|vprintf|perror|exit|_exit|abort"
}
function find(text, words, why,    rest, word) {
    rest = text
    while (match(rest, "(^|[^A-Za-z0-9_>.])(" words ")[ ]*\\(")) {
        word = substr(rest, RSTART, RLENGTH)
        gsub(/[^A-Za-z0-9_]/, "", word)
        print "check: banned: " FILENAME ":" FNR ": " word " (" why ")"
        bad = 1
        rest = substr(rest, RSTART + RLENGTH)
    }
}
FNR == 1 { in_comment = 0; files++ }
{
    line = $0
    if (in_comment) {
        if (!sub(/^.*\*\//, "", line))
            next
        in_comment = 0
    }
    gsub(/\\\\/, "", line)
    gsub(/\\"/, "", line)
    gsub(/"[^"]*"/, "\"\"", line)
    gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
    sub(/\/\/.*/, "", line)
    if (sub(/\/\*.*/, "", line))
        in_comment = 1
    find(line, unsafe, "unsafe")
    if (FILENAME !~ /^tests\//)
        find(line, shell, "runs a shell")
    if (FILENAME ~ /^src\// && FILENAME != "src/base/memory.c")
        find(line, allocation, "use eh_alloc or an arena")
    if (FILENAME ~ /^src\// && FILENAME !~ /^src\/cli\// && FILENAME != "src/base/jail.c")
        find(line, voice, "nothing below src/cli prints or ends the process")
    if (FILENAME ~ /^src\// && FILENAME !~ /^src\/cli\// && line ~ /(^|[^A-Za-z0-9_])(stdout|stderr)([^A-Za-z0-9_]|$)/) {
        print "check: banned: " FILENAME ":" FNR ": a standard stream (nothing below src/cli prints)"
        bad = 1
    }
}
END {
    if (!bad)
        print "check: banned ok (" files " files)"
    exit bad
}' || exit 1
