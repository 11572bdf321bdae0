. "$EVENHAND_ROOT/tests/cli/lib.sh"

# Ten images in two classes; the last two are copies of the first two.
mkdir idx
printf '\000\000\010\003\000\000\000\012\000\000\000\001\000\000\000\001' > idx/train-images-idx3-ubyte
printf '\000\000\010\001\000\000\000\012' > idx/train-labels-idx1-ubyte
printf '\001\002\003\004\005\006\007\010\001\002' >> idx/train-images-idx3-ubyte
printf '\000\000\000\000\000\001\001\001\000\000' >> idx/train-labels-idx1-ubyte
"$EVENHAND" import idx -o data.eh > /dev/null 2>&1

begin "copies are found and listed with what they are copies of"
run clean data.eh
expect_code 0
expect_stdout "train-images-idx3-ubyte#8"
expect_stdout "train-images-idx3-ubyte#0"
run stats data.eh --json
cp "$work/stdout" before

begin "a plan shows the change of every group's share and changes nothing"
run clean data.eh --plan --groups label
expect_code 0
expect_stdout "--apply would quarantine 2 images"
expect_stdout "70.00 %"
expect_stdout "62.50 %"
run stats data.eh --json
cmp -s before "$work/stdout" || problem "the plan changed the catalog"

begin "--json holds checks, findings and the plan"
run clean data.eh --plan --groups label --json
expect_code 0
expect_json
expect_stdout '"quarantine": 2'
expect_stdout '"share_after": 0.375'
expect_stdout '"other_id": 1'

begin "apply takes out, and undo restores"
run clean data.eh --apply
expect_code 0
expect_stdout "Quarantined 2 images"
run stats data.eh --json
expect_stdout '"images": 8'
run clean data.eh --apply
expect_code 0
expect_stdout "nothing to do"
run clean data.eh --undo
expect_code 0
expect_stdout "2 images are usable again"
run stats data.eh --json
cmp -s before "$work/stdout" || problem "undo did not restore the catalog"
run clean data.eh --undo
expect_code 0
expect_stdout "nothing to take back"

begin "--where limits what is shown and planned, and keeps the other findings"
run clean data.eh --where "id = 9" --plan --json
expect_code 0
expect_stdout '"quarantine": 1'
run clean data.eh --stored --plan --json
expect_stdout '"quarantine": 2'
run clean data.eh --stored --where "id = 10" --plan --json
expect_stdout '"quarantine": 1'
run clean data.eh --where "id = 9" --undo
expect_code 2
expect_stderr "leave it away with --undo"
run clean data.eh --where "nme = 9"
expect_code 2
expect_stderr "there is no column 'nme'"

begin "stored findings can be applied without running a check again"
run clean data.eh
run clean data.eh --stored --plan --json
expect_code 0
expect_stdout '"checks": []'
expect_stdout '"quarantine": 2'

begin "copies with contradicting labels are left alone unless it is said what to do"
mkdir other
cp idx/train-images-idx3-ubyte other
printf '\000\000\010\001\000\000\000\012\000\000\000\000\000\001\001\001\001\000' > other/train-labels-idx1-ubyte
run import other -o other.eh
run clean other.eh --plan
expect_code 0
expect_stdout "conflicts (clusters 1, undecided 1"
expect_stdout "--apply would quarantine 1 images"
run clean other.eh --plan --conflicts drop-all
expect_stdout "--apply would quarantine 3 images"
run clean other.eh --plan --conflicts keep-majority
expect_stdout "--apply would quarantine 1 images"
run clean other.eh --plan --checks leaks --conflicts drop-all
expect_code 2
expect_stderr "--conflicts is about the check 'copies'"

begin "which columns copies must agree on can be a list"
run clean other.eh --checks copies:labels=label
expect_code 0
expect_stdout "contradict each other in their labels (label 1)"
run clean other.eh --checks copies:labels=label,nix,near=no,leaks
expect_code 2
expect_stderr "there is no column 'nix'"
run clean other.eh --checks copies:near=no,nix
expect_code 2
expect_stderr 'There is no check "nix"'

begin "without a split leaks has nothing to look at, and says so"
"$EVENHAND" import other -o parts.eh --format idx --quiet > /dev/null 2>&1
run clean parts.eh --checks leaks
expect_code 0
expect_stderr "has no images held out from training"

begin "every distance is shown, and a picture of the border is written"
run clean data.eh --thresholds 0..3
expect_code 0
expect_stdout "images with partner"
expect_stderr "no two images are 0 to 3 bits apart"
expect_no_file data-thresholds.png
run clean data.eh --thresholds 3 --json
expect_code 0
expect_json
expect_stdout '"pairs": 2'
for wrong in x 3..1 1..99 -1 1..2..3; do
    run clean data.eh --thresholds "$wrong"
    expect_code 2
done
run clean data.eh --thresholds 1..3 --apply
expect_code 2
expect_stderr "--thresholds only shows"

begin "leaks and what they do to the accuracy"
run split data.eh --ratios 5,0,5
run clean data.eh --checks leaks
expect_code 0
expect_stdout "held-out images with a copy in training"
printf 'image,truth,predicted\n1,0,0\n2,0,1\n3,0,0\n4,0,0\n5,0,0\n6,1,1\n7,1,1\n8,1,1\n9,0,0\n10,0,1\n' > guesses.csv
run clean data.eh --checks leaks --predictions guesses.csv --groups label
expect_code 0
expect_stdout "without leaks"
run clean data.eh --checks leaks --predictions guesses.csv --json
expect_json
expect_stdout '"accuracy_without_leaks"'
printf 'image,truth,predicted\n100,0,0\n' > guesses.csv
run clean data.eh --checks leaks --predictions guesses.csv
expect_code 3
expect_stderr "is it of another catalog?"

begin "options that contradict each other are refused"
run clean data.eh --plan --apply
expect_code 2
expect_stderr "give one of them"
run clean data.eh --undo --apply
expect_code 2
expect_stderr "stands alone"
run clean data.eh --relabel
expect_code 2
expect_stderr "needs --plan or --apply"
run clean data.eh --checks copis
expect_code 2
expect_stderr "copies"
run clean data.eh --plan --groups lable
expect_code 2
expect_stderr "did you mean 'label'"
run clean nothing.eh
expect_code 3
expect_stderr "there is no catalog"

begin "wrong labels are found by probabilities of a file, and corrected when asked"
"$EVENHAND" demo -o d --only-faces --faces train=60,valid=0,test=0,size=16,plant-wrong=4 > /dev/null 2>&1
"$EVENHAND" import d/faces -o faces.eh > /dev/null 2>&1
# A judge that knows the truth but is never quite sure.
awk -F, 'NR == FNR { if ($2 == "wrong label") truth[$1] = $NF; next }
    FNR == 1 { print "file,Blond,Not blond"; next }
    { label = ($1 in truth) ? truth[$1] : $3; print $1 "," (label == "Blond" ? "0.97,0.03" : "0.03,0.97") }' \
    d/faces/planted.csv d/faces/faces.csv > p.csv
run clean faces.eh --checks "labels:columns=blond,probabilities=p.csv" --plan --relabel --json
expect_code 0
expect_json
expect_stdout '"relabel": 4'
expect_stdout '"quarantine": 0'
for file in $(awk -F, '$2 == "wrong label" { print $1 }' d/faces/planted.csv); do
    expect_stdout "$file"
done

finish
