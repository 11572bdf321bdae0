. "$EVENHAND_ROOT/tests/cli/lib.sh"

# 40 + 50 + 8 images: class 1 is rare among the second group and hard in the third.
{
    echo "file,label,guess,p_0,p_1,who"
    i=0
    while [ $i -lt 98 ]; do
        if [ $i -lt 40 ]; then row="0,0,0.9,0.1,left"
        elif [ $i -lt 85 ]; then row="0,0,0.8,0.2,right"
        elif [ $i -lt 90 ]; then row="0,1,0.4,0.6,right"
        elif [ $i -lt 92 ]; then row="1,1,0.3,0.7,both"
        else row="1,0,0.6,0.4,both"; fi
        echo "img/$i.jpg,$row"
        i=$((i + 1))
    done
} > p.csv

begin "the table shows every group worst first, and the verdict follows"
run audit p.csv --predicted guess --groups who
expect_code 0
expect_no_stderr
expect_golden audit_worst.txt

begin "groups can stand in their own order"
run audit p.csv --predicted guess --groups who --sort name --quiet
expect_code 0
expect_golden audit_name.txt

begin "--json holds the results and nothing else"
run audit p.csv --predicted guess --groups who --json
expect_code 0
expect_json
expect_stdout '"format": "evenhand-results"'
expect_stdout '"name": "both"'

begin "results are written, with the command line that made them"
run audit p.csv --predicted guess --groups who -o r.json
expect_code 0
expect_file r.json
grep -q '"command": \["evenhand", "audit", "p.csv", "--predicted", "guess", "--groups", "who", "--output", "r.json"\]' r.json || problem "r.json lacks the command"

begin "a rule that fails ends with exit code 1 and a sentence"
run audit p.csv --predicted guess --groups who --fail-on 'overall(accuracy)<0.9'
expect_code 1
expect_stderr 'Rule overall(accuracy)<0.9: The accuracy of all images is 88.8% (87/98'
expect_stdout "Rule overall(accuracy)<0.9: fail."

begin "a rule that cannot be judged ends with exit code 4"
run audit p.csv --predicted guess --groups who --fail-on 'worst(accuracy)<0.3'
expect_code 4
expect_stderr "not enough to say"

begin "a failing rule outweighs one that cannot be judged; results are written all the same"
run audit p.csv --predicted guess --groups who --fail-on 'worst(accuracy)<0.3,overall(accuracy)<90%' -o judged.json
expect_code 1
expect_file judged.json
grep -q '"outcome": "not enough data"' judged.json || problem "judged.json lacks the outcome"

begin "rules that hold end with exit code 0"
run audit p.csv --predicted guess --groups who --fail-on 'overall(accuracy)<0.8,mean(accuracy)<10%'
expect_code 0

begin "what is no rule is a usage error, and nothing is written"
run audit p.csv --predicted guess --groups who --fail-on 'worst(acuracy)<0.8' -o never.json
expect_code 2
expect_stderr 'accuracy'
expect_no_file never.json

begin "a missing file, column or group column is named"
run audit nowhere.csv
expect_code 3
expect_stderr "nowhere.csv"
run audit p.csv --groups who
expect_code 3
expect_stderr "--predicted"
run audit p.csv --predicted guess --groups whom
expect_code 3
expect_stderr "who"
run audit
expect_code 2

begin "an empty file and one with a header alone are refused"
: > empty.csv
run audit empty.csv
expect_code 3
echo "truth,predicted" > header.csv
run audit header.csv
expect_code 3
expect_stderr "no predictions"

begin "a query chooses the rows that are measured, and stands in the results"
run audit p.csv --predicted guess --groups who --where 'who in (left, right) and p_0 >= 0.5' --json
expect_code 0
expect_json
expect_stdout '"measured_where": "who in (left, right) and p_0 >= 0.5"'
expect_stdout '"images": 85'
run audit p.csv --predicted guess --groups who --where 'label=0'
expect_stdout "all images:"
run audit p.csv --predicted guess --groups who --where 'who=lefft'
expect_code 2
expect_stderr "character 5: there is no class 'lefft' in the column 'who'; did you mean 'left'?"
run audit p.csv --predicted guess --groups who --where 'p0>1'
expect_code 2
expect_stderr "did you mean 'p_0'?"
run audit p.csv --predicted guess --groups who --where 'p_0>1'
expect_code 4
expect_stderr "holds for no row of p.csv"

begin "an image that is listed twice is refused unless it is allowed"
printf 'file,truth,predicted,group\na,1,1,x\nb,1,0,y\na,1,1,x\n' > twice.csv
run audit twice.csv
expect_code 3
expect_stderr "line 2 and again in line 4"
run audit twice.csv --allow-duplicates
expect_code 0

begin "options of a CSV are refused for a run's folder"
mkdir folder
run audit folder --truth x
expect_code 2
run audit folder
expect_code 3
expect_stderr "run.json"

begin "numbers are measured, and rules about them decide"
printf 'file,age,guess,group\n' > ages.csv
i=0
while [ $i -lt 40 ]; do
    i=$((i + 1))
    echo "$i.jpg,$i,$((i + 2)).5,near" >> ages.csv
    echo "b$i.jpg,$i,$((i + 9)).5,far" >> ages.csv
done
run audit ages.csv --truth age --predicted guess --within 3,10 --fail-on 'worst(mae)>9,gap(mae)>7.5,worst(within:3)<10%'
expect_code 1
expect_stdout "9.50"
expect_stdout "within 10"
expect_stderr 'Rule worst(mae)>9: The mean absolute error of age in "far" is 9.50'
run audit ages.csv --truth age --predicted guess --fail-on 'worst(within:4)<0.5'
expect_code 2
expect_stderr "name it with --within"
run audit ages.csv --truth age --predicted guess --kind classes
expect_code 3

begin "rules about masks are judged by what the run measured"
for part in train valid; do
    mkdir -p "seg/images/$part" "seg/masks/$part"
    i=0
    while [ $i -lt 32 ]; do
        awk -v i=$i -v to="seg/images/$part/$i.ppm" -v mask="seg/masks/$part/$i.pgm" 'BEGIN {
            srand(i + 1); print "P3\n8 8\n255" > to; print "P2\n8 8\n255" > mask
            for (k = 0; k < 64; k++) {
                class = k % 8 < 2 + i % 5
                print class * 120 + int(rand() * 99), int(rand() * 99), int(rand() * 99) > to
                print class > mask
            }
        }'
        i=$((i + 1))
    done
done
printf 'ground\nthing\n' > seg/classes.txt
"$EVENHAND" import seg -o seg.eh --format masks --quiet > /dev/null 2>&1
"$EVENHAND" train seg.eh --label mask --model hourglass:modules=1,width=4,depth=2 --size 8 --epochs 1 --batch 16 --threads 1 -o segrun --quiet > /dev/null 2>&1
run audit segrun --fail-on 'worst(miou)<=100%,overall(iou:thing)<0%' --json
expect_code 1
expect_stderr 'Rule worst(miou)<=100%: The mean IoU of mask in '
expect_stdout '"rule": "overall(iou:thing)<0%"'
expect_stdout '"outcome": "pass"'
expect_json
run audit segrun --fail-on 'overall(wgap)<=1'
expect_code 1
expect_stderr "The average precision of the worst class of mask in all images is "
expect_stdout "Rule overall(wgap)<=1: fail."
run audit segrun --fail-on 'overall(iou:car)<0.5'
expect_code 2
expect_stderr 'names the class "car"'
run audit segrun --fail-on 'overall(accuracy)<0.5'
expect_code 2
expect_stderr "nothing here learns classes"
run audit p.csv --predicted guess --groups who --fail-on 'worst(miou)<0.5'
expect_code 2
expect_stderr "nothing here learns masks"

begin "escape sequences in names do not reach the terminal"
printf 'truth,predicted,group\n1,1,\033[31mred\n1,0,\033]0;title\007\n' > escape.csv
run audit escape.csv
expect_code 0
if LC_ALL=C grep -q "$(printf '\033')" "$work/stdout"; then problem "an escape sequence was printed"; fi

begin "a full disk is an error and leaves nothing"
if [ -w /dev/full ]; then
    run_shell "ulimit -f 8; trap '' XFSZ; \"$EVENHAND\" audit p.csv --predicted guess --groups who -o full.json"
    expect_code 3
    expect_no_file full.json
    [ -z "$(ls -A | grep full)" ] || problem "a temporary file was left: $(ls -A | grep full)"
    run_shell "\"$EVENHAND\" audit p.csv --predicted guess --groups who > /dev/full"
    expect_code 3
    expect_stderr "standard output"
fi

finish
