// section_scores.ts - the probabilities that the model gave, group by group, and what another threshold would do to each group.
// Works on the binned scores of results.json, so a threshold moves in steps of one bin.
import * as Plot from "@observablehq/plot";
import { chartFigure, legend, plotStyle, tipStyle } from "./chart";
import { freshId, h, name, replace, svg } from "./dom";
import { count, inline, percent, plural, shorten } from "./format";
import { worstFirst, type Report, type Run } from "./report";
import type { ScoreHistogram } from "./results";
import type { Section } from "./section";
import { dataTable, type TableColumn } from "./table";

const MOST_GROUPS = 16;

interface Scores { group: number; of: number[]; others: number[]; n: number; nOthers: number }

function readScores(report: Report, histogram: ScoreHistogram): Scores[] {
  const add = (list: number[][]): number[] => Array.from({ length: histogram.bins }, (_, b) => list.reduce((s, counts) => s + (counts[b] ?? 0), 0));
  const total = (counts: number[]): number => counts.reduce((s, x) => s + x, 0);
  return worstFirst(report).map((group) => {
    const rows = histogram.rows.filter((row) => row.group === group);
    const of = add(rows.filter((row) => row.truth === histogram.class).map((row) => row.counts));
    const others = add(rows.filter((row) => row.truth !== histogram.class).map((row) => row.counts));
    return { group, of, others, n: total(of), nOthers: total(others) };
  }).filter((s) => s.n + s.nOthers > 0).slice(0, MOST_GROUPS);
}

const above = (counts: number[], bin: number): number => counts.slice(bin).reduce((s, x) => s + x, 0);

function icon(kind: "of" | "others"): SVGElement {
  return svg("svg", { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true", class: `icon score-${kind}` }, svg("rect", { x: 1, y: 1, width: 12, height: 12 }));
}

function drawScores(report: Report, histogram: ScoreHistogram, scores: Scores[], bin: number, width: number): Element {
  interface Bar { group: string; x1: number; x2: number; y: number; kind: "of" | "others"; title: string }
  const step = 1 / histogram.bins, label = (g: number): string => report.groups[g]!.name;
  const bars = scores.flatMap((s) => (["of", "others"] as const).flatMap((kind) => {
    const counts = s[kind], all = kind === "of" ? s.n : s.nOthers, highest = Math.max(...counts, 1);
    return counts.flatMap((n, b): Bar[] => (n === 0 ? [] : [{
      group: String(s.group), x1: b * step, x2: (b + 1) * step, y: ((kind === "of" ? 1 : -1) * n) / highest, kind,
      title: `${inline(label(s.group))}\nprobability ${percent(b * step, 0)} to ${percent((b + 1) * step, 0)}\n${plural(n, "image")} (${percent(n / all)} of those that are ${kind === "of" ? "" : "not "}${inline(histogram.class)})`,
    }]));
  }));
  return Plot.plot({
    ...plotStyle(width), height: scores.length * 84 + 50, marginTop: 8, marginBottom: 40, marginLeft: 12, marginRight: 12,
    x: { domain: [0, 1], label: `probability given to ${inline(histogram.class)}`, labelAnchor: "center", labelArrow: "none", tickFormat: (v: number) => percent(v, 0) },
    y: { domain: [-1.05, 1.3], axis: null }, fy: { domain: scores.map((s) => String(s.group)), axis: null, padding: 0.12 },
    marks: [
      Plot.gridX({ stroke: "var(--grid)", strokeOpacity: 1 }), Plot.ruleY([0], { stroke: "var(--edge)" }),
      Plot.rect(bars.filter((b) => b.kind === "of"), { fy: "group", x1: "x1", x2: "x2", y1: 0, y2: "y", fill: "var(--series-1)", insetLeft: 0.5, insetRight: 0.5 }),
      Plot.rect(bars.filter((b) => b.kind === "others"), { fy: "group", x1: "x1", x2: "x2", y1: 0, y2: "y", fill: "var(--series-2)", insetLeft: 0.5, insetRight: 0.5 }),
      Plot.ruleX([bin * step], { stroke: "var(--ink)", strokeWidth: 1.5, strokeDasharray: "4 3" }),
      Plot.text(scores, { fy: (s: Scores) => String(s.group), frameAnchor: "top-left", text: (s: Scores) => shorten(label(s.group), Math.floor(width / 9)), fill: "var(--ink)", fontSize: 13, fontWeight: 600, stroke: "var(--surface)", strokeWidth: 4 }),
      Plot.tip(bars, Plot.pointer({ fy: "group", x: (b: Bar) => (b.x1 + b.x2) / 2, y: (b: Bar) => b.y / 2, title: "title", maxRadius: 30, ...tipStyle })),
    ],
  });
}

function thresholdTable(report: Report, histogram: ScoreHistogram, scores: Scores[], bin: number): HTMLElement {
  const rate = (n: number, all: number): number | null => (all === 0 ? null : n / all);
  const right = (s: Scores): number | null => rate(above(s.of, bin) + s.nOthers - above(s.others, bin), s.n + s.nOthers);
  const column = (label: string, note: string, of: (s: Scores) => number | null): TableColumn<Scores> => ({ label, note, cell: (s) => percent(of(s)), value: of });
  return dataTable({
    caption: `Every group when the answer is “${inline(histogram.class)}” from a probability of ${percent(bin / histogram.bins, 0)} on`, rows: scores,
    columns: [
      { label: "Group", text: true, header: true, cell: (s: Scores) => name(report.groups[s.group]!.name), value: (s: Scores) => report.groups[s.group]!.name },
      { label: "Images", cell: (s: Scores) => count(s.n + s.nOthers), value: (s: Scores) => s.n + s.nOthers },
      column("Accuracy", "Right answers of the group", right),
      column("Found", "Recall: of the images of the class, the share that reaches the threshold", (s) => rate(above(s.of, bin), s.n)),
      column("False alarms", "Of the other images, the share that reaches the threshold", (s) => rate(above(s.others, bin), s.nOthers)),
    ],
  });
}

function renderRun(report: Report, run: Run, body: HTMLElement): void {
  const histogram = run.evaluation.score_histogram;
  if (!histogram) {
    replace(body, h("p", { class: "empty" }, "No scores were stored for ", name(run.label), "."));
    return;
  }
  const scores = readScores(report, histogram), table = h("div"), chart = h("div"), id = freshId("threshold"), shown = h("output", { for: id });
  const show = (bin: number): void => {
    shown.textContent = percent(bin / histogram.bins, 0);
    replace(table, thresholdTable(report, histogram, scores, bin));
    replace(chart, chartFigure({
      title: "Scores by group", description: `Above the line the images that are “${inline(histogram.class)}”, below it those that are not, each as tall as its own highest bar. Well told apart, the upper bars stand right and the lower ones left of the dashed threshold.`,
      legend: legend([{ icon: icon("of"), label: `is ${histogram.class}` }, { icon: icon("others"), label: `is not ${histogram.class}` }]),
      draw: (width) => drawScores(report, histogram, scores, bin, width), table: "The table above says what the threshold does.",
    }));
  };
  const start = Math.round(histogram.bins / 2);
  const slider: HTMLInputElement = h("input", { id, type: "range", min: 0, max: histogram.bins, step: 1, value: start, input: () => show(slider.valueAsNumber) });
  replace(body, h("div", { class: "controls" }, h("span", { class: "choice" }, h("label", { for: id }, "Threshold"), slider, shown)), table, chart);
  show(start);
}

export const scores: Section = {
  id: "scores",
  title: "Scores and threshold",
  applies: (report) => report.runs.some((run) => run.evaluation.score_histogram),
  render(report, element) {
    const body = h("div", { class: "flow" });
    element.append(h("p", { class: "lead" }, "What the model answers depends on a threshold. Move it to see which groups gain and which lose; the verdict uses the model’s own answer."), body);
    let last: Run | null = null;
    report.selection.watch(({ run }) => {
      if (run !== last) renderRun(report, run, body);
      last = run;
    });
  },
};
