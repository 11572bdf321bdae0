// make_samples.mjs - writes the sample results.json files beside itself: `npm run samples`.
import { writeFileSync } from "node:fs";
import { sampleData } from "./sample_data.mjs";
import { sampleAudit, sampleRun } from "./sample_run.mjs";

const write = (name, results) =>
  writeFileSync(new URL(`./${name}.results.json`, import.meta.url), `${JSON.stringify(results, null, 1)}\n`);

for (const method of ["erm", "resample", "gdro"]) write(method, sampleRun(method));

/* Names that would do harm if any of them were ever read as HTML, script or a replacement token. */
const image = "<img src=x onerror=alert(1)>";
const script = "</script><script>alert(2)</script>";
const long = `Llanfairpwllgwyngyll${"gogerychwyrndrobwll".repeat(8)}llantysiliogogogoch`;
const values = [
  image,
  script,
  "Žofie 🙂 \u202Eright-to-left\u202C مرحبا 日本語",
  long,
  `"quoted" & 'single' <!-- -->`,
  "@@EVENHAND_DATA@@",
  "line\nbreak\u2028separator",
  "__proto__",
  null,
];
const hostileAudit = sampleAudit({
  id: "hostile",
  name: `hostile ${image}`,
  data: `photos ${script}`,
  groupColumns: ["<b>column</b>"],
  groups: values.map((value) => ({ name: value ?? "(missing)", values: [{ column: "<b>column</b>", value }] })),
  classes: ["=1+1", image, "constructor"],
  sizes: [60, 60, 60, 60, 60, 60, 60, 60, 20],
  accuracies: [0.9, 0.5, 0.8, 0.7, 0.85, 0.95, 0.6, 0.9, 0.75],
  errorFile: (i) => `javascript:alert(3)/${image}/${i}.jpg`,
  seed: 11,
});
hostileAudit.rules = [{ rule: `gap(accuracy)>0.05 ${image}`, outcome: "fail", sentence: `The gap is 0.45 ${script}` }];
hostileAudit.command.push(image, "it's", "--name=$(reboot)");
write("hostile", hostileAudit);

/* Groups without images, one with few, no curves, no model: an audit of a small file. */
write(
  "edge",
  sampleAudit({
    id: "edge",
    name: "ward photographs",
    data: "ward photographs",
    groupColumns: ["skin type"],
    groups: ["1–2", "3–4", "5–6"].map((value) => ({ name: value, values: [{ column: "skin type", value }] })),
    classes: ["healthy", "rash"],
    sizes: [64, 9, 0],
    accuracies: [0.9, 0.7, 0.5],
    thumbnails: false,
    seed: 23,
  }),
);

/* One group only, because no group column was named. */
write(
  "single",
  sampleAudit({
    id: "single",
    name: "no groups named",
    data: "ward photographs",
    groupColumns: [],
    groups: [{ name: "all images", values: [] }],
    classes: ["healthy", "rash"],
    sizes: [80],
    accuracies: [1],
    thumbnails: false,
    seed: 29,
  }),
);

/* A data set alone, without any model. */
write("data", sampleData());
