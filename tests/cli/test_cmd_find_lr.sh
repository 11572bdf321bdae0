# evenhand find-lr: the suggestions, the files, the exit codes.
. "$EVENHAND_ROOT/tests/cli/lib.sh"

small="--label blond --model standard-cnn:width=2,hidden=8 --size 16 --batch 32 --threads 1"

"$EVENHAND" demo --only-faces --quiet -o drawn --faces train=160,valid=40,test=40,valid-min=4,test-min=4,size=16,quality=0 > /dev/null 2>&1
"$EVENHAND" import drawn/faces -o faces.eh --quiet > /dev/null 2>&1

begin "it suggests rates and leaves a picture, a table and JSON, but no run"
run find-lr faces.eh $small -o lr
expect_code 0
expect_stdout "valley"
expect_stdout "in 100 batches of 32 images"
for name in find-lr.svg find-lr.csv find-lr.json; do
    expect_file "lr/$name"
done
[ -e lr/run.json ] && problem "a run was left behind"
grep -q "</svg>" lr/find-lr.svg || problem "the picture has no end"

begin "steps and range are arguments; with --json stdout is one document"
run find-lr faces.eh 20 1e-6 0.1 $small -o lr2 --json
expect_code 0
expect_json
expect_stdout '"steps": 20'
[ "$(($(wc -l < lr2/find-lr.csv) - 1))" = 20 ] || problem "the table has not a line for each batch"

begin "what cannot be is refused and leaves nothing"
run find-lr faces.eh 20 1 0.1 $small -o lr3
expect_code 2
expect_stderr "to a larger one"
[ -e lr3 ] && problem "a folder was left behind"
run find-lr faces.eh 3 $small -o lr3
expect_code 2

finish
