# evenhand show-batch: the picture, and what it says of bad options.
. "$EVENHAND_ROOT/tests/cli/lib.sh"

"$EVENHAND" demo --only-faces --quiet -o drawn --faces train=60,valid=20,test=20,valid-min=2,test-min=2,size=16,quality=0 > /dev/null 2>&1
"$EVENHAND" import drawn/faces -o faces.eh --quiet > /dev/null 2>&1

begin "a picture of the first batch is written"
run show-batch faces.eh --label blond,gender --size 16 --batch 9 --augment fastai,mixup -o seen.png
expect_code 0
expect_file seen.png
expect_stderr "9 images"
[ "$(head -c 4 seen.png | tail -c 3)" = PNG ] || problem "seen.png is no PNG"

begin "the same options give the same picture, another seed another one"
run show-batch faces.eh --label blond,gender --size 16 --batch 9 --augment fastai,mixup -o again.png
expect_code 0
cmp -s seen.png again.png || problem "the second picture differs"
run show-batch faces.eh --label blond,gender --size 16 --batch 9 --augment fastai,mixup --seed 2 -o other.png
expect_code 0
cmp -s seen.png other.png && problem "another seed gave the same picture"

begin "a recipe can be shown, into its folder"
run train faces.eh --label blond --size 16 --epochs 1 --batch 8 --model standard-cnn:width=2,hidden=8 --augment flip --threads 1 -o runs/erm
expect_code 0
run show-batch --config runs/erm/recipe.yaml --json
expect_code 0
expect_json
expect_stdout '"images": 8'
expect_file runs/erm/batch.png

begin "what is wrong is said"
run show-batch faces.eh --label blnd -o seen.png
expect_code 2
expect_stderr "blond"
run show-batch faces.eh --label blond --augment flop -o seen.png
expect_code 2
expect_stderr "flip"
run show-batch faces.eh --label blond -o /proc/nowhere/x.png
expect_code 3

finish
