. "$EVENHAND_ROOT/tests/cli/lib.sh"
# What the user has set must not send loopback through a proxy.
no_proxy=127.0.0.1
export no_proxy

begin "a data set whose terms must be accepted is explained, and nothing is fetched"
run fetch celeba
expect_code 0
expect_no_stderr
expect_stdout "Non-commercial research only"
expect_stdout "mmlab.ie.cuhk.edu.hk"
expect_stdout "evenhand import celeba -o celeba.eh"
run fetch fairface --json
expect_code 0
expect_json
expect_stdout '"fetched": false'
run fetch utkface --import u.eh
expect_code 2
expect_no_stdout
expect_stderr "its terms must be accepted first"
expect_no_file utkface

begin "an unknown data set names the nearest"
run fetch fashon-mnist
expect_code 2
expect_no_stdout
expect_stderr "fashion-mnist"

begin "what can be fetched is listed"
run list datasets
expect_code 0
expect_stdout "cifar100"
run list datasets mnist
expect_code 0
expect_stdout "handwritten digits"

begin "an address that does not answer is a sentence, and no file is left"
run fetch mnist -o m --mirror http://127.0.0.1:1
expect_code 3
expect_no_stdout
expect_stderr "train-images-idx3-ubyte.gz could not be fetched: http://127.0.0.1:1/train-images-idx3-ubyte.gz"
[ -z "$(ls m)" ] || problem "something was left in m"

begin "an existing catalog is noticed before the download"
echo x > there.eh
run fetch mnist --mirror http://127.0.0.1:1 --import there.eh
expect_code 2
expect_stderr "there.eh exists"
expect_no_file mnist

real="${EVENHAND_DATA:-$EVENHAND_ROOT/../shared/data}/fashion-mnist"
if ! command -v node > /dev/null || ! [ -d "$real" ]; then
    skip "Fashion-MNIST is fetched from a server on loopback and imported" "no node or no real data"
else
    # Serves the folder's files, with ranges; the first answer for the large file breaks off.
    cat > server.mjs << 'JS'
import http from "node:http";
import fs from "node:fs";
let cut = true;
const server = http.createServer((request, response) => {
  const bytes = fs.readFileSync(process.argv[2] + request.url);
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const from = range ? Number(range[1]) : 0;
  const head = { "Content-Length": bytes.length - from, ETag: '"x"' };
  if (range) head["Content-Range"] = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
  response.writeHead(range ? 206 : 200, head);
  if (cut && bytes.length > 20e6) {
    cut = false;
    response.write(bytes.subarray(0, 10e6), () => response.socket.end());
  } else response.end(bytes.subarray(from));
});
server.listen(0, "127.0.0.1", () => fs.writeFileSync("port.tmp", String(server.address().port)) ?? fs.renameSync("port.tmp", "port"));
JS
    node server.mjs "$real" &
    server=$!
    trap 'kill $server 2> /dev/null; rm -rf "$work"' EXIT
    tries=0
    while ! [ -s port ] && [ $tries -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done

    begin "Fashion-MNIST is fetched from a server on loopback, over a broken line, and imported"
    run fetch fashion-mnist -o fm --mirror "http://127.0.0.1:$(cat port)" --import fm.eh --json
    expect_code 0
    expect_json
    expect_stdout '"name": "train-images-idx3-ubyte.gz"'
    cmp -s fm/train-images-idx3-ubyte.gz "$real/train-images-idx3-ubyte.gz" || problem "the file differs"
    [ "$(ls fm | wc -l)" = 4 ] || problem "not four files"
    run stats fm.eh --json
    expect_stdout '"images": 70000'

    begin "a second time nothing is fetched"
    kill $server
    run fetch fashion-mnist -o fm --mirror "http://127.0.0.1:1"
    expect_code 0
    expect_stdout "was there"
    expect_stdout "MIT licence"
fi
finish
