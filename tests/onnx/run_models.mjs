// run_models.mjs FOLDER - runs the models that export_models.sh left there with onnxruntime, and compares with evenhand's own predictions.
// Exit code 1 when a number differs by more than 1e-4: of probabilities and numbers as they are, of features relative to the largest of them.
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-node";

const folder = process.argv[2];

/** A picture P6 with one byte a sample: planes of channels, as numbers. */
function readPicture(path) {
    const bytes = readFileSync(path);
    const head = bytes.subarray(0, 32).toString("latin1").match(/^P6\n(\d+) (\d+)\n255\n/);
    const [width, height] = [Number(head[1]), Number(head[2])];
    const planes = new Float32Array(3 * width * height);
    for (let i = 0; i < width * height; i++)
        for (let c = 0; c < 3; c++) planes[c * width * height + i] = bytes[head[0].length + 3 * i + c];
    return { width, height, planes };
}

/** An array of floats, its first axis as rows and the others together as columns. */
function readNpy(path) {
    const bytes = readFileSync(path);
    const length = bytes.readUInt16LE(8);
    const shape = bytes.subarray(10, 10 + length).toString("latin1").match(/'shape': \(([\d, ]+)\)/)[1].split(",").map(Number);
    const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 10 + length, bytes.byteOffset + bytes.length));
    return { rows: shape[0], columns: data.length / shape[0], data };
}

const names = readdirSync(join(folder, "images")).sort();
const pictures = names.map((name) => readPicture(join(folder, "images", name)));
const { width, height } = pictures[0];

/** These outputs side by side, a row for each picture. */
async function run(session, outputs, some) {
    const data = new Float32Array(some.length * 3 * width * height);
    some.forEach((picture, i) => data.set(picture.planes, i * 3 * width * height));
    const result = await session.run({ images: new ort.Tensor("float32", data, [some.length, 3, height, width]) });
    return some.map((_, i) =>
        outputs.flatMap((name) => {
            const t = result[name];
            const size = t.data.length / some.length;
            return Array.from(t.data.subarray(i * size, (i + 1) * size));
        }),
    );
}

/** The largest difference from the array, of all pictures at once and of the first alone. */
async function compare(session, outputs, path) {
    const expected = readNpy(path);
    const together = await run(session, outputs, pictures);
    const alone = await run(session, outputs, pictures.slice(0, 1));
    if (expected.rows !== pictures.length || together[0].length !== expected.columns) return Infinity;
    const scale = expected.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    let most = 0;
    [...together, ...alone].forEach((row, i) =>
        row.forEach((value, k) => {
            const off = Math.abs(value - expected.data[(i % pictures.length) * expected.columns + k]) / scale;
            most = Number.isFinite(off) ? Math.max(most, off) : Infinity;
        }),
    );
    return most;
}

let worst = 0;
let models = 0;
let passed = 0;
for (let n = 1; existsSync(join(folder, String(n), "model.onnx")); n++) {
    const at = join(folder, String(n));
    const session = await ort.InferenceSession.create(join(at, "model.onnx"), { logSeverityLevel: 3 });
    const heads = JSON.parse(readFileSync(join(at, "p.npy.json"), "utf8")).heads.map((head) => head.column);
    let most = await compare(session, heads, join(at, "p.npy"));
    if (existsSync(join(at, "f.npy"))) most = Math.max(most, await compare(session, ["features"], join(at, "f.npy")));
    console.log(`${most.toExponential(1)}  ${readFileSync(join(at, "words"), "utf8").trim()}`);
    worst = Math.max(worst, most);
    if (most <= 1e-4) passed++;
    models++;
}
console.log(`${models} models, largest difference ${worst.toExponential(1)}`);
console.log(`# pass ${passed}\n# fail ${models - passed}`);
process.exit(models > 0 && passed === models ? 0 : 1);
