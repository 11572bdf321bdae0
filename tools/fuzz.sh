#!/bin/sh
# Fuzzes the parsers: tools/fuzz.sh BUILD SECONDS [PARSER...], as `make fuzz` does (FUZZ_TARGETS="csv coco" names some; all where none is named).
# Findings are left in BUILD/findings/<parser>/; what reaches new code is kept in BUILD/corpus/<parser>/, and the inputs of the repository stay as they are.
# A finding that was mended belongs into tests/fuzz/corpus/<parser>/, where `make test` replays it.
set -u
build=$1
seconds=${2:-60}
shift 2
# Archives are unpacked into the cache; in memory, since every file there is written through to the disk.
EVENHAND_CACHE=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/evenhand-fuzz.XXXXXX")
export EVENHAND_CACHE
trap 'rm -rf "$EVENHAND_CACHE"' EXIT
trap 'exit 1' HUP INT TERM
bad=
[ $# -gt 0 ] || set -- $(for target in "$build"/fuzz/fuzz_*; do basename "$target" | sed 's/^fuzz_//'; done)
for name in "$@"; do
    target=$build/fuzz/fuzz_$name
    [ -x "$target" ] || { echo "fuzz: there is no parser '$name'"; exit 2; }
    seeds=
    for folder in "tests/fuzz/corpus/$name" $([ "$name" = image ] && echo tests/golden/codec); do
        [ -d "$folder" ] && seeds="$seeds $folder"
    done
    mkdir -p "$build/corpus/$name" "$build/findings/$name"
    log=$build/findings/$name.log
    if "$target" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$name/" "$build/corpus/$name" $seeds > "$log" 2>&1; then
        echo "fuzz: $name: no finding in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    else
        bad="$bad $name"
        echo "fuzz: $name: A FINDING; see $log and $build/findings/$name/"
    fi
done
[ -z "$bad" ] || { echo "fuzz: findings in:$bad"; exit 1; }
