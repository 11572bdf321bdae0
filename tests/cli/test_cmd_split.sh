. "$EVENHAND_ROOT/tests/cli/lib.sh"

# Sixty images as IDX files: labels 0 and 1 in turn.
mkdir idx
printf '\000\000\010\003\000\000\000\074\000\000\000\001\000\000\000\001' > idx/train-images-idx3-ubyte
printf '\000\000\010\001\000\000\000\074' > idx/train-labels-idx1-ubyte
i=0
while [ $i -lt 30 ]; do
    printf '\001\002' >> idx/train-images-idx3-ubyte
    printf '\000\001' >> idx/train-labels-idx1-ubyte
    i=$((i + 1))
done
"$EVENHAND" import idx -o data.eh > /dev/null 2>&1

begin "a stratified split shows every group in every part"
run split data.eh --ratios 4,1,1 --stratify label
expect_code 0
expect_golden split_stratified.txt

begin "the same seed gives the same split, and another one another"
run stats data.eh --json
cp "$work/stdout" first
run split data.eh --ratios 4,1,1 --stratify label --seed 2
run stats data.eh --json
cmp -s first "$work/stdout" && problem "another seed gave the same split"
run split data.eh --ratios 4,1,1 --stratify label
run stats data.eh --json
cmp -s first "$work/stdout" || problem "the same seed gave another split"

begin "--json holds the counts"
run split data.eh --stratify label --json
expect_code 0
expect_json
expect_stdout '"train": 21'

begin "--json tells whether the parts are alike, which nine images cannot"
expect_stdout '"verdict": "untested"'
expect_stdout '"test": "chi-square"'
expect_stdout '"description": "70/15/15 %, stratified by label, seed 1"'

begin "folds are blocks of equal size, and each can be chosen"
run split data.eh --folds 5 --stratify label
expect_code 0
expect_stdout "label=1       6       6       6       6       6"
expect_stdout "The parts are alike"
run split data.eh --folds 3 --json
expect_json
expect_stdout '"fold 3": 20'
run split data.eh --ratios 4,1,1 --stratify label --json
expect_stdout '"verdict": "alike"'

begin "--check changes nothing, and its exit code is a verdict"
cp data.eh before.eh
run split data.eh --check
expect_code 0
expect_stdout "The parts are alike"
cmp -s data.eh before.eh || problem "the catalog has changed"
run split data.eh --check --by label
expect_code 1
expect_stdout "LEAK: 2 of 2 different values of label are in several parts (60 images)"
expect_stderr "2 of 2 different values of label are in several parts"
run split data.eh --check --folds 3
expect_code 2
run import idx -o fresh.eh
run split fresh.eh --check
expect_code 4
expect_stderr "only train of the parts holds images"
rm fresh.eh

begin "all images in one part is what was asked for, not a failure"
run split data.eh --ratios 100,0,0
expect_code 0
expect_stderr "only train of the parts holds images"
run split data.eh --ratios 100,0,0 --json
expect_code 0
expect_json
expect_stdout '"check": null'
run split data.eh --ratios 4,1,1 --stratify label

begin "a part of the images can be split, and groups too small are named"
run split data.eh --where 'id in 1..41' --stratify label
expect_code 0
expect_stdout "19 of 60 images are in no part"
run split data.eh --where 'id in (1, 2, 3, 5, 7, 9, 11, 13)' --stratify label --ratios 50,25,25
expect_code 0
expect_stderr "1 of 2 groups have fewer images than there are parts"
run split data.eh --where 'label=5'
expect_code 2
expect_stderr "no class '5'"
run split data.eh --where 'id=99'
expect_code 4

begin "wrong ratios are refused"
run split data.eh --ratios 70,30
expect_code 2
expect_stderr "three numbers"
run split data.eh --ratios 70,15,20
expect_code 2
expect_stderr "sum to 105"
run split data.eh --ratios 0.7,0.2,0.2
expect_code 2
expect_stderr "sum to 1.1"
run split data.eh --ratios 70,x,15
expect_code 2
expect_stderr "'x'"
run split data.eh --ratios 0,1,1
expect_code 2
expect_stderr "training part needs a share"

begin "an unknown column names the nearest"
run split data.eh --stratify lable
expect_code 2
expect_stderr "did you mean 'label'"

begin "too few people for the parts is exit code 4"
run split data.eh --by label
expect_code 4
expect_stderr "2 identities cannot be split into 3 parts"

begin "more folds than people is exit code 4"
run split data.eh --folds 3 --by label
expect_code 4
expect_stderr "2 identities cannot be split into 3 parts"

begin "without a test part --keep-test says so"
run import idx -o fresh.eh
run split fresh.eh --keep-test
expect_code 2
expect_stderr "no test part to keep"

begin "a file that is no catalog is refused"
run split idx/train-labels-idx1-ubyte
expect_code 3
expect_stderr "not a catalog"

finish
