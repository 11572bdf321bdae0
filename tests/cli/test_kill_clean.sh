. "$EVENHAND_ROOT/tests/cli/lib.sh"

# 5,000 images of one pixel in 200 grey values and two classes: nearly all are copies, and a plan for them takes a while to apply.
mkdir idx
awk 'BEGIN {
    printf "\\000\\000\\010\\003\\000\\000\\023\\210\\000\\000\\000\\001\\000\\000\\000\\001" > "images.txt"
    printf "\\000\\000\\010\\001\\000\\000\\023\\210" > "labels.txt"
    for (i = 0; i < 5000; i++) {
        printf "\\%03o", i % 200 > "images.txt"
        printf "\\%03o", i % 200 % 2 > "labels.txt"
    }
}'
printf "$(cat images.txt)" > idx/train-images-idx3-ubyte
printf "$(cat labels.txt)" > idx/train-labels-idx1-ubyte
"$EVENHAND" import idx -o whole.eh -q > import.txt 2>&1
"$EVENHAND" clean whole.eh --checks copies:near=no,conflicts=report --top 1 -q > clean.txt 2>&1

milliseconds() {
    date +%s%3N
}
# state CATALOG: what it holds, to be compared.
state() {
    "$EVENHAND" stats "$1" --json 2> /dev/null | grep -v '"catalog"\|"path"\|"sha256"\|seconds'
}
state whole.eh > before
cp whole.eh applied.eh
begun=$(milliseconds)
"$EVENHAND" clean applied.eh --stored --apply --top 1 -q > clean.txt 2>&1
took=$(($(milliseconds) - begun))
state applied.eh > after

begin "a plan that is killed while it is applied has happened as a whole or not at all, and can be undone"
cmp -s before after && problem "the plan changed nothing"
run clean applied.eh --undo
state applied.eh > undone
cmp -s before undone || problem "undo did not restore the catalog"
not_at_all=0
whole=0
for try in 1 2 3 4 5 6; do
    cp whole.eh tried.eh
    "$EVENHAND" clean tried.eh --stored --apply --top 1 -q > /dev/null 2>&1 &
    process=$!
    # Six moments over the time that it takes and a fifth more, each a little off.
    moment=$((took * try / 5 + $(awk -v seed="$try$$" 'BEGIN { srand(seed); print int(20 * rand()) }') - 10))
    [ "$moment" -gt 0 ] || moment=1
    sleep "$(awk -v ms="$moment" 'BEGIN { print ms / 1000 }')"
    kill -9 "$process" 2> /dev/null || true
    wait "$process" 2> /dev/null || true
    state tried.eh > now
    if cmp -s now before; then
        not_at_all=$((not_at_all + 1))
        run clean tried.eh --stored --apply --top 1
        expect_code 0
        state tried.eh > now
        cmp -s now after || problem "after a kill at $moment ms the plan could not be applied again"
    elif cmp -s now after; then
        whole=$((whole + 1))
    else
        problem "after a kill at $moment ms the catalog is neither as before nor as after"
    fi
    run clean tried.eh --undo
    expect_code 0
    state tried.eh > now
    cmp -s now before || problem "after a kill at $moment ms undo does not restore the catalog"
done
[ $((not_at_all + whole)) = 6 ] || problem "$not_at_all and $whole of 6"
echo "killed 6 times in $took ms: $not_at_all not at all, $whole as a whole"

finish
