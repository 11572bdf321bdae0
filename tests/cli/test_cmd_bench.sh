# evenhand bench: lines that can be compared with the peer's. Times decide nothing here.
. "$EVENHAND_ROOT/tests/cli/lib.sh"

begin "each measurement is one JSON line with the fields of the peer's script"
run bench --work standardcnn --batch 2 --size 64 --steps 1 --threads 1
expect_code 0
for field in work size batch mode precision threads images_per_s best_images_per_s cpu_s_per_step peak_mib; do
    expect_stdout "\"$field\": "
    for peer in torch onnxruntime; do
        grep -q "\"$field\"" "$EVENHAND_ROOT/bench/peer_$peer.py" || problem "the peer's script peer_$peer.py has no field $field"
    done
done
expect_stdout '"planned_mib": '
expect_stdout '"measured_mib": '
expect_stdout '"mode": "train"'
expect_stdout '"mode": "infer"'
[ "$(wc -l < "$work/stdout")" = 2 ] || problem "not two lines"

begin "--json gives one document"
run bench --work standardcnn --batch 2 --size 64 --steps 1 --threads 1 --mode infer --json
expect_code 0
[ "$(head -c 1 "$work/stdout")" = "[" ] || problem "no array"

begin "--precision auto says what it took: bf16 where the processor has instructions for it"
run bench --work standardcnn --batch 2 --size 64 --steps 1 --threads 1 --mode infer --precision auto
expect_code 0
if grep -qw avx512_bf16 /proc/cpuinfo; then expect_stdout '"precision": "bf16"'; else expect_stdout '"precision": "f32"'; fi

begin "--explain names every step with its layout and implementation, sums up by op, and tells peak and memory"
run bench --work standardcnn --batch 2 --size 64 --steps 1 --threads 1 --mode train --explain
expect_code 0
expect_stdout conv2d_weight_grad
expect_stdout adam_update
expect_stdout "%peak"
expect_stdout "the processor's peak on 1 threads, measured: "
expect_stdout "planned memory: block "
expect_stdout " reorders, "

begin "a plan above --max-memory names the largest tensors and what helps"
run bench --work standardcnn --batch 64 --size 64 --steps 1 --threads 1 --mode train --max-memory 1
expect_code 3
expect_stderr "more than the limit of 1.0 MiB"
expect_stderr "conv2d+act of \"conv1\""
expect_stderr "--recompute-blocks"

begin "--recompute-blocks computes blocks again"
run bench --work vggresnet --batch 4 --size 28 --steps 1 --threads 1 --mode train --recompute-blocks --explain
expect_code 0
expect_stdout "stage1.block1.conv1 (again)"
expect_stdout '"recompute_blocks": true'

begin "hash-search finds every planted near copy, both ways, and tells time and memory"
run bench --work hash-search --batch 20000 --steps 1
expect_code 0
for field in '"hashes": 20000' '"planted": 200' '"way": "every pair"' '"way": "fastest"' '"seconds": ' '"peak_mib": ' '"measured_mib": '; do
    expect_stdout "$field"
done
[ "$(wc -l < "$work/stdout")" = 2 ] || problem "not two lines"

begin "an unknown network is an error that names the known ones"
run bench --work resnet19
expect_code 2
expect_stderr "resnet18"

finish
