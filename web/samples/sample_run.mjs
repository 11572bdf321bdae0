// sample_run.mjs - invents results.json files for the tests of the report page.
//
// No model stands behind these numbers: accuracies are chosen, then drawn. Every file says so by "extra": {"sample": true}.
// All that is derived (correct counts, intervals, confusion matrices, means, gaps) is computed from the drawn predictions,
// so that each file is consistent in itself. The same seed gives the same bytes.
import { drawFace } from "./sample_face.mjs";

const Z95 = 1.959963984540054;

/** A small generator of uniform numbers (mulberry32), so that the files are the same everywhere. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const round = (x, digits = 6) => Number(x.toFixed(digits));

function binomial(next, n, p) {
  let k = 0;
  for (let i = 0; i < n; i++) k += next() < p ? 1 : 0;
  return k;
}

/** Wilson score interval of count / n; null when n is 0. */
export function proportion(count, n) {
  if (n === 0) return null;
  const p = count / n;
  const z2 = Z95 * Z95;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return {
    value: round(p),
    count,
    n,
    interval: { low: round(Math.max(0, centre - half)), high: round(Math.min(1, centre + half)), level: 0.95, method: "wilson" },
  };
}

/** Newcombe's interval of a - b from the two Wilson intervals. */
export function difference(a, b) {
  const d = a.value - b.value;
  return {
    low: round(d - Math.hypot(a.value - a.interval.low, b.interval.high - b.value)),
    high: round(d + Math.hypot(a.interval.high - a.value, b.value - b.interval.low)),
    level: 0.95,
    method: "newcombe",
  };
}

/** Interval of the unweighted mean of independent proportions, by squaring and adding. */
function meanInterval(rows) {
  if (rows.length === 0) return null;
  const side = (f) => Math.sqrt(rows.reduce((s, r) => s + f(r.accuracy) ** 2, 0)) / rows.length;
  const value = rows.reduce((s, r) => s + r.accuracy.value, 0) / rows.length;
  return {
    low: round(value - side((p) => p.value - p.interval.low)),
    high: round(value + side((p) => p.interval.high - p.value)),
    level: 0.95,
    method: "square and add (Zou, Huang, Zhang 2009)",
  };
}

const hash = (next) => Array.from({ length: 64 }, () => "0123456789abcdef"[Math.floor(next() * 16)]).join("");

function classEvaluations(head, confusion) {
  const k = head.classes.length;
  const wanted = head.positive_class === null ? head.classes : [head.positive_class];
  return wanted.map((name) => {
    const c = head.classes.indexOf(name);
    let predicted = 0;
    let truth = 0;
    for (let i = 0; i < k; i++) {
      predicted += confusion[i][c];
      truth += confusion[c][i];
    }
    return { class: name, precision: proportion(confusion[c][c], predicted), recall: proportion(confusion[c][c], truth) };
  });
}

const zeros = (k) => Array.from({ length: k }, () => new Array(k).fill(0));

/** Everything that is measured on one split, from the confusion matrix of each group. */
export function evaluateSplit({
  split,
  head,
  groups,
  confusions,
  fewBelow,
  errors,
  histogram = null,
  unlabelled = 0,
  unpredicted = 0,
}) {
  const k = head.classes.length;
  const all = zeros(k);
  const rows = groups.map((group, g) => {
    const m = confusions[g];
    let n = 0;
    let correct = 0;
    m.forEach((row, i) =>
      row.forEach((c, j) => {
        n += c;
        if (i === j) correct += c;
        all[i][j] += c;
      }),
    );
    return {
      group: g,
      name: group.name,
      values: group.values,
      n,
      correct,
      verdict: n === 0 ? "none" : n < fewBelow ? "few" : "ok",
      accuracy: proportion(correct, n),
      classes: classEvaluations(head, m),
      confusion: m,
    };
  });
  const counted = rows.filter((r) => r.n > 0);
  const n = rows.reduce((s, r) => s + r.n, 0);
  const correct = rows.reduce((s, r) => s + r.correct, 0);
  const worst = counted.reduce((a, r) => (a === null || r.accuracy.value < a.accuracy.value ? r : a), null);
  const best = counted.reduce((a, r) => (a === null || r.accuracy.value > a.accuracy.value ? r : a), null);
  return {
    split,
    n,
    unlabelled,
    unpredicted,
    few_below: fewBelow,
    groups: rows,
    overall: {
      definition: "correct predictions / all images of the split: large groups weigh more",
      accuracy: proportion(correct, n),
    },
    group_mean: {
      definition: "mean of the accuracies of the groups that have images, each group weighing the same (balanced over groups)",
      value: counted.length === 0 ? null : round(counted.reduce((s, r) => s + r.accuracy.value, 0) / counted.length),
      interval: meanInterval(counted),
      groups_counted: counted.length,
    },
    worst_group: {
      definition: "lowest accuracy of a group that has images; of equals the first",
      group: worst?.group ?? null,
      name: worst?.name ?? null,
      accuracy: worst?.accuracy ?? null,
    },
    largest_gap:
      counted.length < 2
        ? null
        : {
            definition:
              "highest minus lowest accuracy of a group; the interval does not know that these two were picked for being the extremes",
            value: round(best.accuracy.value - worst.accuracy.value),
            interval: difference(best.accuracy, worst.accuracy),
            best: { group: best.group, name: best.name },
            worst: { group: worst.group, name: worst.name },
          },
    classes: classEvaluations(head, all),
    confusion: all,
    score_histogram: histogram,
    errors: { definition: "the wrong predictions of highest loss, at most 12 a group", total: n - correct, items: errors },
  };
}

export const HAIR_GROUPS = [
  ["not blond", "woman"],
  ["not blond", "man"],
  ["blond", "woman"],
  ["blond", "man"],
].map(([hair, gender]) => ({
  name: `${hair}, ${gender}`,
  values: [
    { column: "hair", value: hair },
    { column: "gender", value: gender },
  ],
}));
const HAIR_HEAD = {
  name: "hair",
  kind: "binary",
  target: "hair",
  classes: ["not blond", "blond"],
  positive_class: "blond",
  loss: "cross-entropy",
};
const COUNTS = { train: [5281, 4930, 1687, 102], val: [1760, 1643, 563, 34], test: [1200, 1100, 500, 320] };

export const METHODS = {
  erm: {
    summary: "plain training: the mean loss over all images, the baseline",
    source: "Vapnik 1992",
    options: {},
    accuracy: [0.985, 0.992, 0.862, 0.37],
    speed: 0.55,
  },
  resample: {
    summary: "draws every group equally often",
    source: "Idrissi et al. 2022, Simple data balancing achieves competitive worst-group accuracy",
    options: { replacement: true },
    accuracy: [0.951, 0.962, 0.93, 0.71],
    speed: 0.45,
  },
  gdro: {
    summary: "weighs groups by their loss, the worst most",
    source: "Sagawa et al. 2020, Distributionally robust neural networks for group shifts",
    options: { "step-size": 0.01, adjustment: 0 },
    accuracy: [0.944, 0.957, 0.938, 0.803],
    speed: 0.4,
  },
};

function curve(next, method, epochs) {
  const list = [];
  for (let e = 1; e <= epochs; e++) {
    const reached = 1 - Math.exp(-method.speed * e);
    const correct = COUNTS.val.map((n, g) => {
      const start = g < 2 ? 0.8 : 0.15;
      return binomial(next, n, Math.min(0.999, start + (method.accuracy[g] - start) * reached));
    });
    const accuracies = correct.map((k, g) => round(k / COUNTS.val[g]));
    const worst = accuracies.indexOf(Math.min(...accuracies));
    const n = COUNTS.val.reduce((a, b) => a + b, 0);
    const seconds = round(3.1 + next() * 0.25, 3);
    list.push({
      epoch: e,
      loss: round(0.06 + 0.5 * Math.exp(-method.speed * e) + next() * 0.01),
      learning_rate: round(0.001 * 0.5 * (1 + Math.cos((Math.PI * e) / epochs)), 8),
      seconds,
      images_per_second: round(12000 / seconds, 1),
      evaluations: [
        {
          head: "hair",
          split: "val",
          loss: round(0.08 + 0.4 * Math.exp(-method.speed * e) + next() * 0.02),
          overall_accuracy: round(correct.reduce((a, b) => a + b, 0) / n),
          group_mean_accuracy: round(accuracies.reduce((a, b) => a + b, 0) / 4),
          worst_group_accuracy: accuracies[worst],
          worst_group: worst,
          group_accuracies: accuracies,
        },
      ],
    });
  }
  return list;
}

function hairErrors(next, confusions) {
  const items = [];
  HAIR_GROUPS.forEach((group, g) => {
    const truth = g < 2 ? 0 : 1;
    const wrong = confusions[g][truth][1 - truth];
    for (let i = 0; i < Math.min(12, wrong); i++) {
      const probability = round(Math.min(0.9999, 0.97 - 0.035 * i + next() * 0.03), 4);
      items.push({
        file: `test/${String(Math.floor(next() * 3120)).padStart(5, "0")}.png`,
        truth: HAIR_HEAD.classes[truth],
        predicted: HAIR_HEAD.classes[1 - truth],
        probability,
        loss: round(-Math.log(1 - probability), 4),
        group: g,
        thumbnail: drawFace(next, { blond: truth === 1, man: group.values[1].value === "man" }),
      });
    }
  });
  return items.sort((a, b) => b.loss - a.loss);
}

function hairHistogram(next, confusions) {
  const bins = 20;
  return {
    class: "blond",
    bins,
    rows: HAIR_GROUPS.map((_, g) => {
      const truth = g < 2 ? 0 : 1;
      const counts = new Array(bins).fill(0);
      confusions[g][truth].forEach((n, predicted) => {
        for (let i = 0; i < n; i++) {
          const score = predicted === 1 ? 1 - 0.5 * next() ** 3 : 0.5 * next() ** 3;
          counts[Math.min(bins - 1, Math.floor(score * bins))]++;
        }
      });
      return { group: g, truth: HAIR_HEAD.classes[truth], counts };
    }),
  };
}

/** One run on drawn faces: hair colour told apart, groups hair × gender. */
export function sampleRun(name, seed = 1) {
  const method = METHODS[name];
  const next = random(1000 * seed + name.length * 17 + name.charCodeAt(0));
  const epochs = 12;
  const epochList = curve(next, method, epochs);
  const chosen = epochList.reduce((a, e) =>
    e.evaluations[0].worst_group_accuracy > a.evaluations[0].worst_group_accuracy ? e : a,
  );
  const confusions = COUNTS.test.map((n, g) => {
    const right = binomial(next, n, method.accuracy[g]);
    return g < 2
      ? [
          [right, n - right],
          [0, 0],
        ]
      : [
          [0, 0],
          [n - right, right],
        ];
  });
  const trainSeconds = epochList.reduce((s, e) => s + e.seconds, 0);
  const phases = [
    ["import", 2.84],
    ["train", round(trainSeconds, 2)],
    ["evaluate", 0.61],
    ["errors and thumbnails", 0.22],
  ];
  return {
    format: "evenhand-results",
    format_version: 1,
    kind: "run",
    id: `faces-${name}-seed${seed}`,
    name: seed === 1 ? name : `${name}, seed ${seed}`,
    created: `2026-03-0${seed}T09:1${name.length % 10}:00Z`,
    evenhand_version: "0.1.0",
    command: [
      "evenhand",
      "train",
      "faces.eh",
      "--model",
      "standard-cnn",
      "--target",
      "hair",
      "--groups",
      "hair,gender",
      "--method",
      name,
      "--seed",
      String(seed),
    ],
    seed,
    hashes: { catalog: hash(random(7)), predictions: hash(next), recipe: hash(random(name.length)), weights: hash(next) },
    environment: {
      cpu: "Example CPU, 2 cores",
      threads: 2,
      system: "Linux 6.1 x86_64",
      precision: "f32",
      compiler: "gcc 12.2.0",
      libraries: [
        { name: "oneDNN", version: "2.6.3" },
        { name: "libjpeg-turbo", version: "2.1.5" },
        { name: "SQLite", version: "3.40.1" },
      ],
    },
    data: {
      name: "drawn faces",
      format: "csv",
      images: Object.values(COUNTS)
        .flat()
        .reduce((a, b) => a + b, 0),
      columns: [
        { name: "hair", kind: "class", classes: ["not blond", "blond"], missing: 0 },
        { name: "gender", kind: "class", classes: ["woman", "man"], missing: 0 },
        { name: "skin type", kind: "class", classes: ["1", "2", "3", "4", "5", "6"], missing: 12 },
        { name: "age", kind: "number", classes: null, missing: 12 },
      ],
      splits: Object.entries(COUNTS).map(([split, list]) => ({ name: split, n: list.reduce((a, b) => a + b, 0) })),
      split_rule: "given by the data",
      counts: [
        {
          column: "hair",
          cells: Object.entries(COUNTS).flatMap(([split, list]) =>
            list.map((n, g) => ({ split, group: g, label: HAIR_GROUPS[g].values[0].value, n })),
          ),
        },
      ],
      skipped: [
        { reason: "the JPEG data end too early", n: 3, examples: ["train/00713.jpg", "train/04410.jpg", "val/00102.jpg"] },
      ],
    },
    groups: HAIR_GROUPS,
    task: { heads: [HAIR_HEAD], group_columns: ["hair", "gender"] },
    model: {
      name: "standard-cnn",
      summary: "four strided convolutions and one hidden layer",
      parameters: 453218,
      options: { widths: "12,24,48,72", hidden: 512 },
      input: { width: 64, height: 64, channels: 3 },
    },
    method: { name, summary: method.summary, source: method.source, options: method.options },
    selection: {
      split: "val",
      metric: "worst_group_accuracy",
      epoch: chosen.epoch,
      value: chosen.evaluations[0].worst_group_accuracy,
      definition: "the epoch with the highest worst-group accuracy on val; of equals the earliest",
    },
    training: {
      epochs_planned: epochs,
      batch_size: 64,
      optimizer: { name: "adam", options: { "learning-rate": 0.001, "weight-decay": 0.0001 } },
      schedule: { name: "cosine", options: { warmup: 0 } },
      augmentation: { flip: true, "shift-crop": 4 },
      epochs: epochList,
    },
    evaluation: [
      {
        head: "hair",
        splits: [
          evaluateSplit({
            split: "test",
            head: HAIR_HEAD,
            groups: HAIR_GROUPS,
            confusions,
            fewBelow: 30,
            errors: hairErrors(next, confusions),
            histogram: hairHistogram(next, confusions),
          }),
        ],
      },
    ],
    timings: {
      total: round(
        phases.reduce((s, p) => s + p[1], 0),
        2,
      ),
      phases: phases.map(([phase, seconds]) => ({ name: phase, seconds })),
    },
    peak_memory: 412 * 1024 * 1024,
    extra: { sample: true },
  };
}

/** An audit of given predictions, of any groups, classes and accuracies. `sizes[g]` is the number of images of group g. */
export function sampleAudit({
  id,
  name,
  data,
  groups,
  groupColumns,
  classes,
  sizes,
  accuracies,
  fewBelow = 30,
  seed = 5,
  errorFile = (i) => `images/${i}.jpg`,
  thumbnails = true,
  splits = ["test"],
}) {
  const next = random(seed);
  const k = classes.length;
  const head = {
    name: "label",
    kind: k === 2 ? "binary" : "classes",
    target: "label",
    classes,
    positive_class: k === 2 ? classes[1] : null,
    loss: null,
  };
  const cells = [];
  const evaluated = splits.map((split) => {
    const confusions = groups.map(() => zeros(k));
    const errors = [];
    groups.forEach((_, g) => {
      for (let i = 0; i < sizes[g]; i++) {
        const truth = Math.floor(next() * k);
        const right = k === 1 || next() < accuracies[g];
        const predicted = right ? truth : (truth + 1 + Math.floor(next() * (k - 1))) % k;
        confusions[g][truth][predicted]++;
        if (predicted !== truth && errors.filter((e) => e.group === g).length < 12) {
          const probability = round(0.5 + 0.5 * next(), 4);
          errors.push({
            file: errorFile(errors.length),
            truth: classes[truth],
            predicted: classes[predicted],
            probability,
            loss: round(-Math.log(1.0001 - probability), 4),
            group: g,
            thumbnail: thumbnails ? drawFace(next, { blond: next() < 0.5, man: next() < 0.5 }) : null,
          });
        }
      }
      classes.forEach((label, c) => cells.push({ split, group: g, label, n: confusions[g][c].reduce((a, b) => a + b, 0) }));
    });
    errors.sort((a, b) => b.loss - a.loss);
    return evaluateSplit({ split, head, groups, confusions, fewBelow, errors });
  });
  const images = splits.length * sizes.reduce((a, b) => a + b, 0);
  return {
    format: "evenhand-results",
    format_version: 1,
    kind: "audit",
    id,
    name,
    created: "2026-03-04T10:00:00+01:00",
    evenhand_version: "0.1.0",
    command: ["evenhand", "audit", "predictions.csv", "--groups", groupColumns.join(",")],
    seed: null,
    hashes: { catalog: null, predictions: hash(next), recipe: null, weights: null },
    environment: { cpu: "Example CPU, 2 cores", threads: 2, system: "Linux 6.1 x86_64", libraries: [] },
    data: {
      name: data,
      format: "csv",
      images,
      columns: [
        { name: "label", kind: "class", classes, missing: 0 },
        ...groupColumns.map((column, i) => {
          const values = groups.map((g) => g.values[i]?.value ?? null);
          const missing = groups.reduce((s, g, j) => s + (g.values[i]?.value === null ? sizes[j] * splits.length : 0), 0);
          return { name: column, kind: "class", classes: [...new Set(values.filter((v) => v !== null))], missing };
        }),
      ],
      splits: splits.map((split) => ({ name: split, n: images / splits.length })),
      split_rule: null,
      counts: [{ column: "label", cells }],
      skipped: [],
    },
    groups,
    task: { heads: [head], group_columns: groupColumns },
    model: null,
    method: null,
    selection: null,
    training: null,
    evaluation: [{ head: "label", splits: evaluated }],
    timings: { total: 0.2, phases: [{ name: "audit", seconds: 0.2 }] },
    peak_memory: null,
    extra: { sample: true },
  };
}
