. "$EVENHAND_ROOT/tests/cli/lib.sh"

begin "list shows every kind and its names"
run list
expect_code 0
expect_no_stderr
expect_stdout "commands: what the program does"
expect_stdout "list"

begin "list --json is one JSON document with every kind"
run list --json
expect_code 0
expect_json
expect_stdout '"plural": "commands"'

begin "a kind is found by its name and by its plural"
run list command
expect_code 0
cp "$work/stdout" "$work/first"
run list commands
cmp -s "$work/first" "$work/stdout" || problem "the two differ"
expect_stdout "what it is"

begin "an unknown kind is named, with the nearest one"
run list comands
expect_code 2
expect_no_stdout
expect_stderr 'did you mean "commands"?'

begin "every kind can be listed, and every thing in it described"
run list --json
cp "$work/stdout" "$work/all.json"
if command -v node > /dev/null; then
    node -e 'for (const k of JSON.parse(require("fs").readFileSync(0, "utf8")))
        for (const t of k.things) console.log(k.plural, t.name)' < "$work/all.json" > "$work/things"
    [ -s "$work/things" ] || problem "nothing is listed"
    while read -r kind name; do
        run list "$kind" "$name"
        expect_code 0
        expect_stdout "$name"
    done < "$work/things"
fi
finish
