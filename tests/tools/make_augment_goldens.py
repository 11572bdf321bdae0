#!/usr/bin/env python3
"""Makes tests/golden/augment.json: colours and geometry of augmentations as torchvision and fastai have them.

Needs PyTorch, torchvision and NumPy (Debian: python3-torchvision python3-numpy). fastai's formulas are written out in NumPy: its projective map is found by
solving for it, as fastai does.
"""
import json
import math
import os

import numpy
import torch
import torchvision.transforms.functional as tv

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
WIDTH, HEIGHT = 16, 12


def picture():
    """The same formula is in tests/support/augment_golden.c: colours of every kind, a grey line, a black and a white one."""
    y, x, c = numpy.meshgrid(numpy.arange(HEIGHT), numpy.arange(WIDTH), numpy.arange(3), indexing="ij")
    out = (x * x * 7 + y * 31 + x * y * 3 + c * 57 + (x // 3 + y // 2) % 2 * 90) % 256
    out[0], out[1] = 0, 255
    out[2] = (x[2, :, :1] * 16) % 256
    return out.astype(numpy.uint8)


PICTURE = torch.from_numpy(picture()).permute(2, 0, 1)


def samples(tensor):
    return tensor.permute(1, 2, 0).reshape(-1).tolist()


def colours():
    out = []
    for name, change, values in (
        ("brightness", tv.adjust_brightness, (0, 0.6, 1, 1.7)),
        ("contrast", tv.adjust_contrast, (0, 0.5, 1, 1.8)),
        ("saturation", tv.adjust_saturation, (0, 0.4, 1, 2.5)),
        ("hue", tv.adjust_hue, (-0.5, -0.2, 0, 0.07, 0.3, 0.5)),
    ):
        for value in values:
            out.append({"change": name, "value": value, "samples": samples(change(PICTURE, value))})
    for brightness, contrast in ((0.4, 1), (0.5, 0.8), (0.58, 1.2)):
        x = (PICTURE.double() / 255).clamp(1e-7, 1 - 1e-7)
        lit = torch.sigmoid((torch.logit(x) + math.log(brightness / (1 - brightness))) * contrast) * 255
        out.append({"change": "lighting", "value": brightness, "contrast": contrast,
                    "samples": [round(v, 4) for v in samples(lit)]})
    return out


def find_map(source, target):
    """The projective map that takes the four source points to the target points, as fastai's find_coeffs."""
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return numpy.append(numpy.linalg.solve(numpy.array(rows), numpy.array(right)), 1).reshape(3, 3)


def through(matrix, padding):
    """The picture through a map from result to source, in halves of the sides from the middle."""
    y, x = numpy.meshgrid((numpy.arange(HEIGHT) + 0.5) / HEIGHT * 2 - 1, (numpy.arange(WIDTH) + 0.5) / WIDTH * 2 - 1, indexing="ij")
    place = numpy.stack([x, y, numpy.ones_like(x)], -1) @ matrix.T
    place = place[..., :2] / place[..., 2:]
    pixel = (place + 1) / 2 * (WIDTH, HEIGHT) - 0.5  # of the source
    grid = pixel / (WIDTH - 1, HEIGHT - 1) * 2 - 1  # as align_corners=True has it
    out = torch.nn.functional.grid_sample(PICTURE[None].double(), torch.from_numpy(grid)[None], mode="bilinear",
                                          padding_mode=padding, align_corners=True)
    return [round(v, 4) for v in samples(out[0])]


def tilt(x, y):
    """fastai's Warp with its magnitudes x_t, y_t."""
    return find_map([(-1, -1), (-1, 1), (1, -1), (1, 1)],
                    [(-1 - y, -1 - x), (-1 + y, 1 + x), (1 + y, -1 + x), (1 - y, 1 - x)])


def zoom(factor, column, row):
    """fastai's zoom_mat."""
    s = 1 / factor
    return numpy.array([[s, 0, (1 - s) * (2 * column - 1)], [0, s, (1 - s) * (2 * row - 1)], [0, 0, 1]])


def geometry():
    out = []
    for x, y in ((0.2, -0.15), (-0.1, 0.05)):
        for padding in ("reflection", "border", "zeros"):
            out.append({"step": "tilt", "value": [x, y], "padding": padding, "samples": through(tilt(x, y), padding)})
    for factor, column, row in ((1.1, 0.2, 0.9), (1.4, 1, 0)):
        out.append({"step": "zoom", "value": [factor, column, row], "padding": "reflection",
                    "samples": through(zoom(factor, column, row), "reflection")})
    both = tilt(0.1, 0.1) @ zoom(1.2, 0.3, 0.6)
    out.append({"step": "tilt-zoom", "value": [0.1, 0.1, 1.2, 0.3, 0.6], "padding": "reflection",
                "samples": through(both, "reflection")})
    for degrees in (30, -7):
        turned = tv.rotate(PICTURE.double(), degrees, tv.InterpolationMode.BILINEAR)
        out.append({"step": "rotate", "value": [degrees], "padding": "zeros", "samples": [round(v, 4) for v in samples(turned)]})
    cut = tv.resized_crop(PICTURE.double(), 3, 4, 6, 10, [HEIGHT, WIDTH], tv.InterpolationMode.BILINEAR, antialias=False)
    out.append({"step": "crop", "value": [4, 3, 10, 6], "padding": "border", "inner": 1,
                "samples": [round(v, 4) for v in samples(cut)]})
    return out


with open(os.path.join(HERE, "augment.json"), "w") as file:
    json.dump({"width": WIDTH, "height": HEIGHT, "colours": colours(), "geometry": geometry()}, file, separators=(",", ":"))
    file.write("\n")
