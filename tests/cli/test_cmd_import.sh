. "$EVENHAND_ROOT/tests/cli/lib.sh"

# A picture of one grey pixel as a PNG.
picture() {
    mkdir -p "$(dirname "$1")"
    echo "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOoBwAAgQCA05RTSgAAAABJRU5ErkJggg==" | base64 -d > "$1"
}

for i in 1 2 3; do
    picture "set/cat/$i.png"
    picture "set/dog/$i.png"
done

begin "a folder of classes becomes a catalog, and the summary says what is in it"
run import set -o data.eh
expect_code 0
expect_no_stderr
expect_golden import_folder.txt
expect_file data.eh

begin "an existing catalog is replaced only with --overwrite"
run import set -o data.eh
expect_code 2
expect_no_stdout
expect_stderr "--overwrite"
run import set -o data.eh --overwrite
expect_code 0

begin "--json gives one document with columns, classes, parts and the catalog's hash"
run import set -o json.eh --json
expect_code 0
expect_json
expect_stdout '"format": "folder"'
expect_stdout '"check":'
expect_stdout '"images": 6'
expect_stdout '"hash": "'

begin "an image that cannot be decoded is listed, and the exit code is 3 although the catalog was written"
cp -r set broken
echo "no picture" > broken/cat/2.png
run import broken -o broken.eh
expect_code 3
expect_stdout "5 images"
expect_stdout "not taken: 1"
expect_stderr "1 of 6 images could not be decoded"
expect_stderr "broken.eh was written, but 1 of 6 items could not be taken"
expect_file broken.eh
run stats broken.eh --skipped
expect_code 0
expect_stdout "cat/2.png"

begin "--strict ends at it and writes nothing"
run import broken -o strict.eh --strict
expect_code 3
expect_no_stdout
expect_stderr "cat/2.png"
expect_no_file strict.eh

begin "a missing source, an empty folder and a folder without images are sentences"
mkdir -p empty other
echo x > other/readme.txt
run import nowhere -o x.eh
expect_code 3
expect_stderr "there is no file or folder nowhere"
run import empty -o x.eh
expect_code 3
expect_stderr "empty is a folder without images"
run import other -o x.eh --format folder
expect_code 3
expect_stderr "a folder without images"
expect_no_file x.eh

begin "a CSV with a missing column names the file, the column, the nearest and the list"
printf 'file,gender\nset/cat/1.png,f\nset/dog/1.png,m\n' > labels.csv
run import labels.csv -o x.eh --format csv:label=gendr
expect_code 3
expect_stderr "labels.csv"
expect_stderr "gendr"
expect_stderr "gender"
expect_no_file x.eh

begin "a CSV is imported with its columns, and a row without its file is listed"
printf 'file,gender,age,split\nset/cat/1.png,f,31.5,train\nset/dog/1.png,m,20.25,test\nset/none.png,m,7.5,train\n' > labels.csv
run import labels.csv -o csv.eh
expect_code 3
expect_stdout "gender: class f, m"
expect_stdout "age: number"
expect_stdout "train 1, valid 0, test 1"
run stats csv.eh --skipped
expect_stdout "set/none.png"
expect_stdout "line 4: there is no such file"

begin "an unknown format and an unknown option of a format name the nearest"
run import set -o x.eh --format foldr
expect_code 2
expect_stderr "folder"
run import labels.csv -o x.eh --format csv:lable=gender
expect_code 2
expect_stderr "label"

begin "an archive is a data set as the folder is, and the catalog has the same hash"
EVENHAND_CACHE=$work/cache
export EVENHAND_CACHE
tar czf set.tar.gz set
run import set -o data.eh --overwrite --json
folder_hash=$(grep '"hash"' "$work/stdout")
run import set.tar.gz -o archive.eh --json
expect_code 0
expect_stdout "$folder_hash"
expect_stderr "kept as one plain tar"
mkdir moved
mv set.tar.gz archive.eh moved
run stats moved/archive.eh
expect_code 0
run import moved/set.tar.gz/set/cat -o cat.eh
expect_code 0
expect_stdout "3 images"
run import moved/set.tar.gz/none -o none.eh
expect_code 3
expect_stderr "holds no file or folder 'none'"

begin "an archive beyond a limit is refused, with the option that raises it"
run import moved/set.tar.gz -o limit.eh --max-entries 5
expect_code 3
expect_stderr "--max-entries"
expect_no_file limit.eh

begin "a member that leads out of its archive is listed, and nothing is written outside"
mkdir -p out/in
cp -r set out/in/set
(cd out/in && cp set/cat/1.png ../evil.png && tar cPf ../../evil.tar set ../evil.png && rm ../evil.png)
run import evil.tar -o evil.eh
expect_code 3
expect_stdout "6 images"
run stats evil.eh --skipped
expect_stdout "../evil.png"
expect_stdout "leads out of the archive"
[ ! -e out/evil.png ] || problem "a member was written outside"

begin "a full disk leaves nothing behind"
run_shell "ulimit -f 8; trap '' XFSZ; exec '$EVENHAND' import set -o full.eh"
expect_code 3
expect_stderr "full.eh"
expect_no_file full.eh
[ -z "$(ls | grep tmp)" ] || problem "a temporary file was left"

finish
