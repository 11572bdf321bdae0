#!/bin/sh
# clang-tidy with the checks of .clang-tidy, two files at a time. A file that was in order and has not changed since, nor any
# header, nor the checks, is passed over.
command -v clang-tidy > /dev/null || {
    echo "check: tidy skipped (clang-tidy is not here)"
    exit 0
}
stamps=build/tidy
mkdir -p "$stamps"
newest_header=$(git ls-files '*.h' .clang-tidy tools/check/tidy.sh | xargs ls -t | sed -n 1p)
flags="-std=c17 -Iinclude -Isrc -Itests -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -fopenmp"
flags="$flags $(pkg-config --cflags libtiff-4 hdf5 libarchive libwebp libjpeg sqlite3 yaml-0.1 jansson zlib libcrypto libcurl 2> /dev/null)"
export stamps newest_header flags
files=$(git ls-files 'src/*.c' 'examples/*.c')
echo "$files" | xargs -P 2 -n 1 sh -c '
    stamp="$stamps/$(basename "$1").ok"
    if [ -e "$stamp" ] && [ "$stamp" -nt "$1" ] && [ "$stamp" -nt "$newest_header" ]; then
        exit 0
    fi
    output=$(clang-tidy --quiet --warnings-as-errors="*" "$1" -- $flags 2> "$stamp.log")
    code=$?
    if [ $code -ne 0 ] || [ -n "$output" ]; then
        printf "%s\n" "$output"
        [ -n "$output" ] || cat "$stamp.log"
        rm -f "$stamp"
        exit 1
    fi
    : > "$stamp"' tidy || exit 1
echo "check: tidy ok ($(echo "$files" | wc -l) files)"
