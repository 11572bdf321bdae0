. "$EVENHAND_ROOT/tests/cli/lib.sh"
samples="$EVENHAND_ROOT/web/samples"

begin "a report is made from several results"
run report "$samples/erm.results.json" "$samples/gdro.results.json" -o r.html --title "Two <b>methods"
expect_code 0
expect_no_stdout
expect_file r.html
grep -q '<title>Two &lt;b&gt;methods</title>' r.html || problem "the title is missing or not escaped"
grep -q '<p class="verdict-sentence">The model trained plainly is right on' r.html || problem "the verdict is missing"

begin "the same input gives the same bytes"
run report "$samples/erm.results.json" "$samples/gdro.results.json" -o again.html --title "Two <b>methods"
cmp -s r.html again.html || problem "the files differ"

begin "--no-images leaves no picture in the page"
run report "$samples/erm.results.json" -o plain.html --no-images --quiet
expect_code 0
expect_no_stderr
if grep -q 'data:image/[jp]' plain.html; then problem "a picture is left"; fi

begin "--json says what was written"
run report "$samples/erm.results.json" -o j.html --json
expect_code 0
expect_json
expect_stdout '"report": "j.html"'

begin "hostile names stay text"
run report "$samples/hostile.results.json" -o hostile.html
expect_code 0
sed '/id="evenhand-data"/q' hostile.html > static.html
if grep -q '<img src=x' static.html; then problem "markup from the data stands in the page"; fi

begin "what is no result is refused and writes nothing"
echo '{}' > bad.json
run report bad.json -o bad.html
expect_code 3
expect_stderr "bad.json"
run report predictions.csv
expect_code 2
expect_stderr "evenhand audit predictions.csv -o results.json"
expect_no_file bad.html
run report nowhere.json -o bad.html
expect_code 3
run report
expect_code 2

begin "a report over an existing file replaces it; a failed one leaves it"
echo old > old.html
run report bad.json -o old.html
expect_code 3
grep -q old old.html || problem "the old file was lost"
run report "$samples/erm.results.json" -o old.html
expect_code 0
grep -q evenhand old.html || problem "the old file was not replaced"

begin "a folder that does not exist is named"
run report "$samples/erm.results.json" -o no/such/folder/r.html
expect_code 3
expect_stderr "no/such/folder"

finish
