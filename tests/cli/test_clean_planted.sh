. "$EVENHAND_ROOT/tests/cli/lib.sh"

# Every check against defects whose truth is known: drawn faces with planted copies, leaks, poor images and broken files; and the same faces under names that
# say the gender, with people of four pictures each, of whom some have a wrong gender or an impossible age.
"$EVENHAND" demo -o d --seed 3 --only-faces -q \
    --faces train=700,valid=100,test=200,valid-min=10,test-min=20,size=64,plant-copies=30,plant-near=30,plant-poor=24,plant-broken=8 > /dev/null 2>&1
"$EVENHAND" import d/faces -o faces.eh -q > /dev/null 2>&1
mkdir -p named/Male named/Female
awk -F, 'NR == FNR { if (FNR > 1 && $2 != "wrong label") odd[$1] = 1; next }
    FNR == 1 { print "file,gender,age,person,skin" > "named/people.csv"; print "file,kind" > "truth.csv"; next }
    odd[$1] { next }
    {
        n = ++count[$4]
        name = $4 "/" substr($1, 8)
        print "cp d/faces/" $1 " named/" name
        gender = $4; age = $8
        if (n % 60 == 7) { gender = $4 == "Male" ? "Female" : "Male"; print name ",names" > "truth.csv"; print name ",identities" > "truth.csv" }
        if (n % 50 == 11) { age = 999; print name ",values" > "truth.csv" }
        print name "," gender "," age "," $4 int((n - 1) / 4) "," $7 > "named/people.csv"
    }' d/faces/planted.csv d/faces/faces.csv > copy.sh
sh copy.sh
"$EVENHAND" import named -o named.eh -q --format csv:label=gender,identity=person > import.txt 2>&1

# rates KIND RECALL PRECISION: percent that the table of planted defects must reach.
rates() {
    awk -F '   *' -v kind="$1" -v recall="$2" -v precision="$3" '$1 == kind && NF == 7 {
            n++
            if ($5 + 0 < recall || $6 + 0 < precision) print "recall", $5, "precision", $6
        } END { if (!n) print "no such line" }' "$work/stdout" > rate.txt
    [ ! -s rate.txt ] || problem "$1: $(cat rate.txt), but $2 and $3 are asked for"
}

begin "planted copies, leaks, poor images and broken files are found, and little else"
run clean faces.eh --checks copies:distance=0,leaks:distance=0,quality --planted d/faces/planted.csv --top 1
expect_code 0
rates "exact copy" 100 100
rates "near copy" 50 90
rates "leak" 60 90
rates "poor image" 95 60
rates "broken file" 100 100

begin "names, values and identities find what contradicts them, and nothing else"
run clean named.eh --checks names,values,identities --planted truth.csv --top 1
expect_code 0
rates "names" 100 100
rates "values" 100 100
rates "identities" 90 90

begin "the truth is given as JSON too, and one that does not fit is refused"
run clean named.eh --checks names --planted truth.csv --top 1 --json
expect_json
expect_stdout '"average_precision": 1.0'
run clean named.eh --checks names --planted d/faces/planted.csv
expect_code 3
expect_stderr "is it of another catalog?"

real="${EVENHAND_DATA:-$EVENHAND_ROOT/../shared/data}/utkface-12k.tar.gz"
if [ -f "$real" ]; then
    begin "utkface-12k: 259 of its 375 groups of equal files contradict themselves, counted by column, and are left alone"
    run import "$real" -o utk.eh -q
    run clean utk.eh --checks copies:near=no --top 1 --plan
    expect_stdout "same bytes (groups 375, images 765)"
    expect_stdout "conflicts (clusters 259, undecided 259, columns (age 205, gender 40, ethnicity 70))"
    expect_stdout "search seconds"
    expect_stdout "259 of 375 clusters of copies contradict each other in their labels"
    run clean utk.eh --checks copies:near=no --top 1 --json
    expect_stdout '"age": 205'
    expect_stdout '"undecided": 259'
else
    skip "utkface-12k: 259 of its 375 groups of equal files contradict themselves" "no $real"
fi

finish
