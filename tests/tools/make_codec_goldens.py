#!/usr/bin/env python3
"""Makes tests/golden/codec/: small pictures in every format that is read, drawn here, and pixels.csv, what Pillow reads from them.

Needs Pillow and NumPy (Debian: python3-pil python3-numpy). Columns of pixels.csv: file, width, height (as seen), SHA-256 of the RGBA
pixels, and SHA-256 of the numbers per pixel as stored, where the file has such.
"""
import csv
import hashlib
import io
import os
import struct
import zlib

import numpy
from PIL import Image, ImageOps

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "codec")
WIDTH, HEIGHT = 23, 17
rows = []


def picture(channels, width=WIDTH, height=HEIGHT):
    y, x, c = numpy.meshgrid(numpy.arange(height), numpy.arange(width), numpy.arange(channels), indexing="ij")
    return ((x * 11 + y * 7 + c * 60 + (x // 4 + y // 3) % 2 * 70) % 256).astype(numpy.uint8)


def numbers(most, width=WIDTH, height=HEIGHT):
    y, x = numpy.meshgrid(numpy.arange(height), numpy.arange(width), indexing="ij")
    return ((x // 3 + y * 2) % (most + 1)).astype(numpy.uint8)


def palette(colours):
    return [v for i in range(colours) for v in ((i * 37 + 20) % 256, (i * 91 + 5) % 256, (255 - i * 13) % 256)]


def paletted(index, colours):
    image = Image.fromarray(index, "P")
    image.putpalette(palette(colours))
    return image


def sha(array):
    return hashlib.sha256(numpy.ascontiguousarray(array, numpy.uint8).tobytes()).hexdigest()


def keep(name, data, rgba=None, index=None):
    """Writes the file and notes its pixels: `rgba` where Pillow's are not what is wanted, else what Pillow reads."""
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)
    if rgba is None:
        image = Image.open(io.BytesIO(data))
        image.load()
        rgba = numpy.asarray(ImageOps.exif_transpose(image).convert("RGBA"))
    rows.append([name, rgba.shape[1], rgba.shape[0], sha(rgba), sha(index) if index is not None else ""])


def save(name, image, index=None, **options):
    out = io.BytesIO()
    image.save(out, **options)
    keep(name, out.getvalue(), index=index)


def grey_rgba(grey):
    return numpy.dstack([grey, grey, grey, numpy.full_like(grey, 255)])


def webp():
    rgb, rgba = Image.fromarray(picture(3)), Image.fromarray(picture(4))
    save("lossless_rgb.webp", rgb, format="WEBP", lossless=True)
    save("lossless_rgba.webp", rgba, format="WEBP", lossless=True, exact=True)
    save("lossy_rgb.webp", rgb, format="WEBP", quality=80)
    save("lossy_rgba.webp", rgba, format="WEBP", quality=80, exact=True)
    exif = Image.Exif()
    exif[0x112] = 6
    save("turned.webp", rgb, format="WEBP", lossless=True, exif=exif.tobytes())
    save("animated.webp", rgba, format="WEBP", lossless=True, exact=True, save_all=True,
         append_images=[Image.fromarray(255 - picture(4))])


def bmp_file(bits, coding, pixels, width=WIDTH, height=HEIGHT, colours=(), masks=b"", info=40):
    if info == 12:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
        table = b"".join(bytes(colours[i:i + 3])[::-1] for i in range(0, len(colours), 3))
    else:
        head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, coding, len(pixels), 0, 0, len(colours) // 3, 0)
        table = b"".join(bytes(colours[i:i + 3])[::-1] + b"\0" for i in range(0, len(colours), 3))
    offset = 14 + len(head) + len(masks) + len(table)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + head + masks + table + pixels


def packed(index, bits, flip=True):
    """Rows of `bits` per number, filled up to 32 bits, from the bottom."""
    out = []
    for row in (index[::-1] if flip else index):
        line = 0
        for value in row:
            line = line << bits | int(value)
        size = (len(row) * bits + 31) // 32 * 4
        out.append((line << (size * 8 - len(row) * bits)).to_bytes(size, "big"))
    return b"".join(out)


def run_lengths(index, nibbles):
    """Runs, and literals where nothing repeats, with a jump over some pixels at the end of the first row."""
    out = b""
    for row in index[::-1]:
        x = 0
        while x < len(row):
            run = 1
            while x + run < len(row) and row[x + run] == row[x] and run < 255:
                run += 1
            literal = [int(v) for v in row[x:x + 5]]
            if run < 3 and len(literal) == 5:
                if nibbles:
                    literal += [0]
                    body = bytes(literal[i] << 4 | literal[i + 1] for i in range(0, 6, 2))
                else:
                    body = bytes(literal)
                out += bytes([0, 5]) + body + b"\0" * (len(body) % 2)
                x += 5
            else:
                value = int(row[x])
                out += bytes([run, value << 4 | value if nibbles else value])
                x += run
        out += b"\0\0"
    return out + b"\0\1"


def bmp():
    for bits in (1, 4, 8):
        index = numbers((1 << bits) - 1)
        keep(f"palette_{bits}.bmp", bmp_file(bits, 0, packed(index, bits), colours=palette(1 << bits)), index=index)
    index = numbers(3)
    colours = numpy.array(palette(4), numpy.uint8).reshape(4, 3)
    rgba = numpy.dstack([colours[index], numpy.full(index.shape, 255, numpy.uint8)])
    keep("palette_2.bmp", bmp_file(2, 0, packed(index, 2), colours=palette(4)), rgba, index)
    index = numbers(15)
    keep("os2.bmp", bmp_file(4, 0, packed(index, 4), colours=palette(16), info=12), index=index)
    keep("runs_4.bmp", bmp_file(4, 2, run_lengths(index, True), colours=palette(16)), index=index)
    index = numbers(200)
    keep("runs_8.bmp", bmp_file(8, 1, run_lengths(index, False), colours=palette(256)), index=index)
    rgb = picture(3)
    rows_24 = b"".join(row[:, ::-1].tobytes() + b"\0" * (-3 * WIDTH % 4) for row in rgb[::-1])
    keep("bgr_24.bmp", bmp_file(24, 0, rows_24))
    top_down = b"".join(row[:, ::-1].tobytes() + b"\0" * (-3 * WIDTH % 4) for row in rgb)
    keep("top_down.bmp", bmp_file(24, 0, top_down, height=-HEIGHT))
    keep("bgrx_32.bmp", bmp_file(32, 0, numpy.dstack([rgb[:, :, ::-1], picture(1)])[::-1].tobytes()))
    r, g, b = (rgb[:, :, i].astype(numpy.uint16) for i in range(3))
    for name, pixels, masks in (("fields_565", (r >> 3) << 11 | (g >> 2) << 5 | b >> 3, (0xf800, 0x7e0, 0x1f)),
                                ("fields_555", (r >> 3) << 10 | (g >> 3) << 5 | b >> 3, (0x7c00, 0x3e0, 0x1f))):
        wide = numpy.pad(pixels, ((0, 0), (0, WIDTH % 2))).astype("<u2")[::-1].tobytes()
        keep(name + ".bmp", bmp_file(16, 3, wide, masks=struct.pack("<III", *masks)))
    save("alpha_32.bmp", Image.fromarray(picture(4)), format="BMP")


def pnm():
    bits = numbers(1)
    text = lambda a: b"\n".join(b" ".join(b"%d" % v for v in row.flatten()) for row in a) + b"\n"
    size = b"%d %d" % (WIDTH, HEIGHT)
    bit_rgba = grey_rgba((255 * (1 - bits)).astype(numpy.uint8))
    keep("bits_text.pbm", b"P1\n# drawn\n" + size + b"\n" + text(bits).replace(b" ", b""), bit_rgba, 1 - bits)
    keep("bits.pbm", b"P4 " + size + b"\n" + b"".join(numpy.packbits(r).tobytes() for r in bits), bit_rgba, 1 - bits)
    grey, rgb = picture(1)[:, :, 0], picture(3)
    keep("grey_text.pgm", b"P2\n#a\n#b\n" + size + b" # c\n255\n" + text(grey), index=grey)
    keep("rgb_text.ppm", b"P3 " + size + b" 255\n" + text(rgb))
    keep("grey.pgm", b"P5\n" + size + b"\n255\n" + grey.tobytes(), index=grey)
    keep("rgb.ppm", b"P6\n" + size + b"\n255\n" + rgb.tobytes())
    small = numbers(9)
    scaled = ((small.astype(int) * 255 + 4) // 9).astype(numpy.uint8)
    keep("grey_9.pgm", b"P5 " + size + b" 9 " + small.tobytes(), grey_rgba(scaled), small)
    deep = grey.astype(">u2") * 3 + 5
    scaled = ((deep.astype(int) * 255 + 500) // 1000).astype(numpy.uint8)
    keep("grey_16.pgm", b"P5 " + size + b" 1000 " + deep.astype(">u2").tobytes(), grey_rgba(scaled))
    low = numbers(200)
    scaled = ((low.astype(int) * 255 + 32767) // 65535).astype(numpy.uint8)
    keep("numbers_16.pgm", b"P5 " + size + b" 65535 " + low.astype(">u2").tobytes(), grey_rgba(scaled), low)


def gif():
    index = numbers(15)
    save("plain.gif", paletted(index, 16), index, format="GIF", interlace=0)
    save("interlaced.gif", paletted(index, 16), index, format="GIF", interlace=1)
    save("transparent.gif", paletted(index, 16), index, format="GIF", transparency=3)
    busy = ((numpy.arange(WIDTH * 4 * HEIGHT * 4) ** 2 * 7919 >> 3) % 256).astype(numpy.uint8).reshape(HEIGHT * 4, WIDTH * 4)
    save("full_table.gif", paletted(busy, 256), busy, format="GIF")
    save("animated.gif", paletted(index, 16), index, format="GIF", save_all=True,
         append_images=[paletted(15 - index, 16)])


def tiff():
    grey, rgb, rgba, index = picture(1)[:, :, 0], picture(3), picture(4), numbers(200)
    save("grey.tif", Image.fromarray(grey), grey, format="TIFF")
    save("rgb.tif", Image.fromarray(rgb), format="TIFF")
    save("rgba_deflate.tif", Image.fromarray(rgba), format="TIFF", compression="tiff_adobe_deflate")
    save("palette_lzw.tif", paletted(index, 256), index, format="TIFF", compression="tiff_lzw")
    save("grey_packbits.tif", Image.fromarray(grey), grey, format="TIFF", compression="packbits")
    save("bits_group4.tif", Image.fromarray(numbers(1) * 255).convert("1"), format="TIFF", compression="group4")
    save("turned.tif", Image.fromarray(rgb), format="TIFF", tiffinfo={274: 8})
    deep = grey.astype(numpy.uint16) * 257
    out = io.BytesIO()
    Image.fromarray(deep).save(out, format="TIFF")
    keep("grey_16.tif", out.getvalue(), grey_rgba(grey))
    out = io.BytesIO()
    Image.fromarray(index.astype(numpy.uint16)).save(out, format="TIFF", compression="tiff_lzw")
    keep("numbers_16.tif", out.getvalue(), grey_rgba(numpy.zeros_like(index)), index)


def png_file(bits, colour, lines, extra=b""):
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra +
            chunk(b"IDAT", zlib.compress(b"".join(b"\0" + line for line in lines), 9)) + chunk(b"IEND", b""))


def png():
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    for bits in (1, 2, 4, 8):
        index = numbers((1 << bits) - 1)
        size = (WIDTH * bits + 7) // 8
        whole = packed(index, bits, flip=False)
        stride = len(whole) // HEIGHT
        lines = [whole[y * stride:y * stride + size] for y in range(HEIGHT)]
        keep(f"palette_{bits}.png", png_file(bits, 3, lines, chunk(b"PLTE", bytes(palette(1 << bits)))), index=index)
        grey = (index.astype(int) * 255 // ((1 << bits) - 1)).astype(numpy.uint8)
        keep(f"grey_{bits}.png", png_file(bits, 0, lines), grey_rgba(grey), index)
    index = numbers(200)
    keep("grey_16.png", png_file(16, 0, [row.astype(">u2").tobytes() for row in index]),
         grey_rgba(numpy.zeros_like(index)), index)
    deep = picture(1)[:, :, 0].astype(">u2") * 257
    keep("deep_16.png", png_file(16, 0, [row.astype(">u2").tobytes() for row in deep]), grey_rgba(picture(1)[:, :, 0]))
    short = palette(3)  # fewer colours than the indices could name
    index = numbers(2)
    whole = packed(index, 8, flip=False)
    lines = [whole[y * 24:y * 24 + WIDTH] for y in range(HEIGHT)]
    keep("short_palette.png", png_file(8, 3, lines, chunk(b"PLTE", bytes(short))), index=index)


os.makedirs(HERE, exist_ok=True)
for part in (webp, bmp, pnm, gif, tiff, png):
    part()
with open(os.path.join(HERE, "pixels.csv"), "w", newline="") as f:
    writer = csv.writer(f, lineterminator="\n")
    writer.writerow(["file", "width", "height", "sha256_rgba", "sha256_numbers"])
    writer.writerows(rows)
