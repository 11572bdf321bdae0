. "$EVENHAND_ROOT/tests/cli/lib.sh"

begin "the version is printed in one line"
run --version
expect_code 0
expect_stdout "evenhand "
[ "$(wc -l < "$work/stdout")" = 1 ] || problem "more than one line"

begin "--version --json gives JSON"
run --version --json
expect_code 0
expect_json
expect_stdout '"name": "evenhand"'

begin "without a command the program says what to do"
run
expect_code 2
expect_no_stdout
expect_stderr "evenhand: A command is needed"

begin "help names every command, the common options and the exit codes"
run help
expect_code 0
expect_no_stderr
for word in list help --json --quiet --seed --threads --color --progress 130; do
    expect_stdout "$word"
done
cp "$work/stdout" "$work/first"
run --help
expect_code 0
cmp -s "$work/first" "$work/stdout" || problem "--help differs from help"

begin "help of a command and --help of it are the same"
run help list
cp "$work/stdout" "$work/first"
run list --help
cmp -s "$work/first" "$work/stdout" || problem "list --help differs from help list"

begin "the help of a command is what it was"
run help help
expect_code 0
expect_golden help_help.txt

begin "help lines fit into 80 columns"
run help
awk 'length($0) > 80 { bad = 1 } END { exit bad }' "$work/stdout" || problem "a line is wider than 80 columns"

begin "an unknown command is named, with the nearest one"
run lst
expect_code 2
expect_no_stdout
expect_stderr 'evenhand: There is no command "lst". Did you mean "list"?'

begin "an unknown option is named, with the nearest one"
run list --jsn
expect_code 2
expect_stderr "There is no option --jsn. Did you mean --json?"

begin "an option without its value is an error"
run list --seed
expect_code 2
expect_stderr "--seed needs a value"

begin "a value out of range is an error that names the range"
run list --threads 99999
expect_code 2
expect_stderr "--threads must be between 0 and 1024, not 99999."

begin "trailing characters of a number are an error"
run list --seed 12abc
expect_code 2
expect_stderr '--seed needs a whole number, not "12abc"'

begin "an unknown choice names the choices"
run list --color alwys
expect_code 2
expect_stderr 'did you mean "always"?'

begin "one argument too many is an error"
run list a b c
expect_code 2
expect_stderr '"c" is one argument too many'

begin "with --json errors are one JSON object on stderr and nothing on stdout"
run lst --json
expect_code 2
expect_no_stdout
expect_stderr '{"event":"error","status":"usage","exit_code":2,"message":"There is no command \"lst\".'
[ "$(wc -l < "$work/stderr")" = 1 ] || problem "more than one line on stderr"

begin "options may come before the command, and --name=value is a form"
run --seed=7 list commands
expect_code 0
expect_stdout "help"

begin "a full disk behind stdout is an error, not silence"
if [ -c /dev/full ]; then
    run_shell '"$EVENHAND" help > /dev/full'
    expect_code 3
    expect_stderr "The standard output cannot be written"
fi

begin "a closed pipe ends the program without a word"
run_shell '"$EVENHAND" help --man | head -n 1'
expect_code 0
expect_no_stderr
finish
