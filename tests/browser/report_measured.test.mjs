// report_measured.test.mjs - the sections about numbers and masks, in reports with and without a head of classes.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import axe from "axe-core";
import { sampleMeasured } from "../../web/samples/sample_measured.mjs";
import { openReport, sample, schema, startBrowser, stopBrowser, writeReport } from "./open_report.mjs";

before(startBrowser);
after(stopBrowser);

const HOSTILE = ["<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "@@EVENHAND_DATA@@ \u202E"];
let turn = 0;
const hostile = () => sampleMeasured({ rename: (text) => `${text} ${HOSTILE[turn++ % HOSTILE.length]}` });

async function withReport(name, results, body) {
  const report = await openReport(writeReport(name, name, results), {});
  try {
    await body(report.page);
    assert.deepEqual(await report.complaints(), []);
  } finally {
    await report.close();
  }
}

const rows = (page, selector) =>
  page.locator(selector).evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.textContent)));
const sections = (page) => page.locator(".report-section").evaluateAll((list) => list.map((s) => s.id));

describe("heads of numbers and masks", () => {
  it("obey the schema, with and without a head of classes", () => {
    const ajv = new Ajv.default({ strict: true, allowUnionTypes: true });
    addFormats.default(ajv);
    const validate = ajv.compile(schema());
    for (const classes of [false, true]) assert.ok(validate(sampleMeasured({ classes })), JSON.stringify(validate.errors));
    const none = sampleMeasured();
    delete none.numbers;
    delete none.masks;
    assert.ok(!validate(none), "a run that measured nothing");
    const elsewhere = sampleMeasured();
    elsewhere.masks[0].splits[0].examples.items[0].truth = "https://example.com/a.png";
    assert.ok(!validate(elsewhere), "a picture from elsewhere");
  });

  it("make a page of their own where there are no classes", () =>
    withReport("measured", [sampleMeasured()], async (page) => {
      assert.deepEqual((await sections(page)).slice(0, 3), ["numbers", "masks", "course"]);
      assert.equal(await page.locator("[role=alert]").count(), 0);
      const table = await rows(page, "#numbers .flow > .table-block tbody tr");
      assert.equal(table.at(-1)[0], "all images");
      assert.equal(table.at(-1)[2], "4.30 [4.00, 4.60]");
      assert.equal(table[0][2], "6.00 [5.50, 6.50]");
      assert.equal(table[0].at(-1), "few: read the interval");
      const classes = await rows(page, "#masks .flow > .table-block:first-child tbody tr");
      assert.deepEqual(classes[0].slice(0, 3), ["sign", "2\u202f000", "20.0%"]);
      assert.equal(await page.locator("#masks .mask-example img").count(), 5);
      await page.locator("#numbers select").selectOption({ index: 1 });
      assert.equal((await rows(page, "#numbers .flow > .table-block tbody tr")).length, table.length);
    }));

  it("show how their training went, once", () =>
    withReport("course", [sampleMeasured(), { ...sampleMeasured({ classes: true, id: "both" }) }], async (page) => {
      const titles = await page.locator("#course figure h3").allTextContents();
      assert.equal(titles.filter((t) => t.startsWith("loss")).length, 1);
      assert.equal(titles.filter((t) => t.startsWith("age: mae on valid")).length, 1);
      assert.equal(await page.locator("#course figure svg").count() >= 2, true);
    }));

  it("stand beside heads of classes, and results are compared", () =>
    withReport("both", [sampleMeasured({ classes: true }), { ...sampleMeasured({ id: "other" }), seed: 7 }, sample("gdro")], async (page) => {
      const ids = await sections(page);
      assert.ok(ids.includes("verdict") && ids.includes("numbers") && ids.includes("masks"));
      const compared = await rows(page, "#numbers > .section-body > .table-block tbody tr");
      assert.deepEqual(compared.map((r) => r[0]), ["measured", "other"]);
    }));

  it("can have names that would do harm", () =>
    withReport("harm", [hostile()], async (page) => {
      assert.deepEqual((await sections(page)).slice(0, 2), ["numbers", "masks"]);
      assert.match(await page.locator("#masks").textContent(), /<img src=x onerror=alert\(1\)>/);
    }));

  it("can be read by everybody", () =>
    withReport("access", [sampleMeasured()], async (page) => {
      await page.evaluate(axe.source);
      const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ["violations"] })).violations);
      assert.equal(found.map((v) => `${v.id}: ${v.help} ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`).join("\n"), "");
    }));
});
