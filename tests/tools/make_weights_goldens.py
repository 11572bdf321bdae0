#!/usr/bin/env python3
"""Writes tests/golden/weights/*: small files of tensors as PyTorch writes them, for tests/unit/test_weights_torch.c.

Needs Debian 13's python3-torch (2.6). From the root of the repository:

    python3 tests/tools/make_weights_goldens.py tests/golden/weights

Element i of the tensor "fc.weight" is i / 8, and the others are views or conversions of such ramps, so that the test can say what it expects.
"""
import collections
import io
import os
import sys
import zipfile

import numpy
import torch


def ramp(*shape):
    return (torch.arange(int(numpy.prod(shape)), dtype=torch.float32) / 8).reshape(shape)


def state():
    base = ramp(4, 6)
    named = collections.OrderedDict()
    named["fc.weight"] = torch.nn.Parameter(ramp(3, 4))
    named["fc.transposed"] = base.t()              # [6,4], stride (1,6)
    named["fc.part"] = base[1:3, 2:5]              # [2,3] inside the same storage
    named["fc.expanded"] = ramp(3, 1).expand(3, 4)  # stride (1,0)
    named["half"] = ramp(5).half()
    named["brain"] = ramp(5).bfloat16()
    named["double"] = ramp(5).double()
    named["scalar"] = torch.tensor(2.5)
    named["bn.running_var"] = ramp(2) + 1
    named["bn.num_batches_tracked"] = torch.tensor(7)
    return named


def with_prefix(named):
    return collections.OrderedDict(("module." + k, v) for k, v in named.items())


def to_big_endian(source, target):
    """What torch.save writes on a big-endian machine: the same members with swapped elements."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename.endswith("/byteorder"):
                data = b"big"
            elif "/data/" in info.filename:
                data = numpy.frombuffer(data, "<f4").astype(">f4").tobytes()
            new.writestr(info.filename, data)


def main(folder):
    os.makedirs(folder, exist_ok=True)

    def path(name):
        return os.path.join(folder, name)

    checkpoint = {"epoch": 3, "lr": 0.1, "best": numpy.float64(0.5), "name": "net", "big": 1 << 80, "none": None,
                  "state_dict": with_prefix(state()), "optimizer": {"state": {0: {"momentum": ramp(2)}}, "param_groups": [{"lr": 0.1}]}}
    torch.save(checkpoint, path("zip.pth"))
    torch.save(checkpoint, path("legacy.pth"), _use_new_zipfile_serialization=False)
    torch.save(state(), path("protocol4.pth"), pickle_protocol=4)
    plain = collections.OrderedDict(a=ramp(2, 3), b=ramp(4))
    torch.save(plain, path("plain.pth"))
    to_big_endian(path("plain.pth"), path("big_endian.pth"))
    torch.save(torch.nn.Linear(2, 1), path("whole_model.pth"))
    stream = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), stream)
    with open(path("script.pt"), "wb") as out:
        out.write(stream.getvalue())


if __name__ == "__main__":
    main(sys.argv[1])
