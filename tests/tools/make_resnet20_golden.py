#!/usr/bin/env python3
"""Writes tests/golden/cifar10_resnet20.json: what PyTorch (2.6 made the committed one) reaches with the public ResNet-20 on CIFAR-10's test images.

Usage: python3 tests/tools/make_resnet20_golden.py cifar10-jpeg.tar.gz cifar10_resnet20.safetensors out.json
(needs Debian 13's python3-torch and python3-pil). Stored are the number of right answers, the sum of all pixels and one that depends on their places, so that
the test can tell whether it saw the same pixels, and the logits of every thousandth image.
"""
import io
import json
import sys
import tarfile

import numpy
import torch
from PIL import Image

from make_torch_goldens import CifarResnet


def read_images(path):
    with tarfile.open(path) as archive:
        names = sorted(m.name for m in archive if m.isfile() and "/test/" in m.name)
    with tarfile.open(path) as archive:
        bytes_of = {m.name: archive.extractfile(m).read() for m in archive if m.isfile() and "/test/" in m.name}
    classes = sorted({name.split("/")[-2] for name in names})
    pixels = numpy.stack([numpy.asarray(Image.open(io.BytesIO(bytes_of[n])).convert("RGB")) for n in names])
    return pixels, torch.tensor([classes.index(n.split("/")[-2]) for n in names])


def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    size = int.from_bytes(data[:8], "little")
    tensors = {}
    for name, t in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            values = numpy.frombuffer(data, "<f4", (end - begin) // 4, 8 + size + begin)
            tensors[name] = torch.from_numpy(values.copy()).reshape(t["shape"])
    return tensors


def main():
    torch.set_num_threads(2)
    pixels, labels = read_images(sys.argv[1])
    net = CifarResnet(3, 10)
    missing, unexpected = net.load_state_dict(read_safetensors(sys.argv[2]), strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing)
    net.eval()
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    logits = []
    with torch.no_grad():
        for part in torch.from_numpy(pixels).split(500):
            logits.append(net(((part / 255.0 - mean) / std).permute(0, 3, 1, 2)))
    logits = torch.cat(logits)
    flat = pixels.astype(numpy.int64).reshape(-1)
    out = {
        "torch": torch.__version__,
        "images": len(labels),
        "right": int((logits.argmax(1) == labels).sum()),
        "pixel_sum": int(flat.sum()),
        "pixel_places": int((flat * (numpy.arange(len(flat)) % 1009)).sum()),
        "logits": [[round(v, 4) for v in row] for row in logits[::1000].tolist()],
    }
    with open(sys.argv[3], "w", encoding="utf-8") as f:
        f.write(json.dumps(out, indent=1) + "\n")
    print(out["right"], "of", out["images"])


if __name__ == "__main__":
    main()
