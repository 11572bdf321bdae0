// report_behaviour.test.mjs - what the page does with particular results: hostile names, seeds, several heads, broken data.
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { proportion, sampleAudit, sampleRun } from "../../web/samples/sample_run.mjs";
import { openReport, sample, startBrowser, stopBrowser, template, templatePath, writeReport } from "./open_report.mjs";

before(startBrowser);
after(stopBrowser);

/** Opens a report of `results`, runs `body`, and fails if anything happened that must not. */
async function withReport(name, results, options, body, { silent = true } = {}) {
  const report = await openReport(writeReport(name, name, results), options);
  try {
    await body(report.page, report);
    if (silent) assert.deepEqual(await report.complaints(), []);
  } finally {
    await report.close();
  }
}

describe("the template", () => {
  it("stays well below half a megabyte", () =>
    assert.ok(statSync(templatePath).size < 420_000, String(statSync(templatePath).size)));
  it("names nothing on any network", () => {
    const page = template();
    const head = page.slice(0, page.indexOf("<style>"));
    assert.doesNotMatch(page, /(?:src|href|action)\s*=\s*["']?(?:https?:)?\/\//i);
    assert.doesNotMatch(page, /url\(\s*["']?(?:https?:)?\/\//i);
    assert.doesNotMatch(page, /@import|sendBeacon|XMLHttpRequest|WebSocket/);
    assert.match(head, /default-src 'none'/);
    assert.doesNotMatch(head, /unsafe|\*/);
  });
  it("refuses a script or style that it was not built with", async () => {
    const path = writeReport("injected", "Injected", [sample("single")]);
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace(
        "<main",
        '<script>window.injected = 1</script><style>body { opacity: 0.5 }</style><p style="color: red" onclick="window.injected = 1">x</p><main',
      ),
    );
    const report = await openReport(path);
    assert.equal(await report.page.evaluate(() => window.injected), undefined);
    assert.equal(await report.page.evaluate(() => getComputedStyle(document.body).opacity), "1");
    assert.ok((await report.complaints()).some((c) => c.includes("script-src")));
    await report.close();
  });
  it("gives the licence of everything bundled", () => {
    const page = template();
    for (const name of ["@observablehq/plot", "d3-selection", "d3-scale", "internmap"])
      assert.ok(page.includes(`\n${name} `) || page.includes(`>${name} `), name);
    assert.match(page, /Permission to use, copy, modify/);
  });
});

describe("hostile names", () => {
  it("stay text everywhere: no element, no dialog, no request", () =>
    withReport("hostile", [sample("hostile")], {}, async (page) => {
      await page.evaluate(() =>
        document.querySelectorAll("details").forEach((d) => {
          d.open = true;
        }),
      );
      for (const select of await page.locator("select").all()) for (const index of [1, 0]) await select.selectOption({ index });
      await page.locator("button.card").first().click();
      assert.equal(await page.locator("img:not([src^='data:image/'])").count(), 0);
      assert.equal(await page.locator("[onerror], [onclick], b").count(), 0);
      assert.equal(await page.locator("script").count(), 3);
      assert.ok((await page.locator("#groups").textContent()).includes("<img src=x onerror=alert(1)>"));
      assert.ok((await page.locator("#groups").textContent()).includes("@@EVENHAND_DATA@@"));
    }));
  it("cannot be formulas in a copied table", () =>
    withReport("formula", [sample("hostile")], { initScripts: [catchCopies] }, async (page) => {
      await page.locator("#confusion").getByRole("button", { name: "Copy as CSV" }).first().click();
      const lines = (await page.evaluate(() => window.evenhandCopied)).split("\r\n");
      assert.equal(lines[0], "Class,Recall,Precision");
      assert.match(lines[1], /^'=1\+1,0\.\d+,0\.\d+$/);
    }));
  it("are quoted in the shell command that is shown", () =>
    withReport("shell", [sample("hostile")], {}, async (page) => {
      const text = await page.locator(".command code").first().textContent();
      assert.ok(text.includes(`'<img src=x onerror=alert(1)>' 'it'\\''s' '--name=$(reboot)'`), text);
    }));
});

function catchCopies() {
  Object.defineProperty(navigator, "clipboard", {
    value: {
      writeText: async (text) => {
        window.evenhandCopied = text;
      },
    },
  });
}

describe("reading a report", () => {
  it("starts with a link to the results, and shows where the focus is", () =>
    withReport("skip", [sample("erm")], {}, async (page) => {
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the results");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      assert.ok(await page.evaluate(() => document.getElementById("main").contains(document.activeElement)));
      assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
    }));

  it("copies a table as CSV with the numbers in full", () =>
    withReport("csv", ["erm", "gdro"].map(sample), { initScripts: [catchCopies] }, async (page) => {
      await page.locator("#groups").getByRole("button", { name: "Copy as CSV" }).first().click();
      const lines = (await page.evaluate(() => window.evenhandCopied)).trim().split("\r\n");
      const worst = sample("erm").evaluation[0].splits[0].groups[3];
      assert.equal(lines[0], "Group,Images,erm,gdro,Enough data?");
      assert.equal(lines.length, 5);
      assert.ok(lines[1].startsWith(`"blond, man",320,${worst.accuracy.value},`), lines[1]);
      assert.ok(await page.locator("#groups .copied", { hasText: "Copied" }).isVisible());
    }));

  it("changes between light and dark, and keeps the choice", () =>
    withReport("theme", [sample("erm")], { colorScheme: "light" }, async (page) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await ground();
      await page.getByRole("button", { name: "Dark colours" }).click();
      const dark = await ground();
      assert.notEqual(dark, light);
      await page.reload();
      assert.equal(await ground(), dark);
      await page.getByRole("button", { name: "Light colours" }).click();
      assert.equal(await ground(), light);
    }));

  for (const colorScheme of ["light", "dark"])
    it(`has marks of at least 3:1 and words of at least 4.5:1 against their ground, ${colorScheme}`, () =>
      withReport("contrast", [sample("erm")], { colorScheme }, async (page) => {
        const ratios = await page.evaluate(() => {
          const probe = document.body.appendChild(document.createElement("i"));
          const luminance = (variable) => {
            probe.style.color = `var(${variable})`;
            const [r, g, b] = getComputedStyle(probe)
              .color.match(/[\d.]+/g)
              .slice(0, 3)
              .map((v) => v / 255)
              .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const contrast = (a, b) => {
            const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
            return (x + 0.05) / (y + 0.05);
          };
          const marks = [0, 1, 2, 3, 4, 5, 6]
            .map((i) => `--series-${i}`)
            .concat(
              [0, 1, 2, 3, 4, 5].map((i) => `--group-${i}`),
              "--edge",
              "--ink-faint",
            );
          const words = ["--ink", "--ink-soft", "--accent", "--good", "--bad", "--unclear"];
          const out = marks.map((m) => [m, 3, contrast(m, "--surface")]);
          for (const ground of ["--surface", "--ground", "--sunken"])
            for (const w of words) out.push([`${w} on ${ground}`, 4.5, contrast(w, ground)]);
          for (const tone of ["good", "bad", "unclear"])
            out.push(
              [`${tone} on its ground`, 4.5, contrast(`--${tone}`, `--${tone}-soft`)],
              [`ink on ${tone}`, 4.5, contrast("--ink", `--${tone}-soft`)],
            );
          return out;
        });
        for (const [what, least, ratio] of ratios) assert.ok(ratio >= least, `${what}: ${ratio.toFixed(2)} < ${least}`);
      }));

  it("draws every chart in forced colours", () =>
    withReport("forced", ["erm", "gdro"].map(sample), { forcedColors: "active" }, async (page) => {
      const strokes = await page
        .locator('.chart-area g[data-mark="dot"] path, .chart-area g[data-mark="dot"] circle')
        .evaluateAll((list) => list.map((e) => getComputedStyle(e).fill));
      assert.ok(strokes.length > 10 && strokes.every((s) => s !== "none" && !/^rgba\(.*, 0\)$/.test(s)), strokes.join(" "));
    }));

  it("follows the width of the window", () =>
    withReport("resize", [sample("erm")], { width: 1280 }, async (page) => {
      const width = () => page.locator("#groups .chart-area > svg").evaluate((e) => e.getBoundingClientRect().width);
      const wide = await width();
      await page.setViewportSize({ width: 500, height: 800 });
      await page.waitForFunction(
        (was) => document.querySelector("#groups .chart-area > svg").getBoundingClientRect().width < was - 100,
        wide,
      );
      assert.ok((await width()) <= 500);
    }));
});

describe("the baseline and the methods", () => {
  it("takes erm as the baseline wherever it stands", () =>
    withReport("order", ["gdro", "erm"].map(sample), {}, async (page) => {
      assert.match(await page.locator("#verdict .headline").textContent(), /with the baseline erm, for .* with gdro\.$/);
      assert.equal(await page.locator("#comparison tbody tr").first().locator("th").textContent(), " erm");
    }));

  it("gives the improvement with Newcombe's interval", () =>
    withReport("newcombe", ["erm", "gdro"].map(sample), {}, async (page) => {
      const [a, b] = ["gdro", "erm"].map((m) => sample(m).evaluation[0].splits[0].groups[3].accuracy);
      const d = a.value - b.value;
      const low = d - Math.hypot(a.value - a.interval.low, b.interval.high - b.value);
      const high = d + Math.hypot(a.interval.high - a.value, b.value - b.interval.low);
      const shown = `+${(100 * d).toFixed(1)} points [+${(100 * low).toFixed(1)}, +${(100 * high).toFixed(1)}]`;
      assert.ok((await page.locator("#verdict .sentences").textContent()).includes(shown), shown);
      assert.equal(await page.locator("#verdict .badge").textContent(), "✓Improved");
    }));

  it("compares two models image by image where both tell which images were right", () => {
    const told = (method, right) => {
      const r = sample(method),
        s = r.evaluation[0].splits[0],
        g = s.groups[3],
        n = 24,
        bits = Buffer.from([0, 1, 2].map((k) => right.slice(8 * k, 8 * k + 8).reduce((b, x, i) => b | (x << i), 0)));
      const correct = right.reduce((a, b) => a + b, 0);
      g.extra = { images: { order_sha256: "0".repeat(64), right: bits.toString("base64") } };
      Object.assign(g, { n, correct, accuracy: proportion(correct, n) });
      Object.assign(s.worst_group, { accuracy: g.accuracy });
      return r;
    };
    const row = (spans) => spans.flatMap(([x, times]) => new Array(times).fill(x));
    const before = row([[1, 6], [0, 18]]), after = row([[1, 4], [0, 2], [1, 14], [0, 4]]);
    /* Both right 4, only before 2, only after 14, neither 4. */
    const a = proportion(18, 24), b = proportion(6, 24), excess = 4 * 4 - 14 * 2, phi = excess / Math.sqrt(18 * 6 * 6 * 18);
    const add = (x, y) => Math.sqrt(x * x - 2 * phi * x * y + y * y), d = a.value - b.value;
    const low = d - add(a.value - a.interval.low, b.interval.high - b.value), high = d + add(a.interval.high - a.value, b.value - b.interval.low);
    const shown = `+${(100 * d).toFixed(1)} points [+${(100 * low).toFixed(1)}, +${(100 * high).toFixed(1)}]`;
    return withReport("paired", [told("erm", before), told("gdro", after)], {}, async (page) =>
      assert.ok((await page.locator("#verdict .sentences").textContent()).includes(shown), shown),
    );
  });

  it("says so when nothing got clearly better", async () => {
    const other = {
      ...sampleRun("erm", 2),
      name: "other",
      id: "other",
      method: { name: "other", summary: "", source: null, options: {} },
    };
    await withReport("unclear", [sample("erm"), other], {}, async (page) =>
      assert.equal(await page.locator("#verdict .badge").textContent(), "?No clear improvement"),
    );
  });

  it("says so when a method made it worse", async () => {
    const erm = sample("erm");
    const gdro = sample("gdro");
    const swapped = [
      { ...gdro, method: erm.method, name: "erm" },
      { ...erm, method: gdro.method, name: "gdro" },
    ];
    await withReport("worse", swapped, {}, async (page) =>
      assert.equal(await page.locator("#verdict .badge").textContent(), "!Worse"),
    );
  });

  it("joins runs that differ by their seed alone, as mean and range", () =>
    withReport(
      "seeds",
      ["erm", "gdro"].flatMap((m) => [1, 2, 3].map((s) => sampleRun(m, s))),
      {},
      async (page) => {
        const rows = await page.locator("#comparison .stacked tbody tr").allTextContents();
        const worst = [1, 2, 3].map((s) => sampleRun("gdro", s).evaluation[0].splits[0].worst_group.accuracy.value);
        assert.equal(rows.length, 2);
        const mean = ((100 * (worst[0] + worst[1] + worst[2])) / 3).toFixed(1);
        const least = (100 * Math.min(...worst)).toFixed(1);
        const most = (100 * Math.max(...worst)).toFixed(1);
        assert.ok(rows[1].includes(`${mean}% (seeds ${least} to ${most})`), rows[1]);
        assert.equal(await page.locator("#training select option").count(), 6);
      },
    ));

  it("does not compare results of different questions, and lets the reader choose", () =>
    withReport("studies", [sample("erm"), sample("edge"), sample("gdro")], {}, async (page) => {
      const select = page.locator(".view select").first();
      assert.equal(await select.locator("option").count(), 2);
      assert.equal(await page.locator("#comparison .stacked tbody tr").count(), 2);
      await select.focus();
      await select.selectOption({ index: 1 });
      assert.equal(await page.locator("#comparison").count(), 0);
      assert.ok((await page.locator("#verdict").textContent()).includes("Without images: “5–6”"));
      assert.ok(await page.evaluate(() => document.activeElement.matches(".view select")), "the focus stays on the choice");
    }));

  it("shows each head and each split of its own", async () => {
    const audit = sampleAudit({
      id: "two",
      name: "two",
      data: "d",
      groupColumns: ["g"],
      groups: ["a", "b"].map((v) => ({ name: v, values: [{ column: "g", value: v }] })),
      classes: ["x", "y"],
      sizes: [50, 50],
      accuracies: [0.9, 0.6],
      splits: ["test", "val"],
    });
    const second = structuredClone(audit.evaluation[0]);
    second.head = "other";
    second.splits = second.splits.slice(0, 1);
    audit.task.heads.push({ ...audit.task.heads[0], name: "other", target: "other column" });
    audit.evaluation.push(second);
    await withReport("heads", [audit], {}, async (page) => {
      assert.equal(await page.locator(".view select").count(), 2);
      await page.locator(".view select").nth(1).selectOption("1");
      assert.match(await page.locator("#verdict .note").textContent(), /split “val”/);
      await page.locator(".view select").nth(0).selectOption("1");
      assert.match(await page.locator("#evenhand-byline").textContent(), /other column/);
      assert.equal(await page.locator(".view select").count(), 1);
    });
  });
});

describe("scores and threshold", () => {
  it("start with the model's own answers and follow the threshold", () =>
    withReport("scores", [sample("gdro")], {}, async (page) => {
      const evaluation = sample("gdro").evaluation[0].splits[0];
      const { bins, rows } = evaluation.score_histogram;
      const group = 3;
      const counts = rows.find((r) => r.group === group).counts;
      const found = async () =>
        (
          await page
            .locator("#scores table.data tbody tr", { hasText: evaluation.groups[group].name })
            .first()
            .locator("td")
            .nth(2)
            .textContent()
        ).replace("%", "");
      const share = (bin) => ((100 * counts.slice(bin).reduce((a, b) => a + b, 0)) / evaluation.groups[group].n).toFixed(1);
      assert.equal(await found(), share(bins / 2));
      assert.equal(Number(share(bins / 2)), Number((100 * evaluation.groups[group].accuracy.value).toFixed(1)));
      const slider = page.getByRole("slider", { name: "Threshold" });
      await slider.focus();
      for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
      assert.equal(await found(), share(bins / 2 + 5));
      assert.notEqual(share(bins / 2), share(bins / 2 + 5));
    }));
  it("are left out when no scores were stored", () =>
    withReport("noscores", [sample("edge")], {}, async (page) => assert.equal(await page.locator("#scores").count(), 0)));
});

describe("training", () => {
  it("warns when the epoch was chosen on the images of the verdict", async () => {
    const leaking = JSON.parse(JSON.stringify(sample("erm")).replaceAll('"split":"val"', '"split":"test"'));
    await withReport("leaking", [leaking], {}, async (page) =>
      assert.match(await page.locator("#training .lead").textContent(), /also the images of the verdict/),
    );
    await withReport("sound", [sample("erm")], {}, async (page) =>
      assert.match(await page.locator("#training .lead").textContent(), /never on the images of the verdict/),
    );
  });
});

describe("what else the log shows", () => {
  const shown = JSON.parse(JSON.stringify(sample("erm")));
  shown.training.epochs.forEach((epoch, i) => {
    epoch.extra = { shown: { "loss: age": 2 / (i + 1), "loss: <b>": 1 / (i + 1), "reconstruction error": 0.5 } };
    if (i > 0) epoch.extra.tables = { weight: { rare: 3, common: 0.5 } };
  });
  it("is a chart for each kind of number, with a line for each name", () =>
    withReport("logged", [shown], {}, async (page) => {
      await page.locator("#training .logged > summary").click();
      await page.locator("#training .logged h3").first().waitFor(); // drawn when it is opened
      assert.deepEqual(await page.locator("#training .logged h3").allTextContents(), ["loss", "reconstruction error", "weight"]);
      const loss = page.locator("#training .logged figure").first();
      assert.deepEqual(await loss.locator(".legend li").allTextContents(), ["age", "<b>"]);
      await loss.locator("summary").click();
      assert.equal(await loss.locator("tbody tr").count(), shown.training.epochs.length);
      assert.equal(await loss.locator("tbody tr").first().locator("td").first().textContent(), "2");
    }));
  it("is left out where it shows nothing", () =>
    withReport("unlogged", [sample("erm")], {}, async (page) => assert.equal(await page.locator("#training .logged").count(), 0)));
});

describe("little, much and broken data", () => {
  it("says that few images do not prove a gap, and lists the groups", () =>
    withReport("edge", [sample("edge")], {}, async (page) => {
      assert.equal(await page.locator("#verdict .badge").textContent(), "?A gap, but on few images");
      const callout = await page.locator("#verdict .callout", { hasText: "Not enough data" }).textContent();
      assert.ok(callout.includes("“5–6”") && callout.includes("“3–4” (9)"));
      assert.equal(await page.locator("#groups tr.hatched").count(), 2);
      assert.equal(await page.locator("#training").count(), 0);
    }));

  it("says that one group cannot be compared", () =>
    withReport("single", [sample("single")], {}, async (page) => {
      assert.equal(await page.locator("#verdict .badge").textContent(), "?Not enough data");
      assert.equal(await page.locator("#errors").count(), 0);
    }));

  it("stays small and whole with 60 groups, 40 classes and 50,000 predictions of 4 models", async (t) => {
    const groups = Array.from({ length: 60 }, (_, i) => ({ name: `group ${i}`, values: [{ column: "g", value: String(i) }] }));
    const many = [1, 2, 3, 4].map((i) =>
      sampleAudit({
        id: `m${i}`,
        name: `model ${i}`,
        data: "large",
        groupColumns: ["g"],
        groups,
        classes: Array.from({ length: 40 }, (_, c) => `class ${c}`),
        seed: i,
        sizes: groups.map((_, g) => 400 + 14 * g),
        accuracies: groups.map((_, g) => 0.6 + 0.006 * g),
      }),
    );
    const began = performance.now();
    await withReport("large", many, {}, async (page) => {
      t.diagnostic(`opened in ${Math.round(performance.now() - began)} ms`);
      const elements = await page.locator("*").count();
      t.diagnostic(`${elements} elements`);
      assert.ok(elements < 20_000, `${elements} elements`);
      assert.equal(await page.locator("#groups table.data tbody tr").count(), 60);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      await page.getByRole("button", { name: /Show \d+.* more/ }).click();
      assert.ok((await page.locator("button.card").count()) > 100);
    });
  });

  it("leaves the plain tables in view when the data cannot be read", async () => {
    for (const [name, change] of Object.entries({
      syntax: (html) => html.replace('id="evenhand-data">[', 'id="evenhand-data">[{'),
      newer: (html) => html.replace('"format_version":1', '"format_version":7'),
    })) {
      const path = writeReport(`broken-${name}`, "Broken", [sample("erm")]);
      writeFileSync(path, change(readFileSync(path, "utf8")));
      const report = await openReport(path);
      assert.ok(await report.page.locator("[role=alert]").isVisible());
      assert.ok(await report.page.locator("#evenhand-static").isVisible());
      assert.deepEqual(await report.complaints(), []);
      await report.close();
    }
  });
});
