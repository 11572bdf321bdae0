. "$EVENHAND_ROOT/tests/cli/lib.sh"

golden=$EVENHAND_ROOT/tests/golden/weights

begin "a checkpoint's tensors are shown, without what only training needs"
run weights "$golden/zip.pth"
expect_code 0
expect_no_stderr
expect_stdout "10 tensors with"
expect_stdout 'begins with "module."'
expect_stdout "fc.weight"
expect_stdout "[3, 4]"

begin "--json holds the same"
run weights "$golden/legacy.pth" --json
expect_code 0
expect_json
expect_stdout '"format": "torch"'
expect_stdout '"type": "BF16"'

begin "what a model takes is said before any training"
run weights "$golden/plain.pth" --model resnet20 --classes 4
expect_code 0
expect_stdout "resnet20 takes 0 of them"
expect_stdout "missing: conv1.weight"
expect_stdout "left over: a"

begin "a file that holds a whole model is refused, and what it asks for is named"
run weights "$golden/whole_model.pth"
expect_code 3
expect_stderr "torch.nn.modules.linear.Linear"
expect_stderr "state_dict"

begin "a file of something else is refused"
echo "some text" > notes.pth
run weights notes.pth
expect_code 3
expect_stderr "neither a safetensors file nor one that PyTorch wrote"

finish
