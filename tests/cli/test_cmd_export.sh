# evenhand export: ONNX and safetensors by the ending. What the ONNX models compute is judged by tests/onnx.
. "$EVENHAND_ROOT/tests/cli/lib.sh"

"$EVENHAND" demo --only-faces --quiet -o drawn --faces train=160,valid=40,test=40,valid-min=4,test-min=4,size=16,quality=0 > /dev/null 2>&1
"$EVENHAND" import drawn/faces -o faces.eh --quiet > /dev/null 2>&1
"$EVENHAND" train faces.eh --label blond --groups blond,gender --model standard-cnn:width=2,hidden=8 --size 16 --epochs 1 --batch 32 --threads 1 \
    -o run --quiet > /dev/null 2>&1

begin "a run becomes an ONNX model that names its input, output and classes"
run export run -o model.onnx --json
expect_code 0
expect_json
expect_stdout '"model": "standard-cnn'
for word in evenhand images blond batch weights_sha256 Gemm Conv; do
    grep -aq "$word" model.onnx || problem "\"$word\" is not in it"
done
grep -aq normalised model.onnx || problem "the kind of input is not in it"

begin "the same model is written to the same bytes"
run export run -o again.onnx
expect_code 0
cmp -s model.onnx again.onnx || problem "they differ"

begin "normalisation, logits and features go in when asked for"
run export run -o full.onnx --input pixels --logits --features
expect_code 0
for word in pixels blond.logits features; do
    grep -aq "$word" full.onnx || problem "\"$word\" is not in it"
done

begin "the weights alone go into safetensors, and come back"
run export run -o w.safetensors
expect_code 0
run weights w.safetensors
expect_code 0
expect_stdout "fc.weight"

begin "what is asked wrongly is said, and nothing is left behind"
run export run -o model.pb
expect_code 2
expect_stderr "neither in .onnx nor in .safetensors"
run export run -o w2.safetensors --input pixels
expect_code 2
expect_stderr "about ONNX"
run export "$EVENHAND_ROOT/tests/golden/weights/plain.pth" -o a.onnx
expect_code 3
run export w.safetensors -o a.onnx
expect_code 3
expect_stderr "metadata"
run export nowhere -o a.onnx
expect_code 3
[ ! -e a.onnx ] && [ ! -e w2.safetensors ] || problem "a file was left behind"

finish
