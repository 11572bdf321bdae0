# The event file for TensorBoard, read by tests/tools/read_events.mjs, which shares no code with the writer.
. "$EVENHAND_ROOT/tests/cli/lib.sh"

small="--model standard-cnn:width=2,hidden=8 --size 16 --epochs 3 --batch 32 --threads 1"
name=events.out.tfevents.evenhand

"$EVENHAND" demo --only-faces --quiet -o drawn --faces train=160,valid=40,test=40,valid-min=4,test-min=4,size=16,quality=0 > /dev/null 2>&1
"$EVENHAND" import drawn/faces -o faces.eh --quiet > /dev/null 2>&1

# read_events FOLDER: its event file as lines without the speed, in `events`.
read_events() {
    node "$EVENHAND_ROOT/tests/tools/read_events.mjs" "$1/$name" > events.all || problem "$1/$name cannot be read"
    grep -v 'images_per_second' events.all > events
}

# has STEP TAG: there is exactly one such value.
has() {
    [ "$(awk -F '\t' -v step="$1" -v tag="$2" '$1 == step && $2 == tag' events.all | wc -l)" = 1 ] ||
        problem "step $1 has not one '$2'"
}

# size FILE: its bytes; 0 where there is none.
size() {
    if [ -e "$1" ]; then wc -c < "$1"; else echo 0; fi
}

begin "every head, part and group has its curve, and the first batch its picture"
run train faces.eh --label blond,age --groups blond,gender $small --method gdro -o runs/whole
expect_code 0
read_events runs/whole
mv events whole
has 0 batch
for step in 1 5 15; do
    has $step loss
    has $step learning_rate
done
for step in 5 10 15; do
    for tag in epoch train/loss images_per_second valid/blond/loss valid/blond/accuracy valid/blond/accuracy/worst "valid/blond/accuracy/group Blond Male" \
        "train/q: Blond Male" valid/age/mae "valid/age/mae/group Blond Male"; do
        has $step "$tag"
    done
done
has 15 "test/blond/accuracy/group Not blond Female"
has 15 test/age/mae

begin "the curves are those of log.jsonl"
logged=$(grep '"event":"epoch","epoch":2' runs/whole/log.jsonl | sed 's/.*"loss":\([0-9.e-]*\),"lr".*/\1/')
drawn=$(awk -F '\t' '$1 == 10 && $2 == "train/loss" { print $3 }' whole)
awk -v a="$logged" -v b="$drawn" 'BEGIN { exit !(a > 0 && (a - b) ^ 2 < 1e-12) }' || problem "the log says $logged, the curve $drawn"

begin "a run that was killed and resumed has every step once"
for moment in 1 2 3; do
    "$EVENHAND" train faces.eh --label blond,age --groups blond,gender $small --method gdro --checkpoint-steps 2 --resume --quiet -o runs/killed \
        > /dev/null 2>&1 < /dev/null &
    pid=$!
    tries=0
    before=$(size runs/killed/$name)
    while [ "$(size runs/killed/$name)" -le "$((before + 200 * moment))" ] && [ $tries -lt 400 ]; do
        sleep 0.01
        tries=$((tries + 1))
    done
    kill -9 $pid 2> /dev/null
    wait $pid 2> /dev/null
done
run train faces.eh --label blond,age --groups blond,gender $small --method gdro --checkpoint-steps 2 --resume -o runs/killed
expect_code 0
read_events runs/killed
grep -v '(restart)' events > killed
cmp -s whole killed || problem "the values differ: $(diff whole killed | head -n 3)"

begin "what was written after the last checkpoint is cut off"
"$EVENHAND" train faces.eh --label blond $small --checkpoint-steps 4 --epochs 40 --quiet -o runs/cut > /dev/null 2>&1 < /dev/null &
pid=$!
tries=0
while ! grep -q '"step": *[1-9]' runs/cut/checkpoints/last.json 2> /dev/null && [ $tries -lt 400 ]; do
    sleep 0.01
    tries=$((tries + 1))
done
kill -9 $pid 2> /dev/null
wait $pid 2> /dev/null
step=$(sed -n 's/.*"step": \([0-9]*\),.*/\1/p' runs/cut/checkpoints/last.json)
printf 'what a killed process left' >> runs/cut/$name
run train faces.eh --label blond $small --checkpoint-steps 4 --epochs 40 --resume -o runs/cut
expect_code 0
read_events runs/cut
has "$step" loss
[ "$step" = 200 ] || has "$((step + 1))" "(restart)"
[ "$(awk -F '\t' '$2 == "loss" { print $1 }' events | sort -n | uniq -d | wc -l)" = 0 ] || problem "a step is there twice"
[ "$(awk -F '\t' '$2 == "loss"' events | wc -l)" = 200 ] || problem "a step is missing"

begin "a run without event file writes none, and may be given one when it goes on"
"$EVENHAND" train faces.eh --label blond $small --tensorboard=off --checkpoint-steps 4 --epochs 40 --quiet -o runs/off > /dev/null 2>&1 < /dev/null &
pid=$!
tries=0
while [ ! -e runs/off/checkpoints/last.json ] && [ $tries -lt 400 ]; do
    sleep 0.01
    tries=$((tries + 1))
done
kill -9 $pid 2> /dev/null
wait $pid 2> /dev/null
[ ! -e runs/off/$name ] || problem "the file was written"
run train faces.eh --label blond $small --checkpoint-steps 4 --epochs 40 --resume -o runs/off
expect_code 0
[ "$(grep -c '"event":"resumed"' runs/off/log.jsonl)" = 0 ] || has 200 test/blond/accuracy

finish
