// open_report.mjs - opens a report in headless Chromium and keeps record of everything that a report must not do.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { fillTemplate } from "./fill_template.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const templatePath = join(root, "web/dist/report_template.html");
export const template = () => readFileSync(templatePath, "utf8");
export const sample = (name) => JSON.parse(readFileSync(join(root, `web/samples/${name}.results.json`), "utf8"));
export const schema = () => JSON.parse(readFileSync(join(root, "docs/results.schema.json"), "utf8"));

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const folder = mkdtempSync(join(tmpdir(), "evenhand-report-"));
const PATIENCE = 120_000; /* a busy machine must not decide a test */
let browser = null;

export function chromiumPath() {
  return [process.env.CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path)) ?? null;
}

export async function startBrowser() {
  browser ??= await chromium.launch({ executablePath: chromiumPath(), args: FLAGS });
}

export async function stopBrowser() {
  await browser?.close();
  browser = null;
}

/** Writes a report of these results to a temporary file: by the program EVENHAND_PROGRAM if that is given, else by fill_template.mjs. */
export function writeReport(name, title, results) {
  const path = join(folder, `${name}.html`);
  const program = process.env.EVENHAND_PROGRAM;
  if (program) {
    const inputs = results.map((r, i) => join(folder, `${name}-${i}.results.json`));
    results.forEach((r, i) => writeFileSync(inputs[i], JSON.stringify(r)));
    execFileSync(program, ["report", ...inputs, "--output", path, "--title", title, "--quiet"], { stdio: "pipe" });
  } else writeFileSync(path, fillTemplate(template(), title, results));
  return path;
}

/** Recorded before any script of the page runs. */
function record() {
  window.evenhandViolations = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.evenhandViolations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`),
  );
}

/** Opens a report. `complaints()` lists every console message, script error, dialog, policy violation and foreign request. */
export async function openReport(path, options = {}) {
  const { width = 1280, height = 900, colorScheme = "light", javaScriptEnabled = true, initScripts = [], ...rest } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, javaScriptEnabled, ...rest });
  const page = await context.newPage();
  const url = pathToFileURL(path).href;
  const seen = [];
  context.setDefaultTimeout(PATIENCE);
  if (javaScriptEnabled) for (const script of [record, ...initScripts]) await page.addInitScript(script);
  page.on("console", (message) => seen.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => seen.push(`script error: ${error.message}`));
  page.on("dialog", (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== url && !request.url().startsWith("data:")) seen.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  if (javaScriptEnabled)
    await page.waitForFunction(
      () => document.querySelectorAll(".chart-area:not(:has(svg))").length === 0 || document.querySelector("[role=alert]"),
    );
  return {
    page,
    complaints: async () => [...seen, ...(javaScriptEnabled ? await page.evaluate(() => window.evenhandViolations) : [])],
    results: () => page.evaluate(() => JSON.parse(document.getElementById("evenhand-data").textContent)),
    close: () => context.close(),
  };
}
