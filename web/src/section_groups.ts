// section_groups.ts - every group's number with its interval, worst first. Groups with few or no images are hatched and
// listed, never dropped.
import * as Plot from "@observablehq/plot";
import { axisStart, chartFigure, legend, plotStyle, symbolIcon, tipStyle } from "./chart";
import { choice, h, name, replace, svg } from "./dom";
import { count, inline, percent, plural, shorten } from "./format";
import { measureCell, measured } from "./measure_text";
import { groupMeasure, worstFirst, type Entry, type Measure, type Metric, type Report } from "./report";
import type { Section } from "./section";
import { dataTable, type TableColumn } from "./table";

interface Mark { entry: Entry; group: number; y: number; m: Measure; title: string }

/** Lines between 45° strokes: says "distrust" without any colour. */
function hatch(id: string): SVGElement {
  return svg("defs", {}, svg("pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("line", { x1: 0, x2: 0, y1: 0, y2: 7, class: "hatch-line" })));
}

function drawGroups(report: Report, metric: Metric, order: number[], width: number): Element {
  const narrow = width < 560, { entries } = report, verdicts = report.baseline.runs[0]!.evaluation.groups;
  const step = Math.max(34, 14 + 15 * entries.length) + (narrow ? 18 : 0), top = narrow ? 18 : 0;
  const marks: Mark[] = [], bands: { y1: number; y2: number }[] = [], labels: { y: number; label: string; note: string }[] = [];
  order.forEach((group, row) => {
    const groupName = report.groups[group]!.name, verdict = verdicts[group]!, free = step - top, base = row * step + top;
    if (verdict.verdict !== "ok") bands.push({ y1: row * step + 1, y2: (row + 1) * step - 1 });
    const n = groupMeasure(report.baseline, group, metric)?.n ?? 0;
    labels.push({ y: narrow ? row * step + 13 : base + free / 2, label: groupName, note: verdict.verdict === "none" ? "no images" : n === 0 ? "no data" : `n = ${count(n)}${verdict.verdict === "few" ? ", few" : ""}` });
    entries.forEach((entry, i) => {
      const m = groupMeasure(entry, group, metric);
      if (m === null) return;
      marks.push({ entry, group, m, y: base + (free * (i + 1)) / (entries.length + 1), title: `${inline(groupName)}\n${inline(entry.label)}: ${measured(m)}\n${plural(m.n, "image")}` });
    });
  });
  const height = order.length * step, start = axisStart(Math.min(1, ...marks.map((m) => m.m.low)));
  const color = { domain: entries.map((e) => e.label), range: entries.map((e) => e.color) };
  const symbol = { domain: entries.map((e) => e.label), range: entries.map((e) => e.symbol) };
  const hatchId = `hatch-${report.head.name.length}-${width}`;
  const drawing = Plot.plot({
    ...plotStyle(width), height: height + 44, marginTop: 6, marginBottom: 38, marginLeft: narrow ? 8 : Math.min(230, width * 0.32), marginRight: narrow ? 14 : 92,
    x: { domain: [start, 1], label: metricLabel(metric), labelAnchor: "center", labelArrow: "none", tickFormat: (x: number) => percent(x, 0), ticks: narrow ? 4 : 8 },
    y: { domain: [0, height], range: [6, height + 6], axis: null }, color, symbol,
    marks: [
      Plot.gridX({ ticks: narrow ? 4 : 8, stroke: "var(--grid)", strokeOpacity: 1 }),
      Plot.ruleY(order.slice(1).map((_, i) => (i + 1) * step), { stroke: "var(--grid)" }),
      Plot.rect(bands, { x1: start, x2: 1, y1: "y1", y2: "y2", fill: `url(#${hatchId})` }),
      Plot.ruleY(marks, { y: "y", x1: (d: Mark) => d.m.low, x2: (d: Mark) => d.m.high, stroke: (d: Mark) => d.entry.label, strokeWidth: 2.5, strokeLinecap: "round" }),
      Plot.dot(marks, { y: "y", x: (d: Mark) => d.m.value, fill: (d: Mark) => d.entry.label, symbol: (d: Mark) => d.entry.label, r: 5.5, stroke: "var(--surface)", strokeWidth: 1 }),
      Plot.text(labels, { y: "y", x: start, text: (d: { label: string }) => shorten(d.label, narrow ? 32 : 30), textAnchor: narrow ? "start" : "end", dx: narrow ? 0 : -12, fill: "var(--ink)", fontSize: 13, fontWeight: 600 }),
      Plot.text(labels, { y: "y", x: 1, text: "note", textAnchor: narrow ? "end" : "start", dx: narrow ? 0 : 12, fill: "var(--ink-soft)" }),
      Plot.tip(marks, Plot.pointer({ x: (d: Mark) => d.m.value, y: "y", title: "title", maxRadius: 30, ...tipStyle })),
    ],
  });
  drawing.prepend(hatch(hatchId));
  return drawing;
}

export function metricLabel(metric: Metric): string {
  return metric.kind === "accuracy" ? "accuracy" : `${metric.kind} of ${inline(metric.class)}`;
}

function groupTable(report: Report, metric: Metric, order: number[]): HTMLElement {
  const verdicts = report.baseline.runs[0]!.evaluation.groups;
  const columns: TableColumn<number>[] = [
    { label: "Group", text: true, header: true, cell: (g) => name(report.groups[g]!.name), value: (g) => report.groups[g]!.name },
    { label: "Images", cell: (g) => count(verdicts[g]!.n), value: (g) => verdicts[g]!.n },
    ...report.entries.map((entry): TableColumn<number> => ({
      label: entry.label, cell: (g) => measureCell(groupMeasure(entry, g, metric)), value: (g) => groupMeasure(entry, g, metric)?.value ?? null,
    })),
    { label: "Enough data?", text: true, cell: (g) => ({ ok: "yes", few: "few: read the interval", none: "no images" })[verdicts[g]!.verdict], value: (g) => ({ ok: 2, few: 1, none: 0 })[verdicts[g]!.verdict] },
  ];
  return dataTable({
    caption: `${capital(metricLabel(metric))} of each group, ${worstWords(report)} first`, columns, rows: order,
    rowClass: (g) => (verdicts[g]!.verdict === "ok" ? null : "hatched"),
  });
}

const worstWords = (report: Report): string => (report.entries.length > 1 ? "the baseline’s worst" : "the worst");
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function metrics(report: Report): Metric[] {
  const { classes: all, groups: list } = report.baseline.runs[0]!.evaluation;
  const classes = all.length > MOST_CLASSES || list.every((g) => g.classes.length === 0) ? [] : all.map((c) => c.class);
  return [{ kind: "accuracy" }, ...classes.flatMap((c): Metric[] => [{ kind: "recall", class: c }, { kind: "precision", class: c }])];
}

const MOST_CLASSES = 40;

const MEANING: Record<Metric["kind"], string> = {
  accuracy: "The share of the group’s images whose answer is right.",
  recall: "Of the group’s images that are of this class, the share that was found.",
  precision: "Of the group’s images that were said to be of this class, the share that is.",
};

export const groups: Section = {
  id: "groups",
  title: "Groups",
  applies: (report) => report.groups.length > 0,
  render(report, element) {
    const list = metrics(report), body = h("div", { class: "flow" });
    const show = (index: number): void => {
      const metric = list[index]!, order = worstFirst(report, metric);
      const spread = report.entries.some((e) => e.runs.length > 1) ? "A line is the 95% interval, or with several seeds the range from the lowest to the highest." : "A line is the 95% interval.";
      replace(body, h("p", { class: "lead" }, MEANING[metric.kind]), chartFigure({
        title: `${capital(metricLabel(metric))} by group`,
        description: `One row a group, ${worstWords(report)} at the top${report.entries.length > 1 ? "; one mark a method" : ""}. ${spread} Hatched rows hold too few images to judge.`,
        legend: report.entries.length === 1 ? null : legend(report.entries.map((e) => ({ icon: symbolIcon(e.symbol, e.color), label: e.label, note: e.isBaseline ? "(baseline)" : "" }))),
        draw: (width) => drawGroups(report, metric, order, width), table: "The table below holds the same numbers.",
      }), groupTable(report, metric, order));
    };
    if (list.length > 1) element.append(h("div", { class: "controls" }, choice("Show", list.map((m) => metricLabel(m)), 0, show)));
    element.append(body);
    show(0);
  },
};
