// results_schema.test.mjs - the schema is sound, and every sample obeys it and itself.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { sampleRun } from "../../web/samples/sample_run.mjs";
import { sample, schema } from "./open_report.mjs";

const ajv = new Ajv.default({ allErrors: true, strict: true, allowUnionTypes: true });
addFormats.default(ajv);
const validate = ajv.compile(schema());
const names = readdirSync(new URL("../../web/samples/", import.meta.url))
  .filter((f) => f.endsWith(".results.json"))
  .map((f) => f.replace(".results.json", ""));

const near = (a, b) => assert.ok(Math.abs(a - b) < 2e-6, `${a} is not ${b}`);
const sum = (list) => list.reduce((a, b) => a + b, 0);

function checkConsistency(r) {
  for (const { splits } of r.evaluation)
    for (const s of splits) {
      assert.equal(s.groups.length, r.groups.length, "every group is listed");
      s.groups.forEach((g, i) => {
        assert.equal(g.group, i);
        assert.equal(g.name, r.groups[i].name);
        assert.equal(sum(g.confusion.flat()), g.n);
        assert.equal(sum(g.confusion.map((row, c) => row[c])), g.correct);
        if (g.n === 0) assert.ok(g.accuracy === null && g.verdict === "none");
        else near(g.accuracy.value, g.correct / g.n);
      });
      const counted = s.groups.filter((g) => g.n > 0);
      assert.equal(sum(s.groups.map((g) => g.n)), s.n);
      near(s.overall.accuracy.value, sum(s.groups.map((g) => g.correct)) / s.n);
      near(s.group_mean.value, sum(counted.map((g) => g.correct / g.n)) / counted.length);
      near(s.worst_group.accuracy.value, Math.min(...counted.map((g) => g.correct / g.n)));
      assert.equal(s.errors.total, s.n - sum(s.groups.map((g) => g.correct)));
      for (const e of s.errors.items) assert.notEqual(e.truth, e.predicted);
    }
  for (const epoch of r.training?.epochs ?? [])
    for (const e of epoch.evaluations) {
      near(e.worst_group_accuracy, Math.min(...e.group_accuracies));
      near(e.group_mean_accuracy, sum(e.group_accuracies) / e.group_accuracies.length);
    }
  if (r.selection) {
    const reached = r.training.epochs.map((e) => e.evaluations[0][r.selection.metric]);
    assert.equal(r.selection.epoch, reached.indexOf(Math.max(...reached)) + 1, "the chosen epoch is the best by its rule");
  }
}

describe("results.json", () => {
  for (const name of names) {
    it(`sample ${name} obeys the schema`, () => assert.ok(validate(sample(name)), JSON.stringify(validate.errors, null, 1)));
    it(`sample ${name} agrees with itself`, () => checkConsistency(sample(name)));
  }
  it("runs of other seeds obey the schema", () => assert.ok(validate(sampleRun("gdro", 2)), JSON.stringify(validate.errors)));
  it("unknown members are refused, except below extra", () => {
    const r = sample("erm");
    assert.ok(validate({ ...r, extra: { anything: [1, 2] } }));
    assert.ok(!validate({ ...r, accuracy: 0.9 }));
  });
  const broken = {
    "a proportion above 1": (r) => {
      r.evaluation[0].splits[0].overall.accuracy.value = 1.2;
    },
    "a missing seed": (r) => {
      delete r.seed;
    },
    "a date that is none": (r) => {
      r.created = "yesterday";
    },
    "a hash of the wrong length": (r) => {
      r.hashes.weights = "abc";
    },
    "a thumbnail from the network": (r) => {
      r.evaluation[0].splits[0].errors.items[0].thumbnail = "https://example.org/x.jpg";
    },
    "a split without groups": (r) => {
      r.evaluation[0].splits[0].groups = [];
    },
    "a newer format": (r) => {
      r.format_version = 2;
    },
  };
  for (const [what, breakIt] of Object.entries(broken))
    it(`${what} is refused`, () => {
      const r = sample("erm");
      breakIt(r);
      assert.ok(!validate(r));
    });
  if (process.env.EVENHAND_RESULTS)
    for (const path of process.env.EVENHAND_RESULTS.split(":")) {
      it(`${path} obeys the schema`, async () => {
        const { readFileSync } = await import("node:fs");
        assert.ok(validate(JSON.parse(readFileSync(path, "utf8"))), JSON.stringify(validate.errors, null, 1));
      });
    }
});
