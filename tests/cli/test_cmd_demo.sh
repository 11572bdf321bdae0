. "$EVENHAND_ROOT/tests/cli/lib.sh"

small="train=600,valid=100,test=200,valid-min=10,test-min=40"

begin "the demo goes from nothing to a report and says what every group got"
run demo -o d --methods erm,reweight --faces "$small" --train epochs=1 --progress none
expect_code 0
expect_stdout "Blond Male"
expect_stdout "Not blond Female"
expect_stdout "worst group"
expect_stdout "reweight"
[ -s d/report.html ] || problem "there is no report"
[ -s d/runs/erm/weights.safetensors ] || problem "the run left no weights"
[ "$(wc -l < d/faces/faces.csv)" -gt 900 ] || problem "too few faces were drawn"

begin "the demo cleans: what was planted is counted, copies are gone, suspicious labels are as they were"
for kind in "exact copy" "near copy" "wrong label" "poor image" "broken file"; do
    grep -q "^$kind" "$work/stdout" || problem "nothing is said about the defect $kind"
done
grep -q '^exact copy .* 40 .* 100.0 %  *100.0 %' "$work/stdout" || problem "not every exact copy was found"
run clean d/faces.eh --checks copies:near=no --planted d/faces/planted.csv
expect_stdout "same bytes (groups 0"
run clean d/faces.eh --undo --json
expect_stdout '"relabelled": 0'
run report d/faces.eh --groups blond --planted d/faces/planted.csv -o data.html
expect_code 0
grep -q '"planted":' data.html || problem "the report of the data does not hold the planted truth"
run report d/faces.eh --planted d/faces/faces.csv -o data.html
expect_code 3
expect_stderr "kind"

begin "results.json of the demo holds every run, and a report can be made of it"
run report d/results.json -o again.html
expect_code 0
[ -s again.html ] || problem "there is no report"
grep -q '"name": "reweight"' d/results.json || problem "the second run is missing"

begin "a folder that holds something is left alone, with the remedy"
run demo -o d --methods erm --faces "$small"
expect_code 2
expect_stderr "d is not empty; remove it, or name another folder with --output FOLDER"
[ -s d/report.html ] || problem "the folder was changed"

begin "an unknown method or face option is named before anything is drawn"
run demo -o e --methods ermm
expect_code 2
expect_stderr 'did you mean "erm"?'
[ ! -e e/faces ] || problem "faces were drawn"
run demo -o f --faces blnd-male=3 --methods erm
expect_code 2
expect_stderr "blond-male"

begin "faces alone, with planted defects and the truth beside them"
run demo -o g --only-faces --faces "$small,plant-copies=3,plant-wrong=4,plant-broken=2"
expect_code 0
[ "$(grep -c ',copy,\|,exact copy,' g/faces/planted.csv)" -ge 1 ] || problem "no copy is in planted.csv"
finish
