#!/bin/sh
# One million rows: makes a CSV with a million image files (hard links to a few), imports it without decoding, counts it and splits it, and prints the time and
# the largest memory of each step.
#
#   bench/million.sh [path of evenhand]
#
# EVENHAND_BENCH_FOLDER  where the files are made (a temporary folder when not set; about 180 MB, and a million names); kept when it is set, and used
#                        again. Needs GNU time (the Debian package "time").
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${1:-$here/../build/release/evenhand}")
[ -x "$program" ] || { echo "million.sh: there is no program $program; 'make' builds it" >&2; exit 2; }
[ -x /usr/bin/time ] || { echo "million.sh: needs /usr/bin/time (apt-get install time)" >&2; exit 2; }
folder=${EVENHAND_BENCH_FOLDER:-}
if [ -z "$folder" ]; then
    folder=$(mktemp -d "${TMPDIR:-/tmp}/evenhand-million.XXXXXX")
    trap 'rm -rf "$folder"' EXIT
    trap 'exit 130' INT TERM
fi
mkdir -p "$folder"
cd "$folder"

# A thousand folders of a thousand names; each of the first folder's files has a thousand names, fewer than any file system's limit.
if [ ! -f labels.csv ]; then
    mkdir -p d000
    echo "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOoBwAAgQCA05RTSgAAAABJRU5ErkJggg==" | base64 -d > d000/000.png
    i=1
    while [ $i -lt 1000 ]; do
        cp d000/000.png "d000/$(printf %03d $i).png"
        i=$((i + 1))
    done
    i=1
    while [ $i -lt 1000 ]; do
        cp -al d000 "d$(printf %03d $i)"
        i=$((i + 1))
    done
    awk 'BEGIN {
        srand(1)
        print "file,age,gender,ethnicity,smiling,person,blur"
        split("white black asian indian other", name, " ")
        for (d = 0; d < 1000; d++)
            for (f = 0; f < 1000; f++) {
                age = int(100 * rand() * rand())
                gender = rand() < 0.52 ? "male" : "female"
                t = rand()
                t = t < 0.45 ? 1 : t < 0.65 ? 2 : t < 0.82 ? 3 : t < 0.94 ? 4 : 5
                smiling = rand() < (gender == "male" ? 0.35 : 0.55) ? "yes" : "no"
                if (rand() < 0.01)
                    gender = ""
                printf "d%03d/%03d.png,%d,%s,%s,%s,p%d,%.4f\n", d, f, age, gender, name[t], smiling, int(200000 * rand()), rand()
            }
    }' > labels.new
    mv labels.new labels.csv
fi

# step NAME ARGUMENTS...: runs the program and prints a row.
step() {
    title=$1
    shift
    /usr/bin/time -f '%e %M' -o step.time "$program" "$@" > step.out 2> step.err || { cat step.err >&2; exit 1; }
    tail -1 step.time | awk -v title="$title" '{ printf "%-24s %7.2f s %7.0f MB\n", title, $1, $2 / 1024 }'
    tail -1 step.time >> all.time
}

rm -f all.time
step "import, not decoded" import labels.csv -o million.eh --overwrite --no-check
step "stats, every column" stats million.eh
step "stats, crossed" stats million.eh --groups gender,ethnicity --label smiling --bins age:10 --pictures
step "stats, a query" stats million.eh --where 'path ~ d00*/*5.png and age<30' --bins age
step "split by person" split million.eh --stratify gender,ethnicity --by person
awk '{ seconds += $1; most = $2 > most ? $2 : most } END { printf "%-24s %7.2f s %7.0f MB\n", "all, largest", seconds, most / 1024 }' all.time
step "split in five folds" split million.eh --folds 5 --stratify gender,ethnicity
