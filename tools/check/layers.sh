#!/bin/sh
# Include direction: a folder of src/ is a layer, and includes point only to the same folder or to an earlier layer.
git ls-files 'src/*.c' 'src/*.h' 'include/*.h' | xargs awk '
BEGIN {
    count = split("base image data tensor backend nn metric train clean method explain,embed study report cli", layer, " ")
    for (i = 1; i <= count; i++) {
        n = split(layer[i], folder, ",")
        for (j = 1; j <= n; j++)
            rank[folder[j]] = i
    }
}
FNR == 1 {
    split(FILENAME, part, "/")
    own = part[1] == "include" ? "include" : part[2]
    if (own != "include" && !(own in rank)) {
        print "check: layers: " FILENAME ": src/" own " is not in the list of layers"
        bad = 1
    }
    files++
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    path = $0
    sub(/^[^"]*"/, "", path)
    sub(/".*/, "", path)
    to = path
    sub(/\/.*/, "", to)
    if (to == "evenhand")
        next
    if (own == "include" || !(to in rank) || (to != own && rank[to] >= rank[own])) {
        print "check: layers: " FILENAME ":" FNR ": \"" path "\" may not be included from here"
        bad = 1
    }
}
END {
    if (!bad)
        print "check: layers ok (" files " files)"
    exit bad
}' || exit 1
