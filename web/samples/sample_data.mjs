// sample_data.mjs - a results.json about a data set alone, with invented numbers: balance, split, cleaning.
import { drawFace } from "./sample_face.mjs";
import { random } from "./sample_run.mjs";

const PARTS = ["train", "valid", "test"];

/** `rename` is applied to every name that comes from data, so that hostile ones can be put everywhere. */
export function sampleData({ id = "faces", rename = (text) => text } = {}) {
  const groups = ["female", "male", "gender=(missing)"].map((text) => rename(text));
  const labels = ["blond", "dark"].map((text) => rename(text));
  const gender = rename("gender"),
    hair = rename("hair"),
    age = rename("age");
  const cells = PARTS.flatMap((split, s) =>
    groups.flatMap((_, group) =>
      labels.map((label, l) => ({ split, group, label, n: Math.round([700, 150, 150][s] * [0.5, 0.4, 0.02][group] * (group === l ? 0.6 : 0.4)) })),
    ),
  );
  const sum = (test) => cells.filter(test).reduce((total, cell) => total + cell.n, 0);
  const rowsOf = (make) => groups.map((_, group) => ({ group, ...make(group) }));
  const finding = (image, action, removed, more = {}) => ({
    image,
    file: rename(`images/${image}.png`),
    action,
    severity: action === "keep" ? "note" : "error",
    score: 0.98,
    evidence: { distance: 3, by: rename("phash"), nested: [1] },
    removed,
    column: null,
    suggestion: null,
    thumbnail: drawFace(random(image), { blond: image % 2 === 0, man: image > 2 }),
    ...more,
  });
  return {
    format: "evenhand-results",
    format_version: 1,
    kind: "data",
    id,
    name: rename(id),
    created: "2026-01-31T12:00:00Z",
    evenhand_version: "0.1.0",
    command: ["evenhand", "report", "faces.eh"],
    seed: 1,
    hashes: { catalog: "ab".repeat(32), predictions: null, recipe: null, weights: null },
    environment: { cpu: "a processor", threads: 2, system: "Linux", libraries: [] },
    data: {
      name: rename(id),
      images: sum(() => true),
      columns: [
        { name: gender, kind: "class", classes: groups.slice(0, 2), missing: sum((c) => c.group === 2) },
        { name: hair, kind: "class", classes: labels, missing: 0 },
        { name: age, kind: "number", classes: null, missing: 3 },
      ],
      splits: PARTS.map((name) => ({ name, n: sum((c) => c.split === name) })),
      split_rule: rename("70/15/15 %, seed 1"),
      where: rename("age > 3"),
      counts: [{ column: hair, cells }],
      skipped: [{ reason: rename("truncated JPEG"), n: 2, examples: [rename("a.jpg")] }],
      histograms: [
        {
          column: age,
          edges: [0, 10, 20, 30],
          names: ["0-9", "10-19", "20-29"].map((text) => rename(text)),
          rows: rowsOf((g) => ({ counts: [[5, 30, 20], [9, 20, 30], [1, 0, 4]][g], missing: g, outside: 0 })),
        },
      ],
      association: [
        {
          group: gender,
          label: hair,
          n: 920,
          rows: 3,
          columns: 2,
          chi_square: 41.2,
          df: 2,
          p: 1.1e-9,
          smallest_expected: 9.7,
          cramers_v: { value: 0.21, low: 0.14, high: 0.28 },
          cramers_v_uncorrected: 0.212,
          information_bits: { value: 0.031, low: 0.014, high: 0.055 },
          information_bits_uncorrected: 0.0326,
          label_entropy_bits: 0.99,
          level: 0.95,
        },
        {
          group: rename("tiny"),
          label: hair,
          n: 0,
          rows: 0,
          columns: 0,
          chi_square: null,
          df: 0,
          p: null,
          smallest_expected: null,
          cramers_v: { value: null, low: null, high: null },
          cramers_v_uncorrected: null,
          information_bits: { value: null, low: null, high: null },
          information_bits_uncorrected: null,
          label_entropy_bits: 0,
          level: 0.95,
        },
      ],
      power: {
        accuracy: 0.9,
        gap: 0.05,
        alpha: 0.05,
        power: 0.8,
        definition: "two-sided z test",
        groups: rowsOf((g) => ({
          test: [75, 60, 3][g],
          others: [63, 78, 135][g],
          smallest_difference: [0.17, 0.18, null][g],
          images_needed: [812, null, null][g],
        })),
      },
      pictures: ["width", "brightness", "blur"].map((property, p) => ({
        property,
        rows: rowsOf((g) => ({
          n: 10,
          missing: 0,
          mean: p === 0 ? 64 : 0.4 + 0.05 * g,
          low: p === 0 ? 64 : 0.38 + 0.05 * g,
          high: p === 0 ? 64 : 0.42 + 0.05 * g,
          deviation: 0.1,
          smallest: 0,
          largest: 64,
        })),
      })),
      split_check: {
        verdict: "leak",
        sentences: [
          "The parts differ (1 of 2 tests, smallest corrected p 0.012).",
          `LEAK: 2 of 90 different values of ${rename("person")} are in several parts (9 images).`,
        ],
        parts: PARTS.map((name) => ({ name, n: sum((c) => c.split === name) })),
        images_in_no_part: 0,
        identity: { column: rename("person"), values: 90, in_several_parts: 2, images: 9, examples: [rename("p1"), "p2"] },
        alpha: 0.05,
        tests: [
          {
            column: hair,
            test: "chi-square",
            part: null,
            of_missing: false,
            statistic: 9.1,
            df: 2,
            p: 0.006,
            p_corrected: 0.012,
            design_effect: 1.4,
            effect: 0.1,
            pooled: 1,
            rough: true,
            value: labels[0],
            value_part: "test",
            inside: 0.61,
            elsewhere: 0.48,
          },
          {
            column: age,
            test: "kolmogorov-smirnov",
            part: "test",
            of_missing: false,
            statistic: 0.04,
            df: null,
            p: 0.7,
            p_corrected: 0.7,
            design_effect: 1,
            effect: 0.04,
            pooled: 0,
            rough: false,
            value: null,
            value_part: null,
            inside: 24,
            elsewhere: 23,
          },
        ],
      },
      cleaning: {
        checks: [
          { name: "copies", errors: 2, warnings: 1, notes: 2, images: 3, clusters: 2 },
          { name: "labels", errors: 0, warnings: 1, notes: 0, images: 1, clusters: 0 },
        ],
        applied: { steps: 1, quarantined: 3, relabelled: 1 },
        groups: groups.map((group, g) => ({ group, before: [502, 402, 22][g], after: [500, 402, 21][g] })),
        galleries: [
          { check: "copies", score: 0.98, members: 14, items: [finding(1, "keep", false), finding(2, "quarantine", true)] },
          { check: "copies", score: 0.9, members: 2, items: [finding(3, "keep", false), finding(4, "look", false, { thumbnail: null })] },
          {
            check: "labels",
            score: 0.8,
            members: 1,
            items: [finding(5, "relabel", false, { column: hair, suggestion: labels[1] })],
          },
        ],
        planted: [
          { defect: rename("copies"), planted: 4, reported: 3, found: 3 },
          { defect: "wrong labels", planted: 5, reported: 0, found: 0 },
        ],
      },
    },
    groups: groups.map((name, g) => ({ name, values: [{ column: gender, value: g === 2 ? null : groups[g] }] })),
    task: { heads: [], group_columns: [gender] },
    model: null,
    method: null,
    selection: null,
    training: null,
    evaluation: [],
    timings: { total: 0.5, phases: [] },
    peak_memory: 1e8,
    extra: { sample: true },
  };
}
