#!/bin/sh
# Measures evenhand and its peers in turn (A B C A B C ...) on the same work and prints the ratios. The machine's speed drifts: compare within
# one run.
#
#   bench/compare.sh [path of evenhand]
#
# EVENHAND_PEER_PYTHON  the Python that has torch ("python3" when not set); may be several words: "chroot /some/debian13 python3". The peers'
#                       scripts are given to it on stdin, so it need not see this folder. With onnxruntime it also measures that, in inference.
# EVENHAND_BENCH_ROWS   rows "work:size:batch:mode" or "work:size:batch:mode:precision", separated by spaces
# EVENHAND_BENCH_ROUNDS how often each is measured (3); THREADS (2); STEPS of one measurement (5); PRECISION of rows that name none
#                       (f32, or bf16)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=${1:-$here/../build/release/evenhand}
peer=${EVENHAND_PEER_PYTHON:-python3}
rounds=${EVENHAND_BENCH_ROUNDS:-3}
threads=${THREADS:-2}
steps=${STEPS:-5}
precision=${PRECISION:-f32}
rows=${EVENHAND_BENCH_ROWS:-resnet18:64:64:train resnet18:64:64:infer resnet18:224:32:train resnet18:224:32:infer vggresnet:28:128:train
vggresnet:28:128:infer standardcnn:64:64:train standardcnn:64:64:infer}

# The number of a key in each line of JSON on stdin.
number() {
    sed -n "s/.*\"$1\": *\([0-9.eE+-]*\).*/\1/p"
}

# The middle of the numbers on stdin; nothing without any.
median() {
    sort -g | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'
}

# $peer is several words on purpose.
# shellcheck disable=SC2086
run_torch() {
    OMP_NUM_THREADS=$threads $peer - "$@" < "$here/peer_torch.py"
}

# The networks of peer_torch.py in front, since nothing can be imported from stdin.
# shellcheck disable=SC2086
run_onnxruntime() {
    { sed '/^if __name__/,$d' "$here/peer_torch.py"; sed '/^from peer_torch/d' "$here/peer_onnxruntime.py"; } |
        OMP_NUM_THREADS=$threads $peer - "$@" 2> /dev/null
}

# shellcheck disable=SC2086
version_of() {
    echo "import $1; print($1.__version__)" | $peer - 2> /dev/null
}

if ! torch=$(version_of torch); then
    echo "bench: no PyTorch behind \"$peer\", so only evenhand is measured; bench/README.md says how to have the peer beside it." >&2
    exec "$program" bench --threads "$threads" --precision "$precision"
fi
onnx=$(version_of onnxruntime) || echo "bench: no ONNX Runtime behind \"$peer\": only PyTorch is compared in inference." >&2
echo "PyTorch $torch${onnx:+, ONNX Runtime $onnx (f32)}; $threads threads; medians of $rounds rounds in turn."
echo "/s: images per second; cpu: processor seconds of the best step; memory: peak of the process, MiB; ratios above 1 are in evenhand's favour," \
    "for memory below 1."
printf '%-35s %10s %10s %7s %10s %7s %9s %9s %7s %8s %8s %7s\n' \
    work "evenhand/s" "PyTorch/s" ratio "ONNX/s" ratio "cpu" "PyTorch" ratio memory PyTorch ratio
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for row in $rows; do
    work=$(echo "$row" | cut -d: -f1)
    size=$(echo "$row" | cut -d: -f2)
    batch=$(echo "$row" | cut -d: -f3)
    mode=$(echo "$row" | cut -d: -f4)
    type=$(echo "$row" | cut -d: -f5)
    type=${type:-$precision}
    for who in ours torch onnx; do : > "$scratch/$who"; done
    round=0
    while [ "$round" -lt "$rounds" ]; do
        set -- --work "$work" --size "$size" --batch "$batch" --threads "$threads" --steps "$steps"
        "$program" bench "$@" --mode "$mode" --precision "$type" >> "$scratch/ours"
        run_torch "$@" --mode "$mode" --precision "$type" >> "$scratch/torch"
        if [ -n "$onnx" ] && [ "$mode" = infer ] && [ "$type" = f32 ]; then run_onnxruntime "$@" >> "$scratch/onnx"; fi
        round=$((round + 1))
    done
    for key in images_per_s cpu_s_per_step peak_mib; do
        for who in ours torch onnx; do
            number $key < "$scratch/$who" | median > "$scratch/$who.$key"
        done
    done
    awk -v name="$work@$size batch $batch $mode $type" -v a="$(cat "$scratch/ours.images_per_s")" -v b="$(cat "$scratch/torch.images_per_s")" \
        -v o="$(cat "$scratch/onnx.images_per_s")" -v c="$(cat "$scratch/ours.cpu_s_per_step")" \
        -v d="$(cat "$scratch/torch.cpu_s_per_step")" -v e="$(cat "$scratch/ours.peak_mib")" -v f="$(cat "$scratch/torch.peak_mib")" '
        BEGIN {
            printf "%-35s %10.1f %10.1f %6.2fx ", name, a, b, a / b
            if (o != "") printf "%10.1f %6.2fx ", o, a / o; else printf "%10s %7s ", "", ""
            printf "%9.4f %9.4f %6.2fx %8.0f %8.0f %6.2fx\n", c, d, d / c, e, f, e / f
        }'
done
