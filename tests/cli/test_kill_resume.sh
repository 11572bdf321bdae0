# A training that is killed (SIGKILL) at 20 random moments and resumed each time ends with the same bytes as one that was never killed.
. "$EVENHAND_ROOT/tests/cli/lib.sh"

options="--label blond --groups blond,gender --method gdro:step-size=0.1 --model standard-cnn:width=4,hidden=16 --size 32 --epochs 4 --batch 32"
options="$options --augment flip,shift-crop --schedule one-cycle --checkpoint-steps 1 --threads 1"

"$EVENHAND" demo --only-faces --quiet -o drawn --faces train=320,valid=40,test=40,valid-min=4,test-min=4,size=32,quality=0 > /dev/null 2>&1
"$EVENHAND" import drawn/faces -o faces.eh --quiet > /dev/null 2>&1

now() { date +%s%N; }

# kill_and_resume NAME KILLS OPTIONS...: kills runs with these options at random moments; they must end as NAME-whole, which was never killed.
kill_and_resume() {
    name=$1
    kills=$2
    shift 2
    before=$(now)
    run train faces.eh "$@" -o "$name-whole"
    expect_code 0
    after=$(now)
    seed=$(date +%N)
    echo "  seed of the moments: $seed"
    # Moments spread over three quarters of a whole run, so that kills meet the start, the steps, the saving and the end.
    awk -v seed="$seed" -v n=400 -v span="$(((after - before) / 1000000))" 'BEGIN { srand(seed); for (i = 0; i < n; i++) printf "%.3f\n", rand() * span * 0.75 / 1000 }' > moments
    done=0
    attempts=0
    round=1
    while [ $done -lt $kills ] && [ $attempts -lt 100 ]; do
        attempts=$((attempts + 1))
        "$EVENHAND" train faces.eh "$@" --resume --quiet -o "$name-killed-$round" > stdout 2> stderr < /dev/null &
        pid=$!
        sleep "$(sed -n "${attempts}p" moments)"
        code=0
        if kill -9 $pid 2> /dev/null; then
            wait $pid 2> /dev/null || code=$?
        else
            wait $pid || code=$?
        fi
        if [ $code = 137 ]; then
            done=$((done + 1))
        else
            [ $code = 0 ] || problem "a resumed run ended with $code"
            round=$((round + 1)) # it came to its end: the next kills meet a new run
        fi
    done
    [ $done = $kills ] || problem "only $done kills met a running training"
    for folder in $(seq 1 $round); do
        folder=$name-killed-$folder
        [ -d "$folder" ] || continue
        run train faces.eh "$@" --resume -o "$folder"
        expect_code 0
        for file in weights.safetensors predictions-valid.csv predictions-test.csv; do
            cmp -s "$name-whole/$file" "$folder/$file" || problem "$folder/$file differs from the run that was never killed"
        done
        # Every epoch once, with the same numbers; only clocks may differ.
        for run in "$name-whole" "$folder"; do
            grep '"event":"epoch"' "$run/log.jsonl" | sed 's/"seconds":[^,]*,//; s/"images_per_s":[^,]*,//; s/"wait_seconds":[^,]*,//; s/"cpu_use":[^,]*,//; s/"peak_memory_bytes":[^,]*,//' > "$run.epochs"
        done
        cmp -s "$name-whole.epochs" "$folder.epochs" || problem "the epochs in $folder/log.jsonl differ"
    done
    resumed=$(cat "$name"-killed-*/log.jsonl | grep -c '"event":"resumed"')
    [ "$resumed" -ge $((kills / 4)) ] || problem "only $resumed runs went on from a checkpoint"
}

begin "20 kills at random moments leave no trace in the weights, the predictions and the log"
# shellcheck disable=SC2086
kill_and_resume one 20 $options

begin "nor do 12 in a run of three stages"
# shellcheck disable=SC2086
kill_and_resume stages 12 $options --stages 'epochs=1,freeze=conv*;epochs=1,lr=0.002,batch=16;epochs=2,where=gender=Male or gender=Female'

finish
