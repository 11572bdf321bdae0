#!/bin/sh
# How well wrong labels are ranked: area under the precision-recall curve where 5 % of the labels were flipped and the truth is known.
#   bench/label_errors.sh build/release/evenhand [FOLDER]
# Drawn faces (3,000 of 64 x 64, column blond, two classes) and composed pictures (8,000 of Fashion-MNIST with digits of MNIST in a corner, ten
# classes, each flipped label uniformly one of the other nine), three seeds each; defaults of the check but for the columns. The composed ones need
# fashion-mnist and mnist in $EVENHAND_DATA (or ../shared/data), and are left out without. FOLDER: where the sets are made; a temporary one where not given.
set -eu
evenhand=$(realpath "$1")
data=${EVENHAND_DATA:-$(dirname "$0")/../../shared/data}
[ -d "$data" ] && data=$(realpath "$data")
folder=${2:-$(mktemp -d)}
[ $# -gt 1 ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"
cd "$folder"

# judge NAME CATALOG COLUMN TRUTH
judge() {
    "$evenhand" clean "$2" -q --progress none --checks "labels:columns=$3,note-at=0" --planted "$4" --top 1 --json |
        awk -v name="$1" -F '[:,]' '/"planted": \[/ { on = 1 }
            on && /"(planted|reported|found|precision|recall|average_precision)"/ { gsub(/[ "]/, ""); v[$1] = $2 }
            END { printf "%-18s area %.3f   planted %d, flagged %d, of them right %d\n", name, v["average_precision"],
                         v["planted"], v["reported"], v["found"] }'
}

for seed in 2 3 4; do
    "$evenhand" demo -o "faces$seed" --seed $seed --only-faces --faces train=3000,valid=0,test=0,plant-wrong=150 -q
    "$evenhand" import "faces$seed/faces" -o "faces$seed.eh" -q > import.txt
    judge "drawn faces $seed" "faces$seed.eh" blond "faces$seed/faces/planted.csv"
done

if [ ! -d "$data/fashion-mnist" ] || [ ! -d "$data/mnist" ]; then
    echo "composed pictures: left out, $data has no fashion-mnist and mnist"
    exit 0
fi
"$evenhand" import "$data/fashion-mnist" -o items.eh -q > import.txt
"$evenhand" import "$data/mnist" -o digits.eh -q > import.txt
for seed in 1 2 3; do
    "$evenhand" compose items.eh digits.eh -o "set$seed" --layout corner --limit 4000 --diagonal 0.8 --seed $seed -q > import.txt
    # Every twentieth of the images in random order gets a wrong label.
    awk -F, -v seed=$seed 'BEGIN { srand(seed) } NR > 1 { print rand() "," $1 "," $3 }' "set$seed/labels.csv" | sort -g |
        awk -F, -v seed=$seed -v truth="set$seed/planted.csv" 'BEGIN { srand(seed + 100); print "file,label"; print "file,kind,column" > truth }
            NR % 20 == 1 { print $2 ",wrong label,label" > truth; $3 = ($3 + 1 + int(9 * rand())) % 10 }
            { print $2 "," $3 }' > "set$seed/flipped.csv"
    "$evenhand" import "set$seed/flipped.csv" -o "set$seed.eh" -q --format csv:label=label > import.txt
    judge "composed $seed" "set$seed.eh" label "set$seed/planted.csv"
done
