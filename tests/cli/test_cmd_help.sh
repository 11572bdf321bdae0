. "$EVENHAND_ROOT/tests/cli/lib.sh"

begin "help of an unknown command names the nearest"
run help lsit
expect_code 2
expect_stderr 'Did you mean "list"?'

begin "the bash completion script is valid and completes commands and options"
run help --completion bash
expect_code 0
cp "$work/stdout" "$work/completion.bash"
if command -v bash > /dev/null; then
    cat > "$work/try.bash" << 'END'
source ./completion.bash
try() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _evenhand
    echo "${COMPREPLY[*]}"
}
try evenhand li
try evenhand list --js
try evenhand help --completion z
try evenhand list --color al
END
    run_shell 'bash -eu try.bash'
    expect_code 0
    printf 'list\n--json\nzsh\nalways\n' > "$work/wanted"
    cmp -s "$work/wanted" "$work/stdout" || problem "other completions than list, --json, zsh, always"
fi

begin "the zsh completion script is made and, where zsh is there, valid"
run help --completion zsh
expect_code 0
expect_stdout "#compdef evenhand"
cp "$work/stdout" "$work/_evenhand"
if command -v zsh > /dev/null; then
    run_shell 'zsh -n _evenhand'
    expect_code 0
fi

begin "the fish completion script is made and, where fish is there, valid"
run help --completion fish
expect_code 0
expect_stdout "complete -c evenhand"
cp "$work/stdout" "$work/evenhand.fish"
if command -v fish > /dev/null; then
    run_shell 'fish --no-execute evenhand.fish'
    expect_code 0
fi

begin "the man page has its sections and troff finds nothing to warn about"
run help --man
expect_code 0
for section in NAME SYNOPSIS COMMANDS "EXIT STATUS" ENVIRONMENT; do
    expect_stdout ".SH $section"
done
cp "$work/stdout" "$work/evenhand.1"
if command -v groff > /dev/null; then
    run_shell 'groff -man -Tutf8 -ww -z evenhand.1'
    expect_code 0
    expect_no_stderr
fi
finish
