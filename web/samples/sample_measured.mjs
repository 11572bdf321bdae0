// sample_measured.mjs - a results.json of a run whose heads learn a number and masks, with invented numbers.
import { drawFace } from "./sample_face.mjs";
import { random, sampleRun } from "./sample_run.mjs";

const limits = (value, half) => ({ low: value - half, high: value + half, level: 0.95, method: "student" });
const mean = (value, half) => ({ value, interval: limits(value, half) });
const share = (count, n) => ({ value: count / n, count, n, interval: { low: 0, high: 1, level: 0.95, method: "wilson" } });

/** A PNG of one transparent pixel. */
const PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

function numberSplit(split, names, values) {
  const within = (n) => [1, 5].map((limit) => ({ limit, share: n ? share(Math.round(n / 3), n) : null }));
  const groups = names.map((name, group) => {
    const n = [200, 40, 12, 0][group % 4];
    const mae = n ? mean(4 + group, 0.5) : null;
    const verdict = n === 0 ? "none" : n < 30 ? "few" : "ok";
    return { group, name, values: values[group], n, verdict, mae, rmse: n ? 6 + group : null, bias: n ? mean(-0.5, 0.4) : null, within: within(n) };
  });
  const worst = Math.max(...groups.filter((g) => g.n > 0).map((g) => g.group));
  const named = (group) => ({ group, name: names[group] });
  return {
    split,
    n: groups.reduce((sum, g) => sum + g.n, 0),
    unlabelled: 3,
    unpredicted: 0,
    few_below: 30,
    groups,
    overall: { definition: "mean of |predicted - true| over all images", mae: mean(4.3, 0.3), rmse: 6.2, bias: mean(-0.5, 0.2), within: within(252) },
    group_mean: { definition: "mean of the groups", value: 5, interval: limits(5, 0.4), groups_counted: 3 },
    worst_group: { definition: "largest", ...named(worst), mae: groups[worst].mae },
    largest_gap: { definition: "largest minus smallest", value: worst, interval: limits(worst, 0.6), best: named(0), worst: named(worst) },
    errors: {
      definition: "the largest errors, at most 2 a group and 3 in all",
      total: 250,
      items: [0, 1, 2].map((i) => ({
        file: `${names[i % names.length]}/${i}.jpg`,
        truth: 30 + i,
        predicted: 12.25 + i,
        error: -17.75,
        group: i % names.length,
        thumbnail: i === 0 ? drawFace(random(i), { blond: true, man: false }) : null,
      })),
    },
  };
}

function maskSplit(split, names, values, classes) {
  const measure = (scale) => ({
    pixels: 1000 * scale,
    pixel_accuracy: 0.8,
    miou: 0.4,
    mean_dice: 0.52,
    map: 0.61,
    worst_class: { class: classes[1], ap: 0.2 },
    classes: classes.map((name, k) => ({ class: name, pixels: 500 * scale, ap: k === 2 ? null : 0.8 - 0.6 * k, iou: k === 2 ? null : 0.6 - 0.4 * k, dice: k === 2 ? null : 0.7 - 0.36 * k })),
    image_miou: mean(0.38, 0.02),
  });
  return {
    split,
    n: 40,
    unlabelled: 0,
    few_below: 30,
    definitions: { AP: "area under precision over recall", IoU: "both / either" },
    overall: measure(4),
    groups: names.map((name, group) => ({ group, name, values: values[group], n: 10, verdict: "few", ...measure(1) })),
    worst_group: { definition: "lowest mean IoU", group: 0, name: names[0], miou: 0.4 },
    confusion: classes.map((_, t) => classes.map((_, p) => (t === 2 ? 0 : t === p ? 400 : 50))),
    examples: { definition: "the three worst images", items: [0, 1].map((i) => ({ file: `${names[0]} ${i}.png`, group: i, miou: 0.1 * i, image: i ? null : PIXEL, truth: PIXEL, predicted: PIXEL })) },
  };
}

/** `rename` is applied to every name that comes from data. Without `classes` the run has no head of classes. */
export function sampleMeasured({ id = "measured", rename = (text) => text, classes = false } = {}) {
  const run = sampleRun("erm");
  const names = run.groups.map((g) => rename(g.name));
  const values = run.groups.map((g) => g.values);
  const labels = ["road", "sign", "void"].map((text) => rename(text));
  return {
    ...run,
    id,
    name: rename(id),
    groups: run.groups.map((g, i) => ({ ...g, name: names[i] })),
    ...(classes ? {} : { task: { ...run.task, heads: [] }, evaluation: [], selection: { ...run.selection, metric: "worst_group_mae" } }),
    training: { ...run.training, epochs: run.training.epochs.map((e) => ({ ...e, evaluations: classes ? e.evaluations : [], scores: [{ head: "age", split: "valid", metric: "mae", loss: 1, overall: 4, group_mean: 5, worst: 6, worst_group: names[0] }] })) },
    numbers: [{ head: rename("age"), loss: "mse", splits: ["test", "valid"].map((split) => numberSplit(split, names, values)) }],
    masks: [
      {
        head: rename("mask"),
        loss: "cross-entropy",
        classes: labels.map((name, k) => ({ name, color: ["#804080", "#c08040", "#000000"][k] })),
        splits: [maskSplit("test", names, values, labels)],
      },
    ],
  };
}
