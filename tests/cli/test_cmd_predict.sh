# evenhand predict: the same numbers as in the run, every kind of input and output, and what cannot be read.
. "$EVENHAND_ROOT/tests/cli/lib.sh"

"$EVENHAND" demo --only-faces --quiet -o drawn --faces train=160,valid=40,test=40,valid-min=4,test-min=4,size=16,quality=0 > /dev/null 2>&1
"$EVENHAND" import drawn/faces -o faces.eh --quiet > /dev/null 2>&1
"$EVENHAND" train faces.eh --label blond --groups blond,gender --model standard-cnn:width=2,hidden=8 --size 16 --epochs 2 --batch 32 --threads 1 \
    -o run --quiet > /dev/null 2>&1

# The columns of file 2 that file 1 has too, in the order of file 1.
same_columns() {
    awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) if (NR == FNR) want[i] = $i; else at[$i] = i; n = NR == FNR ? NF : n; if (NR == FNR) { print; next } }
             NR == FNR { print; next }' "$1" > first.txt
    awk -F, 'NR == FNR { if (FNR == 1) for (n = 1; n <= NF; n++) want[n] = $n; next }
             FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
             { line = ""; for (i = 1; i < n; i++) line = line (i > 1 ? "," : "") $(at[want[i]]); print line }' "$1" "$2" > second.txt
    cmp -s first.txt second.txt
}

begin "the test part's predictions are those of the run, to the last bit"
run predict run faces.eh --where "part = test" -o test.csv --threads 1
expect_code 0
expect_stderr "wrote test.csv: 40 of 40 images"
same_columns test.csv run/predictions-test.csv || problem "$(diff first.txt second.txt | head -4)"

begin "a file beside the predictions says what they were made from"
expect_file test.csv.json
grep -q '"weights_sha256": "' test.csv.json || problem "no hash of the weights"
grep -q '"evenhand": "' test.csv.json || problem "no version"

begin "an audit takes the predictions, with truths and groups"
run audit test.csv --groups blond,gender
expect_code 0
expect_stdout "worst group"

begin "a folder, a list, an archive and a picture are predicted alike"
find drawn/faces -name '*.png' -o -name '*.ppm' -o -name '*.jpg' | sort | head -5 > some.txt
mkdir few
i=0
while read -r path; do
    i=$((i + 1))
    cp "$path" "few/$i.${path##*.}"
done < some.txt
tar -cf few.tar few
run predict run few --json
expect_code 0
expect_json
grep '"file"' stdout | sed 's/.*"heads"/"heads"/; s/,$//' > folder.txt
run predict run some.txt --json
grep '"file"' stdout | sed 's/.*"heads"/"heads"/; s/,$//' > list.txt
cmp -s folder.txt list.txt || problem "the list is predicted otherwise"
run predict run few.tar --json
grep '"file"' stdout | sed 's/.*"heads"/"heads"/; s/,$//' > archive.txt
cmp -s folder.txt archive.txt || problem "the archive is predicted otherwise"
(echo "id,file"; nl -ba -s, some.txt | tr -d ' \t') > some.csv
run predict run some.csv --json
grep '"file"' stdout | sed 's/.*"heads"/"heads"/; s/,$//' > csv.txt
cmp -s folder.txt csv.txt || problem "the CSV is predicted otherwise"
run predict run "$(head -1 some.txt)"
expect_code 0
expect_stdout "file,predicted,p:"
[ "$(wc -l < folder.txt)" = 5 ] || problem "not five predictions"

begin "arrays have a row for every image"
run predict run few -o p.npy --features f.npy --json
expect_code 0
expect_stdout '"predicted": 5'
head -c 128 p.npy | grep -q "(5, 2)" || problem "p.npy has another shape"
head -c 128 f.npy | grep -q "(5, 8)" || problem "f.npy has another shape"
[ "$(wc -c < p.npy)" = $((128 + 40)) ] || problem "p.npy has another size"

begin "what cannot be read is listed and counted, and the rest is predicted"
echo "no picture" > few/broken.png
run predict run few -o p.csv
expect_code 3
expect_stderr "broken.png"
expect_stderr "1 of 6 images could not be read"
[ "$(wc -l < p.csv)" = 6 ] || problem "not five rows"
grep -q 'broken.png' p.csv.json || problem "the list does not name it"

begin "weights alone are enough"
run predict run/weights.safetensors few/1.* --json
expect_code 0

begin "a model that answers for every pixel writes a picture for each image"
for part in train valid; do
    mkdir -p "seg/images/$part" "seg/masks/$part"
    for i in 0 1 2 3 4 5 6 7; do
        awk -v i=$i -v to="seg/images/$part/$i.ppm" -v mask="seg/masks/$part/$i.pgm" 'BEGIN {
            srand(i + 1); print "P3\n16 16\n255" > to; print "P2\n16 16\n255" > mask
            for (k = 0; k < 256; k++) {
                class = k % 16 < 4 + i
                print class * 120 + int(rand() * 99), int(rand() * 99), int(rand() * 99) > to
                print class > mask
            }
        }'
    done
done
printf 'ground\nthing\n' > seg/classes.txt
"$EVENHAND" import seg -o seg.eh --format masks --quiet > /dev/null 2>&1
"$EVENHAND" train seg.eh --label mask --model hourglass:modules=1,width=4,depth=2 --size 16 --epochs 1 --batch 4 --threads 1 -o segrun --quiet > /dev/null 2>&1
run predict segrun seg/images/valid -o seg.csv --masks pictures
expect_code 0
[ "$(ls pictures | wc -l)" = 8 ] || problem "not eight pictures"
expect_file pictures/000000-0.png
head -1 seg.csv | grep -q '^file,mask$' || problem "other columns: $(head -1 seg.csv)"
grep -q 'pictures/000007-7.png' seg.csv || problem "the table does not name the pictures"
run predict segrun seg/images/valid -o seg.npy
expect_code 0
head -c 128 seg.npy | grep -q "(8, 2, 16, 16)" || problem "seg.npy has another shape"
run predict segrun seg/images/valid -o seg2.csv
expect_code 2
expect_stderr "say with --masks"
run predict segrun seg/images/valid -o seg2.csv --masks m --features f2.npy
expect_code 2
expect_stderr "no vector"

begin "with --mirror the answers for a picture and its mirror image are averaged"
mkdir turned
for i in 0 1 2 3 4 5 6 7; do
    awk 'NR <= 3 { print; next }
         { row[(NR - 4) % 16] = $0; if ((NR - 4) % 16 == 15) for (k = 15; k >= 0; k--) print row[k] }' "seg/images/valid/$i.ppm" > "turned/$i.ppm"
done
numbers() { tail -c +129 "$1" | od -An -v -tf4 -w4; }
for model in run segrun; do
    for way in plain mirror; do
        flag=
        [ $way = plain ] || flag=--mirror
        run predict $model seg/images/valid $flag -o $way.npy
        expect_code 0
        run predict $model turned $flag -o $way-turned.npy
        expect_code 0
    done
    for file in plain plain-turned mirror mirror-turned; do numbers $file.npy > $file.txt; done
    grep -q '"mirror": true' mirror.npy.json || problem "mirror.npy.json does not say it"
    cmp -s plain.txt plain-turned.txt && problem "$model says the same of mirror images anyway"
    # Masks come back as the picture lies: number i of a row of 16 is number 15 - i of the mirror image's.
    [ $model = run ] && width=1 || width=16
    paste plain.txt plain-turned.txt mirror.txt mirror-turned.txt | awk -v w=$width '
        { a[NR - 1] = $1; b[NR - 1] = $2; m[NR - 1] = $3; t[NR - 1] = $4 }
        END {
            for (i = 0; i < NR; i++) {
                j = i - i % w + w - 1 - i % w
                d = (a[i] + b[j]) / 2 - m[i]; e = m[i] - t[j]
                if (d > 1e-5 || d < -1e-5 || e > 1e-5 || e < -1e-5) { print "number " i ": " a[i], b[j], m[i], t[j]; exit 1 }
            }
            exit NR == 0
        }' > differ.txt || problem "$model: $(cat differ.txt)"
done

begin "probabilities of every pixel tell which mask is wrong"
"$EVENHAND" train seg.eh --label mask --model unet:width=4,depth=1 --size 16 --epochs 12 --batch 4 --lr 0.01 --threads 1 -o unet --quiet > /dev/null 2>&1
cp -r seg bad
awk 'NR > 3 { $1 = 1 - $1 } { print }' seg/masks/valid/3.pgm > bad/masks/valid/3.pgm
"$EVENHAND" import bad -o bad.eh --format masks --quiet > /dev/null 2>&1
run predict unet bad.eh --where "part = valid" -o wrong.npy
expect_code 0
grep -q '"files": \["images/valid/0.ppm"' wrong.npy.json || problem "the images are not named: $(cat wrong.npy.json)"
run clean bad.eh --checks labels:probabilities=wrong.npy
expect_code 0
expect_stderr "8 usable images are not in it"
expect_stdout "masks 8, flagged 1"
grep 'labels  look' stdout | head -1 | grep -q 'images/valid/3.ppm' || problem "another mask comes first: $(cat stdout)"

begin "what is asked wrongly is said"
run predict faces.eh few
expect_code 3
run predict run few --where "part = test"
expect_code 2
expect_stderr "import it first"
run predict run few -o p.txt
expect_code 2
expect_stderr "ends neither in .csv nor in .json or .npy"
run predict run few --masks m
expect_code 2
expect_stderr "answers for every pixel"
run predict run faces.eh --groups gendr
expect_code 2
expect_stderr "has no column of classes 'gendr'; did you mean 'gender'"
run predict run few --groups gender
expect_code 2
expect_stderr "import it first"
mkdir empty
run predict run empty
expect_code 4
run predict empty few
expect_code 3
expect_stderr "weights.safetensors"

finish
