# The whole way from predictions to a page in a browser: results obey the schema, the page passes the browser tests.
. "$EVENHAND_ROOT/tests/cli/lib.sh"
browser="$EVENHAND_ROOT/tests/browser"

write_predictions() { # FILE SEED: 240 rows, right more often the higher the seed
    awk -v seed="$2" 'BEGIN {
        print "file,truth,predicted,p_no,p_yes,hair,<b>sex"
        for (i = 0; i < 240; i++) {
            truth = i % 2 ? "yes" : "no"; group = int(i / 60); x = (i * 7919 + seed * 104729) % 97 / 97
            right = x < (group == 3 ? 0.2 + seed / 10 : 0.9)
            p = right == (truth == "yes") ? 0.8 : 0.3
            printf "img/%d.jpg,%s,%s,%.1f,%.1f,%s,%s\n", i, truth, (p > 0.5) ? "yes" : "no", 1 - p, p, (group > 1) ? "blond" : "dark", (group % 2) ? "man" : ""
        }
    }' > "$1"
}

test="results and report of the program pass the schema and the browser tests"
if ! command -v node > /dev/null || [ ! -d "$browser/node_modules" ]; then
    skip "$test" "node or the packages of tests/browser are missing; tests/browser/run.sh fetches them"
else
    begin "$test"
    write_predictions a.csv 1
    write_predictions b.csv 6
    for name in a b; do
        run audit $name.csv --groups 'hair,<b>sex' --name "$name" -o $name.json --fail-on 'worst(accuracy)<1%'
        expect_code 0
    done
    run report a.json b.json -o r.html
    expect_code 0
    code=0
    EVENHAND_RESULTS="$work/a.json:$work/b.json" EVENHAND_REPORT="$work/r.html" sh "$browser/run.sh" > "$work/stdout" 2> "$work/stderr" || code=$?
    if [ "$code" = 77 ]; then
        test_name=
        skip "$test" "$(head -n 1 "$work/stdout")"
    else
        [ "$code" = 0 ] || { problem "the browser tests fail"; grep -E -A8 '^ *not ok' "$work/stdout" | head -n 40; }
    fi
fi

finish
