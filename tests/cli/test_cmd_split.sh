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

begin "wrong ratios are refused"
run split data.eh --ratios 70,30
expect_code 2
expect_stderr "three numbers"
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
