# evenhand train: the folder, the table, the recipe, the exit codes.
. "$EVENHAND_ROOT/tests/cli/lib.sh"

small="--model standard-cnn:width=2,hidden=8 --size 16 --epochs 2 --batch 32 --threads 1"

"$EVENHAND" demo --only-faces --quiet -o drawn --faces train=160,valid=40,test=40,valid-min=4,test-min=4,size=16,quality=0 > /dev/null 2>&1
"$EVENHAND" import drawn/faces -o faces.eh --quiet > /dev/null 2>&1

begin "a training prints the table of groups, worst first, and fills its folder"
run train faces.eh --label blond --groups blond,gender $small -o runs/erm
expect_code 0
expect_stdout "Blond Male"
expect_stdout "worst group"
expect_stderr "epoch 2/2"
for name in recipe.yaml run.json log.jsonl weights.safetensors predictions-valid.csv predictions-test.csv results.json; do
    expect_file "runs/erm/$name"
done

begin "with --json stdout is the results document and nothing else"
run train faces.eh --label blond --groups blond,gender $small --method reweight -o runs/reweight --json
expect_code 0
expect_json
expect_stdout '"reweight"'

begin "a recipe repeats its run; the command line outweighs it"
run train --config runs/erm/recipe.yaml --out runs/again --threads 1
expect_code 0
cmp -s runs/erm/weights.safetensors runs/again/weights.safetensors || problem "the repeated run has other weights"
run train --config runs/erm/recipe.yaml --out runs/other --seed 2 --threads 1
expect_code 0
cmp -s runs/erm/weights.safetensors runs/other/weights.safetensors && problem "another seed gave the same weights"
grep -q '^seed: 2$' runs/other/recipe.yaml || problem "the recipe does not have the seed of the command line"

begin "--where leaves out the images for which it does not hold, and stands in the recipe"
run train faces.eh --label blond --groups blond --where 'gender=Male' $small -o runs/men
expect_code 0
grep -q "^where: *.*gender=Male" runs/men/recipe.yaml || problem "the recipe does not hold the query"
[ "$(($(wc -l < runs/men/predictions-test.csv) - 1))" = "$("$EVENHAND" stats faces.eh --where 'gender=Male and part=test' --json 2> /dev/null |
    sed -n 's/^  "images": \([0-9]*\),$/\1/p')" ] || problem "other images were measured"
run train faces.eh --label blond --where 'gendr=Male' $small -o runs/bad
expect_code 2
expect_stderr "did you mean 'gender'"
run train faces.eh --label blond --where 'status=broken' $small -o runs/bad
expect_code 2
expect_stderr "usable images only"

begin "--fold trains and tests by a fold, which the results name"
cp faces.eh folds.eh
run split folds.eh --folds 3
run train folds.eh --label blond --groups blond --fold 2 $small -o runs/fold-2
expect_code 0
grep -q '"split_rule": "fold 2 of 3, seed 1"' runs/fold-2/results.json || problem "the results do not say how the images were split"
run audit runs/fold-2 --json
expect_code 0
expect_no_stderr
run train folds.eh --label blond --fold 4 $small -o runs/fold-4
expect_code 2
expect_stderr "has no split 'fold-4'"

begin "an unknown key of a recipe is named with its line and the nearest"
printf 'data: faces.eh\nlabel: blond\nepoch: 3\n' > bad.yaml
run train --config bad.yaml -o runs/bad
expect_code 2
expect_stderr "bad.yaml:3"
expect_stderr "epochs"

begin "another run in the folder is refused with the two ways out"
run train faces.eh --label blond --groups blond,gender $small -o runs/erm
expect_code 2
expect_stderr "--out"

begin "without a catalog or a label the usage is told"
run train
expect_code 2
expect_stderr "CATALOG"
run train faces.eh -o runs/none
expect_code 2
expect_stderr "label"

begin "a label that does not exist is named with the nearest"
run train faces.eh --label blnd -o runs/none
expect_code 2
expect_stderr "blond"

begin "a run that is refused before its first step leaves nothing behind, and takes nothing of the user's along"
run train faces.eh --label blond --model vgg-resnet --size 4 -o runs/refused
expect_code 2
expect_stderr "set --size"
[ ! -e runs/refused ] || problem "runs/refused is still there"
mkdir -p runs/mine
echo keep > runs/mine/notes.txt
run train faces.eh --label blond --model vgg-resnet --size 4 -o runs/mine
expect_code 2
[ "$(ls -A runs/mine)" = notes.txt ] || problem "runs/mine holds $(ls -A runs/mine)"

begin "a request to end (as Ctrl-C) saves a checkpoint and ends with 130"
"$EVENHAND" train faces.eh --label blond --groups blond,gender --model standard-cnn --epochs 100000 --threads 1 -o runs/long > stdout 2> stderr < /dev/null &
pid=$!
tries=0
while ! grep -q '"epoch"' runs/long/log.jsonl 2> /dev/null && [ $tries -lt 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
kill -TERM $pid
code=0
wait $pid || code=$?
expect_code 130
expect_stderr "--resume"
expect_file runs/long/checkpoints/last.json

begin "a full disk ends the run with a sentence, and the folder is fit to go on"
run_shell "trap '' XFSZ; ulimit -f 4; '$EVENHAND' train faces.eh --label blond --groups blond,gender $small --checkpoint-steps 1 -o runs/full"
expect_code 3
expect_stderr "runs/full"
run train faces.eh --label blond --groups blond,gender $small --checkpoint-steps 1 -o runs/full --resume
expect_code 0
cmp -s runs/erm/weights.safetensors runs/full/weights.safetensors || problem "the run that met a full disk has other weights"

finish
