. "$EVENHAND_ROOT/tests/cli/lib.sh"

begin "a row is one JSON line with the fields of the peer's script"
run bench --work standardcnn --size 32 --batch 4 --mode infer --steps 1
expect_code 0
for field in work size batch mode precision threads images_per_s best_images_per_s peak_mib; do
    expect_stdout "\"$field\":"
done
[ "$(wc -l < "$work/stdout")" = 1 ] || problem "not one line"

begin "--explain names every step, its implementation and its share of the time"
run bench --work standardcnn --size 32 --batch 4 --mode train --steps 1 --explain
expect_code 0
expect_stdout "conv2d"
expect_stdout "adam_update"

begin "an unknown network is an error that lists the known ones"
run bench --work resnet19
expect_code 2
expect_stderr "resnet18"
finish
