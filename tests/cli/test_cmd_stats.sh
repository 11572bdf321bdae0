. "$EVENHAND_ROOT/tests/cli/lib.sh"

picture() {
    mkdir -p "$(dirname "$1")"
    echo "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOoBwAAgQCA05RTSgAAAABJRU5ErkJggg==" | base64 -d > "$1"
}

printf 'file,hair,gender,age,person,split\n' > labels.csv
i=0
for row in blond,female,20.5,p1,train blond,female,21.5,p1,train dark,male,30.5,p2,train dark,female,,p3,valid dark,male,41.5,p2,test ,male,50.5,p4,test; do
    picture "images/$i.png"
    echo "images/$i.png,$row" >> labels.csv
    i=$((i + 1))
done
"$EVENHAND" import labels.csv -o data.eh > /dev/null 2>&1

begin "every column is counted, in all and in each part"
run stats data.eh
expect_code 0
expect_no_stderr
expect_golden stats_all.txt

begin "groups are crossed, with missing values visible"
run stats data.eh --groups hair,gender
expect_code 0
expect_golden stats_groups.txt

begin "labels are counted in every group"
run stats data.eh --groups gender --label hair --no-split
expect_code 0
expect_golden stats_label.txt

begin "--json holds the same numbers"
run stats data.eh --groups gender --label hair --json
expect_code 0
expect_json
expect_stdout '"value": "(missing)"'
expect_stdout '"labels": {'
expect_stdout '"cramers_v": {'
expect_stdout '"images_needed": null'

begin "a query says which images are counted"
run stats data.eh --where 'age in 20..31 and hair=blond' --groups gender
expect_code 0
expect_stdout "data.eh, age in 20..31 and hair=blond: 2 images"
run stats data.eh --where 'hair missing or part=valid' --json
expect_json
expect_stdout '"where": "hair missing or part=valid"'
expect_stdout '"images": 2'

begin "a query's mistake names its place, an empty one is not enough data"
run stats data.eh --where 'age>20 and hiar=dark'
expect_code 2
expect_stderr "character 12: there is no column 'hiar'"
expect_stderr "did you mean 'hair'"
run stats data.eh --where 'age>200'
expect_code 4
expect_stderr "holds for no image"

begin "numbers stand in steps, by edges, and group by group"
run stats data.eh --bins age:10 --groups gender
expect_code 0
expect_stdout "20 to 30        2     0"
expect_stdout "(missing)       1     0"
run stats data.eh --bins age:0/30/50
expect_code 0
expect_stdout "0 to 30         2  #"
expect_stdout "(outside)       1"
run stats data.eh --bins age:10 --json
expect_json
expect_stdout '"column": "age",'
expect_stdout '"20 to 30",'
run stats data.eh --bins age:-1
expect_code 2
expect_stderr "'-1' is no step"
run stats data.eh --bins age:3/2
expect_code 2
expect_stderr "edges must rise"
run stats data.eh --bins hair:2
expect_code 2
expect_stderr "'hair' holds classes"
run stats data.eh --bins age:0.0001
expect_code 3
expect_stderr "take larger steps"

begin "pictures are measured group by group"
run stats data.eh --groups hair --pictures
expect_code 0
expect_stdout "blond                2      1       1       1     67     1"

begin "a slice is written as a picture"
run stats data.eh --show 'hair=blond and age<21' -o blond.png
expect_code 0
expect_stdout "hair=blond and age<21: 1 images, 1 of them on blond.png"
head -c 8 blond.png | od -An -tx1 | grep -q '89 50 4e 47 0d 0a 1a 0a' || problem "blond.png is no PNG"
run stats data.eh --show 'hair missing or gender=female' --most 2 -o two.png --json
expect_code 0
expect_json
expect_stdout '"images": 4'
expect_stdout '"shown": 2'
run stats data.eh --show 'age>1000' -o none.png
expect_code 4
[ ! -e none.png ] || problem "an empty slice left a picture"
run stats data.eh --show 'hair=blond' -o nowhere/sheet.png
expect_code 3
run stats data.eh --show 'hair=blond' --where 'age<3'
expect_code 2
mv images gone
run stats data.eh --show 'hair=blond' -o gone.png
expect_code 0
expect_stderr "2 of the images on gone.png can no longer be decoded"
mv gone images

begin "nothing skipped is said in words and as an empty list"
run stats data.eh --skipped
expect_code 0
expect_stdout "Nothing was skipped."
run stats data.eh --skipped --json
expect_json
expect_stdout "[]"

begin "--results writes results.json, which a report takes like any other"
run stats data.eh --groups gender --label hair --results data.json
expect_code 0
grep -q '"kind": "data"' data.json || problem "no document about a data set"
grep -q '"--results"' data.json || problem "the command is not on record"
run report data.json -o page.html
expect_code 0
[ -s page.html ] || problem "no report of data.json"
run stats data.eh --results other.json
expect_code 0
expect_stderr "no groups were named, so these were taken: --groups gender"
run stats data.eh --results other.json --skipped
expect_code 2

begin "columns that cannot be groups or labels are refused"
run stats data.eh --groups age
expect_code 2
expect_stderr "'age' holds numbers"
run stats data.eh --label person
expect_code 2
expect_stderr "'person' has no classes"
run stats data.eh --groups hiar
expect_code 2
expect_stderr "did you mean 'hair'"

finish
