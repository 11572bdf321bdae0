#!/bin/sh
# run.sh - exports some models and runs them with onnxruntime. Exit code: 0 passed, 1 failed, 77 skipped because something is not installed.
#   EVENHAND=path   the program
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

skip() {
    echo "SKIPPED: the test of exported models needs $1"
    exit 77
}

command -v node > /dev/null 2>&1 || skip "node 18 or newer (Debian package: nodejs)"
[ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 18')" = true ] || skip "node 18 or newer; this is $(node --version)"
if ! [ -d "$here/node_modules" ]; then
    command -v npm > /dev/null 2>&1 || skip "npm (Debian package: npm)"
    log=$(cd "$here" && npm ci --ignore-scripts 2>&1) || { echo "$log"; skip "npm's package onnxruntime-node, which could not be fetched"; }
fi
# The library inside is for some processors only.
(cd "$here" && node --input-type=module -e 'await import("onnxruntime-node")' > /dev/null 2>&1) || skip "npm's package onnxruntime-node, which does not run here"

work=$(mktemp -d "${TMPDIR:-/tmp}/evenhand-onnx.XXXXXX")
trap 'rm -rf "$work"' EXIT
sh "$here/export_models.sh" "$EVENHAND" "$work" "--model resnet18" "--model resnet20 --head class-attention" \
    "--model vgg-resnet:blocks=1,width=8,transformer=yes" "--model vit-tiny:patch=8" "--model dbvae:width=4,hidden=16,latent=5" \
    "--model efficientnetv2" "--model resnet20 --label side,amount --heads amount:loss=binned" \
    "--model hourglass:modules=2,width=8,depth=3 --label mask" "--model unet --label mask" || exit 1
(cd "$here" && node run_models.mjs "$work")
