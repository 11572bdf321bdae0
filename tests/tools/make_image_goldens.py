#!/usr/bin/env python3
"""Makes tests/golden/resize.csv and tests/golden/png_pixels.csv.

Needs Pillow, NumPy and PyTorch (Debian: python3-pil python3-numpy python3-torch). png_pixels.csv is made only when the
environment variable EVENHAND_DATA names the folder that holds png-suite.
"""
import csv
import glob
import hashlib
import os

import numpy
import torch
from PIL import Image

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")


def picture(width, height, channels):
    """The test picture; the same formula is in tests/unit/test_resize.c."""
    y, x, c = numpy.meshgrid(numpy.arange(height), numpy.arange(width), numpy.arange(channels), indexing="ij")
    return ((x * x * 7 + y * 31 + x * y * 3 + c * 57 + (x // 3 + y // 2) % 2 * 90) % 256).astype(numpy.uint8)


def pillow(pixels, width, height, method):
    squeezed = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    out = numpy.asarray(Image.fromarray(squeezed).resize((width, height), method))
    return out.reshape(height, width, pixels.shape[2])


def bilinear(pixels, width, height):
    batch = torch.from_numpy(pixels.astype(numpy.float32)).permute(2, 0, 1)[None]
    out = torch.nn.functional.interpolate(batch, (height, width), mode="bilinear", align_corners=False)
    return numpy.floor(out[0].permute(1, 2, 0).numpy() + 0.5).clip(0, 255).astype(numpy.uint8)


def area_weights(source, target):
    """One axis: parts of source samples in every target interval when shrinking, bilinear when enlarging."""
    weights = numpy.zeros((target, source))
    scale = source / target
    for i in range(target):
        if target < source:
            for k in range(source):
                weights[i, k] = max(0.0, min((i + 1) * scale, k + 1) - max(i * scale, k)) / scale
        else:
            center = max((i + 0.5) * scale - 0.5, 0)
            low = min(int(center), source - 1)
            high = min(low + 1, source - 1)
            weights[i, low] += 1 - (center - low)
            weights[i, high] += center - low
    return weights


def area(pixels, width, height):
    down, across = area_weights(pixels.shape[0], height), area_weights(pixels.shape[1], width)
    out = numpy.einsum("yh,hwc,xw->yxc", down, pixels.astype(numpy.float64), across)
    return numpy.floor(out + 0.5).clip(0, 255).astype(numpy.uint8)


def resize_rows():
    makers = {
        "bilinear": bilinear,
        "area": area,
        "lanczos": lambda p, w, h: pillow(p, w, h, Image.LANCZOS),
        "antialias": lambda p, w, h: pillow(p, w, h, Image.BILINEAR),
        "nearest": lambda p, w, h: pillow(p, w, h, Image.NEAREST),
    }
    sizes = [(13, 9, 5, 4), (13, 9, 31, 20), (13, 9, 13, 3), (13, 9, 4, 9), (7, 40, 9, 6), (1, 1, 3, 2), (64, 48, 16, 16)]
    for name, make in makers.items():
        for source_width, source_height, width, height in sizes:
            for channels in (1, 3):
                out = make(picture(source_width, source_height, channels), width, height)
                yield [name, source_width, source_height, channels, width, height, out.tobytes().hex()]


def rgba8(path):
    """8-bit RGBA of a PNG: 16-bit samples by their high byte, as libspng does; None where Pillow loses information that matters."""
    image = Image.open(path)
    if image.mode == "I":
        grey = (numpy.asarray(image).astype(numpy.uint32) >> 8).astype(numpy.uint8)
        if "transparency" in image.info:
            return None
        image = Image.fromarray(grey)
    rgba = numpy.array(image.convert("RGBA"))
    with open(path, "rb") as file:
        depth, kind = file.read(26)[24:26]
    if kind == 0 and depth < 8 and "transparency" in image.info:  # Pillow 9 forgets to scale the transparent grey
        grey = image.info["transparency"] * 255 // (2**depth - 1)
        rgba[:, :, 3] = numpy.where(rgba[:, :, 0] == grey, 0, 255)
    return rgba.tobytes(), image.size


def png_rows(folder):
    for path in sorted(glob.glob(os.path.join(folder, "png-suite", "**", "*.png"), recursive=True)):
        name = os.path.relpath(path, folder)
        if "/badpal/" in name or "/crashers/" in name or "/png-3/" in name or "16" in name and "tRNS" in name:
            continue
        got = rgba8(path)
        if got:
            yield [name, got[1][0], got[1][1], hashlib.sha256(got[0]).hexdigest()]


def write(name, header, rows):
    with open(os.path.join(HERE, name), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


write("resize.csv", ["filter", "source_width", "source_height", "channels", "width", "height", "pixels"], resize_rows())
if os.environ.get("EVENHAND_DATA"):
    write("png_pixels.csv", ["file", "width", "height", "sha256_rgba"], png_rows(os.environ["EVENHAND_DATA"]))
