#!/usr/bin/env python3
"""Checks the models that tests/onnx/export_models.sh left in a folder: onnx.checker, and onnxruntime against evenhand's own predictions.

Needs Debian 13's python3-onnx and python3-onnxruntime.

    python3 tests/tools/check_onnx.py FOLDER
"""
import json
import os
import sys

import numpy
import onnx
import onnxruntime


def picture(path):
    data = open(path, "rb").read()
    magic, size, depth, rest = data.split(b"\n", 3)
    width, height = map(int, size.split())
    assert magic == b"P6" and depth == b"255"
    return numpy.frombuffer(rest, numpy.uint8).reshape(height, width, 3).transpose(2, 0, 1).astype(numpy.float32)


def run(path, images, heads):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    result = dict(zip(names, session.run(None, {"images": images})))
    flat = [result[h["column"]].reshape(len(images), -1) for h in heads]
    return result, numpy.concatenate(flat, 1)


def main(folder):
    names = sorted(os.listdir(os.path.join(folder, "images")))
    pixels = numpy.stack([picture(os.path.join(folder, "images", n)) for n in names])
    worst, n = 0, 1
    while os.path.exists(os.path.join(folder, str(n), "model.onnx")):
        at = os.path.join(folder, str(n))
        model = onnx.load(os.path.join(at, "model.onnx"))
        onnx.checker.check_model(model, full_check=True)
        onnx.checker.check_model(onnx.load(os.path.join(at, "normalised.onnx")), full_check=True)
        about = {p.key: p.value for p in model.metadata_props}
        mean, std = (numpy.array(json.loads(about[k]), numpy.float64).reshape(-1, 1, 1) for k in ("mean", "std"))
        heads = json.loads(about["heads"])
        expected = numpy.load(os.path.join(at, "p.npy"))
        expected = expected.reshape(len(expected), -1)
        features = numpy.load(os.path.join(at, "f.npy")) if os.path.exists(os.path.join(at, "f.npy")) else None
        normalised = ((pixels / 255.0 - mean) / std).astype(numpy.float32)
        most = 0
        for path, images in (("model.onnx", pixels), ("normalised.onnx", normalised)):
            for count in (len(images), 1):
                result, flat = run(os.path.join(at, path), images[:count], heads)
                off = numpy.abs(flat - expected[:count]) / numpy.maximum(1, numpy.abs(expected[:count]))
                most = max(most, float(off.max()))
                if features is not None and "features" in result:
                    off = numpy.abs(result["features"] - features[:count]) / max(1, numpy.abs(features).max())
                    most = max(most, float(off.max()))
        shapes = ", ".join(f"{k} {list(v.shape)}" for k, v in result.items())
        print(f"{most:.1e}  {open(os.path.join(at, 'words')).read().strip()}  ({shapes})")
        worst, n = max(worst, most), n + 1
    print(f"{n - 1} models, largest difference {worst:.1e}")
    return 0 if n > 1 and worst <= 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
