// report_data.test.mjs - what a report about a data set alone must do, and the sections about data in the report of a model.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import axe from "axe-core";
import { sampleData } from "../../web/samples/sample_data.mjs";
import { openReport, sample, schema, startBrowser, stopBrowser, writeReport } from "./open_report.mjs";

before(startBrowser);
after(stopBrowser);

const IDS = ["data", "balance", "splits", "cleaning"];
const HOSTILE = ["<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "@@EVENHAND_DATA@@ \u202E"];
let turn = 0;
const hostile = () => sampleData({ rename: (text) => `${text} ${HOSTILE[turn++ % HOSTILE.length]}` });

async function withReport(name, results, options, body) {
  const report = await openReport(writeReport(name, name, results), options);
  try {
    await body(report.page, report);
    assert.deepEqual(await report.complaints(), []);
  } finally {
    await report.close();
  }
}

const unfold = (page) =>
  page.evaluate(() =>
    document.querySelectorAll("details").forEach((d) => {
      d.open = true;
    }),
  );

async function violations(page, options = {}) {
  const found = await page.evaluate(
    async (more) => (await window.axe.run(document, { resultTypes: ["violations"], ...more })).violations,
    options,
  );
  return found.map((v) => `${v.id}: ${v.help} ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`).join("\n");
}

const rows = (page, selector) =>
  page.locator(selector).evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.textContent)));

describe("a report about data alone", () => {
  it("obeys the schema, which wants no evaluation of it, and one of a run", () => {
    const ajv = new Ajv.default({ strict: true, allowUnionTypes: true });
    addFormats.default(ajv);
    const validate = ajv.compile(schema());
    assert.ok(validate(sampleData()), JSON.stringify(validate.errors));
    assert.ok(!validate({ ...sample("erm"), evaluation: [] }), "a run without evaluation");
    assert.ok(!validate({ ...sampleData(), evaluation: sample("erm").evaluation }), "data with an evaluation");
    const broken = sampleData();
    broken.data.cleaning.galleries[0].items[0].thumbnail = "https://example.com/a.png";
    assert.ok(!validate(broken), "a picture from elsewhere");
  });

  it("puts many labels of two classes into one table, the widest apart first, and shows the strongest associations", () => {
    const many = sampleData();
    const { data } = many;
    for (let i = 0; i < 20; i++) {
      const column = `attribute ${i}`;
      const cells = many.groups.flatMap((_, group) => [
        { split: "train", group, label: "no", n: 100 - (group === 0 ? i : 0) },
        ...(group === 0 && i > 0 ? [{ split: "train", group, label: "yes", n: i }] : []),
      ]);
      data.columns.push({ name: column, kind: "class", classes: ["no", "yes"], missing: 0 });
      data.counts.push({ column, cells });
      data.association.push({ ...data.association[0], label: column, cramers_v: { ...data.association[0].cramers_v, value: 0.1 + i / 100 } });
    }
    return withReport("many", [many], {}, async (page) => {
      const table = await rows(page, "#balance .table-block:first-child tbody tr");
      const attributes = table.filter((r) => r[0].startsWith("attribute"));
      assert.equal(attributes.length, 20);
      assert.deepEqual(attributes[0].slice(0, 3), ["attribute 19 = yes", "19.0", "19.0%"]);
      const shown = await rows(page, "#balance h3:has-text('Association') ~ .table-block tbody tr");
      assert.equal(shown.length, 12);
    });
  });

  it("shows its four sections and their links, and no verdict on a model", () =>
    withReport("data", [sampleData()], {}, async (page) => {
      assert.deepEqual(await page.locator(".report-section").evaluateAll((list) => list.map((s) => s.id)), IDS);
      assert.deepEqual(await page.locator("#evenhand-contents a").evaluateAll((list) => list.map((a) => a.hash.slice(1))), IDS);
      assert.equal(await page.locator("[role=alert]").count(), 0);
      assert.match(await page.locator("#evenhand-byline").textContent(), /faces .* images/);
    }));

  it("shows the numbers as the results have them", () =>
    withReport("numbers", [sampleData()], {}, async (page) => {
      const text = await page.locator("#balance").textContent();
      assert.match(text, /0\.210 \[0\.140, 0\.280\]/);
      assert.match(text, /no number is enough/);
      assert.match(text, /The same in all: width 64/);
      assert.match(await page.locator("#splits .callout").textContent(), /LEAK: 2 of 90 different values of person/);
      const tables = await rows(page, "#cleaning table.data tbody tr");
      assert.deepEqual(tables[2], ["copies", "4", "3", "3", "75.0%", "100.0%"]);
      assert.deepEqual(tables[3].slice(4), ["0.0%", "–"]);
      assert.deepEqual(tables[4].slice(0, 4), ["female", "502", "500", "20.4%"]);
      assert.equal(await page.locator("#cleaning .find").count(), 5);
      assert.equal(await page.locator("#cleaning .find.out").count(), 1);
      assert.match(await page.locator("#cleaning").textContent(), /12 are not shown/);
      assert.match(await page.locator("#cleaning").textContent(), /hair → dark/);
      assert.ok(await page.locator("#cleaning img").first().evaluate((img) => img.complete && img.naturalWidth > 0));
    }));

  it("keeps hostile names text, with and without scripts", async () => {
    for (const javaScriptEnabled of [true, false])
      await withReport(`hostile-data-${javaScriptEnabled}`, [hostile()], { javaScriptEnabled }, async (page) => {
        const where = javaScriptEnabled ? "#evenhand-report" : "#evenhand-static";
        assert.equal(await page.locator(`${where} img[src=x]`).count(), 0);
        assert.equal(await page.locator(`${where} script`).count(), 0);
        assert.ok((await page.locator(where).textContent()).includes(HOSTILE[0]));
      });
  });

  for (const width of [360, 768])
    it(`fits into ${width} pixels without scrolling sideways`, () =>
      withReport(`data-${width}`, [sampleData()], { width }, async (page) => {
        await unfold(page);
        await page.waitForTimeout(100);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
      }));

  it("keeps the name of a row in view where a wide table is scrolled on a phone", () =>
    withReport("data-sticky", [sampleData()], { width: 360 }, async (page) => {
      const left = await page.locator("#balance .table-scroll").first().evaluate((area) => {
        area.scrollLeft = 1000;
        const name = area.querySelector("tbody th").getBoundingClientRect();
        return { moved: area.scrollLeft, name: name.left - area.getBoundingClientRect().left };
      });
      assert.ok(left.moved > 0, "the table is wide");
      assert.ok(Math.abs(left.name) < 2, `the name stands ${left.name} pixels away`);
    }));

  for (const colorScheme of ["light", "dark"])
    it(`has no accessibility violation that axe can find, ${colorScheme}`, () =>
      withReport(`data-${colorScheme}`, [sampleData()], { colorScheme, initScripts: [axe.source] }, async (page) => {
        await unfold(page);
        assert.equal(await violations(page), "");
      }));

  it("prints no row, figure or finding across two pages", () =>
    withReport("data-print", [sampleData()], {}, async (page) => {
      await page.emulateMedia({ media: "print" });
      for (const selector of ["tr", ".chart-block", ".find-block", ".callout"])
        assert.equal(await page.locator(selector).first().evaluate((e) => getComputedStyle(e).breakInside), "avoid", selector);
      assert.equal(await page.locator("#balance .section-body").evaluate((e) => getComputedStyle(e).display), "block");
    }));
});

describe("a report of models beside a result about their data", () => {
  it("shows the cleaning of the data set of that name, and compares the models alone", () => {
    const data = sampleData();
    data.data.name = sample("erm").data.name;
    return withReport("mixed", [data, sample("erm"), sample("gdro")], {}, async (page) => {
      const ids = await page.locator(".report-section").evaluateAll((list) => list.map((s) => s.id));
      for (const id of ["verdict", ...IDS, "comparison", "provenance"]) assert.ok(ids.includes(id), id);
      assert.equal(await page.locator("#cleaning .find").count(), 5);
      assert.equal(await page.locator("[role=alert]").count(), 0);
    });
  });

  it("leaves data of another name to their own report", () =>
    withReport("other", [sampleData(), sample("erm")], {}, async (page) => {
      assert.equal(await page.locator("#cleaning").count(), 0);
      assert.equal(await page.locator("#verdict").count(), 1);
    }));
});
