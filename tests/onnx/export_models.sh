#!/bin/sh
# export_models.sh PROGRAM FOLDER [MODEL ...] - trains each model for one epoch on pictures of noise, exports it, and predicts the pictures of its test part.
#
# Leaves FOLDER/images/*.ppm and for each model FOLDER/<n>/model.onnx (input: pixels), normalised.onnx, p.npy (with p.npy.json) and f.npy, its features, which run_models.mjs and
# tests/tools/check_onnx.py compare with onnxruntime. A model is written as the words of `evenhand train`; without any, all that there are.
set -eu
program=$1
folder=$2
shift 2
mkdir -p "$folder/data/images" "$folder/images"
for part in train valid test; do mkdir -p "$folder/masks/images/$part" "$folder/masks/masks/$part"; done
cd "$folder"

# 44 pictures of 32x32 random bytes (1 to 255), 10 for validation and 4 for testing; labels, numbers and masks of chance.
LC_ALL=C awk 'BEGIN {
    srand(7); side = 32
    print "file,side,amount,split" > "data/labels.csv"
    for (i = 0; i < 44; i++) {
        name = sprintf("%02d.ppm", i)
        path = "data/images/" name
        printf "P6\n%d %d\n255\n", side, side > path
        for (k = 0; k < side * side * 3; k++)
            printf "%c", 1 + int(rand() * 255) > path
        close(path)
        printf "images/%s,%s,%.1f,%s\n", name, i % 2 ? "left" : "right", i % 7 + 0.5, i < 30 ? "train" : i < 40 ? "valid" : "test" > "data/labels.csv"
    }
}'
# The same pictures with masks of chance, three classes.
awk 'BEGIN {
    srand(8); side = 32
    for (i = 0; i < 44; i++) {
        path = sprintf("masks/masks/%s/%02d.pgm", i < 30 ? "train" : i < 40 ? "valid" : "test", i)
        printf "P2\n%d %d\n255\n", side, side > path
        for (k = 0; k < side * side; k++)
            print int(rand() * 3) > path
        close(path)
    }
}'
for part in train valid test; do
    case $part in train) some='[012]?' ;; valid) some='3?' ;; test) some='4?' ;; esac
    for name in data/images/$some.ppm; do cp "$name" "masks/images/$part/"; done
done
printf 'a\nb\nc\n' > masks/classes.txt
"$program" import masks -o masks.eh --format masks --overwrite --quiet > /dev/null 2> import.log || { cat import.log >&2; exit 1; }

cp data/images/40.ppm data/images/41.ppm data/images/42.ppm data/images/43.ppm images/
"$program" import data/labels.csv -o data.eh --format csv:label=side --overwrite --quiet > /dev/null 2> import.log || { cat import.log >&2; exit 1; }

if [ $# = 0 ]; then
    set -- "--model resnet18" "--model resnet34" "--model resnet50" "--model resnet101" "--model resnet20" "--model resnet32" \
        "--model resnet44" "--model resnet56" "--model vgg-resnet:blocks=1,width=8" \
        "--model vgg-resnet:blocks=1,width=8,down=stride,activation=gelu,transformer=yes" "--model efficientnetv2" \
        "--model efficientnetv2:size=s" "--model standard-cnn:width=4,hidden=16" \
        "--model dbvae:width=4,hidden=16,latent=5" "--model vit-tiny:patch=8" "--model resnet20 --head class-attention" \
        "--model resnet18 --head concat-pool" "--model hourglass:modules=2,width=8,depth=3 --label mask" "--model unet --label mask" "--model resnet20 --label mask" \
        "--model resnet20 --label side,amount" \
        "--model resnet20 --label side,amount --heads amount:loss=binned" "--model resnet20 --label side,amount --heads amount:loss=ordinal"
fi
n=0
for model; do
    n=$((n + 1))
    data=data.eh label="--label side" features="--features $n/f.npy"
    case $model in
    *--label\ mask*) data=masks.eh label= features= ;;
    *--label*) label= ;;
    esac
    # shellcheck disable=SC2086  # words
    "$program" train $data $label $model --size 32 --epochs 1 --batch 20 --lr 0.0001 --precision f32 --threads 1 -o "$n" --quiet > /dev/null 2> "$n.log" || { cat "$n.log" >&2; exit 1; }
    "$program" export "$n" -o "$n/model.onnx" --input pixels --logits --features --quiet
    "$program" export "$n" -o "$n/normalised.onnx" --quiet
    "$program" predict "$n" images -o "$n/p.npy" $features --quiet
    echo "$model" > "$n/words"
done
