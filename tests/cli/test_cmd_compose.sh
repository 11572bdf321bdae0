. "$EVENHAND_ROOT/tests/cli/lib.sh"

# Forty images of 2 x 2 pixels as IDX files, labels 0 and 1 in turn; the second set is brighter.
idx_set() {
    mkdir "$1"
    printf '\000\000\010\003\000\000\000\050\000\000\000\002\000\000\000\002' > "$1/train-images-idx3-ubyte"
    printf '\000\000\010\001\000\000\000\050' > "$1/train-labels-idx1-ubyte"
    i=0
    while [ $i -lt 20 ]; do
        printf "$2" >> "$1/train-images-idx3-ubyte"
        printf '\000\001' >> "$1/train-labels-idx1-ubyte"
        i=$((i + 1))
    done
    "$EVENHAND" import "$1" -o "$1.eh" -q > /dev/null
}
idx_set items '\020\020\020\020\040\040\040\040'
idx_set digits '\200\200\200\200\300\300\300\300'

begin "a composed set is a folder with pictures, a sheet, its rules and a catalog"
run compose items.eh digits.eh -o trap --layout corner:share=0.5 --pairs 1=1:0.9
expect_code 0
expect_stdout "trap/data.eh: 40 images"
expect_stdout "train: 40 images, of which 18 agree with the planted bias and 2 conflict with it"
expect_stdout "90.00%"
expect_stderr "look at trap/sheet.png"
for file in trap/data.eh trap/sheet.png trap/compose.json trap/labels.csv trap/images/000040.png; do
    expect_file $file
done
run stats trap/data.eh --groups label,partner --json
expect_code 0
expect_json

begin "--json says what was asked and what came of it"
run compose items.eh digits.eh -o again --layout corner:share=0.5 --pairs 1=1:0.9 --json -q
expect_code 0
expect_json
expect_no_stderr
expect_stdout '"asked": 0.9'
expect_stdout '"achieved": 0.9'
expect_stdout '"aligned": 18'
cmp -s trap/compose.json again/compose.json || problem "the provenance differs"
cmp -s trap/images/000007.png again/images/000007.png || problem "a picture differs"
cmp -s trap/labels.csv again/labels.csv || problem "the labels differ"

begin "other programs' table can be imported again"
run import trap/labels.csv -o table.eh
expect_code 0
expect_stdout "40 images (format csv)"
expect_stdout "aligned: class aligned, conflicting"

begin "a folder that is not empty, an unknown layout and an unknown class are sentences"
run compose items.eh digits.eh -o trap
expect_code 2
expect_stderr "the folder trap is not empty"
run compose items.eh digits.eh -o new --layout cornr
expect_code 2
expect_stderr "corner"
run compose items.eh digits.eh -o new --pairs 7=1:0.9
expect_code 2
expect_stderr "--pairs: '7' is no class of the first data set"
run compose items.eh nothing.eh -o new
expect_code 3
expect_stderr "there is no catalog nothing.eh"
expect_no_file new

begin "a full disk leaves nothing behind"
run_shell "ulimit -f 4; trap '' XFSZ; exec '$EVENHAND' compose items.eh digits.eh -o full"
expect_code 3
expect_no_file full
[ -z "$(ls | grep tmp)" ] || problem "a temporary folder was left"
finish
