// build.mjs - bundles src/ to dist/report_template.html, the one file that the C program embeds.
//
// The page's policy names the script and the styles by their SHA-256, so nothing else can run in a report, whatever its
// data hold. Observable Plot adds one <style> to every chart; its text is fixed by the class name, so it has a hash too.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const CHART_CLASS = "chart"; /* as in src/chart.ts */
const TOKENS = { "@@EVENHAND_TITLE@@": 2, "@@EVENHAND_STATIC@@": 1, "@@EVENHAND_DATA@@": 1 };
const MOST_BYTES = 500_000;

const hash = (text) => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
const fail = (message) => {
  throw new Error(`build.mjs: ${message}`);
};

async function bundle(entry, loader) {
  const result = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    legalComments: "none",
    charset: "ascii",
    format: loader === "css" ? undefined : "iife",
    target: ["es2022", "chrome111", "firefox113", "safari16.4"],
    logLevel: "warning",
    absWorkingDir: root,
  });
  return { text: result.outputFiles[0].text.trimEnd(), inputs: Object.keys(result.metafile.inputs) };
}

/** The style that Plot gives to each chart, read from its source, so that a new version of Plot cannot pass unnoticed. */
function plotStyle() {
  const source = readFileSync(join(root, "node_modules/@observablehq/plot/src/plot.js"), "utf8");
  const found = source.match(/svg\.append\("style"\)\.text\(\s*`([^`]*)`\s*\)/);
  if (found === null) fail("Plot no longer adds its style in the known way; the policy needs its hash");
  return found[1].replaceAll("${className}", CHART_CLASS);
}

/** Licences of all that is bundled and of what that depends on (some packages come with theirs built in), equal texts once. */
function licences(inputs) {
  const packages = new Set();
  const add = (name) => {
    if (packages.has(name)) return;
    packages.add(name);
    Object.keys(JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).dependencies ?? {}).forEach(
      add,
    );
  };
  for (const input of inputs) {
    const match = input
      .split(sep)
      .join("/")
      .match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (match) add(match[1]);
  }
  const byText = new Map();
  for (const name of [...packages].sort()) {
    const folder = join(root, "node_modules", name);
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f)) ?? fail(`the package ${name} has no licence file`);
    const lines = readFileSync(join(folder, file), "utf8").trim().split(/\r?\n/);
    const owner = lines.find((line) => /^copyright/i.test(line.trim()))?.trim() ?? "";
    const text = lines
      .filter((line) => line.trim() !== owner || owner === "")
      .join("\n")
      .trim();
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${about.version} (${about.license}) ${owner}`]);
  }
  return [...byText]
    .map(([text, names]) => `${names.join("\n")}\n\n${text}`)
    .join("\n\n----\n\n")
    .replaceAll("<", "(")
    .replaceAll(">", ")");
}

const script = await bundle("src/main.ts", "js");
const style = await bundle("src/report.css", "css");
if (/<\/script|<!--/i.test(script.text)) fail("the script holds a sequence that would end it early");
if (/<\/style/i.test(style.text)) fail("the style holds a sequence that would end it early");
const policy = [
  "default-src 'none'",
  `script-src ${hash(script.text)}`,
  `style-src ${hash(style.text)} ${hash(plotStyle())}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
const parts = { policy, style: style.text, script: script.text, licences: licences(script.inputs) };
const page = readFileSync(join(root, "src/report.html"), "utf8").replace(
  /\{\{(\w+)\}\}/g,
  (_, name) => parts[name] ?? fail(`no part "${name}"`),
);
for (const [token, times] of Object.entries(TOKENS)) {
  const found = page.split(token).length - 1;
  if (found !== times) fail(`${token} stands ${found} times in the template, not ${times}`);
}
const size = Buffer.byteLength(page);
if (size > MOST_BYTES) fail(`the template has ${size} bytes, more than ${MOST_BYTES}`);
mkdirSync(join(root, "dist"), { recursive: true });
writeFileSync(join(root, "dist/report_template.html"), page);
console.log(`dist/report_template.html: ${size} bytes (script ${script.text.length}, style ${style.text.length})`);
