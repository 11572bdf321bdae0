// report_page.test.mjs - what every report must do, whoever made it: the samples, and EVENHAND_REPORT=path if given.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, describe, it } from "node:test";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import axe from "axe-core";
import { sampleRun } from "../../web/samples/sample_run.mjs";
import { openReport, sample, schema, startBrowser, stopBrowser, writeReport } from "./open_report.mjs";

before(startBrowser);
after(stopBrowser);

const subjects = process.env.EVENHAND_REPORT
  ? [["the given report", () => process.env.EVENHAND_REPORT]]
  : [
      ["three methods", () => writeReport("methods", "Drawn faces", ["erm", "resample", "gdro"].map(sample))],
      [
        "three seeds of two methods",
        () =>
          writeReport(
            "seeds",
            "Seeds",
            ["erm", "gdro"].flatMap((m) => [1, 2, 3].map((seed) => sampleRun(m, seed))),
          ),
      ],
      ["hostile names", () => writeReport("hostile", 'Hostile </title><img src=x onerror=alert(9)> & "co"', [sample("hostile")])],
      ["groups without images", () => writeReport("edge", "Edge", [sample("edge")])],
      ["a single group", () => writeReport("single", "Single", [sample("single")])],
    ];

/** Opens everything that is folded away, so that it is looked at too. */
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
  return found
    .map(
      (v) =>
        `${v.id}: ${v.help}\n${v.nodes
          .slice(0, 4)
          .map((n) => `  ${n.target.join(" ")} ${n.failureSummary}`)
          .join("\n")}`,
    )
    .join("\n");
}

/** The text of the tooltip after pointing at the n-th mark of a chart; null when the chart has no marks. */
async function pointAt(page, chart, n) {
  const marks = chart.locator('g[data-mark="dot"] :is(circle, path)');
  const number = await marks.count();
  if (number === 0) return null;
  const mark = marks.nth(n % number);
  await mark.scrollIntoViewIfNeeded();
  const box = await mark.boundingBox();
  await page.mouse.move(box.x + box.width / 2 + 1, box.y + box.height / 2);
  const tip = chart.locator('g[aria-label="tip"] text');
  await tip.first().waitFor({ state: "attached" });
  return (await tip.allTextContents()).join(" ");
}

for (const [title, make] of subjects)
  describe(`a report with ${title}`, () => {
    let path, results;
    const withPage = async (options, body) => {
      const report = await openReport(path, options);
      try {
        await body(report.page, report);
      } finally {
        await report.close();
      }
    };
    /* For checks that only read: one page for all of them. */
    let shared;
    const reading = (body) => body(shared.page);
    before(async () => {
      path = make();
      shared = await openReport(path);
      results = await shared.results();
    });
    after(() => shared.close());

    it("opens without a word on the console, a blocked style or script, or a request", () =>
      withPage({}, async (page, report) => {
        await unfold(page);
        for (const y of [0.3, 0.6, 1]) await page.evaluate((f) => window.scrollTo(0, f * document.body.scrollHeight), y);
        assert.deepEqual(await report.complaints(), []);
      }));

    it("embeds results that obey the published schema", () => {
      const ajv = new Ajv.default({ strict: true, allowUnionTypes: true });
      addFormats.default(ajv);
      const validate = ajv.compile(schema());
      for (const r of results) assert.ok(validate(r), `${r.name}: ${JSON.stringify(validate.errors)}`);
    });

    it("shows every section that applies, with its heading and its link", () =>
      reading(async (page) => {
        const shown = await page
          .locator(".report-section")
          .evaluateAll((list) =>
            list.map((s) => ({ id: s.id, heading: s.querySelector("h2").textContent, text: s.textContent.length })),
          );
        const ids = shown.map((s) => s.id);
        const evaluation = results[0].evaluation[0].splits[0];
        for (const id of ["verdict", "data", "groups", "provenance"]) assert.ok(ids.includes(id), `${id} is missing`);
        assert.equal(
          ids.includes("training"),
          results.some((r) => r.training?.epochs.length > 0),
        );
        assert.equal(ids.includes("confusion"), evaluation.confusion !== null || evaluation.classes.length > 0);
        assert.equal(ids.includes("comparison"), new Set(results.map((r) => r.method?.name ?? r.id)).size > 1);
        assert.ok(shown.every((s) => s.heading.length > 0 && s.text > 80));
        assert.deepEqual(await page.locator("#evenhand-contents a").evaluateAll((list) => list.map((a) => a.hash.slice(1))), ids);
        assert.equal(await page.locator("[role=alert]").count(), 0);
      }));

    it("says in the verdict which group fares worst, as the results have it", () =>
      reading(async (page) => {
        const baseline = results.find((r) => r.method?.name === "erm") ?? results[0];
        const worst = baseline.evaluation[0].splits[0].worst_group;
        const clean = (text) => text.replace(/\s+/gu, " ");
        assert.ok(clean(await page.locator("#verdict").textContent()).includes(clean(worst.name)));
      }));

    it("prints every group's number as the results have it", () =>
      reading(async (page) => {
        if (results.length > 1 && results[0].method?.name === results[1].method?.name)
          return; /* means over seeds: tested with known runs */
        const evaluation = results[0].evaluation[0].splits[0];
        const rows = await page
          .locator("#groups table.data tbody tr")
          .evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.textContent)));
        assert.equal(rows.length, evaluation.groups.length);
        for (const group of evaluation.groups) {
          const row = rows.find((r) => r[0] === group.name);
          assert.ok(row, `no row for ${group.name}`);
          assert.equal(row[1].replace(/\D/gu, ""), String(group.n));
          if (group.n === 0) assert.equal(row[2], "no data");
          else assert.equal(Number(row[2].match(/[\d.]+(?=%)/)[0]), Number((100 * group.accuracy.value).toFixed(1)));
        }
      }));

    it("sorts tables by a click, up and down, and says so to a screen reader", () =>
      withPage({}, async (page) => {
        const table = page.locator("#groups table.data");
        const header = table.locator("thead th").nth(1);
        const values = async () =>
          (await table.locator("tbody td:nth-child(2)").allTextContents()).map((t) => Number(t.replace(/\D/gu, "")));
        const ordered = results[0].evaluation[0].splits[0].groups.map((g) => g.n).sort((a, b) => a - b);
        await header.getByRole("button").click();
        assert.equal(await header.getAttribute("aria-sort"), "ascending");
        assert.deepEqual(await values(), ordered);
        await header.getByRole("button").click();
        assert.equal(await header.getAttribute("aria-sort"), "descending");
        assert.deepEqual(await values(), [...ordered].reverse());
        const first = table.locator("thead th").first();
        await first.getByRole("button").focus();
        await page.keyboard.press("Enter");
        assert.equal(await first.getAttribute("aria-sort"), "ascending");
        assert.equal(await header.getAttribute("aria-sort"), "none");
      }));

    it("has for every chart a name, a description, and the same numbers as text", () =>
      reading(async (page) => {
        const charts = await page.locator(".chart-block").evaluateAll((list) =>
          list.map((figure) => {
            const image = figure.querySelector(".chart-area svg");
            return {
              role: image.getAttribute("role"),
              label: image.getAttribute("aria-label"),
              description: document.getElementById(image.getAttribute("aria-describedby"))?.textContent ?? "",
              table: figure.querySelector("details table") !== null || /table (above|below)/.test(figure.textContent),
            };
          }),
        );
        assert.ok(charts.length > 0);
        for (const chart of charts) {
          assert.equal(chart.role, "img");
          assert.ok(chart.label.length > 3 && chart.description.length > 20 && chart.table, JSON.stringify(chart));
        }
      }));

    it("shows the numbers of a mark that is pointed at", () =>
      withPage({}, async (page) => {
        const charts = page.locator(".chart-block .chart-area > svg");
        const number = await charts.count();
        let pointed = 0;
        for (let i = 0; i < number; i++) {
          const text = await pointAt(page, charts.nth(i), 1);
          if (text === null) continue;
          pointed += 1;
          assert.match(text, /\d/, `chart ${i}`);
        }
        assert.ok(pointed > 0);
      }));

    it("keeps the key numbers in view where scripts are off", () =>
      withPage({ javaScriptEnabled: false }, async (page, report) => {
        assert.ok(await page.locator("#evenhand-static").isVisible());
        const text = await page.locator("#evenhand-static").innerText();
        const clean = (s) => s.replace(/\s+/gu, " ");
        for (const group of results[0].groups) assert.ok(clean(text).includes(clean(group.name)), group.name);
        assert.ok((await page.locator("#evenhand-static table").count()) > 0);
        assert.deepEqual(await report.complaints(), []);
      }));

    it("hides the plain tables once the page is drawn", () =>
      reading(async (page) => {
        assert.ok(!(await page.locator("#evenhand-static").isVisible()));
      }));

    for (const width of [360, 768])
      it(`fits into ${width} pixels without scrolling sideways`, () =>
        withPage({ width }, async (page) => {
          await unfold(page);
          await page.waitForTimeout(100);
          assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
        }));

    it("fits into 360 pixels with scripts off", () =>
      withPage({ width: 360, javaScriptEnabled: false }, async (page) => {
        const box = await page.locator("#evenhand-static").boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= 360);
      }));

    it("has no accessibility violation that axe can find", () =>
      withPage({ initScripts: [axe.source] }, async (page) => {
        await unfold(page);
        assert.equal(await violations(page), "");
      }));

    it("has no accessibility violation in its lightbox", () =>
      withPage({ initScripts: [axe.source] }, async (page) => {
        const card = page.locator("button.card").first();
        if ((await card.count()) === 0) return;
        await card.click();
        assert.equal(
          await violations(page, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] } }),
          "",
        );
      }));

    it("has words that can be read in the dark", () =>
      withPage({ colorScheme: "dark", initScripts: [axe.source] }, async (page) => {
        await unfold(page);
        assert.equal(await violations(page, { runOnly: ["color-contrast"] }), "");
      }));

    it("has no accessibility violation with scripts off", async () => {
      const bare = `${tmpdir()}/evenhand-bare-${process.pid}.html`; /* axe needs scripts, so the page's own is cut out */
      writeFileSync(bare, readFileSync(path, "utf8").replace(/<script>[^]*?<\/script>/, ""));
      const report = await openReport(bare, { initScripts: [axe.source] });
      try {
        assert.ok(await report.page.locator("#evenhand-static table").first().isVisible());
        assert.equal(await violations(report.page), "");
      } finally {
        await report.close();
        rmSync(bare);
      }
    });

    it("walks through the errors with the keyboard and gives the focus back", () =>
      withPage({}, async (page) => {
        const cards = page.locator("button.card");
        const total = await cards.count();
        if (total === 0) return;
        await cards.first().focus();
        await page.keyboard.press("Enter");
        const dialog = page.locator("dialog.lightbox");
        const where = dialog.locator("[role=status]");
        const all = (await where.textContent()).replace(/^.* of /, "");
        assert.equal(await where.textContent(), `1 of ${all}`);
        await page.keyboard.press("ArrowRight");
        if (all !== "1") assert.equal(await where.textContent(), `2 of ${all}`);
        await page.keyboard.press("ArrowLeft");
        await page.keyboard.press("ArrowLeft");
        assert.equal(await where.textContent(), `${all} of ${all}`);
        await page.keyboard.press("Home");
        assert.equal(await where.textContent(), `1 of ${all}`);
        const picture = dialog.locator("img");
        if ((await picture.count()) > 0) {
          assert.match(await picture.getAttribute("alt"), /truth .*predicted /s);
          assert.ok(await picture.evaluate((img) => img.complete && img.naturalWidth > 0), "the picture is decoded");
        }
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "detached" });
        assert.ok(await cards.first().evaluate((card) => card === document.activeElement));
      }));

    it("shows the errors of a confusion cell that is chosen", () =>
      withPage({}, async (page) => {
        const cell = page.locator("button.matrix-cell").first();
        if ((await cell.count()) === 0) return;
        const before = await page.locator("#errors button.card").count();
        await cell.focus();
        await page.keyboard.press("Enter");
        assert.equal(await page.locator("button.matrix-cell[aria-pressed=true]").count(), 1);
        assert.ok(
          await page.evaluate(() => document.activeElement.matches("button.matrix-cell[aria-pressed=true]")),
          "the focus stays on the cell",
        );
        assert.match(await page.locator("#errors [role=status]").first().textContent(), /Shown: \d+ error/);
        await page.getByRole("button", { name: "Show all errors", exact: true }).click();
        assert.equal(await page.locator("#errors button.card").count(), before);
        assert.equal(await page.locator("button.matrix-cell[aria-pressed=true]").count(), 0);
      }));

    it("prints on white, without its controls", () =>
      withPage({ colorScheme: "dark" }, async (page) => {
        await page.emulateMedia({ media: "print", colorScheme: "dark" });
        assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
        assert.ok(!(await page.locator("#evenhand-tools").isVisible()));
        assert.ok(await page.locator("#verdict").isVisible());
      }));
  });

describe("the given report", { skip: !process.env.EVENHAND_REPORT }, () => {
  it("has its marks filled", () => {
    const text = readFileSync(process.env.EVENHAND_REPORT, "utf8");
    assert.match(text, /id="evenhand-data">\[\{/);
    assert.doesNotMatch(text.slice(0, text.indexOf("<style>")), /@@EVENHAND/);
    assert.doesNotMatch(text, /id="evenhand-static" class="static">\s*@@/);
  });
});
