// read_events.mjs FILE [IMAGE-FOLDER] - an event file read by other code than that which wrote it: one line per value, "step TAB tag TAB number" or
// "step TAB tag TAB WIDTHxHEIGHTxCHANNELS png"; "step TAB (version) TAB text" and "step TAB (restart)". Checks every length, checksum and wire type,
// and that a PNG's own header has the size that the event says. With a folder the pictures are written into it.
// The checksum is by long division, bit by bit; known values first.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const fail = (text) => {
  console.error(`read_events: ${text}`);
  process.exit(1);
};

function crc32c(bytes) {
  let register = 0xffffffffn;
  for (const byte of bytes) {
    register ^= BigInt(byte);
    for (let i = 0; i < 8; i++) register = register & 1n ? (register >> 1n) ^ 0x82f63b78n : register >> 1n;
  }
  return Number(register ^ 0xffffffffn);
}
if (crc32c(Buffer.from("123456789")) !== 0xe3069283) fail("the checksum is wrong");
// Bit by bit is slow for pictures, so a table made from it serves the long ones; both must agree on the short ones.
const table = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});
function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 255];
  crc = (crc ^ 0xffffffff) >>> 0;
  if (bytes.length < 64 && crc !== crc32c(bytes)) fail("the two checksums differ");
  const rotated = ((crc >>> 15) | (crc << 17)) >>> 0;
  return (rotated + 0xa282ead8) % 2 ** 32;
}

// Fields of a message: [[number, type, value]], value a BigInt, a Buffer or the four or eight bytes.
function fields(message) {
  const out = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= message.length) fail("a varint is cut off");
      const byte = message[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    return fail("a varint has more than ten bytes");
  };
  const take = (size) => {
    if (at + size > message.length) fail("a field is longer than its message");
    at += size;
    return message.subarray(at - size, at);
  };
  while (at < message.length) {
    const key = Number(varint()), number = key >> 3, type = key & 7;
    if (type === 0) out.push([number, type, varint()]);
    else if (type === 1) out.push([number, type, take(8)]);
    else if (type === 2) out.push([number, type, take(Number(varint()))]);
    else if (type === 5) out.push([number, type, take(4)]);
    else fail(`wire type ${type} of field ${number}`);
  }
  return out;
}

function one(list, number, type, what) {
  const found = list.filter(([n]) => n === number);
  if (found.length > 1) fail(`${what} is there ${found.length} times`);
  if (found.length && found[0][1] !== type) fail(`${what} has wire type ${found[0][1]}`);
  return found.length ? found[0][2] : undefined;
}

function picture(message, name) {
  const list = fields(message);
  const [height, width, channels] = [1, 2, 3].map((n) => Number(one(list, n, 0, "the size of a picture")));
  const png = one(list, 4, 2, "a picture's PNG");
  if (png.toString("latin1", 1, 4) !== "PNG" || png.readUInt32BE(16) !== width || png.readUInt32BE(20) !== height)
    fail(`the picture ${name} is no PNG of ${width}x${height}`);
  if (process.argv[3]) writeFileSync(join(process.argv[3], `${name.replaceAll("/", "-")}.png`), png);
  return `${width}x${height}x${channels} png`;
}

const file = readFileSync(process.argv[2]);
let at = 0, records = 0;
while (at < file.length) {
  if (at + 12 > file.length) fail(`the record at ${at} is cut off`);
  const size = Number(file.readBigUInt64LE(at));
  if (file.readUInt32LE(at + 8) !== checksum(file.subarray(at, at + 8))) fail(`the length at ${at} has another checksum`);
  if (at + 16 + size > file.length) fail(`the record at ${at} is cut off`);
  const event = file.subarray(at + 12, at + 12 + size);
  if (file.readUInt32LE(at + 12 + size) !== checksum(event)) fail(`the record at ${at} has another checksum`);
  at += 16 + size;
  const list = fields(event);
  const time = one(list, 1, 1, "wall_time").readDoubleLE(0), step = one(list, 2, 0, "step");
  if (!(time > 1.4e9 && time < 1e11)) fail(`a time of ${time}`);
  const version = one(list, 3, 2, "file_version"), summary = one(list, 5, 2, "summary"), session = one(list, 7, 2, "session_log");
  if ((records++ === 0) !== (version !== undefined)) fail("the version stands elsewhere than in the first record");
  if (version) console.log(`${step}\t(version)\t${version.toString()}`);
  if (session) console.log(`${step}\t(${one(fields(session), 1, 0, "status") === 1n ? "restart" : "session"})`);
  for (const [number, type, value] of summary ? fields(summary) : []) {
    if (number !== 1 || type !== 2) fail(`field ${number} of a summary`);
    const parts = fields(value), tag = one(parts, 1, 2, "a tag").toString();
    const scalar = one(parts, 2, 5, "a scalar"), image = one(parts, 4, 2, "a picture");
    if ((scalar === undefined) === (image === undefined)) fail(`${tag} is neither a number nor a picture`);
    console.log(`${step}\t${tag}\t${scalar ? scalar.readFloatLE(0) : picture(image, `${tag}-${step}`)}`);
  }
}
