// sample_face.mjs - draws a tiny face and encodes it as PNG, so that the samples have thumbnails without any photograph.
import { deflateSync } from "node:zlib";

const SIZE = 32;

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** PNG with a palette: `pixels` holds one palette index a byte. */
function encode(pixels, palette) {
  const header = Buffer.from([0, 0, 0, SIZE, 0, 0, 0, SIZE, 8, 3, 0, 0, 0]);
  const rows = Buffer.alloc(SIZE * (SIZE + 1));
  for (let y = 0; y < SIZE; y++) rows.set(pixels.subarray(y * SIZE, (y + 1) * SIZE), y * (SIZE + 1) + 1);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flat())),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const SKIN = [
  [246, 219, 196],
  [233, 194, 162],
  [205, 158, 118],
  [166, 115, 78],
  [120, 78, 52],
  [84, 54, 40],
];
const DARK_HAIR = [
  [38, 30, 26],
  [82, 54, 36],
  [118, 62, 34],
  [130, 128, 126],
];
const BACKGROUND = [
  [188, 200, 208],
  [206, 198, 184],
  [150, 166, 158],
  [96, 108, 128],
];

/** A face as a data URI. `next` gives uniform numbers. */
export function drawFace(next, { blond, man }) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const palette = [
    pick(BACKGROUND),
    blond ? [222, 188, 112] : pick(DARK_HAIR),
    pick(SKIN),
    [40, 32, 34],
    [168, 74, 74],
    [90, 110, 150],
  ];
  const pixels = new Uint8Array(SIZE * SIZE);
  const cx = 15.5 + next() * 2 - 1;
  const cy = 16 + next() * 2 - 1;
  const ellipse = (x, y, rx, ry, colour) => {
    for (let j = 0; j < SIZE; j++)
      for (let i = 0; i < SIZE; i++) if (((i - x) / rx) ** 2 + ((j - y) / ry) ** 2 <= 1) pixels[j * SIZE + i] = colour;
  };
  ellipse(cx, 33, 12, 8, 5);
  ellipse(cx, cy - 2, 9.5, 11, 1);
  if (!man) {
    ellipse(cx - 7, cy + 6, 3.5, 9, 1);
    ellipse(cx + 7, cy + 6, 3.5, 9, 1);
  }
  ellipse(cx, cy + 2, man ? 7.6 : 6.8, man ? 9.6 : 9.2, 2);
  ellipse(cx - 3, cy, 1.1, 1.1, 3);
  ellipse(cx + 3, cy, 1.1, 1.1, 3);
  if (man && next() < 0.6) ellipse(cx, cy + 9, 5, 3, 1);
  ellipse(cx, cy + 7, 2.4, 0.8, 4);
  return `data:image/png;base64,${encode(pixels, palette).toString("base64")}`;
}
