#!/bin/sh
# Measures evenhand and PyTorch in turn (A B A B ...) on the same work and prints the ratios. The machine's speed drifts: compare within one run.
#
#   bench/compare.sh [path of evenhand]
#
# EVENHAND_PEER_PYTHON  the Python that has torch ("python3" when not set); may be several words: "chroot /some/debian13 python3". The peer's
#                       script is given to it on stdin, so it need not see this folder.
# EVENHAND_BENCH_ROWS   rows "work:size:batch:mode", separated by spaces
# EVENHAND_BENCH_ROUNDS how often each is measured (3); THREADS (2); STEPS of one measurement (5)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=${1:-$here/../build/release/evenhand}
peer=${EVENHAND_PEER_PYTHON:-python3}
rounds=${EVENHAND_BENCH_ROUNDS:-3}
threads=${THREADS:-2}
steps=${STEPS:-5}
rows=${EVENHAND_BENCH_ROWS:-resnet18:64:64:train resnet18:64:64:infer resnet18:224:32:train resnet18:224:32:infer vggresnet:28:128:train
vggresnet:28:128:infer standardcnn:64:64:train standardcnn:64:64:infer}

# The number of a key in one line of JSON.
number() {
    sed -n "s/.*\"$1\": *\([0-9.eE+-]*\).*/\1/p"
}

# The middle of the numbers on stdin.
median() {
    sort -g | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'
}

# $peer is several words on purpose.
# shellcheck disable=SC2086
run_peer() {
    OMP_NUM_THREADS=$threads $peer - "$@" < "$here/peer_torch.py"
}

if ! version=$(echo 'import torch; print(torch.__version__)' | $peer - 2>/dev/null); then
    echo "bench: no PyTorch behind \"$peer\", so only evenhand is measured; bench/README.md says how to have the peer beside it." >&2
    exec "$program" bench --threads "$threads"
fi
echo "PyTorch $version, $threads threads, f32; medians of $rounds rounds; cpu: processor seconds of a step; memory: peak of the process, MiB"
printf '%-28s %10s %10s %7s %10s %10s %7s %8s %8s %7s\n' work "evenhand/s" "PyTorch/s" ratio "cpu" "cpu" ratio memory memory ratio
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for row in $rows; do
    work=$(echo "$row" | cut -d: -f1)
    size=$(echo "$row" | cut -d: -f2)
    batch=$(echo "$row" | cut -d: -f3)
    mode=$(echo "$row" | cut -d: -f4)
    : > "$scratch/ours"
    : > "$scratch/theirs"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        "$program" bench --work "$work" --size "$size" --batch "$batch" --mode "$mode" --threads "$threads" --steps "$steps" >> "$scratch/ours"
        run_peer --work "$work" --size "$size" --batch "$batch" --mode "$mode" --threads "$threads" --steps "$steps" >> "$scratch/theirs"
        round=$((round + 1))
    done
    a=$(number images_per_s < "$scratch/ours" | median)
    b=$(number images_per_s < "$scratch/theirs" | median)
    c=$(number cpu_s_per_step < "$scratch/ours" | median)
    d=$(number cpu_s_per_step < "$scratch/theirs" | median)
    e=$(number peak_mib < "$scratch/ours" | median)
    f=$(number peak_mib < "$scratch/theirs" | median)
    echo "$work@$size batch $batch $mode|$a|$b|$c|$d|$e|$f" |
        awk -F'|' '{ printf "%-28s %10.1f %10.1f %6.2fx %10.4f %10.4f %6.2fx %8.0f %8.0f %6.2fx\n", $1, $2, $3, $2 / $3, $4, $5, $5 / $4, $6, $7, $6 / $7 }'
done
